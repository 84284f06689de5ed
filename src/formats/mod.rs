//! What others write, made into documents, and documents as others read them; pure: no file is touched.
//!
//! A format is a submodule. What one that reads makes is TOML that a publisher could have written, so that it
//! is read, linted and signed on the same path as everything else.

#[cfg(feature = "server")]
pub mod atom;
pub mod made_up;
pub mod toml;
pub mod xenserver;
