//! What several tests stand on: a signed repository in a folder, a server of static files, the real binary.

pub mod hotfix;
pub mod repository;
pub mod static_server;
