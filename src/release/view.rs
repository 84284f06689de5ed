//! A submission as page, API and command line show it.

use jiff::Timestamp;
use serde::Serialize;

use crate::repository::Change;
use crate::repository::gates::{Gate, Review};
use crate::store::{ReleaseRecord, SubmissionRecord, SubmissionState};

/// A submission, how far it came, and what is still missing.
#[derive(Debug, Clone, Serialize)]
pub struct SubmissionView {
    /// Its id.
    pub id: String,
    /// Its product.
    pub product: String,
    /// How far it came.
    pub state: SubmissionState,
    /// When it was handed in.
    pub submitted_at: Timestamp,
    /// The name of the token that admitted it.
    pub submitted_by: String,
    /// When its state or signatures last changed.
    pub updated_at: Timestamp,
    /// The SHA-256 of the submission with its signatures: a release is bound to it.
    pub digest: String,
    /// The gates, the signatures and the changes, as they were last judged.
    #[serde(flatten)]
    pub review: serde_json::Value,
    /// The release, once it is released.
    pub release: Option<ReleaseView>,
}

impl SubmissionView {
    /// The ids of the keys whose signatures count.
    pub fn signed_by(&self) -> impl Iterator<Item = &str> {
        let list = self.review.pointer("/signatures/signed_by").and_then(serde_json::Value::as_array);
        list.into_iter().flatten().filter_map(serde_json::Value::as_str)
    }
}

/// A release.
#[derive(Debug, Clone, Serialize)]
pub struct ReleaseView {
    /// Its number, rising.
    pub sequence: i64,
    /// The version of the product's role.
    pub role_version: u64,
    /// The version of the snapshot.
    pub snapshot_version: u64,
    /// The version of the timestamp.
    pub timestamp_version: u64,
    /// When.
    pub released_at: Timestamp,
}

/// A page of submissions.
#[derive(Debug, Clone, Serialize)]
pub struct SubmissionList {
    /// The submissions, newest first.
    pub items: Vec<SubmissionView>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
}

/// What is kept of a review.
#[derive(Serialize)]
struct Judged<'r> {
    current_version: u64,
    version: u64,
    gates: &'r [Gate],
    signatures: Signatures<'r>,
    changes: &'r [Change],
}

#[derive(Serialize)]
struct Signatures<'r> {
    threshold: u64,
    missing: u64,
    signed_by: Vec<&'r str>,
    unsigned_by: Vec<&'r str>,
}

/// How many must sign, and how many of them did not yet.
pub(super) fn missing(review: &Review) -> (u64, u64) {
    let Some(signers) = &review.signers else { return (0, 0) };
    let have = u64::try_from(signers.by.len()).unwrap_or(u64::MAX);
    (signers.threshold, signers.threshold.saturating_sub(have))
}

/// A review as JSON, to be kept and shown.
pub(super) fn judged(review: &Review) -> String {
    let (threshold, missing) = missing(review);
    let signed_by = review.signers.iter().flat_map(|signers| &signers.by).map(crate::trust::KeyId::as_str);
    let judged = Judged {
        current_version: review.current_version,
        version: review.staged.as_ref().map_or(0, |staged| staged.targets.header.version),
        gates: &review.gates,
        signatures: Signatures {
            threshold,
            missing,
            signed_by: signed_by.collect(),
            unsigned_by: review.unsigned_by.iter().map(crate::trust::KeyId::as_str).collect(),
        },
        changes: &review.changes,
    };
    serde_json::to_string(&judged).unwrap_or_default()
}

/// Puts together what is shown.
pub(super) fn view(record: SubmissionRecord, release: Option<ReleaseRecord>) -> SubmissionView {
    let release = release.map(|ReleaseRecord { sequence, release }| ReleaseView {
        sequence,
        role_version: release.role_version,
        snapshot_version: release.snapshot_version,
        timestamp_version: release.timestamp_version,
        released_at: time(release.released_at),
    });
    SubmissionView {
        id: record.id,
        product: record.product,
        state: record.state,
        submitted_at: time(record.submitted_at),
        submitted_by: record.submitted_by,
        updated_at: time(record.updated_at),
        digest: record.digest.to_string(),
        review: serde_json::from_str(&record.detail).unwrap_or_default(),
        release,
    }
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}
