//! `hotfixd doctor`: looks at everything that a service stands on, and says of each thing whether it is well, and
//! what to do where it is not. It changes nothing, and may run beside the service.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::durable;
use crate::release::{OWN_ROLES, OnlineKeys, ServedState, lost};
use crate::store::{HighWaterMark, Reader, Store, StoreError, StoreSettings};
use crate::trust::sha256::Hasher;
use crate::trust::{Digest, Envelope, Limits, Signed, Targets};

/// A role with less than this left is told of: the server's own are signed anew long before.
const EXPIRING: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Well.
    Ok,
    /// To be looked at.
    Warn,
    /// Broken.
    Fail,
}

/// Something that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// How it is.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<&'static str>,
}

/// Everything that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// `hotfixd/doctor/1`.
    pub schema: &'static str,
    /// The worst.
    pub level: Level,
    /// Each thing, in order.
    pub checks: Vec<Check>,
}

struct Doctor {
    checks: Vec<Check>,
}

impl Doctor {
    fn ok(&mut self, name: &'static str, found: impl Into<String>) {
        self.checks.push(Check { name, level: Level::Ok, found: found.into(), remedy: None });
    }

    fn note(&mut self, level: Level, name: &'static str, found: impl Into<String>, remedy: &'static str) {
        self.checks.push(Check { name, level, found: found.into(), remedy: Some(remedy) });
    }

    fn fail(&mut self, name: &'static str, found: impl Into<String>, remedy: &'static str) {
        self.note(Level::Fail, name, found, remedy);
    }
}

/// What is wrong with what was stored is mended by putting a backup back.
const RESTORE: &str = "Put a backup back (docs/operations.md); what is damaged is never served as good.";

/// Looks at everything.
#[must_use]
pub fn examine(settings: &StoreSettings, keys: &Path, now: Timestamp) -> Report {
    let mut doctor = Doctor { checks: Vec::new() };
    doctor.folder(&settings.data);
    match Store::open_beside(settings.clone()) {
        Ok(store) => {
            doctor.database(&store);
            doctor.rows(&store);
            doctor.blobs(&store);
            doctor.audit(&store);
            doctor.served(&store, keys, now);
        }
        Err(StoreError::NotFound) => {
            doctor.fail(
                "database",
                "there is none",
                "Name it with --data or --database, or start the service once.",
            );
        }
        Err(error) => {
            doctor.fail("database", error.to_string(), "Look at the database; name another with --database.");
        }
    }
    doctor.key_files(keys);
    let level = doctor.checks.iter().map(|check| check.level).max().unwrap_or(Level::Ok);
    Report { schema: "hotfixd/doctor/1", level, checks: doctor.checks }
}

impl Doctor {
    fn folder(&mut self, data: &Path) {
        let remedy = "Name the data folder with --data; its owner has to be who runs the service.";
        match fs::metadata(data) {
            Err(error) => return self.fail("data folder", format!("{}: {error}", data.display()), remedy),
            Ok(meta) if !meta.is_dir() => {
                return self.fail("data folder", format!("{} is no folder", data.display()), remedy);
            }
            Ok(_) => self.ok("data folder", data.display().to_string()),
        }
        let incoming = data.join("blobs").join("tmp");
        let left = fs::read_dir(incoming).map_or(0, |files| files.flatten().count());
        let partial = data.join("restore");
        if partial.exists() {
            let text = format!("{} is left of a restore that ended halfway", partial.display());
            self.note(Level::Warn, "leftovers", text, "Run `hotfixd restore` again, or remove it.");
        } else {
            self.ok("leftovers", format!("{left} files that are coming in, or were when a process ended"));
        }
    }

    fn database(&mut self, store: &Store) {
        match store.read(|tx| tx.integrity()) {
            Ok(found) if found.is_empty() => self.ok("database", "opens, and is whole"),
            Ok(found) => self.fail("database", found.join("; "), RESTORE),
            Err(error) => self.fail("database", error.to_string(), RESTORE),
        }
    }

