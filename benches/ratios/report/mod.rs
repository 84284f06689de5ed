//! What a run says: rows with their goals, what was measured, and how far that can be trusted. Pure, so that
//! the tests read it too.

#![allow(dead_code, unused_imports, reason = "the bench and the test each use a part")]

mod history;
mod stats;
mod table;

use std::fmt;

pub(crate) use history::{SCHEMA, history_line, json};
use serde::Serialize;
pub(crate) use stats::{Compared, STEADY, Steady, least};
pub(crate) use table::table;

/// A row of `docs/benchmarks.md`, before it is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spec {
    /// `section/name`, which `ROWS=` looks in and the history knows the row by: it never changes.
    pub(crate) id: &'static str,
    /// What is measured.
    pub(crate) what: &'static str,
    /// To what it is compared in the same run; empty where the figure stands for itself.
    pub(crate) baseline: &'static str,
    /// Of what the figure is.
    pub(crate) unit: Unit,
    /// What is to be reached.
    pub(crate) goal: Goal,
    /// What the prototype gave.
    pub(crate) seen: &'static str,
}

/// Of what a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Times the baseline.
    Ratio,
    /// Bytes on the wire.
    Bytes,
    /// Requests.
    Requests,
    /// Binary kilobytes.
    Kib,
    /// Megabytes, of 1,000,000 bytes.
    Mb,
    /// Seconds on the wall.
    Seconds,
}

/// What is to be reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// No more than this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Nothing: it is there to be looked at.
    None,
}

/// What came of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// A figure.
    Measured {
        /// It.
        value: f64,
        /// The baseline measured twice, where the figure rests on one.
        steady: Option<Steady>,
    },
    /// It could not be measured here.
    Skipped {
        /// What it takes.
        why: String,
    },
    /// It should have been measured, and was not.
    Failed {
        /// Why.
        why: String,
    },
}

/// A row, measured.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Which.
    pub(crate) spec: Spec,
    /// What came of it.
    pub(crate) outcome: Outcome,
    /// How it was measured, where that differs from what the documentation says, and the parts of it.
    pub(crate) note: String,
}

/// What a row says in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// The goal is reached.
    Reached,
    /// It is not.
    Missed,
    /// The baseline differed from itself: the figure says nothing.
    Inconclusive,
    /// Something that it takes is not here.
    Skipped,
    /// It should have been measured, and was not.
    Failed,
    /// There is no goal.
    Measured,
}

impl Goal {
    fn holds(self, value: f64) -> Option<bool> {
        match self {
            Self::AtMost(limit) => Some(value <= limit),
            Self::AtLeast(limit) => Some(value >= limit),
            Self::None => None,
        }
    }
}

impl Row {
    /// What it says.
    #[must_use]
    pub(crate) fn verdict(&self) -> Verdict {
        match &self.outcome {
            Outcome::Skipped { .. } => Verdict::Skipped,
            Outcome::Failed { .. } => Verdict::Failed,
            Outcome::Measured { steady: Some(steady), .. } if !steady.holds() => Verdict::Inconclusive,
            Outcome::Measured { value, .. } => match self.spec.goal.holds(*value) {
                // What is not a number reaches nothing.
                _ if !value.is_finite() => Verdict::Failed,
                Some(true) => Verdict::Reached,
                Some(false) => Verdict::Missed,
                None => Verdict::Measured,
            },
        }
    }

    /// The figure.
    #[must_use]
    pub(crate) fn value(&self) -> Option<f64> {
        match self.outcome {
            Outcome::Measured { value, .. } => Some(value),
            Outcome::Skipped { .. } | Outcome::Failed { .. } => None,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reached => "reached",
            Self::Missed => "MISSED",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::Skipped => "SKIPPED",
            Self::Failed => "FAILED",
            Self::Measured => "",
        })
    }
}

impl Unit {
    /// The word of the JSON.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::Bytes => "bytes",
            Self::Requests => "requests",
            Self::Kib => "KiB",
            Self::Mb => "MB",
            Self::Seconds => "s",
        }
    }

    /// A figure for people. A ratio far below one is a fraction of one.
    #[must_use]
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Ratio if value > 0.0 && value < 0.1 => format!("1/{}", rounded(1.0 / value)),
            Self::Ratio => rounded(value),
            Self::Bytes | Self::Requests => {
                format!("{value:.0} {}", if self == Self::Bytes { "B" } else { "req" })
            }
            Self::Kib | Self::Mb | Self::Seconds => format!("{} {}", rounded(value), self.word()),
        }
    }
}

/// Three digits that count, without a tail of zeros.
fn rounded(value: f64) -> String {
    let text = match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}
