//! Documents and signed files: what their rows say, by the signatures.

use std::collections::BTreeMap;

use serde_json::Value;

use super::audit::Audit;
use super::rows::{Row, each};
use crate::release::life;
use crate::repository::Place;
use crate::store::{DocumentKind, Reader, StoreError};
use crate::trust::{Envelope, Header, Limits, Root, Signed, Snapshot, Targets, Timestamp};

/// A role's name and version.
type Version = (String, i64);

/// What a row says of a signed file beside its bytes.
struct Kept {
    sha256: String,
    issued_at: i64,
}

/// What the first snapshot that lists a version says of it.
struct Listed {
    sha256: String,
    snapshot: i64,
    issued_at: i64,
}

/// Every version of every signed role, by its digest, by its own words, and by the snapshot that first lists it; of
/// roots, by the audit.
#[derive(Default)]
pub(super) struct SignedFiles {
    rows: BTreeMap<Version, Kept>,
    listed: BTreeMap<Version, Listed>,
    /// The snapshot that each timestamp announces.
    announced: BTreeMap<i64, i64>,
    pub(super) wrong: Vec<String>,
}

impl SignedFiles {
    pub(super) fn read(tx: &mut Reader<'_>, audit: &Audit) -> Result<Self, StoreError> {
        let mut files = Self::default();
        each(tx, "roles", |row| files.take(row))?;
        let wrong = files.rows.iter().filter_map(|((name, version), kept)| match name.as_str() {
            "snapshot" | "timestamp" => None,
            "root" => uninstalled(*version, kept, audit),
            _ => files.unlisted((name, *version), kept),
        });
        let wrong: Vec<String> = wrong.collect();
        files.wrong.extend(wrong);
        Ok(files)
    }

    pub(super) fn count(&self) -> usize {
        self.rows.len()
    }

    /// When a version was issued, by its row.
    pub(super) fn issued_at(&self, role: &str, version: i64) -> Option<i64> {
        self.rows.get(&(role.to_owned(), version)).map(|kept| kept.issued_at)
    }

    /// The first snapshot that lists a version.
    pub(super) fn first_listed(&self, role: &str, version: i64) -> Option<i64> {
        self.listed.get(&(role.to_owned(), version)).map(|listed| listed.snapshot)
    }

    /// Whether a timestamp is the first that announces a snapshot; of those that were forgotten nobody knows.
    pub(super) fn announces(&self, timestamp: i64, snapshot: i64) -> bool {
        match self.announced.get(&timestamp) {
            Some(announced) => {
                *announced == snapshot && self.announced.get(&(timestamp - 1)) != Some(&snapshot)
            }
            None => self.announced.first_key_value().is_some_and(|(oldest, _)| timestamp < *oldest),
        }
    }

    fn take(&mut self, row: &Row) {
        let (name, version) = (row.text("name"), row.number("version"));
        let (sha256, issued_at) = (row.text("sha256").to_owned(), row.number("issued_at"));
        if !row.is_whole("body", "sha256") {
            self.wrong.push(format!("{name} version {version} has changed"));
        }
        match header(name, row.text("body")) {
            Some(header) if i64::try_from(header.version) == Ok(version) => {
                let born = life(name).map(|life| header.expires.as_second() - life.as_secs());
                if born.is_some_and(|born| born != issued_at) {
                    self.wrong.push(time_changed(name, version));
                }
            }
            _ => self.wrong.push(format!("{name} version {version} is another by what is signed")),
        }
        match name {
            "snapshot" => self.list(version, issued_at, signed(row.text("body"))),
            "timestamp" => {
                let announced = signed::<Timestamp>(row.text("body"));
                let announced = announced.map_or(0, |timestamp| as_column(timestamp.snapshot.version));
                self.announced.insert(version, announced);
            }
            _ => {}
        }
        self.rows.insert((name.to_owned(), version), Kept { sha256, issued_at });
    }

    fn list(&mut self, snapshot: i64, issued_at: i64, signed: Option<Snapshot>) {
        for (role, meta) in signed.map(|snapshot| snapshot.meta).unwrap_or_default() {
            let sha256 = meta.sha256.map(|sha256| sha256.to_string()).unwrap_or_default();
            let listed = Listed { sha256, snapshot, issued_at };
            self.listed.entry((role, as_column(meta.version))).or_insert(listed);
        }
    }

    /// What is wrong with a row by the snapshot that first lists it.
    fn unlisted(&self, (name, version): (&str, i64), kept: &Kept) -> Option<String> {
        match self.listed.get(&(name.to_owned(), version)) {
            None => Some(format!("no snapshot lists {name} version {version}")),
            Some(listed) if listed.sha256 != kept.sha256 => {
                Some(format!("{name} version {version} is not what the snapshot lists"))
            }
            Some(listed) => (listed.issued_at != kept.issued_at).then(|| time_changed(name, version)),
        }
    }
}

