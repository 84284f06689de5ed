//! The roles of a TUF repository as types (specification 4.3 to 4.6).
//!
//! Each is read by hand from a value, so that an error names its place; fields that TUF does not know stay in
//! `extra`, so that writing a role again keeps them. Reading checks form only: [`super::verify`] judges
//! signatures, versions and dates.

pub(crate) mod fields;
mod header;
mod keyring;
mod listed;
mod online;
mod root;
mod targets;

pub use fields::Malformed;
pub use header::{Header, Signed};
pub use keyring::{Role, RoleKeys, Signers};
pub use online::{MetaFile, Mismatch, Snapshot, Timestamp};
pub use root::{DEVELOPMENT, Root, TopRole};
pub use targets::{DelegatedRole, Delegations, TargetFile, Targets};
