//! `hotfixd restore PATH`: a backup put into an empty data folder and database, of either kind.
//!
//! Everything is checked before anything is put in place: each file by the manifest, and the whole by assembling
//! from it, in a database aside, what would be served. Then come the blobs, and last all rows in one
//! transaction: a restore that ended halfway is done again. Versions rise at the next start (ADR 21).

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use super::OpsError;
use super::backup::blob_path;
use super::manifest::Manifest;
use crate::durable;
use crate::release::{OWN_ROLES, OnlineKeys, ServedState, SigningLock};
use crate::store::{HighWaterMark, Store, StoreError, StoreSettings, TABLES};
use crate::trust::sha256::Hasher;

/// How far the server's own roles are put up where the mark does not know what was issued after the backup: more
/// than years of signing by the hour.
const LIFT: u64 = 100_000;

/// Puts a backup into a data folder and a database that hold nothing yet.
///
/// # Errors
/// What [`OpsError`] lists; nothing is to be seen of the restore then.
pub fn restore(source: &Path, settings: StoreSettings, keys: &Path) -> Result<Manifest, OpsError> {
    let manifest = Manifest::read(source)?;
    for (name, part) in &manifest.files {
        let path = source.join(name);
        let damaged = |why: String| OpsError::Damaged { path: path.clone(), why };
        let mut file = File::open(&path).map_err(|error| damaged(error.to_string()))?;
        let (mut hasher, mut bytes) = (Hasher::new(), 0);
        durable::pieces(
            &mut file,
            |error| damaged(error.to_string()),
            |piece| {
                hasher.update(piece);
                bytes += piece.len() as u64;
                Ok(())
            },
        )?;
        if bytes != part.bytes || hasher.finish().to_string() != part.sha256 {
            return Err(damaged("it is not what the manifest says".to_owned()));
        }
    }
    let online = OnlineKeys::load(keys)?;
    let _lock = SigningLock::acquire(&settings.data)?;
    let data = settings.data.clone();
    let aside = settings.data.join("restore");
    let store = Store::open(settings)?;
    if !store.read(|tx| tx.is_empty())? {
        return Err(OpsError::NotEmpty(data));
    }
    let checked = check(source, &aside, &online);
    let _ = fs::remove_dir_all(&aside);
    checked?;
    blobs(source, &manifest, &store)?;
    raise(&manifest, keys)?;
    rows(source, &store)?;
    Ok(manifest)
}

/// Whether what is in a backup can be served, and signed for with these keys.
fn check(source: &Path, aside: &Path, keys: &OnlineKeys) -> Result<(), OpsError> {
    let _ = fs::remove_dir_all(aside);
    let store = Store::open(StoreSettings::in_folder(aside.to_owned()))?;
    rows(source, &store)?;
    let state = ServedState::load(&store)?.ok_or(crate::release::ReleaseError::Empty)?;
    keys.check(state.snapshot.root(), state.snapshot.targets())?;
    store.read(|tx| tx.verify_audit())?;
    Ok(())
}

fn blobs(source: &Path, manifest: &Manifest, store: &Store) -> Result<(), OpsError> {
    let blobs = manifest.files.iter().filter(|(name, _)| name.starts_with("blobs/"));
    for (name, part) in blobs {
        let path = source.join(name);
        let named =
            || OpsError::Damaged { path: path.clone(), why: "its name is not its SHA-256".to_owned() };
        let sha256 = part.sha256.parse().map_err(|_| named())?;
        if *name != blob_path(&sha256) {
            return Err(named());
        }
        if store.blob_files().holds(&sha256) {
            continue;
        }
        let failed = |error: std::io::Error| OpsError::file("reading", &path, &error);
        let mut file = File::open(&path).map_err(failed)?;
        let mut blob = store.blob_files().begin(sha256, part.bytes)?;
        durable::pieces(&mut file, failed, |piece| Ok(blob.write(piece)?))?;
        blob.finish()?;
    }
    Ok(())
}

/// All rows, in one transaction.
fn rows(source: &Path, store: &Store) -> Result<(), OpsError> {
    store.write(|tx| {
        for table in TABLES {
            let path = source.join(format!("tables/{table}.ndjson"));
            let failed = |error: std::io::Error| OpsError::file("reading", &path, &error);
            let file = BufReader::new(File::open(&path).map_err(failed)?);
            for (number, line) in file.lines().enumerate() {
                tx.put_back(table, &line.map_err(failed)?).map_err(|error| match error {
                    StoreError::Mismatch(why) => {
                        OpsError::Damaged { path: path.clone(), why: format!("line {}: {why}", number + 1) }
                    }
                    error => error.into(),
                })?;
            }
        }
        Ok(())
    })
}

/// Where the mark knows less than the backup, or nothing, what was issued after the backup is not known: the
/// server's own roles go far above.
fn raise(manifest: &Manifest, keys: &Path) -> Result<(), OpsError> {
    let mut mark = HighWaterMark::open(keys)?;
    let taken = |role: &str| manifest.roles.get(role).copied().unwrap_or_default();
    if mark.version("timestamp") >= taken("timestamp") && !mark.is_new() {
        return Ok(());
    }
    let most =
        OWN_ROLES.iter().map(|role| taken(role).saturating_sub(mark.version(role))).max().unwrap_or_default();
    Ok(mark.lift(&OWN_ROLES, most.saturating_add(LIFT))?)
}
