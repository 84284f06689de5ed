//! The hold: a delay of one hotfix, signed by the server's own online key. It delays, and does nothing else.

use jiff::Timestamp;

use super::Id;
use super::decode::{Decoder, Mode};
use super::problem::Problems;
use super::source::Source;

/// The longest hold, in hours (14 days).
pub const MAX_HOLD_HOURS: i64 = 14 * 24;

/// A hold on one revision of a hotfix.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hold {
    /// The product.
    pub product: Id,
    /// The hotfix.
    pub hotfix: Id,
    /// The revision of the hotfix that it delays; another is not delayed.
    pub hotfix_revision: i64,
    /// From when.
    pub since: Timestamp,
    /// Until when, at most [`MAX_HOLD_HOURS`] after `since`.
    pub until: Timestamp,
    /// When it was lifted before its end.
    pub lifted: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

impl Hold {
    /// Reads a hold document.
    ///
    /// # Errors
    /// Every problem of the document, each with its place.
    pub fn decode(source: &Source, mode: Mode) -> Result<Self, Problems> {
        let decoder = Decoder::new(source, mode);
        let root = decoder.root();
        root.schema("hotfixd/hold/1");
        let null = root.get("lifted").is_some_and(|value| *value == crate::json::Value::Null);
        let hold = Self {
            product: root.id("product"),
            hotfix: root.id("hotfix"),
            hotfix_revision: root.int("hotfix_revision", 1),
            since: root.time("since"),
            until: root.time("until"),
            lifted: if null { None } else { root.opt_time("lifted") },
            reason: root.line("reason"),
        };
        let longest = jiff::SignedDuration::from_hours(MAX_HOLD_HOURS);
        let length = hold.until.duration_since(hold.since);
        if length > longest || length.is_negative() {
            let remedy = "End it after it began, and at most 14 days after.";
            decoder.refuse(&root.at("until"), "is not within 14 days after `since`", remedy);
        }
        root.finish();
        decoder.finish(hold)
    }

    /// The moment from which the hold delays nothing.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.lifted.map_or(self.until, |lifted| lifted.min(self.until))
    }
}
