//! The page of a hotfix, under the headings that admins know.

use super::advisory::{Named, Outside, references};
use super::context::PageContext;
use super::frame::Frame;
use super::graph::{Graph, graph};
use super::markdown::to_html;
use super::matrix::HotfixLink;
use super::run::own_release;
use super::standing::{Above, Fit};
use super::words::{Badge, When, category, channel, date, kind, severity, size, time};
use super::{PageError, Renderer, proof};
use crate::model::hotfix::Payload;
use crate::model::sentence::{self, Clauses};
use crate::model::words::{CellStatus, Channel};
use crate::model::{Advisory, Catalogue, Hotfix, Id};

#[derive(Debug, serde::Serialize)]
struct View {
    id: String,
    product: Named,
    title: String,
    kind: String,
    channel: Option<String>,
    revision: i64,
    released: Option<When>,
    withdrawn: Option<Withdrawn>,
    here: Option<Here>,
    who: Who,
    requires: Option<Vec<HotfixLink>>,
    conflicts: Option<Vec<HotfixLink>>,
    guidance: Option<Vec<String>>,
    live_patch: Option<String>,
    establishes: Option<String>,
    rollout: Option<[When; 2]>,
    uuid: Option<String>,
    installed: Option<String>,
    space: Option<String>,
    description: Option<String>,
    resolved: Option<Vec<Resolved>>,
    graph: Option<Graph>,
    needed_by: Vec<HotfixLink>,
    includes: Option<Vec<HotfixLink>>,
    superseded_by: Vec<HotfixLink>,
    newest: Vec<HotfixLink>,
    files: Option<Vec<File>>,
    sums: Option<String>,
    references: Vec<Outside>,
    proof: proof::Proof,
    server: String,
}

#[derive(Debug, serde::Serialize)]
struct Withdrawn {
    date: When,
    reason: String,
    replaced_by: Option<HotfixLink>,
    advice: Option<String>,
    ineffective: bool,
}

/// How it stands on the release that the reader runs.
#[derive(Debug, serde::Serialize)]
struct Here {
    release: String,
    href: String,
    badge: Option<Badge>,
    joiner: Option<&'static str>,
    by: Vec<HotfixLink>,
}

#[derive(Debug, serde::Serialize)]
struct Who {
    releases: Vec<String>,
    clauses: Option<Clauses>,
    exposed: Vec<Exposed>,
    check: String,
}

/// Hosts that cells of advisories expose, and that this hotfix remedies.
#[derive(Debug, serde::Serialize)]
struct Exposed {
    advisories: Vec<AdvisoryLink>,
    hosts: Hosts,
}

/// Hosts by release and condition, and what the hotfix needs beside it on them.
#[derive(Debug, PartialEq, serde::Serialize)]
struct Hosts {
    releases: Vec<String>,
    clauses: Option<Clauses>,
    together_with: Vec<HotfixLink>,
}

#[derive(Debug, serde::Serialize)]
struct AdvisoryLink {
    id: String,
    title: String,
    href: String,
    badge: Badge,
    category: String,
    withdrawn: bool,
}

/// An advisory that it fixes; `through` is the rolled-up hotfix that does.
#[derive(Debug, serde::Serialize)]
struct Resolved {
    advisory: AdvisoryLink,
    through: Option<HotfixLink>,
}

#[derive(Debug, serde::Serialize)]
struct File {
    name: String,
    size: Option<String>,
    sha256: Option<String>,
    href: Option<String>,
    mirrors: Vec<Outside>,
}

struct Scope<'a> {
    context: &'a PageContext,
    catalogue: &'a Catalogue,
    hotfix: &'a Hotfix,
}

