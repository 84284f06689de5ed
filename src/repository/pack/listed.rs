//! Which packs and deltas belong to a served state, and making each of them.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Bounds, Documents, PackError, delta_path, pack_path, read, read_delta, write, write_delta};
use crate::repository::paths::{HOLDS_ROLE, Place};
use crate::repository::served;
use crate::repository::snapshot::Snapshot;
use crate::trust::{TargetFile, TargetPath, Targets};

/// A pack or delta that belongs to a served state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listed {
    /// What changed in a role between two versions.
    Delta {
        /// The role, `snapshot` among them.
        role: String,
        /// The older version.
        old: u64,
        /// The version that is served now.
        new: u64,
    },
    /// A role with all of its documents.
    Pack {
        /// The role.
        role: String,
        /// The version that is served now.
        version: u64,
    },
}

/// Everything that belongs to a state, in the order of its worth: deltas from the version before, which most
/// hosts have, packs, then deltas from older versions.
#[must_use]
pub fn listed(state: &Snapshot) -> Vec<Listed> {
    let files = state.files();
    let mut deltas: Vec<Listed> = files
        .earlier
        .keys()
        .filter_map(|(role, old)| {
            let new = state.version(role).filter(|new| old < new)?;
            Some(Listed::Delta { role: role.clone(), old: *old, new })
        })
        .collect();
    let age = |listed: &Listed| match listed {
        Listed::Delta { old, new, .. } => new.saturating_sub(*old),
        Listed::Pack { .. } => 1,
    };
    let pack = |role: &String| {
        let lists_some = !documents(state, targets(state, role)?.as_ref()).is_empty();
        let version = state.version(role)?;
        lists_some.then(|| Listed::Pack { role: role.clone(), version })
    };
    deltas.extend(files.roles.keys().filter_map(pack));
    deltas.sort_by_key(age);
    deltas
}

impl Listed {
    /// The file, below the repository.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Delta { role, old, new } => delta_path(role, *old, *new),
            Self::Pack { role, version } => pack_path(role, *version),
        }
    }

    /// Makes the file. `None` where the state is another by now.
    ///
    /// # Errors
    /// See [`write()`] and [`write_delta`].
    pub fn make(&self, state: &Snapshot) -> Result<Option<Vec<u8>>, PackError> {
        match self {
            Self::Pack { role, .. } => {
                let (Some(metadata), Some(targets)) = (state.files().roles.get(role), targets(state, role))
                else {
                    return Ok(None);
                };
                write(metadata, &documents(state, &targets)).map(Some)
            }
            Self::Delta { role, old, .. } => {
                let Some(Difference { old, new, changed }) = difference(state, role, *old) else {
                    return Ok(None);
                };
                write_delta((old, new), changed.iter().map(|(path, bytes)| (path, bytes.as_ref()))).map(Some)
            }
        }
    }

    /// Whether these bytes are such a file, made by whatever version of this program.
    #[must_use]
    pub fn is(&self, state: &Snapshot, bytes: &[u8]) -> bool {
        let bounds = Bounds::default();
        let same = |wanted: &Documents, role: &[u8], found: &super::Contents| {
            found.metadata() == role && found.documents() == wanted
        };
        match self {
            Self::Pack { role, .. } => {
                let (Some(metadata), Some(targets)) = (state.files().roles.get(role), targets(state, role))
                else {
                    return false;
                };
                read(bytes, &bounds).is_ok_and(|found| same(&documents(state, &targets), metadata, &found))
            }
            Self::Delta { role, old, .. } => {
                let Some(Difference { old, new, changed }) = difference(state, role, *old) else {
                    return false;
                };
                read_delta(bytes, old, &bounds).is_ok_and(|found| same(&changed, new, &found))
            }
        }
    }
}

/// What leads from one version of a role to the one that is served now.
struct Difference<'s> {
    old: &'s [u8],
    new: &'s [u8],
    /// The documents that are new or changed.
    changed: Documents,
}

fn difference<'s>(state: &'s Snapshot, role: &str, old: u64) -> Option<Difference<'s>> {
    let files = state.files();
    let old = files.earlier.get(&(role.to_owned(), old))?;
    if role == "snapshot" {
        return Some(Difference { old, new: &files.snapshot, changed: Documents::new() });
    }
    let new = files.roles.get(role)?;
    let before: Targets = served::read(old)?;
    let now = targets(state, role)?;
    let is_new = |(path, file): &(&TargetPath, &TargetFile)| {
        before.targets.get(*path).is_none_or(|before| before.sha256 != file.sha256)
    };
    Some(Difference { old, new, changed: of(state, now.targets.iter().filter(is_new)) })
}

fn targets<'s>(state: &'s Snapshot, role: &str) -> Option<Cow<'s, Targets>> {
    match role {
        "targets" => Some(Cow::Borrowed(state.targets())),
        HOLDS_ROLE => state.holds().map(Cow::Borrowed),
        product => match state.products().get(product) {
            Some(published) => Some(Cow::Borrowed(&published.targets)),
            None => served::read(state.files().roles.get(role)?).map(Cow::Owned),
        },
    }
}

/// The documents that a role lists, as far as they are here.
fn documents(state: &Snapshot, role: &Targets) -> Documents {
    of(state, role.targets.iter())
}

fn of<'t>(state: &Snapshot, files: impl Iterator<Item = (&'t TargetPath, &'t TargetFile)>) -> Documents {
    let document = |(path, file): (&TargetPath, &TargetFile)| {
        Place::parse(path.as_str()).filter(Place::is_document)?;
        let bytes = state.document(path).filter(|bytes| file.check(bytes).is_ok())?;
        Some((path.clone(), Arc::clone(bytes)))
    };
    files.filter_map(document).collect()
}
