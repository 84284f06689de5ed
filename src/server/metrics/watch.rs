//! Log lines for what is not worth one each time: the store's outages by their beginning and end, refused
//! requests by the minute.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

use jiff::{SignedDuration, Timestamp};

use super::counts::Metrics;
use crate::server::problem::Code;

/// Whether the store does what it is asked.
#[derive(Debug, Default)]
pub struct Watch {
    failing: AtomicBool,
    since: AtomicI64,
    refused: AtomicU64,
    code: AtomicU64,
}

impl Watch {
    /// It did not: said once, until it does again.
    pub fn failed(&self, code: Code, inside: &str, now: Timestamp) {
        self.refused.fetch_add(1, Relaxed);
        if !self.failing.swap(true, Relaxed) {
            self.code.store(code as u64, Relaxed);
            self.since.store(now.as_second(), Relaxed);
            tracing::error!(
                code = code.word(),
                reason = inside,
                "the store fails: reading goes on, writing is refused"
            );
        }
    }

    /// It wrote durably.
    pub fn worked(&self, now: Timestamp) {
        if self.failing.load(Relaxed) && self.failing.swap(false, Relaxed) {
            let seconds = now.as_second().saturating_sub(self.since.load(Relaxed));
            let refused = self.refused.swap(0, Relaxed);
            tracing::warn!(seconds, refused, "the store works again");
        }
    }

    /// What it fails with, and since when.
    #[must_use]
    pub fn failing(&self) -> Option<(Code, Timestamp)> {
        let code = Code::ALL.get(usize::try_from(self.code.load(Relaxed)).ok()?)?;
        let since = Timestamp::from_second(self.since.load(Relaxed)).unwrap_or_default();
        self.failing.load(Relaxed).then_some((*code, since))
    }
}

/// How often the refused requests are told of.
const EVERY: SignedDuration = SignedDuration::from_mins(1);

/// What was told of refused requests.
#[derive(Debug)]
pub struct Told {
    at: Timestamp,
    problems: [u64; Code::ALL.len()],
}

impl Told {
    /// Nothing yet.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { at: now, problems: [0; Code::ALL.len()] }
    }

    /// Tells of those of the last minute, in one line, if there were any.
    pub fn tell(&mut self, metrics: &Metrics, now: Timestamp) {
        if now.duration_since(self.at).abs() < EVERY {
            return;
        }
        let problems = metrics.problems();
        let (total, words) = since(&self.problems, &problems);
        *self = Self { at: now, problems };
        if total > 0 {
            tracing::info!(total, codes = words, "requests were refused");
        }
    }
}

/// How many there were since, and of what: `not_found 3, unauthenticated 1`.
fn since(before: &[u64], now: &[u64]) -> (u64, String) {
    let counts =
        Code::ALL.iter().zip(now.iter().zip(before)).map(|(code, (now, before))| (code, now - before));
    let some: Vec<_> = counts.filter(|(_, count)| *count > 0).collect();
    let words: Vec<String> = some.iter().map(|(code, count)| format!("{} {count}", code.word())).collect();
    (some.iter().map(|(_, count)| count).sum(), words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_has_a_beginning_and_an_end() {
        let (watch, at) = (Watch::default(), Timestamp::from_second(1_000).unwrap());
        assert_eq!(watch.failing(), None);
        watch.failed(Code::StorageFull, "full", at);
        watch.failed(Code::Busy, "busy", at + SignedDuration::from_secs(5));
        assert_eq!(watch.failing(), Some((Code::StorageFull, at)));
        watch.worked(at);
        assert_eq!(watch.failing(), None);
    }

    #[test]
    fn refusals_are_summed() {
        let metrics = Metrics::default();
        let before = metrics.problems();
        assert_eq!(since(&before, &metrics.problems()), (0, String::new()));
        (0..3).for_each(|_| metrics.problem(Code::NotFound));
        metrics.problem(Code::Unauthenticated);
        let expected = (4, "unauthenticated 1, not_found 3".to_owned());
        assert_eq!(since(&before, &metrics.problems()), expected);
    }
}
