//! A document as it is compiled: what decides about a host, by number, and what is shown of it.

use std::sync::{Arc, OnceLock};

use super::head::Head;
use super::program::{Program, Vocabulary};
use crate::model::advisory::Cell;
use crate::model::product::Product;
use crate::model::words::{Category, CellStatus, Channel, Severity};
use crate::model::{Advisory, Hotfix, Id};

/// A hotfix.
#[derive(Debug)]
pub(super) struct HotfixPiece {
    pub(super) id: Id,
    pub(super) number: u32,
    pub(super) title: Arc<str>,
    pub(super) head: OnceLock<Head>,
    /// The releases that it installs on, by number.
    pub(super) releases: Box<[u32]>,
    /// What it requires.
    pub(super) requires: Box<[u32]>,
    /// What it rolls up itself, not through others.
    pub(super) rolls_up: Box<[u32]>,
    /// What it says itself that it conflicts with.
    pub(super) conflicts: Box<[u32]>,
    pub(super) when: Option<Program>,
    pub(super) flags: Flags,
}

/// What is known of a hotfix in a bit.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Flags {
    pub(super) requires_stated: bool,
    pub(super) guidance_stated: bool,
    pub(super) withdrawn: bool,
    pub(super) ineffective: bool,
    pub(super) rollout: bool,
    pub(super) establishes: bool,
    /// Whether hosts of every channel see it, and what it leads to.
    pub(super) seen_by_all: bool,
}

impl HotfixPiece {
    pub(super) fn of(hotfix: &Hotfix, product: &Product, words: &mut Vocabulary) -> Self {
        let number = words.hotfixes.number(&hotfix.id);
        let leads_to = hotfix.establishes.as_ref().and_then(|id| product.release(id.as_str()));
        let everyone = |channel: &Channel| *channel == Channel::Release;
        let ids = |ids: &Option<Vec<Id>>, words: &mut Vocabulary| {
            words.hotfixes.numbers(ids.as_deref().unwrap_or_default())
        };
        Self {
            id: hotfix.id.clone(),
            number,
            title: Arc::from(hotfix.title.as_str()),
            head: OnceLock::new(),
            releases: words.releases.numbers(&hotfix.releases),
            requires: ids(&hotfix.requires, words),
            rolls_up: ids(&hotfix.supersedes, words),
            conflicts: ids(&hotfix.conflicts, words),
            when: hotfix.when.as_ref().map(|when| Program::of(when, words)),
            flags: Flags {
                requires_stated: hotfix.requires.is_some(),
                guidance_stated: hotfix.guidance.is_some(),
                withdrawn: hotfix.withdrawn.is_some(),
                ineffective: hotfix.ineffective(),
                rollout: hotfix.rollout.is_some(),
                establishes: hotfix.establishes.is_some(),
                seen_by_all: everyone(&hotfix.channel)
                    && leads_to.is_none_or(|release| everyone(&release.channel)),
            },
        }
    }
}

/// An advisory.
#[derive(Debug)]
pub(super) struct AdvisoryPiece {
    pub(super) id: Id,
    pub(super) title: Arc<str>,
    pub(super) head: OnceLock<Head>,
    pub(super) category: Category,
    pub(super) severity: Severity,
    pub(super) withdrawn: bool,
    /// By place in the matrix.
    pub(super) cells: Box<[CellPiece]>,
}

/// A cell.
#[derive(Debug)]
pub(super) struct CellPiece {
    pub(super) releases: Box<[u32]>,
    pub(super) status: Stated,
    /// The feature that it is about, by number; `None`: the whole product.
    pub(super) feature: Option<u32>,
    pub(super) when: Option<Program>,
    pub(super) alternatives: Box<[Box<[u32]>]>,
    /// Whether it has a workaround, a remediation or a note.
    pub(super) says_more: bool,
}

/// What a cell states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stated {
    Affected,
    NotAffected,
    Fixed,
    UnderInvestigation,
    /// A word that is not known here.
    Other,
}

impl AdvisoryPiece {
    pub(super) fn of(advisory: &Advisory, words: &mut Vocabulary) -> Self {
        Self {
            id: advisory.id.clone(),
            title: Arc::from(advisory.title.as_str()),
            head: OnceLock::new(),
            category: advisory.category.clone(),
            severity: advisory.severity.clone(),
            withdrawn: advisory.withdrawn.is_some(),
            cells: advisory.matrix.iter().map(|cell| CellPiece::of(cell, words)).collect(),
        }
    }
}

impl CellPiece {
    fn of(cell: &Cell, words: &mut Vocabulary) -> Self {
        Self {
            releases: words.releases.numbers(&cell.releases),
            status: match &cell.status {
                CellStatus::KnownAffected => Stated::Affected,
                CellStatus::KnownNotAffected => Stated::NotAffected,
                CellStatus::Fixed => Stated::Fixed,
                CellStatus::UnderInvestigation => Stated::UnderInvestigation,
                CellStatus::Other(_) => Stated::Other,
            },
            feature: cell.feature.as_ref().map(|id| words.features.number(id)),
            when: cell.when.as_ref().map(|when| Program::of(when, words)),
            alternatives: cell.alternatives().iter().map(|set| words.hotfixes.numbers(set)).collect(),
            says_more: cell.workaround.is_some() || cell.remediation.is_some() || cell.note.is_some(),
        }
    }

    /// The members of its alternatives, in order.
    pub(super) fn members(&self) -> impl Iterator<Item = u32> {
        self.alternatives.iter().flat_map(|set| set.iter().copied())
    }
}
