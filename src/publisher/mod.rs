//! What a publisher types: a document to fill in, every rule checked before anything is sent, signatures made
//! where the keys are, and the release.
//!
//! One file per verb, with the logic; `cli` names the verbs.

pub mod cli;
mod current;
mod documents;
mod error;
mod key;
mod lint;
mod new;
mod sign;
mod submissions;

pub use error::Error;
