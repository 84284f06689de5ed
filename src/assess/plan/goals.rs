//! Which exposures a plan is for: all that can be remedied, and where not all can be together, those that
//! go with the graver ones.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::choose::{Aims, Wanted, choose};
use super::field::{Field, Ways, available};
use super::order::Ends;
use super::reach::Reach;
use super::{Course, Effort, NODES, Seat};
use crate::assess::bits::Bits;
use crate::assess::evaluate::Truth;
use crate::assess::host::Host;
use crate::model::advisory::Cell;
use crate::model::words::Severity;
use crate::model::{Advisory, Hotfix, Id};

/// The nodes that one search may take for whether some goals go together.
const NODES_FOR_ONE: u64 = 1_000;

/// Whether steps may lead to another release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Release {
    /// They must not.
    Stays,
    /// They may.
    MayChange,
}

/// An exposing cell on a seat.
#[derive(Debug, Clone, Copy)]
pub(in crate::assess) struct CellGoal<'c> {
    /// The seat, by number.
    pub(in crate::assess) seat: usize,
    /// The advisory.
    pub(in crate::assess) advisory: &'c Advisory,
    /// The place of the cell in its matrix.
    pub(in crate::assess) place: usize,
    /// The cell.
    pub(in crate::assess) cell: &'c Cell,
}

impl<'c> CellGoal<'c> {
    /// By severity, then advisory, then place in the matrix, then seat.
    fn order(&self) -> (&'c Severity, &'c Id, usize, usize) {
        (&self.advisory.severity, &self.advisory.id, self.place, self.seat)
    }
}

/// The exposing cells of all seats that have a fix stated, of the advisories that are asked about; the
/// gravest first.
pub(in crate::assess) fn exposing<'c, H: Host<'c>>(seats: &[Seat<H>]) -> Vec<CellGoal<'c>> {
    let mut out: Vec<CellGoal<'c>> = Vec::new();
    for (seat, here) in seats.iter().enumerate() {
        let exposing = here.state.exposing(&here.question).into_iter();
        out.extend(exposing.map(|(advisory, place, cell)| CellGoal { seat, advisory, place, cell }));
    }
    out.sort_by(|left, right| left.order().cmp(&right.order()));
    out
}

/// A goal with the ways to meet it in a field.
struct Goal<'c> {
    cell: CellGoal<'c>,
    ways: Ways,
}

/// A search space: what can be reached, and a field to search once all of some goals can be.
struct Space<'s, 'c, H> {
    seats: &'s [Seat<H>],
    cells: &'s [CellGoal<'c>],
    release: Release,
    /// The hotfixes that can be steps, by seat.
    available: Vec<Reach<'c>>,
    /// Made when it is first searched.
    made: OnceCell<Made<'c, H>>,
}

/// A field, and the goals that nothing rules out in it from the start.
struct Made<'c, H> {
    field: Field<'c, H>,
    goals: Vec<Option<Goal<'c>>>,
}

impl<'s, 'c, H: Host<'c>> Space<'s, 'c, H> {
    fn of(seats: &'s [Seat<H>], cells: &'s [CellGoal<'c>], release: Release) -> Self {
        let fixes = cells.iter().any(|goal| goal.cell.alternatives().iter().any(|set| !set.is_empty()));
        let none = || seats.iter().map(|_| Reach::default()).collect();
        let available = if fixes { available(seats, release) } else { none() };
        Self { seats, cells, release, available, made: OnceCell::new() }
    }

    fn made(&self) -> &Made<'c, H> {
        self.made.get_or_init(|| {
            let alternatives = self.cells.iter().flat_map(|goal| goal.cell.alternatives());
            let wanted: BTreeSet<&Id> = alternatives.flatten().collect();
            let field = Field::of(self.seats, &self.available, &wanted, self.release);
            let goal = |cell: &CellGoal<'c>| {
                let ways = field.ways(cell.seat, cell.cell.alternatives());
                (!ways.is_empty()).then_some(Goal { cell: *cell, ways })
            };
            let goals = self.cells.iter().map(goal).collect();
            Made { field, goals }
        })
    }

    /// Whether what can be reached provides a fix; else nothing has to be searched to know that a goal is not met.
    fn within_reach(&self, number: usize) -> bool {
        let Some(goal) = self.cells.get(number) else { return false };
        let here = self.seats.get(goal.seat).zip(self.available.get(goal.seat));
        here.is_some_and(|(seat, reach)| {
            let provided = |id: &Id| reach.provided.contains(id) || seat.state.provided(id) == Truth::True;
            goal.cell.alternatives().iter().any(|set| set.iter().all(provided))
        })
    }

    /// These goals; `None` where one of them is ruled out from the start.
    fn goals(&self, numbers: &[usize]) -> Option<Vec<&Goal<'c>>> {
        if !numbers.iter().all(|number| self.within_reach(*number)) {
            return None;
        }
        numbers.iter().map(|number| self.made().goals.get(*number)?.as_ref()).collect()
    }

    /// The sequence that meets these goals.
    fn search(&self, numbers: &[usize], wanted: Wanted, effort: &mut Effort) -> Option<Vec<&'c Hotfix>> {
        let goals = self.goals(numbers)?;
        let aims = Aims {
            goals: goals.iter().map(|goal| goal.ways.clone()).collect(),
            ends: Ends {
                cells: goals.iter().map(|goal| (goal.cell.seat, goal.ways.clone())).collect(),
                release: None,
            },
        };
        let field = &self.made().field;
        let sequence = choose(field, &aims, wanted, effort)?;
        Some(sequence.into_iter().filter_map(|number| field.hotfix(number)).collect())
    }
}

