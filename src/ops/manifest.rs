//! What a backup holds: `manifest.json`, by which every file of it is checked.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::OpsError;

/// Its name in the folder of a backup.
pub(super) const FILE: &str = "manifest.json";
/// The schema of a backup.
pub(super) const SCHEMA: &str = "hotfixd/backup/1";
/// The longest manifest that is read: a million files.
const MAX_BYTES: u64 = 256 << 20;

/// What a backup holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// `hotfixd/backup/1`.
    pub schema: String,
    /// The version of hotfixd that wrote it.
    pub hotfixd: String,
    /// When it was begun.
    pub taken: jiff::Timestamp,
    /// The rows of each table.
    pub tables: BTreeMap<String, u64>,
    /// The newest version of each role.
    pub roles: BTreeMap<String, u64>,
    /// Every other file, by its path in the folder.
    pub files: BTreeMap<String, Part>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its SHA-256, in lower-case hex.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
}

impl Manifest {
    /// Reads the manifest of a folder.
    ///
    /// # Errors
    /// No such file, or one of another schema.
    pub(super) fn read(folder: &Path) -> Result<Self, OpsError> {
        let path = folder.join(FILE);
        let wrong = |why: String| OpsError::NotABackup { path: path.clone(), why };
        let meta = std::fs::metadata(&path).map_err(|error| wrong(error.to_string()))?;
        if meta.len() > MAX_BYTES {
            return Err(wrong(format!("{} bytes are too many for a manifest", meta.len())));
        }
        let bytes = std::fs::read(&path).map_err(|error| wrong(error.to_string()))?;
        let manifest: Self = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        if manifest.schema != SCHEMA {
            return Err(wrong(format!("its schema is {:?}, and {SCHEMA} is read here", manifest.schema)));
        }
        Ok(manifest)
    }
}
