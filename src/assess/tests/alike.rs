//! The forms of the assessment answer alike, whatever the catalogue and the host.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::json;

use super::wide::{Case, Chance};
use super::{forms, generate, tried};
use crate::assess::{
    AdvisoryStatus, Assessment, Goal, HotfixStatus, Index, Member, Need, Question, Reason, Verdict, reference,
};
use crate::model::{Catalogue, Id, Inventory};

/// The question with what it can be narrowed by and planned for.
fn questions() -> impl Strategy<Value = Question> {
    let goal = prop_oneof![
        4 => Just(Goal::Needed),
        1 => Just(Goal::All),
        1 => Just(Goal::Target(Id::new("R2").unwrap())),
        1 => Just(Goal::Target(Id::new("nowhere").unwrap())),
    ];
    let asked = prop_oneof![
        6 => Just(None),
        1 => Just(Some(vec!["A1"])),
        1 => Just(Some(vec!["A2", "A9"])),
        1 => Just(Some(vec![])),
    ];
    let host = prop::option::of(0..8_u8);
    (goal, asked, prop::bool::weighted(0.2), host).prop_map(|(goal, asked, security, host)| Question {
        goal,
        advisories: asked.map(|ids| ids.into_iter().map(|id| Id::new(id).unwrap()).collect()),
        security,
        host: host.map(|host| format!("host-{host}")),
        ..Question::at("2026-01-01T00:00:00Z".parse().unwrap())
    })
}

fn text(assessment: &Assessment) -> String {
    serde_json::to_string_pretty(assessment).unwrap()
}

/// Every form gives one answer, and the index writes its bytes.
fn alike(
    catalogue: &Arc<Catalogue>,
    inventory: &Inventory,
    question: &Question,
) -> Result<(), TestCaseError> {
    let [(_, plain), others @ ..] = forms::assess(catalogue, inventory, question);
    for (form, other) in others {
        prop_assert_eq!(plain.verdict(), other.verdict(), "{}", form);
        prop_assert_eq!(text(&plain), text(&other), "{}", form);
    }
    prop_assert_eq!(
        forms::told(&plain),
        forms::written(&Index::new(Arc::clone(catalogue)), inventory, question)
    );
    Ok(())
}

proptest! {
    #![proptest_config(tried(128))]

    #[test]
    fn every_form_gives_the_same_answer(
        documents in generate::documents(), inventory in generate::inventories(), question in questions(),
    ) {
        let catalogue = Arc::new(documents.catalogue().unwrap());
        let inventory = generate::inventory(&inventory);
        alike(&catalogue, &inventory, &question)?;
    }

    #[test]
    fn every_form_gives_the_same_answer_on_a_wide_catalogue(seed: u64, hotfixes in 1..=60_usize, strict: bool) {
        let case = Case::of(seed, hotfixes, strict);
        let (catalogue, question) = (Arc::new(case.catalogue()), case.question);
        let inventory = generate::inventory(&case.inventory);
        alike(&catalogue, &inventory, &question)?;
    }

    #[test]
    fn every_form_plans_alike_for_a_pool(
        documents in generate::documents(),
        inventories in prop::collection::vec(generate::inventories(), 1..4),
        question in questions(),
    ) {
        let catalogue = Arc::new(documents.catalogue().unwrap());
        let hosts: Vec<_> = inventories.iter().map(generate::inventory).collect();
        let names: Vec<String> = (0..hosts.len()).map(|number| format!("host-{number}")).collect();
        let member = |(inventory, host)| Member { host, id: Some(host), coordinator: host == "host-1", inventory };
        let members: Vec<Member<'_>> =
            hosts.iter().zip(names.iter().map(String::as_str)).map(member).collect();
        let [(_, plain), others @ ..] = forms::pool(&catalogue, &members, &question);
        for (form, other) in others {
            prop_assert_eq!(&plain, &other, "{}", form);
        }
    }

    /// An index that followed a catalogue through changes answers as one that was made from the last.
    #[test]
    fn an_index_that_follows_changes_answers_as_a_fresh_one(seed: u64, hotfixes in 1..=20_usize) {
        let mut case = Case::of(seed, hotfixes, true);
        let chance = &mut Chance::new(seed);
        let mut index = Index::new(Arc::new(case.catalogue()));
        for step in 0..3_u64 {
            let next = Case::of(seed ^ (step + 1), hotfixes + chance.below(3), true);
            // A document of another catalogue of the kind takes the place of one, or comes in addition.
            let kept = case.documents.clone();
            let at = 1 + chance.below(next.documents.0.len() - 1);
            let document = next.documents.0[at].clone();
            let same = |other: &serde_json::Value| {
                other["schema"] == document["schema"] && other["id"] == document["id"] && other["hotfix"] == document["hotfix"]
            };
            case.documents.0.retain(|other| !same(other));
            case.documents.0.push(document);
            let Some(catalogue) = case.documents.catalogue() else {
                case.documents = kept;
                continue;
            };
            let catalogue = Arc::new(catalogue);
            index = index.update(Arc::clone(&catalogue));
            prop_assert!(index.compiled() <= 1, "{} documents were compiled for one", index.compiled());
            let inventory = generate::inventory(&case.inventory);
            let fresh = reference::assess(&catalogue, &inventory, &case.question);
            prop_assert_eq!(text(&fresh), text(&index.assess(&inventory, &case.question)));
            prop_assert_eq!(forms::told(&fresh), forms::written(&index, &inventory, &case.question));
        }
    }
}

