//! What the folder has already: whether it may be followed, and what its timestamp names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::error::ExportError;
use crate::repository::Snapshot;
use crate::trust::names::{TIMESTAMP_FILE, metadata_file, root_file};
use crate::trust::{self, Envelope, Limits, Signed, Targets};

fn read<T: Signed>(target: &Path, name: &str) -> Option<T> {
    let limits = Limits::default();
    let bytes = fs::read(target.join("tuf/metadata").join(name)).ok()?;
    T::from_value(Envelope::parse(&bytes, &limits).ok()?.into_signed(), &limits).ok()
}

/// Whether this state may be put in the place of what is there.
pub(super) fn may_follow(target: &Path, state: &Snapshot) -> Result<(), ExportError> {
    let folder = || target.to_owned();
    for (version, bytes) in &state.files().roots {
        if let Ok(found) = fs::read(target.join("tuf/metadata").join(root_file(*version))) {
            if found != **bytes && read::<trust::Root>(target, &root_file(*version)).is_some() {
                return Err(ExportError::Foreign { folder: folder() });
            }
            break;
        }
    }
    let stored = state.timestamp().header.version;
    let Some(found) = read::<trust::Timestamp>(target, TIMESTAMP_FILE) else { return Ok(()) };
    let same = found == *state.timestamp();
    if found.header.version > stored || (found.header.version == stored && !same) {
        return Err(ExportError::Ahead { folder: folder(), found: found.header.version, stored });
    }
    Ok(())
}

/// The files, below the folder, that are reached from the timestamp that is there. It is read as it is: what it
/// names is only left alone.
pub(super) fn named_by(target: &Path) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let metadata = |name: String| [format!("tuf/metadata/{name}"), format!("tuf/metadata/{name}.gz")];
    let Some(timestamp) = read::<trust::Timestamp>(target, TIMESTAMP_FILE) else { return out };
    let name = metadata_file("snapshot", timestamp.snapshot.version, true);
    let snapshot = read::<trust::Snapshot>(target, &name);
    out.extend(metadata(name));
    for (role, meta) in snapshot.into_iter().flat_map(|snapshot| snapshot.meta) {
        let name = metadata_file(&role, meta.version, true);
        let targets = read::<Targets>(target, &name).map(|role| role.targets).unwrap_or_default();
        out.extend(metadata(name));
        out.extend(
            targets.iter().map(|(path, file)| format!("tuf/targets/{}", path.file(&file.sha256, true))),
        );
    }
    out
}
