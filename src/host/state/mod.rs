//! The state folder: which server, the trusted metadata, and the last good state of each product.
//!
//! `good/PRODUCT.pack`, from which the last good answer can be given again, with nothing else; and for the next
//! refresh `server.json`, `root.pinned.json` and `metadata/ROLE.json`, the newest verified file of each role,
//! below whose version nothing falls; `checks.json`, what the last checks came to. Every file is replaced whole.
//! What is damaged is fetched again; only the
//! settings and the last copy of the root are beyond that.

mod checks;
mod disk;
mod good;
mod settings;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

pub use good::{Documents, Good, Memory, Seen};
pub use settings::Settings;

use super::Error;
use crate::model::Id;
use crate::trust::names::local_file;
use crate::trust::{Limits, Local, TrustedSet, Write};

/// The most bytes of a small file.
const MAX_SMALL_BYTES: u64 = 64 * 1024;

/// The state folder of this host.
#[derive(Debug, Clone)]
pub struct State {
    folder: PathBuf,
}

/// The right to change the state folder, until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl State {
    /// The folder that was named, else the one of `HOTFIX_STATE`, else `/var/lib/hotfix` for root and
    /// `$XDG_STATE_HOME/hotfix` or `~/.local/state/hotfix` for others.
    ///
    /// # Errors
    /// None of these is known.
    pub fn find(named: Option<&Path>) -> Result<Self, Error> {
        let variable =
            |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = || {
            if is_root() {
                return Some(PathBuf::from("/var/lib/hotfix"));
            }
            let xdg = variable("XDG_STATE_HOME").filter(|path| path.is_absolute());
            let base = xdg.or_else(|| Some(variable("HOME")?.join(".local/state")))?;
            Some(base.join("hotfix"))
        };
        let folder = named.map(Path::to_owned).or_else(|| variable("HOTFIX_STATE")).or_else(home);
        folder.map(|folder| Self { folder }).ok_or(Error::NoStateFolder)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Takes the right to change the folder, and makes it where there is none. Waits while another has it.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn lock(&self) -> Result<Lock, Error> {
        disk::folder(&self.folder)?;
        Ok(Lock { _file: disk::lock(&self.folder.join("lock"))? })
    }

    /// What `hotfix init` was told.
    ///
    /// # Errors
    /// No such file, or a damaged one.
    pub fn settings(&self) -> Result<Settings, Error> {
        let path = self.folder.join("server.json");
        let bytes = disk::read(&path, MAX_SMALL_BYTES)?
            .ok_or_else(|| Error::NotInitialised { folder: self.folder.clone() })?;
        Settings::read(&bytes).map_err(|reason| Error::Settings { path, reason })
    }

    /// Pins a root and a server, and forgets everything of another pin. What was good goes first, so that no
    /// answer is of another pin than the settings; they come last: without them, nothing else counts.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn pin(&self, _lock: &Lock, settings: &Settings, root: &[u8]) -> Result<(), Error> {
        forget(&self.folder.join("good"))?;
        disk::remove(&self.folder.join("server.json"))?;
        forget(&self.metadata())?;
        disk::remove(&self.folder.join("checks.json"))?;
        // Of earlier releases.
        disk::remove(&self.folder.join("poll.json"))?;
        disk::folder(&self.metadata())?;
        disk::write(&self.folder.join("root.pinned.json"), root)?;
        disk::write(&self.metadata().join(local_file("root")), root)?;
        disk::write(&self.folder.join("server.json"), &settings.to_bytes())
    }

    /// Changes the settings of the pin that there is.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn set_settings(&self, _lock: &Lock, settings: &Settings) -> Result<(), Error> {
        disk::write(&self.folder.join("server.json"), &settings.to_bytes())
    }

    /// The trusted metadata: the root, the timestamp, the snapshot, and the roles that are `wanted`.
    ///
    /// # Errors
    /// Files that cannot be read, and a root of which every copy is damaged.
    pub fn local(&self, wanted: &[&str]) -> Result<Local, Error> {
        let limits = Limits::default();
        let role = |name: &str, limit: usize| {
            let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
            disk::read(&self.metadata().join(local_file(name)), limit)
        };
        let mut roles = BTreeMap::new();
        for name in ["targets"].iter().chain(wanted) {
            if let Some(bytes) = role(name, limits.role_bytes)? {
                roles.insert((*name).to_owned(), bytes);
            }
        }
        Ok(Local {
            root: self.root(&limits)?,
            timestamp: role("timestamp", limits.timestamp_bytes)?,
            snapshot: role("snapshot", limits.snapshot_bytes)?,
            roles,
        })
    }

    /// The newest root that was accepted; where that copy is damaged, the one that was pinned.
    fn root(&self, limits: &Limits) -> Result<Vec<u8>, Error> {
        let limit = u64::try_from(limits.root_bytes).unwrap_or(u64::MAX).saturating_add(1);
        let mut last = None;
        for path in [self.metadata().join(local_file("root")), self.folder.join("root.pinned.json")] {
            let Some(bytes) = disk::read(&path, limit)? else { continue };
            match TrustedSet::new(&bytes, jiff::Timestamp::MIN, limits.clone()) {
                Ok(_) => return Ok(bytes),
                Err(refusal) => last = Some(refusal),
            }
        }
        let folder = self.folder.clone();
        Err(match last {
            Some(refusal) => Error::RootLost { folder, refusal: Box::new(refusal) },
            None => Error::NotInitialised { folder },
        })
    }

    /// Mends the copies of the root: the newest that was accepted, and the pinned one where it is damaged.
    ///
    /// # Errors
    /// A folder that cannot be read or written.
    pub fn keep_root(&self, _lock: &Lock, root: &[u8]) -> Result<(), Error> {
        let limits = Limits::default();
        let limit = u64::try_from(limits.root_bytes).unwrap_or(u64::MAX).saturating_add(1);
        let newest = self.metadata().join(local_file("root"));
        if disk::read(&newest, limit)?.as_deref() != Some(root) {
            disk::write(&newest, root)?;
        }
        let pinned = self.folder.join("root.pinned.json");
        let is_good = |bytes: &[u8]| TrustedSet::new(bytes, jiff::Timestamp::MIN, limits.clone()).is_ok();
        if !disk::read(&pinned, limit)?.is_some_and(|bytes| is_good(&bytes)) {
            disk::write(&pinned, root)?;
        }
        Ok(())
    }

    /// Carries out what a refresh asks for, in its order.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn apply(&self, _lock: &Lock, writes: &[Write]) -> Result<(), Error> {
        disk::folder(&self.metadata())?;
        for write in writes {
            match write {
                Write::Put { file, bytes } => disk::write(&self.metadata().join(file), bytes)?,
                Write::Remove { file } => disk::remove(&self.metadata().join(file))?,
            }
        }
        Ok(())
    }

    /// The last good state of a product; `None` where there is none, or a damaged one.
    ///
    /// # Errors
    /// A file that cannot be opened.
    pub fn good(&self, product: &Id) -> Result<Option<Good>, Error> {
        let path = self.pack(product);
        match File::open(&path) {
            Ok(file) => Ok(Good::read(file)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::StateRead { path, reason: error.to_string() }),
        }
    }

    /// Puts a product's good state in place of the one before: what a set vouches for, with the outline of the
    /// documents, and they one after the other by path.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn set_good(
        &self,
        _lock: &Lock,
        product: &Id,
        memory: &Memory,
        set: &TrustedSet,
        (outline, documents): (&str, &[u8]),
    ) -> Result<(), Error> {
        let path = self.pack(product);
        disk::folder(&self.folder.join("good"))?;
        disk::write(&path, &Good::to_bytes(memory, set, outline, documents))
    }

    /// The products of which there is a good state.
    #[must_use]
    pub fn products(&self) -> Vec<Id> {
        let entries = std::fs::read_dir(self.folder.join("good")).into_iter().flatten().flatten();
        let product = |name: &str| Id::new(name.strip_suffix(".pack")?);
        let mut products: Vec<Id> =
            entries.filter_map(|entry| product(entry.file_name().to_str()?)).collect();
        products.sort();
        products
    }

    fn metadata(&self) -> PathBuf {
        self.folder.join("metadata")
    }

    fn pack(&self, product: &Id) -> PathBuf {
        self.folder.join("good").join(format!("{product}.pack"))
    }
}

/// Takes a folder away with all that is in it, if it is there.
fn forget(folder: &Path) -> Result<(), Error> {
    crate::durable::point();
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::StateWrite { path: folder.to_owned(), reason: error.to_string() })
        }
        _ => Ok(()),
    }
}

/// Whether this process belongs to root. There is no safe call for it in the standard library; the owner of
/// the process's own folder says the same.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}
