//! What rolls up what: the facts mix direct and transitive edges; documents name the direct ones.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, Row};
use super::releases::{made_by, of_branch, product_of};
use super::text::component_rolls_up;
use crate::model::Product;

/// The roll-ups among the rows of one product.
#[derive(Debug, Default)]
pub(super) struct Graph<'f> {
    /// All that each rolls up, transitively.
    pub(super) all: BTreeMap<&'f str, BTreeSet<&'f str>>,
    /// What each rolls up that nothing else that it rolls up does.
    pub(super) direct: BTreeMap<&'f str, BTreeSet<&'f str>>,
    /// Edges of the facts that contradict the releases, and so were left out: (hotfix, pack).
    pub(super) cut: BTreeSet<(&'f str, &'f str)>,
}

impl<'f> Graph<'f> {
    /// Those of the product's rows.
    pub(super) fn new(facts: &'f Facts, product: &Product) -> Self {
        Self::of(facts, product, |row| *product_of(row) == *product.id.as_str())
    }

    /// Those of all rows, whatever their product: for counting.
    pub(super) fn of_all(facts: &'f Facts, product: &Product) -> Self {
        Self::of(facts, product, |_| true)
    }

    fn of(facts: &'f Facts, product: &Product, wanted: impl Fn(&Row) -> bool) -> Self {
        let mut graph = Self::default();
        let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let rows = || facts.hotfixes.values().filter(|row| wanted(row));
        for row in rows() {
            edges.entry(&row.id).or_default().extend(row.supersedes.iter().flatten().map(String::as_str));
            edges.entry(&row.id).or_default().extend(component_rolls_up(row));
            for later in row.superseded_by.iter().flatten() {
                edges.entry(later).or_default().insert(&row.id);
            }
        }
        for row in rows() {
            let Some(rolled_up) = edges.get_mut(row.id.as_str()) else { continue };
            let wrong: Vec<&str> =
                rolled_up.iter().copied().filter(|id| contradicts(product, row, id)).collect();
            for pack in wrong {
                rolled_up.remove(pack);
                graph.cut.insert((&row.id, pack));
            }
        }
        graph.all = edges.keys().map(|id| (*id, reach(&edges, id))).collect();
        graph.direct = graph.all.iter().map(|(id, all)| (*id, direct(&graph.all, all))).collect();
        graph
    }

    /// Whether the one rolls up the other, transitively.
    pub(super) fn rolls_up(&self, id: &str, other: &str) -> bool {
        self.all.get(id).is_some_and(|all| all.contains(other))
    }
}

/// A hotfix for a release cannot hold the pack that ends that release: a host would be told that it has
/// everything of the pack.
fn contradicts(product: &Product, row: &Row, rolled_up: &str) -> bool {
    let (Some(made), Ok(branch)) = (made_by(product, rolled_up), of_branch(product, row)) else {
        return false;
    };
    product.position(branch.id.as_str()) < product.position(made.id.as_str())
}

fn reach<'f>(edges: &BTreeMap<&'f str, BTreeSet<&'f str>>, from: &str) -> BTreeSet<&'f str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = edges.get(from).into_iter().flatten().copied().collect();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            open.extend(edges.get(id).into_iter().flatten());
        }
    }
    found
}

fn direct<'f>(all: &BTreeMap<&'f str, BTreeSet<&'f str>>, of: &BTreeSet<&'f str>) -> BTreeSet<&'f str> {
    let through = |id: &str| of.iter().any(|other| all.get(other).is_some_and(|set| set.contains(id)));
    of.iter().copied().filter(|id| !through(id)).collect()
}