    /// Every row's bytes by the digest beside them, and every document by the signed role that brought it.
    fn rows(&mut self, store: &Store) {
        let counted = store.read(|tx| {
            let (mut wrong, mut brought) = (Vec::new(), Vec::new());
            let documents = tx.dump("documents", |line| {
                let row = parsed(line);
                wrong.extend(wrong_row("documents", &row));
                brought.push(Brought::of(&row));
                Ok::<_, StoreError>(())
            })?;
            let roles = tx.dump("roles", |line| {
                wrong.extend(wrong_row("roles", &parsed(line)));
                Ok::<_, StoreError>(())
            })?;
            unsigned(tx, brought, &mut wrong)?;
            Ok::<_, StoreError>((documents, roles, wrong))
        });
        match counted {
            Ok((documents, roles, wrong)) if wrong.is_empty() => {
                self.ok(
                    "rows",
                    format!("{documents} revisions of documents and {roles} signed files are as they were"),
                );
            }
            Ok((_, _, wrong)) => self.fail("rows", wrong.join("; "), RESTORE),
            Err(error) => self.fail("rows", error.to_string(), RESTORE),
        }
    }

    fn blobs(&mut self, store: &Store) {
        let known = match store.read(|tx| tx.blobs()) {
            Ok(known) => known,
            Err(error) => return self.fail("blobs", error.to_string(), RESTORE),
        };
        let wrong: Vec<String> =
            known.iter().filter_map(|(sha256, bytes)| wrong_blob(store, sha256, *bytes)).collect();
        if wrong.is_empty() {
            self.ok("blobs", format!("{} files have their SHA-256", known.len()));
        } else {
            self.fail("blobs", wrong.join("; "), RESTORE);
        }
    }

    fn audit(&mut self, store: &Store) {
        match store.read(|tx| tx.verify_audit()) {
            Ok(entries) => {
                self.ok("audit", format!("{entries} entries, each with the hash of the one before"));
            }
            Err(error) => self.fail("audit", error.to_string(), RESTORE),
        }
    }

    /// What would be served, by the rules of hosts, and how it stands with keys, dates and versions.
    fn served(&mut self, store: &Store, keys: &Path, now: Timestamp) {
        let state = match ServedState::load(store) {
            Ok(Some(state)) => state,
            Ok(None) => {
                return self.note(
                    Level::Warn,
                    "repository",
                    "nothing was ever published",
                    "Start the service once.",
                );
            }
            Err(error) => return self.fail("repository", error.to_string(), RESTORE),
        };
        let snapshot = &state.snapshot;
        self.ok(
            "repository",
            format!("{} products; every signature and hash holds", snapshot.products().len()),
        );
        let remedy = "Put the online keys that the root trusts into the folder that --keys names.";
        match OnlineKeys::load(keys) {
            Err(error) => self.fail("online keys", error.to_string(), remedy),
            Ok(online) => match online.check(snapshot.root(), snapshot.targets()) {
                Err(error) => self.fail("online keys", error.to_string(), remedy),
                Ok(()) => self.ok("online keys", "are those that the root and targets trust"),
            },
        }
        for (role, expires) in snapshot.expiries() {
            let remedy = match role.as_str() {
                "root" | "targets" => "Its keepers have to sign it anew.",
                own if OWN_ROLES.contains(&own) => "The service signs it anew while it runs: start it.",
                _ => "Its publisher has to sign it anew: `hotfix sign` and `hotfix submit`.",
            };
            let left = expires.duration_since(now);
            if left <= SignedDuration::ZERO {
                self.fail("expiry", format!("{role} expired at {expires}"), remedy);
            } else if left < EXPIRING && !OWN_ROLES.contains(&role.as_str()) {
                self.note(Level::Warn, "expiry", format!("{role} expires at {expires}"), remedy);
            }
        }
        if self.checks.iter().all(|check| check.name != "expiry") {
            self.ok("expiry", "no role is near its end");
        }
        let newest = state.issued.values().max().copied().unwrap_or(now);
        if newest.duration_since(now) > SignedDuration::from_mins(1) {
            let text = format!("it is {now} here, and something was signed at {newest}");
            self.note(Level::Warn, "clock", text, "Set the machine's clock, and let it be kept.");
        } else {
            self.ok("clock", "is not behind what was signed");
        }
        self.versions(&state, keys);
    }

