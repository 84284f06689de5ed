//! What a host will be after its plan. Facts, features and packages are taken to stay.

use super::assessment::{AdvisoryStatus, After};
use super::host::Host;
use super::plan::Seat;

/// What the host is, once its plan is carried out.
pub(super) fn after<'c, H: Host<'c>>(seat: &Seat<H>) -> After {
    let mut after = After { release: seat.state.release().cloned(), ..After::default() };
    for (advisory, status) in seat.state.statuses(&seat.question) {
        match status {
            AdvisoryStatus::Exposed => after.exposed.push(advisory.clone()),
            AdvisoryStatus::Undetermined => after.undetermined.push(advisory.clone()),
            AdvisoryStatus::AwaitingRestart
            | AdvisoryStatus::UnderInvestigation
            | AdvisoryStatus::Fixed
            | AdvisoryStatus::NotExposed
            | AdvisoryStatus::Unstated => {}
        }
    }
    after
}
