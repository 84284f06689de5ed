//! The rules over the graph of `requires`, `supersedes` and `conflicts`.

use std::collections::BTreeSet;

use super::{Kind, Report, Set};
use crate::json::Pointer;
use crate::model::reach::Closure;
use crate::model::{Hotfix, Id};

fn required(hotfix: &Hotfix) -> &[Id] {
    hotfix.requires.as_deref().unwrap_or_default()
}

pub(super) fn superseded(hotfix: &Hotfix) -> &[Id] {
    hotfix.supersedes.as_deref().unwrap_or_default()
}

pub(super) fn check(set: &Set, report: &mut Report<'_>) {
    let requires = Closure::of(&set.hotfixes, required);
    let above = Closure::reverse_of(&set.hotfixes, superseded);
    let none = BTreeSet::new();
    for id in set.hotfixes.keys() {
        let needed = requires.from(id.as_str());
        let rolled_up = set.rolls_up.from(id.as_str());
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
        let both = needed.common(rolled_up).into_iter().map(|other| (other, true));
        let needs_above = needed.common(above.from(id.as_str())).into_iter().map(|other| (other, false));
        let mut wrong: Vec<(&Id, bool)> = both.chain(needs_above).collect();
        wrong.sort_unstable_by_key(|(other, _)| *other);
        for (other, rolls_it_up) in wrong {
            if rolls_it_up {
                let message = format!("{id} requires {other} and rolls it up");
                refuse(
                    "requires",
                    other,
                    message,
                    "What is rolled up need not be required: remove one of the two.",
                );
            } else {
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
