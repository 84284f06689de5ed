//! `--witness`: what a second source of the same repository serves, held beside what this host answers from.
//!
//! A server that withholds a release looks fresh: only another source shows it. A witness is verified as a server
//! is, from the root that this host trusts; nothing of it is stored, and no answer is made from it.
//!
//! Compared are the roles that the answer rests on: root, `targets`, the holds and the product's own. A snapshot or
//! timestamp that is merely newer is no difference, since both are signed anew without any release; one of the
//! same version with other bytes is.

mod args;
mod compare;
mod source;

use serde::Serialize;

pub use args::WitnessArgs;

pub(super) use compare::Testimony;

use super::standing::{Trouble, Trust};
use crate::model::Id;
use crate::net::ServerUrl;
use crate::trust::TrustedSet;

/// A second source, and what depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Its address.
    pub url: ServerUrl,
    /// Whether an answer counts only where the witness could be asked, and is up to date.
    pub required: bool,
}

/// How the witness stands to what is here. Of several roles the gravest counts, which is the last in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has the same.
    Agrees,
    /// It has less.
    Behind,
    /// It has something newer: the server withholds it, or is a mirror that is behind.
    Ahead,
    /// It has another file of the same version: somebody signed two.
    Differs,
    /// Its timestamp has expired, so that it says nothing of what was published since.
    Stale,
    /// What it serves does not verify.
    Refused,
    /// It could not be asked.
    NotReached,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Agrees,
        Self::Behind,
        Self::Ahead,
        Self::Differs,
        Self::Stale,
        Self::Refused,
        Self::NotReached,
    ];

    /// The published word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Behind => "behind",
            Self::Ahead => "ahead",
            Self::Differs => "differs",
            Self::Stale => "stale",
            Self::Refused => "refused",
            Self::NotReached => "not_reached",
        }
    }

    /// Whether the witness could show nothing.
    #[must_use]
    pub fn is_silent(self) -> bool {
        matches!(self, Self::Stale | Self::Refused | Self::NotReached)
    }
}

/// A file of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleFile {
    /// Its version.
    pub version: u64,
    /// Its SHA-256, in lower-case hex.
    pub sha256: String,
}

/// What came of asking a witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Witnessed {
    /// Its address.
    pub url: String,
    /// Whether an answer counts only where it shows something.
    pub required: bool,
    /// How it stands to what is here.
    pub outcome: Outcome,
    /// The role that shows it.
    pub role: Option<String>,
    /// The file of that role here.
    pub ours: Option<RoleFile>,
    /// The file of that role there.
    pub theirs: Option<RoleFile>,
    /// The whole in a sentence.
    pub message: String,
}

impl Witness {
    /// Asks it. `root` is the newest root that is trusted; what is in `ours` need not come again.
    pub(super) fn ask(&self, root: &[u8], ours: &TrustedSet, product: &Id) -> Testimony<'_> {
        Testimony {
            witness: self,
            product: product.clone(),
            found: source::fetch(&self.url, root, ours, product),
        }
    }
}

impl Witnessed {
    /// What stands in the way of trusting the answer, by what the witness shows, or that it shows nothing where
    /// that is asked of it. No staleness that is allowed covers it.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        let trust = match self.outcome {
            Outcome::Differs => Trust::Refused,
            Outcome::Ahead => Trust::Stale,
            silent if silent.is_silent() && self.required => Trust::Stale,
            _ => return None,
        };
        Some(Trouble {
            trust,
            code: format!("witness_{}", self.outcome.word()),
            role: self.role.clone().unwrap_or_else(|| "timestamp".to_owned()),
            file: None,
            date: None,
            message: self.message.clone(),
            remedy: remedy(self.outcome).to_owned(),
        })
    }
}

fn remedy(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ahead => {
            "Tell whoever runs the server: it withholds what is published, or is a mirror that has to be exported \
             again. Until then the answer may lack what was published since."
        }
        Outcome::Differs => {
            "Keep what both serve, and tell the publisher and whoever runs the server: a version is never signed twice. \
             Somebody shows different things to different hosts, or has a key that is not theirs."
        }
        Outcome::Refused => {
            "Look whether the witness serves the same repository, name another with --witness, or leave out \
             --witness-required."
        }
        _ => {
            "Look whether the witness runs and is kept up to date, name another with --witness, or leave out \
             --witness-required."
        }
    }
}
