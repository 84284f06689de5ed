//! The high-water mark: of every role the highest version that was ever issued here, kept in a file beside the
//! online keys.
//!
//! The database may go back (an older backup is put back, a replica that lagged takes over); what hosts have
//! seen does not. Versions that are issued next are above the mark, and a version that is in it never gets
//! other bytes. It is written before a version may be served.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::roles::RoleRecord;
use crate::durable::{self, Access};
use crate::json::{self, Form, Table, Value, canonical};
use crate::trust::{Digest, MetaFile};

const SCHEMA: &str = "hotfixd/issued/1";
/// The longest file that is read: a hundred thousand roles.
const MAX_BYTES: u64 = 16 << 20;

/// The high-water mark of a folder of online keys.
#[derive(Debug)]
pub struct HighWaterMark {
    path: PathBuf,
    is_new: bool,
    roles: BTreeMap<String, MetaFile>,
}

impl HighWaterMark {
    /// The name of the file.
    pub const FILE: &'static str = "issued.json";

    /// Reads the mark that is kept beside the online keys; empty where there is none yet.
    ///
    /// # Errors
    /// A file that cannot be read, and [`StoreError::Damaged`] with what to do for one that was not written so.
    pub fn open(keys: &Path) -> Result<Self, StoreError> {
        let path = keys.join(Self::FILE);
        let mut bytes = Vec::new();
        match std::fs::File::open(&path) {
            Ok(file) => {
                let read = file.take(MAX_BYTES).read_to_end(&mut bytes);
                read.map_err(|error| StoreError::file("reading", &path, &error))?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { path, is_new: true, roles: BTreeMap::new() });
            }
            Err(error) => return Err(StoreError::file("opening", &path, &error)),
        }
        match read(&bytes) {
            Ok(roles) => Ok(Self { path, is_new: false, roles }),
            Err(why) => Err(StoreError::Damaged(format!(
                "{}: {why}\n  Put a good copy of it back. Without one, remove it: it is then made from the \
                 database, and versions that were issued after what the database holds are not known any more.",
                path.display()
            ))),
        }
    }

    /// Where it is kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there was no file yet.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// What was issued last of a role.
    #[must_use]
    pub fn of(&self, role: &str) -> Option<&MetaFile> {
        self.roles.get(role)
    }

    /// The highest version of a role that was ever issued; 0 where none was.
    #[must_use]
    pub fn version(&self, role: &str) -> u64 {
        self.roles.get(role).map_or(0, |issued| issued.version)
    }

    /// Every role with what was issued last of it.
    #[must_use]
    pub fn roles(&self) -> &BTreeMap<String, MetaFile> {
        &self.roles
    }

    /// Whether something was issued that these bytes are not: a higher version, or other bytes under the same.
    #[must_use]
    pub fn is_ahead_of(&self, role: &str, version: u64, bytes: &[u8]) -> bool {
        self.of(role).is_some_and(|issued| {
            issued.version > version || (issued.version == version && issued.check(bytes).is_err())
        })
    }

    /// Writes down what is about to be issued, durably, and leaves the mark as it is until that is [kept]. What is
    /// below the mark changes nothing.
    ///
    /// [kept]: HighWaterMark::keep
    ///
    /// # Errors
    /// The file's; [`StoreError::Taken`] for other bytes under a version that was issued.
    pub fn prepare(&self, issued: &[RoleRecord]) -> Result<Raised, StoreError> {
        let mut roles = self.roles.clone();
        for record in issued {
            let bytes = record.body.as_bytes();
            match self.of(&record.name) {
                Some(known) if known.version > record.version => continue,
                Some(known) if known.version == record.version => {
                    known.check(bytes).map_err(|_| StoreError::Taken)?;
                }
                _ => {}
            }
            roles.insert(record.name.clone(), MetaFile::of(record.version, bytes));
        }
        self.written(roles)
    }

    /// Puts what was prepared in place, durably.
    ///
    /// # Errors
    /// The file's. In memory it has risen nevertheless, and the next one that is kept says it too.
    pub fn keep(&mut self, raised: Raised) -> Result<(), StoreError> {
        let Raised { roles, file } = raised;
        (self.roles, self.is_new) = (roles, false);
        Ok(durable::publish(&file, &self.temporary(), &self.path)?)
    }

    /// Takes up what was issued already, durably.
    ///
    /// # Errors
    /// As [`HighWaterMark::prepare`].
    pub fn raise(&mut self, issued: &[RoleRecord]) -> Result<(), StoreError> {
        let raised = self.prepare(issued)?;
        self.keep(raised)
    }

    /// Learns what was issued from somebody who saw it, in memory: what is kept next says it too. Of the same
    /// version, what is known already stays.
    pub fn learn(&mut self, role: &str, issued: &MetaFile) {
        if issued.version > self.version(role) {
            self.roles.insert(role.to_owned(), issued.clone());
        }
    }

    /// Puts the server's own roles so far up that what hosts may have seen lies below, where the mark itself was
    /// lost with what it knew.
    ///
    /// # Errors
    /// The file's.
    pub fn lift(&mut self, roles: &[&str], by: u64) -> Result<(), StoreError> {
        let mut lifted = self.roles.clone();
        for role in roles {
            let version = self.version(role).saturating_add(by);
            let unknown = MetaFile { length: None, sha256: None, ..MetaFile::of(version, b"") };
            lifted.insert((*role).to_owned(), unknown);
        }
        let raised = self.written(lifted)?;
        self.keep(raised)
    }

    /// Forgets a role, in memory: a repository that is founded anew has another first root.
    pub fn forget(&mut self, role: &str) {
        self.roles.remove(role);
    }

    fn written(&self, roles: BTreeMap<String, MetaFile>) -> Result<Raised, StoreError> {
        let path = self.temporary();
        let mut file = durable::create(&path, Access::Owner)?;
        let synced = file.write_all(&write(&roles)).and_then(|()| file.sync_all());
        synced.map_err(|error| StoreError::file("writing", &path, &error))?;
        durable::point();
        Ok(Raised { roles, file })
    }

    /// What is written before it is kept. One that a process left when it ended is written over.
    fn temporary(&self) -> PathBuf {
        self.path.with_extension("json.new")
    }
}

