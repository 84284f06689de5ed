//! What a host is at one point of a plan: what it reports, what is installed, what that provides, and the
//! release that follows.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::Truth;
use super::release::{self, Found};
use crate::model::{Catalogue, Hotfix, Id, Inventory};

/// A host at one point of a plan.
#[derive(Debug, Clone)]
pub(super) struct State<'c> {
    catalogue: &'c Catalogue,
    inventory: &'c Inventory,
    version: Option<&'c str>,
    build: Option<&'c str>,
    installed: BTreeSet<&'c Id>,
    strangers: BTreeSet<&'c str>,
    pending: BTreeSet<&'c Id>,
    complete: bool,
    provided: BTreeMap<&'c Id, BTreeSet<&'c Id>>,
    found: Found<'c>,
}

impl<'c> State<'c> {
    /// The host as its inventory describes it. What has a pending action is installed, listed or not.
    pub(super) fn of(catalogue: &'c Catalogue, inventory: &'c Inventory) -> Self {
        let mut state = Self {
            catalogue,
            inventory,
            version: inventory.version.as_deref(),
            build: inventory.build.as_deref(),
            installed: BTreeSet::new(),
            strangers: BTreeSet::new(),
            pending: BTreeSet::new(),
            complete: inventory.hotfixes.is_some(),
            provided: BTreeMap::new(),
            found: Found::Nothing,
        };
        for pending in &inventory.pending {
            state.pending.extend(catalogue.find_hotfix(&pending.hotfix).map(|hotfix| &hotfix.id));
        }
        let waiting = inventory.pending.iter().map(|pending| &pending.hotfix);
        for name in inventory.hotfixes.iter().flatten().chain(waiting) {
            match catalogue.find_hotfix(name) {
                Some(hotfix) => state.add(hotfix),
                None => drop(state.strangers.insert(name)),
            }
        }
        state.found = release::find(&state);
        state
    }

    /// Counts a hotfix as installed. One that is withdrawn as ineffective provides nothing.
    fn add(&mut self, hotfix: &'c Hotfix) {
        self.installed.insert(&hotfix.id);
        if !hotfix.ineffective() {
            for id in std::iter::once(&hotfix.id).chain(self.catalogue.rolls_up(hotfix.id.as_str())) {
                self.provided.entry(id).or_default().insert(&hotfix.id);
            }
        }
    }

    /// The host after a step, its guidance carried out. A release that is established states what the host
    /// reports from then on; what it does not state stays.
    pub(super) fn install(&mut self, hotfix: &'c Hotfix) {
        self.add(hotfix);
        let established = hotfix.establishes.as_ref();
        if let Some(release) = established.and_then(|id| self.catalogue.product().release(id.as_str())) {
            self.version = Some(&release.version);
            self.build = release.build.as_deref().or(self.build);
            self.found = release::find(self);
        }
    }

    /// The host once everything that waited for a restart has had it.
    pub(super) fn restarted(mut self) -> Self {
        self.pending.clear();
        self
    }

    pub(super) fn catalogue(&self) -> &'c Catalogue {
        self.catalogue
    }

    pub(super) fn inventory(&self) -> &'c Inventory {
        self.inventory
    }

    /// The version that the host reports.
    pub(super) fn version(&self) -> Option<&'c str> {
        self.version
    }

    /// The build that the host reports.
    pub(super) fn build(&self) -> Option<&'c str> {
        self.build
    }

    /// The release, where it is settled and the host matches one.
    pub(super) fn release(&self) -> Option<&'c Id> {
        match self.found {
            Found::Release(id) => Some(id),
            Found::Nothing | Found::Unsettled { .. } => None,
        }
    }

    /// The release, or why there is none.
    pub(super) fn found(&self) -> &Found<'c> {
        &self.found
    }

    /// Whether the host says what is installed; otherwise only what is pending is known to be.
    pub(super) fn complete(&self) -> bool {
        self.complete
    }

    /// What is known to be installed and is in the catalogue.
    pub(super) fn installed(&self) -> &BTreeSet<&'c Id> {
        &self.installed
    }

    /// Whether a hotfix is itself installed.
    pub(super) fn is_installed(&self, id: &Id) -> Truth {
        match self.installed.contains(id) {
            false if !self.complete => Truth::missing("hotfixes"),
            known => Truth::known(known),
        }
    }

    /// Whether two hosts are known to have the same installed.
    pub(super) fn same_installed(&self, other: &Self) -> bool {
        self.complete == other.complete
            && self.installed == other.installed
            && self.strangers == other.strangers
    }

    /// Whether a hotfix of that name is known to be installed, published or not.
    pub(super) fn has_by_name(&self, id: &Id) -> bool {
        self.installed.contains(id) || self.strangers.contains(id.as_str())
    }

    /// Whether a hotfix is provided: installed, or rolled up by one that is.
    pub(super) fn provided(&self, id: &Id) -> Truth {
        match self.provided.contains_key(id) {
            false if !self.complete => Truth::missing("hotfixes"),
            known => Truth::known(known),
        }
    }

    /// The installed hotfixes that provide this one, itself among them where it is installed.
    pub(super) fn providers(&self, id: &Id) -> impl Iterator<Item = &'c Id> {
        self.provided.get(id).into_iter().flatten().copied()
    }

    /// The installed hotfixes that provide this one and wait for nothing.
    pub(super) fn settled_providers(&self, id: &Id) -> impl Iterator<Item = &'c Id> {
        self.providers(id).filter(|id| !self.pending.contains(id))
    }
}
