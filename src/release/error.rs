//! Why a submission, a release or a signature did not come to be.

use std::path::PathBuf;

use crate::repository::AssembleError;
use crate::repository::gates::Gate;
use crate::repository::submission::NotASubmission;
use crate::store::StoreError;
use crate::trust::{KeyError, KeyId, Malformed};

/// Why the release room did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key file that cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// Another process issues versions.
    #[error(
        "another hotfixd{holder} works with the data folder {folder}: stop it first, or give this one \
         another folder with --data"
    )]
    Locked {
        /// The data folder.
        folder: PathBuf,
        /// The other process, as far as it said who it is.
        holder: String,
    },
    /// Nothing was ever published here.
    #[error("the data folder holds no root of trust yet")]
    Empty,
    /// There is a root of trust already.
    #[error("the data folder holds a root of trust already")]
    NotEmpty,
    /// A key that the root, or `targets`, does not trust with the role.
    #[error("the key {key} is not one that may sign for {role}: its delegator names {trusted}")]
    Untrusted {
        /// The role.
        role: &'static str,
        /// The key that is there.
        key: KeyId,
        /// The keys that may sign.
        trusted: String,
    },
    /// Signed files that do not fit together.
    #[error("the signed files do not fit together: {0}")]
    Assemble(#[from] AssembleError),
    /// Metadata that cannot be signed.
    #[error("the metadata cannot be signed: {0}")]
    Author(#[from] crate::trust::author::AuthorError),
    /// Metadata that cannot be read.
    #[error("the metadata cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// A root or targets role that may not follow the one that is served.
    #[error("{0}")]
    Install(String),
    /// Bytes that are no submission.
    #[error("not a submission: {0}")]
    NotASubmission(#[from] NotASubmission),
    /// The submission was built on another state than the current one.
    #[error("{detail}")]
    Stale {
        /// The version that is published now.
        current: u64,
        /// The version that is taken next.
        next: u64,
        /// In words.
        detail: String,
        /// The gates.
        gates: Vec<Gate>,
    },
    /// A gate was failed.
    #[error("{detail}")]
    Refused {
        /// In words.
        detail: String,
        /// The gates.
        gates: Vec<Gate>,
    },
    /// Signatures are missing.
    #[error("{missing} of {threshold} signatures are missing")]
    Waiting {
        /// How many are missing.
        missing: u64,
        /// How many must sign.
        threshold: u64,
        /// The gates.
        gates: Vec<Gate>,
    },
    /// The submission is another than the one that is spoken of.
    #[error("{0}")]
    Differs(String),
    /// A signature that does not count.
    #[error("{0}")]
    Signature(String),
    /// A submission that can be released no more.
    #[error("the submission {id} is {state} already: nothing of it can change any more")]
    Closed {
        /// Its id.
        id: String,
        /// Its state.
        state: &'static str,
    },
}

/// Why a key file cannot be used. It holds no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It is not there, or cannot be read.
    #[error("the key file {path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It holds no key that can be used.
    #[error("the key file {path}: {error}")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        error: KeyError,
    },
}
