//! The release of an indexed host: only releases of the version that it reports are looked at.

use std::collections::BTreeSet;

use super::state::State;
use crate::assess::evaluate::Missing;
use crate::assess::release::Found;
use crate::model::product::Release;

/// Outcomes by number; `None` is that none matches.
type Outcomes = BTreeSet<Option<u32>>;

/// Finds the release. What is missing is tried with every value that makes a difference: a version that no
/// release states matches none, and a build that none of a version states is like no build.
pub(super) fn find<'c>(state: &State<'c>) -> (Found<'c>, Option<u32>) {
    let product = state.catalogue.product();
    if state.inventory.product != product.id {
        return (Found::Nothing, None);
    }
    let mut outcomes = Outcomes::new();
    let mut missing = Missing::new();
    match state.version {
        Some(version) => try_version(state, state.compiled.reporting(version), &mut outcomes, &mut missing),
        None => {
            outcomes.insert(None);
            for releases in state.compiled.by_version() {
                let mut found = Outcomes::new();
                try_version(state, releases, &mut found, &mut missing);
                if found.iter().any(Option::is_some) {
                    missing.insert("version".to_owned());
                }
                outcomes.extend(found);
            }
        }
    }
    let possible: Vec<u32> = outcomes.iter().flatten().copied().collect();
    let release = |number: u32| product.releases.get(number as usize).map(|release| &release.id);
    match (outcomes.len(), possible.as_slice()) {
        (1, [only]) => release(*only).map_or((Found::Nothing, None), |id| (Found::Release(id), Some(*only))),
        (0 | 1, _) => (Found::Nothing, None),
        _ => {
            let possible = possible.into_iter().filter_map(release).collect();
            (Found::Unsettled { possible, missing }, None)
        }
    }
}

/// The outcomes of the releases of one version, with the build that is reported or any that makes a difference.
fn try_version(state: &State<'_>, releases: &[u32], outcomes: &mut Outcomes, missing: &mut Missing) {
    let stated = || releases.iter().filter_map(|number| stated(state, *number)?.build.as_deref());
    let builds: BTreeSet<Option<&str>> = match state.build {
        Some(build) => BTreeSet::from([Some(build)]),
        None => std::iter::once(None).chain(stated().map(Some)).collect(),
    };
    let mut first: Option<Outcomes> = None;
    for build in builds {
        let found = outcomes_of(state, releases, build);
        if found.len() > 1 {
            missing.insert("hotfixes".to_owned());
        }
        if first.as_ref().is_some_and(|first| *first != found) {
            missing.insert("build".to_owned());
        }
        outcomes.extend(found.iter().copied());
        first.get_or_insert(found);
    }
}

fn stated<'c>(state: &State<'c>, number: u32) -> Option<&'c Release> {
    state.catalogue.product().releases.get(number as usize)
}

/// The releases that a host of a version and build may be, by what is known of their markers.
fn outcomes_of(state: &State<'_>, releases: &[u32], build: Option<&str>) -> Outcomes {
    let mut outcomes = Outcomes::new();
    for number in releases.iter().rev() {
        let Some(release) = stated(state, *number) else { continue };
        if release.build.as_deref().is_some_and(|stated| build != Some(stated)) {
            continue;
        }
        let marker = release.marker.as_ref().map(|marker| {
            let marker = state.compiled.words.hotfixes.get(marker.as_str());
            marker.is_some_and(|marker| state.installed.contains(marker))
        });
        match marker {
            None | Some(true) => {
                outcomes.insert(Some(*number));
                return outcomes;
            }
            Some(false) if !state.complete => drop(outcomes.insert(Some(*number))),
            Some(false) => {}
        }
    }
    outcomes.insert(None);
    outcomes
}
