//! What an indexed host needs a hotfix for.

use std::collections::HashMap;

use super::answer::Judged;
use super::judge;
use super::piece::{AdvisoryPiece, CellPiece};
use super::state::State;
use crate::assess::assessment::{AdvisoryStatus, HotfixStatus, Need};
use crate::assess::bits::Bits;

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
    /// By hotfix that would help and is not provided: the cells, by number.
    by_member: HashMap<u32, Vec<usize>>,
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
        if self.exposing.by_member.is_empty() && self.undetermined.by_member.is_empty() {
            let step = self.steps.contains(&number);
            return Some(if step { step_for_later() } else { (Need::Optional, Vec::new()) });
        }
        let provides = Provides::of(number, self);
        let exposing = self.exposing.helped(&provides);
        if self.steps.contains(&number) {
            let sentences = self.exposing.sentences(&exposing, &provides, self.state);
            return Some(if sentences.is_empty() { step_for_later() } else { (Need::Needed, sentences) });
        }
        let left = |at: &usize| self.exposing.cells.get(*at).is_some_and(|open| open.left);
        if !exposing.is_empty() {
            let needed = stands_in_the_way && exposing.iter().any(left);
            let need = if needed { Need::Needed } else { Need::Alternative };
            return Some((need, self.exposing.sentences(&exposing, &provides, self.state)));
        }
        let undetermined = self.undetermined.helped(&provides);
        if !undetermined.is_empty() {
            let sentences = self.undetermined.sentences(&undetermined, &provides, self.state);
            return Some((Need::Undetermined, sentences));
        }
        Some((Need::Optional, Vec::new()))
    }
}

fn step_for_later() -> (Need, Vec<String>) {
    (Need::Needed, vec!["makes a later step possible".to_owned()])
}

/// Members of open cells that a hotfix provides.
struct Provides {
    hotfix: u32,
    members: Vec<u32>,
}

impl Provides {
    fn of(hotfix: u32, needs: &Needs<'_, '_>) -> Self {
        let compiled = needs.state.compiled;
        let open = |number: &u32| {
            needs.exposing.by_member.contains_key(number) || needs.undetermined.by_member.contains_key(number)
        };
        let below = compiled.hotfix(hotfix).map(|piece| &*piece.rolls_up).unwrap_or_default();
        if below.is_empty() {
            return Self { hotfix, members: Some(hotfix).filter(open).into_iter().collect() };
        }
        let mut all = Bits::none(compiled.words.hotfixes.len());
        super::state::roll_up(compiled, hotfix, &mut all);
        let numbers = all.iter().filter_map(|number| u32::try_from(number).ok());
        Self { hotfix, members: numbers.filter(open).collect() }
    }
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

    /// The cells that these members help, in order.
    fn helped(&self, provides: &Provides) -> Vec<usize> {
        let cells = provides.members.iter().filter_map(|member| self.by_member.get(member)).flatten();
        let mut out: Vec<usize> = cells.copied().collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    fn sentences(&self, helped: &[usize], provides: &Provides, state: &State<'c>) -> Vec<String> {
        let mut said: Vec<(&str, Option<u32>)> = Vec::new();
        for open in helped.iter().filter_map(|at| self.cells.get(*at)) {
            let helps = |member: &u32| provides.members.contains(member) && !state.provides_now(*member);
            let first = open.cell.members().find(helps);
            let itself = open.cell.members().any(|member| member == provides.hotfix);
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
