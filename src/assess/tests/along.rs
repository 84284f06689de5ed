//! Plans whose steps are not free to stand in any order: releases that change along the way, conditions that hold for a
//! while, members of a pool that wait.

use serde_json::{Value, json};

use super::generate::{self, Documents};
use super::question;
use crate::assess::{Goal, Member, Plan, Question, assess, pool};
use crate::model::{Catalogue, Id, Inventory};

/// These documents, of a product with four releases and the feature f.
fn catalogue(documents: Vec<Value>) -> Catalogue {
    let release = |id: &str| json!({ "id": id, "name": id, "line": "1", "reports": { "version": id } });
    let releases = ["R1", "R2", "R3", "R4"].map(release);
    let product = json!({
        "schema": "hotfixd/product/1", "id": "p", "revision": 1, "name": "p", "vendor": "v",
        "features": [{ "id": "f", "name": "f" }], "releases": releases,
    });
    Documents(std::iter::once(product).chain(documents).collect()).catalogue().unwrap()
}

/// A hotfix that installs on these releases, with more fields.
fn hotfix(id: &str, releases: &[&str], more: &Value) -> Value {
    let mut document = json!({
        "schema": "hotfixd/hotfix/1", "id": id, "revision": 1, "product": "p", "kind": "hotfix", "title": "t",
        "releases": releases, "requires": [],
    });
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document
}

/// An advisory that exposes hosts of every release to be fixed by this hotfix, with more fields of its cell.
fn advisory(id: &str, fix: &str, more: &Value) -> Value {
    let mut cell = json!({
        "feature": "*", "releases": ["R1", "R2", "R3", "R4"], "status": "known_affected", "fixed_by": [[fix]],
    });
    cell.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({
        "schema": "hotfixd/advisory/1", "id": id, "revision": 1, "product": "p", "title": "t",
        "category": "security", "severity": "high", "matrix": [cell],
    })
}

/// A host of a release that has these hotfixes.
fn host(release: &str, installed: &[&str], uses: bool) -> Inventory {
    generate::inventory(&json!({
        "schema": "hotfixd/inventory/1", "product": "p", "version": release, "hotfixes": installed,
        "features": { "f": uses },
    }))
}

/// The plan for a bare host of R1 that does not use f.
fn plan(documents: Vec<Value>, goal: Goal) -> Plan {
    let question = Question { goal, ..question() };
    let plan = assess(&catalogue(documents), &host("R1", &[], false), &question).plan;
    assert!(plan.optimal);
    plan
}

fn steps(documents: Vec<Value>, goal: Goal) -> Vec<String> {
    plan(documents, goal).steps.iter().map(|step| step.hotfix.to_string()).collect()
}

#[test]
fn a_condition_holds_when_its_step_is_taken_and_not_only_in_the_end() {
    let under = |when: Value| {
        let documents = vec![
            advisory("A1", "XS1", &json!({})),
            hotfix("XS1", &["R1", "R2"], &json!({ "when": when })),
            hotfix("XS2", &["R1", "R2"], &json!({})),
            hotfix("XS3", &["R1"], &json!({ "establishes": "R2" })),
        ];
        steps(documents, Goal::Needed)
    };
    assert_eq!(under(json!({ "hotfix": "XS2" })), ["XS2", "XS1"]);
    assert_eq!(under(json!({ "release": "R2" })), ["XS3", "XS1"]);
    assert_eq!(under(json!({ "not": { "feature": "f" } })), ["XS1"]);
    // No step turns a feature on.
    assert!(under(json!({ "feature": "f" })).is_empty());
    assert!(under(json!({ "all": [{ "feature": "f" }, { "hotfix": "XS2" }] })).is_empty());
}

/// From R1 to R4, one after the other.
fn leading_on() -> Vec<Value> {
    vec![
        hotfix("SP2", &["R1"], &json!({ "establishes": "R2" })),
        hotfix("SP3", &["R2"], &json!({ "establishes": "R3" })),
        hotfix("SP4", &["R3"], &json!({ "establishes": "R4" })),
    ]
}

#[test]
fn a_way_leads_over_as_many_releases_as_it_takes() {
    let mut documents = leading_on();
    documents.extend([hotfix("XS1", &["R4"], &json!({})), advisory("A1", "XS1", &json!({}))]);
    assert_eq!(steps(documents, Goal::Needed), ["SP2", "SP3", "SP4", "XS1"]);
}

