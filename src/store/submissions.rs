//! What publishers handed in, and how far it came.

use diesel::prelude::*;

use super::error::StoreError;
use super::rows::{self, column_words};
use super::schema::submissions::{self, dsl};
use super::{Reader, Writer};
use crate::trust::Digest;

column_words! {
    /// How far a submission came.
    SubmissionState in "submissions.state" {
        /// Signatures are missing.
        Waiting = "waiting",
        /// Every gate is passed; somebody may release it.
        Ready = "ready",
        /// Hosts get it.
        Released = "released",
        /// It was refused.
        Refused = "refused",
        /// Another was released in its place.
        Superseded = "superseded",
    }
}

impl SubmissionState {
    /// Whether it may still be released.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Ready)
    }
}

/// A submission without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionRecord {
    /// Its id.
    pub id: String,
    /// Its product.
    pub product: String,
    /// The SHA-256 of its bytes, with the signatures that were added since.
    pub digest: Digest,
    /// How far it came.
    pub state: SubmissionState,
    /// When it was handed in, in seconds since 1970.
    pub submitted_at: i64,
    /// The name of the token that admitted it.
    pub submitted_by: String,
    /// When its state or signatures last changed.
    pub updated_at: i64,
    /// The gates as they were last judged, as JSON.
    pub detail: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = submissions, check_for_backend(super::database::MultiBackend))]
struct Row {
    id: String,
    product: String,
    digest: String,
    state: String,
    submitted_at: i64,
    submitted_by: String,
    updated_at: i64,
    detail: String,
}

impl TryFrom<Row> for SubmissionRecord {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            product: row.product,
            digest: rows::digest("submissions.digest", &row.digest)?,
            state: SubmissionState::read(&row.state)?,
            submitted_at: row.submitted_at,
            submitted_by: row.submitted_by,
            updated_at: row.updated_at,
            detail: row.detail,
        })
    }
}

impl Reader<'_> {
    /// One submission.
    ///
    /// # Errors
    /// The database's; [`StoreError::NotFound`].
    pub fn submission(&mut self, id: &str) -> Result<SubmissionRecord, StoreError> {
        let row: Row =
            dsl::submissions.find(rows::key(id)?).select(Row::as_select()).first(self.connection)?;
        row.try_into()
    }

    /// The bytes of one submission, with the signatures added since.
    ///
    /// # Errors
    /// The database's; [`StoreError::NotFound`].
    pub fn submission_body(&mut self, id: &str) -> Result<String, StoreError> {
        Ok(dsl::submissions.find(rows::key(id)?).select(submissions::body).first(self.connection)?)
    }

    /// Submissions, newest first, at most `limit`, after the one of that time and id.
    ///
    /// # Errors
    /// The database's.
    pub fn submissions(
        &mut self,
        after: Option<(i64, &str)>,
        limit: u32,
    ) -> Result<Vec<SubmissionRecord>, StoreError> {
        let mut query = dsl::submissions
            .order((submissions::submitted_at.desc(), submissions::id.desc()))
            .limit(i64::from(limit))
            .select(Row::as_select())
            .into_boxed();
        if let Some((at, id)) = after {
            let earlier = submissions::submitted_at.lt(at);
            query = query.filter(earlier.or(submissions::submitted_at.eq(at).and(submissions::id.lt(id))));
        }
        query.load(self.connection)?.into_iter().map(SubmissionRecord::try_from).collect()
    }

    /// The ids of a product's submissions that may still be released.
    ///
    /// # Errors
    /// The database's.
    pub fn open_submissions(&mut self, product: &str) -> Result<Vec<String>, StoreError> {
        let open = [SubmissionState::Waiting.word(), SubmissionState::Ready.word()];
        Ok(dsl::submissions
            .filter(submissions::product.eq(rows::key(product)?))
            .filter(submissions::state.eq_any(open))
            .order(submissions::id)
            .select(submissions::id)
            .load(self.connection)?)
    }
}

impl Writer<'_> {
    /// Adds a submission.
    ///
    /// # Errors
    /// The database's; [`StoreError::Taken`] where it is there already.
    pub fn add_submission(&mut self, record: &SubmissionRecord, body: &str) -> Result<(), StoreError> {
        diesel::insert_into(dsl::submissions)
            .values((
                submissions::id.eq(&record.id),
                submissions::product.eq(&record.product),
                submissions::digest.eq(record.digest.to_string()),
                submissions::body.eq(body),
                submissions::state.eq(record.state.word()),
                submissions::submitted_at.eq(record.submitted_at),
                submissions::submitted_by.eq(&record.submitted_by),
                submissions::updated_at.eq(record.updated_at),
                submissions::detail.eq(&record.detail),
            ))
            .execute(self.connection)?;
        Ok(())
    }

    /// Moves a submission on.
    ///
    /// # Errors
    /// The database's; [`StoreError::NotFound`].
    pub fn set_submission(
        &mut self,
        id: &str,
        (state, detail): (SubmissionState, &str),
        at: i64,
    ) -> Result<(), StoreError> {
        let changed = diesel::update(dsl::submissions.find(rows::key(id)?))
            .set((
                submissions::state.eq(state.word()),
                submissions::detail.eq(detail),
                submissions::updated_at.eq(at),
            ))
            .execute(self.connection)?;
        if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
    }

    /// Replaces a submission's bytes by those with further signatures.
    ///
    /// # Errors
    /// The database's; [`StoreError::NotFound`].
    pub fn set_submission_body(&mut self, id: &str, body: &str) -> Result<(), StoreError> {
        let changed = diesel::update(dsl::submissions.find(rows::key(id)?))
            .set((
                submissions::body.eq(body),
                submissions::digest.eq(Digest::of(body.as_bytes()).to_string()),
            ))
            .execute(self.connection)?;
        if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
    }
}
