//! What a host will be after its plan. Facts, features and packages are taken to stay.

use super::advisory;
use super::asked;
use super::assessment::{AdvisoryStatus, After};
use super::plan::Seat;

/// What the host is, once its plan is carried out.
pub(super) fn after(seat: &Seat<'_>) -> After {
    let state = &seat.state;
    let mut after = After { release: state.release().cloned(), ..After::default() };
    for one in asked(state.catalogue(), &seat.question) {
        match advisory::judge(one, state).status {
            AdvisoryStatus::Exposed => after.exposed.push(one.id.clone()),
            AdvisoryStatus::Undetermined => after.undetermined.push(one.id.clone()),
            AdvisoryStatus::AwaitingRestart
            | AdvisoryStatus::UnderInvestigation
            | AdvisoryStatus::Fixed
            | AdvisoryStatus::NotExposed
            | AdvisoryStatus::Unstated => {}
        }
    }
    after
}
