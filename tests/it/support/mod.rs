//! What several tests stand on: a signed repository in a folder, a server of static files, the real binary.

#[cfg(feature = "server")]
pub mod counting;
pub mod hotfix;
#[cfg(feature = "server")]
pub mod place;
#[cfg(feature = "server")]
pub mod postgres;
pub mod repository;
#[cfg(feature = "server")]
pub mod service;
pub mod static_server;
