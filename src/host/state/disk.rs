//! Files that are whole or not there: written beside their place, flushed, then renamed into it.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::durable::{self, Access};
use crate::host::Error;

/// Reads a file of at most `limit_bytes`; `None` where there is none. One that is longer is cut off
/// there, and so is refused by whoever checks it.
pub(super) fn read(path: &Path, limit_bytes: u64) -> Result<Option<Vec<u8>>, Error> {
    let failed =
        |error: std::io::Error| Error::StateRead { path: path.to_owned(), reason: error.to_string() };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    file.take(limit_bytes).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes))
}

/// Puts a file in its place, whole: whenever the machine stops, the old one or the new one is there. The
/// caller holds the lock, so that the name beside it is free.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    durable::write(path, bytes, Access::Everybody).map_err(failed)
}

/// Takes a file away, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    durable::remove(path).map_err(failed)
}

/// Makes a folder with all that lead to it.
pub(super) fn folder(path: &Path) -> Result<(), Error> {
    durable::folder(path).map_err(failed)
}

fn failed(error: durable::Error) -> Error {
    Error::StateWrite { path: error.path, reason: error.error.to_string() }
}

/// An exclusive lock on the state folder, waited for, and given back when dropped.
pub(super) fn lock(path: &Path) -> Result<File, Error> {
    let take = || -> std::io::Result<File> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        file.lock()?;
        Ok(file)
    };
    take().map_err(|error| Error::StateWrite { path: path.to_owned(), reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_files_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        assert_eq!(read(&path, 10).unwrap(), None);
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read(&path, 10).unwrap().unwrap(), b"two");
        assert_eq!(read(&path, 2).unwrap().unwrap(), b"tw");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        remove(&path).unwrap();
        remove(&path).unwrap();
    }
}
