//! All that every hotfix reaches along an edge, transitively: what it rolls up, or what it needs.

use std::collections::{BTreeMap, HashMap};

use super::{Hotfix, Id};

/// What each hotfix reaches. A chain as long as a catalogue is kept in bits, not as a list of names for each link.
#[derive(Debug, Clone, Default)]
pub(super) struct Closure {
    /// In order.
    ids: Box<[Id]>,
    sets: Box<[Set]>,
    empty: Set,
}

/// Hotfixes by their place among all.
#[derive(Debug, Clone)]
enum Set {
    /// In order.
    Few(Box<[u32]>),
    /// One bit for each hotfix.
    Many(Box<[u64]>),
}

impl Default for Set {
    fn default() -> Self {
        Self::Few(Box::default())
    }
}

/// What one hotfix reaches, by id.
#[derive(Debug, Clone, Copy)]
pub struct Reached<'c> {
    ids: &'c [Id],
    set: &'c Set,
}

/// Who has an edge to whom, by place.
struct Edges<'h> {
    ids: Vec<&'h Id>,
    to: Vec<Vec<u32>>,
}

impl Closure {
    /// All that is reached along an edge; a hotfix itself only where it stands on a cycle.
    pub(super) fn of<'h>(hotfixes: &'h BTreeMap<Id, Hotfix>, edge: impl Fn(&'h Hotfix) -> &'h [Id]) -> Self {
        Edges::of(hotfixes, edge).closure()
    }

    /// All that is reached along the edge the other way round.
    pub(super) fn reverse_of<'h>(
        hotfixes: &'h BTreeMap<Id, Hotfix>,
        edge: impl Fn(&'h Hotfix) -> &'h [Id],
    ) -> Self {
        Edges::of(hotfixes, edge).reversed().closure()
    }

    /// What a hotfix reaches; nothing where there is no such hotfix.
    pub(super) fn from(&self, id: &str) -> Reached<'_> {
        let at = self.ids.binary_search_by(|one| one.as_str().cmp(id)).ok();
        let set = at.and_then(|at| self.sets.get(at)).unwrap_or(&self.empty);
        Reached { ids: &self.ids, set }
    }
}

