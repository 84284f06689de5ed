//! What a list knows of a document.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::choice::{Section, Status};
use super::fold;
use crate::model::advisory::Reference;
use crate::model::words::{Category, CellStatus, Channel, HotfixKind, Severity};
use crate::model::{Advisory, Catalogue, Hotfix, Id};

/// How an advisory stands for one release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The worst of the cells that cover it.
    pub status: Status,
    /// Whether a fix is out for all that is affected, or the release has it.
    pub remedied: bool,
}

/// For how many of the releases that an advisory touches there is a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// For so many.
    pub fixed: usize,
    /// Of so many.
    pub of: usize,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} fixed", self.fixed, self.of)
    }
}

/// An advisory or a hotfix as lists show it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The list it is in.
    pub section: Section,
    /// Its product.
    pub product: Id,
    /// Its id.
    pub id: Id,
    /// Its title.
    pub title: String,
    /// It in a sentence, where the advisory has one.
    pub summary: Option<String>,
    /// Its revision.
    pub revision: i64,
    /// How serious it is; a hotfix as serious as the worst advisory that it fixes, `None` where it fixes none.
    pub severity: Option<Severity>,
    /// What it is about; of a hotfix, what the advisories that it fixes are about.
    pub categories: BTreeSet<Category>,
    /// What kind of hotfix it is.
    pub kind: Option<HotfixKind>,
    /// A hotfix's channel.
    pub channel: Option<Channel>,
    /// The releases that it says something of, in the product's order.
    pub releases: Vec<Id>,
    /// The publisher's date of the revision.
    pub published: Option<Date>,
    /// The last change that the document states.
    pub updated: Option<Date>,
    /// The day on which it came out, where the document tells.
    pub released: Option<Date>,
    /// When the service released the revision.
    pub served_at: Option<Timestamp>,
    /// The hotfix's status; of an advisory only [`Status::Withdrawn`] or none, since it stands by release.
    pub status: Option<Status>,
    pub(super) standings: BTreeMap<Id, Standing>,
    /// What is searched.
    pub(super) haystack: String,
    pub(super) folded_id: String,
    pub(super) uuid: Option<String>,
    /// Other ids by which it is found, folded: CVEs, incidents, references.
    pub(super) also: BTreeSet<String>,
}

impl Entry {
    /// How it stands for a release: an advisory by its matrix, a hotfix by itself.
    #[must_use]
    pub fn standing(&self, release: &str) -> Standing {
        let unstated = Standing { status: Status::NotStated, remedied: false };
        match self.status {
            Some(status) => Standing { status, remedied: false },
            None => self.standings.get(release).copied().unwrap_or(unstated),
        }
    }

    /// Whether it was taken back.
    #[must_use]
    pub fn withdrawn(&self) -> bool {
        self.status == Some(Status::Withdrawn)
    }

    /// For how many of the releases that it touches there is a fix.
    #[must_use]
    pub fn tally(&self) -> Option<Tally> {
        let touched = self.standings.values().filter(|standing| standing.status != Status::NotAffected);
        let (fixed, of) =
            touched.fold((0, 0), |(fixed, of), standing| (fixed + usize::from(standing.remedied), of + 1));
        (of > 0 && !self.withdrawn()).then_some(Tally { fixed, of })
    }

    pub(super) fn of_advisory(
        catalogue: &Catalogue,
        advisory: &Advisory,
        served_at: Option<Timestamp>,
    ) -> Self {
        let standings = standings(catalogue, advisory);
        let product = catalogue.product();
        let releases = product.releases.iter().map(|release| &release.id);
        let notes = || advisory.timeline.iter().map(|note| note.date);
        let withdrawn = advisory.withdrawn.as_ref().map(|withdrawn| withdrawn.date);
        let mut also = references(&advisory.references);
        also.extend(advisory.cves.iter().flatten().chain(&advisory.incidents).map(|id| id.to_lowercase()));
        Self {
            section: Section::Advisories,
            product: product.id.clone(),
            id: advisory.id.clone(),
            title: advisory.title.clone(),
            summary: advisory.summary.clone(),
            revision: advisory.revision,
            severity: Some(advisory.severity.clone()),
            categories: BTreeSet::from([advisory.category.clone()]),
            kind: None,
            channel: None,
            releases: releases.filter(|id| standings.contains_key(*id)).cloned().collect(),
            published: advisory.published,
            updated: advisory.published.or_else(|| notes().chain(withdrawn).max()),
            released: notes().chain(advisory.published).min(),
            served_at,
            status: withdrawn.map(|_| Status::Withdrawn),
            standings,
            haystack: haystack(&advisory.id, &advisory.title, &advisory.references, &also),
            folded_id: advisory.id.folded(),
            uuid: None,
            also,
        }
    }

