//! One client's refresh as questions and answers (TUF specification 5), without a socket or a file: the
//! caller asks for the next request, fetches it with whatever it has, hands the answer in, and writes what
//! it is told to write.
//!
//! Writes come in the order in which they may reach the disk, and only of what was verified; they are good
//! even where the refresh fails later. A local copy that is corrupt is fetched again. Where it fails because
//! the repository changed beneath it (`not-found`, `hash`, `version`), the caller may begin once more.

mod drive;

use std::collections::BTreeMap;

pub use drive::Refresh;

use super::limits::Limits;
use super::names::TargetPath;
use super::refusal::Refusal;
use super::verify::{TrustedSet, Update};

/// What a client has on its disk: files whose content is checked anew.
#[derive(Debug, Clone, Default)]
pub struct Local {
    /// The trusted root. It must be there and good.
    pub root: Vec<u8>,
    /// The timestamp, if any.
    pub timestamp: Option<Vec<u8>>,
    /// The snapshot, if any.
    pub snapshot: Option<Vec<u8>>,
    /// `targets` and delegated roles, by role name.
    pub roles: BTreeMap<String, Vec<u8>>,
}

/// Which delegated roles are wanted besides `targets`.
pub enum Wanted {
    /// None.
    TopLevel,
    /// Those for which the function says so; their delegators must be among them.
    Roles(Box<dyn Fn(&str) -> bool + Send>),
    /// Those that must be asked to find the target.
    Path(TargetPath),
}

/// A file to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its name below the metadata URL, percent-encoded as a URL wants it.
    pub file: String,
    /// The role whose metadata it is.
    pub role: String,
    /// How many bytes to read at most; one more is an answer too long.
    pub max_bytes: usize,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The file.
    Bytes(Vec<u8>),
    /// The repository has no such file (HTTP 404, and 403 as buckets say it).
    NotFound,
    /// Anything else that went wrong, for the message.
    Failed(String),
}

/// What to do to the local copy, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Put the file in place of what is there.
    Put {
        /// Its name: `ROLE.json`, the role percent-encoded.
        file: String,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// Remove the file, if it is there.
    Remove {
        /// Its name.
        file: String,
    },
}

/// What came of one delegation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleResult {
    /// The role.
    pub role: String,
    /// The delegator under which it was wanted.
    pub delegator: String,
    /// [`Update::Unchanged`] where the local copy was still the newest.
    pub result: Result<Update, Refusal>,
}

/// What came of a refresh.
#[derive(Debug)]
pub struct Outcome {
    /// All that is trusted now.
    pub set: TrustedSet,
    /// Every delegation that was followed, `targets` first. A role that was refused is *stale*: the others go on.
    pub roles: Vec<RoleResult>,
    /// The writes that [`Refresh::take_writes`] has not given yet.
    pub writes: Vec<Write>,
    /// Why the refresh ended early: then `set` holds only what came before.
    pub failure: Option<Refusal>,
}

/// Opens a local copy without any repository, as of an instant before it expired (see "Old copies" in
/// [`super::verify`]).
///
/// # Errors
/// A local root that is not good. What else is wrong is in the [`Outcome`].
pub fn open(
    mut local: Local,
    wanted: Wanted,
    as_of: jiff::Timestamp,
    limits: Limits,
) -> Result<Outcome, Refusal> {
    // It is the newest there is, and so needs no floor beside it.
    let mut timestamp = local.timestamp.take();
    let mut refresh = Refresh::new(local, wanted, as_of, limits)?;
    while let Some(request) = refresh.next_request() {
        let bytes = if request.role == "timestamp" { timestamp.take() } else { None };
        refresh.supply(bytes.map_or(Answer::NotFound, Answer::Bytes));
    }
    // All of it is on the disk.
    Ok(Outcome { writes: Vec::new(), ..refresh.finish() })
}
