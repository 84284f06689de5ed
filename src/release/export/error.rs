//! Why a folder was not written.

use std::path::PathBuf;

use crate::durable;
use crate::release::ReleaseError;
use crate::trust::Digest;

/// Why nothing, or not everything, was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// What is stored cannot be read.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// A file of the folder cannot be written.
    #[error("{error}\n  {}\n  What hosts were served from the folder before, they are served still.", remedy(.error))]
    Folder {
        /// Which and why.
        error: durable::Error,
    },
    /// Another run has the folder.
    #[error("another `hotfixd export` is writing to {folder}: wait until it has ended")]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// Another repository is in the folder.
    #[error(
        "{folder} holds another repository: its first root is not the one of this store\n  Choose another folder."
    )]
    Foreign {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder is further than the store.
    #[error(
        "{folder} holds version {found} of the timestamp, and the store has {stored}: hosts that saw the newer \
         one would refuse the older\n  Was the store restored from a backup? Start `hotfixd serve` once, which \
         goes on above what was issued, or export to another folder."
    )]
    Ahead {
        /// The folder.
        folder: PathBuf,
        /// The version in it.
        found: u64,
        /// The version in the store.
        stored: u64,
    },
    /// A file of a hotfix is not what was released.
    #[error(
        "the blob {sha256}, which is {path}, is {fault}\n  Restore it from a backup; nothing newer is shown to hosts until then."
    )]
    Blob {
        /// Its digest.
        sha256: Digest,
        /// Where it would stand.
        path: String,
        /// What is wrong with it.
        fault: String,
    },
}

impl From<durable::Error> for ExportError {
    fn from(error: durable::Error) -> Self {
        Self::Folder { error }
    }
}

fn remedy(error: &durable::Error) -> &'static str {
    use std::io::ErrorKind;
    match error.error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "Make room there, and run it again.",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "Let the user who runs this write there, or choose another folder."
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "Something that is no folder stands in its way."
        }
        _ => "Run it again when that is mended.",
    }
}
