//! Handing in, cosigning and looking at submissions.

use jiff::Timestamp;

use super::error::ReleaseError;
use super::service::Releases;
use super::signatures;
use super::view::{self, SubmissionList, SubmissionView, view};
use crate::repository::Submission;
use crate::repository::gates::{GateName, Review};
use crate::store::{Event, StoreError, SubmissionRecord, SubmissionState};
use crate::trust::envelope::Signature;
use crate::trust::{Digest, Envelope, Limits};

impl Releases {
    /// Takes a submission. The same one handed in again answers what became of it; with further signatures,
    /// it takes these.
    ///
    /// # Errors
    /// Bytes that are no submission; [`ReleaseError::Stale`]; [`ReleaseError::Refused`] with the gates. While
    /// signatures are missing it is taken, and waits.
    pub fn submit(&self, bytes: &[u8], actor: &str, now: Timestamp) -> Result<SubmissionView, ReleaseError> {
        let submission = Submission::parse(bytes)?;
        let id = submission.id();
        let _turn = self.turn()?;
        match self.store.read(|tx| tx.submission(&id)) {
            Ok(record) if record.state.is_open() => {
                let metadata =
                    submission.roles.first().map(|role| role.metadata.as_str()).unwrap_or_default();
                let copy = Envelope::parse(metadata.as_bytes(), &Limits::default())?;
                self.cosign(record, copy.signatures(), actor, now)
            }
            Ok(record) if record.state == SubmissionState::Released => self.show(record),
            // One that was closed may pass by now: a file that was missing was uploaded since, say.
            Ok(_) => self.add(&submission, true, actor, now),
            Err(StoreError::NotFound) => self.add(&submission, false, actor, now),
            Err(error) => Err(error.into()),
        }
    }

    fn add(
        &self,
        submission: &Submission,
        known: bool,
        actor: &str,
        now: Timestamp,
    ) -> Result<SubmissionView, ReleaseError> {
        let review = self.review(&self.served(), submission, now)?;
        let at = now.as_second();
        let id = submission.id();
        let event = |action, detail: &str| Event {
            actor: actor.to_owned(),
            action,
            subject: id.clone(),
            detail: detail.to_owned(),
        };
        if let Some(error) = refusal(&review) {
            self.store.write(|tx| tx.add_audit(&event("refuse", &error.to_string()), at))?;
            return Err(error);
        }
        let body = String::from_utf8_lossy(&submission.to_bytes()).into_owned();
        let record = SubmissionRecord {
            id: id.clone(),
            product: submission.product.to_string(),
            digest: Digest::of(body.as_bytes()),
            state: state_of(&review),
            submitted_at: at,
            submitted_by: actor.to_owned(),
            updated_at: at,
            detail: view::judged(&review),
        };
        self.store.write(|tx| {
            if known {
                tx.set_submission_body(&id, &body)?;
                tx.set_submission(&id, (record.state, &record.detail), at)?;
            } else {
                tx.add_submission(&record, &body)?;
            }
            tx.add_audit(&event("submit", record.state.word()), at)
        })?;
        Ok(view(record, None))
    }

    /// Takes a further signature on a submission.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`ReleaseError::Signature`] for one that does not count;
    /// [`ReleaseError::Closed`] for a submission that is not open.
    pub fn add_signature(
        &self,
        id: &str,
        (keyid, sig): (&str, &str),
        actor: &str,
        now: Timestamp,
    ) -> Result<SubmissionView, ReleaseError> {
        let _turn = self.turn()?;
        let record = self.store.read(|tx| tx.submission(id))?;
        if !record.state.is_open() {
            return Err(ReleaseError::Closed { id: id.to_owned(), state: record.state.word() });
        }
        let signature = signatures::one(keyid, sig)?;
        let view = self.cosign(record, &[signature], actor, now)?;
        let counts = view.signed_by().any(|by| by == keyid);
        if counts { Ok(view) } else { Err(signatures::useless(id, keyid)) }
    }

