//! The plan: valid steps that remedy what can be remedied, and the least of all such plans.
//!
//! `reach` finds the hotfixes that can be steps at all; `field` numbers the candidates, those of them that help, and
//! says what each needs and brings; `choose` searches sets of candidates by branch and bound (`bound`); `order` puts a
//! set in order, following release changes, prerequisites and conflicts from step to step; `goals` decides which
//! exposures can be remedied together; `groups` says what the steps take. A single host is a pool of one.
//!
//! The search is exact up to a fixed effort, counted in nodes and never in time, so that every machine
//! answers alike.

mod bound;
mod choose;
mod field;
mod goals;
mod groups;
mod order;
mod reach;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::host::Host;
use super::question::{Goal, Question};
use crate::model::{Hotfix, Id};

pub(super) use goals::{CellGoal, exposing};
pub(super) use groups::taking;
pub(super) use reach::reachable_in_time;

/// The nodes that one plan may take, over all of its searches.
const NODES: u64 = 20_000;

/// The effort that a plan takes, in nodes.
#[derive(Debug)]
pub(super) struct Effort {
    left: u64,
    short: bool,
}

impl Effort {
    /// The whole effort for one plan.
    fn whole() -> Self {
        Self { left: NODES, short: false }
    }

    /// Takes a node; false where none is left.
    fn spend(&mut self) -> bool {
        let left = self.left.checked_sub(1);
        self.short |= left.is_none();
        self.left = left.unwrap_or(0);
        left.is_some()
    }

    /// Lets a search take this part of the whole, as far as it is left.
    fn within<T>(&mut self, nodes: u64, search: impl FnOnce(&mut Self) -> T) -> T {
        let allowed = self.left.min(nodes);
        let mut part = Self { left: allowed, short: false };
        let found = search(&mut part);
        self.left -= allowed - part.left;
        self.short |= part.short;
        found
    }

    /// Notes that something was not looked at.
    fn fall_short(&mut self) {
        self.short = true;
    }

    /// Whether some search would have needed more.
    fn short(&self) -> bool {
        self.short
    }
}

/// A host, or a member of a pool, that a plan is made for.
#[derive(Debug, Clone)]
pub(super) struct Seat<H> {
    /// What it is.
    pub(super) state: H,
    /// What is asked, with its own id.
    pub(super) question: Question,
}

impl<H> Seat<H> {
    fn takes<'c>(&self, hotfix: &'c Hotfix) -> bool
    where
        H: Host<'c>,
    {
        self.state.takes(hotfix, &self.question)
    }
}

/// A step, and the seats that take it, by number.
#[derive(Debug, Clone)]
pub(super) struct Taken<'c> {
    pub(super) hotfix: &'c Hotfix,
    pub(super) seats: Vec<usize>,
}

/// A plan, and what it leads to.
#[derive(Debug, Clone)]
pub(super) struct Course<'c, H> {
    pub(super) steps: Vec<Taken<'c>>,
    /// The seats as the plan leaves them, everything pending carried out.
    pub(super) seats: Vec<Seat<H>>,
    /// Pairs of hotfixes that stand against each other, the smaller id first.
    pub(super) conflicts: BTreeSet<[&'c Id; 2]>,
    /// Whether the search ended within its effort.
    pub(super) optimal: bool,
}

impl<'c, H: Host<'c>> Course<'c, H> {
    /// Nothing to do.
    fn none(seats: &[Seat<H>]) -> Self {
        let seats = seats
            .iter()
            .map(|seat| Seat { state: seat.state.clone().restarted(), question: seat.question.clone() })
            .collect();
        Self { steps: Vec::new(), seats, conflicts: BTreeSet::new(), optimal: true }
    }

    /// Carries out a step on every seat to which the hotfix applies.
    fn take(&mut self, hotfix: &'c Hotfix) {
        let mut takers = Vec::new();
        for (number, seat) in self.seats.iter_mut().enumerate() {
            if seat.takes(hotfix) {
                seat.state.install(hotfix);
                takers.push(number);
            }
        }
        self.steps.push(Taken { hotfix, seats: takers });
    }
}

/// The plan for what the hosts are exposed to.
pub(super) fn for_needs<'c, H: Host<'c>>(seats: &[Seat<H>], cells: &[CellGoal<'c>]) -> Course<'c, H> {
    goals::remedy(seats, cells, goals::Release::MayChange, &mut Effort::whole())
}

/// The plan that the question asks for, where it asks for another than that for needs.
pub(super) fn as_asked<'c, H: Host<'c>>(seats: &[Seat<H>], goal: &Goal) -> Option<Course<'c, H>> {
    match goal {
        Goal::Needed => None,
        Goal::All => Some(everything(seats)),
        Goal::Target(release) => Some(target(seats, release)),
    }
}

/// Every hotfix that is applicable now on some seat and leaves its release alone. Where not all go together,
/// each is taken that goes with those before it, by id.
fn everything<'c, H: Host<'c>>(seats: &[Seat<H>]) -> Course<'c, H> {
    let leaves_release = |seat: &Seat<H>, hotfix: &'c Hotfix| {
        let mut after = seat.state.clone();
        after.install(hotfix);
        after.release() == seat.state.release()
    };
    let mut wanted: BTreeMap<&Id, &Hotfix> = BTreeMap::new();
    for seat in seats {
        let here = seat.state.release().map(|release| seat.state.installing_on(release));
        let taken = here.into_iter().flatten().filter(|hotfix| seat.takes(hotfix));
        wanted.extend(taken.filter(|hotfix| leaves_release(seat, hotfix)).map(|hotfix| (&hotfix.id, hotfix)));
    }
    let mut effort = Effort::whole();
    let field = field::Field::exactly(seats, wanted.into_values().collect(), goals::Release::Stays);
    if field.cut {
        effort.fall_short();
    }
    let sequence = order::of_as_many_as_go_together(&field, &mut effort);
    let mut course = Course::none(seats);
    sequence.into_iter().filter_map(|number| field.hotfix(number)).for_each(|hotfix| course.take(hotfix));
    course.optimal = !effort.short();
    course
}

/// What reaches a release, then what is needed there. One that cannot be reached gives no steps.
fn target<'c, H: Host<'c>>(seats: &[Seat<H>], release: &Id) -> Course<'c, H> {
    let mut effort = Effort::whole();
    let Some(reached) = goals::reach(seats, release, &mut effort) else {
        return Course { optimal: !effort.short(), ..Course::none(seats) };
    };
    let cells = exposing(&reached.seats);
    // It is told the effort that was spent so far, and so knows whether all of it is optimal.
    let then = goals::remedy(&reached.seats, &cells, goals::Release::Stays, &mut effort);
    Course { steps: reached.steps.into_iter().chain(then.steps).collect(), ..then }
}
