//! The indexed host as conditions, words and the search for plans see it: by id.

use std::collections::BTreeSet;

use super::judge;
use super::piece::AdvisoryPiece;
use super::set::Set;
use super::state::State;
use crate::assess::assessment::{AdvisoryStatus, HotfixStatus};
use crate::assess::evaluate::Truth;
use crate::assess::host::Host;
use crate::assess::may_be_security;
use crate::assess::question::Question;
use crate::assess::release::Found;
use crate::model::advisory::Cell;
use crate::model::product::Release;
use crate::model::{Advisory, Catalogue, Hotfix, Id, Inventory};

impl<'c> State<'c> {
    fn number(&self, id: &Id) -> Option<u32> {
        self.compiled.words.hotfixes.get(id.as_str())
    }

    fn known(&self, known: bool) -> Truth {
        match known {
            false if !self.complete => Truth::missing("hotfixes"),
            known => Truth::known(known),
        }
    }

    /// The advisories that are asked about and state something about the host, each with the places of the
    /// cells that cover it, or may; by id.
    pub(super) fn covering(&self, question: &Question) -> Vec<Covering> {
        let mut out: Vec<Covering> = Vec::new();
        let mut note = |(advisory, place): (u32, u32)| match out.last_mut() {
            Some(last) if last.advisory == advisory => last.places.push(place),
            _ => out.push(Covering { advisory, places: Places::one(place) }),
        };
        match self.release {
            Some(_) => self.here().into_iter().flat_map(|here| here.cells.iter().copied()).for_each(note),
            None => {
                let here = self.possible().into_iter().filter_map(|release| self.compiled.here(release));
                let cells: BTreeSet<(u32, u32)> = here.flat_map(|here| here.cells.iter().copied()).collect();
                cells.into_iter().for_each(&mut note);
            }
        }
        out.retain(|covering| self.is_asked(covering.advisory, question));
        out
    }

    fn is_asked(&self, advisory: u32, question: &Question) -> bool {
        let piece = self.compiled.advisories().get(advisory as usize);
        piece.is_some_and(|piece| is_asked(piece, question.advisories.as_ref(), question.security))
    }
}

/// Whether an advisory is one of these, and about security where only such are asked about. A withdrawn one takes
/// no part.
pub(super) fn is_asked(piece: &AdvisoryPiece, ids: Option<&BTreeSet<Id>>, security: bool) -> bool {
    !piece.withdrawn
        && ids.is_none_or(|ids| ids.contains(&piece.id))
        && (!security || may_be_security(&piece.category))
}

/// An advisory, with the places of the cells that cover a host.
#[derive(Debug)]
pub(super) struct Covering {
    pub(super) advisory: u32,
    pub(super) places: Places,
}

/// Places in a matrix, most often one.
#[derive(Debug)]
pub(super) struct Places {
    first: u32,
    more: Vec<u32>,
}

impl Places {
    fn one(first: u32) -> Self {
        Self { first, more: Vec::new() }
    }

    fn push(&mut self, place: u32) {
        self.more.push(place);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        std::iter::once(self.first).chain(self.more.iter().copied())
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
        self.known(self.number(id).is_some_and(|number| self.installed.contains(number)))
    }

    fn same_installed(&self, other: &Self) -> bool {
        self.complete == other.complete
            && self.installed == other.installed
            && self.strangers == other.strangers
    }

    fn has_by_name(&self, id: &Id) -> bool {
        self.number(id).is_some_and(|number| self.by_name.contains(number))
    }

    fn provided(&self, id: &Id) -> Truth {
        self.known(self.number(id).is_some_and(|number| self.provides_now(number)))
    }

    fn providers(&self, id: &Id) -> Vec<&'c Id> {
        let numbers = self.number(id).map(|number| self.providers_of(number));
        numbers.into_iter().flatten().filter_map(|number| self.id(number)).collect()
    }

    fn is_pending(&self, id: &Id) -> bool {
        self.number(id).is_some_and(|number| self.pending.contains(number))
    }

    fn install(&mut self, hotfix: &'c Hotfix) {
        self.number(&hotfix.id).into_iter().for_each(|number| self.add(number));
        if let Some(release) = hotfix.establishes.as_ref().and_then(|id| self.release_of(id)) {
            self.version = Some(&release.version);
            self.build = release.build.as_deref().or(self.build);
            self.find_release();
        }
    }

    fn restarted(mut self) -> Self {
        if self.settled.take().is_some() {
            self.pending = Set::default();
        }
        self
    }

    fn release_of(&self, id: &Id) -> Option<&'c Release> {
        let number = self.compiled.words.releases.get(id.as_str())?;
        self.catalogue.product().releases.get(number as usize)
    }

    fn reporting(&self, version: &str) -> Vec<&'c Release> {
        let releases = &self.catalogue.product().releases;
        let numbers = self.compiled.reporting(version).iter();
        numbers.filter_map(|number| releases.get(*number as usize)).collect()
    }

    fn installing_on(&self, release: &'c Id) -> Vec<&'c Hotfix> {
        let number = self.compiled.words.releases.get(release.as_str());
        let here = number.and_then(|number| self.compiled.here(number));
        let numbers = here.into_iter().flat_map(|here| here.hotfixes.iter());
        numbers.filter_map(|number| self.document(*number)).collect()
    }

    fn providing(&self, id: &Id) -> Vec<&'c Id> {
        let numbers = self.number(id).map(|number| self.compiled.rolling_up(number));
        let mut numbers: Vec<u32> = numbers.into_iter().flatten().collect();
        numbers.sort_unstable_by_key(|number| self.compiled.rank(*number));
        numbers.into_iter().filter_map(|number| self.id(number)).collect()
    }

    fn establishing(&self) -> Vec<&'c Hotfix> {
        self.compiled.establishing.iter().filter_map(|number| self.document(*number)).collect()
    }

    fn takes(&self, hotfix: &'c Hotfix, question: &Question) -> bool {
        let number = self.number(&hotfix.id);
        number.is_some_and(|number| judge::hotfix(number, self, question) == HotfixStatus::Applicable)
    }

    fn statuses(&self, question: &Question) -> Vec<(&'c Id, AdvisoryStatus)> {
        let status = |covering: Covering| {
            let piece = self.compiled.advisories().get(covering.advisory as usize)?;
            Some((&piece.id, judge::advisory(piece, covering.places.iter(), self)?))
        };
        self.covering(question).into_iter().filter_map(status).collect()
    }

    fn exposing(&self, question: &Question) -> Vec<(&'c Advisory, usize, &'c Cell)> {
        let mut out = Vec::new();
        for covering in self.covering(question) {
            let Some(piece) = self.compiled.advisories().get(covering.advisory as usize) else { continue };
            for place in covering.places.iter() {
                let cell = piece.cells.get(place as usize).map(|cell| judge::cell(cell, self));
                if cell != Some(AdvisoryStatus::Exposed) {
                    continue;
                }
                let advisory = self.catalogue.advisories().get(&piece.id);
                let found = advisory.and_then(|one| Some((one, one.matrix.get(place as usize)?)));
                out.extend(found.map(|(advisory, cell)| (advisory, place as usize, cell)));
            }
        }
        out
    }
}
