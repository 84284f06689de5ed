//! Issuing: the next snapshot and timestamp over the roles as they will be.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::error::ReleaseError;
use super::keys::OnlineKeys;
use crate::repository::{Files, HOLDS_ROLE, Snapshot};
use crate::store::{HighWaterMark, RoleRecord, StoreError};
use crate::trust::{Envelope, Targets, author};

/// How long a timestamp is good for.
const TIMESTAMP_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// A timestamp older than this is signed anew.
const TIMESTAMP_AGE: SignedDuration = SignedDuration::from_hours(1);
/// How long a snapshot is good for.
const SNAPSHOT_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A snapshot with no more than this left is signed anew.
const SNAPSHOT_LEFT: SignedDuration = SignedDuration::from_hours(24);
/// How long the holds are good for.
const HOLDS_LIFE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Holds with no more than this left are signed anew.
const HOLDS_LEFT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// For how long a version of a role that comes with each issue is good, from when it was issued. The doctor holds
/// the one against the other in every version that is kept: who changes a life has to keep the old one too.
#[must_use]
pub fn life(role: &str) -> Option<SignedDuration> {
    match role {
        "timestamp" => Some(TIMESTAMP_LIFE),
        "snapshot" => Some(SNAPSHOT_LIFE),
        _ => None,
    }
}

/// What is served next, and the rows that say so.
pub(super) struct Issued {
    pub(super) files: Files,
    pub(super) records: Vec<RoleRecord>,
}

/// What comes beside the roles that change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Renew {
    /// The timestamp alone.
    Timestamp,
    /// The snapshot and the timestamp.
    Snapshot,
}

/// What is issued next is above these.
pub(super) struct Above<'a> {
    pub(super) before: Option<&'a Snapshot>,
    pub(super) mark: &'a HighWaterMark,
}

impl Above<'_> {
    fn version(&self, role: &str) -> u64 {
        self.before.and_then(|before| before.version(role)).unwrap_or_default()
    }

    fn next(&self, role: &str) -> u64 {
        self.version(role).max(self.mark.version(role)).saturating_add(1)
    }
}

/// Signs the next state: `changed` roles (a root among them, if there is a new one) put in.
pub(super) fn issue(
    above: &Above<'_>,
    changed: Vec<RoleRecord>,
    renew: Renew,
    keys: &OnlineKeys,
    now: Timestamp,
) -> Result<Issued, ReleaseError> {
    let mut files = above.before.map_or_else(Files::default, copy);
    let mut versions: BTreeMap<String, u64> = BTreeMap::new();
    for role in files.roles.keys() {
        versions.insert(role.clone(), above.version(role));
    }
    let mut records = Vec::with_capacity(changed.len() + 2);
    for record in changed {
        let bytes: Arc<[u8]> = Arc::from(record.body.as_bytes());
        if record.name == "root" {
            files.roots.insert(record.version, bytes);
        } else {
            files.roles.insert(record.name.clone(), bytes);
            versions.insert(record.name.clone(), record.version);
        }
        records.push(record);
    }
    let mut snapshot_version = above.version("snapshot");
    if renew == Renew::Snapshot {
        snapshot_version = above.next("snapshot");
        let roles = files.roles.iter().map(|(role, bytes)| {
            (role.as_str(), versions.get(role).copied().unwrap_or_default(), bytes.as_ref())
        });
        let expires = later(now, SNAPSHOT_LIFE);
        let signed = author::snapshot(snapshot_version, expires, roles, &[&keys.snapshot])?;
        let record = record("snapshot", snapshot_version, &signed, now)?;
        files.snapshot = Arc::from(record.body.as_bytes());
        records.push(record);
    }
    let version = above.next("timestamp");
    let names = (snapshot_version, files.snapshot.as_ref());
    let signed = author::timestamp(version, later(now, TIMESTAMP_LIFE), names, &[&keys.timestamp])?;
    let record = record("timestamp", version, &signed, now)?;
    files.timestamp = Arc::from(record.body.as_bytes());
    records.push(record);
    Ok(Issued { files, records })
}

/// Signs a version of the holds.
pub(super) fn holds(
    mut holds: Targets,
    keys: &OnlineKeys,
    now: Timestamp,
) -> Result<RoleRecord, ReleaseError> {
    holds.header.expires = whole(later(now, HOLDS_LIFE));
    let signed = author::targets(&holds, &[&keys.holds])?;
    record(HOLDS_ROLE, holds.header.version, &signed, now)
}

/// Whether the timestamp, the snapshot or the holds want to be signed anew. A clock that was set back makes
/// nothing due: what is signed stays good for longer.
pub(super) fn due(current: &Snapshot, now: Timestamp) -> (bool, Option<Renew>) {
    let left = |expires: Timestamp| expires.duration_since(now);
    let holds = current.holds().is_some_and(|holds| left(holds.header.expires) <= HOLDS_LEFT);
    let snapshot = left(current.snapshot().header.expires) <= SNAPSHOT_LEFT;
    let timestamp = left(current.timestamp().header.expires) <= TIMESTAMP_LIFE - TIMESTAMP_AGE;
    let renew = match (holds || snapshot, timestamp) {
        (true, _) => Some(Renew::Snapshot),
        (false, true) => Some(Renew::Timestamp),
        (false, false) => None,
    };
    (holds, renew)
}

/// A signed file as the store keeps it.
pub(super) fn record(
    name: &str,
    version: u64,
    signed: &Envelope,
    now: Timestamp,
) -> Result<RoleRecord, ReleaseError> {
    record_of_bytes(name, version, signed.to_bytes(), now)
}

pub(super) fn record_of_bytes(
    name: &str,
    version: u64,
    bytes: Vec<u8>,
    now: Timestamp,
) -> Result<RoleRecord, ReleaseError> {
    let body = String::from_utf8(bytes)
        .map_err(|_| StoreError::Mismatch(format!("the metadata of {name} is not UTF-8 text")))?;
    Ok(RoleRecord { name: name.to_owned(), version, body, issued_at: now.as_second() })
}

fn copy(before: &Snapshot) -> Files {
    let files = before.files();
    Files {
        roots: files.roots.clone(),
        timestamp: Arc::clone(&files.timestamp),
        snapshot: Arc::clone(&files.snapshot),
        roles: files.roles.clone(),
        earlier: BTreeMap::new(),
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
