//! The hotfixes that can be reached at all: those that could be steps if nothing stood against anything.

use std::collections::{BTreeMap, BTreeSet};

use super::Seat;
use super::field::missing;
use super::goals::Release;
use crate::assess::evaluate::{self, Truth, follows_the_plan};
use crate::assess::host::Host;
use crate::assess::hotfix::shown;
use crate::assess::rollout::deferral;
use crate::model::{Hotfix, Id, product};

/// Whether nothing that stays as it is throughout a plan keeps a hotfix from being a step of it.
fn potential<'c, H: Host<'c>>(seat: &Seat<H>, hotfix: &Hotfix) -> bool {
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
pub(super) fn reachable<'c, H: Host<'c>>(seat: &Seat<H>, release: Release) -> Reach<'c> {
    let in_time = |hotfix: &Hotfix| deferral(hotfix, seat.state.catalogue(), &seat.question).is_none();
    reachable_where(seat, release, in_time)
}

/// The same with nothing kept back for a time.
pub(in crate::assess) fn reachable_in_time<'c, H: Host<'c>>(seat: &Seat<H>) -> Vec<&'c Hotfix> {
    reachable_where(seat, Release::MayChange, |_| true).hotfixes
}

fn reachable_where<'c, H: Host<'c>>(
    seat: &Seat<H>,
    release: Release,
    included: impl Fn(&Hotfix) -> bool,
) -> Reach<'c> {
    let state = &seat.state;
    let mut reach = Reach::default();
    let Some(start) = state.release() else { return reach };
    let stays = |hotfix: &'c Hotfix| release == Release::MayChange || !changes_release(state, hotfix);
    let mut releases: BTreeSet<&Id> = BTreeSet::from([start]);
    let mut entered = vec![start];
    while let Some(release) = entered.pop() {
        for hotfix in state.installing_on(release) {
            if reach.seen.insert(&hotfix.id) && stays(hotfix) && potential(seat, hotfix) && included(hotfix) {
                reach.add(seat, hotfix);
            }
        }
        while let Some(hotfix) = reach.ready.pop() {
            reach.take(seat, hotfix);
            let like = alike(state, hotfix).map(|release| &release.id);
            entered.extend(like.filter(|release| releases.insert(release)));
        }
    }
    reach.hotfixes.sort_unstable_by_key(|hotfix| &hotfix.id);
    reach
}

/// What can be reached, prerequisite by prerequisite.
#[derive(Debug, Default)]
pub(super) struct Reach<'c> {
    /// Those that can be reached, by id.
    pub(super) hotfixes: Vec<&'c Hotfix>,
    /// They, and all that they roll up.
    pub(super) provided: BTreeSet<&'c Id>,
    seen: BTreeSet<&'c Id>,
    /// By prerequisite that nothing provides yet: who waits for it.
    waiting: BTreeMap<&'c Id, Vec<&'c Hotfix>>,
    /// How many prerequisites each one waits for.
    left: BTreeMap<&'c Id, usize>,
    ready: Vec<&'c Hotfix>,
}

impl<'c> Reach<'c> {
    fn add<H: Host<'c>>(&mut self, seat: &Seat<H>, hotfix: &'c Hotfix) {
        let unmet: Vec<&Id> = missing(seat, hotfix).filter(|id| !self.provided.contains(id)).collect();
        if unmet.is_empty() {
            self.ready.push(hotfix);
            return;
        }
        self.left.insert(&hotfix.id, unmet.len());
        unmet.into_iter().for_each(|id| self.waiting.entry(id).or_default().push(hotfix));
    }

    fn take<H: Host<'c>>(&mut self, seat: &Seat<H>, hotfix: &'c Hotfix) {
        self.hotfixes.push(hotfix);
        let hotfixes = seat.state.catalogue().hotfixes();
        let mut open = vec![&hotfix.id];
        while let Some(id) = open.pop() {
            // Nothing is provided without what it rolls up.
            if !self.provided.insert(id) {
                continue;
            }
            let below = hotfixes.get(id).and_then(|hotfix| hotfix.supersedes.as_ref());
            open.extend(below.into_iter().flatten());
            for waiting in self.waiting.remove(id).into_iter().flatten() {
                let Some(left) = self.left.get_mut(&waiting.id) else { continue };
                *left -= 1;
                if *left == 0 {
                    self.ready.push(waiting);
                }
            }
        }
    }
}

/// The release that a step establishes, and those that a marker may make out of it: of the same reports.
fn alike<'c>(state: &impl Host<'c>, hotfix: &Hotfix) -> impl Iterator<Item = &'c product::Release> {
    let established = hotfix.establishes.as_ref().and_then(|id| state.release_of(id));
    established.into_iter().flat_map(|established| state.reporting(&established.version))
}

fn changes_release<'c>(state: &impl Host<'c>, hotfix: &'c Hotfix) -> bool {
    if hotfix.establishes.is_none() {
        return false;
    }
    let mut after = state.clone();
    after.install(hotfix);
    after.release() != state.release()
}