/// What is wrong with the time of a root, which no snapshot lists.
fn uninstalled(version: i64, kept: &Kept, audit: &Audit) -> Option<String> {
    let subject = format!("root {version}");
    let mut told = ["bootstrap", "install"].into_iter().flat_map(|action| audit.said(action, &subject));
    (!told.any(|entry| entry.at == kept.issued_at)).then(|| time_changed("root", version))
}

fn time_changed(name: &str, version: i64) -> String {
    format!("the time of {name} version {version} has changed")
}

/// What a signed file says of itself, if it is what its name says.
fn header(name: &str, body: &str) -> Option<Header> {
    fn of<M: Signed>(body: &str) -> Option<Header> {
        signed::<M>(body).map(|signed| signed.header().clone())
    }
    match name {
        "root" => of::<Root>(body),
        "snapshot" => of::<Snapshot>(body),
        "timestamp" => of::<Timestamp>(body),
        _ => of::<Targets>(body),
    }
}

/// A version as a column holds it.
fn as_column(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

fn signed<M: Signed>(body: &str) -> Option<M> {
    let limits = Limits::default();
    let envelope = Envelope::parse(body.as_bytes(), &limits).ok()?;
    M::from_value(envelope.into_signed(), &limits).ok()
}

/// Every revision of every document, by its digest, by its own words, and by the role that brought it.
#[derive(Default)]
pub(super) struct Documents {
    pub(super) count: u64,
    brought: Vec<Brought>,
    pub(super) wrong: Vec<String>,
}

/// Which version of which role brought which bytes of a document.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Brought {
    role: String,
    version: i64,
    path: String,
    sha256: String,
}

impl Documents {
    pub(super) fn read(tx: &mut Reader<'_>, files: &SignedFiles) -> Result<Self, StoreError> {
        let (mut documents, mut last) = (Self::default(), 0);
        documents.count = each(tx, "documents", |row| {
            let (path, revision, seq) = (row.text("path"), row.number("revision"), row.number("seq"));
            if seq != last + 1 {
                documents.wrong.push(format!("{path} revision {revision} is number {seq}, after {last}"));
            }
            last = seq;
            if !row.is_whole("body", "sha256") {
                documents.wrong.push(format!("{path} revision {revision} has changed"));
            } else if !says_the_same(row) {
                documents.wrong.push(format!("{path} revision {revision} is another by what it says"));
            }
            let (role, version) = (row.text("role").to_owned(), row.number("role_version"));
            let issued = files.issued_at(&role, version);
            if issued.is_some_and(|issued| issued != row.number("released_at")) {
                documents.wrong.push(format!("the time of {path} revision {revision} has changed"));
            }
            let (path, sha256) = (path.to_owned(), row.text("sha256").to_owned());
            documents.brought.push(Brought { role, version, path, sha256 });
        })?;
        documents.by_roles(tx)?;
        Ok(documents)
    }

    /// Looks for those of which the role that brought them says otherwise.
    fn by_roles(&mut self, tx: &mut Reader<'_>) -> Result<(), StoreError> {
        let mut last: Option<(Version, Option<Targets>)> = None;
        self.brought.sort();
        for Brought { role, version, path, sha256 } in std::mem::take(&mut self.brought) {
            if last.as_ref().is_none_or(|((name, number), _)| *name != role || *number != version) {
                let targets = match tx.role_version(&role, u64::try_from(version).unwrap_or_default()) {
                    Ok(record) => signed::<Targets>(&record.body),
                    Err(StoreError::NotFound | StoreError::Damaged(_)) => None,
                    Err(error) => return Err(error),
                };
                if targets.is_none() {
                    self.wrong.push(format!("{role} version {version} is gone or cannot be read"));
                }
                last = Some(((role.clone(), version), targets));
            }
            let targets = last.as_ref().and_then(|(_, targets)| targets.as_ref());
            let signed = targets.and_then(|targets| targets.targets.get(path.as_str()));
            if targets.is_some() && signed.is_none_or(|file| file.sha256.to_string() != sha256) {
                self.wrong.push(format!("{path} is not what {role} version {version} signs"));
            }
        }
        Ok(())
    }
}

/// Whether the columns of a document say what its path and its bytes say.
fn says_the_same(row: &Row) -> bool {
    let Some(place) = Place::parse(row.text("path")) else { return false };
    let identity = place.identity().map(|(kind, id)| (kind, id.as_str()));
    let body: Value = serde_json::from_str(row.text("body")).unwrap_or_default();
    let published = body.get("published").and_then(Value::as_str).unwrap_or_default();
    identity == Some((row.text("kind"), row.text("id")))
        && DocumentKind::from_word(row.text("kind")).is_some()
        && place.published_by().is_none_or(|product| product.as_str() == row.text("product"))
        && body.get("revision").and_then(Value::as_i64) == Some(row.number("revision"))
        && published == row.text("published")
}
