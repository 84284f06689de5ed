//! The rules of reference: what a document names exists, and both sides agree.

use std::collections::BTreeSet;

use super::{Kind, Report, Set};
use crate::json::Pointer;
use crate::model::advisory::Cell;
use crate::model::condition::Comparison;
use crate::model::words::{CellStatus, FactType};
use crate::model::{Advisory, Condition, Hold, Hotfix, Id};

/// A marker is a hotfix, which establishes that very release; a marked release is established by it alone.
pub(super) fn product(set: &Set, report: &mut Report<'_>) {
    for (index, release) in set.product.releases.iter().enumerate() {
        let Some(marker) = &release.marker else { continue };
        let at = Pointer::root().at("releases").at(index).at("marker");
        let of = (Kind::Product, &set.product.id);
        match set.hotfixes.get(marker) {
            None => {
                report.absent(of, at, "hotfix", marker, set.hotfixes.keys());
            }
            Some(hotfix) if hotfix.establishes.as_ref() != Some(&release.id) => {
                // The product only says which hotfix marks the release; it is the hotfix that fails to agree.
                let message = format!("{marker} marks {} and does not establish it", release.id);
                let remedy = format!(
                    "Write `establishes = \"{}\"`, or name another marker in the product.",
                    release.id
                );
                let value = hotfix.establishes.as_ref().map(Id::as_str);
                report.refuse(
                    (Kind::Hotfix, marker),
                    Pointer::root().at("establishes"),
                    value,
                    message,
                    &remedy,
                );
            }
            Some(_) => {}
        }
    }
}

pub(super) fn advisory(set: &Set, advisory: &Advisory, report: &mut Report<'_>) {
    let of = (Kind::Advisory, &advisory.id);
    for (index, cell) in advisory.matrix.iter().enumerate() {
        let at = Pointer::root().at("matrix").at(index);
        if let Some(feature) = cell.feature.as_ref().filter(|id| set.product.feature(id.as_str()).is_none()) {
            report.absent(
                of,
                at.at("feature"),
                "feature",
                feature,
                set.product.features.iter().map(|feature| &feature.id),
            );
        }
        releases(set, of, &cell.releases, &at.at("releases"), report);
        if let Some(when) = &cell.when {
            condition(set, of, when, &at.at("when"), report);
        }
        fixed_by(set, advisory, cell, &at.at("fixed_by"), report);
    }
    both_ways(set, advisory, report);
}

/// A hotfix that states what it fixes has to state every advisory that names it: `fixed_by` decides, so
/// `fixes` is at fault.
fn both_ways(set: &Set, advisory: &Advisory, report: &mut Report<'_>) {
    let named: BTreeSet<&Id> = advisory.matrix.iter().flat_map(Cell::alternatives).flatten().collect();
    for hotfix in named.into_iter().filter_map(|id| set.hotfixes.get(id)) {
        if hotfix.fixes.as_ref().is_some_and(|fixes| !fixes.contains(&advisory.id)) {
            let message = format!("{} is fixed by {}, which does not say so", advisory.id, hotfix.id);
            let remedy = format!("Add {} here, or remove {} from its `fixed_by`.", advisory.id, hotfix.id);
            report.refuse((Kind::Hotfix, &hotfix.id), Pointer::root().at("fixes"), None, message, &remedy);
        }
    }
}

fn fixed_by(set: &Set, advisory: &Advisory, cell: &Cell, at: &Pointer, report: &mut Report<'_>) {
    let of = (Kind::Advisory, &advisory.id);
    for (alternative, ids) in cell.alternatives().iter().enumerate() {
        for (index, id) in ids.iter().enumerate() {
            let at = at.at(alternative).at(index);
            if !set.hotfixes.contains_key(id) {
                report.absent(of, at, "hotfix", id, set.hotfixes.keys());
                continue;
            }
            if cell.status == CellStatus::Fixed {
                fixed_from_the_start(set, cell, id, of, &at, report);
            }
        }
    }
}

/// A `fixed` cell claims that every host of the release has the fix: the release's marker must bring it.
fn fixed_from_the_start(
    set: &Set,
    cell: &Cell,
    id: &Id,
    of: (Kind, &Id),
    at: &Pointer,
    report: &mut Report<'_>,
) {
    for release in cell.releases.iter().filter_map(|release| set.product.release(release.as_str())) {
        let brings = release.marker.as_ref().is_some_and(|marker| {
            let effective = set.hotfixes.get(marker).is_some_and(|hotfix| !hotfix.ineffective());
            effective && (marker == id || set.rolls_up.from(marker.as_str()).contains(id))
        });
        if !brings {
            let message = format!(
                "a host of {} need not have {id}: the release's marker does not provide it",
                release.id
            );
            let remedy = "Write known_affected, with fixed_by; or leave fixed_by out where the release had the fix from the start.";
            report.refuse(of, at.clone(), Some(id.as_str()), message, remedy);
        }
    }
}

