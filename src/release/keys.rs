//! The online keys. The server never has those of root, targets or a publisher.

use std::path::Path;

use super::error::{KeyFileError, ReleaseError};
use crate::repository::HOLDS_ROLE;
use crate::trust::{PrivateKey, RoleKeys, Root, Targets, TopRole};

/// The longest key file that is read, in bytes.
const MAX_KEY_BYTES: u64 = 65_536;

/// The keys that sign by themselves. `Debug` shows only their ids.
#[derive(Debug)]
pub struct OnlineKeys {
    /// Signs `snapshot`.
    pub snapshot: PrivateKey,
    /// Signs `timestamp`.
    pub timestamp: PrivateKey,
    /// Signs `holds`.
    pub holds: PrivateKey,
}

impl OnlineKeys {
    /// Reads `snapshot.pem`, `timestamp.pem` and `holds.pem` of a folder.
    ///
    /// # Errors
    /// A file that is not there or holds no Ed25519 key, by name.
    pub fn load(folder: &Path) -> Result<Self, KeyFileError> {
        let key = |name: &str| read_key(&folder.join(name));
        Ok(Self {
            snapshot: key("snapshot.pem")?,
            timestamp: key("timestamp.pem")?,
            holds: key("holds.pem")?,
        })
    }

    /// Whether they may sign what they are to sign.
    ///
    /// # Errors
    /// [`ReleaseError::Untrusted`] for the first that may not.
    pub fn check(&self, root: &Root, targets: &Targets) -> Result<(), ReleaseError> {
        trusted("snapshot", &self.snapshot, &root.role_keys(TopRole::Snapshot))?;
        trusted("timestamp", &self.timestamp, &root.role_keys(TopRole::Timestamp))?;
        match targets.delegations.as_ref().and_then(|delegations| delegations.role_keys(HOLDS_ROLE)) {
            Some(keys) => trusted(HOLDS_ROLE, &self.holds, &keys),
            None => Ok(()),
        }
    }
}

fn trusted(role: &'static str, key: &PrivateKey, keys: &RoleKeys) -> Result<(), ReleaseError> {
    let public = key.public();
    if keys.keys.values().any(|trusted| trusted.is_same_key(&public)) {
        return Ok(());
    }
    let trusted: Vec<&str> = keys.keys.keys().map(crate::trust::KeyId::as_str).collect();
    Err(ReleaseError::Untrusted { role, key: public.id(), trusted: trusted.join(", ") })
}

/// Reads a private key file.
///
/// # Errors
/// A file that is not there or holds no Ed25519 key.
pub fn read_key(path: &Path) -> Result<PrivateKey, KeyFileError> {
    use std::io::Read as _;
    let failed = |error| KeyFileError::File { path: path.to_owned(), error };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut text = String::new();
    file.take(MAX_KEY_BYTES).read_to_string(&mut text).map_err(failed)?;
    PrivateKey::from_pem(&text).map_err(|error| KeyFileError::Key { path: path.to_owned(), error })
}
