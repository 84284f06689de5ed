//! The hotfixes of a host, as a set that costs what the host has, not what the catalogue holds.

/// Numbers, in bits from the word of the least to that of the largest. What a host has is of few releases, and those
/// lie near each other. Nothing is taken out again, so two sets of the same numbers are the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Set {
    /// The place of the first word.
    first: usize,
    words: Vec<u64>,
}

impl Set {
    pub(super) fn insert(&mut self, number: u32) {
        let word = number as usize / 64;
        if self.words.is_empty() {
            self.first = word;
        }
        if let Some(before) = self.first.checked_sub(word).filter(|before| *before > 0) {
            self.words.splice(0..0, std::iter::repeat_n(0, before));
            self.first = word;
        }
        let at = word - self.first;
        if at >= self.words.len() {
            self.words.resize(at + 1, 0);
        }
        self.words.get_mut(at).into_iter().for_each(|word| *word |= 1 << (number % 64));
    }

    pub(super) fn contains(&self, number: u32) -> bool {
        let at = (number as usize / 64).wrapping_sub(self.first);
        self.words.get(at).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// The numbers, smallest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        let first = u32::try_from(self.first).unwrap_or(u32::MAX);
        (first..).zip(&self.words).flat_map(|(place, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let lowest = left.trailing_zeros();
                (left != 0).then(|| {
                    left &= left - 1;
                    place * 64 + lowest
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Set;

    #[test]
    fn holds_numbers_wherever_they_lie() {
        let mut set = Set::default();
        assert!(!set.contains(0) && set.iter().next().is_none());
        for number in [700, 701, 64, 100_000, 0] {
            set.insert(number);
            assert!(set.contains(number));
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 64, 700, 701, 100_000]);
        assert!([1, 63, 699, 99_999, 100_064, u32::MAX].iter().all(|number| !set.contains(*number)));
        let mut other = Set::default();
        for number in [0, 64, 700, 701, 100_000] {
            other.insert(number);
        }
        assert_eq!(set, other);
    }
}