pub(super) fn hotfix(set: &Set, hotfix: &Hotfix, report: &mut Report<'_>) {
    let of = (Kind::Hotfix, &hotfix.id);
    let root = Pointer::root();
    releases(set, of, &hotfix.releases, &root.at("releases"), report);
    if let Some(when) = &hotfix.when {
        condition(set, of, when, &root.at("when"), report);
    }
    hotfixes(set, of, hotfix.requires.iter().flatten(), &root.at("requires"), report);
    hotfixes(set, of, hotfix.supersedes.iter().flatten(), &root.at("supersedes"), report);
    if let Some(other) = hotfix.withdrawn.as_ref().and_then(|withdrawn| withdrawn.replaced_by.as_ref()) {
        let at = root.at("withdrawn").at("replaced_by");
        if set.hotfixes.contains_key(other) && *other == hotfix.id {
            report.refuse(
                of,
                at,
                Some(other.as_str()),
                "it would replace itself".to_owned(),
                "Name another hotfix.",
            );
        } else if !set.hotfixes.contains_key(other) {
            report.absent(of, at, "hotfix", other, set.hotfixes.keys());
        }
    }
    for (index, other) in hotfix.conflicts.iter().flatten().enumerate() {
        if !set.hotfixes.contains_key(other) {
            let message = format!("there is no hotfix {other} yet");
            report.warn(
                of,
                root.at("conflicts").at(index),
                Some(other.as_str()),
                message,
                "Check the spelling.",
            );
        }
    }
    if hotfix.requires.is_none() {
        let message = "not stated: taken as none".to_owned();
        report.warn(
            of,
            root.at("requires"),
            None,
            message,
            "Write `requires = []` where it is known that there are none.",
        );
    }
    fixes(set, hotfix, report);
    establishes(set, hotfix, report);
}

fn fixes(set: &Set, hotfix: &Hotfix, report: &mut Report<'_>) {
    let of = (Kind::Hotfix, &hotfix.id);
    for (index, id) in hotfix.fixes.iter().flatten().enumerate() {
        let at = Pointer::root().at("fixes").at(index);
        let Some(advisory) = set.advisories.get(id) else {
            report.absent(of, at, "advisory", id, set.advisories.keys());
            continue;
        };
        let named = advisory.matrix.iter().flat_map(Cell::alternatives).flatten().any(|id| *id == hotfix.id);
        if !named {
            let message = format!("no cell of {id} is fixed by {}", hotfix.id);
            let remedy =
                format!("Add it to a `fixed_by` of {id}, or remove {id} here: only `fixed_by` decides.");
            report.refuse(of, at, Some(id.as_str()), message, &remedy);
        }
    }
}

fn establishes(set: &Set, hotfix: &Hotfix, report: &mut Report<'_>) {
    let Some(id) = &hotfix.establishes else { return };
    let (of, at) = ((Kind::Hotfix, &hotfix.id), Pointer::root().at("establishes"));
    let Some(release) = set.product.release(id.as_str()) else {
        return report.absent(of, at, "release", id, set.product.releases.iter().map(|release| &release.id));
    };
    if let Some(marker) = release.marker.as_ref().filter(|marker| **marker != hotfix.id) {
        let message = format!("{id} is established by its marker {marker} alone");
        report.refuse(
            of,
            at,
            Some(id.as_str()),
            message,
            "Remove it here, or change the marker in the product.",
        );
    }
}

/// A hold is the server's own and delays a hotfix that is published.
pub(super) fn hold(set: &Set, hold: &Hold, report: &mut Report<'_>) {
    let at = Pointer::root().at("hotfix");
    hotfixes(set, (Kind::Hold, &hold.hotfix), std::iter::once(&hold.hotfix), &at, report);
}

fn releases(set: &Set, of: (Kind, &Id), ids: &[Id], at: &Pointer, report: &mut Report<'_>) {
    for (index, id) in ids.iter().enumerate().filter(|(_, id)| set.product.release(id.as_str()).is_none()) {
        report.absent(
            of,
            at.at(index),
            "release",
            id,
            set.product.releases.iter().map(|release| &release.id),
        );
    }
}

fn hotfixes<'i>(
    set: &Set,
    of: (Kind, &Id),
    ids: impl Iterator<Item = &'i Id>,
    at: &Pointer,
    report: &mut Report<'_>,
) {
    for (index, id) in ids.enumerate().filter(|(_, id)| !set.hotfixes.contains_key(*id)) {
        report.absent(of, at.at(index), "hotfix", id, set.hotfixes.keys());
    }
}

fn condition(set: &Set, of: (Kind, &Id), when: &Condition, at: &Pointer, report: &mut Report<'_>) {
    let facts: BTreeSet<&Id> =
        set.product.features.iter().flat_map(|feature| &feature.facts).map(|fact| &fact.id).collect();
    when.walk(at, &mut |condition, at| match condition {
        Condition::Feature(id) if set.product.feature(id.as_str()).is_none() => {
            report.absent(
                of,
                at.at("feature"),
                "feature",
                id,
                set.product.features.iter().map(|feature| &feature.id),
            );
        }
        Condition::Hotfix(id) => hotfixes(set, of, std::iter::once(id), &at.at("hotfix"), report),
        Condition::Release(id) => releases(set, of, std::slice::from_ref(id), &at.at("release"), report),
        Condition::Fact(id, comparison) => match set.product.fact(id.as_str()) {
            None => {
                report.absent(of, at.at("fact"), "fact", id, facts.iter().copied());
            }
            Some(fact) if !comparable(&fact.kind, comparison) => {
                let message = format!("{id} is of type {}, and is compared with something else", fact.kind);
                report.refuse(
                    of,
                    at.at("fact"),
                    Some(id.as_str()),
                    message,
                    "Compare it with a value of its type.",
                );
            }
            Some(_) => {}
        },
        Condition::All(_)
        | Condition::Any(_)
        | Condition::Not(_)
        | Condition::Feature(_)
        | Condition::Package(..)
        | Condition::Unknown(_) => {}
    });
}

fn comparable(kind: &FactType, comparison: &Comparison) -> bool {
    match comparison {
        Comparison::Int(..) => matches!(kind, FactType::Integer | FactType::Other(_)),
        Comparison::Text(..) => matches!(kind, FactType::Text | FactType::Other(_)),
        Comparison::Bool(_) => matches!(kind, FactType::Boolean | FactType::Other(_)),
        Comparison::In(_) => matches!(kind, FactType::Text | FactType::Texts | FactType::Other(_)),
    }
}
