//! How an advisory or a hotfix stands on a release, or on all of them, without a host: what the documents say.

use std::collections::BTreeMap;

use super::words::{Badge, cell_status};
use crate::model::advisory::Cell;
use crate::model::product::Release;
use crate::model::words::CellStatus;
use crate::model::{Advisory, Catalogue, Hotfix, Id};

/// How an advisory stands on a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OnRelease {
    /// Hosts are affected, and no fix can be installed.
    Unfixed,
    /// Hosts are affected, and a fix can be installed.
    Fixable,
    /// It is being looked into, or says what is not known here.
    Open,
    /// The release has the fix.
    Fixed,
    /// Hosts are not affected.
    NotAffected,
    /// No cell covers the release.
    Unstated,
}

impl OnRelease {
    /// The worst of the cells that cover the release.
    pub(super) fn of(catalogue: &Catalogue, advisory: &Advisory, release: &Id) -> Self {
        let cells = advisory.cells(release).map(|cell| Self::cell(catalogue, cell));
        cells.min().unwrap_or(Self::Unstated)
    }

    fn cell(catalogue: &Catalogue, cell: &Cell) -> Self {
        match &cell.status {
            CellStatus::KnownAffected if fixable(catalogue, cell) => Self::Fixable,
            CellStatus::KnownAffected => Self::Unfixed,
            CellStatus::UnderInvestigation | CellStatus::Other(_) => Self::Open,
            CellStatus::Fixed => Self::Fixed,
            CellStatus::KnownNotAffected => Self::NotAffected,
        }
    }

    /// Whether somebody has to act or wait.
    pub(super) fn touches(self) -> bool {
        matches!(self, Self::Unfixed | Self::Fixable | Self::Open)
    }

    /// It as a badge.
    pub(super) fn badge(self) -> Badge {
        match self {
            Self::Unfixed => Badge::new("Affected, no fix", "!", "bad"),
            Self::Fixable => Badge::new("Affected, fix is out", "!", "bad"),
            Self::Open => cell_status(&CellStatus::UnderInvestigation),
            Self::Fixed => cell_status(&CellStatus::Fixed),
            Self::NotAffected => cell_status(&CellStatus::KnownNotAffected),
            Self::Unstated => Badge::unstated(),
        }
    }
}

/// Whether one alternative is not withdrawn.
fn fixable(catalogue: &Catalogue, cell: &Cell) -> bool {
    let offered = |id: &Id| catalogue.hotfixes().get(id).is_some_and(|hotfix| hotfix.withdrawn.is_none());
    cell.alternatives().iter().any(|set| set.iter().all(offered))
}

/// How a hotfix stands on a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fit {
    /// It was taken back.
    Withdrawn,
    /// It is what makes a host this release.
    Makes,
    /// What makes a host this release rolls it up.
    Included(Id),
    /// It does not install there.
    Elsewhere,
    /// It installs there, and these roll it up there.
    Superseded(Vec<Id>),
    /// It is the newest there, and helps against so many advisories.
    Helps(usize),
    /// It is the newest there, and helps against none.
    Optional,
}

impl Fit {
    /// It as a badge.
    pub(super) fn badge(&self) -> Badge {
        match self {
            Self::Withdrawn => Badge::new("Withdrawn", "×", "withdrawn"),
            Self::Makes => Badge::new("Makes this release", "•", "calm"),
            Self::Included(_) => Badge::new("Included", "•", "calm"),
            Self::Elsewhere => Badge::new("Not for this release", "–", "calm"),
            Self::Superseded(_) => Badge::new("Superseded", "↑", "calm"),
            Self::Helps(1) => Badge::new("Fixes 1 advisory", "!", "wait"),
            Self::Helps(count) => Badge::new(&format!("Fixes {count} advisories"), "!", "wait"),
            Self::Optional => Badge::new("Optional", "○", "calm"),
        }
    }

    /// What stands between its badge and the hotfixes that it is so by.
    pub(super) fn joiner(&self) -> &'static str {
        if matches!(self, Self::Included(_)) { "in" } else { "by" }
    }
}

/// What rolls up each hotfix.
pub(super) struct Above<'c>(BTreeMap<&'c Id, Vec<&'c Id>>);

impl<'c> Above<'c> {
    /// Of all hotfixes of a catalogue.
    pub(super) fn of(catalogue: &'c Catalogue) -> Self {
        let mut above: BTreeMap<&Id, Vec<&Id>> = BTreeMap::new();
        for id in catalogue.hotfixes().keys() {
            for below in catalogue.rolls_up(id.as_str()) {
                above.entry(below).or_default().push(id);
            }
        }
        Self(above)
    }

    /// All that rolls up a hotfix, in the order of their ids.
    pub(super) fn all(&self, id: &Id) -> &[&'c Id] {
        self.0.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those of them that are offered on a release, without those that others of them roll up.
    fn newest(&self, catalogue: &Catalogue, id: &Id, release: &Id) -> Vec<Id> {
        let offered = |id: &&&Id| {
            let hotfix = catalogue.hotfixes().get(**id);
            hotfix.is_some_and(|hotfix| hotfix.withdrawn.is_none() && hotfix.releases.contains(release))
        };
        let all: Vec<&Id> = self.all(id).iter().filter(offered).copied().collect();
        let below = |id: &&&Id| all.iter().any(|other| catalogue.rolls_up(other.as_str()).contains(**id));
        all.iter().filter(|id| !below(id)).map(|id| (*id).clone()).collect()
    }

    /// How a hotfix stands on a release.
    pub(super) fn fit(&self, catalogue: &Catalogue, hotfix: &Hotfix, release: &Release) -> Fit {
        if hotfix.withdrawn.is_some() {
            return Fit::Withdrawn;
        }
        if let Some(marker) = &release.marker {
            if *marker == hotfix.id {
                return Fit::Makes;
            }
            if catalogue.rolls_up(marker.as_str()).contains(&hotfix.id) {
                return Fit::Included(marker.clone());
            }
        }
        if !hotfix.releases.contains(&release.id) {
            return Fit::Elsewhere;
        }
        let newest = self.newest(catalogue, &hotfix.id, &release.id);
        if !newest.is_empty() {
            return Fit::Superseded(newest);
        }
        match helped(catalogue, hotfix, &release.id).len() {
            0 => Fit::Optional,
            count => Fit::Helps(count),
        }
    }
}

/// The advisories that affect a release and that a hotfix helps against there.
pub(super) fn helped<'c>(catalogue: &'c Catalogue, hotfix: &Hotfix, release: &Id) -> Vec<&'c Advisory> {
    if hotfix.ineffective() {
        return Vec::new();
    }
    let below = catalogue.rolls_up(hotfix.id.as_str());
    let provides = |id: &Id| *id == hotfix.id || below.contains(id);
    let helps = |cell: &Cell| {
        cell.status == CellStatus::KnownAffected && cell.alternatives().iter().flatten().any(provides)
    };
    let all = catalogue.advisories().values().filter(|advisory| advisory.withdrawn.is_none());
    all.filter(|advisory| advisory.cells(release).any(helps)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_worst_first() {
        let all = [OnRelease::Fixed, OnRelease::Unstated, OnRelease::Open, OnRelease::Unfixed];
        assert_eq!(all.into_iter().min(), Some(OnRelease::Unfixed));
        assert!(OnRelease::Open.touches() && !OnRelease::Fixed.touches());
    }
}
