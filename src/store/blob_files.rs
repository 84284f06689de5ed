//! Blobs on disk: `ab/REST` of the SHA-256, and `tmp/` for those that are still coming in.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::StoreError;
use crate::durable::{self, Access};
use crate::trust::Digest;
use crate::trust::sha256::Hasher;

/// The folder of the blobs.
#[derive(Debug)]
pub struct BlobFiles {
    root: PathBuf,
    next: AtomicU64,
}

impl BlobFiles {
    /// Opens the folder and removes what was coming in when the last process ended.
    pub(super) fn open(root: PathBuf) -> Result<Self, StoreError> {
        let incoming = root.join("tmp");
        durable::folder(&incoming)?;
        let files =
            fs::read_dir(&incoming).map_err(|error| StoreError::file("reading", &incoming, &error))?;
        for file in files.flatten() {
            let path = file.path();
            fs::remove_file(&path).map_err(|error| StoreError::file("removing", &path, &error))?;
        }
        Ok(Self { root, next: AtomicU64::new(0) })
    }

    /// The folder of a process that may be writing to it.
    pub(super) fn beside(root: PathBuf) -> Self {
        Self { root, next: AtomicU64::new(0) }
    }

    fn path(&self, sha256: &Digest) -> PathBuf {
        let text = sha256.to_string();
        let (folder, rest) = text.split_at(2);
        self.root.join(folder).join(rest)
    }

    /// Opens a blob, with its length.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or the file's.
    pub fn read(&self, sha256: &Digest) -> Result<(File, u64), StoreError> {
        let path = self.path(sha256);
        let file = File::open(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StoreError::NotFound,
            _ => StoreError::file("opening", &path, &error),
        })?;
        let meta = file.metadata().map_err(|error| StoreError::file("reading", &path, &error))?;
        Ok((file, meta.len()))
    }

    /// Whether a blob is there.
    #[must_use]
    pub fn holds(&self, sha256: &Digest) -> bool {
        self.path(sha256).is_file()
    }

    /// Begins a blob that has to have this digest, and at most `limit` bytes.
    ///
    /// # Errors
    /// The file's.
    pub fn begin(&self, sha256: Digest, limit: u64) -> Result<BlobWriter, StoreError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let temporary = self.root.join("tmp").join(format!("{}-{number}", std::process::id()));
        let file = durable::create(&temporary, Access::Owner)?;
        let path = self.path(&sha256);
        Ok(BlobWriter { file, temporary, path, sha256, limit, bytes: 0, hasher: Hasher::new(), done: false })
    }
}

/// A blob that is coming in. Dropped before [`BlobWriter::finish`], it leaves nothing.
pub struct BlobWriter {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    sha256: Digest,
    limit: u64,
    bytes: u64,
    hasher: Hasher,
    done: bool,
}

impl BlobWriter {
    /// Takes the next piece.
    ///
    /// # Errors
    /// [`StoreError::Mismatch`] past the limit; the file's.
    pub fn write(&mut self, piece: &[u8]) -> Result<(), StoreError> {
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        if self.bytes > self.limit {
            let text = format!("the file is longer than the {} bytes that are taken", self.limit);
            return Err(StoreError::Mismatch(text));
        }
        self.hasher.update(piece);
        self.file.write_all(piece).map_err(|error| StoreError::file("writing", &self.temporary, &error))
    }

    /// Checks the digest and puts the file in its place, durably. Answers its length.
    ///
    /// # Errors
    /// [`StoreError::Mismatch`] where the bytes are others; the file's.
    pub fn finish(mut self) -> Result<u64, StoreError> {
        let found = std::mem::take(&mut self.hasher).finish();
        if found != self.sha256 {
            let text = format!("the SHA-256 of what came is {found}, not {}", self.sha256);
            return Err(StoreError::Mismatch(text));
        }
        durable::folder(self.path.parent().unwrap_or(Path::new(".")))?;
        durable::publish(&self.file, &self.temporary, &self.path)?;
        self.done = true;
        Ok(self.bytes)
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        if !self.done {
            // What cannot be removed now is removed when the folder is next opened.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}
