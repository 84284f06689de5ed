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
mod api;
mod bench_report;
#[cfg(feature = "server")]
mod browse;
#[cfg(feature = "server")]
mod check_http;
mod collect;
mod cosign;
#[cfg(feature = "server")]
mod demo;
mod documents;
#[cfg(feature = "server")]
mod download;
#[cfg(feature = "server")]
mod export;
#[cfg(feature = "server")]
mod faults;
#[cfg(feature = "server")]
mod feeds;
mod gates;
#[cfg(feature = "server")]
mod history;
mod host;
#[cfg(feature = "server")]
mod hostile;
#[cfg(feature = "server")]
mod kept;
#[cfg(feature = "server")]
mod listing;
mod load_report;
mod net;
#[cfg(feature = "server")]
mod one_truth;
#[cfg(feature = "server")]
mod openapi;
#[cfg(feature = "server")]
mod operations;
#[cfg(feature = "server")]
mod ops;
mod overload;
mod packs;
#[cfg(feature = "server")]
mod pages;
#[cfg(feature = "server")]
mod postgres;
#[cfg(feature = "server")]
mod release;
mod samples;
#[cfg(feature = "server")]
mod settings;
#[cfg(feature = "server")]
mod store;
mod support;
mod tidy;
mod trust;
#[cfg(feature = "server")]
mod tuf_http;
mod versions;
#[cfg(feature = "server")]
mod walk;
