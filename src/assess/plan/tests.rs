//! Plans that are made with less effort than they take.

use serde_json::json;

use super::*;
use crate::assess::state::State;
use crate::assess::tests::large::as_large_as_a_real_one;
use crate::assess::tests::{generate, question};
use crate::model::Catalogue;

#[test]
fn effort_is_taken_from_the_whole_and_never_lent() {
    let mut effort = Effort { left: 10, short: false };
    assert!(effort.within(4, |part| (0..4).all(|_| part.spend())));
    assert_eq!((effort.left, effort.short()), (6, false));
    assert!(!effort.within(4, |part| (0..5).all(|_| part.spend())));
    assert_eq!((effort.left, effort.short()), (2, true));
    assert!(!effort.within(4, |part| (0..3).all(|_| part.spend())));
    assert_eq!((effort.left, effort.spend()), (0, false));
}

/// A host with everything to do, planned for with so many nodes: the ids of the steps, whether they are said to be the
/// best, and the nodes that were left.
fn planned(catalogue: &Catalogue, nodes: u64) -> (Vec<Id>, bool, u64) {
    let bare = json!({ "schema": "hotfixd/inventory/1", "product": "p", "version": "1", "hotfixes": [] });
    let inventory = generate::inventory(&bare);
    let mut effort = Effort { left: nodes, short: false };
    let seats = [Seat { state: State::of(catalogue, &inventory), question: question() }];
    let course = goals::remedy(&seats, &exposing(&seats), goals::Release::MayChange, &mut effort);
    // Whatever was found, it can be carried out.
    assert!(course.steps.iter().all(|step| step.seats == [0]), "{nodes}");
    (course.steps.iter().map(|step| step.hotfix.id.clone()).collect(), course.optimal, effort.left)
}

#[test]
fn a_plan_is_said_to_be_the_best_where_the_search_for_it_ended_and_nowhere_else() {
    let catalogue = as_large_as_a_real_one().catalogue().unwrap();
    let (best, optimal, left) = planned(&catalogue, NODES);
    assert!(optimal);
    let taken = NODES - left;
    assert!(taken > 20, "{taken}");
    assert_eq!(planned(&catalogue, taken), (best, true, 0));
    for nodes in 0..taken {
        let (steps, optimal, _) = planned(&catalogue, nodes);
        assert!(!optimal, "{nodes} of {taken} nodes: {steps:?}");
    }
}
