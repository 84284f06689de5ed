//! The short ways to metadata and documents: packs and deltas, which nobody signs. What they hold is handed on
//! only where the snapshot, or a signed role, has its hash; whatever else they are costs the longer way.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::repository::pack::{self, Bounds, Contents};
use crate::repository::{HOLDS_ROLE, KEPT_VERSIONS};
use crate::trust::metadata::MetaFile;
use crate::trust::{Envelope, Limits, Local, Request, Signed, TargetFile, TargetPath, Targets, TrustedSet};

/// What is known before a refresh, and what came by a short way.
#[derive(Default)]
pub(super) struct Shortcuts {
    /// The exact bytes of earlier versions, by role.
    before: BTreeMap<String, Vec<u8>>,
    came: Vec<Contents>,
}

/// A file that may spare a longer one.
pub(super) struct Shortcut {
    /// Its path below the repository.
    pub(super) path: String,
    expected: MetaFile,
    is_delta: bool,
}

impl Shortcuts {
    /// What is known from a local copy.
    pub(super) fn of(local: &Local) -> Self {
        let mut before = local.roles.clone();
        before.extend(local.snapshot.iter().map(|bytes| ("snapshot".to_owned(), bytes.clone())));
        Self { before, came: Vec::new() }
    }

    /// The short way to what is asked for next: from an earlier version that is here by a delta; where there is
    /// none, or one too old, with all documents of a product's role by its pack. There is none to what the
    /// snapshot does not state the hash of.
    pub(super) fn to(&self, set: &TrustedSet, request: &Request) -> Option<Shortcut> {
        let role = request.role.as_str();
        let expected = match role {
            "root" | "timestamp" => return None,
            "snapshot" => set.timestamp()?.metadata.snapshot.clone(),
            role => set.snapshot()?.metadata.meta.get(role)?.clone(),
        };
        expected.sha256?;
        let new = expected.version;
        let old = self.before.get(role).and_then(|bytes| version(role, bytes));
        match old {
            Some(old) if old < new && new - old < u64::from(KEPT_VERSIONS) => {
                Some(Shortcut { path: pack::delta_path(role, old, new), expected, is_delta: true })
            }
            _ if matches!(role, "snapshot" | "targets" | HOLDS_ROLE) => None,
            Some(old) if old >= new => None,
            _ => Some(Shortcut { path: pack::pack_path(role, new), expected, is_delta: false }),
        }
    }

    /// The metadata of a role out of what came, if it is the one that was expected; the documents beside it are
    /// kept.
    pub(super) fn take(&mut self, request: &Request, shortcut: &Shortcut, bytes: &[u8]) -> Option<Vec<u8>> {
        let bounds = bounds(request);
        let before = self.before.get(&request.role);
        let contents = match (shortcut.is_delta, before) {
            (true, Some(before)) => pack::read_delta(bytes, before, &bounds).ok()?,
            (true, None) => return None,
            (false, _) => pack::read(bytes, &bounds).ok()?,
        };
        shortcut.expected.check(contents.metadata()).ok()?;
        let metadata = contents.metadata().to_vec();
        self.came.push(contents);
        Some(metadata)
    }

    /// A document that came along, if it is the one that was signed.
    pub(super) fn document(&self, path: &TargetPath, signed: &TargetFile) -> Option<Arc<[u8]>> {
        self.came.iter().find_map(|contents| contents.document(path, signed)).map(Arc::clone)
    }
}

/// How much is read of a pack or delta.
pub(super) fn bounds(request: &Request) -> Bounds {
    Bounds { metadata_bytes: request.max_bytes, ..Bounds::default() }
}

fn version(role: &str, bytes: &[u8]) -> Option<u64> {
    let limits = Limits::default();
    let signed = Envelope::parse(bytes, &limits).ok()?.into_signed();
    match role {
        "snapshot" => Some(crate::trust::Snapshot::from_value(signed, &limits).ok()?.header.version),
        _ => Some(Targets::from_value(signed, &limits).ok()?.header.version),
    }
}
