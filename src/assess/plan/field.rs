//! The candidates of a search: the hotfixes that can be steps at all and can help, numbered by id, with what
//! each needs and what it brings.

use std::collections::{BTreeMap, BTreeSet};

use super::Seat;
use super::goals::Release;
use super::reach::{Reach, reachable};
use crate::assess::bits::Bits;
use crate::assess::evaluate::{self, Truth, follows_the_plan};
use crate::assess::host::Host;
use crate::model::words::{Action, GuidanceLevel};
use crate::model::{Condition, Hotfix, Id, Reached};

/// A goal: alternatives of sets, each met by any one of some candidates.
pub(super) type Ways = Vec<Vec<Bits>>;

/// The most candidates that one search looks at. A real release has a hundred; with more the plan is not said to be
/// the best.
const MAX_CANDIDATES: usize = 500;

/// The candidates of a search over some seats.
#[derive(Debug)]
pub(super) struct Field<'c, H> {
    pub(super) candidates: Vec<&'c Hotfix>,
    pub(super) grounds: Vec<Ground<'c, H>>,
    /// By candidate: the candidates that it conflicts with.
    pub(super) conflicts: Vec<Bits>,
    /// By candidate: the candidates that roll it up.
    pub(super) superseders: Vec<Bits>,
    /// By candidate: sets of which one candidate each has to be chosen with it, on whatever seat.
    pub(super) implied: Vec<Vec<Bits>>,
    /// The candidates that establish a release.
    pub(super) establishing: Bits,
    /// The candidates after which a restart of the host is mandatory.
    pub(super) hard: Bits,
    /// The candidates that ask for a restart of the host at the end, stated or assumed.
    pub(super) soft: Bits,
    pub(super) release: Release,
    /// Whether there were more candidates than are looked at.
    pub(super) cut: bool,
}

/// A seat, with what its candidates need there.
#[derive(Debug)]
pub(super) struct Ground<'c, H> {
    pub(super) seat: Seat<H>,
    /// The candidates that can ever be steps here.
    pub(super) allowed: Bits,
    /// By candidate: the candidates that provide each of its missing prerequisites.
    pub(super) requires: Vec<Vec<Bits>>,
    /// By candidate: what could make it applicable, where its release or condition is not so at the start.
    pub(super) enablers: Vec<Option<Bits>>,
    /// By candidate: the candidates that provide what its condition asks for.
    pub(super) asked: Vec<Bits>,
    /// By id: the candidates that provide it here.
    pub(super) providers: BTreeMap<&'c Id, Bits>,
}