    pub(super) fn of_hotfix(
        catalogue: &Catalogue,
        hotfix: &Hotfix,
        (fixes, superseded): (&[&Advisory], bool),
        served_at: Option<Timestamp>,
    ) -> Self {
        let product = catalogue.product();
        let releases = product.releases.iter().map(|release| &release.id);
        let withdrawn = hotfix.withdrawn.as_ref().map(|withdrawn| withdrawn.date);
        let mut also = references(&hotfix.references);
        let files = hotfix.payloads.iter().flatten().map(|payload| payload.file.folded());
        also.extend(files.chain(hotfix.uuid.clone()));
        Self {
            section: Section::Hotfixes,
            product: product.id.clone(),
            id: hotfix.id.clone(),
            title: hotfix.title.clone(),
            summary: None,
            revision: hotfix.revision,
            severity: fixes.iter().map(|advisory| advisory.severity.clone()).min(),
            categories: fixes.iter().map(|advisory| advisory.category.clone()).collect(),
            kind: Some(hotfix.kind.clone()),
            channel: Some(hotfix.channel.clone()),
            releases: releases.filter(|id| hotfix.releases.contains(id)).cloned().collect(),
            published: hotfix.published,
            updated: hotfix.published.or_else(|| hotfix.released.into_iter().chain(withdrawn).max()),
            released: hotfix.released,
            served_at,
            status: Some(match (withdrawn, superseded) {
                (Some(_), _) => Status::Withdrawn,
                (None, true) => Status::Superseded,
                (None, false) => Status::Released,
            }),
            standings: BTreeMap::new(),
            haystack: haystack(&hotfix.id, &hotfix.title, &hotfix.references, &also),
            folded_id: hotfix.id.folded(),
            uuid: hotfix.uuid.clone(),
            also,
        }
    }
}

fn standings(catalogue: &Catalogue, advisory: &Advisory) -> BTreeMap<Id, Standing> {
    let out = |id: &Id| catalogue.hotfixes().get(id).is_some_and(|hotfix| hotfix.withdrawn.is_none());
    let mut standings: BTreeMap<Id, Standing> = BTreeMap::new();
    for cell in &advisory.matrix {
        let status = Status::of_cell(&cell.status);
        let remedied = match cell.status {
            CellStatus::KnownAffected => cell.alternatives().iter().any(|set| set.iter().all(out)),
            CellStatus::Fixed | CellStatus::KnownNotAffected => true,
            CellStatus::UnderInvestigation | CellStatus::Other(_) => false,
        };
        for release in &cell.releases {
            let standing = standings.entry(release.clone()).or_insert(Standing { status, remedied: true });
            standing.status = standing.status.min(status);
            standing.remedied &= remedied;
        }
    }
    standings
}

/// What the references of a document are known by, folded.
fn references(references: &[Reference]) -> BTreeSet<String> {
    let titles = references.iter().filter_map(|reference| reference.title.as_deref());
    // A word of a title is an id where it has a digit and a letter: `CTX142141`.
    let id = |word: &String| {
        word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_alphabetic())
    };
    let segments = references.iter().filter_map(|reference| fold::last_segment(&reference.url));
    titles.flat_map(fold::words).filter(id).chain(segments.map(str::to_lowercase)).collect()
}

fn haystack(id: &Id, title: &str, references: &[Reference], also: &BTreeSet<String>) -> String {
    let titles = references.iter().filter_map(|reference| reference.title.as_deref());
    fold::haystack([id.as_str(), title].into_iter().chain(titles).chain(also.iter().map(String::as_str)))
}
