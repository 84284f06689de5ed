//! The disk of a folder: how much room it has, and whether this user may write to it.

use std::path::Path;

use rustix::fs::{Access, access, statvfs};

/// With fewer bytes than this left on the disk, it is told of.
pub const LITTLE_BYTES: u64 = 256 << 20;
/// With fewer bytes than this left, the next release may not find room.
pub const LEAST_BYTES: u64 = 16 << 20;

/// How many bytes may still be written where a folder is; `None` where the system does not say.
#[must_use]
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = statvfs(folder).ok()?;
    disk.f_frsize.checked_mul(disk.f_bavail)
}

/// Whether this user may write a file, or make files in a folder, without trying it.
///
/// # Errors
/// Why not, in the system's words.
pub(super) fn writable(path: &Path) -> Result<(), String> {
    let wanted = if path.is_dir() { Access::WRITE_OK | Access::EXEC_OK } else { Access::WRITE_OK };
    access(path, wanted).map_err(|error| format!("{}: {}", path.display(), std::io::Error::from(error)))
}
