//! Handing in, cosigning and looking at submissions.

use jiff::Timestamp;

use super::error::ReleaseError;
use super::service::Releases;
use super::view::{self, SubmissionList, SubmissionView, view};
use crate::repository::Submission;
use crate::repository::gates::{GateName, Review};
use crate::store::{Event, StoreError, SubmissionRecord, SubmissionState};
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
        {
            let _turn = self.turn();
            match self.store.read(|tx| tx.submission(&id)) {
                Ok(_) => {}
                Err(StoreError::NotFound) => return self.add(&submission, bytes, actor, now),
                Err(error) => return Err(error.into()),
            }
        }
        self.add_signature(&id, bytes, actor, now)
    }

    fn add(
        &self,
        submission: &Submission,
        bytes: &[u8],
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
        let record = SubmissionRecord {
            id: id.clone(),
            product: submission.product.to_string(),
            digest: Digest::of(bytes),
            state: state_of(&review),
            submitted_at: at,
            submitted_by: actor.to_owned(),
            updated_at: at,
            detail: view::judged(&review),
        };
        let body = String::from_utf8_lossy(&submission.to_bytes()).into_owned();
        self.store.write(|tx| {
            tx.add_submission(&record, &body)?;
            tx.add_audit(&event("submit", record.state.word()), at)
        })?;
        Ok(view(record, None))
    }

    /// Takes further signatures on a submission: a copy of it that others have signed.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; a copy of another submission; a submission that is closed, or no longer
    /// passes its gates.
    pub fn add_signature(
        &self,
        id: &str,
        copy: &[u8],
        actor: &str,
        now: Timestamp,
    ) -> Result<SubmissionView, ReleaseError> {
        let copy = Submission::parse(copy)?;
        if copy.id() != id {
            let text = format!("the signed metadata is that of {}, not of {id}", copy.id());
            return Err(ReleaseError::Differs(text));
        }
        let _turn = self.turn();
        let (record, body) =
            self.store.read(|tx| Ok::<_, StoreError>((tx.submission(id)?, tx.submission_body(id)?)))?;
        if !matches!(record.state, SubmissionState::Waiting | SubmissionState::Ready) {
            return self.show(record);
        }
        let mut submission = Submission::parse(body.as_bytes())?;
        if merge(&mut submission, &copy)? == 0 {
            return self.show(record);
        }
        let review = self.review(&self.served(), &submission, now)?;
        if let Some(error) = refusal(&review) {
            return Err(error);
        }
        let (state, detail) = (state_of(&review), view::judged(&review));
        let body = String::from_utf8_lossy(&submission.to_bytes()).into_owned();
        let event = Event {
            actor: actor.to_owned(),
            action: "cosign",
            subject: id.to_owned(),
            detail: state.word().to_owned(),
        };
        let record = self.store.write(|tx| {
            tx.set_submission_body(id, &body)?;
            tx.set_submission(id, (state, &detail), now.as_second())?;
            tx.add_audit(&event, now.as_second())?;
            tx.submission(id)
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
        if matches!(record.state, SubmissionState::Waiting | SubmissionState::Ready) {
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

/// Takes over the signatures that a copy has beyond ours. Says how many.
fn merge(submission: &mut Submission, copy: &Submission) -> Result<usize, ReleaseError> {
    let limits = Limits::default();
    let mut added = 0;
    for role in &mut submission.roles {
        let Some(other) = copy.roles.iter().find(|other| other.name == role.name) else { continue };
        let mut own = Envelope::parse(role.metadata.as_bytes(), &limits)?;
        let more = own.merge_signatures(&Envelope::parse(other.metadata.as_bytes(), &limits)?);
        if more > 0 {
            role.metadata = String::from_utf8_lossy(&own.to_bytes()).into_owned();
            added += more;
        }
    }
    Ok(added)
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
            ReleaseError::Stale { current: review.current_version, detail, gates }
        }
        _ => ReleaseError::Refused { detail, gates },
    })
}