/// The orders that come first lead off the release for good, which is seen two steps later.
#[test]
fn what_installs_on_the_release_comes_before_it_is_left() {
    let mut documents = leading_on();
    documents.extend([hotfix("XS1", &["R1"], &json!({})), hotfix("XS2", &["R4"], &json!({}))]);
    documents.extend([advisory("A1", "XS1", &json!({})), advisory("A2", "XS2", &json!({}))]);
    assert_eq!(steps(documents, Goal::Needed), ["XS1", "SP2", "SP3", "SP4", "XS2"]);
}

#[test]
fn a_prerequisite_may_be_of_the_release_that_is_left() {
    let mut documents = leading_on();
    documents.extend([hotfix("XS1", &["R1"], &json!({})), advisory("A1", "XS2", &json!({}))]);
    documents.push(hotfix("XS2", &["R2"], &json!({ "requires": ["XS1"] })));
    assert_eq!(steps(documents, Goal::Needed), ["XS1", "SP2", "XS2"]);
}

#[test]
fn what_stands_against_a_step_may_be_of_a_release_to_come() {
    let mut documents = leading_on();
    documents.extend([advisory("A1", "XS1", &json!({})), advisory("A2", "XS2", &json!({}))]);
    documents.push(hotfix("XS1", &["R1"], &json!({})));
    documents.push(hotfix("XS2", &["R2"], &json!({ "conflicts": ["XS1"] })));
    let plan = plan(documents, Goal::Needed);
    assert_eq!(plan.steps.iter().map(|step| step.hotfix.as_str()).collect::<Vec<_>>(), ["XS1"]);
    let pairs: Vec<Vec<&str>> =
        plan.conflicts.iter().map(|pair| pair.iter().map(Id::as_str).collect()).collect();
    assert_eq!(pairs, [["XS1", "XS2"]]);
}

#[test]
fn what_establishes_the_release_that_a_host_is_on_keeps_it() {
    let documents =
        vec![hotfix("XS1", &["R1"], &json!({ "establishes": "R1" })), advisory("A1", "XS1", &json!({}))];
    assert_eq!(steps(documents, Goal::Target(Id::new("R1").unwrap())), ["XS1"]);
}

/// The steps for a pool of a, the coordinator, and b; each with the members that take it.
fn pooled(documents: Vec<Value>, members: &[Inventory; 2]) -> Vec<(String, Vec<String>)> {
    let member = |(host, inventory)| Member { host, id: None, coordinator: host == "a", inventory };
    let members: Vec<Member<'_>> = ["a", "b"].into_iter().zip(members).map(member).collect();
    let plan = pool(&catalogue(documents), &members, &question()).plan;
    assert!(plan.optimal);
    plan.steps.into_iter().map(|step| (step.hotfix.to_string(), step.members)).collect()
}

fn step(hotfix: &str, members: &[&str]) -> (String, Vec<String>) {
    (hotfix.to_owned(), members.iter().map(ToString::to_string).collect())
}

/// Of two members one has the prerequisite of a step already, and the other does not.
#[test]
fn no_member_is_passed_over_that_only_waits_for_a_step_to_come() {
    let documents = vec![
        hotfix("XS1", &["R1"], &json!({ "requires": ["XS2"] })),
        hotfix("XS2", &["R1"], &json!({})),
        // The one who uses f needs XS1, the other XS2.
        advisory("A1", "XS1", &json!({ "when": { "feature": "f" } })),
        advisory("A2", "XS2", &json!({ "when": { "not": { "feature": "f" } } })),
    ];
    let steps = pooled(documents, &[host("R1", &["XS2"], true), host("R1", &[], false)]);
    assert_eq!(steps, [step("XS2", &["b"]), step("XS1", &["a", "b"])]);
}

/// The order by id would be valid, step by step, and leave one of them exposed.
#[test]
fn a_step_is_taken_when_all_can_take_it_who_need_it() {
    let documents = vec![
        hotfix("SP2", &["R1"], &json!({ "establishes": "R2" })),
        hotfix("FIX", &["R2"], &json!({})),
        advisory("A1", "FIX", &json!({})),
    ];
    let steps = pooled(documents, &[host("R1", &[], false), host("R2", &[], false)]);
    assert_eq!(steps, [step("SP2", &["a"]), step("FIX", &["a", "b"])]);
}
