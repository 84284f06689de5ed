//! `checks.json`: what the last checks came to, so that the next can say what changed. It decides nothing.

use super::{Lock, State, disk};
use crate::assess::Essentials;
use crate::host::Error;
use crate::json::{self, Form, Table, Value};

const SCHEMA: &str = "hotfixd/checks/1";
/// The checks that are remembered: of so many hosts or questions.
const MAX_CHECKS: usize = 32;
/// The most bytes of the file; what would make it longer is not kept.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

impl State {
    /// What the last check of that key came to; `None` where there was none, or the file is damaged.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn last_check(&self, key: &str) -> Result<Option<Essentials>, Error> {
        Ok(self.checks()?.into_iter().find(|(known, _)| known == key).map(|(_, last)| last))
    }

    /// Keeps what a check came to, in place of the one before of the same key. The oldest give way.
    ///
    /// # Errors
    /// A folder that cannot be read or written.
    pub fn set_last_check(&self, _lock: &Lock, key: &str, last: &Essentials) -> Result<(), Error> {
        let mut checks = self.checks()?;
        checks.retain(|(known, _)| known != key);
        checks.push((key.to_owned(), last.clone()));
        checks.sort_by_key(|(_, last)| last.as_of);
        let mut bytes = to_bytes(&checks);
        while checks.len() > MAX_CHECKS || u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
            checks.remove(0);
            bytes = to_bytes(&checks);
        }
        disk::write(&self.folder.join("checks.json"), &bytes)
    }

    /// Every check that is remembered, with its key, the oldest first.
    fn checks(&self) -> Result<Vec<(String, Essentials)>, Error> {
        let bytes = disk::read(&self.folder.join("checks.json"), MAX_BYTES + 1)?;
        let mut checks = bytes.and_then(|bytes| read(&bytes)).unwrap_or_default();
        checks.sort_by_key(|(_, last)| last.as_of);
        Ok(checks)
    }
}

fn to_bytes(checks: &[(String, Essentials)]) -> Vec<u8> {
    let checks: Table = checks.iter().map(|(key, last)| (key.clone(), last.to_value())).collect();
    json::canonical(&Value::from([("schema", SCHEMA.into()), ("checks", checks.into())]), Form::Json)
}

/// `None` for what is not of this form.
fn read(bytes: &[u8]) -> Option<Vec<(String, Essentials)>> {
    let value = json::parse(bytes).ok()?;
    if value.get("schema")?.as_text()? != SCHEMA {
        return None;
    }
    let check = |(key, value): (&String, &Value)| Some((key.clone(), Essentials::read(value)?));
    value.get("checks")?.as_table()?.iter().map(check).collect()
}