/// The two search spaces: the one that keeps the release, and the one that may leave it, made where the
/// first does not do.
struct Spaces<'s, 'c, H> {
    seats: &'s [Seat<H>],
    cells: &'s [CellGoal<'c>],
    stays: Space<'s, 'c, H>,
    may_change: Option<Space<'s, 'c, H>>,
}

impl<'s, 'c, H: Host<'c>> Spaces<'s, 'c, H> {
    fn wide(&mut self) -> &Space<'s, 'c, H> {
        let (seats, cells) = (self.seats, self.cells);
        self.may_change.get_or_insert_with(|| Space::of(seats, cells, Release::MayChange))
    }

    /// The plan for these goals: one that keeps the release if there is any.
    fn search(
        &mut self,
        numbers: &[usize],
        wanted: Wanted,
        release: Release,
        effort: &mut Effort,
    ) -> Option<Vec<&'c Hotfix>> {
        let found = self.stays.search(numbers, wanted, effort);
        match release {
            Release::MayChange if found.is_none() => self.wide().search(numbers, wanted, effort),
            Release::Stays | Release::MayChange => found,
        }
    }
}

/// The plan that remedies what can be remedied.
pub(super) fn remedy<'c, H: Host<'c>>(
    seats: &[Seat<H>],
    cells: &[CellGoal<'c>],
    release: Release,
    effort: &mut Effort,
) -> Course<'c, H> {
    if cells.is_empty() {
        return Course { optimal: !effort.short(), ..Course::none(seats) };
    }
    let stays = Space::of(seats, cells, Release::Stays);
    let mut spaces = Spaces { seats, cells, stays, may_change: None };
    let mut possible: Vec<usize> = (0..cells.len()).collect();
    if spaces.stays.goals(&possible).is_none() {
        possible.retain(|number| match release {
            Release::Stays => spaces.stays.goals(&[*number]).is_some(),
            Release::MayChange => spaces.wide().goals(&[*number]).is_some(),
        });
    }
    let least = |spaces: &mut Spaces<'_, 'c, H>, numbers: &[usize], effort: &mut Effort| {
        effort.within(NODES / 2, |part| spaces.search(numbers, Wanted::Least, release, part))
    };
    let mut kept = possible.clone();
    let mut course = Course::none(seats);
    match least(&mut spaces, &possible, effort) {
        Some(steps) => steps.into_iter().for_each(|hotfix| course.take(hotfix)),
        None => {
            let (some, witness) = those_that_go_together(&mut spaces, &possible, release, effort);
            kept = some;
            match least(&mut spaces, &kept, effort) {
                Some(steps) => steps.into_iter().for_each(|hotfix| course.take(hotfix)),
                None => course = witness,
            }
        }
    }
    for number in possible.into_iter().filter(|number| !kept.contains(number)) {
        let alone = effort.within(NODES_FOR_ONE, |part| spaces.search(&[number], Wanted::Any, release, part));
        if alone.is_some() {
            let against = stands_against(&mut spaces, number, release, &course);
            course.conflicts.extend(against);
        }
    }
    course.optimal = !effort.short();
    course
}

