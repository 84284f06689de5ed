//! Who is affected: the matrix as rows of releases and columns of features.

use super::context::PageContext;
use super::words::{Badge, When, cell_status, date, day, expected};
use crate::model::advisory::{Cell, Remediation};
use crate::model::product::Release;
use crate::model::sentence::{self, Clauses};
use crate::model::words::CellStatus;
use crate::model::{Advisory, Catalogue, Hotfix, Id};

/// What every part of an advisory's page is made from.
pub(super) struct Scope<'a> {
    pub(super) context: &'a PageContext,
    pub(super) catalogue: &'a Catalogue,
    pub(super) advisory: &'a Advisory,
    /// The one release that is asked for.
    pub(super) only: Option<&'a Release>,
}

#[derive(Debug, serde::Serialize)]
pub(super) struct Matrix {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

#[derive(Debug, serde::Serialize)]
struct Column {
    name: String,
    hint: Option<String>,
}

#[derive(Debug, serde::Serialize)]
struct Row {
    release: ReleaseView,
    slots: Vec<Slot>,
    /// No cell covers the release.
    unstated: bool,
    /// Cells of the whole product alone cover it: one slot stands for every column.
    whole: bool,
    /// `quiet`: a word says all there is to say.
    class: &'static str,
}

#[derive(Debug, serde::Serialize)]
struct Slot {
    column: String,
    entries: Vec<Entry>,
    /// Nothing is said of this feature, but of the whole product, which it is part of.
    as_whole: bool,
}

/// A release with the address that narrows the page to it.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct ReleaseView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) codename: Option<String>,
    pub(super) ended: Option<When>,
    pub(super) href: String,
}

/// A cell in words.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct Entry {
    pub(super) badge: Badge,
    pub(super) feature: Option<FeatureHint>,
    pub(super) clauses: Option<Clauses>,
    pub(super) fixes: Vec<FixSet>,
    pub(super) remediation: Option<String>,
    pub(super) workaround: Option<String>,
    pub(super) note: Option<String>,
}

impl Entry {
    /// Whether the status says it all.
    fn is_a_word(&self) -> bool {
        self.clauses.is_none() && self.fixes.is_empty() && self.remediation.is_none() && self.note.is_none()
    }
}

/// Where a person finds a feature.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct FeatureHint {
    pub(super) name: String,
    pub(super) label: Option<String>,
    pub(super) place: Option<String>,
}

/// Hotfixes that remedy a cell together.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct FixSet {
    pub(super) hotfixes: Vec<HotfixLink>,
    pub(super) withdrawn: bool,
    pub(super) also: Vec<HotfixLink>,
    pub(super) guidance: Vec<String>,
}

/// A hotfix by name, with its page.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(super) struct HotfixLink {
    pub(super) id: String,
    pub(super) title: String,
    /// Its page, where it is published.
    pub(super) href: Option<String>,
    pub(super) withdrawn: bool,
    pub(super) makes: Option<String>,
}

impl HotfixLink {
    pub(super) fn new(context: &PageContext, catalogue: &Catalogue, id: &Id) -> Self {
        let product = catalogue.product();
        let hotfix = catalogue.hotfixes().get(id);
        let makes = hotfix.and_then(|hotfix| hotfix.establishes.as_ref()).map(|id| {
            product.release(id.as_str()).map_or(id.as_str(), |release| release.name.as_str()).to_owned()
        });
        Self {
            id: id.to_string(),
            title: hotfix.map(|hotfix| hotfix.title.clone()).unwrap_or_default(),
            href: hotfix.map(|_| context.hotfix_short_href(product.id.as_str(), id.as_str())),
            withdrawn: hotfix.is_some_and(|hotfix| hotfix.withdrawn.is_some()),
            makes,
        }
    }
}

