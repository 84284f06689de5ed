//! What was released, in order.

use diesel::dsl::max;
use diesel::prelude::*;

use super::error::StoreError;
use super::rows;
use super::schema::releases::{self, dsl};
use super::{Reader, Writer};

/// A release as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRelease {
    /// The submission.
    pub submission: String,
    /// Its product.
    pub product: String,
    /// The version of the product's role that it brought.
    pub role_version: u64,
    /// The version of the snapshot that lists it.
    pub snapshot_version: u64,
    /// The version of the timestamp that lists that.
    pub timestamp_version: u64,
    /// When, in seconds since 1970.
    pub released_at: i64,
}

/// A release with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRecord {
    /// Its number, rising.
    pub sequence: i64,
    /// What was released.
    pub release: NewRelease,
}

impl Reader<'_> {
    /// The release of a submission.
    ///
    /// # Errors
    /// The database's; [`StoreError::NotFound`].
    pub fn release_of(&mut self, submission: &str) -> Result<ReleaseRecord, StoreError> {
        let (sequence, submission, product, role, snapshot, timestamp, released_at) = dsl::releases
            .filter(releases::submission_id.eq(rows::key(submission)?))
            .first::<(i64, String, String, i64, i64, i64, i64)>(self.connection)?;
        let release = NewRelease {
            submission,
            product,
            role_version: rows::version("releases.role_version", role)?,
            snapshot_version: rows::version("releases.snapshot_version", snapshot)?,
            timestamp_version: rows::version("releases.timestamp_version", timestamp)?,
            released_at,
        };
        Ok(ReleaseRecord { sequence, release })
    }
}

impl Writer<'_> {
    /// Adds a release and answers its number.
    ///
    /// # Errors
    /// The database's; [`StoreError::Taken`] where the submission was released already.
    pub fn add_release(&mut self, new: &NewRelease) -> Result<i64, StoreError> {
        let last: Option<i64> = dsl::releases.select(max(releases::sequence)).first(self.connection)?;
        let sequence = last.unwrap_or_default() + 1;
        diesel::insert_into(dsl::releases)
            .values((
                releases::sequence.eq(sequence),
                releases::submission_id.eq(&new.submission),
                releases::product.eq(&new.product),
                releases::role_version.eq(rows::number("the role's version", new.role_version)?),
                releases::snapshot_version.eq(rows::number("the snapshot's version", new.snapshot_version)?),
                releases::timestamp_version
                    .eq(rows::number("the timestamp's version", new.timestamp_version)?),
                releases::released_at.eq(new.released_at),
            ))
            .execute(self.connection)?;
        Ok(sequence)
    }
}