impl<'c, H: Host<'c>> Field<'c, H> {
    /// The candidates for these wanted hotfixes: they, what rolls them up, and prerequisites and whatever
    /// else makes those applicable, transitively.
    pub(super) fn of(
        seats: &[Seat<H>],
        available: &[Reach<'c>],
        wanted: &BTreeSet<&'c Id>,
        release: Release,
    ) -> Self {
        let mut helpful: BTreeMap<&Id, &Hotfix> = BTreeMap::new();
        for (seat, here) in seats.iter().zip(available) {
            helpful
                .extend(closure(seat, &here.hotfixes, wanted).into_iter().map(|hotfix| (&hotfix.id, hotfix)));
        }
        Self::among(seats, (available, wanted), helpful.into_values().collect(), release)
    }

    /// These candidates and no others.
    pub(super) fn exactly(seats: &[Seat<H>], candidates: Vec<&'c Hotfix>, release: Release) -> Self {
        let available = available(seats, release);
        Self::among(seats, (&available, &BTreeSet::new()), candidates, release)
    }

    fn among(
        seats: &[Seat<H>],
        (available, wanted): (&[Reach<'c>], &BTreeSet<&'c Id>),
        mut candidates: Vec<&'c Hotfix>,
        release: Release,
    ) -> Self {
        let cut = candidates.len() > MAX_CANDIDATES;
        candidates.truncate(MAX_CANDIDATES);
        let ground =
            |(seat, here): (&Seat<H>, &Reach<'c>)| Ground::of(seat, &here.hotfixes, &candidates, wanted);
        let grounds: Vec<Ground<'_, H>> = seats.iter().zip(available).map(ground).collect();
        Self { cut, ..Self::with(candidates, grounds, release) }
    }

    fn with(candidates: Vec<&'c Hotfix>, grounds: Vec<Ground<'c, H>>, release: Release) -> Self {
        let count = candidates.len();
        let numbers: BTreeMap<&Id, usize> =
            candidates.iter().enumerate().map(|(number, hotfix)| (&hotfix.id, number)).collect();
        let subset = |test: &dyn Fn(&Hotfix) -> bool| {
            let mut bits = Bits::none(count);
            let matching = candidates.iter().enumerate().filter(|(_, hotfix)| test(hotfix));
            matching.for_each(|(number, _)| bits.insert(number));
            bits
        };
        let (establishing, hard, soft) = (
            subset(&|hotfix| hotfix.establishes.is_some()),
            subset(&restarts_at_once),
            subset(&restarts_later),
        );
        let mut superseders = vec![Bits::none(count); count];
        let mut conflicts = vec![Bits::none(count); count];
        if let Some(catalogue) = grounds.first().map(|ground| ground.seat.state.catalogue()) {
            for (number, hotfix) in candidates.iter().enumerate() {
                each_of_both(catalogue.rolls_up(hotfix.id.as_str()), &numbers, |other| {
                    superseders.get_mut(other).into_iter().for_each(|bits| bits.insert(number));
                });
                for other in catalogue.conflicts(hotfix.id.as_str()) {
                    let pair = numbers.get(other).zip(conflicts.get_mut(number));
                    pair.into_iter().for_each(|(other, bits)| bits.insert(*other));
                }
            }
        }
        let implied = (0..count).map(|number| implied(&grounds, number)).collect();
        let cut = false;
        Self { candidates, grounds, conflicts, superseders, implied, establishing, hard, soft, release, cut }
    }

    /// The ways to complete one of these alternatives on a seat. One that no candidate can complete is left
    /// out; a goal without ways cannot be met.
    pub(super) fn ways(&self, seat: usize, alternatives: &[Vec<Id>]) -> Ways {
        let Some(ground) = self.grounds.get(seat) else { return Vec::new() };
        let way = |set: &Vec<Id>| {
            let missing = set.iter().filter(|id| ground.seat.state.provided(id) != Truth::True);
            missing.map(|id| ground.providers.get(id).cloned()).collect::<Option<Vec<Bits>>>()
        };
        alternatives.iter().filter_map(way).collect()
    }
}

impl<'c, H> Field<'c, H> {
    /// How many candidates there are.
    pub(super) fn count(&self) -> usize {
        self.candidates.len()
    }

    /// The hotfix of a number.
    pub(super) fn hotfix(&self, number: usize) -> Option<&'c Hotfix> {
        self.candidates.get(number).copied()
    }
}

impl<'c, H: Host<'c>> Ground<'c, H> {
    fn of(
        seat: &Seat<H>,
        available: &[&'c Hotfix],
        candidates: &[&'c Hotfix],
        wanted: &BTreeSet<&'c Id>,
    ) -> Self {
        let count = candidates.len();
        let asked_for = candidates.iter().flat_map(|hotfix| asked_hotfixes(hotfix));
        let needed = candidates.iter().flat_map(|hotfix| missing(seat, hotfix));
        let ids = wanted.iter().copied().chain(asked_for).chain(needed);
        let relevant: BTreeSet<&Id> = ids.collect();
        let numbers: BTreeMap<&Id, usize> = relevant.iter().copied().zip(0..).collect();
        let mut provided_by = vec![Bits::none(count); relevant.len()];
        let mut provides = |place: usize, number: usize| {
            provided_by.get_mut(place).into_iter().for_each(|bits| bits.insert(number));
        };
        let here: BTreeSet<&Id> = available.iter().map(|hotfix| &hotfix.id).collect();
        let mut allowed = Bits::none(count);
        let mut establishing = Bits::none(count);
        for (number, hotfix) in candidates.iter().enumerate().filter(|(_, hotfix)| here.contains(&hotfix.id))
        {
            allowed.insert(number);
            if hotfix.establishes.is_some() {
                establishing.insert(number);
            }
            numbers.get(&hotfix.id).into_iter().for_each(|place| provides(*place, number));
            let rolled_up = seat.state.catalogue().rolls_up(hotfix.id.as_str());
            each_of_both(rolled_up, &numbers, |place| provides(place, number));
        }
        let mut providers: BTreeMap<&Id, Bits> = relevant.into_iter().zip(provided_by).collect();
        providers.retain(|_, bits| !bits.is_empty());
        let none = Bits::none(count);
        let of = |id: &Id| providers.get(id).cloned().unwrap_or_else(|| none.clone());
        let requires = candidates.iter().map(|hotfix| missing(seat, hotfix).map(of).collect()).collect();
        let asked: Vec<Bits> = candidates
            .iter()
            .map(|hotfix| {
                let mut bits = none.clone();
                asked_hotfixes(hotfix).into_iter().for_each(|id| bits.add(&of(id)));
                bits
            })
            .collect();
        let enablers = candidates.iter().zip(&asked).map(|(hotfix, asked)| {
            (!applies_now(&seat.state, hotfix)).then(|| {
                let mut bits = establishing.clone();
                bits.add(asked);
                bits
            })
        });
        let enablers = enablers.collect();
        Self { seat: seat.clone(), allowed, requires, enablers, asked, providers }
    }
}

/// The hotfixes that can be steps on each seat.
pub(super) fn available<'c, H: Host<'c>>(seats: &[Seat<H>], release: Release) -> Vec<Reach<'c>> {
    seats.iter().map(|seat| reachable(seat, release)).collect()
}

/// Calls `each` with what is of both, by looking through the fewer.
fn each_of_both(rolled_up: Reached<'_>, numbers: &BTreeMap<&Id, usize>, mut each: impl FnMut(usize)) {
    if rolled_up.len() < numbers.len() {
        rolled_up.iter().filter_map(|id| numbers.get(id)).for_each(|number| each(*number));
    } else {
        numbers.iter().filter(|(id, _)| rolled_up.contains(*id)).for_each(|(_, number)| each(*number));
    }
}

/// What has to be chosen with a candidate, on every seat that can take it.
fn implied<H>(grounds: &[Ground<'_, H>], number: usize) -> Vec<Bits> {
    let mut out: Vec<Bits> = Vec::new();
    for ground in grounds.iter().filter(|ground| ground.allowed.contains(number)) {
        let enablers = ground.enablers.get(number).into_iter().flatten();
        for bits in ground.requires.get(number).into_iter().flatten().chain(enablers) {
            if !out.contains(bits) {
                out.push(bits.clone());
            }
        }
    }
    out
}

/// Whether a mandatory restart of the host follows a step. A word that is not known counts as one.
fn restarts_at_once(hotfix: &Hotfix) -> bool {
    hotfix.guidance.iter().flatten().any(|one| reboots(&one.action) && mandatory(&one.level))
}

/// Whether a restart of the host is asked for at the end of the plan; guidance that is not known asks for it.
fn restarts_later(hotfix: &Hotfix) -> bool {
    match &hotfix.guidance {
        None => true,
        Some(guidance) => guidance.iter().any(|one| reboots(&one.action) && !mandatory(&one.level)),
    }
}

/// Whether an action restarts the host. One that is not known counts as that.
pub(super) fn reboots(action: &Action) -> bool {
    matches!(action, Action::RebootHost | Action::Other(_))
}

/// Whether a level is mandatory. One that is not known counts as that: it is the safe reading.
pub(super) fn mandatory(level: &GuidanceLevel) -> bool {
    matches!(level, GuidanceLevel::Mandatory | GuidanceLevel::Other(_))
}

/// The prerequisites that are not provided at the start.
pub(super) fn missing<'c, H: Host<'c>>(seat: &Seat<H>, hotfix: &'c Hotfix) -> impl Iterator<Item = &'c Id> {
    let required = hotfix.requires.iter().flatten();
    required.filter(|id| seat.state.provided(id) != Truth::True)
}

/// Whether release and condition are as the hotfix asks.
pub(super) fn applies_now<'c>(state: &impl Host<'c>, hotfix: &Hotfix) -> bool {
    let when =
        || hotfix.when.as_ref().is_none_or(|when| evaluate::evaluate(when, state).truth == Truth::True);
    state.release().is_some_and(|release| hotfix.releases.contains(release)) && when()
}

/// The hotfixes that a condition asks for.
fn asked_hotfixes(hotfix: &Hotfix) -> Vec<&Id> {
    let mut out = Vec::new();
    if let Some(when) = &hotfix.when {
        collect_hotfixes(when, &mut out);
    }
    out
}

fn collect_hotfixes<'c>(condition: &'c Condition, out: &mut Vec<&'c Id>) {
    match condition {
        Condition::All(inner) | Condition::Any(inner) => {
            inner.iter().for_each(|part| collect_hotfixes(part, out));
        }
        Condition::Not(inner) => collect_hotfixes(inner, out),
        Condition::Hotfix(id) => out.push(id),
        Condition::Feature(_)
        | Condition::Release(_)
        | Condition::Fact(..)
        | Condition::Package(..)
        | Condition::Unknown(_) => {}
    }
}

/// Those of the available hotfixes that provide what is wanted, or help one that does.
fn closure<'c, H: Host<'c>>(
    seat: &Seat<H>,
    available: &[&'c Hotfix],
    wanted: &BTreeSet<&'c Id>,
) -> Vec<&'c Hotfix> {
    let here: BTreeMap<&Id, &Hotfix> = available.iter().map(|hotfix| (&hotfix.id, *hotfix)).collect();
    let mut leading: Vec<&Hotfix> =
        available.iter().copied().filter(|hotfix| hotfix.establishes.is_some()).collect();
    let mut open: Vec<&Id> = wanted.iter().copied().collect();
    let mut seen: BTreeSet<&Id> = wanted.clone();
    let mut out: BTreeMap<&Id, &Hotfix> = BTreeMap::new();
    let mut follow = |id: &'c Id, open: &mut Vec<&'c Id>| {
        if seen.insert(id) {
            open.push(id);
        }
    };
    while let Some(id) = open.pop() {
        for hotfix in seat.state.providing(id).into_iter().filter_map(|id| here.get(id).copied()) {
            if out.len() > MAX_CANDIDATES || out.insert(&hotfix.id, hotfix).is_some() {
                continue;
            }
            missing(seat, hotfix).for_each(|id| follow(id, &mut open));
            if !applies_now(&seat.state, hotfix) || hotfix.when.as_ref().is_some_and(follows_the_plan) {
                asked_hotfixes(hotfix).into_iter().for_each(|id| follow(id, &mut open));
                leading.drain(..).for_each(|other| follow(&other.id, &mut open));
            }
        }
    }
    out.into_values().collect()
}
