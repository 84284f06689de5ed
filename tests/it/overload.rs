//! Catalogues that pass every rule and are made to cost: chains as long as a catalogue, conflicts of each with each,
//! releases that only what is not reported tells apart. An answer comes, within work that is bounded.

use std::sync::Arc;

use hotfixd::assess::{Assessment, Goal, HotfixStatus, Index, Question};
use hotfixd::model::{Catalogue, Inventory, Mode, Source};
use serde_json::{Value, json};

fn product(releases: &[Value]) -> Value {
    json!({
        "schema": "hotfixd/product/1", "id": "p", "revision": 1, "name": "p", "vendor": "v", "releases": releases,
    })
}

fn one_release() -> Value {
    product(&[json!({ "id": "R1", "name": "R1", "line": "1", "reports": { "version": "1" } })])
}

fn id(number: usize) -> String {
    format!("H{number:05}")
}

fn hotfix(number: usize) -> Value {
    json!({
        "schema": "hotfixd/hotfix/1", "id": id(number), "revision": 1, "product": "p", "kind": "hotfix",
        "title": "t", "releases": ["R1"], "requires": [], "supersedes": [], "conflicts": [], "guidance": [],
    })
}

fn advisory(number: usize, fixed_by: &[Vec<String>]) -> Value {
    json!({
        "schema": "hotfixd/advisory/1", "id": format!("A{number:05}"), "revision": 1, "product": "p", "title": "t",
        "category": "security", "severity": "high",
        "matrix": [{ "feature": "*", "releases": ["R1"], "status": "known_affected", "fixed_by": fixed_by }],
    })
}

fn host(installed: &[String]) -> Value {
    json!({ "schema": "hotfixd/inventory/1", "product": "p", "version": "1", "hotfixes": installed })
}

fn question() -> Question {
    Question::at("2026-01-01T00:00:00Z".parse().unwrap())
}

fn source(document: &Value) -> Source {
    Source::from_json("made", document.to_string().as_bytes()).unwrap()
}

fn index(documents: impl IntoIterator<Item = Value>) -> Index {
    let sources: Vec<Source> = documents.into_iter().map(|document| source(&document)).collect();
    Index::new(Arc::new(Catalogue::read(&sources, Mode::Strict).expect("the rules are kept")))
}

fn ask(index: &Index, host: &Value, question: &Question) -> Assessment {
    index.assess(&Inventory::decode(&source(host)).unwrap(), question)
}

#[test]
fn a_chain_of_roll_ups_as_long_as_a_catalogue() {
    const LENGTH: usize = 10_000;
    let link = |number: usize| {
        let mut document = hotfix(number);
        document["supersedes"] = number.checked_sub(1).map(id).into_iter().collect();
        document
    };
    let documents = std::iter::once(one_release()).chain((0..LENGTH).map(link));
    let index = index(documents.chain([advisory(1, &[vec![id(0)]])]));
    let bare = ask(&index, &host(&[]), &question());
    assert_eq!(bare.plan.steps.len(), 1);
    let last = ask(&index, &host(&[id(LENGTH - 1)]), &question());
    assert!(last.after.exposed.is_empty());
    let superseded = last.hotfixes.iter().filter(|one| one.status == HotfixStatus::Superseded);
    assert_eq!(superseded.count(), LENGTH - 1);
}

#[test]
fn a_chain_of_prerequisites_as_long_as_a_catalogue() {
    const LENGTH: usize = 10_000;
    let link = |number: usize| {
        let mut document = hotfix(number);
        document["requires"] = number.checked_sub(1).map(id).into_iter().collect();
        document
    };
    let documents = std::iter::once(one_release()).chain((0..LENGTH).map(link));
    let index = index(documents.chain([advisory(1, &[vec![id(LENGTH - 1)]])]));
    let bare = ask(&index, &host(&[]), &question());
    assert_eq!(bare.hotfixes.len(), LENGTH);
    assert!(bare.plan.steps.is_empty() || bare.plan.steps.len() == LENGTH);
}

/// Only the first few hundred are looked at, and the plan says that it may not be the best.
#[test]
fn everything_at_once_of_ten_thousand() {
    let documents = std::iter::once(one_release()).chain((0..10_000).map(hotfix));
    let index = index(documents);
    let question = Question { goal: Goal::All, ..question() };
    let plan = ask(&index, &host(&[]), &question).plan;
    assert!(!plan.optimal && plan.steps.len() == 500, "{}", plan.steps.len());
}

#[test]
fn each_conflicts_with_each() {
    const MANY: usize = 400;
    let against_all = |number: usize| {
        let mut document = hotfix(number);
        document["conflicts"] = (0..number).map(id).collect();
        document
    };
    let documents = std::iter::once(one_release()).chain((0..MANY).map(against_all));
    let index = index(documents.chain((0..MANY).map(|number| advisory(number, &[vec![id(number)]]))));
    let bare = ask(&index, &host(&[]), &question());
    assert_eq!(bare.plan.steps.len(), 1);
    assert_eq!(bare.after.exposed.len(), MANY - 1);
    let one = ask(&index, &host(&[id(7)]), &question());
    let conflicting = one.hotfixes.iter().filter(|one| one.status == HotfixStatus::Conflicting);
    assert_eq!(conflicting.count(), MANY - 1);
}

/// A host that reports nothing may be any of them.
#[test]
fn two_thousand_releases_and_nothing_reported() {
    const MANY: usize = 2_000;
    let release = |number: usize| {
        json!({
            "id": format!("R{number}"), "name": "r", "line": "1",
            "reports": { "version": format!("{}", number / 20), "build": format!("b{number}") },
        })
    };
    let mut everywhere = hotfix(0);
    everywhere["releases"] = (0..MANY).map(|number| format!("R{number}")).collect();
    let mut anywhere = advisory(0, &[vec![id(0)]]);
    anywhere["matrix"][0]["releases"] = everywhere["releases"].clone();
    let index = index([product(&(0..MANY).map(release).collect::<Vec<_>>()), everywhere, anywhere]);
    let silent = json!({ "schema": "hotfixd/inventory/1", "product": "p" });
    let answer = ask(&index, &silent, &question());
    assert_eq!(answer.release.missing_facts, ["build", "version"]);
    assert_eq!(answer.hotfixes[0].status, HotfixStatus::Undetermined);
    let told = json!({ "schema": "hotfixd/inventory/1", "product": "p", "version": "3", "build": "b71", "hotfixes": [] });
    let answer = ask(&index, &told, &question());
    assert_eq!(answer.release.id.as_ref().map(|id| id.as_str()), Some("R71"));
    assert_eq!(answer.plan.steps.len(), 1);
}

/// A cell of many alternatives, each of many members, on many advisories.
#[test]
fn alternatives_without_number() {
    const MANY: usize = 120;
    let documents = std::iter::once(one_release()).chain((0..MANY).map(hotfix));
    let sets = |shift: usize| -> Vec<Vec<String>> {
        (0..20)
            .map(|set| (0..5).map(|member| id((shift * 7 + set * 31 + member * 53) % MANY)).collect())
            .collect()
    };
    let index = index(documents.chain((0..30).map(|number| advisory(number, &sets(number)))));
    let bare = ask(&index, &host(&[]), &question());
    assert!(!bare.plan.steps.is_empty());
    assert!(bare.after.exposed.is_empty());
}
