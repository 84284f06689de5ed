//! hotfixd: a hotfix and advisory distribution service.
//!
//! Rooms, bottom up; imports go down only (`ARCHITECTURE.md`, and `tests/it/tidy.rs` holds it):
//! `json` < {`model`, `trust`}, `model` < {`assess`, `formats`}, {`model`, `trust`} < `repository` < `store`
//! < `release` < `ops` < `server`.

pub mod assess;
pub mod durable;
pub mod formats;
pub mod host;
pub mod json;
pub mod model;
pub mod net;
#[cfg(feature = "server")]
pub mod ops;
pub mod publisher;
#[cfg(feature = "server")]
pub mod release;
pub mod repository;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "server")]
pub mod store;
pub mod trust;