/// The page of a hotfix.
///
/// # Errors
/// A query other than for a release, or a template that does not fit its view.
pub fn hotfix(
    renderer: &Renderer,
    context: &PageContext,
    catalogue: &Catalogue,
    hotfix: &Hotfix,
    query: &[(String, String)],
) -> Result<String, PageError> {
    own_release(context, catalogue, query)?;
    let scope = Scope { context, catalogue, hotfix };
    let (product, id) = (catalogue.product(), hotfix.id.as_str());
    let json = context.path(format_args!("/api/v1/hotfixes/{}/{id}", product.id));
    let above = scope.above();
    let files = hotfix.payloads.as_ref().map(|list| scope.files(list));
    let view = View {
        id: id.to_owned(),
        product: Named { name: product.name.clone(), id: product.id.to_string() },
        title: hotfix.title.clone(),
        kind: kind(&hotfix.kind),
        channel: (hotfix.channel != Channel::Release).then(|| channel(&hotfix.channel)),
        revision: hotfix.revision,
        released: hotfix.released.map(date),
        withdrawn: scope.withdrawn(),
        here: scope.here(),
        who: scope.who(),
        requires: hotfix.requires.as_ref().map(|ids| scope.links(ids)),
        conflicts: scope.conflicts(),
        guidance: guidance(hotfix),
        live_patch: hotfix.live_patch.as_ref().map(|patch| patch.base.clone()),
        establishes: hotfix.establishes.as_ref().map(|id| scope.release_name(id)),
        rollout: hotfix.rollout.as_ref().map(|rollout| [time(rollout.start), time(rollout.end())]),
        uuid: hotfix.uuid.clone(),
        installed: hotfix.installed_bytes.map(sentence::bytes),
        space: hotfix.space_bytes.map(sentence::bytes),
        description: hotfix.description.as_deref().map(to_html),
        resolved: scope.resolved(),
        graph: graph(context, catalogue, &hotfix.id),
        needed_by: scope.needed_by(),
        includes: hotfix.supersedes.as_ref().map(|_| scope.links(catalogue.rolls_up(id))),
        superseded_by: scope.links(&above),
        newest: scope.links(above.iter().filter(|one| !scope.rolled_up_by_any(one, &above))),
        sums: sums(hotfix),
        files,
        references: references(&hotfix.references),
        proof: proof::proof(context, json.clone(), hotfix.revision, hotfix.published),
        server: context.server(),
    };
    let frame = Frame::new(context, format!("{id}: {}", hotfix.title), "hotfixes").with_json(json);
    renderer.page("hotfix.html", &frame, &view)
}

