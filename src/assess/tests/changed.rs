//! What changed between two answers, on generated catalogues and hosts.

use proptest::prelude::*;

use super::{generate, question, tried};
use crate::assess::{Essentials, Goal, Question, assess, between, changed};
use crate::json;

proptest! {
    #![proptest_config(tried(100))]

    /// The differences, applied to the first, give the second; and nothing is different between equals.
    #[test]
    fn differences_lead_from_the_first_to_the_second(
        documents in [generate::documents(), generate::documents()],
        inventories in [generate::inventories(), generate::inventories()],
        all in any::<bool>(),
    ) {
        let catalogues = documents.map(|documents| documents.catalogue().unwrap());
        let inventories = inventories.map(|inventory| generate::inventory(&inventory));
        let mut question = question();
        question.goal = if all { Goal::All } else { Goal::Needed };
        let later = Question { now: "2026-01-02T00:00:00Z".parse().unwrap(), ..question.clone() };
        let first = Essentials::of(&assess(&catalogues[0], &inventories[0], &question));
        for (catalogue, inventory) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let answer = assess(&catalogues[catalogue], &inventories[inventory], &later);
            let second = Essentials::of(&answer);
            let difference = changed(&first, &second);
            prop_assert_eq!(difference.apply(&first), second.clone());
            prop_assert_eq!((difference.since, difference.until), (first.as_of, second.as_of));
            let same = Essentials { as_of: first.as_of, ..second.clone() } == first;
            prop_assert_eq!(difference.is_empty(), same);
            // What is the same is not named.
            prop_assert!(difference.advisories.iter().all(|change| change.before != change.after));
            prop_assert!(difference.hotfixes.iter().all(|change| change.before != change.after));
            // As it is kept it is read again.
            let kept = json::canonical(&second.to_value(), json::Form::Json);
            prop_assert_eq!(Essentials::read(&json::parse(&kept).unwrap()), Some(second));
        }
        let versions = between(&catalogues[0], &catalogues[1], &inventories[0], &question);
        let second = Essentials::of(&assess(&catalogues[1], &inventories[0], &question));
        prop_assert_eq!(versions.apply(&first), second);
        prop_assert!(between(&catalogues[0], &catalogues[0], &inventories[0], &question).is_empty());
    }
}
