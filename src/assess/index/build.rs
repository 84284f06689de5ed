//! Compiling: document after document, and each is noted wherever it will be looked for while it is at hand. To look at
//! a hundred thousand of them twice costs twice as much, since no cache holds them.

use std::sync::Arc;

use super::compiled::{Compiled, Here, uuid};
use super::edges::Edges;
use super::piece::{AdvisoryPiece, HotfixPiece};
use super::program::Vocabulary;
use crate::assess::bits::Bits;
use crate::model::{Advisory, Catalogue, Hotfix, Product};

/// What is compiled so far.
struct Builder<'b> {
    product: &'b Product,
    before: Option<(&'b Compiled, &'b Catalogue)>,
    out: Compiled,
    /// By release: the hotfixes that install on it.
    installing: Vec<Vec<u32>>,
    /// By release: the advisories with a cell that covers it, and the place of the cell.
    cells: Vec<Vec<(u32, u32)>>,
    rolled_up_by: Vec<(u32, u32)>,
    conflicts: Vec<(u32, u32)>,
    establishing: Vec<u32>,
    timed: Vec<u32>,
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
        let before = before.filter(|(_, old)| old.product() == catalogue.product());
        let mut builder = Builder::of(catalogue.product(), before, hotfixes.size_hint().0);
        (0_u32..).zip(hotfixes).for_each(|(rank, hotfix)| builder.add_hotfix(rank, hotfix));
        (0_u32..).zip(advisories).for_each(|(number, advisory)| builder.add_advisory(number, advisory));
        builder.finish(catalogue)
    }
}

impl<'b> Builder<'b> {
    fn of(product: &'b Product, before: Option<(&'b Compiled, &'b Catalogue)>, hotfixes: usize) -> Self {
        let words = before.map_or_else(|| Vocabulary::of(product), |(compiled, _)| compiled.words.clone());
        let releases = words.releases.len();
        let mut out = Compiled { words, ..Compiled::default() };
        out.words.hotfixes.reserve(hotfixes.saturating_sub(out.words.hotfixes.len()));
        out.uuids.reserve(hotfixes);
        Self {
            product,
            before,
            out,
            installing: vec![Vec::new(); releases],
            cells: vec![Vec::new(); releases],
            rolled_up_by: Vec::new(),
            conflicts: Vec::new(),
            establishing: Vec::new(),
            timed: Vec::new(),
        }
    }

    fn add_hotfix(&mut self, rank: u32, hotfix: &Hotfix) {
        let kept = self.before.and_then(|(compiled, old)| {
            old.hotfixes().get(&hotfix.id).filter(|old| *old == hotfix)?;
            compiled.hotfix(compiled.words.hotfixes.get(hotfix.id.as_str())?).map(Arc::clone)
        });
        let piece = kept.unwrap_or_else(|| {
            self.out.count += 1;
            Arc::new(HotfixPiece::of(hotfix, self.product, &mut self.out.words))
        });
        let number = piece.number;
        for release in &piece.releases {
            note(&mut self.installing, *release, number);
        }
        self.rolled_up_by.extend(piece.rolls_up.iter().map(|other| (*other, number)));
        self.conflicts.extend(piece.conflicts.iter().flat_map(|other| [(number, *other), (*other, number)]));
        if piece.flags.establishes {
            self.establishing.push(number);
        }
        if let Some(rollout) = &hotfix.rollout {
            self.timed.push(number);
            self.out.last_edge = self.out.last_edge.max(Some(rollout.start)).max(Some(rollout.end()));
        }
        if let Some(uuid) = hotfix.uuid.as_deref().and_then(uuid) {
            self.out.uuids.insert(uuid, number);
        }
        put(&mut self.out.ranks, number, rank, u32::MAX);
        put(&mut self.out.hotfixes, number, Some(piece), None);
    }

    fn add_advisory(&mut self, number: u32, advisory: &Advisory) {
        let kept = self.before.and_then(|(compiled, old)| {
            old.advisories().get(&advisory.id).filter(|old| *old == advisory)?;
            compiled.advisories.get(compiled.advisory_number(&advisory.id)?).map(Arc::clone)
        });
        let piece = kept.unwrap_or_else(|| {
            self.out.count += 1;
            Arc::new(AdvisoryPiece::of(advisory, &mut self.out.words))
        });
        for (place, cell) in (0_u32..).zip(&piece.cells) {
            for release in &cell.releases {
                note(&mut self.cells, *release, (number, place));
            }
        }
        self.out.advisories.push(piece);
    }

    fn finish(self, catalogue: &Catalogue) -> Compiled {
        let mut out = self.out;
        let names = out.words.hotfixes.len();
        out.hotfixes.resize(names, None);
        out.ranks.resize(names, u32::MAX);
        out.rolled_up_by = Edges::of(names, self.rolled_up_by);
        out.conflicts = Edges::of(names, self.conflicts);
        out.establishing = self.establishing.into();
        let here = self.installing.into_iter().zip(self.cells);
        out.here =
            here.map(|(hotfixes, cells)| Here { hotfixes: hotfixes.into(), cells: cells.into() }).collect();
        out.place_releases(catalogue.product());
        out.timed = Bits::none(names);
        let held = catalogue.holds().iter().filter_map(|hold| out.words.hotfixes.get(hold.hotfix.as_str()));
        let timed: Vec<u32> = self.timed.into_iter().chain(held).collect();
        timed.into_iter().for_each(|number| out.timed.insert(number as usize));
        let edges = catalogue.holds().iter().flat_map(|hold| [hold.since, hold.ends()]);
        out.last_edge = edges.max().max(out.last_edge);
        out
    }
}

/// Puts something into the list of a release, once. A release that the product does not have has no hosts.
fn note<T: PartialEq>(lists: &mut [Vec<T>], release: u32, what: T) {
    if let Some(list) = lists.get_mut(release as usize).filter(|list| list.last() != Some(&what)) {
        list.push(what);
    }
}

/// Puts something at a place, and `none` at those before it that have nothing yet.
fn put<T: Clone>(list: &mut Vec<T>, at: u32, what: T, none: T) {
    let at = at as usize;
    if at >= list.len() {
        list.resize(at + 1, none);
    }
    if let Some(place) = list.get_mut(at) {
        *place = what;
    }
}
