//! What the steps of a plan are for, on generated catalogues.

use proptest::prelude::*;

use super::{generate, question, tried};
use crate::assess::{Goal, Question, assess, purposes};
use crate::model::Id;

proptest! {
    #![proptest_config(tried(150))]

    /// The least plan has no step that is for nothing; what a step is said to be needed by cannot be without it.
    #[test]
    fn every_step_of_a_plan_for_needs_is_for_something(
        documents in generate::documents(),
        inventory in generate::inventories(),
    ) {
        let catalogue = documents.catalogue().unwrap();
        let inventory = generate::inventory(&inventory);
        let question = question();
        let answer = assess(&catalogue, &inventory, &question);
        let steps: Vec<Id> = answer.plan.steps.iter().map(|step| step.hotfix.clone()).collect();
        let said = purposes(&catalogue, &inventory, &question, &steps);
        prop_assert_eq!(said.len(), steps.len());
        for (at, (step, purpose)) in steps.iter().zip(&said).enumerate() {
            let of_use = !purpose.remedies.is_empty() || !purpose.needed_by.is_empty() || purpose.leads_to.is_some();
            prop_assert!(of_use, "{} of {:?}", step, steps);
            let later = &steps[at + 1..];
            prop_assert!(purpose.needed_by.iter().all(|id| later.contains(id)));
            let exposed = |id: &Id| answer.advisories.iter().any(|one| one.id == *id);
            prop_assert!(purpose.remedies.iter().all(exposed));
        }
        // The release that the steps lead to is the one that is foretold.
        let leads = said.iter().rev().find_map(|purpose| purpose.leads_to.clone());
        prop_assert_eq!(leads.or(answer.release.id.clone()), answer.after.release.clone());
        // On the release that the host stays on, what is said to be remedied is.
        if answer.after.release == answer.release.id {
            let mut remedied = said.iter().flat_map(|purpose| &purpose.remedies);
            prop_assert!(remedied.all(|id| !answer.after.exposed.contains(id)));
        }
        // Planned for all, there may be steps for nothing, but each is told.
        let all = Question { goal: Goal::All, ..question.clone() };
        let all_steps: Vec<Id> =
            assess(&catalogue, &inventory, &all).plan.steps.iter().map(|step| step.hotfix.clone()).collect();
        prop_assert_eq!(purposes(&catalogue, &inventory, &all, &all_steps).len(), all_steps.len());
    }
}
