//! How an indexed host stands, as a word and no more: nothing is allocated, and no document is looked at.

use super::piece::{AdvisoryPiece, CellPiece, HotfixPiece, Stated};
use super::program::{Reported, Value};
use super::state::State;
use crate::assess::assessment::{AdvisoryStatus, HotfixStatus};
use crate::assess::evaluate::Truth;
use crate::assess::host::Host;
use crate::assess::hotfix::shown;
use crate::assess::question::Question;
use crate::assess::release::Found;
use crate::assess::rollout::deferral;

/// How the host stands with a hotfix: the first status that holds.
pub(super) fn hotfix(number: u32, state: &State<'_>, question: &Question) -> HotfixStatus {
    let Some(piece) = state.compiled.hotfix(number) else { return HotfixStatus::NotApplicable };
    if state.installed.contains(number) {
        return HotfixStatus::Installed;
    }
    let provided = state.provides_now(number);
    if let Found::Unsettled { .. } = state.found {
        return if provided && state.complete {
            HotfixStatus::Superseded
        } else {
            HotfixStatus::Undetermined
        };
    }
    if !state.complete {
        return HotfixStatus::Undetermined;
    }
    if provided {
        return HotfixStatus::Superseded;
    }
    if piece.flags.withdrawn {
        return HotfixStatus::Withdrawn;
    }
    match suits(number, piece, state) {
        Value::False => return HotfixStatus::NotApplicable,
        Value::Unknown => return HotfixStatus::Undetermined,
        Value::True => {}
    }
    if conflicts(number, state) {
        return HotfixStatus::Conflicting;
    }
    if piece.requires.iter().any(|other| !state.provides_now(*other)) {
        return HotfixStatus::Blocked;
    }
    let timed = state.compiled.timed.contains(number as usize);
    let document = timed.then(|| state.document(number)).flatten();
    match document.and_then(|document| deferral(document, state.catalogue, question)) {
        Some(_) => HotfixStatus::Deferred,
        None => HotfixStatus::Applicable,
    }
}

/// Whether something is installed that a hotfix conflicts with.
fn conflicts(number: u32, state: &State<'_>) -> bool {
    state.compiled.conflicts.from(number).iter().any(|other| state.by_name.contains(*other))
}

/// Whether release, channel and condition are as a hotfix asks.
fn suits(number: u32, piece: &HotfixPiece, state: &State<'_>) -> Value {
    if !state.release.is_some_and(|release| piece.releases.contains(&release)) {
        return Value::False;
    }
    let channel = if piece.flags.seen_by_all { Value::True } else { seen(number, state) };
    channel.and(piece.when.as_ref().map_or(Value::True, |when| when.value(state)))
}

fn seen(number: u32, state: &State<'_>) -> Value {
    match state.document(number).map(|document| shown(document, state).0) {
        Some(Truth::True) => Value::True,
        Some(Truth::False) => Value::False,
        Some(Truth::Unknown(_)) | None => Value::Unknown,
    }
}

/// The worst of an advisory's cells at these places; `None` where there is none.
pub(super) fn advisory(
    piece: &AdvisoryPiece,
    places: impl Iterator<Item = u32>,
    state: &State<'_>,
) -> Option<AdvisoryStatus> {
    places.filter_map(|place| piece.cells.get(place as usize)).map(|one| cell(one, state)).min()
}

/// How the host stands with a cell that covers it, or may.
pub(super) fn cell(cell: &CellPiece, state: &State<'_>) -> AdvisoryStatus {
    if let Found::Unsettled { .. } = state.found() {
        return AdvisoryStatus::Undetermined;
    }
    match cell.status {
        Stated::Affected => affected(cell, state),
        Stated::NotAffected => AdvisoryStatus::NotExposed,
        Stated::Fixed => remedied(cell, state).unwrap_or(AdvisoryStatus::Fixed),
        Stated::UnderInvestigation => match bites(cell, state) {
            Value::True => AdvisoryStatus::UnderInvestigation,
            Value::False => AdvisoryStatus::NotExposed,
            Value::Unknown => AdvisoryStatus::Undetermined,
        },
        Stated::Other => AdvisoryStatus::Undetermined,
    }
}

fn bites(cell: &CellPiece, state: &State<'_>) -> Value {
    let feature = match cell.feature {
        None => Value::True,
        Some(feature) => state.feature(feature).map_or(Value::Unknown, Value::known),
    };
    feature.and(cell.when.as_ref().map_or(Value::True, |when| when.value(state)))
}

fn affected(cell: &CellPiece, state: &State<'_>) -> AdvisoryStatus {
    if let Some(status) = remedied(cell, state) {
        return status;
    }
    match bites(cell, state) {
        Value::False => AdvisoryStatus::NotExposed,
        Value::Unknown => AdvisoryStatus::Undetermined,
        Value::True if !state.complete && !cell.alternatives.is_empty() => AdvisoryStatus::Undetermined,
        Value::True => AdvisoryStatus::Exposed,
    }
}

/// What a complete alternative says.
fn remedied(cell: &CellPiece, state: &State<'_>) -> Option<AdvisoryStatus> {
    let complete =
        |has: &dyn Fn(u32) -> bool| cell.alternatives.iter().any(|set| set.iter().all(|id| has(*id)));
    if complete(&|id| state.settles(id)) {
        return Some(AdvisoryStatus::Fixed);
    }
    let waits = state.settled.is_some() && complete(&|id| state.provides_now(id));
    let status = if state.complete { AdvisoryStatus::AwaitingRestart } else { AdvisoryStatus::Undetermined };
    waits.then_some(status)
}
