//! Everything that is tested from outside: the library's rooms together, and the real binaries.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::redundant_closure_for_method_calls
)]

#[cfg(feature = "server")]
mod documents;
mod gates;
mod pages;
mod semantics;
mod store;
mod tidy;
mod trust;