impl Scope<'_> {
    fn link(&self, id: &Id) -> HotfixLink {
        HotfixLink::new(self.context, self.catalogue, id)
    }

    fn links<'i>(&self, ids: impl IntoIterator<Item = &'i Id>) -> Vec<HotfixLink> {
        ids.into_iter().map(|id| self.link(id)).collect()
    }

    fn release_name(&self, id: &Id) -> String {
        let release = self.catalogue.product().release(id.as_str());
        release.map_or(id.as_str(), |release| release.name.as_str()).to_owned()
    }

    fn advisory(&self, advisory: &Advisory) -> AdvisoryLink {
        AdvisoryLink {
            id: advisory.id.to_string(),
            title: advisory.title.clone(),
            href: self.context.advisory_href(advisory.product.as_str(), advisory.id.as_str()),
            badge: severity(&advisory.severity),
            category: category(&advisory.category),
            withdrawn: advisory.withdrawn.is_some(),
        }
    }

    fn withdrawn(&self) -> Option<Withdrawn> {
        let withdrawn = self.hotfix.withdrawn.as_ref()?;
        Some(Withdrawn {
            date: date(withdrawn.date),
            reason: withdrawn.reason.clone(),
            replaced_by: withdrawn.replaced_by.as_ref().map(|id| self.link(id)),
            advice: withdrawn.advice.clone(),
            ineffective: withdrawn.ineffective,
        })
    }

    /// How it stands on the release that the reader runs; of another product it says nothing.
    fn here(&self) -> Option<Here> {
        let run = self.context.run.as_ref()?;
        let release = self.context.runs(self.catalogue.product());
        let fit = release.map(|release| Above::of(self.catalogue).fit(self.catalogue, self.hotfix, release));
        let by = match &fit {
            Some(Fit::Superseded(by)) => by.iter().map(|id| self.link(id)).collect(),
            Some(Fit::Included(id)) => vec![self.link(id)],
            _ => Vec::new(),
        };
        Some(Here {
            release: run.name.clone(),
            href: self.context.release_href(&run.product, &run.release),
            badge: fit.as_ref().map(Fit::badge),
            joiner: fit.as_ref().map(Fit::joiner),
            by,
        })
    }

    /// Whom it conflicts with, whoever of the two says so; `None` where neither says anything.
    fn conflicts(&self) -> Option<Vec<HotfixLink>> {
        let all = self.catalogue.conflicts(self.hotfix.id.as_str());
        (self.hotfix.conflicts.is_some() || !all.is_empty()).then(|| self.links(all))
    }

    fn who(&self) -> Who {
        let product = self.catalogue.product();
        Who {
            releases: self.hotfix.releases.iter().map(|id| self.release_name(id)).collect(),
            clauses: sentence::cell_clauses(product, None, self.hotfix.when.as_ref()),
            exposed: self.all_exposed(),
            check: self.context.page(format_args!("/check")),
        }
    }

    /// The hosts that it is for; advisories that expose the same hosts stand together, the worst first.
    fn all_exposed(&self) -> Vec<Exposed> {
        let mut advisories: Vec<&Advisory> = self.catalogue.advisories().values().collect();
        advisories.sort_by_key(|advisory| advisory.severity.clone());
        let mut out: Vec<Exposed> = Vec::new();
        for advisory in advisories {
            for hosts in self.exposed(advisory) {
                let link = self.advisory(advisory);
                match out.iter_mut().find(|known| known.hosts == hosts) {
                    Some(known) => known.advisories.push(link),
                    None => out.push(Exposed { advisories: vec![link], hosts }),
                }
            }
        }
        out
    }

    fn exposed(&self, advisory: &Advisory) -> Vec<Hosts> {
        let product = self.catalogue.product();
        let provides =
            |id: &Id| *id == self.hotfix.id || self.catalogue.rolls_up(self.hotfix.id.as_str()).contains(id);
        let mut out = Vec::new();
        if advisory.withdrawn.is_some() || self.hotfix.ineffective() {
            return out;
        }
        for cell in advisory.matrix.iter().filter(|cell| cell.status == CellStatus::KnownAffected) {
            let releases: Vec<String> = cell
                .releases
                .iter()
                .filter(|id| self.hotfix.releases.contains(id))
                .map(|id| self.release_name(id))
                .collect();
            let mut helping = cell.alternatives().iter().filter(|set| set.iter().any(provides));
            let Some(set) = helping.next().filter(|_| !releases.is_empty()) else { continue };
            let feature = cell.feature.as_ref().and_then(|id| product.feature(id.as_str()));
            out.push(Hosts {
                releases,
                clauses: sentence::cell_clauses(product, feature, cell.when.as_ref()),
                together_with: self.links(set.iter().filter(|id| !provides(id))),
            });
        }
        out
    }

    /// The advisories that it fixes, itself or through what it rolls up; `None`: not stated, and none known.
    fn resolved(&self) -> Option<Vec<Resolved>> {
        let own = self.hotfix.fixes.iter().flatten().map(|id| (id, None));
        let rolled_up = self.catalogue.rolls_up(self.hotfix.id.as_str()).iter();
        let hotfixes = rolled_up.filter_map(|id| self.catalogue.hotfixes().get(id));
        let through = hotfixes
            .flat_map(|hotfix| hotfix.fixes.iter().flatten().map(|id| (id, Some(self.link(&hotfix.id)))));
        let mut seen = std::collections::BTreeSet::new();
        let all: Vec<Resolved> = own
            .chain(through)
            .filter(|(id, _)| seen.insert((*id).clone()))
            .filter_map(|(id, through)| {
                let advisory = self.catalogue.advisories().get(id)?;
                Some(Resolved { advisory: self.advisory(advisory), through })
            })
            .collect();
        (self.hotfix.fixes.is_some() || !all.is_empty()).then_some(all)
    }

    /// The ids of what rolls it up.
    fn above(&self) -> Vec<Id> {
        let all = self.catalogue.hotfixes().keys();
        all.filter(|id| self.catalogue.rolls_up(id.as_str()).contains(&self.hotfix.id)).cloned().collect()
    }

    /// What names it as a prerequisite.
    fn needed_by(&self) -> Vec<HotfixLink> {
        let needs = |other: &&Hotfix| other.requires.iter().flatten().any(|id| *id == self.hotfix.id);
        self.links(self.catalogue.hotfixes().values().filter(needs).map(|other| &other.id))
    }

    fn rolled_up_by_any(&self, one: &Id, others: &[Id]) -> bool {
        others.iter().any(|other| self.catalogue.rolls_up(other.as_str()).contains(one))
    }

    fn files(&self, payloads: &[Payload]) -> Vec<File> {
        let (product, id) = (&self.hotfix.product, &self.hotfix.id);
        let offered = self.hotfix.withdrawn.is_none();
        let file = |payload: &Payload| {
            let target =
                format!("{product}/{}/payload/{id}/{}", self.catalogue.line(self.hotfix), payload.file);
            let path = payload.sha256.as_deref().filter(|_| offered).map(|sha| proof::hashed(&target, sha));
            let mirror = |url: &String| crate::model::advisory::Reference { title: None, url: url.clone() };
            let mirrors: Vec<_> = payload.mirrors.iter().filter(|_| offered).map(mirror).collect();
            File {
                name: payload.file.to_string(),
                size: payload.bytes.map(size),
                sha256: payload.sha256.clone(),
                href: path.map(|path| self.context.path(format_args!("/tuf/targets/{path}"))),
                mirrors: references(&mirrors),
            }
        };
        payloads.iter().map(file).collect()
    }
}

/// What to do after it, a line each; `None`: not known, empty: nothing.
fn guidance(hotfix: &Hotfix) -> Option<Vec<String>> {
    let list = hotfix.guidance.as_ref()?;
    let line = |one: &crate::model::hotfix::Guidance| {
        let action = sentence::capital(&sentence::action(&one.action));
        format!("{action} ({})", sentence::level(&one.level))
    };
    Some(list.iter().map(line).collect())
}

/// What `sha256sum -c` reads: a line for each file; `None` where a digest is not known.
fn sums(hotfix: &Hotfix) -> Option<String> {
    let payloads = hotfix.payloads.as_ref().filter(|list| !list.is_empty())?;
    let line = |payload: &Payload| Some(format!("{}  {}", payload.sha256.as_ref()?, payload.file));
    payloads.iter().map(line).collect::<Option<Vec<_>>>().map(|lines| lines.join("\n"))
}
