//! What is signed, by whom, and what a host refuses: The Update Framework (TUF specification 1.0.x),
//! for authors and for those who verify.
//!
//! Everything here is a function of bytes, keys and an instant that the caller hands in: no file, no
//! socket and no clock. It knows nothing of hotfixes, and reads the repositories of other TUF tools as
//! they read ours.
//!
//! - [`keys`], [`scheme`]: public keys of four signature schemes, and Ed25519 private keys.
//! - [`metadata`]: the typed roles. [`envelope`]: the signatures around them.
//! - [`author`]: makes signed metadata. [`verify`]: accepts or refuses it. [`walk`]: who answers for a
//!   target path. [`refresh`]: one client's refresh, as questions and answers.
//! - [`names`], [`limits`], [`sha256`]: safe names, every bound, and the one digest.

pub mod author;
pub mod envelope;
pub mod keys;
pub mod limits;
pub mod metadata;
pub mod names;
pub mod refresh;
pub mod refusal;
pub mod scheme;
pub mod sha256;
pub mod verify;
pub mod walk;

pub use envelope::Envelope;
pub use keys::{KeyError, KeyId, PrivateKey, PublicKey};
pub use limits::Limits;
pub use metadata::{
    DelegatedRole, Delegations, Header, Malformed, MetaFile, Role, RoleKeys, Root, Signed, Signers, Snapshot,
    TargetFile, Targets, Timestamp, TopRole,
};
pub use names::TargetPath;
pub use refresh::{Answer, Local, Refresh, Request, Wanted, Write};
pub use refusal::{Kind, Refusal};
pub use sha256::Digest;
pub use verify::{Accepted, TrustedSet, Update};
pub use walk::{Found, Step};
