//! Why a publisher's command did not do what was asked.

use std::path::PathBuf;

use crate::model::Problems;
use crate::net;
use crate::repository::author::AuthorError;
use crate::repository::submission::NotASubmission;
use crate::trust::KeyError;

/// Why a command failed. Its text says what and where; [`Error::remedy`] what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("{}: {error}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file is there already.
    #[error("{}: is there already", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// Nothing to read was named.
    #[error("{}: no document there (a document is a .toml file)", path.display())]
    NoDocument {
        /// The path.
        path: PathBuf,
    },
    /// Documents break rules.
    #[error("{0}")]
    Problems(#[from] Problems),
    /// The submission cannot be made.
    #[error("{0}")]
    Author(#[from] AuthorError),
    /// A key cannot be used.
    #[error("{}: {error}", file.display())]
    Key {
        /// The key's file.
        file: PathBuf,
        /// Why.
        error: KeyError,
    },
    /// A file is no submission.
    #[error("{}: {error}", file.display())]
    Submission {
        /// The file.
        file: PathBuf,
        /// Why.
        error: NotASubmission,
    },
    /// What the server says is published cannot be built upon.
    #[error("{0}")]
    Current(String),
    /// A word on the command line does not fit.
    #[error("{0}")]
    Usage(String),
    /// The server was not reached, or refused.
    #[error("{0}")]
    Net(#[from] net::Error),
    /// Somebody has to say yes.
    #[error("not done: {0}")]
    NotConfirmed(String),
}

impl Error {
    pub(super) fn file(file: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let file = file.into();
        move |error| Self::File { file, error }
    }

    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::File { .. } => "file",
            Self::Exists { .. } => "exists",
            Self::NoDocument { .. } => "no_document",
            Self::Problems(_) | Self::Author(_) => "invalid_document",
            Self::Key { .. } => "key",
            Self::Submission { .. } => "invalid_submission",
            Self::Current(_) => "untrusted_state",
            Self::Usage(_) => "usage",
            Self::Net(error) => error.code(),
            Self::NotConfirmed(_) => "not_confirmed",
        }
    }

    /// What to do next; empty where the text says it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::File { .. } => "Check the path and who may read and write it.".to_owned(),
            Self::Exists { .. } => "Name another with -o, or move that one away.".to_owned(),
            Self::NoDocument { .. } => {
                "Write one with `hotfix new hotfix ID`, or name another path.".to_owned()
            }
            Self::Key { .. } => "Make one with `hotfix key new`, or name a PKCS#8 PEM file.".to_owned(),
            Self::Submission { .. } => "Make one with `hotfix sign`.".to_owned(),
            Self::NotConfirmed(_) => "Say yes at the prompt, or give --yes.".to_owned(),
            Self::Net(error) => error.remedy(),
            Self::Problems(_) | Self::Author(_) | Self::Current(_) | Self::Usage(_) => String::new(),
        }
    }
}
