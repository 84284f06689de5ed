//! The plain form of a host at one point of a plan: what it reports, what is installed, what that provides, and
//! the release that follows. Everything is looked up in the documents.

use std::collections::{BTreeMap, BTreeSet};

use super::assessment::{AdvisoryStatus, HotfixStatus};
use super::evaluate::Truth;
use super::host::Host;
use super::question::Question;
use super::release::{self, Found};
use super::{advisory, asked, hotfix};
use crate::model::advisory::Cell;
use crate::model::product::Release;
use crate::model::{Advisory, Catalogue, Hotfix, Id, Inventory};

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

    /// What is known to be installed and is in the catalogue.
    pub(super) fn installed(&self) -> &BTreeSet<&'c Id> {
        &self.installed
    }
}

impl<'c> Host<'c> for State<'c> {
    fn catalogue(&self) -> &'c Catalogue {
        self.catalogue
    }

    fn inventory(&self) -> &'c Inventory {
        self.inventory
    }

    fn version(&self) -> Option<&'c str> {
        self.version
    }

    fn build(&self) -> Option<&'c str> {
        self.build
    }

    fn found(&self) -> &Found<'c> {
        &self.found
    }

    fn complete(&self) -> bool {
        self.complete
    }

    fn is_installed(&self, id: &Id) -> Truth {
        match self.installed.contains(id) {
            false if !self.complete => Truth::missing("hotfixes"),
            known => Truth::known(known),
        }
    }

    fn same_installed(&self, other: &Self) -> bool {
        self.complete == other.complete
            && self.installed == other.installed
            && self.strangers == other.strangers
    }

    fn has_by_name(&self, id: &Id) -> bool {
        self.installed.contains(id) || self.strangers.contains(id.as_str())
    }

    fn provided(&self, id: &Id) -> Truth {
        match self.provided.contains_key(id) {
            false if !self.complete => Truth::missing("hotfixes"),
            known => Truth::known(known),
        }
    }

    fn providers(&self, id: &Id) -> Vec<&'c Id> {
        self.provided.get(id).into_iter().flatten().copied().collect()
    }

    fn is_pending(&self, id: &Id) -> bool {
        self.pending.contains(id)
    }

    fn install(&mut self, hotfix: &'c Hotfix) {
        self.add(hotfix);
        let established = hotfix.establishes.as_ref();
        if let Some(release) = established.and_then(|id| self.release_of(id)) {
            self.version = Some(&release.version);
            self.build = release.build.as_deref().or(self.build);
            self.found = release::find(self);
        }
    }

    fn restarted(mut self) -> Self {
        self.pending.clear();
        self
    }

    fn release_of(&self, id: &Id) -> Option<&'c Release> {
        self.catalogue.product().release(id.as_str())
    }

    fn reporting(&self, version: &str) -> Vec<&'c Release> {
        let releases = self.catalogue.product().releases.iter();
        releases.filter(|release| release.version == version).collect()
    }

    fn installing_on(&self, release: &'c Id) -> Vec<&'c Hotfix> {
        let all = self.catalogue.hotfixes().values();
        all.filter(|hotfix| hotfix.releases.contains(release)).collect()
    }

    fn providing(&self, id: &Id) -> Vec<&'c Id> {
        let provides = |other: &&Id| *other == id || self.catalogue.rolls_up(other.as_str()).contains(id);
        self.catalogue.hotfixes().keys().filter(provides).collect()
    }

    fn establishing(&self) -> Vec<&'c Hotfix> {
        self.catalogue.hotfixes().values().filter(|hotfix| hotfix.establishes.is_some()).collect()
    }

    fn takes(&self, hotfix: &'c Hotfix, question: &Question) -> bool {
        hotfix::judge(hotfix, self, question).standing.status() == HotfixStatus::Applicable
    }

    fn statuses(&self, question: &Question) -> Vec<(&'c Id, AdvisoryStatus)> {
        let asked = asked(self.catalogue, question);
        asked.map(|advisory| (&advisory.id, advisory::judge(advisory, self).status)).collect()
    }

    fn exposing(&self, question: &Question) -> Vec<(&'c Advisory, usize, &'c Cell)> {
        let mut out = Vec::new();
        for judged in asked(self.catalogue, question).map(|advisory| advisory::judge(advisory, self)) {
            let exposing = judged.cells.iter().filter(|cell| cell.status == AdvisoryStatus::Exposed);
            out.extend(exposing.map(|cell| (judged.advisory, cell.place, cell.cell)));
        }
        out
    }
}