    fn versions(&mut self, state: &ServedState, keys: &Path) {
        let mark = match HighWaterMark::open(keys) {
            Ok(mark) => mark,
            Err(error) => {
                return self.fail(
                    "versions",
                    error.to_string(),
                    "See docs/operations.md, “After a restore”.",
                );
            }
        };
        if mark.is_new() {
            let text = format!("{} is not there yet", mark.path().display());
            return self.note(Level::Warn, "versions", text, "The service makes it when it starts.");
        }
        let lost: Vec<String> = lost(&state.snapshot, &mark)
            .iter()
            .map(|lost| format!("{} {} was issued, and is not here", lost.role, lost.issued))
            .collect();
        if lost.is_empty() {
            self.ok("versions", "nothing that was issued is missing");
        } else {
            let remedy = "Their publishers have to submit again (docs/operations.md, “After a restore”).";
            self.note(Level::Warn, "versions", lost.join("; "), remedy);
        }
    }

    fn key_files(&mut self, keys: &Path) {
        let files = fs::read_dir(keys).into_iter().flatten().flatten();
        let private = files.filter(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            name.ends_with(".pem") && !name.ends_with(".pub.pem")
        });
        let open: Vec<String> = private
            .filter(|file| file.metadata().is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0))
            .map(|file| file.path().display().to_string())
            .collect();
        if open.is_empty() {
            self.ok("key files", "are readable by their owner alone");
        } else {
            self.fail("key files", format!("others may read {}", open.join(", ")), "chmod 600 them.");
        }
    }
}

/// A row as the store writes it.
fn parsed(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_default()
}

/// Which version of which role brought which bytes of a document.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Brought {
    role: String,
    version: u64,
    path: String,
    sha256: String,
}

impl Brought {
    fn of(row: &Value) -> Self {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let version = row.get("role_version").and_then(Value::as_u64).unwrap_or_default();
        Self { role: text("role"), version, path: text("path"), sha256: text("sha256") }
    }
}

/// Where the bytes of a row are not those of its digest.
fn wrong_row(table: &str, row: &Value) -> Option<String> {
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    if Digest::of(text("body").as_bytes()).to_string() == text("sha256") {
        return None;
    }
    Some(match table {
        "roles" => format!("{} version {} has changed", text("name"), row.get("version")?),
        _ => format!("{} revision {} has changed", text("path"), row.get("revision")?),
    })
}

/// Documents of which the role that brought them says otherwise.
fn unsigned(
    tx: &mut Reader<'_>,
    mut brought: Vec<Brought>,
    wrong: &mut Vec<String>,
) -> Result<(), StoreError> {
    let limits = Limits::default();
    let mut last: Option<((String, u64), Option<Targets>)> = None;
    brought.sort();
    for Brought { role, version, path, sha256 } in brought {
        if last.as_ref().is_none_or(|(known, _)| *known != (role.clone(), version)) {
            let targets = match tx.role_version(&role, version) {
                Ok(record) => Envelope::parse(record.body.as_bytes(), &limits)
                    .ok()
                    .and_then(|envelope| Targets::from_value(envelope.into_signed(), &limits).ok()),
                Err(StoreError::NotFound | StoreError::Damaged(_)) => None,
                Err(error) => return Err(error),
            };
            if targets.is_none() {
                wrong.push(format!("{role} version {version} is gone or cannot be read"));
            }
            last = Some(((role.clone(), version), targets));
        }
        let targets = last.as_ref().and_then(|(_, targets)| targets.as_ref());
        let signed = targets.and_then(|targets| targets.targets.get(path.as_str()));
        if targets.is_some() && signed.is_none_or(|file| file.sha256.to_string() != sha256) {
            wrong.push(format!("{path} is not what {role} version {version} signs"));
        }
    }
    Ok(())
}

fn wrong_blob(store: &Store, sha256: &Digest, bytes: u64) -> Option<String> {
    let (mut file, length) = match store.blob_files().read(sha256) {
        Ok(opened) => opened,
        Err(StoreError::NotFound) => return Some(format!("{sha256} is gone")),
        Err(error) => return Some(error.to_string()),
    };
    let mut hasher = Hasher::new();
    let failed = |error: std::io::Error| format!("{sha256}: {error}");
    let read = durable::pieces(&mut file, failed, |piece| {
        hasher.update(piece);
        Ok(())
    });
    if let Err(text) = read {
        return Some(text);
    }
    (length != bytes || hasher.finish() != *sha256).then(|| format!("{sha256} has changed"))
}
