//! Why looking after a service did not work.

use std::path::{Path, PathBuf};

use super::MirrorError;
use crate::durable;
use crate::release::{KeyFileError, ReleaseError};
use crate::store::StoreError;

/// Why a backup or a restore was not done. Nothing is left half done.
#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    /// Something is there already.
    #[error("{} is there already\n  Name a folder that is not there: a backup is never written over.", .0.display())]
    Exists(PathBuf),
    /// There is nothing to back up.
    #[error("nothing is kept in {}\n  Name the data folder, or the database, of a service.", .0.display())]
    Nothing(PathBuf),
    /// What is to be restored into is not empty.
    #[error(
        "the database or the data folder is not empty\n  Restore into an empty one: move {} away first, or name \
         another with --data or --database.",
        .0.display()
    )]
    NotEmpty(PathBuf),
    /// The folder is no backup.
    #[error("{}: {why}\n  Name a folder that `hotfixd backup` wrote.", .path.display())]
    NotABackup {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file of a backup is not what was written.
    #[error("{}: {why}\n  The backup is damaged: take another. Nothing was restored.", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The online keys.
    #[error("{0}\n  Put the folder of the online keys back first: a backup holds no private key.")]
    Keys(#[from] KeyFileError),
    /// A mirror does not say what was issued.
    #[error(
        "the mirror {url}: {why}\n  {}\n  Or go on without it by --skip-bad-mirrors: then what it alone knows is not \
         known here. Nothing was restored.",
        .why.remedy()
    )]
    Mirror {
        /// Its address.
        url: String,
        /// Why.
        why: MirrorError,
    },
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored cannot be served.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// A file's.
    #[error(transparent)]
    File(#[from] durable::Error),
}

impl OpsError {
    pub(super) fn file(doing: &'static str, path: &Path, error: &std::io::Error) -> Self {
        Self::Store(StoreError::file(doing, path, error))
    }
}
