//! How much there is, for those who watch over the service.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::error::StoreError;
use super::schema::{blobs, submissions};
use super::{Reader, SubmissionState, rows};

/// How much there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// Submissions by their state; none are those that are not named.
    pub submissions: Vec<(SubmissionState, u64)>,
    /// Blobs.
    pub blobs: u64,
    /// Their bytes.
    pub blob_bytes: u64,
}

/// How long writers waited for their turn: one writes at a time.
#[derive(Debug, Default)]
pub struct Waits {
    writes: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Waits {
    pub(super) fn note(&self, waited: Duration) {
        self.writes.fetch_add(1, Relaxed);
        self.nanoseconds.fetch_add(u64::try_from(waited.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    /// How many there were, and how long they waited together.
    #[must_use]
    pub fn read(&self) -> (u64, Duration) {
        (self.writes.load(Relaxed), Duration::from_nanos(self.nanoseconds.load(Relaxed)))
    }
}

impl Reader<'_> {
    /// How much there is.
    ///
    /// # Errors
    /// The database's.
    pub fn totals(&mut self) -> Result<Totals, StoreError> {
        let states: Vec<(String, i64)> = submissions::table
            .group_by(submissions::state)
            .select((submissions::state, count_star()))
            .order(submissions::state)
            .load(self.connection)?;
        let bytes = sql::<BigInt>("CAST(COALESCE(SUM(bytes), 0) AS BIGINT)");
        let (blobs, blob_bytes): (i64, i64) =
            blobs::table.select((sql::<BigInt>("COUNT(*)"), bytes)).first(self.connection)?;
        let state = |(state, count): (String, i64)| {
            Ok::<_, StoreError>((SubmissionState::read(&state)?, rows::version("a count", count)?))
        };
        Ok(Totals {
            submissions: states.into_iter().map(state).collect::<Result<_, _>>()?,
            blobs: rows::version("a count", blobs)?,
            blob_bytes: rows::version("blobs.bytes", blob_bytes)?,
        })
    }
}
