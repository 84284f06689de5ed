//! What a host needs a hotfix for.

use std::collections::BTreeSet;

use super::advisory::JudgedAdvisory;
use super::assessment::{AdvisoryStatus, HotfixStatus, Need};
use super::evaluate::Truth;
use super::host::Host;
use super::hotfix::JudgedHotfix;
use crate::model::advisory::Cell;
use crate::model::{Advisory, Id};

/// What hotfixes can help with, and what the plan for needs makes of it.
pub(super) struct Needs<'a, 'c, H> {
    state: &'a H,
    steps: BTreeSet<&'c Id>,
    exposing: Vec<Open<'c>>,
    undetermined: Vec<Open<'c>>,
}

/// A cell that a hotfix may help.
struct Open<'c> {
    advisory: &'c Advisory,
    cell: &'c Cell,
    left: bool,
}

impl<'a, 'c, H: Host<'c>> Needs<'a, 'c, H> {
    /// From the advisories that are asked about and the plan for needs, with what the host is after it.
    pub(super) fn of(
        judged: &[JudgedAdvisory<'c>],
        state: &'a H,
        steps: BTreeSet<&'c Id>,
        after: &H,
    ) -> Self {
        let complete = |cell: &Cell| {
            let provided = |id: &Id| after.provided(id) == Truth::True;
            cell.alternatives().iter().any(|set| set.iter().all(provided))
        };
        let open = |status: AdvisoryStatus| {
            let cells = judged.iter().flat_map(|one| one.cells.iter().map(|cell| (one.advisory, cell)));
            cells
                .filter(|(_, judged)| judged.status == status)
                .map(|(advisory, judged)| Open { advisory, cell: judged.cell, left: !complete(judged.cell) })
                .collect()
        };
        let (exposing, undetermined) = (open(AdvisoryStatus::Exposed), open(AdvisoryStatus::Undetermined));
        Self { state, steps, exposing, undetermined }
    }

    /// The need, and the sentences that say what for.
    pub(super) fn need(&self, judged: &JudgedHotfix<'c>) -> Option<(Need, Vec<String>)> {
        let stands_in_the_way = match judged.standing.status() {
            HotfixStatus::Installed
            | HotfixStatus::Superseded
            | HotfixStatus::Withdrawn
            | HotfixStatus::NotApplicable => return None,
            HotfixStatus::Deferred | HotfixStatus::Conflicting | HotfixStatus::Blocked => true,
            HotfixStatus::Undetermined | HotfixStatus::Applicable => false,
        };
        let id = &judged.hotfix.id;
        let helped = |cells: &'_ [Open<'c>]| -> Vec<String> {
            let helped = cells.iter().filter_map(|open| self.helps(id, open));
            let mut sentences: Vec<String> = Vec::new();
            helped.for_each(|sentence| {
                if !sentences.contains(&sentence) {
                    sentences.push(sentence);
                }
            });
            sentences
        };
        let exposing = helped(&self.exposing);
        let helps_what_is_left =
            || self.exposing.iter().any(|open| open.left && self.helps(id, open).is_some());
        if self.steps.contains(id) {
            let sentences =
                if exposing.is_empty() { vec!["makes a later step possible".to_owned()] } else { exposing };
            return Some((Need::Needed, sentences));
        }
        if stands_in_the_way && helps_what_is_left() {
            return Some((Need::Needed, exposing));
        }
        if !exposing.is_empty() {
            return Some((Need::Alternative, exposing));
        }
        let undetermined = helped(&self.undetermined);
        if !undetermined.is_empty() {
            return Some((Need::Undetermined, undetermined));
        }
        Some((Need::Optional, Vec::new()))
    }

    /// Whether a hotfix provides a member, not yet provided, of one of a cell's alternatives.
    fn helps(&self, id: &Id, open: &Open<'c>) -> Option<String> {
        let rolled_up = self.state.catalogue().rolls_up(id.as_str());
        let members = open.cell.alternatives().iter().flatten();
        let helped: Vec<&Id> = members
            .filter(|member| *member == id || rolled_up.contains(*member))
            .filter(|member| self.state.provided(member) != Truth::True)
            .collect();
        let first = helped.first()?;
        let advisory = &open.advisory.id;
        Some(match helped.contains(&id) {
            true => format!("remedies {advisory}"),
            false => format!("provides {first}, which remedies {advisory}"),
        })
    }
}
