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

use std::path::{Path, PathBuf};

use hotfixd::model::Source;

/// XenServer's whole history, as it is kept among the samples.
pub fn xenserver() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/xenserver");
    let mut files = vec![root.join("product.toml")];
    for folder in ["advisories", "hotfixes"] {
        files.extend(std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    let read = |file: &PathBuf| {
        Source::from_toml(&file.display().to_string(), &std::fs::read_to_string(file).unwrap()).unwrap()
    };
    files.iter().map(read).collect()
}

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
