//! When polls arrive.
//!
//! A host polls once in an interval, at a moment that its jitter makes any of it. The polls of many such hosts together
//! are a Poisson process: the time from one to the next is exponential, and none waits for another.

use std::time::Duration;

/// What a poll finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing that concerns the host.
    Unchanged,
    /// Something was published.
    Changed,
}

/// One poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Poll {
    /// When, from the beginning.
    pub(crate) due: Duration,
    /// What it finds.
    pub(crate) kind: Kind,
}

/// The polls of so many hosts, without end. The same seed gives the same polls.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    rate: f64,
    changing: f64,
    seconds: f64,
    random: u64,
}

impl Schedule {
    /// `rate` polls in a second, of which the part `changing` finds a change.
    pub(crate) fn new(rate: f64, changing: f64, seed: u64) -> Self {
        Self { rate, changing, seconds: 0.0, random: seed }
    }

    /// A number in (0, 1], by `SplitMix64`.
    fn uniform(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        ((mixed >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    }
}

impl Iterator for Schedule {
    type Item = Poll;

    fn next(&mut self) -> Option<Poll> {
        self.seconds -= self.uniform().ln() / self.rate;
        let kind = if self.uniform() <= self.changing { Kind::Changed } else { Kind::Unchanged };
        Some(Poll { due: Duration::try_from_secs_f64(self.seconds).ok()?, kind })
    }
}
