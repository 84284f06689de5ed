//! Releasing: all of a submission, durably, then for everybody at once.

use std::sync::Arc;

use jiff::Timestamp;

use super::error::ReleaseError;
use super::service::Releases;
use super::sign::{self, Renew};
use super::submissions::refusal;
use super::view::{self, SubmissionView};
use crate::json;
use crate::repository::gates::Review;
use crate::repository::{Published, Submission};
use crate::store::{DocumentKind, DocumentRevision, Event, NewRelease, StoreError, SubmissionState, Writer};
use crate::trust::{Digest, TargetPath};

impl Releases {
    /// Releases a submission. One that is released already is answered as such. With a digest, it is released
    /// only if that is still its own: what somebody has looked at.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`ReleaseError::Differs`]; [`ReleaseError::Waiting`] for signatures; [`ReleaseError::Stale`] where
    /// another was released meanwhile; [`ReleaseError::Refused`] where a gate is no longer passed.
    pub fn release(
        &self,
        id: &str,
        digest: Option<&Digest>,
        actor: &str,
        now: Timestamp,
    ) -> Result<SubmissionView, ReleaseError> {
        let turn = self.turn()?;
        let (record, body) =
            self.store.read(|tx| Ok::<_, StoreError>((tx.submission(id)?, tx.submission_body(id)?)))?;
        let at = now.as_second();
        let state = self.served();
        match record.state {
            SubmissionState::Released => return self.show(record),
            SubmissionState::Refused => {
                let state = record.state.word();
                return Err(ReleaseError::Closed { id: id.to_owned(), state });
            }
            SubmissionState::Waiting | SubmissionState::Ready | SubmissionState::Superseded => {}
        }
        if digest.is_some_and(|digest| *digest != record.digest) {
            return Err(ReleaseError::Differs(format!(
                "{id} has changed since: its digest is {}",
                record.digest
            )));
        }
        let submission = Submission::parse(body.as_bytes())?;
        let review = self.review(&state, &submission, now)?;
        if let Some(error) = refusal(&review) {
            let (closed, detail) = (closed_as(&error), view::judged(&review));
            self.store.write(|tx| tx.set_submission(id, (closed, &detail), at))?;
            return Err(error);
        }
        let (threshold, missing) = view::missing(&review);
        let Some(staged) = review.staged.as_ref().filter(|_| review.ready()) else {
            return Err(ReleaseError::Waiting { missing, threshold, gates: review.gates });
        };
        let role =
            sign::record_of_bytes(&staged.role, staged.targets.header.version, staged.bytes.to_vec(), now)?;
        let documents = revisions(&review, staged, at)?;
        let payloads = payloads(&review, staged);
        let fetch = |path: &TargetPath| staged.loaded.documents.get(path).map(Arc::clone);
        let record = self.commit(&turn, vec![role], Renew::Snapshot, now, fetch, |tx, next| {
            let version = |role: &str| next.snapshot.version(role).unwrap_or_default();
            let release = NewRelease {
                submission: id.to_owned(),
                product: submission.product.to_string(),
                role_version: staged.targets.header.version,
                snapshot_version: version("snapshot"),
                timestamp_version: version("timestamp"),
                released_at: at,
            };
            write(tx, &release, &documents, &payloads, (actor, &view::judged(&review)))?;
            tx.submission(id)
        })?;
        drop(turn);
        self.show(record)
    }
}

fn closed_as(error: &ReleaseError) -> SubmissionState {
    match error {
        ReleaseError::Stale { .. } => SubmissionState::Superseded,
        _ => SubmissionState::Refused,
    }
}

fn write(
    tx: &mut Writer<'_>,
    release: &NewRelease,
    documents: &[DocumentRevision],
    payloads: &[Digest],
    (actor, detail): (&str, &str),
) -> Result<(), StoreError> {
    let at = release.released_at;
    tx.add_documents(documents)?;
    payloads.iter().try_for_each(|sha256| tx.release_blob(sha256))?;
    tx.set_submission(&release.submission, (SubmissionState::Released, detail), at)?;
    for other in tx.open_submissions(&release.product)? {
        let kept = tx.submission(&other)?.detail;
        tx.set_submission(&other, (SubmissionState::Superseded, &kept), at)?;
    }
    let sequence = tx.add_release(release)?;
    let event = Event {
        actor: actor.to_owned(),
        action: "release",
        subject: release.submission.clone(),
        detail: format!("{} version {}, release {sequence}", release.product, release.role_version),
    };
    tx.add_audit(&event, at)
}

/// The documents that are new or changed, as they are kept.
fn revisions(review: &Review, staged: &Published, at: i64) -> Result<Vec<DocumentRevision>, StoreError> {
    let mut out = Vec::new();
    for change in &review.changes {
        let (Some(kind), Some(revision)) = (DocumentKind::from_word(change.kind), change.to) else {
            continue;
        };
        let Some(bytes) = staged.loaded.documents.get(change.path.as_str()) else { continue };
        let not_text = |_| StoreError::Mismatch(format!("{} is not UTF-8 text", change.path));
        let body = String::from_utf8(bytes.to_vec()).map_err(not_text)?;
        let published = json::parse(bytes).ok();
        let published = published.as_ref().and_then(|value| value.get("published")?.as_text());
        out.push(DocumentRevision {
            product: staged.role.clone(),
            path: change.path.clone(),
            kind,
            id: change.id.clone(),
            revision,
            sha256: Digest::of(bytes),
            published: published.map(str::to_owned),
            body,
            role: staged.role.clone(),
            role_version: staged.targets.header.version,
            released_at: at,
        });
    }
    Ok(out)
}

/// The files of hotfixes that hosts may have from now on.
fn payloads(review: &Review, staged: &Published) -> Vec<Digest> {
    let files = review.changes.iter().filter(|change| change.kind == "payload");
    files
        .filter_map(|change| staged.targets.targets.get(change.path.as_str()))
        .map(|file| file.sha256)
        .collect()
}
