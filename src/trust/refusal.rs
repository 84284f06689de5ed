//! Why metadata was refused: a sentence for people, a code for programs.

use std::fmt;

use super::metadata::{Malformed, Mismatch, Signers};
use super::sha256::Digest;

/// Metadata of one role that was refused, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The role whose file it is.
    pub role: String,
    /// The version that the file bears, where that is known.
    pub version: Option<u64>,
    /// Why.
    pub kind: Kind,
}

/// Why metadata was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Not of the form that TUF asks for.
    Malformed(Malformed),
    /// Not signed by enough of the keys that may sign for the role.
    Signatures {
        /// Whose keys were asked: the role that delegates, with its version.
        delegator: String,
        /// How many keys signed.
        have: usize,
        /// How many must.
        need: u64,
        /// How many keys there are.
        of: usize,
    },
    /// No longer trusted since that instant.
    Expired {
        /// The instant.
        on: jiff::Timestamp,
    },
    /// Older than what was trusted before.
    RolledBack {
        /// Whose version fell: the role itself, or one that it lists.
        what: String,
        /// The version that was trusted before.
        from: u64,
        /// The version that came.
        to: u64,
    },
    /// Not the version that was announced.
    Version {
        /// The version that was announced.
        wanted: u64,
        /// The version that came.
        found: u64,
    },
    /// Not of the length that was announced.
    Length {
        /// The announced length.
        wanted: u64,
        /// The length that came.
        found: u64,
    },
    /// Not the bytes that were announced.
    Hash {
        /// The announced digest.
        wanted: Digest,
        /// The digest of what came.
        found: Digest,
    },
    /// Longer than is read.
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The snapshot does not list the role.
    NotInSnapshot,
    /// A snapshot that lists a role no longer.
    Dropped {
        /// The role that it dropped.
        dropped: String,
    },
    /// The delegator does not delegate to the role.
    NotDelegated {
        /// The delegator.
        delegator: String,
    },
    /// Delegations below each other beyond the limit.
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// More roots or roles than are followed in one go.
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// The repository has no such file, where there must be one.
    NotFound {
        /// The file.
        file: String,
    },
    /// The file could not be fetched.
    Unavailable {
        /// The file.
        file: String,
        /// What the caller says of it.
        reason: String,
    },
    /// Given out of turn (see the order in [`super::verify`]).
    OutOfTurn {
        /// What must come first, or may not come before.
        why: &'static str,
    },
}

impl Kind {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Signatures { have: 0, .. } => "unsigned",
            Self::Signatures { .. } => "threshold",
            Self::Expired { .. } => "expired",
            Self::RolledBack { .. } => "rollback",
            Self::Version { .. } => "version",
            Self::Length { .. } => "length",
            Self::Hash { .. } => "hash",
            Self::TooLong { .. } => "too-long",
            Self::NotInSnapshot => "not-in-snapshot",
            Self::Dropped { .. } => "dropped",
            Self::NotDelegated { .. } => "not-delegated",
            Self::TooDeep { .. } => "too-deep",
            Self::TooMany { .. } => "too-many",
            Self::NotFound { .. } => "not-found",
            Self::Unavailable { .. } => "unavailable",
            Self::OutOfTurn { .. } => "out-of-turn",
        }
    }

    pub(super) fn signatures(delegator: &str, signers: &Signers) -> Self {
        Self::Signatures {
            delegator: shown(delegator),
            have: signers.by.len(),
            need: signers.threshold,
            of: signers.of,
        }
    }

    pub(super) fn of(self, role: &str, version: Option<u64>) -> Refusal {
        Refusal { role: role.to_owned(), version, kind: self }
    }
}

impl From<Malformed> for Kind {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<Mismatch> for Kind {
    fn from(mismatch: Mismatch) -> Self {
        match mismatch {
            Mismatch::Length { wanted, found } => Self::Length { wanted, found },
            Mismatch::Hash { wanted, found } => Self::Hash { wanted, found },
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(malformed) => write!(f, "is malformed: {malformed}"),
            Self::Signatures { delegator, have: 0, need, of } => {
                write!(f, "is signed by none of the {of} keys of {delegator}, and must be by {need}")
            }
            Self::Signatures { delegator, have, need, of } => {
                write!(f, "is signed by {have} of the {of} keys of {delegator}, and must be by {need}")
            }
            Self::Expired { on } => write!(f, "expired on {on}"),
            Self::RolledBack { what, from, to } => {
                write!(f, "would take {what} back from version {from} to {to}")
            }
            Self::Version { wanted, found } => {
                write!(f, "bears version {found}, where version {wanted} is announced")
            }
            Self::Length { wanted, found } => {
                write!(f, "has {found} bytes, where {wanted} are announced")
            }
            Self::Hash { wanted, found } => {
                write!(f, "has the SHA-256 {found}, where {wanted} is announced")
            }
            Self::TooLong { limit } => write!(f, "is longer than the {limit} bytes that are read"),
            Self::NotInSnapshot => f.write_str("is not listed in the snapshot"),
            Self::Dropped { dropped } => write!(f, "no longer lists the role {dropped}"),
            Self::NotDelegated { delegator } => write!(f, "is not delegated to by {delegator}"),
            Self::TooDeep { limit } => write!(f, "is more than {limit} delegations deep"),
            Self::TooMany { limit } => write!(f, "comes after the {limit} that are followed in one go"),
            Self::NotFound { file } => write!(f, "is missing: the repository has no file {file}"),
            Self::Unavailable { file, reason } => write!(f, "could not be fetched: {file}: {reason}"),
            Self::OutOfTurn { why } => write!(f, "was given out of turn: {why}"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.role))?;
        if let Some(version) = self.version {
            write!(f, " version {version}")?;
        }
        write!(f, " {}", self.kind)
    }
}

impl std::error::Error for Refusal {}

/// A role's name for messages: foreign ones may be odd.
pub(super) fn shown(role: &str) -> String {
    role.escape_debug().take(120).collect()
}
