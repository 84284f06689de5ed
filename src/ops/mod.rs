//! Looking after a service: backup, restore, and the doctor.

// The method itself is not general enough over the reader's lifetime.
#![allow(clippy::redundant_closure_for_method_calls)]

pub mod backup;
pub mod disk;
pub mod doctor;
mod error;
mod manifest;
mod mirror;
pub mod restore;

pub use error::OpsError;
pub use mirror::{Mirror, MirrorError};
