//! Writing to the folder: each file whole, each stage settled before the next.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::ExportError;
use crate::durable::{self, Access};
use crate::store::{BlobFiles, StoreError};
use crate::trust::Digest;
use crate::trust::sha256::Hasher;

/// What holds other runs off.
const LOCK: &str = ".hotfixd-export";
/// What a file is called until it is whole.
const UNFINISHED: &str = ".hotfixd-new";

/// A folder that is being written to.
pub(super) struct Folder {
    root: PathBuf,
    /// Folders with names in them that are not durable yet.
    touched: BTreeSet<PathBuf>,
    _lock: File,
    pub(super) written: usize,
    pub(super) written_bytes: u64,
    pub(super) kept: usize,
    pub(super) removed: usize,
}

impl Folder {
    pub(super) fn open(root: &Path) -> Result<Self, ExportError> {
        for name in ["metadata", "targets", "packs", "deltas"] {
            durable::folder_for(&root.join("tuf").join(name), Access::Everybody)?;
        }
        let path = root.join(LOCK);
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let lock = opened.map_err(|error| durable::Error { what: "opening", path: path.clone(), error })?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ExportError::Busy { folder: root.to_owned() }),
            Err(TryLockError::Error(error)) => {
                return Err(durable::Error { what: "locking", path, error }.into());
            }
        }
        Ok(Self {
            root: root.to_owned(),
            touched: BTreeSet::new(),
            _lock: lock,
            written: 0,
            written_bytes: 0,
            kept: 0,
            removed: 0,
        })
    }

    /// A file that is there.
    pub(super) fn read(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.root.join(path)).ok()
    }

    /// Writes a file, unless it is there with these bytes.
    pub(super) fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), ExportError> {
        if self.read(path).is_some_and(|found| found == bytes) {
            self.kept += 1;
            return Ok(());
        }
        let (place, unfinished) = self.begin(path)?;
        let mut file = durable::create(&unfinished, Access::Everybody)?;
        let written = file.write_all(bytes).map_err(|error| failed("writing", &unfinished, error));
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.finish(written.map(|()| file), (&unfinished, &place), length)
    }

    /// Copies a blob, unless it is there with that length. It is a copy and no link, since whoever serves it
    /// is not to own what the service keeps; its digest is checked on the way.
    pub(super) fn copy(
        &mut self,
        path: &str,
        blobs: &BlobFiles,
        sha256: &Digest,
        bytes: u64,
    ) -> Result<(), ExportError> {
        if fs::metadata(self.root.join(path)).is_ok_and(|meta| meta.is_file() && meta.len() == bytes) {
            self.kept += 1;
            return Ok(());
        }
        let fault = |fault: String| ExportError::Blob { sha256: *sha256, path: path.to_owned(), fault };
        let (mut blob, _) = blobs.read(sha256).map_err(|error| match error {
            StoreError::NotFound => fault("not there".to_owned()),
            other => fault(other.to_string()),
        })?;
        let (place, unfinished) = self.begin(path)?;
        let mut file = durable::create(&unfinished, Access::Everybody)?;
        let mut hasher = Hasher::new();
        let copied = durable::pieces(
            &mut blob,
            |error| fault(format!("not to be read: {error}")),
            |piece| {
                hasher.update(piece);
                file.write_all(piece).map_err(|error| failed("writing", &unfinished, error))
            },
        );
        let copied = copied.and_then(|()| match hasher.finish() == *sha256 {
            true => Ok(file),
            false => Err(fault("damaged: its SHA-256 is another".to_owned())),
        });
        self.finish(copied, (&unfinished, &place), bytes)
    }

    fn begin(&mut self, path: &str) -> Result<(PathBuf, PathBuf), ExportError> {
        let place = self.root.join(path);
        if let Some(folder) = place.parent() {
            durable::folder_for(folder, Access::Everybody)?;
        }
        let mut name = place.file_name().unwrap_or_default().to_owned();
        name.push(UNFINISHED);
        let unfinished = place.with_file_name(name);
        Ok((place, unfinished))
    }

    /// Makes a file durable and gives it its name; its name is durable once the stage is settled.
    fn finish(
        &mut self,
        written: Result<File, ExportError>,
        (unfinished, place): (&Path, &Path),
        bytes: u64,
    ) -> Result<(), ExportError> {
        let done = written.and_then(|file| {
            be_newer(&file, place).map_err(|error| failed("dating", unfinished, error))?;
            durable::point();
            file.sync_all().map_err(|error| failed("syncing", unfinished, error))?;
            durable::point();
            fs::rename(unfinished, place).map_err(|error| failed("renaming", unfinished, error))
        });
        if done.is_err() {
            // A full disk should not stay fuller for it. The first error is the one to report.
            let _ = fs::remove_file(unfinished);
        }
        done?;
        self.touched.extend(place.parent().map(Path::to_owned));
        self.written += 1;
        self.written_bytes = self.written_bytes.saturating_add(bytes);
        Ok(())
    }

    /// Makes the names of all that was written durable: what comes after may refer to it.
    pub(super) fn settle(&mut self) -> Result<(), ExportError> {
        for folder in std::mem::take(&mut self.touched) {
            durable::sync_folder(&folder)?;
        }
        Ok(())
    }

    /// Takes away what an export wrote and needs no longer. Files that none would have written are left.
    pub(super) fn remove_all_but(&mut self, needed: impl Fn(&str) -> bool) -> Result<(), ExportError> {
        let mut found = Vec::new();
        for name in ["metadata", "targets", "packs", "deltas"] {
            walk(&self.root, &format!("tuf/{name}"), &mut found);
        }
        for path in found.iter().filter(|path| is_ours(path) && !needed(path)) {
            durable::remove(&self.root.join(path))?;
            self.removed += 1;
        }
        Ok(())
    }
}

fn failed(what: &'static str, path: &Path, error: std::io::Error) -> ExportError {
    durable::Error { what, path: path.to_owned(), error }.into()
}

/// Web servers tell two states of a file apart by its length and the second in which it was written: one that
/// takes another's place is never of the same second.
fn be_newer(file: &File, place: &Path) -> std::io::Result<()> {
    let Ok(before) = fs::metadata(place).and_then(|meta| meta.modified()) else { return Ok(()) };
    let second = Duration::from_secs(1);
    let now = file.metadata()?.modified()?;
    if now.duration_since(before).is_ok_and(|age| age > second) {
        Ok(())
    } else {
        file.set_modified(before + second)
    }
}

fn walk(root: &Path, path: &str, out: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(root.join(path)) else { return };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{path}/{name}");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(root, &path, out),
            Ok(kind) if kind.is_file() => out.push(path),
            _ => {}
        }
    }
}

/// Whether an export names its files like this.
fn is_ours(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or_default();
    if name.ends_with(UNFINISHED) {
        return true;
    }
    let version = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let first = name.split('.').next().unwrap_or_default();
    match folder {
        "tuf/metadata" => version(first) && (name.ends_with(".json") || name.ends_with(".json.gz")),
        "tuf/packs" => name.ends_with(".pack"),
        "tuf/deltas" => name.ends_with(".zst"),
        _ => folder.starts_with("tuf/targets/") && first.parse::<Digest>().is_ok(),
    }
}