/// A property over answers that never come is no property.
#[test]
fn every_status_need_and_verdict_occurs_among_the_generated() {
    let (mut advisories, mut hotfixes, mut needs) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut verdicts, mut reasons) = (BTreeSet::new(), BTreeSet::new());
    let (mut fields, mut short) = (BTreeSet::new(), 0);
    for seed in 0..600 {
        let case = Case::of(seed, 4 + usize::try_from(seed % 40).unwrap(), seed % 2 == 0);
        let index = Index::new(Arc::new(case.catalogue()));
        let answer = index.assess(&generate::inventory(&case.inventory), &case.question);
        advisories.extend(answer.advisories.iter().map(|one| one.status));
        hotfixes.extend(answer.hotfixes.iter().map(|one| one.status));
        needs.extend(answer.hotfixes.iter().filter_map(|one| one.need));
        reasons.extend(answer.hotfixes.iter().filter_map(|one| one.reason));
        verdicts.insert(answer.verdict());
        short += u32::from(!answer.plan.optimal);
        let mut note = |name: &'static str, occurs: bool| {
            if occurs {
                fields.insert(name);
            }
        };
        note("no release", answer.release.id.is_none());
        note("release missing", !answer.release.missing_facts.is_empty());
        note("valid until", answer.valid_until.is_some());
        note("unrecognised", !answer.unrecognised.is_empty());
        note("several steps", answer.plan.steps.len() > 2);
        note("several groups", answer.plan.guidance.len() > 1);
        note("conflicts", !answer.plan.conflicts.is_empty());
        note("before", !answer.plan.before.is_empty());
        note("left exposed", !answer.after.exposed.is_empty());
        note("another release", answer.after.release != answer.release.id);
    }
    assert_eq!(advisories, AdvisoryStatus::ALL.iter().copied().collect());
    assert_eq!(hotfixes, HotfixStatus::ALL.iter().copied().collect());
    assert_eq!(needs, Need::ALL.iter().copied().collect());
    assert_eq!(reasons, Reason::ALL.iter().copied().collect());
    assert_eq!(verdicts, Verdict::ALL.iter().copied().collect());
    assert_eq!(fields.len(), 10, "{fields:?}");
    assert!(short < 60, "the search ended early {short} times of 600");
}

/// What was compiled is counted, so that a change of one document is seen to cost one.
#[test]
fn one_changed_document_is_compiled_alone() {
    let mut case = Case::of(7, 60, true);
    let documents = case.documents.0.iter().filter(|one| one["schema"] != "hotfixd/hold/1").count() - 1;
    let index = Index::new(Arc::new(case.catalogue()));
    assert_eq!(index.compiled(), documents);
    assert_eq!(index.update(Arc::new(case.catalogue())).compiled(), 0);

    case.documents.0[20]["title"] = json!("Another title");
    case.documents.0[20]["revision"] = json!(2);
    let index = index.update(Arc::new(case.catalogue()));
    assert_eq!(index.compiled(), 1);
    let hotfix = &case.documents.0[20]["id"];
    let answer = index.assess(
        &generate::inventory(
            &json!({ "schema": "hotfixd/inventory/1", "product": "p", "hotfixes": [hotfix] }),
        ),
        &case.question,
    );
    let titled = answer.hotfixes.iter().find(|one| one.id == hotfix.as_str().unwrap()).unwrap();
    assert_eq!(&*titled.title, "Another title");

    // The product names what everything else refers to.
    case.documents.0[0]["revision"] = json!(2);
    assert_eq!(index.update(Arc::new(case.catalogue())).compiled(), documents);
}
