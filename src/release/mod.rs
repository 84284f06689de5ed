//! The life of a submission, and the served state that each release swaps whole.
//!
//! - Only the process that holds the signing lock issues versions, and versions only rise, whatever the clock
//!   or the database says: a high-water mark is kept beside the keys.
//! - A release is one database transaction (documents, role, snapshot, timestamp, submission, blobs, audit);
//!   then the state in memory is swapped. Nothing is served before it is durable.
//! - The server holds the keys of `snapshot`, `timestamp` and `holds`, and no other.

mod bootstrap;
mod error;
pub mod export;
mod keys;
mod lock;
mod packs;
mod publish;
mod service;
mod sign;
mod signatures;
mod standing;
mod state;
mod submissions;
mod view;

pub use bootstrap::{Founding, bootstrap, is_founded};
pub use error::{KeyFileError, ReleaseError};
pub use keys::{OnlineKeys, read_key};
pub use lock::SigningLock;
pub use packs::{Packed, Packs};
pub use service::Releases;
pub use sign::life;
pub use standing::{LostRole, OWN_ROLES, RoleStanding, lost};
pub use state::ServedState;
pub use view::{ReleaseView, SubmissionList, SubmissionView};
