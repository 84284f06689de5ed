//! What is published and what a host says of itself: documents, conditions, versions, and the catalogue
//! with the rules that hold over a product's whole set of documents.
//!
//! Pure: no I/O, no clock, no randomness. Every document is valid by construction: the only way to have
//! one is to decode it from a [`Source`], and the only way to have a [`Catalogue`] is to pass its rules; a host's check
//! reads a part of one that passed them.
//! The rules are numbered in `docs/domain.md`.

pub mod advisory;
pub mod catalogue;
pub mod condition;
mod decode;
pub mod hold;
pub mod hotfix;
mod id;
pub mod inventory;
pub mod past;
pub mod problem;
pub mod product;
mod reach;
mod rules;
pub mod sentence;
mod source;
mod text;
pub mod version;
pub mod words;

pub use advisory::Advisory;
pub use catalogue::{Catalogue, Reading, RoleVersion};
pub use condition::Condition;
pub use decode::Mode;
pub use hold::Hold;
pub use hotfix::Hotfix;
pub use id::Id;
pub use inventory::Inventory;
pub use past::{Kept, Past, PastError};
pub use problem::{Level, Problem, Problems};
pub use product::Product;
pub use reach::Reached;
pub use source::{Document, Source};
pub use text::suggest;
