//! How a host stands with an advisory: every cell that covers its release is judged alone, and the worst
//! stands.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::assessment::{AdvisoryAnswer, AdvisoryStatus, RemediationAnswer};
use super::because::{self, list, unknown_word};
use super::evaluate::{self, Judged, Missing, NEWER_HOTFIX, Truth};
use super::host::Host;
use super::release::Found;
use crate::model::advisory::Cell;
use crate::model::words::CellStatus;
use crate::model::{Advisory, Id};

/// The most combinations of alternatives that are shown.
pub(super) const MAX_ALTERNATIVES: usize = 64;
/// What is said where a host is exposed and nothing remedies it.
pub(super) const NO_FIX: &str = "no fix is stated";

/// A cell that covers the host, and how the host stands with it.
#[derive(Debug, Clone)]
pub(super) struct JudgedCell<'c> {
    pub(super) cell: &'c Cell,
    /// Its place in the matrix.
    pub(super) place: usize,
    pub(super) status: AdvisoryStatus,
    /// What would settle it, where it is undetermined.
    missing: Missing,
    because: Vec<String>,
    /// The installed hotfixes that fix it.
    with: BTreeSet<&'c Id>,
}

/// An advisory with its cells that cover the host, or may.
#[derive(Debug, Clone)]
pub(super) struct JudgedAdvisory<'c> {
    pub(super) advisory: &'c Advisory,
    pub(super) status: AdvisoryStatus,
    pub(super) cells: Vec<JudgedCell<'c>>,
}

/// Judges an advisory.
pub(super) fn judge<'c>(advisory: &'c Advisory, state: &impl Host<'c>) -> JudgedAdvisory<'c> {
    let possible = state.found().possible();
    let covers = |cell: &Cell| cell.releases.iter().any(|release| possible.contains(&release));
    let covering = advisory.matrix.iter().enumerate().filter(|(_, cell)| covers(cell));
    let judged = covering.map(|(place, cell)| {
        let judged = match state.found() {
            Found::Unsettled { missing, .. } => without_release(cell, missing),
            Found::Release(_) | Found::Nothing => judge_cell(cell, state),
        };
        JudgedCell { place, ..judged }
    });
    let cells: Vec<JudgedCell<'_>> = judged.collect();
    let worst = cells.iter().map(|cell| cell.status).min();
    JudgedAdvisory { advisory, status: worst.unwrap_or(AdvisoryStatus::Unstated), cells }
}

fn without_release<'c>(cell: &'c Cell, missing: &Missing) -> JudgedCell<'c> {
    JudgedCell::undetermined(cell, missing.clone(), vec!["the release is not known".to_owned()])
}

impl<'c> JudgedCell<'c> {
    fn new(cell: &'c Cell, status: AdvisoryStatus, because: Vec<String>) -> Self {
        Self { cell, place: 0, status, missing: Missing::new(), because, with: BTreeSet::new() }
    }

    fn undetermined(cell: &'c Cell, missing: Missing, because: Vec<String>) -> Self {
        Self { missing, ..Self::new(cell, AdvisoryStatus::Undetermined, because) }
    }
}

fn judge_cell<'c>(cell: &'c Cell, state: &impl Host<'c>) -> JudgedCell<'c> {
    let release = state.release().map(Id::as_str).unwrap_or_default();
    match &cell.status {
        CellStatus::KnownAffected => affected(cell, state),
        CellStatus::KnownNotAffected => {
            JudgedCell::new(cell, AdvisoryStatus::NotExposed, vec![not_affected(cell, release)])
        }
        CellStatus::Fixed => remedied(cell, state).unwrap_or_else(|| {
            JudgedCell::new(cell, AdvisoryStatus::Fixed, vec![format!("{release} has the fix")])
        }),
        CellStatus::UnderInvestigation => investigated(cell, state),
        CellStatus::Other(word) => {
            let missing = Missing::from([NEWER_HOTFIX.to_owned()]);
            JudgedCell::undetermined(cell, missing, vec![unknown_word("status", word)])
        }
    }
}

pub(super) fn not_affected(cell: &Cell, release: impl std::fmt::Display) -> String {
    match &cell.feature {
        None => format!("{release} is stated to be not affected"),
        Some(feature) => format!("{feature} on {release} is stated to be not affected"),
    }
}

/// What is said of a cell that has no condition.
pub(super) fn everyone(release: impl std::fmt::Display) -> String {
    format!("every host of {release} is concerned")
}

/// What is said of an advisory of which no cell covers the host.
pub(super) fn nothing_stated(release: Option<&Id>) -> String {
    match release {
        Some(release) => format!("nothing is stated about {release}"),
        None => "nothing is stated about a release that the host may be".to_owned(),
    }
}

/// The condition under which a cell bites: its feature in use, and its `when`.
pub(super) fn bites<'c>(cell: &Cell, state: &impl Host<'c>) -> Judged {
    let feature = cell.feature.as_ref().map(|id| evaluate::feature(id, state));
    let when = cell.when.as_ref().map(|when| evaluate::evaluate(when, state));
    let parts: Vec<Judged> = feature.into_iter().chain(when).collect();
    if parts.is_empty() {
        let release = state.release().map(Id::as_str).unwrap_or_default();
        return Truth::True.because(everyone(release));
    }
    evaluate::all(parts)
}

