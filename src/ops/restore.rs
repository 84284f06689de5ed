//! `hotfixd restore PATH`: a backup put into an empty data folder and database, of either kind.
//!
//! Everything is checked before anything is put in place: each file by the manifest, and the whole by assembling
//! from it, in a database aside, what would be served. Then come the blobs, and last all rows in one
//! transaction: a restore that ended halfway is done again. Versions rise at the next start (ADR 21), above what
//! the mark beside the keys knows, and what mirrors do.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use serde::Serialize;

use super::backup::blob_path;
use super::manifest::Manifest;
use super::mirror;
use super::{Mirror, OpsError};
use crate::durable;
use crate::net::ServerUrl;
pub use crate::release::LostRole;
use crate::release::{OWN_ROLES, OnlineKeys, ServedState, SigningLock, lost};
use crate::store::{HighWaterMark, Store, StoreError, StoreSettings, TABLES};
use crate::trust::sha256::Hasher;

/// How far the server's own roles are put up where the mark does not know what was issued after the backup: more
/// than years of signing by the hour.
const LIFT: u64 = 100_000;

/// Whom to ask what was issued after the backup was taken.
#[derive(Debug, Clone, Default)]
pub struct Mirrors {
    /// Their addresses.
    pub urls: Vec<ServerUrl>,
    /// Whether to go on without those that cannot be reached, or serve what the backup does not trust.
    pub skip_bad: bool,
}

impl Mirrors {
    /// Reads addresses.
    ///
    /// # Errors
    /// One that is none, with what to write.
    pub fn read(urls: &[String], skip_bad: bool) -> Result<Self, String> {
        let one = |url: &String| {
            ServerUrl::parse(url).map_err(|error| format!("--mirror: {error}\n  {}", error.remedy()))
        };
        Ok(Self { urls: urls.iter().map(one).collect::<Result<_, _>>()?, skip_bad })
    }
}

/// What was restored.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// What the backup holds.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// The mirrors that were asked.
    pub mirrors: Vec<Mirror>,
    /// The roles of which a newer version was issued than was restored.
    pub lost: Vec<LostRole>,
}

/// Puts a backup into a data folder and a database that hold nothing yet.
///
/// # Errors
/// What [`OpsError`] lists; nothing is to be seen of the restore then.
pub fn restore(
    source: &Path,
    settings: StoreSettings,
    keys: &Path,
    mirrors: &Mirrors,
) -> Result<Restored, OpsError> {
    let manifest = whole(source)?;
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
    let state = checked?;
    let mut mark = HighWaterMark::open(keys)?;
    // Asked before anything of them is taken up.
    let knows = knows(&mark, &manifest);
    let mirrors = ask(mirrors, &state, &mut mark)?;
    let lost = lost(&state.snapshot, &mark);
    blobs(source, &manifest, &store)?;
    raise(&manifest, &mut mark, knows)?;
    rows(source, &store)?;
    Ok(Restored { manifest, mirrors, lost })
}

/// The manifest, once every file that it names was found to be what it says.
fn whole(source: &Path) -> Result<Manifest, OpsError> {
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
    Ok(manifest)
}

/// Whether what is in a backup can be served, and signed for with these keys.
fn check(source: &Path, aside: &Path, keys: &OnlineKeys) -> Result<ServedState, OpsError> {
    let _ = fs::remove_dir_all(aside);
    let store = Store::open(StoreSettings::in_folder(aside.to_owned()))?;
    rows(source, &store)?;
    let state = ServedState::load(&store)?.ok_or(crate::release::ReleaseError::Empty)?;
    keys.check(state.snapshot.root(), state.snapshot.targets())?;
    store.read(|tx| tx.verify_audit())?;
    Ok(state)
}

/// Takes up what mirrors know, in the mark's memory.
fn ask(mirrors: &Mirrors, state: &ServedState, mark: &mut HighWaterMark) -> Result<Vec<Mirror>, OpsError> {
    let roots = &state.snapshot.files().roots;
    let root = roots.last_key_value().map(|(_, bytes)| bytes.as_ref()).unwrap_or_default();
    let one = |server: &ServerUrl| {
        let url = server.to_string();
        match mirror::issued(server, root) {
            Ok(issued) => {
                issued.iter().for_each(|(role, file)| mark.learn(role, file));
                let timestamp = issued.get("timestamp").map(|file| file.version);
                Ok(Mirror { url, timestamp, skipped: None })
            }
            Err(why) if mirrors.skip_bad => {
                Ok(Mirror { url, timestamp: None, skipped: Some(why.to_string()) })
            }
            Err(why) => Err(OpsError::Mirror { url, why }),
        }
    };
    mirrors.urls.iter().map(one).collect()
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

/// Whether the mark knows all that was issued: it is there, and not older than the backup.
fn knows(mark: &HighWaterMark, manifest: &Manifest) -> bool {
    !mark.is_new() && mark.version("timestamp") >= taken(manifest, "timestamp")
}

fn taken(manifest: &Manifest, role: &str) -> u64 {
    manifest.roles.get(role).copied().unwrap_or_default()
}

/// Writes the mark. Where it did not know all that was issued, the server's own roles go far above: mirrors may
/// lag too.
fn raise(manifest: &Manifest, mark: &mut HighWaterMark, knows: bool) -> Result<(), OpsError> {
    if knows {
        return Ok(mark.raise(&[])?);
    }
    let above = |role: &&str| taken(manifest, role).saturating_sub(mark.version(role));
    let most = OWN_ROLES.iter().map(above).max().unwrap_or_default();
    Ok(mark.lift(&OWN_ROLES, most.saturating_add(LIFT))?)
}
