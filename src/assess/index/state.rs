//! The indexed form of a host at one point of a plan.

use std::collections::BTreeSet;

use super::compiled::{Compiled, Here};
use super::program::{Reported, Value};
use super::release;
use super::set::Set;
use crate::assess::evaluate::of_type;
use crate::assess::release::Found;
use crate::model::inventory::FactValue;
use crate::model::{Catalogue, Hotfix, Id, Inventory};

/// A host at one point of a plan, its hotfixes as sets of numbers.
#[derive(Debug, Clone)]
pub(super) struct State<'c> {
    pub(super) compiled: &'c Compiled,
    pub(super) catalogue: &'c Catalogue,
    pub(super) inventory: &'c Inventory,
    pub(super) version: Option<&'c str>,
    pub(super) build: Option<&'c str>,
    pub(super) complete: bool,
    /// What is known to be installed and is in the catalogue.
    pub(super) installed: Set,
    /// The same with what is installed and is in the catalogue by name only.
    pub(super) by_name: Set,
    /// What is installed and nobody knows.
    pub(super) strangers: BTreeSet<&'c str>,
    pub(super) provided: Set,
    /// What is installed and waits for an action.
    pub(super) pending: Set,
    /// What is provided by something that waits for nothing; `None`: nothing waits, so the same as `provided`.
    pub(super) settled: Option<Set>,
    pub(super) found: Found<'c>,
    /// The release by number, where it is settled and the host matches one.
    pub(super) release: Option<u32>,
    features: Vec<Option<bool>>,
    facts: Vec<Option<&'c FactValue>>,
}

impl<'c> State<'c> {
    /// The host as its inventory describes it. What has a pending action is installed, listed or not.
    pub(super) fn of(compiled: &'c Compiled, catalogue: &'c Catalogue, inventory: &'c Inventory) -> Self {
        let mut state = Self {
            compiled,
            catalogue,
            inventory,
            version: inventory.version.as_deref(),
            build: inventory.build.as_deref(),
            complete: inventory.hotfixes.is_some(),
            installed: Set::default(),
            by_name: Set::default(),
            strangers: BTreeSet::new(),
            provided: Set::default(),
            pending: Set::default(),
            settled: None,
            found: Found::Nothing,
            release: None,
            features: features(compiled, inventory),
            facts: facts(compiled, inventory),
        };
        for pending in inventory.pending.iter().filter_map(|pending| compiled.find(&pending.hotfix)) {
            state.pending.insert(pending);
            state.settled.get_or_insert_default();
        }
        let waiting = inventory.pending.iter().map(|pending| &pending.hotfix);
        for name in inventory.hotfixes.iter().flatten().chain(waiting) {
            match compiled.find(name) {
                Some(number) => state.add(number),
                None => state.add_stranger(name),
            }
        }
        state.find_release();
        state
    }

    /// Counts a hotfix as installed. One that is withdrawn as ineffective provides nothing.
    pub(super) fn add(&mut self, number: u32) {
        self.installed.insert(number);
        self.by_name.insert(number);
        if !self.compiled.hotfix(number).is_some_and(|piece| piece.flags.ineffective) {
            roll_up(self.compiled, number, &mut self.provided);
            if let Some(settled) = self.settled.as_mut().filter(|_| !self.pending.contains(number)) {
                roll_up(self.compiled, number, settled);
            }
        }
    }

    fn add_stranger(&mut self, name: &'c str) {
        self.strangers.insert(name);
        let known = self.compiled.words.hotfixes.get(name);
        known.into_iter().for_each(|number| self.by_name.insert(number));
    }

    pub(super) fn find_release(&mut self) {
        (self.found, self.release) = release::find(self);
    }

    /// The releases that the host may be, by number.
    pub(super) fn possible(&self) -> Vec<u32> {
        let number = |id: &&Id| self.compiled.words.releases.get(id.as_str());
        match self.release {
            Some(release) => vec![release],
            None => self.found.possible().iter().filter_map(number).collect(),
        }
    }