impl<'a> Scope<'a> {
    /// The releases that are shown, newest first.
    pub(super) fn releases(&self) -> Vec<&'a Release> {
        match self.only {
            Some(release) => vec![release],
            None => self.catalogue.product().releases.iter().rev().collect(),
        }
    }

    pub(super) fn release(&self, release: &Release) -> ReleaseView {
        let advisory = self.advisory;
        let page = self.context.path(format_args!("/advisories/{}/{}", advisory.product, advisory.id));
        let ends = release.lifecycle.life_ends;
        let today = day(self.context.now);
        ReleaseView {
            id: release.id.to_string(),
            name: release.name.clone(),
            codename: release.codename.clone(),
            ended: ends.filter(|end| *end <= today).map(date),
            href: format!("{page}?release={}", release.id),
        }
    }

    /// A cell in words; `release` says on which release a fix has to install.
    pub(super) fn entry(&self, cell: &Cell, release: &Release) -> Entry {
        let product = self.catalogue.product();
        let feature = cell.feature.as_ref().and_then(|id| product.feature(id.as_str()));
        let conditional = !matches!(cell.status, CellStatus::Fixed | CellStatus::KnownNotAffected);
        let mut fixes: Vec<FixSet> =
            cell.alternatives().iter().map(|set| self.fix_set(set, release)).collect();
        // What can still be installed first.
        fixes.sort_by_key(|set| set.withdrawn);
        Entry {
            badge: cell_status(&cell.status),
            feature: feature.map(|feature| FeatureHint {
                name: feature.name.clone(),
                label: feature.label.clone(),
                place: feature.place.clone(),
            }),
            clauses: conditional
                .then(|| sentence::cell_clauses(product, feature, cell.when.as_ref()))
                .flatten(),
            fixes,
            remediation: remediation(cell),
            workaround: cell.workaround.clone(),
            note: cell.note.clone(),
        }
    }

    fn fix_set(&self, set: &[Id], release: &Release) -> FixSet {
        let hotfixes: Vec<HotfixLink> =
            set.iter().map(|id| HotfixLink::new(self.context, self.catalogue, id)).collect();
        let known = set.iter().filter_map(|id| self.catalogue.hotfixes().get(id));
        FixSet {
            withdrawn: hotfixes.iter().any(|hotfix| hotfix.withdrawn),
            also: self.also(set, release),
            guidance: known.filter_map(|hotfix| guidance(hotfix, set.len() > 1)).collect(),
            hotfixes,
        }
    }

    /// What rolls up the whole set and installs on the release: the newest of each chain, at most three.
    fn also(&self, set: &[Id], release: &Release) -> Vec<HotfixLink> {
        let fits = |hotfix: &&Hotfix| {
            hotfix.withdrawn.is_none()
                && hotfix.releases.contains(&release.id)
                && set.iter().all(|id| self.catalogue.rolls_up(hotfix.id.as_str()).contains(id))
        };
        let all: Vec<&Hotfix> = self.catalogue.hotfixes().values().filter(fits).collect();
        let rolled_up = |one: &Hotfix| {
            all.iter().any(|other| self.catalogue.rolls_up(other.id.as_str()).contains(&one.id))
        };
        let newest = all.iter().filter(|hotfix| !rolled_up(hotfix)).take(3);
        newest.map(|hotfix| HotfixLink::new(self.context, self.catalogue, &hotfix.id)).collect()
    }
}

/// The matrix of an advisory.
pub(super) fn matrix(scope: &Scope<'_>) -> Matrix {
    let product = scope.catalogue.product();
    let mut features: Vec<Option<&Id>> = Vec::new();
    for cell in &scope.advisory.matrix {
        if !features.contains(&cell.feature.as_ref()) {
            features.push(cell.feature.as_ref());
        }
    }
    if features.is_empty() {
        features.push(None);
    }
    // The whole product last: it says what holds beside the named features.
    features.sort_by_key(Option::is_none);
    let columns: Vec<Column> = features
        .iter()
        .map(|id| match id {
            None => {
                Column { name: "The whole product".to_owned(), hint: Some("whatever is in use".to_owned()) }
            }
            Some(id) => {
                let feature = product.feature(id.as_str());
                let hint =
                    feature.and_then(|feature| feature.label.as_ref()).map(|label| format!("“{label}”"));
                Column { name: feature.map_or(id.to_string(), |feature| feature.name.clone()), hint }
            }
        })
        .collect();
    let rows = scope.releases().into_iter().map(|release| row(scope, release, &features, &columns)).collect();
    Matrix { columns, rows }
}

fn row(scope: &Scope<'_>, release: &Release, features: &[Option<&Id>], columns: &[Column]) -> Row {
    let cells: Vec<&Cell> = scope.advisory.cells(&release.id).collect();
    let of_whole = cells.iter().filter(|cell| cell.feature.is_none()).count();
    let whole = of_whole > 0 && of_whole == cells.len();
    let slot = |(feature, column): (&Option<&Id>, &Column)| {
        let own = cells.iter().filter(|cell| cell.feature.as_ref() == *feature);
        let entries: Vec<Entry> = own.map(|cell| scope.entry(cell, release)).collect();
        Slot { column: column.name.clone(), as_whole: entries.is_empty() && of_whole > 0, entries }
    };
    let shown = features.iter().zip(columns).filter(|(feature, _)| !whole || feature.is_none());
    let slots: Vec<Slot> = shown.map(slot).collect();
    let class = match (cells.as_slice(), slots.first().map(|slot| slot.entries.as_slice())) {
        ([], _) => "quiet",
        (_, Some([entry])) if whole && entry.is_a_word() => "quiet whole",
        _ if whole => "whole",
        _ => "",
    };
    Row { release: scope.release(release), slots, unstated: cells.is_empty(), whole, class }
}

/// What to expect of a cell that names no fix.
fn remediation(cell: &Cell) -> Option<String> {
    let open = matches!(cell.status, CellStatus::KnownAffected | CellStatus::UnderInvestigation);
    match &cell.remediation {
        Some(Remediation { kind, date }) => Some(expected(kind, *date)),
        None if !open || !cell.alternatives().is_empty() => None,
        None if cell.fixed_by.is_some() => Some("There is no fix yet.".to_owned()),
        None => Some("No fix is stated.".to_owned()),
    }
}

/// What to do after installing, in a sentence; `None` where that is nothing.
fn guidance(hotfix: &Hotfix, named: bool) -> Option<String> {
    let of = if named { format!("{}: ", hotfix.id) } else { String::new() };
    match hotfix.guidance.as_deref() {
        None => Some(format!("{of}Whether a restart is needed is not stated: count on restarting the host.")),
        Some([]) => None,
        Some(list) => {
            let all: Vec<String> = list
                .iter()
                .map(|one| format!("{} ({})", sentence::action(&one.action), sentence::level(&one.level)))
                .collect();
            Some(format!("{of}{}.", sentence::capital(&all.join("; "))))
        }
    }
}
