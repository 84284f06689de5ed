//! Explanations of generated answers: they say what the assessment says, and why in a way that agrees with it.

use proptest::prelude::*;

use super::{generate, question, tried};
use crate::assess::explain::{Explanation, explain};
use crate::assess::{AdvisoryStatus, assess};

fn ids(explanation: &Explanation) -> Vec<&str> {
    explanation.missing.iter().map(|missing| missing.id.as_str()).collect()
}

proptest! {
    #![proptest_config(tried(150))]

    #[test]
    fn an_explanation_agrees_with_the_answer(
        documents in generate::documents(),
        inventory in generate::inventories(),
    ) {
        let catalogue = documents.catalogue().unwrap();
        let inventory = generate::inventory(&inventory);
        let question = question();
        let answer = assess(&catalogue, &inventory, &question);
        for advisory in &answer.advisories {
            let said = explain(&catalogue, &inventory, &question, advisory.id.as_str()).unwrap();
            prop_assert_eq!((said.kind, said.status), ("advisory", advisory.status.word()));
            prop_assert_eq!(ids(&said), advisory.missing_facts.iter().collect::<Vec<_>>());
            prop_assert!(!said.because[0].is_empty());
            let about = &said.advisories[0];
            prop_assert_eq!(about.fixes.len(), advisory.fixed_by.len());
            // What decides comes first, and its condition is why.
            let Some(first) = about.rules.first() else {
                prop_assert_eq!(advisory.status, AdvisoryStatus::Unstated);
                continue;
            };
            prop_assert!(first.decides && first.status == advisory.status);
            let holds = first.asks.as_ref().map(|asks| asks.holds);
            match advisory.status {
                AdvisoryStatus::Exposed | AdvisoryStatus::UnderInvestigation => {
                    prop_assert!(holds.is_none_or(|holds| holds == Some(true)), "{:?}", about);
                }
                AdvisoryStatus::NotExposed => {
                    prop_assert!(holds.is_none_or(|holds| holds == Some(false)), "{:?}", about);
                }
                AdvisoryStatus::Undetermined => {
                    let open = holds == Some(None) || advisory.missing_facts.iter().any(|id| id == "hotfixes");
                    prop_assert!(open || answer.release.id.is_none(), "{:?}", about);
                }
                AdvisoryStatus::AwaitingRestart | AdvisoryStatus::Fixed | AdvisoryStatus::Unstated => {}
            }
        }
        for hotfix in &answer.hotfixes {
            let said = explain(&catalogue, &inventory, &question, hotfix.id.as_str()).unwrap();
            prop_assert_eq!((said.kind, said.status), ("hotfix", hotfix.status.word()));
            prop_assert_eq!(said.need, hotfix.need);
            prop_assert_eq!(said.step.is_some(), answer.plan.steps.iter().any(|step| step.hotfix == hotfix.id));
            prop_assert!(!said.because[0].is_empty());
            if hotfix.status.word() == "undetermined" {
                prop_assert_eq!(ids(&said), hotfix.missing_facts.iter().collect::<Vec<_>>());
            }
        }
        prop_assert!(explain(&catalogue, &inventory, &question, "nothing").is_none());
    }
}
