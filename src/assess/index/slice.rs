//! The part of a catalogue that concerns some hosts, for those who ask once: compiling all of it would cost more
//! than the answer.

use std::collections::BTreeSet;

use super::compiled::Compiled;
use crate::model::{Catalogue, Hotfix, Id, Inventory, Product};

/// Compiles what concerns these hosts: what installs on a release that they are, may be or may become, what is
/// installed on them, and all that any of it rolls up.
pub(super) fn of(catalogue: &Catalogue, inventories: &[&Inventory]) -> Compiled {
    let releases = releases(catalogue, inventories);
    let mut taken: BTreeSet<&Id> = BTreeSet::new();
    let mut open: Vec<&Hotfix> = Vec::new();
    let here = |ids: &[Id]| ids.iter().any(|id| releases.contains(id));
    for hotfix in catalogue.hotfixes().values().filter(|hotfix| here(&hotfix.releases)) {
        taken.insert(&hotfix.id);
        open.push(hotfix);
    }
    for inventory in inventories {
        let pending = inventory.pending.iter().map(|pending| &pending.hotfix);
        let named = inventory.hotfixes.iter().flatten().chain(pending);
        for hotfix in named.filter_map(|name| catalogue.find_hotfix(name)) {
            if taken.insert(&hotfix.id) {
                open.push(hotfix);
            }
        }
    }
    while let Some(hotfix) = open.pop() {
        let below = hotfix.supersedes.iter().flatten().filter_map(|id| catalogue.hotfixes().get(id));
        for hotfix in below {
            if taken.insert(&hotfix.id) {
                open.push(hotfix);
            }
        }
    }
    let hotfixes = taken.into_iter().filter_map(|id| catalogue.hotfixes().get(id));
    let advisories = catalogue.advisories().values();
    let advisories = advisories.filter(|advisory| advisory.matrix.iter().any(|cell| here(&cell.releases)));
    Compiled::of(catalogue, hotfixes, advisories, None)
}

/// The releases that the hosts may be, by the version that they report, and all to which steps may lead.
fn releases<'c>(catalogue: &'c Catalogue, inventories: &[&Inventory]) -> BTreeSet<&'c Id> {
    let product = catalogue.product();
    let mut found: BTreeSet<&Id> = BTreeSet::new();
    for inventory in inventories {
        found.extend(reporting(product, inventory.version.as_deref()));
    }
    let establishing: Vec<&Hotfix> =
        catalogue.hotfixes().values().filter(|hotfix| hotfix.establishes.is_some()).collect();
    loop {
        let before = found.len();
        for hotfix in &establishing {
            let leads_to = hotfix.establishes.as_ref().and_then(|id| product.release(id.as_str()));
            if let Some(release) = leads_to
                && hotfix.releases.iter().any(|id| found.contains(id))
                && !found.contains(&release.id)
            {
                found.extend(reporting(product, Some(&release.version)));
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// The releases of which hosts report a version, or all.
fn reporting<'c>(product: &'c Product, version: Option<&str>) -> impl Iterator<Item = &'c Id> {
    let reports = move |stated: &str| version.is_none_or(|version| stated == version);
    product.releases.iter().filter(move |release| reports(&release.version)).map(|release| &release.id)
}
