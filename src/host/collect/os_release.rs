//! `/etc/os-release`: which system this is.

use super::{Machine, assignments};

/// The most bytes that are read.
const MAX_BYTES: u64 = 64 * 1024;

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OsRelease {
    /// `ID`.
    pub(super) id: Option<String>,
    /// `VERSION_ID`.
    pub(super) version_id: Option<String>,
}

/// The first of the two places that there is.
pub(super) fn read(machine: &Machine) -> Option<OsRelease> {
    let text = ["/etc/os-release", "/usr/lib/os-release"]
        .into_iter()
        .find_map(|path| machine.read(path, MAX_BYTES).ok().flatten())?;
    let value = |wanted: &str| {
        let found = assignments(&text).filter(|(name, _)| *name == wanted).last();
        found.map(|(_, value)| value).filter(|value| !value.is_empty())
    };
    Some(OsRelease { id: value("ID"), version_id: value("VERSION_ID") })
}