/// A complete alternative answers before the condition is asked; hotfixes that are not reported may have
/// completed one, unless the condition is false.
fn affected<'c>(cell: &'c Cell, state: &impl Host<'c>) -> JudgedCell<'c> {
    if let Some(finding) = remedied(cell, state) {
        return finding;
    }
    let Judged { truth, mut because } = bites(cell, state);
    let unknown_hotfixes = !state.complete() && !cell.alternatives().is_empty();
    let hotfixes = || Missing::from(["hotfixes".to_owned()]);
    match truth {
        Truth::False => JudgedCell::new(cell, AdvisoryStatus::NotExposed, because),
        Truth::True if unknown_hotfixes => {
            because.push(because::not_reported("hotfixes"));
            JudgedCell::undetermined(cell, hotfixes(), because)
        }
        Truth::True => {
            because.extend(cell.alternatives().is_empty().then(|| NO_FIX.to_owned()));
            JudgedCell::new(cell, AdvisoryStatus::Exposed, because)
        }
        Truth::Unknown(mut missing) => {
            if unknown_hotfixes {
                missing.extend(hotfixes());
                because.push(because::not_reported("hotfixes"));
            }
            JudgedCell::undetermined(cell, missing, because)
        }
    }
}

fn investigated<'c>(cell: &'c Cell, state: &impl Host<'c>) -> JudgedCell<'c> {
    let Judged { truth, because } = bites(cell, state);
    match truth {
        Truth::True => JudgedCell::new(cell, AdvisoryStatus::UnderInvestigation, because),
        Truth::False => JudgedCell::new(cell, AdvisoryStatus::NotExposed, because),
        Truth::Unknown(missing) => JudgedCell::undetermined(cell, missing, because),
    }
}

/// What a complete alternative says: fixed, where none of its hotfixes waits for a restart.
fn remedied<'c>(cell: &'c Cell, state: &impl Host<'c>) -> Option<JudgedCell<'c>> {
    let settled = |id: &Id| !state.settled_providers(id).is_empty();
    let provided = |id: &Id| !state.providers(id).is_empty();
    if let Some(set) = cell.alternatives().iter().find(|set| set.iter().all(settled)) {
        let with: BTreeSet<&Id> = set.iter().flat_map(|id| named(id, state)).collect();
        let sentence = format!("{} is installed", list(&with));
        return Some(JudgedCell { with, ..JudgedCell::new(cell, AdvisoryStatus::Fixed, vec![sentence]) });
    }
    let set = cell.alternatives().iter().find(|set| set.iter().all(provided))?;
    let waiting: BTreeSet<&Id> =
        set.iter().filter(|id| !settled(id)).flat_map(|id| state.providers(id)).collect();
    let because = vec![format!("{} is installed and waits for a restart", list(&waiting))];
    if !state.complete() {
        // Something that is not reported may complete it as well, and wait for nothing.
        return Some(JudgedCell::undetermined(cell, Missing::from(["hotfixes".to_owned()]), because));
    }
    Some(JudgedCell::new(cell, AdvisoryStatus::AwaitingRestart, because))
}

/// Who is named as providing a member: itself where it is installed, else what rolls it up.
fn named<'c>(id: &Id, state: &impl Host<'c>) -> Vec<&'c Id> {
    let providers = state.settled_providers(id);
    match providers.iter().find(|provider| **provider == id) {
        Some(itself) => vec![itself],
        None => providers,
    }
}

/// The advisory as it is published, with the reasons of the cells that decide.
pub(super) fn answer<'c>(judged: &JudgedAdvisory<'_>, state: &impl Host<'c>) -> AdvisoryAnswer {
    let JudgedAdvisory { advisory, status, cells } = judged;
    let standing: Vec<&JudgedCell<'_>> = cells.iter().filter(|cell| cell.status == *status).collect();
    let missing: Missing = standing.iter().flat_map(|cell| cell.missing.iter().cloned()).collect();
    let with: BTreeSet<&Id> = standing.iter().flat_map(|cell| cell.with.iter().copied()).collect();
    let said = standing.iter().flat_map(|cell| cell.because.iter().cloned());
    let mut because = each_once(said.collect());
    if standing.is_empty() {
        because.push(nothing_stated(state.release()));
    }
    let remediation = standing.iter().find_map(|cell| cell.cell.remediation.as_ref());
    AdvisoryAnswer {
        id: advisory.id.clone(),
        title: Arc::from(advisory.title.as_str()),
        status: *status,
        severity: advisory.severity.clone(),
        category: advisory.category.clone(),
        because,
        missing_facts: missing.into_iter().collect(),
        fixed_by: combined(&standing),
        fixed_with: with.into_iter().cloned().collect(),
        workaround: standing.iter().find_map(|cell| cell.cell.workaround.clone()),
        remediation: remediation.map(|one| RemediationAnswer { kind: one.kind.clone(), date: one.date }),
        note: standing.iter().find_map(|cell| cell.cell.note.clone()),
    }
}

/// The sentences in their order, none twice.
pub(super) fn each_once(sentences: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(sentences.len());
    for sentence in sentences {
        if !out.contains(&sentence) {
            out.push(sentence);
        }
    }
    out
}

/// The sets that complete an alternative of every one of these cells; none where one has no fix.
fn combined(cells: &[&JudgedCell<'_>]) -> Vec<Vec<Id>> {
    let mut sets: Vec<Vec<Id>> = vec![Vec::new()];
    for cell in cells {
        let mut next: Vec<Vec<Id>> = Vec::new();
        for set in &sets {
            for alternative in cell.cell.alternatives() {
                let mut joined = set.clone();
                joined.extend(alternative.iter().filter(|id| !set.contains(id)).cloned());
                if !next.contains(&joined) && next.len() < MAX_ALTERNATIVES {
                    next.push(joined);
                }
            }
        }
        sets = next;
    }
    sets.retain(|set| !set.is_empty());
    sets
}
