//! Which files there are, in the stages in which they may be seen.

use std::io::Write as _;
use std::sync::Arc;

use flate2::{Compression, GzBuilder};

use crate::repository::{Served, Snapshot};
use crate::trust::Digest;
use crate::trust::names::{TIMESTAMP_FILE, metadata_file, root_file};

/// What may be seen before what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Documents, and files of hotfixes.
    Targets,
    /// All roles but the three below.
    Roles,
    /// Snapshots.
    Snapshots,
    /// Roots.
    Roots,
    /// The timestamp.
    Timestamp,
}

impl Stage {
    pub(super) const ALL: [Self; 5] =
        [Self::Targets, Self::Roles, Self::Snapshots, Self::Roots, Self::Timestamp];
}

/// What a file holds.
pub(super) enum Content {
    /// These bytes.
    Bytes(Arc<[u8]>),
    /// A blob.
    Blob {
        /// Its digest.
        sha256: Digest,
        /// Its length.
        bytes: u64,
    },
}

/// The files of a stage, by their path below the folder.
pub(super) fn of(state: &Snapshot, stage: Stage) -> Vec<(String, Content)> {
    let files = state.files();
    let mut out = Vec::new();
    let mut both = |name: String, bytes: &Arc<[u8]>| {
        // For web servers that send compressed what lies compressed beside it; first, so that the plain file
        // of the timestamp is the very last one.
        let packed = Content::Bytes(Arc::from(gzip(bytes)));
        out.push((format!("tuf/metadata/{name}.gz"), packed));
        out.push((format!("tuf/metadata/{name}"), Content::Bytes(Arc::clone(bytes))));
    };
    let is_snapshot = |role: &str| role == "snapshot";
    match stage {
        Stage::Targets => {
            let content = |served: &Served| match served {
                Served::Document(bytes) => Content::Bytes(Arc::clone(bytes)),
                Served::Payload { sha256, bytes } => Content::Blob { sha256: *sha256, bytes: *bytes },
            };
            return state
                .target_files()
                .map(|(name, served)| (format!("tuf/targets/{name}"), content(served)))
                .collect();
        }
        Stage::Roles | Stage::Snapshots => {
            let wanted = stage == Stage::Snapshots;
            for ((role, version), bytes) in &files.earlier {
                if is_snapshot(role) == wanted {
                    both(metadata_file(role, *version, true), bytes);
                }
            }
            if wanted {
                both(metadata_file("snapshot", state.snapshot().header.version, true), &files.snapshot);
            } else {
                for (role, bytes) in &files.roles {
                    let version = state.version(role).unwrap_or_default();
                    both(metadata_file(role, version, true), bytes);
                }
            }
        }
        Stage::Roots => files.roots.iter().for_each(|(version, bytes)| both(root_file(*version), bytes)),
        Stage::Timestamp => both(TIMESTAMP_FILE.to_owned(), &files.timestamp),
    }
    out
}

/// The same bytes always: without a time or a name.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzBuilder::new().write(Vec::new(), Compression::best());
    // A vector takes whatever is written to it.
    let written = out.write_all(bytes).and_then(|()| out.finish());
    written.unwrap_or_default()
}
