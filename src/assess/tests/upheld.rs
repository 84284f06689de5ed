//! What holds for every answer, on catalogues of up to 60 hotfixes.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::exhaustive::{carried_out, installed, statuses_only};
use super::wide::{Case, Chance};
use super::{generate, tried};
use crate::assess::{AdvisoryStatus, Assessment, Goal, HotfixStatus, Index, Need, Question};
use crate::model::Id;

fn exposed(assessment: &Assessment) -> BTreeSet<Id> {
    of(assessment, AdvisoryStatus::Exposed)
}

/// Whether something exposes the host that did not before: another advisory, or another cell of one.
fn more_exposed(before: &Assessment, after: &Assessment) -> bool {
    let told = |assessment: &Assessment| -> BTreeSet<(Id, String)> {
        let exposed = assessment.advisories.iter().filter(|one| one.status == AdvisoryStatus::Exposed);
        exposed.flat_map(|one| one.because.iter().map(|why| (one.id.clone(), why.clone()))).collect()
    };
    !told(after).is_subset(&told(before))
}

fn of(assessment: &Assessment, status: AdvisoryStatus) -> BTreeSet<Id> {
    assessment.advisories.iter().filter(|one| one.status == status).map(|one| one.id.clone()).collect()
}

proptest! {
    #![proptest_config(tried(64))]

    #[test]
    fn the_order_of_documents_changes_nothing(seed: u64, hotfixes in 1..=60_usize) {
        let mut case = Case::of(seed, hotfixes, false);
        let inventory = generate::inventory(&case.inventory);
        let before = Index::new(Arc::new(case.catalogue())).assess(&inventory, &case.question);
        let chance = &mut Chance::new(seed);
        for at in (1..case.documents.0.len()).rev() {
            let other = chance.below(at + 1);
            case.documents.0.swap(at, other);
        }
        let after = Index::new(Arc::new(case.catalogue())).assess(&inventory, &case.question);
        prop_assert_eq!(before, after);
    }

    #[test]
    fn a_plan_can_be_carried_out_and_leads_to_what_was_foretold(seed: u64, hotfixes in 1..=60_usize) {
        let mut case = Case::of(seed, hotfixes, true);
        case.question.goal = Goal::Needed;
        let index = Index::new(Arc::new(case.catalogue()));
        let ask = |host: &Value, question: &Question| index.assess(&generate::inventory(host), question);
        let before = ask(&case.inventory, &case.question);
        let mut host = case.inventory.clone();
        if host.get("hotfixes").is_some() {
            host["hotfixes"] = json!(installed(&host));
            host.as_object_mut().unwrap().remove("pending");
        } else {
            prop_assert!(before.plan.steps.is_empty());
            return Ok(());
        }
        // Whose turn has come does not depend on what is asked.
        let narrow = Question { host: case.question.host.clone(), ..statuses_only() };
        for step in &before.plan.steps {
            let now = ask(&host, &narrow);
            let status = now.hotfixes.iter().find(|one| one.id == step.hotfix).map(|one| one.status);
            prop_assert_eq!(status, Some(HotfixStatus::Applicable), "{} is no valid step", &step.hotfix);
            host = carried_out(&case.documents, &host, step.hotfix.as_str());
        }
        let after = ask(&host, &case.question);
        prop_assert_eq!(&after.release.id, &before.after.release);
        prop_assert_eq!(exposed(&after), before.after.exposed.iter().cloned().collect());
        let undetermined = of(&after, AdvisoryStatus::Undetermined);
        prop_assert_eq!(undetermined, before.after.undetermined.iter().cloned().collect());
        if before.plan.optimal && after.release.id == before.release.id && !more_exposed(&before, &after) {
            prop_assert!(after.plan.steps.is_empty(), "{:?} is planned afterwards", after.plan.steps);
            let needed = after.hotfixes.iter().find(|one| {
                one.need == Some(Need::Needed) && one.status == HotfixStatus::Applicable
            });
            prop_assert_eq!(needed, None);
        }
    }

    /// Whatever is not known any more leaves a status as it is, or undetermined by that very name.
    #[test]
    fn what_is_dropped_is_named(seed: u64, hotfixes in 1..=40_usize) {
        let case = Case::of(seed, hotfixes, false);
        let index = Index::new(Arc::new(case.catalogue()));
        let before = index.assess(&generate::inventory(&case.inventory), &case.question);
        for place in ["features", "facts", "packages"] {
            let names: Vec<String> = match &case.inventory[place] {
                Value::Object(names) => names.keys().cloned().collect(),
                Value::Array(_) => vec![place.to_owned()],
                _ => continue,
            };
            for name in names {
                let mut host = case.inventory.clone();
                match place {
                    "packages" => host.as_object_mut().unwrap().remove(place),
                    _ => host[place].as_object_mut().unwrap().remove(&name),
                };
                let after = index.assess(&generate::inventory(&host), &case.question);
                for (was, is) in before.advisories.iter().zip(&after.advisories) {
                    let named = is.status == AdvisoryStatus::Undetermined && is.missing_facts.contains(&name);
                    prop_assert!(
                        was.status == is.status || named,
                        "without {}, {} turns from {} to {}", name, is.id, was.status, is.status
                    );
                }
                for (was, is) in before.hotfixes.iter().zip(&after.hotfixes) {
                    let named = is.status == HotfixStatus::Undetermined && is.missing_facts.contains(&name);
                    prop_assert!(
                        was.status == is.status || named,
                        "without {}, {} turns from {} to {}", name, is.id, was.status, is.status
                    );
                }
            }
        }
    }
}
