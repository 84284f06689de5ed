//! How long hosts waited, and what a step came to.

use std::time::Duration;

/// What every poll but one in a hundred is to be below, in milliseconds.
pub(crate) const LIMIT_MS: f64 = 250.0;

/// Which part of its core a process takes that has no more to give.
const BUSY: f64 = 0.85;

/// How long each poll took, in order of length.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    /// Of polls in any order.
    pub(crate) fn new(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// What the part `share` of them is at or below, by the nearest rank, in milliseconds; not a number of none.
    pub(crate) fn quantile_ms(&self, share: f64) -> f64 {
        let ranks = 1..=self.0.len();
        let rank = ranks.into_iter().find(|rank| *rank as f64 >= share * self.0.len() as f64);
        let found = rank.and_then(|rank| self.0.get(rank - 1));
        found.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
    }
}

/// So many hosts for some seconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Step {
    /// How many hosts.
    pub(crate) hosts: u64,
    /// How many polls were due in a second, counted.
    pub(crate) polls_per_second: f64,
    /// How long each that was answered took.
    pub(crate) latencies: Latencies,
    /// Polls that had no good answer, or none in time.
    pub(crate) errors: u64,
    /// The first of them.
    pub(crate) first_error: Option<String>,
    /// The part of one core that the server took, where it is known.
    pub(crate) server_cpu: Option<f64>,
    /// The part of one core that the load took.
    pub(crate) load_cpu: f64,
}

impl Step {
    /// Whether every host was served well.
    pub(crate) fn is_well(&self) -> bool {
        self.errors == 0 && self.latencies.quantile_ms(0.99) < LIMIT_MS
    }

    /// What had no more to give, if that is known.
    pub(crate) fn limit(&self) -> Limit {
        match self.server_cpu {
            Some(cpu) if cpu >= BUSY && cpu >= self.load_cpu => Limit::Server,
            _ if self.load_cpu >= BUSY => Limit::Load,
            Some(_) => Limit::Neither,
            None => Limit::Server,
        }
    }
}

/// Why a step was not served well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// The server, or what is between it and the load.
    Server,
    /// The load.
    Load,
    /// Neither was busy: the machine had something else to do, or somebody waited for something.
    Neither,
}
