//! The files below the targets folder: those of this state, and those of states that hosts may still be reading.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::paths::Place;
use crate::trust::{Digest, Envelope, Limits, Signed, Snapshot, TargetFile, TargetPath, Targets};

/// How many versions of a role are to be had, the newest among them: a host that read the timestamp before a
/// release, or before a restart, must find what it names.
pub const KEPT_VERSIONS: u32 = 8;

/// What stands behind a file below the targets folder.
#[derive(Debug, Clone)]
pub enum Served {
    /// A document.
    Document(Arc<[u8]>),
    /// A file of a hotfix, kept as a blob.
    Payload {
        /// Its SHA-256.
        sha256: Digest,
        /// Its length.
        bytes: u64,
    },
}

impl Served {
    pub(super) fn payload(file: &TargetFile) -> Self {
        Self::Payload { sha256: file.sha256, bytes: file.length }
    }
}

/// By file name, with the last version of the snapshot role that it was part of.
#[derive(Debug, Clone, Default)]
pub(super) struct ServedFiles(BTreeMap<String, (Served, u64)>);

impl ServedFiles {
    pub(super) fn get(&self, name: &str) -> Option<&Served> {
        self.0.get(name).map(|(served, _)| served)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Served)> {
        self.0.iter().map(|(name, (served, _))| (name.as_str(), served))
    }

    pub(super) fn put(&mut self, path: &TargetPath, file: &TargetFile, last: u64, served: Served) {
        self.0.insert(path.file(&file.sha256, true), (served, last));
    }

    /// Drops what was part of no version that is still to be had.
    pub(super) fn forget(&mut self, now: u64) {
        self.0.retain(|_, (_, last)| *last + u64::from(KEPT_VERSIONS) > now);
    }

    /// Puts in what earlier versions list, out of their signed files: what a process knew before it ended.
    pub(super) fn restore(
        &mut self,
        earlier: &BTreeMap<(String, u64), Arc<[u8]>>,
        fetch: impl Fn(&TargetPath, &TargetFile) -> Option<Arc<[u8]>>,
    ) {
        let mut last: BTreeMap<(String, u64), u64> = BTreeMap::new();
        for ((_, version), bytes) in earlier.iter().filter(|((role, _), _)| role == "snapshot") {
            let Some(snapshot) = read::<Snapshot>(bytes) else { continue };
            for (role, meta) in snapshot.meta {
                last.insert((role, meta.version), *version);
            }
        }
        for (key, last) in last {
            let Some(role) = earlier.get(&key).and_then(|bytes| read::<Targets>(bytes)) else { continue };
            for (path, file) in &role.targets {
                if let Some((_, known)) = self.0.get_mut(&path.file(&file.sha256, true)) {
                    *known = last.max(*known);
                    continue;
                }
                let Some(place) = Place::parse(path.as_str()) else { continue };
                if !place.is_document() {
                    self.put(path, file, last, Served::payload(file));
                } else if let Some(bytes) = fetch(path, file).filter(|bytes| file.check(bytes).is_ok()) {
                    self.put(path, file, last, Served::Document(bytes));
                }
            }
        }
    }
}

/// Reads a signed file that was verified when it was issued.
pub(super) fn read<T: Signed>(bytes: &[u8]) -> Option<T> {
    let limits = Limits::default();
    T::from_value(Envelope::parse(bytes, &limits).ok()?.into_signed(), &limits).ok()
}
