//! Our repository: which paths and roles there are, what a submission is and which gates it passes, and the
//! signed bytes that are served with the catalogues they hold.
//!
//! It joins `model` (what documents mean) and `trust` (what signatures mean), which know nothing of each
//! other. `docs/formats.md` says which of these forms are frozen by signatures.

pub mod author;
mod changes;
mod custom;
pub mod gates;
pub mod pack;
mod paths;
mod published;
mod served;
mod snapshot;
pub mod submission;

pub use changes::{Change, changes};
pub use custom::custom;
pub use paths::{HOLDS_ROLE, Place, delegated_paths};
pub use published::{
    LoadError, Loaded, MAX_DOCUMENT_BYTES, Published, Reader, documents_of, fallen_revisions, holds_of,
    listed, load, within_delegation,
};
pub use served::{KEPT_VERSIONS, Served};
pub use snapshot::{AssembleError, Files, Snapshot};
pub use submission::Submission;