/// A mark that is written, and not yet in its place.
#[derive(Debug)]
pub struct Raised {
    roles: BTreeMap<String, MetaFile>,
    file: std::fs::File,
}

fn write(roles: &BTreeMap<String, MetaFile>) -> Vec<u8> {
    let number = |number: u64| Value::from(i64::try_from(number).unwrap_or(i64::MAX));
    let entry = |issued: &MetaFile| {
        let mut entry = Table::from([("version".to_owned(), number(issued.version))]);
        entry.extend(issued.length.map(|length| ("length".to_owned(), number(length))));
        entry.extend(issued.sha256.map(|sha256| ("sha256".to_owned(), sha256.to_string().into())));
        Value::from(entry)
    };
    let roles: Table = roles.iter().map(|(role, issued)| (role.clone(), entry(issued))).collect();
    let roles = Value::from(roles);
    let sha256 = Digest::of(&canonical(&roles, Form::Json)).to_string();
    let file = Value::from([("schema", SCHEMA.into()), ("roles", roles), ("sha256", sha256.into())]);
    let mut bytes = canonical(&file, Form::Json);
    bytes.push(b'\n');
    bytes
}

fn read(bytes: &[u8]) -> Result<BTreeMap<String, MetaFile>, String> {
    let file = json::parse(bytes).map_err(|error| error.to_string())?;
    if file.get("schema").and_then(Value::as_text) != Some(SCHEMA) {
        return Err(format!("is not of the schema {SCHEMA}"));
    }
    let roles = file.get("roles").ok_or("has no roles")?;
    let sha256 = Digest::of(&canonical(roles, Form::Json)).to_string();
    if file.get("sha256").and_then(Value::as_text) != Some(sha256.as_str()) {
        return Err("is not what was written: its own SHA-256 differs".to_owned());
    }
    let entry = |(role, value): (&String, &Value)| {
        let number = |name: &str| value.get(name)?.as_int().and_then(|number| u64::try_from(number).ok());
        let version = number("version").ok_or_else(|| format!("{role} has no version"))?;
        let sha256 = value.get("sha256").and_then(Value::as_text).map(str::parse).transpose();
        let sha256 = sha256.map_err(|_| format!("the SHA-256 of {role} is none"))?;
        Ok((role.clone(), MetaFile { length: number("length"), sha256, ..MetaFile::of(version, b"") }))
    };
    roles.as_table().ok_or("has no roles")?.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, version: u64, body: &str) -> RoleRecord {
        RoleRecord { name: name.to_owned(), version, body: body.to_owned(), issued_at: 0 }
    }

    #[test]
    fn it_rises_only_and_keeps_what_was_issued() {
        let folder = tempfile::tempdir().unwrap();
        let mut mark = HighWaterMark::open(folder.path()).unwrap();
        assert!(mark.is_new());
        mark.raise(&[record("p", 5, "five"), record("timestamp", 40, "forty")]).unwrap();
        mark.raise(&[record("p", 4, "four")]).unwrap();
        assert!(matches!(mark.raise(&[record("p", 5, "other")]), Err(StoreError::Taken)));
        mark.raise(&[record("p", 5, "five")]).unwrap();
        mark.lift(&["timestamp"], 1_000).unwrap();
        let mark = HighWaterMark::open(folder.path()).unwrap();
        assert_eq!((mark.version("p"), mark.version("timestamp"), mark.version("x")), (5, 1_040, 0));
        assert!(mark.is_ahead_of("p", 4, b"four") && mark.is_ahead_of("p", 5, b"other"));
        assert!(!mark.is_ahead_of("p", 5, b"five") && !mark.is_ahead_of("p", 6, b"six"));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let mut mark = HighWaterMark::open(folder.path()).unwrap();
        mark.raise(&[record("p", 5, "five")]).unwrap();
        let good = std::fs::read(mark.path()).unwrap();
        for bit in 0..(good.len() - 1) * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(mark.path(), &bytes).unwrap();
            let error = HighWaterMark::open(folder.path()).unwrap_err();
            assert!(error.to_string().contains(HighWaterMark::FILE), "{error}");
        }
    }
}
