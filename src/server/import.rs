//! `hotfixd import`: documents from what others keep, written to a folder. The format itself is pure and
//! stands in `formats`; here files are read and written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::formats::xenserver::{self, Facts};

/// The folders of a product that hold documents.
const FOLDERS: [&str; 3] = ["", "advisories", "hotfixes"];

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read or written.
    #[error("{}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The facts, or a document that was written by hand, are not right.
    #[error(transparent)]
    Facts(#[from] xenserver::Error),
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Files that were written, as they were new or other.
    pub written: usize,
    /// Files that were removed: made before, and made no longer.
    pub removed: usize,
    /// Files that were as they should be, those by hand among them.
    pub kept: usize,
}

/// Makes the documents of a product from a folder of XenServer facts, beside its `product.toml` and what
/// else was written by hand in `out`.
///
/// # Errors
/// What [`ImportError`] lists; then nothing was changed, unless writing itself failed.
pub fn xenserver_facts(facts: &Path, out: &Path) -> Result<Imported, ImportError> {
    let facts = Facts::read(&read(&facts.join("hotfixes.json"))?, &read(&facts.join("advisories.json"))?)?;
    let present = present(out)?;
    let made = xenserver::documents(&facts, &present)?;
    let mut done = Imported { written: 0, removed: 0, kept: 0 };
    for (name, text) in &made {
        if present.get(name) == Some(text) {
            done.kept += 1;
            continue;
        }
        let path = out.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        fs::write(&path, text).map_err(at(&path))?;
        done.written += 1;
    }
    for name in present.keys().filter(|name| !made.contains_key(*name)) {
        let path = out.join(name);
        fs::remove_file(&path).map_err(at(&path))?;
        done.removed += 1;
    }
    Ok(done)
}

/// The documents that a product's folder holds, and the notes that are made with them.
fn present(root: &Path) -> Result<BTreeMap<String, String>, ImportError> {
    let mut out = BTreeMap::new();
    for folder in FOLDERS {
        let path = root.join(folder);
        if !path.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&path).map_err(at(&path))? {
            let path = entry.map_err(at(&path))?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let notes = folder.is_empty() && name == "NOTES.md";
            if notes || path.extension().is_some_and(|extension| extension == "toml") {
                let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                out.insert(name, fs::read_to_string(&path).map_err(at(&path))?);
            }
        }
    }
    Ok(out)
}

fn read(path: &Path) -> Result<Vec<u8>, ImportError> {
    fs::read(path).map_err(at(path))
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> ImportError {
    let path = path.to_owned();
    move |error| ImportError::File { path: path.clone(), error }
}
