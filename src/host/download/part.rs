//! What came of a file so far: beside its place, under a name that says which file it is a part of.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::wanted::Wanted;
use crate::durable;
use crate::host::Error;
use crate::trust::Digest;
use crate::trust::sha256::Hasher;

/// How much is read at once, in bytes.
pub(super) const CHUNK_BYTES: usize = 64 * 1024;

/// What came of a file so far, held by this command alone.
pub(super) struct Part {
    file: File,
    path: PathBuf,
    hasher: Hasher,
    /// How many bytes are here.
    pub(super) have: u64,
}

impl Part {
    /// Opens what an earlier run left, or begins anew.
    pub(super) fn open(wanted: &Wanted, folder: &Path) -> Result<Self, Error> {
        let sha256 = wanted.sha256.to_string();
        let name = format!(".{}.{}.part", wanted.file, sha256.get(..16).unwrap_or_default());
        let path = folder.join(name);
        // In a folder that others write to, somebody could lay a link for us to write through.
        if std::fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
            let reason = "is no plain file: remove it".to_owned();
            return Err(Error::File { path, reason });
        }
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| failed(&path, &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Busy { path: folder.join(wanted.file.as_str()) });
            }
            // A file system without locks: what two commands spoil, the SHA-256 finds.
            Err(TryLockError::Error(_)) => {}
        }
        let mut part = Self { file, path, hasher: Hasher::new(), have: 0 };
        part.read_again(wanted.length)?;
        Ok(part)
    }

    fn read_again(&mut self, length: u64) -> Result<(), Error> {
        let size = self.file.metadata().map_err(|error| failed(&self.path, &error))?.len();
        if size > length {
            return self.clear();
        }
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let count = self.file.read(&mut chunk).map_err(|error| failed(&self.path, &error))?;
            if count == 0 {
                return Ok(());
            }
            self.hasher.update(chunk.get(..count).unwrap_or_default());
            self.have += u64::try_from(count).unwrap_or(u64::MAX);
        }
    }

    /// Adds what came.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|error| failed(&self.path, &error))?;
        self.hasher.update(bytes);
        self.have += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Begins anew.
    pub(super) fn clear(&mut self) -> Result<(), Error> {
        let cleared = self.file.set_len(0).and_then(|()| self.file.seek(SeekFrom::Start(0)));
        cleared.map_err(|error| failed(&self.path, &error))?;
        (self.hasher, self.have) = (Hasher::new(), 0);
        Ok(())
    }

    /// The SHA-256 of all that came. After that the part is either whole, or cleared.
    pub(super) fn digest(&mut self) -> Digest {
        std::mem::take(&mut self.hasher).finish()
    }

    /// Gives the whole file its name, durably.
    pub(super) fn finish(self, path: &Path) -> Result<(), Error> {
        durable::publish(&self.file, &self.path, path)
            .map_err(|error| Error::File { path: error.path.clone(), reason: error.to_string() })
    }
}

/// The SHA-256 of a file; `None` where there is none.
pub(super) fn digest_of(path: &Path) -> Result<Option<Digest>, Error> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, &error)),
    };
    let mut hasher = Hasher::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut chunk).map_err(|error| failed(path, &error))? {
            0 => return Ok(Some(hasher.finish())),
            count => hasher.update(chunk.get(..count).unwrap_or_default()),
        }
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::File { path: path.to_owned(), reason: error.to_string() }
}
