//! Everything that is tested from outside: the library's rooms together, and the real binaries.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::redundant_closure_for_method_calls,
    unreachable_pub
)]

#[cfg(feature = "server")]
mod documents;
mod gates;
mod host;
#[cfg(feature = "server")]
mod pages;
mod semantics;
#[cfg(feature = "server")]
mod store;
mod support;
mod tidy;
mod trust;
