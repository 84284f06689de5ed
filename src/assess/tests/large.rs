//! Searches that are not easy: a catalogue as large as a real one, and steps whose order is not free.

use serde_json::{Value, json};

use super::generate::{self, Documents};
use super::question;
use crate::assess::assess;

/// A catalogue as large as a real release's: chains of hotfixes that roll up what came before, and advisories
/// with one to four alternatives each.
pub(in crate::assess) fn as_large_as_a_real_one() -> Documents {
    const HOTFIXES: usize = 72;
    const ADVISORIES: usize = 40;
    let id = |number: usize| json!(format!("XS{number:03}"));
    let product = json!({
        "schema": "hotfixd/product/1", "id": "p", "revision": 1, "name": "p", "vendor": "v",
        "releases": [{ "id": "R1", "name": "R1", "line": "1", "reports": { "version": "1" } }],
    });
    // Six components: each hotfix rolls up the one before it of its component, and every fourth requires
    // one of another component.
    let hotfix = |number: usize| {
        let supersedes: Vec<Value> = number.checked_sub(6).map(id).into_iter().collect();
        let requires: Vec<Value> =
            number.checked_sub(7).filter(|_| number.is_multiple_of(4)).map(id).into_iter().collect();
        json!({
            "schema": "hotfixd/hotfix/1", "id": id(number), "revision": 1, "product": "p", "kind": "hotfix",
            "title": "t", "releases": ["R1"], "requires": requires, "supersedes": supersedes,
        })
    };
    let advisory = |number: usize| {
        let sets: Vec<Vec<Value>> = (0..=number % 4)
            .map(|set| {
                let first = (number * 17 + set * 29) % HOTFIXES;
                let second = (first + 13) % HOTFIXES;
                if (number + set).is_multiple_of(3) { vec![id(first), id(second)] } else { vec![id(first)] }
            })
            .collect();
        json!({
            "schema": "hotfixd/advisory/1", "id": format!("A{number:03}"), "revision": 1, "product": "p",
            "title": "t", "category": "security", "severity": "high",
            "matrix": [{ "feature": "*", "releases": ["R1"], "status": "known_affected", "fixed_by": sets }],
        })
    };
    let documents = (0..HOTFIXES).map(hotfix).chain((0..ADVISORIES).map(advisory));
    Documents(std::iter::once(product).chain(documents).collect())
}

#[test]
fn the_search_ends_within_its_effort_on_a_catalogue_as_large_as_a_real_one() {
    let catalogue = as_large_as_a_real_one().catalogue().expect("the rules are kept");
    let bare = json!({ "schema": "hotfixd/inventory/1", "product": "p", "version": "1", "hotfixes": [] });
    let assessment = assess(&catalogue, &generate::inventory(&bare), &question());
    assert!(assessment.plan.optimal);
    assert!(assessment.after.exposed.is_empty());
    assert!(assessment.plan.steps.len() <= 12, "{:?}", assessment.plan.steps);
}

/// Steps whose order is not free: a restart that cannot be the last, and a condition that a later step ends.
#[test]
fn an_order_is_found_where_most_orders_fail() {
    let id = |number: usize| json!(format!("XS{number:03}"));
    let product = as_large_as_a_real_one().0[0].clone();
    let hotfix = |number: usize| {
        let mut document = json!({
            "schema": "hotfixd/hotfix/1", "id": id(number), "revision": 1, "product": "p", "kind": "hotfix",
            "title": "t", "releases": ["R1"], "requires": if number == 0 { json!([]) } else { json!([id(0)]) },
            "guidance": if number == 0 { json!([{ "action": "RebootHost", "level": "mandatory" }]) } else { json!([]) },
        });
        if number == 10 {
            document.as_object_mut().unwrap().remove("guidance");
        }
        if number == 23 {
            document["when"] = json!({ "not": { "hotfix": id(5) } });
        }
        document
    };
    let advisory = json!({
        "schema": "hotfixd/advisory/1", "id": "A1", "revision": 1, "product": "p", "title": "t",
        "category": "security", "severity": "high",
        "matrix": [{ "feature": "*", "releases": ["R1"], "status": "known_affected",
                     "fixed_by": [(0..24).map(id).collect::<Vec<_>>()] }],
    });
    let documents =
        Documents(std::iter::once(product).chain((0..24).map(hotfix)).chain([advisory]).collect());
    let bare = json!({ "schema": "hotfixd/inventory/1", "product": "p", "version": "1", "hotfixes": [] });
    let plan = assess(&documents.catalogue().unwrap(), &generate::inventory(&bare), &question()).plan;
    assert!(plan.optimal);
    let steps: Vec<&str> = plan.steps.iter().map(|step| step.hotfix.as_str()).collect();
    assert_eq!(&steps[..7], ["XS000", "XS001", "XS002", "XS003", "XS004", "XS006", "XS007"]);
    assert_eq!(&steps[22..], ["XS023", "XS005"]);
    assert_eq!(plan.guidance.len(), 2);
}
