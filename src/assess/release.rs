//! The host's release: the last in the product's order whose reports match and whose marker, if any, is
//! itself installed.

use std::collections::BTreeSet;

use super::assessment::ReleaseAnswer;
use super::because::{list, not_reported};
use super::evaluate::{Missing, Truth};
use super::host::Host;
use crate::model::Id;
use crate::model::product::Release;

/// What was found of a host's release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found<'c> {
    /// This one.
    Release(&'c Id),
    /// It matches none.
    Nothing,
    /// Facts are missing: one of these, or none of them.
    Unsettled {
        /// In the product's order.
        possible: Vec<&'c Id>,
        /// What could still tell them apart.
        missing: Missing,
    },
}

impl<'c> Found<'c> {
    /// The releases that the host may be.
    pub(super) fn possible(&self) -> Vec<&'c Id> {
        match self {
            Self::Release(id) => vec![*id],
            Self::Nothing => Vec::new(),
            Self::Unsettled { possible, .. } => possible.clone(),
        }
    }

    /// What would settle it; empty where it is settled.
    pub(super) fn missing(&self) -> Missing {
        match self {
            Self::Unsettled { missing, .. } => missing.clone(),
            Self::Release(_) | Self::Nothing => Missing::new(),
        }
    }
}

/// Outcomes by release; `None` is that none matches.
type Outcomes = BTreeSet<Option<usize>>;

/// Finds the release. What is missing is tried with every value that makes a difference.
pub(super) fn find<'c>(state: &impl Host<'c>) -> Found<'c> {
    let product = state.catalogue().product();
    if state.inventory().product != product.id {
        return Found::Nothing;
    }
    let releases = &product.releases;
    let versions = tried(state.version(), releases.iter().map(|release| release.version.as_str()));
    let builds = tried(state.build(), releases.iter().filter_map(|release| release.build.as_deref()));
    let mut outcomes = Outcomes::new();
    let mut missing = Missing::new();
    for version in &versions {
        for build in &builds {
            let found = outcomes_of(state, *version, *build);
            if found.len() > 1 {
                missing.insert("hotfixes".to_owned());
            }
            outcomes.extend(found);
        }
        let by_build = builds.iter().map(|build| outcomes_of(state, *version, *build));
        note_difference(by_build, "build", &mut missing);
    }
    for build in &builds {
        let by_version = versions.iter().map(|version| outcomes_of(state, *version, *build));
        note_difference(by_version, "version", &mut missing);
    }
    let name = |at: usize| releases.get(at).map(|release| &release.id);
    let possible: Vec<&Id> = outcomes.iter().flatten().filter_map(|at| name(*at)).collect();
    match (outcomes.len(), possible.as_slice()) {
        (1, [only]) => Found::Release(only),
        (0 | 1, _) => Found::Nothing,
        _ => Found::Unsettled { possible, missing },
    }
}

/// The values to try: what is reported, or everything that a release states, and something else.
fn tried<'c>(reported: Option<&'c str>, stated: impl Iterator<Item = &'c str>) -> Vec<Option<&'c str>> {
    match reported {
        Some(value) => vec![Some(value)],
        None => {
            let distinct: BTreeSet<&str> = stated.collect();
            std::iter::once(None).chain(distinct.into_iter().map(Some)).collect()
        }
    }
}

/// The releases that a host with these reports may be, by what is known of their markers.
fn outcomes_of<'c>(state: &impl Host<'c>, version: Option<&str>, build: Option<&str>) -> Outcomes {
    let mut outcomes = Outcomes::new();
    for (at, release) in state.catalogue().product().releases.iter().enumerate().rev() {
        let reports = version == Some(release.version.as_str())
            && release.build.as_deref().is_none_or(|stated| build == Some(stated));
        if !reports {
            continue;
        }
        match release.marker.as_ref().map(|marker| state.is_installed(marker)) {
            None | Some(Truth::True) => {
                outcomes.insert(Some(at));
                return outcomes;
            }
            Some(Truth::Unknown(_)) => drop(outcomes.insert(Some(at))),
            Some(Truth::False) => {}
        }
    }
    outcomes.insert(None);
    outcomes
}

/// Names a fact whose values lead to different outcomes.
fn note_difference(outcomes: impl Iterator<Item = Outcomes>, name: &str, missing: &mut Missing) {
    let distinct: BTreeSet<Outcomes> = outcomes.collect();
    if distinct.len() > 1 {
        missing.insert(name.to_owned());
    }
}

/// The release as it is published, with its reasons.
pub(super) fn answer<'c>(state: &impl Host<'c>) -> ReleaseAnswer {
    let found = state.found();
    let because = match found {
        Found::Release(id) => state.release_of(id).map(|release| {
            let mut because = reports(release);
            because.extend(markers(state, release));
            because
        }),
        Found::Nothing => Some(vec![no_match(state)]),
        Found::Unsettled { possible, missing } => {
            let mut because: Vec<String> = missing.iter().map(|name| not_reported(name)).collect();
            because.push(format!("still possible: {}", list(possible)));
            Some(because)
        }
    };
    ReleaseAnswer {
        id: state.release().cloned(),
        because: because.unwrap_or_default(),
        missing_facts: found.missing().into_iter().collect(),
    }
}

fn reports(release: &Release) -> Vec<String> {
    let build = release.build.as_ref().map(|build| format!("reports build {build}"));
    std::iter::once(format!("reports version {}", release.version)).chain(build).collect()
}

/// The markers that tell the release from those that report the same.
fn markers<'c>(state: &impl Host<'c>, found: &Release) -> Vec<String> {
    let own = found.marker.as_ref().map(|marker| format!("marker {marker} is installed"));
    let alike = state.reporting(&found.version);
    let later = alike.into_iter().skip_while(|release| release.id != found.id).skip(1);
    let others = later
        .filter_map(|release| release.marker.as_ref())
        .filter(|marker| state.is_installed(marker) == Truth::False)
        .map(|marker| format!("marker {marker} is not installed"));
    own.into_iter().chain(others).collect()
}

fn no_match<'c>(state: &impl Host<'c>) -> String {
    let (product, inventory) = (&state.catalogue().product().id, state.inventory());
    if inventory.product != *product {
        return format!("the inventory is of the product {}, not {product}", inventory.product);
    }
    let build = state.build().map(|build| format!(", build {build}")).unwrap_or_default();
    match state.version() {
        Some(version) => format!("no release reports version {version}{build}"),
        None => format!("no release can match{build}"),
    }
}
