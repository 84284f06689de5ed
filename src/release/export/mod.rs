//! `hotfixd export DIR`: everything that hosts are served, as plain files for any web server or bucket.
//!
//! It is written in the order in which it may be seen: files and documents, packs and deltas, roles, snapshots,
//! roots, and the timestamp last, each under another name first. So whoever reads it meanwhile, or after a run
//! that ended halfway, sees the state of before or the new one, and never one that refers to what is not
//! there. What is not needed any more is taken away only after the timestamp is in place.

mod error;
mod files;
mod folder;
mod previous;

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

pub use error::ExportError;

use self::files::{Content, Stage};
use self::folder::Folder;
use super::error::ReleaseError;
use super::state::ServedState;
use crate::repository::pack;
use crate::store::{Store, StoreError};

/// What an export did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The version of the timestamp that the folder has now.
    pub timestamp: u64,
    /// The version of the snapshot.
    pub snapshot: u64,
    /// When hosts take the timestamp no longer.
    pub expires: Timestamp,
    /// Files that were written, as they were new or other.
    pub written: usize,
    /// The bytes of those.
    pub written_bytes: u64,
    /// Files that were as they should be.
    pub kept: usize,
    /// Files that were taken away.
    pub removed: usize,
}

/// Writes the newest state of the store to a folder. With `keep`, nothing is ever taken away.
///
/// # Errors
/// What [`ExportError`] lists. What the folder had before is still served whole then.
pub fn export(store: &Store, target: &Path, keep: bool) -> Result<Exported, ExportError> {
    let state = ServedState::load(store).map_err(ExportError::from)?.ok_or(ReleaseError::Empty)?;
    let snapshot = &state.snapshot;
    let mut folder = Folder::open(target)?;
    previous::may_follow(target, snapshot)?;
    // Whoever read the timestamp that is there now goes on reading what it names.
    let before = previous::named_by(target);
    let mut wanted = BTreeSet::new();
    for stage in Stage::ALL {
        for (path, content) in files::of(snapshot, stage) {
            match content {
                Content::Bytes(bytes) => folder.put(&path, &bytes)?,
                Content::Blob { sha256, bytes } => folder.copy(&path, store.blob_files(), &sha256, bytes)?,
            }
            wanted.insert(path);
        }
        if stage == Stage::Targets {
            for listed in pack::listed(snapshot) {
                let path = format!("tuf/{}", listed.path());
                if folder.read(&path).is_some_and(|bytes| listed.is(snapshot, &bytes)) {
                    folder.kept += 1;
                } else if let Ok(Some(bytes)) = listed.make(snapshot) {
                    // One that cannot be made costs hosts the slower way.
                    folder.put(&path, &bytes)?;
                }
                wanted.insert(path);
            }
        }
        folder.settle()?;
    }
    if !keep {
        folder.remove_all_but(|path| wanted.contains(path) || before.contains(path))?;
    }
    Ok(Exported {
        timestamp: snapshot.timestamp().header.version,
        snapshot: snapshot.snapshot().header.version,
        expires: snapshot.timestamp().header.expires,
        written: folder.written,
        written_bytes: folder.written_bytes,
        kept: folder.kept,
        removed: folder.removed,
    })
}

/// Opens a store for [`export`], beside a service that may be running.
///
/// # Errors
/// [`ReleaseError::Empty`] where nothing was ever published; the store's.
pub fn open(settings: crate::store::StoreSettings) -> Result<Store, ExportError> {
    match Store::open_beside(settings) {
        Err(StoreError::NotFound) => Err(ReleaseError::Empty.into()),
        opened => Ok(opened.map_err(ReleaseError::from)?),
    }
}
