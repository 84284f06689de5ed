//! A catalogue as it is compiled: every document once, and what follows from all of them together.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::edges::Edges;
use super::piece::{AdvisoryPiece, HotfixPiece};
use super::program::Vocabulary;
use crate::assess::bits::Bits;
use crate::model::hotfix::is_uuid;
use crate::model::{Id, Product};

/// A compiled catalogue, or the part of one that concerns some hosts.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    pub(super) words: Vocabulary,
    /// By number; `None` where only the name is known here.
    pub(super) hotfixes: Vec<Option<Arc<HotfixPiece>>>,
    /// By id, which is by number.
    pub(super) advisories: Vec<Arc<AdvisoryPiece>>,
    /// By hotfix: its place among all, by id.
    pub(super) ranks: Vec<u32>,
    pub(super) uuids: HashMap<u128, u32>,
    /// By release.
    pub(super) here: Vec<Here>,
    /// By version that hosts report: the releases, in the product's order.
    pub(super) versions: HashMap<Box<str>, Box<[u32]>>,
    /// By hotfix: what rolls it up itself, not through others.
    pub(super) rolled_up_by: Edges,
    /// By hotfix: what it conflicts with, whoever says so.
    pub(super) conflicts: Edges,
    /// The hotfixes that establish a release, by id.
    pub(super) establishing: Box<[u32]>,
    /// The hotfixes with a rollout or a hold.
    pub(super) timed: Bits,
    /// The last moment at which one of these begins or ends; `None`: there is none.
    pub(super) last_edge: Option<Timestamp>,
    /// How many documents were compiled for it.
    pub(super) count: usize,
}

/// What concerns a release.
#[derive(Debug, Default)]
pub(super) struct Here {
    /// The hotfixes that install on it, by id.
    pub(super) hotfixes: Box<[u32]>,
    /// The cells that cover it: the advisory by number, and the place of the cell. By advisory, then place.
    pub(super) cells: Box<[(u32, u32)]>,
}

impl Compiled {
    pub(super) fn place_releases(&mut self, product: &Product) {
        let mut versions: HashMap<&str, Vec<u32>> = HashMap::new();
        for (number, release) in (0_u32..).zip(&product.releases) {
            versions.entry(&release.version).or_default().push(number);
        }
        self.versions =
            versions.into_iter().map(|(version, numbers)| (Box::from(version), numbers.into())).collect();
    }

    /// The hotfix of a number.
    pub(super) fn hotfix(&self, number: u32) -> Option<&Arc<HotfixPiece>> {
        self.hotfixes.get(number as usize)?.as_ref()
    }

    /// The hotfix that a host names by id or, in any case, by UUID.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let known = self.words.hotfixes.get(name).filter(|number| self.hotfix(*number).is_some());
        known.or_else(|| self.uuids.get(&uuid(name)?).copied())
    }

    /// A hotfix and all that roll it up, as far as they are known here.
    pub(super) fn rolling_up(&self, number: u32) -> Vec<u32> {
        let mut all = self.above(number, |_| true);
        all.retain(|number| self.hotfix(*number).is_some());
        all
    }

    /// A hotfix and what rolls it up, through none that is not followed.
    pub(super) fn above(&self, number: u32, follow: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut seen = Vec::new();
        self.above_into(number, follow, &mut seen);
        seen
    }

    /// Puts them into a list that is empty.
    pub(super) fn above_into(&self, number: u32, follow: impl Fn(u32) -> bool, seen: &mut Vec<u32>) {
        /// So many are compared one by one; more are looked up in a set.
        const FEW: usize = 24;
        seen.push(number);
        let mut many: Option<Bits> = None;
        let mut next = 0;
        while let Some(one) = seen.get(next).copied() {
            next += 1;
            for above in self.rolled_up_by.from(one).iter().copied().filter(|above| follow(*above)) {
                let was = match &many {
                    Some(set) => set.contains(above as usize),
                    None => seen.contains(&above),
                };
                if was {
                    continue;
                }
                seen.push(above);
                if let Some(set) = &mut many {
                    set.insert(above as usize);
                } else if seen.len() > FEW {
                    let mut set = Bits::none(self.hotfixes.len());
                    seen.iter().for_each(|number| set.insert(*number as usize));
                    many = Some(set);
                }
            }
        }
    }

    /// The place of a hotfix among all, by id.
    pub(super) fn rank(&self, hotfix: u32) -> u32 {
        self.ranks.get(hotfix as usize).copied().unwrap_or(u32::MAX)
    }

    pub(super) fn advisories(&self) -> &[Arc<AdvisoryPiece>] {
        &self.advisories
    }

    /// The number of an advisory.
    pub(super) fn advisory_number(&self, id: &Id) -> Option<usize> {
        self.advisories.binary_search_by(|piece| piece.id.cmp(id)).ok()
    }

    /// What concerns a release.
    pub(super) fn here(&self, release: u32) -> Option<&Here> {
        self.here.get(release as usize)
    }

    /// The releases of which hosts report a version, in the product's order.
    pub(super) fn reporting(&self, version: &str) -> &[u32] {
        self.versions.get(version).map(|numbers| &**numbers).unwrap_or_default()
    }

    /// Those of every version.
    pub(super) fn by_version(&self) -> impl Iterator<Item = &[u32]> {
        self.versions.values().map(|numbers| &**numbers)
    }
}

/// A UUID as a number; `None` where the text is none.
pub(super) fn uuid(text: &str) -> Option<u128> {
    let digits = || text.chars().filter_map(|digit| digit.to_digit(16));
    is_uuid(text).then(|| digits().fold(0, |number, digit| number << 4 | u128::from(digit)))
}
