//! A submission as page, API and command line show it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

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
    /// The gates, the signatures and the changes, as they were last judged.
    pub review: Box<RawValue>,
    /// The release, once it is released.
    pub release: Option<ReleaseView>,
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
        review: RawValue::from_string(record.detail).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        release,
    }
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}
