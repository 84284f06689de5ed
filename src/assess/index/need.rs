//! What an indexed host needs a hotfix for.

use std::collections::HashMap;

use super::answer::Judged;
use super::judge;
use super::piece::{AdvisoryPiece, CellPiece};
use super::state::State;
use crate::assess::assessment::{AdvisoryStatus, HotfixStatus, Need};

/// What hotfixes can help with, and what the plan for needs makes of it.
pub(super) struct Needs<'s, 'c> {
    state: &'s State<'c>,
    /// The steps of the plan for needs, by number.
    steps: Vec<u32>,
    exposing: OpenCells<'c>,
    undetermined: OpenCells<'c>,
}

/// The cells of one status, in order.
#[derive(Default)]
struct OpenCells<'c> {
    cells: Vec<Open<'c>>,
    /// By member that is not provided: the cells, by number.
    by_member: HashMap<u32, Vec<usize>>,
    /// By hotfix: the members that it would provide.
    members: HashMap<u32, Vec<u32>>,
}

/// A cell that a hotfix may help.
struct Open<'c> {
    advisory: &'c AdvisoryPiece,
    cell: &'c CellPiece,
    /// Whether the plan leaves it.
    left: bool,
}

impl<'s, 'c> Needs<'s, 'c> {
    /// From the advisories that cover the host and the plan for needs, with what the host is after it.
    pub(super) fn of(
        judged: &[Judged<'c>],
        state: &'s State<'c>,
        steps: Vec<u32>,
        after: &State<'c>,
    ) -> Self {
        let (mut exposing, mut undetermined) = (OpenCells::default(), OpenCells::default());
        // A cell that is exposing or undetermined makes its advisory at least as bad as undetermined.
        let open = |one: &&Judged<'c>| one.status <= AdvisoryStatus::Undetermined;
        for one in judged.iter().filter(open) {
            let piece = one.piece;
            for cell in one.covering.places.iter().filter_map(|place| piece.cells.get(place as usize)) {
                let open = match judge::cell(cell, state) {
                    AdvisoryStatus::Exposed => &mut exposing,
                    AdvisoryStatus::Undetermined => &mut undetermined,
                    _ => continue,
                };
                let complete =
                    cell.alternatives.iter().any(|set| set.iter().all(|id| after.provides_now(*id)));
                open.add(Open { advisory: piece, cell, left: !complete }, state);
            }
        }
        exposing.find_providers(state);
        undetermined.find_providers(state);
        Self { state, steps, exposing, undetermined }
    }

    /// The need of a hotfix of a status, and the sentences that say what for.
    pub(super) fn need(&self, number: u32, status: HotfixStatus) -> Option<(Need, Vec<String>)> {
        let stands_in_the_way = match status {
            HotfixStatus::Installed
            | HotfixStatus::Superseded
            | HotfixStatus::Withdrawn
            | HotfixStatus::NotApplicable => return None,
            HotfixStatus::Deferred | HotfixStatus::Conflicting | HotfixStatus::Blocked => true,
            HotfixStatus::Undetermined | HotfixStatus::Applicable => false,
        };
        let exposing = self.exposing.helped(number);
        if self.steps.contains(&number) {
            let sentences = self.exposing.sentences(&exposing, number, self.state);
            return Some(if sentences.is_empty() { step_for_later() } else { (Need::Needed, sentences) });
        }
        let left = |at: &usize| self.exposing.cells.get(*at).is_some_and(|open| open.left);
        if !exposing.is_empty() {
            let needed = stands_in_the_way && exposing.iter().any(left);
            let need = if needed { Need::Needed } else { Need::Alternative };
            return Some((need, self.exposing.sentences(&exposing, number, self.state)));
        }
        let undetermined = self.undetermined.helped(number);
        if !undetermined.is_empty() {
            let sentences = self.undetermined.sentences(&undetermined, number, self.state);
            return Some((Need::Undetermined, sentences));
        }
        Some((Need::Optional, Vec::new()))
    }
}

fn step_for_later() -> (Need, Vec<String>) {
    (Need::Needed, vec!["makes a later step possible".to_owned()])
}

impl<'c> OpenCells<'c> {
    fn add(&mut self, open: Open<'c>, state: &State<'c>) {
        let at = self.cells.len();
        for member in open.cell.members().filter(|member| !state.provides_now(*member)) {
            let cells = self.by_member.entry(member).or_default();
            if cells.last() != Some(&at) {
                cells.push(at);
            }
        }
        self.cells.push(open);
    }

    /// Looks from the members up: they are few, and what a hotfix rolls up may be very much.
    fn find_providers(&mut self, state: &State<'c>) {
        for member in self.by_member.keys() {
            for hotfix in state.compiled.rolling_up(*member) {
                self.members.entry(hotfix).or_default().push(*member);
            }
        }
    }

    /// The members that a hotfix would provide.
    fn provided_by(&self, hotfix: u32) -> &[u32] {
        self.members.get(&hotfix).map(Vec::as_slice).unwrap_or_default()
    }

    /// The cells that a hotfix helps, in order.
    fn helped(&self, hotfix: u32) -> Vec<usize> {
        let cells = self.provided_by(hotfix).iter().filter_map(|member| self.by_member.get(member)).flatten();
        let mut out: Vec<usize> = cells.copied().collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    fn sentences(&self, helped: &[usize], hotfix: u32, state: &State<'c>) -> Vec<String> {
        let members = self.provided_by(hotfix);
        let mut said: Vec<(&str, Option<u32>)> = Vec::new();
        for open in helped.iter().filter_map(|at| self.cells.get(*at)) {
            let helps = |member: &u32| members.contains(member);
            let first = open.cell.members().find(helps);
            let itself = open.cell.members().any(|member| member == hotfix);
            let sentence = (open.advisory.id.as_str(), first.filter(|_| !itself));
            if !said.contains(&sentence) {
                said.push(sentence);
            }
        }
        let say = |(advisory, through): (&str, Option<u32>)| match through.and_then(|id| state.id(id)) {
            Some(id) => format!("provides {id}, which remedies {advisory}"),
            None => format!("remedies {advisory}"),
        };
        said.into_iter().map(say).collect()
    }
}