    /// What concerns its release, where it has one.
    pub(super) fn here(&self) -> Option<&'c Here> {
        self.compiled.here(self.release?)
    }

    pub(super) fn provides_now(&self, number: u32) -> bool {
        self.provided.contains(number)
    }

    /// Whether a hotfix is installed and provides what it is for.
    pub(super) fn provides_itself(&self, number: u32) -> bool {
        let ineffective = || self.compiled.hotfix(number).is_some_and(|piece| piece.flags.ineffective);
        self.installed.contains(number) && !ineffective()
    }

    /// Whether something provides it that waits for nothing.
    pub(super) fn settles(&self, number: u32) -> bool {
        self.settled.as_ref().unwrap_or(&self.provided).contains(number)
    }

    /// The installed hotfixes that provide this one, itself among them where it is installed; by id.
    pub(super) fn providers_of(&self, number: u32) -> Vec<u32> {
        let mut found = Vec::new();
        self.providers_into(number, &mut found);
        found
    }

    /// Puts them into a list that is empty.
    pub(super) fn providers_into(&self, number: u32, found: &mut Vec<u32>) {
        if !self.provides_now(number) {
            return;
        }
        // What is not provided has nothing installed above it.
        self.compiled.above_into(number, |above| self.provides_now(above), found);
        found.retain(|one| self.provides_itself(*one));
        found.sort_unstable_by_key(|number| self.compiled.rank(*number));
    }

    /// Whether a feature is in use, where that is reported.
    pub(super) fn reports_feature(&self, number: u32) -> Option<bool> {
        self.features.get(number as usize).copied().flatten()
    }

    /// The id of a hotfix, as long as the catalogue lives.
    pub(super) fn id(&self, number: u32) -> Option<&'c Id> {
        self.compiled.words.hotfixes.id(number)
    }

    /// The document of a hotfix.
    pub(super) fn document(&self, number: u32) -> Option<&'c Hotfix> {
        self.catalogue.hotfixes().get(self.id(number)?)
    }
}

/// Adds a hotfix and all that it rolls up to a set in which nothing is without what it rolls up.
pub(super) fn roll_up(compiled: &Compiled, number: u32, set: &mut Set) {
    if set.contains(number) {
        return;
    }
    set.insert(number);
    let below = |number| compiled.hotfix(number).map(|piece| &*piece.rolls_up).unwrap_or_default();
    let mut open = below(number).to_vec();
    while let Some(number) = open.pop() {
        if !set.contains(number) {
            set.insert(number);
            open.extend(below(number));
        }
    }
}

fn features(compiled: &Compiled, inventory: &Inventory) -> Vec<Option<bool>> {
    let words = &compiled.words.features;
    let mut out = vec![None; words.len()];
    for (name, in_use) in &inventory.features {
        let place = words.get(name).and_then(|number| out.get_mut(number as usize));
        place.into_iter().for_each(|place| *place = Some(*in_use));
    }
    out
}

fn facts<'c>(compiled: &Compiled, inventory: &'c Inventory) -> Vec<Option<&'c FactValue>> {
    let words = &compiled.words;
    let mut out = vec![None; words.facts.len()];
    for (name, value) in &inventory.facts {
        let Some(number) = words.facts.get(name) else { continue };
        let place = out.get_mut(number as usize).filter(|_| of_type(value, words.kind(number)));
        place.into_iter().for_each(|place| *place = Some(value));
    }
    out
}

impl Reported for State<'_> {
    fn feature(&self, number: u32) -> Option<bool> {
        self.reports_feature(number)
    }

    fn fact(&self, number: u32) -> Option<&FactValue> {
        self.facts.get(number as usize).copied().flatten()
    }

    fn provides(&self, hotfix: u32) -> Value {
        match self.provides_now(hotfix) {
            false if !self.complete => Value::Unknown,
            known => Value::known(known),
        }
    }

    fn is_on(&self, release: u32) -> bool {
        self.release == Some(release)
    }

    fn inventory(&self) -> &Inventory {
        self.inventory
    }
}
