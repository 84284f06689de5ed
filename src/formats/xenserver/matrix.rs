//! Which hotfixes fix a bulletin on which release. The facts name versions that hosts report, and several
//! releases may report one version; what is concluded from that is marked in the cell's note.

use std::collections::{BTreeMap, BTreeSet};

use super::Error;
use super::facts::{Bulletin, Facts};
use super::graph::Graph;
use super::releases::{made_by, of_branch, product_of};
use crate::model::Product;
use crate::model::product::Release;
use crate::model::words::CellStatus;

/// A cell of a bulletin's matrix, on one release.
#[derive(Debug, Clone)]
pub(super) struct Cell<'f> {
    pub(super) release: String,
    pub(super) status: CellStatus,
    /// One set: all of them are needed.
    pub(super) fixed_by: BTreeSet<&'f str>,
    pub(super) basis: Basis,
    /// Hotfixes that the facts name too; one of `fixed_by` rolls each of them up.
    pub(super) rolled_up: BTreeSet<&'f str>,
}

/// What a cell stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Basis {
    /// Hotfixes for this release are named.
    Named,
    /// The version is named that the release reports, with hotfixes for this later release alone.
    LaterRelease(String),
    /// The pack that makes a host this release rolls up what is named for the release before.
    Pack(String),
}

/// The cells of a bulletin on the product's releases, in their order.
pub(super) fn cells<'f>(
    facts: &'f Facts,
    product: &Product,
    graph: &Graph<'f>,
    bulletin: &'f Bulletin,
) -> Result<Vec<Cell<'f>>, Error> {
    let named = named(facts, product, bulletin)?;
    let mut out = Vec::new();
    for release in &product.releases {
        let cell = |status, set: &BTreeSet<&'f str>, basis| {
            let rolled_up: BTreeSet<&str> =
                set.iter().copied().filter(|id| set.iter().any(|other| graph.rolls_up(other, id))).collect();
            let fixed_by = set.difference(&rolled_up).copied().collect();
            Cell { release: release.id.to_string(), status, fixed_by, basis, rolled_up }
        };
        if let Some(set) = named.get(release.id.as_str()) {
            out.push(cell(CellStatus::KnownAffected, set, Basis::Named));
        } else if let Some(pack) = brought_by(graph, release, &named) {
            let brought = named.values().find(|set| holds(graph, pack, set)).cloned().unwrap_or_default();
            out.push(cell(CellStatus::Fixed, &brought, Basis::Pack(pack.to_owned())));
        } else if let Some((later, set)) = later(product, release, &named, bulletin) {
            out.push(cell(CellStatus::KnownAffected, set, Basis::LaterRelease(later.id.to_string())));
        }
    }
    Ok(out)
}

/// The pairs of bulletin and version whose hotfixes belong to another product, with how many those are.
pub(super) fn pairs_elsewhere(facts: &Facts, product: &Product) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    for bulletin in facts.bulletins.values() {
        for (version, ids) in &bulletin.fixes {
            let rows = ids.iter().filter_map(|id| facts.hotfixes.get(id)).map(product_of);
            let other: Vec<&str> = rows.filter(|of| **of != *product.id.as_str()).collect();
            if let Some(of) = other.first() {
                out.insert(format!("{} on {version} of {of}", bulletin.id), other.len());
            }
        }
    }
    out
}

/// The hotfixes that the bulletin names, by the release that they install on.
fn named<'f>(
    facts: &'f Facts,
    product: &Product,
    bulletin: &'f Bulletin,
) -> Result<BTreeMap<String, BTreeSet<&'f str>>, Error> {
    let mut named: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (version, ids) in &bulletin.fixes {
        for row in ids.iter().filter_map(|id| facts.hotfixes.get(id)) {
            if *product_of(row) != *product.id.as_str() {
                continue;
            }
            let release = of_branch(product, row)?;
            if release.version != *version || made_by(product, &row.id).is_some() {
                return Err(Error::OtherVersion { bulletin: bulletin.id.clone(), id: row.id.clone() });
            }
            named.entry(release.id.to_string()).or_default().insert(&row.id);
        }
    }
    Ok(named)
}

fn holds(graph: &Graph<'_>, pack: &str, set: &BTreeSet<&str>) -> bool {
    set.iter().all(|id| graph.rolls_up(pack, id))
}

/// The release's marker, if it rolls up all that is named for another release.
fn brought_by<'r>(
    graph: &Graph<'_>,
    release: &'r Release,
    named: &BTreeMap<String, BTreeSet<&str>>,
) -> Option<&'r str> {
    let pack = release.marker.as_ref()?.as_str();
    named.values().any(|set| holds(graph, pack, set)).then_some(pack)
}

/// The next later release of the same reported version for which hotfixes are named.
fn later<'p, 'n, 'f>(
    product: &'p Product,
    release: &Release,
    named: &'n BTreeMap<String, BTreeSet<&'f str>>,
    bulletin: &Bulletin,
) -> Option<(&'p Release, &'n BTreeSet<&'f str>)> {
    bulletin.fixes.get(&release.version)?;
    let after = product.position(release.id.as_str())? + 1;
    let mut same = product.releases.iter().skip(after).filter(|other| other.version == release.version);
    same.find_map(|other| Some((other, named.get(other.id.as_str())?)))
}
