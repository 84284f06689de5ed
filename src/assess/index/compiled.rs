//! A catalogue as it is compiled: every document once, and what follows from all of them together.

use std::collections::HashMap;
use std::sync::Arc;

use super::edges::Edges;
use super::piece::{AdvisoryPiece, HotfixPiece};
use super::program::Vocabulary;
use crate::assess::bits::Bits;
use crate::model::{Advisory, Catalogue, Hotfix, Id};

/// A compiled catalogue, or the part of one that concerns some hosts.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    pub(super) words: Vocabulary,
    /// By number; `None` where only the name is known here.
    hotfixes: Vec<Option<Arc<HotfixPiece>>>,
    /// By id, which is by number.
    advisories: Vec<Arc<AdvisoryPiece>>,
    /// By hotfix: its place among all, by id.
    ranks: Vec<u32>,
    uuids: HashMap<Box<str>, u32>,
    /// By release.
    here: Vec<Here>,
    /// By version that hosts report: the releases, in the product's order.
    versions: HashMap<Box<str>, Box<[u32]>>,
    /// By hotfix: what rolls it up itself, not through others.
    pub(super) rolled_up_by: Edges,
    /// By hotfix: what it conflicts with, whoever says so.
    pub(super) conflicts: Edges,
    /// The hotfixes that establish a release, by id.
    pub(super) establishing: Box<[u32]>,
    /// The hotfixes with a rollout or a hold.
    pub(super) timed: Bits,
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
    /// Compiles these documents of a catalogue, each list by id. What `before` compiled of the same document is
    /// taken over.
    pub(super) fn of<'c>(
        catalogue: &'c Catalogue,
        hotfixes: impl Iterator<Item = &'c Hotfix>,
        advisories: impl Iterator<Item = &'c Advisory>,
        before: Option<(&Self, &Catalogue)>,
    ) -> Self {
        let product = catalogue.product();
        let before = before.filter(|(_, old)| old.product() == product);
        let mut words =
            before.map_or_else(|| Vocabulary::of(product), |(compiled, _)| compiled.words.clone());
        if before.is_none() {
            words.hotfixes.reserve(hotfixes.size_hint().0);
        }
        let mut count = 0;
        let mut pieces = Vec::new();
        for hotfix in hotfixes {
            let kept = before.and_then(|(compiled, old)| {
                old.hotfixes().get(&hotfix.id).filter(|old| *old == hotfix)?;
                compiled.hotfix(compiled.words.hotfixes.get(hotfix.id.as_str())?).map(Arc::clone)
            });
            pieces.push((
                hotfix,
                kept.unwrap_or_else(|| {
                    count += 1;
                    Arc::new(HotfixPiece::of(hotfix, product, &mut words))
                }),
            ));
        }
        let mut compiled_advisories = Vec::new();
        for advisory in advisories {
            let kept = before.and_then(|(compiled, old)| {
                old.advisories().get(&advisory.id).filter(|old| *old == advisory)?;
                compiled.advisories.get(compiled.advisory_number(&advisory.id)?).map(Arc::clone)
            });
            compiled_advisories.push(kept.unwrap_or_else(|| {
                count += 1;
                Arc::new(AdvisoryPiece::of(advisory, &mut words))
            }));
        }
        let mut out = Self { words, advisories: compiled_advisories, count, ..Self::default() };
        out.place_hotfixes(&pieces);
        out.place_cells();
        out.place_releases(catalogue);
        out.place_times(catalogue);
        out
    }

    fn place_hotfixes(&mut self, pieces: &[(&Hotfix, Arc<HotfixPiece>)]) {
        let names = self.words.hotfixes.len();
        self.hotfixes = vec![None; names];
        self.ranks = vec![u32::MAX; names];
        let mut here: Vec<Vec<u32>> = vec![Vec::new(); self.words.releases.len()];
        let (mut rolls_up, mut conflicts) = (Vec::new(), Vec::new());
        let mut establishing = Vec::new();
        for (rank, (hotfix, piece)) in (0_u32..).zip(pieces) {
            let number = piece.number;
            self.ranks.get_mut(number as usize).into_iter().for_each(|placed| *placed = rank);
            for release in &piece.releases {
                let list = here.get_mut(*release as usize).filter(|list| list.last() != Some(&number));
                list.into_iter().for_each(|list| list.push(number));
            }
            rolls_up.extend(piece.rolls_up.iter().map(|other| (*other, number)));
            conflicts.extend(piece.conflicts.iter().flat_map(|other| [(number, *other), (*other, number)]));
            if piece.flags.establishes {
                establishing.push(number);
            }
            if let Some(uuid) = &hotfix.uuid {
                self.uuids.insert(Box::from(uuid.as_str()), number);
            }
            self.hotfixes.get_mut(number as usize).into_iter().for_each(|at| *at = Some(Arc::clone(piece)));
        }
        self.rolled_up_by = Edges::of(names, rolls_up);
        self.conflicts = Edges::of(names, conflicts);
        self.establishing = establishing.into();
        self.here =
            here.into_iter().map(|hotfixes| Here { hotfixes: hotfixes.into(), ..Here::default() }).collect();
    }

    fn place_cells(&mut self) {
        let mut cells: Vec<Vec<(u32, u32)>> = vec![Vec::new(); self.here.len()];
        for (number, advisory) in (0_u32..).zip(&self.advisories) {
            for (place, cell) in (0_u32..).zip(&advisory.cells) {
                for release in &cell.releases {
                    let list = cells.get_mut(*release as usize);
                    list.into_iter().for_each(|list| {
                        if list.last() != Some(&(number, place)) {
                            list.push((number, place));
                        }
                    });
                }
            }
        }
        self.here.iter_mut().zip(cells).for_each(|(here, cells)| here.cells = cells.into());
    }

    fn place_releases(&mut self, catalogue: &Catalogue) {
        let mut versions: HashMap<&str, Vec<u32>> = HashMap::new();
        for (number, release) in (0_u32..).zip(&catalogue.product().releases) {
            versions.entry(&release.version).or_default().push(number);
        }
        self.versions =
            versions.into_iter().map(|(version, numbers)| (Box::from(version), numbers.into())).collect();
    }

    fn place_times(&mut self, catalogue: &Catalogue) {
        self.timed = Bits::none(self.hotfixes.len());
        for (number, piece) in self.hotfixes.iter().enumerate() {
            if piece.as_ref().is_some_and(|piece| piece.flags.rollout) {
                self.timed.insert(number);
            }
        }
        for hold in catalogue.holds() {
            let held = self.words.hotfixes.get(hold.hotfix.as_str());
            held.into_iter().for_each(|number| self.timed.insert(number as usize));
        }
    }

    /// The hotfix of a number.
    pub(super) fn hotfix(&self, number: u32) -> Option<&Arc<HotfixPiece>> {
        self.hotfixes.get(number as usize)?.as_ref()
    }

    /// The hotfix that a host names by id or, in any case, by UUID.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let known = self.words.hotfixes.get(name).filter(|number| self.hotfix(*number).is_some());
        known.or_else(|| self.uuids.get(name.to_ascii_lowercase().as_str()).copied())
    }

    /// A hotfix and all that roll it up, as far as they are known here.
    pub(super) fn rolling_up(&self, number: u32) -> Vec<u32> {
        let mut all = self.above(number, |_| true);
        all.retain(|number| self.hotfix(*number).is_some());
        all
    }

    /// A hotfix and what rolls it up, through none that is not followed.
    pub(super) fn above(&self, number: u32, follow: impl Fn(u32) -> bool) -> Vec<u32> {
        /// So many are compared one by one; more are looked up in a set.
        const FEW: usize = 24;
        let mut seen = vec![number];
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
        seen
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