/// The goals in order, each kept that some plan meets together with those kept before it; and such a plan.
fn those_that_go_together<'c, H: Host<'c>>(
    spaces: &mut Spaces<'_, 'c, H>,
    possible: &[usize],
    release: Release,
    effort: &mut Effort,
) -> (Vec<usize>, Course<'c, H>) {
    let mut kept: Vec<usize> = Vec::new();
    let mut witness = Course::none(spaces.seats);
    for number in possible {
        kept.push(*number);
        if spaces.cells.get(*number).is_some_and(|goal| completes(&witness, goal)) {
            continue;
        }
        let found = effort.within(NODES_FOR_ONE, |part| spaces.search(&kept, Wanted::Any, release, part));
        match found {
            Some(steps) => {
                witness = Course::none(spaces.seats);
                steps.into_iter().for_each(|hotfix| witness.take(hotfix));
            }
            None => drop(kept.pop()),
        }
    }
    (kept, witness)
}

/// Whether a plan leaves a goal met.
fn completes<'c, H: Host<'c>>(course: &Course<'c, H>, goal: &CellGoal<'c>) -> bool {
    let Some(seat) = course.seats.get(goal.seat) else { return false };
    let provided = |id: &Id| seat.state.provided(id) == Truth::True;
    goal.cell.alternatives().iter().any(|set| set.iter().all(provided))
}

/// The pairs of a step and a candidate for a goal that was left, which stand against each other.
fn stands_against<'c, H: Host<'c>>(
    spaces: &mut Spaces<'_, 'c, H>,
    number: usize,
    release: Release,
    course: &Course<'c, H>,
) -> Vec<[&'c Id; 2]> {
    let Some(goal) = spaces.cells.get(number) else { return Vec::new() };
    let wanted: BTreeSet<&Id> = goal.cell.alternatives().iter().flatten().collect();
    let seats = spaces.seats;
    let space = if release == Release::Stays { &spaces.stays } else { spaces.wide() };
    let field = Field::of(seats, &space.available, &wanted, release);
    let mut out = Vec::new();
    for candidate in &field.candidates {
        for step in &course.steps {
            let catalogue = spaces.seats.first().map(|seat| seat.state.catalogue());
            let conflicts = catalogue.map(|catalogue| catalogue.conflicts(candidate.id.as_str()));
            if conflicts.is_some_and(|conflicts| conflicts.contains(&step.hotfix.id)) {
                let (left, right) = (&candidate.id, &step.hotfix.id);
                out.push(if left < right { [left, right] } else { [right, left] });
            }
        }
    }
    out
}

/// The shortest way to a release on every seat that is not on it; `None` where there is none.
pub(super) fn reach<'c, H: Host<'c>>(
    seats: &[Seat<H>],
    release: &Id,
    effort: &mut Effort,
) -> Option<Course<'c, H>> {
    let first = &seats.first()?.state;
    let product = first.catalogue().product();
    let release = product.release(release.as_str())?;
    if seats.iter().all(|seat| seat.state.release() == Some(&release.id)) {
        return Some(Course::none(seats));
    }
    let wanted: BTreeSet<&Id> = first.establishing().into_iter().map(|hotfix| &hotfix.id).collect();
    let field = Field::of(seats, &available(seats, Release::MayChange), &wanted, Release::MayChange);
    // Whoever is on it established it, or another that reports the same and that a marker turns into it.
    let leads_there = |hotfix: &Hotfix| {
        let established = hotfix.establishes.as_ref().and_then(|id| product.release(id.as_str()));
        established.is_some_and(|other| other.version == release.version)
    };
    let mut last = Bits::none(field.count());
    let leading = field.candidates.iter().enumerate().filter(|(_, hotfix)| leads_there(hotfix));
    leading.for_each(|(number, _)| last.insert(number));
    let aims =
        Aims { goals: vec![vec![vec![last]]], ends: Ends { cells: Vec::new(), release: Some(&release.id) } };
    let sequence = choose(&field, &aims, Wanted::Least, effort)?;
    let mut course = Course::none(seats);
    sequence.into_iter().filter_map(|number| field.hotfix(number)).for_each(|hotfix| course.take(hotfix));
    Some(course)
}
