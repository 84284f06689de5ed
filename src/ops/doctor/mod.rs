//! `hotfixd doctor`: looks at everything that a service stands on, and says of each thing whether it is well, and
//! what to do where it is not. It changes nothing, and may run beside the service.

mod audit;
mod ledger;
mod place;
mod rows;
mod served;
mod signed;

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::store::{Store, StoreError, StoreSettings};

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

const ELSEWHERE: &str = "Name it with --data or --database, or start the service once.";

/// Looks at everything.
#[must_use]
pub fn examine(settings: &StoreSettings, keys: &Path, now: Timestamp) -> Report {
    let mut doctor = Doctor { checks: Vec::new() };
    doctor.folder(settings, keys);
    match Store::open_to_examine(settings.clone()) {
        Ok(store) => {
            if doctor.database(&store) {
                doctor.rows(&store);
                doctor.blobs(&store);
                doctor.audit(&store);
                doctor.served(&store, keys, now);
            }
        }
        Err(error) => doctor.unreadable(&error),
    }
    doctor.key_files(keys);
    let level = doctor.checks.iter().map(|check| check.level).max().unwrap_or(Level::Ok);
    Report { schema: "hotfixd/doctor/1", level, checks: doctor.checks }
}

impl Doctor {
    /// The database itself, and its tables. Says whether there is more to be looked at: rows of tables that are
    /// older or newer than those known here would be judged by the wrong rules.
    fn database(&mut self, store: &Store) -> bool {
        match store.read(|tx| tx.integrity()) {
            Ok(found) if found.is_empty() => self.ok("database", "opens, and is whole"),
            Ok(found) => self.fail("database", found.join("; "), RESTORE),
            Err(error) => {
                self.unreadable(&error);
                return false;
            }
        }
        let migrations = match store.read(|tx| tx.migrations()) {
            Ok(migrations) => migrations,
            Err(error) => {
                self.fail("migrations", error.to_string(), RESTORE);
                return false;
            }
        };
        match migrations.check() {
            Ok(()) => {
                self.ok("migrations", format!("all {} were run", migrations.applied.len()));
                return true;
            }
            Err(StoreError::OlderSchema(_)) => {
                let text = format!("still to be run: {}", migrations.pending.join(", "));
                let remedy = "The service runs them when it starts; take a backup with the older hotfixd first. \
                              Then ask the doctor again: rows were not looked at.";
                self.note(Level::Warn, "migrations", text, remedy);
            }
            Err(StoreError::NewerSchema(_)) => {
                let text = format!("not known to this hotfixd: {}", migrations.unknown.join(", "));
                let remedy = "Run the hotfixd that wrote this database, or a newer one; or put a backup back that \
                              was made before the upgrade. This one refuses to start on it.";
                self.fail("migrations", text, remedy);
            }
            Err(_) => self.fail(
                "migrations",
                "no table is there: nothing was ever kept in this database",
                ELSEWHERE,
            ),
        }
        false
    }

    fn unreadable(&mut self, error: &StoreError) {
        match error {
            StoreError::NotFound => self.fail("database", "there is none", ELSEWHERE),
            StoreError::Damaged(_) => self.fail("database", error.to_string(), RESTORE),
            _ => self.fail(
                "database",
                error.to_string(),
                "Look at the database; name another with --database.",
            ),
        }
    }
}
