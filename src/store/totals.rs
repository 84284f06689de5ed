//! How much there is, for those who watch over the service.

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
