//! What each step of a plan is for: what it remedies, and which later steps could not be taken without it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::evaluate::Truth;
use super::host::Host;
use super::question::Question;
use super::state::State;
use crate::model::advisory::Cell;
use crate::model::{Catalogue, Hotfix, Id, Inventory};

/// What a step is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Purpose {
    /// The advisories that it remedies, alone or with other steps, by id.
    pub remedies: Vec<Id>,
    /// The later steps that could not be taken without it, in order.
    pub needed_by: Vec<Id>,
    /// The release that it turns the host into.
    pub leads_to: Option<Id>,
}

impl Purpose {
    /// Adds what the step is for on another host.
    pub fn join(&mut self, other: Self) {
        let ids = self.remedies.drain(..).chain(other.remedies);
        let ids: BTreeSet<Id> = ids.collect();
        self.remedies = ids.into_iter().collect();
        for id in other.needed_by {
            if !self.needed_by.contains(&id) {
                self.needed_by.push(id);
            }
        }
        self.leads_to = self.leads_to.take().or(other.leads_to);
    }
}

/// What each of these steps is for, on a host that takes them in this order. One that the catalogue does not
/// have is for nothing.
#[must_use]
pub fn purposes(
    catalogue: &Catalogue,
    inventory: &Inventory,
    question: &Question,
    steps: &[Id],
) -> Vec<Purpose> {
    let hotfixes: Vec<Option<&Hotfix>> = steps.iter().map(|id| catalogue.hotfixes().get(id)).collect();
    let start = State::of(catalogue, inventory).restarted();
    let mut states = vec![start.clone()];
    for hotfix in hotfixes.iter().copied() {
        let mut state = states.last().cloned().unwrap_or_else(|| start.clone());
        hotfix.into_iter().for_each(|hotfix| state.install(hotfix));
        states.push(state);
    }
    let last = states.last().unwrap_or(&start);
    let purpose = |(number, hotfix): (usize, &Option<&Hotfix>)| {
        let (Some(hotfix), Some(before), Some(after)) = (*hotfix, states.get(number), states.get(number + 1))
        else {
            return Purpose::default();
        };
        Purpose {
            remedies: remedies(hotfix, [&start, before], last, question),
            needed_by: needed_by(number, &hotfixes, &start, question),
            leads_to: after.release().filter(|release| before.release() != Some(release)).cloned(),
        }
    };
    hotfixes.iter().enumerate().map(purpose).collect()
}

/// The advisories that a step helps: one of their cells exposes the host, at the start or when the step
/// comes, and an alternative that is complete in the end has a member which the step brings.
fn remedies<'c>(hotfix: &'c Hotfix, at: [&State<'c>; 2], last: &State<'c>, question: &Question) -> Vec<Id> {
    let [start, before] = at;
    let rolled_up = before.catalogue().rolls_up(hotfix.id.as_str());
    let brings = |id: &Id| (*id == hotfix.id || rolled_up.contains(id)) && before.provided(id) != Truth::True;
    let complete = |set: &&Vec<Id>| set.iter().all(|id| last.provided(id) == Truth::True);
    let helps = |cell: &Cell| cell.alternatives().iter().filter(complete).flatten().any(brings);
    let exposing = start.exposing(question).into_iter().chain(before.exposing(question));
    let helped: BTreeSet<&Id> =
        exposing.filter(|(_, _, cell)| helps(cell)).map(|(advisory, ..)| &advisory.id).collect();
    helped.into_iter().cloned().collect()
}

/// The later steps that would not be applicable on the host with every step before them but this one.
fn needed_by<'c>(
    number: usize,
    steps: &[Option<&'c Hotfix>],
    start: &State<'c>,
    question: &Question,
) -> Vec<Id> {
    let mut without = start.clone();
    let mut needing = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let Some(step) = step.filter(|_| at != number) else { continue };
        if at > number && !without.takes(step, question) {
            needing.push(step.id.clone());
        }
        without.install(step);
    }
    needing
}
