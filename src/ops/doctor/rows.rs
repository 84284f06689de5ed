//! Rows, blobs and the audit: each by the digest that it carries, or by the signed file that names it.

use serde_json::Value;

use super::{Doctor, RESTORE};
use crate::durable;
use crate::store::{Reader, Store, StoreError};
use crate::trust::sha256::Hasher;
use crate::trust::{Digest, Envelope, Limits, Signed, Targets};

impl Doctor {
    /// Every row's bytes by the digest beside them, and every document by the signed role that brought it.
    pub(super) fn rows(&mut self, store: &Store) {
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

    pub(super) fn blobs(&mut self, store: &Store) {
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

    pub(super) fn audit(&mut self, store: &Store) {
        match store.read(|tx| tx.verify_audit()) {
            Ok(entries) => {
                self.ok("audit", format!("{entries} entries, each with the hash of the one before"));
            }
            Err(error) => self.fail("audit", error.to_string(), RESTORE),
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
