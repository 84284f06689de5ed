//! What several tests stand on: a signed repository in a folder, a server of static files, the real binary.

pub mod hotfix;
pub mod repository;
#[cfg(feature = "server")]
pub mod service;
pub mod static_server;
