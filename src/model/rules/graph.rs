//! The rules over the graph of `requires`, `supersedes` and `conflicts`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Kind, Report, Set};
use crate::json::Pointer;
use crate::model::{Hotfix, Id};

/// All that every hotfix reaches along an edge, transitively; itself only where it stands on a cycle.
pub(super) fn closure<'h>(
    hotfixes: &'h BTreeMap<Id, Hotfix>,
    edge: impl Fn(&'h Hotfix) -> &'h [Id],
) -> BTreeMap<Id, BTreeSet<Id>> {
    let reach = |hotfix: &'h Hotfix| {
        let mut found = BTreeSet::new();
        let mut open: Vec<&Id> = edge(hotfix).iter().collect();
        while let Some(id) = open.pop() {
            if found.insert(id.clone()) {
                open.extend(hotfixes.get(id).into_iter().flat_map(&edge));
            }
        }
        found
    };
    hotfixes.values().map(|hotfix| (hotfix.id.clone(), reach(hotfix))).collect()
}

fn required(hotfix: &Hotfix) -> &[Id] {
    hotfix.requires.as_deref().unwrap_or_default()
}

pub(super) fn check(set: &Set, report: &mut Report<'_>) {
    let requires = closure(&set.hotfixes, required);
    let supersedes = &set.rolls_up;
    let none = BTreeSet::new();
    for id in set.hotfixes.keys() {
        let needed = requires.get(id).unwrap_or(&none);
        let rolled_up = supersedes.get(id).unwrap_or(&none);
        let against = set.conflicts.get(id).unwrap_or(&none);
        let mut refuse = |field: &str, other: &Id, message: String, remedy: &str| {
            report.refuse(
                (Kind::Hotfix, id),
                Pointer::root().at(field),
                Some(other.as_str()),
                message,
                remedy,
            );
        };
        if needed.contains(id) {
            refuse(
                "requires",
                id,
                format!("{id} would have to be installed before itself"),
                "Break the circle.",
            );
        }
        if rolled_up.contains(id) {
            refuse("supersedes", id, format!("{id} would roll up itself"), "Break the circle.");
        }
        for other in needed {
            if rolled_up.contains(other) {
                let message = format!("{id} requires {other} and rolls it up");
                refuse(
                    "requires",
                    other,
                    message,
                    "What is rolled up need not be required: remove one of the two.",
                );
            } else if supersedes.get(other).is_some_and(|set| set.contains(id)) {
                let message = format!("{id} requires {other}, which rolls up {id}");
                refuse(
                    "requires",
                    other,
                    message,
                    "A host with the one has no use for the other: remove it.",
                );
            }
        }
        if against.contains(id) {
            refuse("conflicts", id, format!("{id} conflicts with itself"), "Remove it.");
        }
        // The other of the two may be the one that states the conflict: named is what stands in this one.
        for other in against.iter().filter(|other| *other != id) {
            if needed.contains(other) {
                refuse(
                    "requires",
                    other,
                    format!("{id} requires {other} and conflicts with it"),
                    "Remove one of the two.",
                );
            }
            if rolled_up.contains(other) {
                refuse(
                    "supersedes",
                    other,
                    format!("{id} rolls up {other} and conflicts with it"),
                    "Remove one of the two.",
                );
            }
        }
    }
}
