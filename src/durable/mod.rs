//! Files that are either whole or not there, after a power cut too: written under another name, synced,
//! renamed, and the folder synced. Service and host keep what they must not lose in no other way.

mod faults;

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

pub use faults::point;

/// How much of a file is read at once, in bytes.
const PIECE_BYTES: usize = 256 * 1024;

/// A file operation that failed.
#[derive(Debug, thiserror::Error)]
#[error("{what} {}: {error}", path.display())]
pub struct Error {
    /// What was being done.
    pub what: &'static str,
    /// To which file or folder.
    pub path: PathBuf,
    /// Why it failed.
    pub error: std::io::Error,
}

impl Error {
    fn new(what: &'static str, path: &Path, error: std::io::Error) -> Self {
        Self { what, path: path.to_owned(), error }
    }
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Its owner alone (0600): keys, tokens, everything in the data folder.
    Owner,
    /// Everybody (0644, folders 0755): public keys, what any web server may serve.
    Everybody,
}

impl Access {
    fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Everybody => 0o644,
        }
    }
}

/// Writes a whole file, replacing one that is there.
///
/// # Errors
/// The file operations', each naming the file.
pub fn write(path: &Path, bytes: &[u8], access: Access) -> Result<(), Error> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let temporary = path.with_file_name(name);
    let mut file = create(&temporary, access)?;
    let written = file.write_all(bytes).map_err(|error| Error::new("writing", &temporary, error));
    written.and_then(|()| publish(&file, &temporary, path)).inspect_err(|_| {
        // A full disk should not stay fuller for it. The write's own error is the one to report.
        let _ = fs::remove_file(&temporary);
    })
}

/// Takes a file away, if it is there.
///
/// # Errors
/// The file operation's, naming the file.
pub fn remove(path: &Path) -> Result<(), Error> {
    point();
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::new("removing", path, error))
        }
        _ => Ok(()),
    }
}

/// Makes a folder, readable by its owner alone, and those above it that are not there.
///
/// # Errors
/// The file operations', each naming the folder.
pub fn folder(path: &Path) -> Result<(), Error> {
    folder_for(path, Access::Owner)
}

/// Makes a folder as [`folder`] does, for whom it says.
///
/// # Errors
/// The file operations', each naming the folder.
pub fn folder_for(path: &Path, access: Access) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = parent(path);
    folder_for(&parent, access)?;
    point();
    let mode = match access {
        Access::Owner => 0o700,
        Access::Everybody => 0o755,
    };
    match fs::DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => {}
        Err(error) => return Err(Error::new("making the folder", path, error)),
        Ok(()) => {}
    }
    sync_folder(&parent)
}

/// Creates a file, empty, to be written and then given its name by [`publish`].
///
/// # Errors
/// The file operation's, naming the file.
pub fn create(path: &Path, access: Access) -> Result<File, Error> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(access.mode())
        .open(path)
        .map_err(|error| Error::new("creating", path, error))
}

/// Makes a written file durable and gives it its name.
///
/// # Errors
/// The file operations', each naming the file.
pub fn publish(file: &File, temporary: &Path, path: &Path) -> Result<(), Error> {
    point();
    file.sync_all().map_err(|error| Error::new("syncing", temporary, error))?;
    point();
    fs::rename(temporary, path).map_err(|error| Error::new("renaming", temporary, error))?;
    sync_folder(&parent(path))
}

/// Makes the names in a folder durable.
///
/// # Errors
/// The file operation's, naming the folder.
pub fn sync_folder(path: &Path) -> Result<(), Error> {
    point();
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| Error::new("syncing the folder", path, error))
}

/// Reads a file to its end, piece by piece, so that its length does not matter.
///
/// # Errors
/// Those of reading, as `failed` makes them, and those of `each`.
pub fn pieces<E>(
    from: &mut impl Read,
    failed: impl Fn(std::io::Error) -> E,
    mut each: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = from.read(&mut piece).map_err(&failed)?;
        match piece.get(..read) {
            None | Some([]) => return Ok(()),
            Some(read) => each(read)?,
        }
    }
}

/// The folder that a file is in.
#[must_use]
pub fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_files_and_names_what_failed() {
        let scratch = tempfile::tempdir().unwrap();
        let folder_path = scratch.path().join("a/b");
        folder(&folder_path).unwrap();
        let path = folder_path.join("key.pem");
        write(&path, b"one", Access::Owner).unwrap();
        write(&path, b"two", Access::Owner).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(&folder_path).unwrap().count(), 1);
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        let error = write(Path::new("/proc/nothing/here"), b"", Access::Owner).unwrap_err();
        assert_eq!(error.error.kind(), std::io::ErrorKind::NotFound, "{error}");
        remove(&path).unwrap();
        remove(&path).unwrap();
    }
}
