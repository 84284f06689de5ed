//! The candidates of a search: the hotfixes that can be steps at all and can help, numbered by id, with what
//! each needs and what it brings.

use std::collections::{BTreeMap, BTreeSet};

use super::bits::Bits;
use super::goals::Release;
use super::{Seat, State};
use crate::assess::evaluate::{self, Truth, follows_the_plan};
use crate::assess::hotfix::shown;
use crate::assess::rollout::deferral;
use crate::model::words::{Action, GuidanceLevel};
use crate::model::{Condition, Hotfix, Id};

/// A goal: alternatives of sets, each met by any one of some candidates.
pub(super) type Ways = Vec<Vec<Bits>>;

/// The candidates of a search over some seats.
#[derive(Debug)]
pub(super) struct Field<'c> {
    pub(super) candidates: Vec<&'c Hotfix>,
    pub(super) grounds: Vec<Ground<'c>>,
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
}

/// A seat, with what its candidates need there.
#[derive(Debug)]
pub(super) struct Ground<'c> {
    pub(super) seat: Seat<'c>,
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

impl<'c> Field<'c> {
    /// The candidates for these wanted hotfixes: they, what rolls them up, and prerequisites and whatever
    /// else makes those applicable, transitively.
    pub(super) fn of(seats: &[Seat<'c>], wanted: &BTreeSet<&'c Id>, release: Release) -> Self {
        let available: Vec<Vec<&Hotfix>> = seats.iter().map(|seat| reachable(seat, release)).collect();
        let mut helpful: BTreeMap<&Id, &Hotfix> = BTreeMap::new();
        for (seat, hotfixes) in seats.iter().zip(&available) {
            helpful.extend(closure(seat, hotfixes, wanted).into_iter().map(|hotfix| (&hotfix.id, hotfix)));
        }
        Self::among(seats, &available, helpful.into_values().collect(), release)
    }

    /// These candidates and no others.
    pub(super) fn exactly(seats: &[Seat<'c>], candidates: Vec<&'c Hotfix>, release: Release) -> Self {
        let available: Vec<Vec<&Hotfix>> = seats.iter().map(|seat| reachable(seat, release)).collect();
        Self::among(seats, &available, candidates, release)
    }

    fn among(
        seats: &[Seat<'c>],
        available: &[Vec<&'c Hotfix>],
        candidates: Vec<&'c Hotfix>,
        release: Release,
    ) -> Self {
        let grounds =
            seats.iter().zip(available).map(|(seat, hotfixes)| Ground::of(seat, hotfixes, &candidates));
        let grounds: Vec<Ground<'_>> = grounds.collect();
        Self::with(candidates, grounds, release)
    }

    fn with(candidates: Vec<&'c Hotfix>, grounds: Vec<Ground<'c>>, release: Release) -> Self {
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
                for other in catalogue.rolls_up(hotfix.id.as_str()) {
                    let below = numbers.get(other).and_then(|other| superseders.get_mut(*other));
                    below.into_iter().for_each(|bits| bits.insert(number));
                }
                for other in catalogue.conflicts(hotfix.id.as_str()) {
                    let pair = numbers.get(other).zip(conflicts.get_mut(number));
                    pair.into_iter().for_each(|(other, bits)| bits.insert(*other));
                }
            }
        }
        let implied = (0..count).map(|number| implied(&grounds, number)).collect();
        Self { candidates, grounds, conflicts, superseders, implied, establishing, hard, soft, release }
    }

    /// How many candidates there are.
    pub(super) fn count(&self) -> usize {
        self.candidates.len()
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

    /// The hotfix of a number.
    pub(super) fn hotfix(&self, number: usize) -> Option<&'c Hotfix> {
        self.candidates.get(number).copied()
    }
}

impl<'c> Ground<'c> {
    fn of(seat: &Seat<'c>, available: &[&'c Hotfix], candidates: &[&'c Hotfix]) -> Self {
        let count = candidates.len();
        let here: BTreeSet<&Id> = available.iter().map(|hotfix| &hotfix.id).collect();
        let mut allowed = Bits::none(count);
        let mut establishing = Bits::none(count);
        let mut providers: BTreeMap<&Id, Bits> = BTreeMap::new();
        for (number, hotfix) in candidates.iter().enumerate().filter(|(_, hotfix)| here.contains(&hotfix.id))
        {
            allowed.insert(number);
            if hotfix.establishes.is_some() {
                establishing.insert(number);
            }
            for id in provided_by(&seat.state, hotfix) {
                providers.entry(id).or_insert_with(|| Bits::none(count)).insert(number);
            }
        }
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

/// What has to be chosen with a candidate, on every seat that can take it.
fn implied(grounds: &[Ground<'_>], number: usize) -> Vec<Bits> {
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

/// All that a candidate provides once it is a step.
fn provided_by<'c>(state: &State<'c>, hotfix: &'c Hotfix) -> impl Iterator<Item = &'c Id> {
    std::iter::once(&hotfix.id).chain(state.catalogue().rolls_up(hotfix.id.as_str()))
}

/// The prerequisites that are not provided at the start.
fn missing<'c>(seat: &Seat<'c>, hotfix: &'c Hotfix) -> impl Iterator<Item = &'c Id> {
    let required = hotfix.requires.iter().flatten();
    required.filter(|id| seat.state.provided(id) != Truth::True)
}

/// Whether release and condition are as the hotfix asks.
pub(super) fn applies_now(state: &State<'_>, hotfix: &Hotfix) -> bool {
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

/// Whether nothing that stays as it is throughout a plan keeps a hotfix from being a step of it.
fn potential(seat: &Seat<'_>, hotfix: &Hotfix) -> bool {
    let (state, catalogue) = (&seat.state, seat.state.catalogue());
    let condition = || match &hotfix.when {
        Some(when) if !follows_the_plan(when) => evaluate::evaluate(when, state).truth == Truth::True,
        Some(_) | None => true,
    };
    hotfix.withdrawn.is_none()
        && state.provided(&hotfix.id) == Truth::False
        && state.is_installed(&hotfix.id) == Truth::False
        && !catalogue.conflicts(hotfix.id.as_str()).iter().any(|other| state.has_by_name(other))
        && shown(hotfix, state).0 == Truth::True
        && condition()
}

/// The hotfixes that could be steps if nothing ever stood against anything: what each needs is provided by
/// others of them.
fn reachable<'c>(seat: &Seat<'c>, release: Release) -> Vec<&'c Hotfix> {
    let in_time = |hotfix: &Hotfix| deferral(hotfix, seat.state.catalogue(), &seat.question).is_none();
    reachable_where(seat, release, in_time)
}

/// The same with nothing kept back for a time.
pub(in crate::assess) fn reachable_in_time<'c>(seat: &Seat<'c>) -> Vec<&'c Hotfix> {
    reachable_where(seat, Release::MayChange, |_| true)
}

fn reachable_where<'c>(
    seat: &Seat<'c>,
    release: Release,
    included: impl Fn(&Hotfix) -> bool,
) -> Vec<&'c Hotfix> {
    let state = &seat.state;
    let Some(start) = state.release() else { return Vec::new() };
    let product = state.catalogue().product();
    let stays = |hotfix: &&Hotfix| match release {
        Release::MayChange => true,
        Release::Stays => hotfix.releases.contains(start) && !changes_release(state, hotfix),
    };
    let all = state.catalogue().hotfixes().values();
    let mut waiting: Vec<&Hotfix> =
        all.filter(stays).filter(|hotfix| potential(seat, hotfix) && included(hotfix)).collect();
    let mut releases: BTreeSet<&Id> = BTreeSet::from([start]);
    let mut provided: BTreeSet<&Id> = BTreeSet::new();
    let mut out = Vec::new();
    loop {
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|hotfix| {
            hotfix.releases.iter().any(|id| releases.contains(id))
                && missing(seat, hotfix).all(|id| provided.contains(id))
        });
        if ready.is_empty() {
            return out;
        }
        for hotfix in &ready {
            provided.extend(provided_by(state, hotfix));
            let established = hotfix.establishes.as_ref().and_then(|id| product.release(id.as_str()));
            // A marker may make another release of the same reports out of the one that is established.
            let like = product
                .releases
                .iter()
                .filter(|other| established.is_some_and(|release| other.version == release.version));
            releases.extend(like.map(|release| &release.id));
        }
        out.extend(ready);
        waiting = rest;
    }
}

