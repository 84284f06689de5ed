//! Packs and deltas: a role with all of its documents, or what changed since an earlier version, in one file.
//!
//! Nothing here is signed, and nothing here is believed: what is read is handed out only to those who hold the
//! signed length and hash of it ([`Contents::document`]) or verify it as the role that it says it is
//! ([`Contents::metadata`]). A file that is missing, damaged or malicious costs a slower way, never trust.
//!
//! ```text
//! packs/ROLE.VERSION.pack        hotfixd/pack/1 DOCUMENTS PACKED METADATA PACKED\n, two zstd frames
//! deltas/ROLE.OLD-NEW.zst        hotfixd/delta/1 CONTENT PACKED\n, one zstd frame
//! ```
//!
//! The numbers are lengths in bytes, each unpacked and packed. The first frame of a pack holds, for each
//! document in the order of the paths, a line with its target path and a line with its bytes (canonical JSON
//! is one line always). The second holds the exact metadata of the role; what it is compressed against is
//! reckoned from the documents, since a role is for the most part their paths, lengths and hashes
//! (see `docs/formats.md`). A delta's frame holds the documents that are new or changed in the same form, an
//! empty line, and the exact metadata; it is compressed against the exact metadata of the older version.

mod derived;
mod frame;
mod lines;
mod listed;
mod read;
mod write;

#[cfg(test)]
mod tests;

pub use listed::{Listed, listed};
pub use read::{Bounds, Contents, read, read_delta};
pub use write::{write, write_delta};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::trust::TargetPath;
use crate::trust::names::role_segment;

/// Documents with their exact bytes, by target path.
pub type Documents = BTreeMap<TargetPath, Arc<[u8]>>;

/// How a pack begins.
const PACK: &str = "hotfixd/pack/1";
/// How a delta begins.
const DELTA: &str = "hotfixd/delta/1";

/// The file of the pack of version `version` of a role, below the repository: `packs/ROLE.VERSION.pack`.
#[must_use]
pub fn pack_path(role: &str, version: u64) -> String {
    format!("packs/{}.{version}.pack", role_segment(role))
}

/// The file of what changed in a role between two versions, below the repository:
/// `deltas/ROLE.OLD-NEW.zst`. The `snapshot` has one too.
#[must_use]
pub fn delta_path(role: &str, old: u64, new: u64) -> String {
    format!("deltas/{}.{old}-{new}.zst", role_segment(role))
}

/// Why a pack or delta was not made or not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// It is not a file of this kind, or a damaged one.
    #[error("not a pack or delta that can be read: {0}")]
    Malformed(&'static str),
    /// It is larger than whoever reads or writes it has a use for.
    #[error("{what}: {found} is more than the {limit} that is allowed")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much, or how many.
        found: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// A document cannot be packed: it is more than one line, so that it is no canonical JSON.
    #[error("{0}: the document is not one line of JSON")]
    NotOneLine(String),
}

/// Compares with a bound.
fn within(what: &'static str, found: usize, limit: usize) -> Result<(), PackError> {
    if found <= limit {
        return Ok(());
    }
    let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    Err(PackError::TooLarge { what, found: number(found), limit: number(limit) })
}
