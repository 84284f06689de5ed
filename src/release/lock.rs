//! The signing lock: one process issues versions, and a second one says so instead of issuing the same again.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::error::ReleaseError;
use crate::durable;
use crate::store::StoreError;

/// Held for as long as the process may issue versions. The system lets go of it when the process ends,
/// however it ends.
#[derive(Debug)]
pub struct SigningLock {
    _file: File,
}

impl SigningLock {
    /// Takes the lock of a data folder.
    ///
    /// # Errors
    /// [`ReleaseError::Locked`] where another process has it; a folder that cannot be written.
    pub fn acquire(data: &Path) -> Result<Self, ReleaseError> {
        durable::folder(data).map_err(StoreError::from)?;
        let path = data.join("lock");
        let failed = |error: &std::io::Error| StoreError::file("locking", &path, error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|error| failed(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.take(20).read_to_string(&mut text);
                let holder = text.trim().parse::<u32>().map(|id| format!(" (process {id})"));
                return Err(ReleaseError::Locked {
                    folder: data.to_owned(),
                    holder: holder.unwrap_or_default(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(&error).into()),
        }
        // For the message above; nothing depends on it.
        let written = file.set_len(0).and_then(|()| file.rewind());
        written.and_then(|()| writeln!(file, "{}", std::process::id())).map_err(|error| failed(&error))?;
        Ok(Self { _file: file })
    }
}
