//! Puts a set of candidates in order: valid from step to step, with the fewest restarts, then the smallest
//! sequence of ids.

use std::collections::BTreeSet;

use super::Effort;
use super::field::{Field, Ground, Ways, applies_now};
use super::goals::Release;
use crate::assess::bits::Bits;
use crate::assess::evaluate::{Truth, follows_the_plan, foresee};
use crate::assess::host::Host;
use crate::model::{Hotfix, Id};

/// A set in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ordered {
    pub(super) restarts: usize,
    pub(super) sequence: Vec<usize>,
}

/// What has to hold once all steps are taken.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends<'c> {
    /// By seat: ways of which one has to be complete there.
    pub(super) cells: Vec<(usize, Ways)>,
    /// The release that every seat has to be on.
    pub(super) release: Option<&'c Id>,
}

/// Orders all of a set; `None` where no order is valid and leads where it has to.
///
/// A mandatory restart follows its step. The other restarts come at the end, together with that of the last
/// step where that is mandatory: so one restart is saved where such a step can be the last.
pub(super) fn order<'c, H: Host<'c>>(
    field: &Field<'c, H>,
    set: &Bits,
    ends: &Ends<'c>,
    effort: &mut Effort,
) -> Option<Ordered> {
    let least = smallest(field, set, None, ends, effort)?;
    let (mut hard, later) = (set.clone(), set.meets(&field.soft));
    hard.keep(&field.hard);
    let restarts = hard.len();
    if !later || least.last().is_some_and(|last| hard.contains(*last)) {
        return Some(Ordered { restarts, sequence: least });
    }
    let with_last = hard.iter().filter_map(|last| smallest(field, set, Some(last), ends, effort)).min();
    Some(match with_last {
        Some(sequence) => Ordered { restarts, sequence },
        None => Ordered { restarts: restarts + 1, sequence: least },
    })
}

/// The order of all candidates; where not all go together, of those that go with the ones before them.
pub(super) fn of_as_many_as_go_together<'c, H: Host<'c>>(
    field: &Field<'c, H>,
    effort: &mut Effort,
) -> Vec<usize> {
    let mut all = Bits::none(field.count());
    (0..field.count()).for_each(|number| all.insert(number));
    if let Some(ordered) = order(field, &all, &Ends::default(), effort) {
        return ordered.sequence;
    }
    let mut kept = Bits::none(field.count());
    for number in 0..field.count() {
        let mut more = kept.clone();
        more.insert(number);
        if smallest(field, &more, None, &Ends::default(), effort).is_some() {
            kept = more;
        }
    }
    order(field, &kept, &Ends::default(), effort).map(|ordered| ordered.sequence).unwrap_or_default()
}

/// The smallest valid sequence, with the step that has to be last, if any.
fn smallest<'c, H: Host<'c>>(
    field: &Field<'c, H>,
    set: &Bits,
    last: Option<usize>,
    ends: &Ends<'c>,
    effort: &mut Effort,
) -> Option<Vec<usize>> {
    let points = field.grounds.iter().map(|ground| Point {
        took: Bits::none(field.count()),
        steps: Vec::new(),
        release: ground.seat.state.release(),
    });
    let points: Vec<Point<'_>> = points.collect();
    let mut walk = Walk { field, last, ends, failed: BTreeSet::new(), effort };
    let mut sequence = Vec::new();
    walk.go(&points, set, &mut sequence).then_some(sequence)
}

/// A seat along the way.
#[derive(Debug, Clone)]
struct Point<'c> {
    took: Bits,
    steps: Vec<usize>,
    release: Option<&'c Id>,
}

/// What a seat does at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stance {
    /// It takes the step.
    Takes,
    /// A prerequisite is among the steps still to come.
    Waits,
    /// It does not take the step now.
    Passes,
}

struct Walk<'w, 'c, H> {
    field: &'w Field<'c, H>,
    last: Option<usize>,
    ends: &'w Ends<'c>,
    /// What is left, and what every seat took, from where no way leads on.
    failed: BTreeSet<(Bits, Vec<Vec<usize>>)>,
    effort: &'w mut Effort,
}