    /// Adds those signatures that count and are not there yet.
    fn cosign(
        &self,
        record: SubmissionRecord,
        more: &[Signature],
        actor: &str,
        now: Timestamp,
    ) -> Result<SubmissionView, ReleaseError> {
        let body = self.store.read(|tx| tx.submission_body(&record.id))?;
        let mut submission = Submission::parse(body.as_bytes())?;
        let state = self.served();
        let before = self.review(&state, &submission, now)?;
        signatures::put(&mut submission, &before, more)?;
        let review = self.review(&state, &submission, now)?;
        let count = |review: &Review| review.signers.as_ref().map_or(0, |signers| signers.by.len());
        if count(&review) <= count(&before) {
            return self.show(record);
        }
        if let Some(error) = refusal(&review) {
            return Err(error);
        }
        let (next, detail) = (state_of(&review), view::judged(&review));
        let body = String::from_utf8_lossy(&submission.to_bytes()).into_owned();
        let event = Event {
            actor: actor.to_owned(),
            action: "cosign",
            subject: record.id.clone(),
            detail: next.word().to_owned(),
        };
        let record = self.store.write(|tx| {
            tx.set_submission_body(&record.id, &body)?;
            tx.set_submission(&record.id, (next, &detail), now.as_second())?;
            tx.add_audit(&event, now.as_second())?;
            tx.submission(&record.id)
        })?;
        Ok(view(record, None))
    }

    /// One submission; while it is open, judged as things stand now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn status(&self, id: &str, now: Timestamp) -> Result<SubmissionView, ReleaseError> {
        let (mut record, body) =
            self.store.read(|tx| Ok::<_, StoreError>((tx.submission(id)?, tx.submission_body(id)?)))?;
        if record.state.is_open() {
            let submission = Submission::parse(body.as_bytes())?;
            record.detail = view::judged(&self.review(&self.served(), &submission, now)?);
        }
        self.show(record)
    }

    /// The submission file, with the signatures that were added since.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn submission_file(&self, id: &str) -> Result<String, ReleaseError> {
        Ok(self.store.read(|tx| tx.submission_body(id))?)
    }

    /// Submissions, newest first, at most `limit`, after the one whose id is `after`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an `after` that is none.
    pub fn list(&self, after: Option<&str>, limit: u32) -> Result<SubmissionList, ReleaseError> {
        let (records, more) = self.store.read(|tx| {
            let after = after.map(|id| tx.submission(id)).transpose()?;
            let after = after.as_ref().map(|record| (record.submitted_at, record.id.as_str()));
            let mut records = tx.submissions(after, limit.saturating_add(1))?;
            let more = records.len() > limit as usize;
            records.truncate(limit as usize);
            Ok::<_, StoreError>((records, more))
        })?;
        let items = records.into_iter().map(|record| self.show(record)).collect::<Result<Vec<_>, _>>()?;
        let next = items.last().filter(|_| more).map(|item| item.id.clone());
        Ok(SubmissionList { items, next })
    }

    pub(super) fn show(&self, record: SubmissionRecord) -> Result<SubmissionView, ReleaseError> {
        let release = match record.state {
            SubmissionState::Released => Some(self.store.read(|tx| tx.release_of(&record.id))?),
            _ => None,
        };
        Ok(view(record, release))
    }
}

pub(super) fn state_of(review: &Review) -> SubmissionState {
    if review.ready() { SubmissionState::Ready } else { SubmissionState::Waiting }
}

/// The error of a review that failed a gate.
pub(super) fn refusal(review: &Review) -> Option<ReleaseError> {
    let failed = review.failed()?;
    let (detail, gates) = (failed.detail.clone(), review.gates.clone());
    Some(match failed.name {
        GateName::Current | GateName::Version => {
            ReleaseError::Stale { current: review.current_version, next: review.next_version, detail, gates }
        }
        _ => ReleaseError::Refused { detail, gates },
    })
}
