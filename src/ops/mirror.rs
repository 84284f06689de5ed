//! What mirrors still serve: versions that were issued after a backup was taken.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::net::{self, Client, Fetched, ServerUrl};
use crate::trust::{Answer, Limits, Local, MetaFile, Refresh, Refusal, Wanted};

/// A mirror that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mirror {
    /// Its address.
    pub url: String,
    /// The version of the timestamp that it serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<u64>,
    /// Why it was gone on without, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
}

/// Why a mirror does not say which versions were issued.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// The way to it.
    #[error(transparent)]
    Net(#[from] net::Error),
    /// What it serves was not signed by whom the backup trusts.
    #[error("what it serves is refused by the root of the backup: {0}")]
    Refused(Box<Refusal>),
}

impl MirrorError {
    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Net(error) => error.remedy(),
            Self::Refused(_) => {
                "Look whether it mirrors this service, and let it be exported anew where it is damaged."
                    .to_owned()
            }
        }
    }
}

/// The versions that a mirror serves, verified from the root of a backup on.
///
/// # Errors
/// What [`MirrorError`] lists.
pub(super) fn issued(server: &ServerUrl, root: &[u8]) -> Result<BTreeMap<String, MetaFile>, MirrorError> {
    let client = Client::new(server.clone(), net::Limits::default())?;
    let local = Local { root: root.to_vec(), ..Local::default() };
    let refused = |refusal| MirrorError::Refused(Box::new(refusal));
    // What has expired since was issued all the same.
    let mut refresh =
        Refresh::new(local, Wanted::TopLevel, Timestamp::MIN, Limits::default()).map_err(refused)?;
    let mut unreached = None;
    while let Some(request) = refresh.next_request() {
        let limit = u64::try_from(request.max_bytes).unwrap_or(u64::MAX);
        refresh.supply(match client.get(&format!("tuf/metadata/{}", request.file), limit, None) {
            Ok(Fetched::Bytes { bytes, .. }) => Answer::Bytes(bytes),
            // Buckets say 403 for what is not there.
            Ok(Fetched::Unchanged) | Err(net::Error::Status { status: 403 | 404 | 410, .. }) => {
                Answer::NotFound
            }
            Err(error) => {
                let reason = error.to_string();
                unreached = Some(error);
                Answer::Failed(reason)
            }
        });
    }
    let outcome = refresh.finish();
    if let Some(refusal) = outcome.failure {
        return Err(unreached.map_or_else(|| refused(refusal), MirrorError::Net));
    }
    let set = outcome.set;
    let root = set.root();
    let mut issued =
        BTreeMap::from([("root".to_owned(), MetaFile::of(root.metadata.header.version, &root.bytes))]);
    if let Some(timestamp) = set.timestamp() {
        let version = timestamp.metadata.header.version;
        issued.insert("timestamp".to_owned(), MetaFile::of(version, &timestamp.bytes));
    }
    if let Some(snapshot) = set.snapshot() {
        let version = snapshot.metadata.header.version;
        issued.insert("snapshot".to_owned(), MetaFile::of(version, &snapshot.bytes));
        issued.extend(snapshot.metadata.meta.clone());
    }
    Ok(issued)
}