impl<'c, H: Host<'c>> Walk<'_, 'c, H> {
    fn go(&mut self, points: &[Point<'c>], left: &Bits, sequence: &mut Vec<usize>) -> bool {
        if left.is_empty() {
            return self.arrived(points);
        }
        if !self.effort.spend() || left.iter().any(|number| self.hopeless(number, points, left)) {
            return false;
        }
        let key = self.key(points, left);
        if self.failed.contains(&key) {
            return false;
        }
        let only = left.len() == 1;
        for number in left.iter() {
            if self.last == Some(number) && !only {
                continue;
            }
            let Some(next) = self.step(number, points, left) else { continue };
            let mut rest = left.clone();
            rest.remove(number);
            sequence.push(number);
            if self.go(&next, &rest, sequence) {
                return true;
            }
            sequence.pop();
        }
        self.failed.insert(key);
        false
    }

    /// What decides how things go on. In what order steps were taken matters only where they establish a
    /// release.
    fn key(&self, points: &[Point<'c>], left: &Bits) -> (Bits, Vec<Vec<usize>>) {
        let taken = |point: &Point<'c>| {
            let establishing = |number: &usize| self.field.establishing.contains(*number);
            let (ordered, mut others): (Vec<usize>, Vec<usize>) =
                point.steps.iter().copied().partition(establishing);
            others.sort_unstable();
            others.extend(ordered);
            others
        };
        (left.clone(), points.iter().map(taken).collect())
    }

    /// The seats after a step, if it is valid: some seat takes it, and none waits.
    fn step(&self, number: usize, points: &[Point<'c>], left: &Bits) -> Option<Vec<Point<'c>>> {
        let grounds = || self.field.grounds.iter().zip(points);
        let stances: Vec<Stance> =
            grounds().map(|(ground, point)| self.stance(number, ground, point, left)).collect();
        if stances.contains(&Stance::Waits) || !stances.contains(&Stance::Takes) {
            return None;
        }
        let mut next = Vec::with_capacity(points.len());
        for ((ground, point), stance) in grounds().zip(stances) {
            let mut point = point.clone();
            if stance == Stance::Takes {
                point.took.insert(number);
                point.steps.push(number);
                if self.field.establishing.contains(number) {
                    let release = self.state(ground, &point).release();
                    if self.field.release == Release::Stays && release != point.release {
                        return None;
                    }
                    point.release = release;
                }
            }
            next.push(point);
        }
        Some(next)
    }

    fn stance(&self, number: usize, ground: &Ground<'c, H>, point: &Point<'c>, left: &Bits) -> Stance {
        if !ground.allowed.contains(number)
            || self.never(number, point)
            || !self.applies(number, ground, point)
        {
            return Stance::Passes;
        }
        let unmet = ground.requires.get(number).into_iter().flatten().filter(|set| !set.meets(&point.took));
        let mut stance = Stance::Takes;
        for set in unmet {
            stance = match stance {
                Stance::Takes | Stance::Waits if set.meets(left) => Stance::Waits,
                _ => return Stance::Passes,
            };
        }
        stance
    }

    /// Whether a seat can never take a step any more: it has it, or what rolls it up or conflicts with it.
    fn never(&self, number: usize, point: &Point<'c>) -> bool {
        let meets = |sets: &[Bits]| sets.get(number).is_some_and(|set| set.meets(&point.took));
        point.took.contains(number) || meets(&self.field.superseders) || meets(&self.field.conflicts)
    }

    /// Whether release and condition are as the step asks, on the seat as the steps before leave it.
    fn applies(&self, number: usize, ground: &Ground<'c, H>, point: &Point<'c>) -> bool {
        let Some(hotfix) = self.field.hotfix(number) else { return false };
        match &hotfix.when {
            Some(when) if follows_the_plan(when) => applies_now(&self.state(ground, point), hotfix),
            Some(_) | None => point.release.is_some_and(|release| hotfix.releases.contains(release)),
        }
    }

    /// The seat as the steps before leave it.
    fn state(&self, ground: &Ground<'c, H>, point: &Point<'c>) -> H {
        let mut state = ground.seat.state.clone();
        point
            .steps
            .iter()
            .filter_map(|number| self.field.hotfix(*number))
            .for_each(|step| state.install(step));
        state
    }

    /// Whether no seat can take a step that is left, whatever comes before it.
    fn hopeless(&self, number: usize, points: &[Point<'c>], left: &Bits) -> bool {
        let Some(hotfix) = self.field.hotfix(number) else { return true };
        let mut before = left.clone();
        before.remove(number);
        self.last.filter(|last| *last != number).into_iter().for_each(|last| before.remove(last));
        let may_move = before.meets(&self.field.establishing);
        !self.field.grounds.iter().zip(points).any(|(ground, point)| {
            let here = || point.release.is_some_and(|release| hotfix.releases.contains(release));
            let met = |set: &Bits| set.meets(&point.took) || set.meets(&before);
            ground.allowed.contains(number)
                && !self.never(number, point)
                && (may_move || here())
                && ground.requires.get(number).into_iter().flatten().all(met)
                && self.may_hold(hotfix, ground, point, &before, may_move)
        })
    }

    /// Whether the condition of a step may come to hold, or hold still, once some of these are taken.
    fn may_hold(
        &self,
        hotfix: &Hotfix,
        ground: &Ground<'c, H>,
        point: &Point<'c>,
        before: &Bits,
        may_move: bool,
    ) -> bool {
        let Some(when) = hotfix.when.as_ref().filter(|when| follows_the_plan(when)) else { return true };
        let coming = |id: &Id| ground.providers.get(id).is_some_and(|providers| providers.meets(before));
        foresee(when, &self.state(ground, point), &coming, may_move) != Truth::False
    }

    /// Whether the end is one that is wanted.
    fn arrived(&self, points: &[Point<'c>]) -> bool {
        let complete = |(seat, ways): &(usize, Ways)| {
            let took = points.get(*seat).map(|point| &point.took);
            took.is_some_and(|took| ways.iter().any(|way| way.iter().all(|set| set.meets(took))))
        };
        self.ends.cells.iter().all(complete)
            && self
                .ends
                .release
                .is_none_or(|release| points.iter().all(|point| point.release == Some(release)))
    }
}
