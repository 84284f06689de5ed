//! `hotfixd backup PATH`: everything that a service keeps, of one moment, while it serves or not, in a form that
//! either database takes: a folder with a file of JSON lines for each table, the blobs, and a manifest.
//!
//! It is written under another name and gets its own when it is whole and synced. It holds no private key.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::OpsError;
pub use super::manifest::Manifest;
use super::manifest::{self, Part};
use crate::durable::{self, Access};
use crate::store::{Reader, Store, StoreError, StoreSettings, TABLES};
use crate::trust::Digest;
use crate::trust::sha256::Hasher;

/// Writes a backup of what is stored to a new folder.
///
/// # Errors
/// What [`OpsError`] lists; the folder is not there then.
pub fn backup(settings: StoreSettings, target: &Path, now: Timestamp) -> Result<Manifest, OpsError> {
    if target.symlink_metadata().is_ok() {
        return Err(OpsError::Exists(target.to_owned()));
    }
    let data = settings.data.clone();
    let store = match Store::open_beside(settings) {
        Err(StoreError::NotFound) => return Err(OpsError::Nothing(data)),
        opened => opened?,
    };
    let partial = partial(target);
    clear(&partial)?;
    let written = write(&store, &partial, now);
    if written.is_err() {
        // What cannot be removed now is removed by the next run.
        let _ = fs::remove_dir_all(&partial);
    }
    let manifest = written?;
    durable::point();
    fs::rename(&partial, target).map_err(|error| OpsError::file("naming", target, &error))?;
    durable::sync_folder(&durable::parent(target))?;
    Ok(manifest)
}

/// The name under which a backup is written.
fn partial(target: &Path) -> PathBuf {
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    target.with_file_name(format!(".{name}.partial"))
}

fn clear(folder: &Path) -> Result<(), OpsError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(OpsError::file("removing", folder, &error))
        }
        _ => Ok(()),
    }
}

fn write(store: &Store, folder: &Path, now: Timestamp) -> Result<Manifest, OpsError> {
    let mut files = BTreeMap::new();
    let (tables, roles, blobs) = store.read(|tx| rows(tx, folder, &mut files))?;
    for (sha256, bytes) in blobs {
        let path = blob_path(&sha256);
        copy(store, (&sha256, bytes), &folder.join(&path))?;
        files.insert(path, Part { sha256: sha256.to_string(), bytes });
    }
    let manifest = Manifest {
        schema: manifest::SCHEMA.to_owned(),
        hotfixd: env!("CARGO_PKG_VERSION").to_owned(),
        taken: now,
        tables,
        roles,
        files,
    };
    let json = serde_json::to_vec_pretty(&manifest)
        .map_err(|error| OpsError::Damaged { path: folder.to_owned(), why: error.to_string() })?;
    durable::write(&folder.join(manifest::FILE), &json, Access::Owner)?;
    Ok(manifest)
}

type Read = (BTreeMap<String, u64>, BTreeMap<String, u64>, Vec<(Digest, u64)>);

/// Every table, of one moment.
fn rows(tx: &mut Reader<'_>, folder: &Path, files: &mut BTreeMap<String, Part>) -> Result<Read, OpsError> {
    let mut tables = BTreeMap::new();
    for table in TABLES {
        let name = format!("tables/{table}.ndjson");
        let path = folder.join(&name);
        durable::folder(&durable::parent(&path))?;
        let failed = |error: std::io::Error| OpsError::file("writing", &path, &error);
        let mut file = BufWriter::new(durable::create(&path, Access::Owner)?);
        let (mut hasher, mut bytes) = (Hasher::new(), 0);
        let count = tx.dump(table, |line| {
            for piece in [line.as_bytes(), b"\n"] {
                hasher.update(piece);
                bytes += piece.len() as u64;
                file.write_all(piece).map_err(failed)?;
            }
            Ok::<_, OpsError>(())
        })?;
        let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
        sync(&file, &path)?;
        files.insert(name, Part { sha256: hasher.finish().to_string(), bytes });
        tables.insert((*table).to_owned(), count);
    }
    durable::sync_folder(&folder.join("tables"))?;
    let roles = tx.newest_roles()?.into_iter().map(|role| (role.name, role.version)).collect();
    Ok((tables, roles, tx.blobs()?))
}

pub(super) fn blob_path(sha256: &Digest) -> String {
    let text = sha256.to_string();
    let (folder, rest) = text.split_at(2);
    format!("blobs/{folder}/{rest}")
}

/// Copies a blob, and checks it on the way.
fn copy(store: &Store, (sha256, bytes): (&Digest, u64), path: &Path) -> Result<(), OpsError> {
    let damaged = |why: String| OpsError::Store(StoreError::Damaged(format!("blob {sha256}: {why}")));
    let (mut from, length) = match store.blob_files().read(sha256) {
        Err(StoreError::NotFound) => return Err(damaged("its file is gone".to_owned())),
        opened => opened?,
    };
    if length != bytes {
        return Err(damaged(format!("{length} bytes, where {bytes} were stored")));
    }
    let folder = durable::parent(path);
    durable::folder(&folder)?;
    let mut to = durable::create(path, Access::Owner)?;
    let mut hasher = Hasher::new();
    let failed = |doing| move |error: std::io::Error| OpsError::file(doing, path, &error);
    durable::pieces(&mut from, failed("reading"), |piece| {
        hasher.update(piece);
        to.write_all(piece).map_err(failed("writing"))
    })?;
    if hasher.finish() != *sha256 {
        return Err(damaged("its bytes have changed".to_owned()));
    }
    sync(&to, path)?;
    Ok(durable::sync_folder(&folder)?)
}

fn sync(file: &File, path: &Path) -> Result<(), OpsError> {
    durable::point();
    file.sync_all().map_err(|error| OpsError::file("syncing", path, &error))
}
