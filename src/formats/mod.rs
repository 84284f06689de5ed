//! What others write, made into documents; pure: facts in, documents out, no file is touched.
//!
//! A format is a submodule. What it makes is TOML that a publisher could have written, so that it is read,
//! linted and signed on the same path as everything else.

pub mod made_up;
pub mod toml;
pub mod xenserver;