impl<'h> Edges<'h> {
    fn of(hotfixes: &'h BTreeMap<Id, Hotfix>, edge: impl Fn(&'h Hotfix) -> &'h [Id]) -> Self {
        let ids: Vec<&Id> = hotfixes.keys().collect();
        let places: HashMap<&Id, u32> = ids.iter().copied().zip(0_u32..).collect();
        let to = hotfixes.values().map(|hotfix| {
            let mut to: Vec<u32> = edge(hotfix).iter().filter_map(|id| places.get(id).copied()).collect();
            to.sort_unstable();
            to.dedup();
            to
        });
        Self { to: to.collect(), ids }
    }

    fn reversed(self) -> Self {
        let mut back: Vec<Vec<u32>> = vec![Vec::new(); self.to.len()];
        for (from, to) in (0_u32..).zip(&self.to) {
            for to in to {
                back.get_mut(*to as usize).into_iter().for_each(|list| list.push(from));
            }
        }
        Self { to: back, ..self }
    }

    fn closure(&self) -> Closure {
        let count = self.to.len();
        let mut sets: Vec<Set> = vec![Set::default(); count];
        let mut all = Gathered::new(count);
        let order = self.ends_first();
        // The rules refuse a cycle, and want to know who stands on it: there, everybody looks for himself.
        let cyclic = order.is_none();
        for at in order.unwrap_or_else(|| (0_u32..).take(count).collect()) {
            if cyclic {
                self.walk(at, &mut all);
            } else {
                for to in self.from(at) {
                    all.insert(*to);
                    sets.get(*to as usize).into_iter().for_each(|set| all.add(set));
                }
            }
            let set = all.take();
            if let Some(place) = sets.get_mut(at as usize) {
                *place = set;
            }
        }
        let ids = self.ids.iter().map(|id| (*id).clone()).collect();
        Closure { ids, sets: sets.into(), empty: Set::default() }
    }

    fn from(&self, at: u32) -> &[u32] {
        self.to.get(at as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// Everybody after all that they have an edge to; `None` where there is a cycle.
    fn ends_first(&self) -> Option<Vec<u32>> {
        let mut left: Vec<usize> = self.to.iter().map(Vec::len).collect();
        let mut back: Vec<Vec<u32>> = vec![Vec::new(); self.to.len()];
        for (from, to) in (0_u32..).zip(&self.to) {
            to.iter().for_each(|to| back.get_mut(*to as usize).into_iter().for_each(|list| list.push(from)));
        }
        let mut order: Vec<u32> =
            (0_u32..).zip(&left).filter(|(_, left)| **left == 0).map(|(at, _)| at).collect();
        let mut next = 0;
        while let Some(at) = order.get(next).copied() {
            next += 1;
            for from in back.get(at as usize).into_iter().flatten() {
                let Some(left) = left.get_mut(*from as usize) else { continue };
                *left -= 1;
                if *left == 0 {
                    order.push(*from);
                }
            }
        }
        (order.len() == self.to.len()).then_some(order)
    }

    /// All that is reached from one, by looking.
    fn walk(&self, at: u32, all: &mut Gathered) {
        let mut open: Vec<u32> = self.from(at).to_vec();
        while let Some(at) = open.pop() {
            if all.insert(at) {
                open.extend(self.from(at));
            }
        }
    }
}

/// A set that is being put together, in bits that are used again for the next.
struct Gathered {
    bits: Box<[u64]>,
    /// What was put in one by one.
    list: Vec<u32>,
    /// Whether more was put in than the list has.
    whole: bool,
}

impl Gathered {
    fn new(count: usize) -> Self {
        Self { bits: vec![0; count.div_ceil(64)].into(), list: Vec::new(), whole: false }
    }

    /// Puts one in; false where it was.
    fn insert(&mut self, at: u32) -> bool {
        let new = !has(&self.bits, at);
        if new {
            put(&mut self.bits, at);
            self.list.push(at);
        }
        new
    }

    fn add(&mut self, set: &Set) {
        match set {
            Set::Few(list) => list.iter().for_each(|at| {
                self.insert(*at);
            }),
            Set::Many(other) => {
                self.bits.iter_mut().zip(other).for_each(|(one, more)| *one |= more);
                self.whole = true;
            }
        }
    }

    /// What was put in, and begins anew. A list is kept as long as it is shorter than the bits.
    fn take(&mut self) -> Set {
        if self.whole || self.list.len() > self.bits.len() * 2 {
            (self.whole, self.list) = (false, Vec::new());
            let empty = vec![0; self.bits.len()].into_boxed_slice();
            return Set::Many(std::mem::replace(&mut self.bits, empty));
        }
        let mut list = std::mem::take(&mut self.list);
        for at in &list {
            self.bits.get_mut(*at as usize / 64).into_iter().for_each(|word| *word &= !(1 << (at % 64)));
        }
        list.sort_unstable();
        Set::Few(list.into())
    }
}

fn has(bits: &[u64], at: u32) -> bool {
    bits.get(at as usize / 64).is_some_and(|word| word & (1 << (at % 64)) != 0)
}

fn put(bits: &mut [u64], at: u32) {
    bits.get_mut(at as usize / 64).into_iter().for_each(|word| *word |= 1 << (at % 64));
}

impl<'c> Reached<'c> {
    /// Whether a hotfix is among them.
    #[must_use]
    pub fn contains(&self, id: &(impl AsRef<str> + ?Sized)) -> bool {
        let id = id.as_ref();
        if self.is_empty() {
            return false;
        }
        match self.set {
            // Few are compared by name, since that is sooner than to look up a place.
            Set::Few(list) => {
                list.binary_search_by(|at| self.ids.get(*at as usize).map_or("", Id::as_str).cmp(id)).is_ok()
            }
            Set::Many(bits) => {
                let at = self.ids.binary_search_by(|one| one.as_str().cmp(id)).ok();
                at.and_then(|at| u32::try_from(at).ok()).is_some_and(|at| has(bits, at))
            }
        }
    }

    /// They, by id.
    pub fn iter(&self) -> impl Iterator<Item = &'c Id> + use<'c> {
        let (ids, set) = (self.ids, self.set);
        let few = match set {
            Set::Few(list) => Some(list.iter().filter_map(|at| ids.get(*at as usize))),
            Set::Many(_) => None,
        };
        let many = match set {
            Set::Few(_) => None,
            Set::Many(bits) => Some((0_u32..).zip(ids).filter(|(at, _)| has(bits, *at)).map(|(_, id)| id)),
        };
        few.into_iter().flatten().chain(many.into_iter().flatten())
    }

    /// How many they are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.set {
            Set::Few(list) => list.len(),
            Set::Many(bits) => bits.iter().map(|word| word.count_ones() as usize).sum(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self.set {
            Set::Few(list) => list.is_empty(),
            Set::Many(_) => false,
        }
    }

    /// Those that another has too, of the same hotfixes; by id.
    pub(super) fn common(&self, other: Reached<'c>) -> Vec<&'c Id> {
        match (self.set, other.set) {
            (Set::Many(left), Set::Many(right)) => {
                let both: Box<[u64]> = left.iter().zip(right).map(|(left, right)| left & right).collect();
                if both.iter().all(|word| *word == 0) {
                    return Vec::new();
                }
                (0_u32..).zip(self.ids).filter(|(at, _)| has(&both, *at)).map(|(_, id)| id).collect()
            }
            (Set::Few(list), other) | (other, Set::Few(list)) => {
                let in_other = |at: &&u32| match other {
                    Set::Few(list) => list.binary_search(at).is_ok(),
                    Set::Many(bits) => has(bits, **at),
                };
                list.iter().filter(in_other).filter_map(|at| self.ids.get(*at as usize)).collect()
            }
        }
    }
}

impl<'c> IntoIterator for Reached<'c> {
    type Item = &'c Id;
    type IntoIter = std::vec::IntoIter<&'c Id>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}
