//! More than is looked at or shown: a plan is then never said to be the best, and of alternatives the first are shown.

use std::sync::Arc;

use serde_json::{Value, json};

use super::generate::{self, Documents};
use super::{forms, question};
use crate::assess::{Goal, Plan, Question, assess};
use crate::model::{Catalogue, Id, Inventory};

/// What a search looks at.
const MOST: usize = 500;

/// So many hotfixes that install on R1 and, if any is named, establish a release; and these documents.
fn catalogue(count: usize, establishes: Option<&str>, more: Vec<Value>) -> Catalogue {
    let release = |id: &str| json!({ "id": id, "name": id, "line": "1", "reports": { "version": id } });
    let product = json!({
        "schema": "hotfixd/product/1", "id": "p", "revision": 1, "name": "p", "vendor": "v",
        "releases": [release("R1"), release("R2"), release("R3")],
    });
    let hotfix = |number: usize| {
        let mut document = json!({
            "schema": "hotfixd/hotfix/1", "id": format!("XS{number:03}"), "revision": 1, "product": "p",
            "kind": "hotfix", "title": "t", "releases": ["R1"], "requires": [],
        });
        if let Some(release) = establishes {
            document["kind"] = "service-pack".into();
            document["establishes"] = release.into();
        }
        document
    };
    let documents = std::iter::once(product).chain((0..count).map(hotfix)).chain(more);
    Documents(documents.collect()).catalogue().unwrap()
}

/// A bare host of R1.
fn bare() -> Inventory {
    let bare = json!({ "schema": "hotfixd/inventory/1", "product": "p", "version": "R1", "hotfixes": [] });
    generate::inventory(&bare)
}

fn plan(count: usize, establishes: Option<&str>, goal: Goal) -> Plan {
    let question = Question { goal, ..question() };
    assess(&catalogue(count, establishes, Vec::new()), &bare(), &question).plan
}

fn to(release: &str) -> Goal {
    Goal::Target(Id::new(release).unwrap())
}

#[test]
fn a_release_that_is_not_found_among_too_many_is_not_said_to_be_out_of_reach() {
    for (count, optimal) in [(MOST, true), (MOST + 1, false)] {
        let plan = plan(count, Some("R3"), to("R2"));
        assert_eq!((plan.steps.len(), plan.optimal), (0, optimal), "{count}");
    }
}

#[test]
fn a_way_that_is_found_among_too_many_is_not_said_to_be_the_best() {
    for (count, optimal) in [(MOST, true), (MOST + 1, false)] {
        let plan = plan(count, Some("R2"), to("R2"));
        assert_eq!((plan.steps.len(), plan.optimal), (1, optimal), "{count}");
    }
}

#[test]
fn of_all_that_is_applicable_as_many_are_planned_as_are_looked_at() {
    for (count, optimal) in [(MOST, true), (MOST + 1, false)] {
        let plan = plan(count, None, Goal::All);
        assert_eq!((plan.steps.len(), plan.optimal), (MOST, optimal), "{count}");
    }
}

#[test]
fn of_alternatives_the_first_64_are_shown() {
    let cell = |ids: std::ops::Range<usize>| {
        let sets: Vec<[String; 1]> = ids.map(|number| [format!("XS{number:03}")]).collect();
        json!({ "feature": "*", "releases": ["R1"], "status": "known_affected", "fixed_by": sets })
    };
    // Of one cell, or each of one with each of the other.
    for (cells, shown, last) in [
        (vec![cell(0..64)], 64, ["XS063"].as_slice()),
        (vec![cell(0..70)], 64, &["XS063"]),
        (vec![cell(0..9), cell(9..18)], 64, &["XS007", "XS009"]),
        (vec![cell(0..8), cell(8..15)], 56, &["XS007", "XS014"]),
    ] {
        let advisory = json!({
            "schema": "hotfixd/advisory/1", "id": "A1", "revision": 1, "product": "p", "title": "t",
            "category": "security", "severity": "high", "matrix": cells,
        });
        let catalogue = Arc::new(catalogue(70, None, vec![advisory]));
        for (form, answer) in forms::assess(&catalogue, &bare(), &question()) {
            let fixed_by = &answer.advisories.iter().next().unwrap().fixed_by;
            assert_eq!(fixed_by.len(), shown, "{form}");
            let ids: Vec<&str> = fixed_by.last().unwrap().iter().map(Id::as_str).collect();
            assert_eq!(ids, last, "{form}");
        }
    }
}