fn changes_release<'c>(state: &State<'c>, hotfix: &'c Hotfix) -> bool {
    if hotfix.establishes.is_none() {
        return false;
    }
    let mut after = state.clone();
    after.install(hotfix);
    after.release() != state.release()
}

/// Those of the available hotfixes that provide what is wanted, or help one that does.
fn closure<'c>(seat: &Seat<'c>, available: &[&'c Hotfix], wanted: &BTreeSet<&'c Id>) -> Vec<&'c Hotfix> {
    let mut providers: BTreeMap<&Id, Vec<&Hotfix>> = BTreeMap::new();
    for hotfix in available {
        for id in provided_by(&seat.state, hotfix) {
            providers.entry(id).or_default().push(hotfix);
        }
    }
    let mut open: Vec<&Id> = wanted.iter().copied().collect();
    let mut seen: BTreeSet<&Id> = wanted.clone();
    let mut out: BTreeMap<&Id, &Hotfix> = BTreeMap::new();
    let mut follow = |id: &'c Id, open: &mut Vec<&'c Id>| {
        if seen.insert(id) {
            open.push(id);
        }
    };
    while let Some(id) = open.pop() {
        for hotfix in providers.get(id).into_iter().flatten() {
            if out.insert(&hotfix.id, hotfix).is_some() {
                continue;
            }
            missing(seat, hotfix).for_each(|id| follow(id, &mut open));
            if !applies_now(&seat.state, hotfix) || hotfix.when.as_ref().is_some_and(follows_the_plan) {
                asked_hotfixes(hotfix).into_iter().for_each(|id| follow(id, &mut open));
                let establishing = available.iter().filter(|other| other.establishes.is_some());
                establishing.for_each(|other| follow(&other.id, &mut open));
            }
        }
    }
    out.into_values().collect()
}
