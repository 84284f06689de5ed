//! What a set of candidates costs, and what no set that holds some of them can cost less than.

use super::field::Field;
use crate::assess::bits::Bits;

/// What a plan costs, in the order of what counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost {
    pub(super) steps: usize,
    pub(super) restarts: usize,
    pub(super) bytes: Bytes,
    /// By number, which is by id; sorted.
    pub(super) ids: Vec<usize>,
}

/// Bytes to download. Those that are not known sort after any that are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bytes {
    Known(i64),
    Unknown,
}

impl Bytes {
    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(left), Self::Known(right)) => Self::Known(left.saturating_add(right)),
            _ => Self::Unknown,
        }
    }
}

/// The bytes of a candidate.
pub(super) fn bytes_of<H>(field: &Field<'_, H>, number: usize) -> Bytes {
    let known = field.hotfix(number).and_then(crate::model::Hotfix::download_bytes);
    known.map_or(Bytes::Unknown, Bytes::Known)
}

/// A point of the search.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) chosen: Bits,
    /// What must not be chosen any more.
    pub(super) closed: Bits,
}

/// Something unmet: at least so many of these candidates have to be chosen.
#[derive(Debug, Clone)]
pub(super) struct Unmet {
    pub(super) options: Bits,
    pub(super) least: usize,
}

impl Cost {
    /// The cost of a set that needs so many restarts.
    pub(super) fn of<H>(field: &Field<'_, H>, set: &Bits, restarts: usize) -> Self {
        let ids: Vec<usize> = set.iter().collect();
        let bytes = ids.iter().fold(Bytes::Known(0), |sum, number| sum.plus(bytes_of(field, *number)));
        Self { steps: ids.len(), restarts, bytes, ids }
    }

    /// A cost that no set at or below a node is under.
    ///
    /// Beside what is chosen it takes, for as many unmet as share no candidate, the least that each can cost;
    /// and where `steps` knows of more steps than these, as many of the smallest ids.
    pub(super) fn bound<H>(field: &Field<'_, H>, node: &Node, unmet: &[Unmet]) -> Self {
        let mut hard = node.chosen.clone();
        hard.keep(&field.hard);
        let mut restarts = hard.len();
        let mut bytes = Self::of(field, &node.chosen, 0).bytes;
        let mut ids = node.chosen.clone();
        let mut used = Bits::none(field.count());
        for one in unmet {
            if one.options.meets(&used) {
                continue;
            }
            used.add(&one.options);
            restarts += usize::from(one.options.within(&field.hard));
            let least = one.options.iter().map(|number| bytes_of(field, number)).min();
            bytes = least.map_or(bytes, |least| bytes.plus(least));
            one.options.iter().take(one.least).for_each(|number| ids.insert(number));
        }
        restarts = restarts.max(usize::from(node.chosen.meets(&field.soft)));
        let steps = node.chosen.len() + steps(field.count(), unmet);
        let more = steps.saturating_sub(ids.len());
        let open = |number: &usize| !ids.contains(*number) && !node.closed.contains(*number);
        let smallest: Vec<usize> = (0..field.count()).filter(open).take(more).collect();
        smallest.into_iter().for_each(|number| ids.insert(number));
        let ids: Vec<usize> = ids.iter().collect();
        Self { steps: ids.len(), restarts, bytes, ids }
    }
}

/// How many more candidates it takes at least: every unmet is given shares of a whole, and those of which a
/// candidate is an option have no more than a whole together. So a candidate that is chosen pays for all of
/// them, and there are as many candidates as wholes (weak duality of covering and packing).
fn steps(candidates: usize, unmet: &[Unmet]) -> usize {
    /// Divisible by every small number of unmet that share a candidate.
    const WHOLE: usize = 5040;
    let mut sharing = vec![0_usize; candidates];
    for number in unmet.iter().flat_map(|one| one.options.iter()) {
        sharing.get_mut(number).into_iter().for_each(|sharing| *sharing += 1);
    }
    let mut left = vec![WHOLE; candidates];
    let mut total = 0;
    let mut give = |one: &Unmet, share: usize, left: &mut Vec<usize>| {
        total += one.least * share;
        for number in one.options.iter() {
            left.get_mut(number).into_iter().for_each(|left| *left -= share);
        }
    };
    for one in unmet {
        let even = |number| WHOLE / sharing.get(number).copied().unwrap_or(1).max(1);
        let share = one.options.iter().map(even).min().unwrap_or(0);
        give(one, share, &mut left);
    }
    for one in unmet {
        let share = one.options.iter().filter_map(|number| left.get(number).copied()).min().unwrap_or(0);
        give(one, share, &mut left);
    }
    total.div_ceil(WHOLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_shares_as_well_as_what_does_not() {
        let unmet = |numbers: &[usize]| {
            let mut options = Bits::none(8);
            numbers.iter().for_each(|number| options.insert(*number));
            Unmet { options, least: 1 }
        };
        assert_eq!(steps(8, &[]), 0);
        assert_eq!(steps(8, &[unmet(&[0, 1]), unmet(&[2])]), 2);
        assert_eq!(steps(8, &[unmet(&[0, 1]), unmet(&[0, 2]), unmet(&[0, 3])]), 1);
        // Of a triangle no two are apart, and yet one candidate does not do.
        assert_eq!(steps(8, &[unmet(&[0, 1]), unmet(&[1, 2]), unmet(&[2, 0])]), 2);
        assert_eq!(steps(8, &[Unmet { least: 2, ..unmet(&[0, 1, 2]) }]), 2);
    }
}
