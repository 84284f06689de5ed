//! What runs on a host: collectors, the verified local copy, check and report.
//!
//! A host decides only from signed documents that it verified itself, and says how far its answer can be
//! trusted: see [`standing`]. The wall clock is read in [`clock`] alone and handed down.

mod basis;
pub mod changed;
pub mod check;
pub mod cli;
pub mod clock;
pub mod collect;
pub mod download;
mod error;
pub mod explain;
pub mod fetch;
pub mod holds;
pub mod init;
pub mod inventory;
pub mod kept;
mod outline;
mod part;
pub mod plan;
pub mod poll;
pub mod products;
pub mod report;
mod shortcut;
pub mod standing;
pub mod state;
pub mod terminal;
pub mod view;
pub mod witness;
mod words;

pub use error::Error;
