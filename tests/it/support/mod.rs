//! What several tests stand on: a signed repository in a folder, a server of static files, the real binary.

pub mod hotfix;
#[cfg(feature = "server")]
pub mod place;
#[cfg(feature = "server")]
pub mod postgres;
#[cfg(feature = "server")]
#[path = "../../../benches/ratios/proxy.rs"]
pub mod proxy;
pub mod repository;
#[cfg(feature = "server")]
pub mod service;
pub mod static_server;

use std::path::Path;

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
