//! The served state, made from what is stored.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::error::ReleaseError;
use crate::assess::Index;
use crate::model::Id;
use crate::repository::{Files, KEPT_VERSIONS, Published, Snapshot, documents_of};
use crate::store::{RoleRecord, Store, StoreError};
use crate::trust::{Digest, TargetFile, TargetPath};

/// The most roots that are read.
const MAX_ROOTS: u32 = 100_000;

/// Everything that hosts and people are served from, immutable.
#[derive(Debug)]
pub struct ServedState {
    /// The signed bytes and the catalogues.
    pub snapshot: Snapshot,
    /// When each role was issued or released here.
    pub issued: BTreeMap<String, Timestamp>,
    /// When the newest revision of each document was released here, by target path.
    pub released: Arc<BTreeMap<String, Timestamp>>,
    /// The SHA-256 of the timestamp, in hex: what every poll compares.
    pub timestamp_etag: String,
    /// The ids of hotfixes that several products have.
    pub shared_hotfixes: Arc<BTreeSet<String>>,
    /// The catalogue of each product, compiled for assessments.
    pub indexes: BTreeMap<Id, Arc<Index>>,
}

impl ServedState {
    /// Reads the newest state from the store; `None` where nothing was ever published.
    ///
    /// # Errors
    /// The store's; stored bytes that do not fit together.
    pub fn load(store: &Store) -> Result<Option<Self>, ReleaseError> {
        let (records, documents) = store.read(|tx| {
            let mut records = Vec::new();
            for newest in tx.newest_roles()? {
                let kept = match newest.name.as_str() {
                    "root" => MAX_ROOTS,
                    "timestamp" => 1,
                    _ => KEPT_VERSIONS,
                };
                records.push(tx.role_versions(&newest.name, kept)?);
            }
            Ok::<_, StoreError>((records, tx.newest_documents()?))
        })?;
        if records.is_empty() {
            return Ok(None);
        }
        let released = documents.iter().map(|document| (document.path.clone(), time(document.released_at)));
        let released = Arc::new(released.collect());
        let documents: BTreeMap<String, Arc<[u8]>> = documents
            .into_iter()
            .map(|document| (document.path, Arc::from(document.body.into_bytes())))
            .collect();
        let issued = records.iter().filter_map(|versions| versions.first()).map(issued_at).collect();
        let failure = RefCell::new(None);
        let superseded = |path: &TargetPath, file: &TargetFile| {
            let found = store.read(|tx| tx.document_body(path.as_str(), &file.sha256));
            found.unwrap_or_else(|error: StoreError| {
                failure.borrow_mut().get_or_insert(error);
                None
            })
        };
        let fetch = |path: &TargetPath, file: &TargetFile| {
            let newest = documents.get(path.as_str());
            let fits = newest.is_some_and(|bytes| file.check(bytes).is_ok());
            let other = if fits { None } else { superseded(path, file) };
            other.map(|body| Arc::from(body.into_bytes())).or_else(|| newest.map(Arc::clone))
        };
        let snapshot = Snapshot::assemble(files(records), None, fetch);
        if let Some(error) = failure.into_inner() {
            return Err(error.into());
        }
        let snapshot = snapshot?;
        Ok(Some(Self::of(snapshot, issued, released, &BTreeMap::new())))
    }

    fn of(
        snapshot: Snapshot,
        issued: BTreeMap<String, Timestamp>,
        released: Arc<BTreeMap<String, Timestamp>>,
        before: &BTreeMap<Id, Arc<Index>>,
    ) -> Self {
        let timestamp_etag = Digest::of(&snapshot.files().timestamp).to_string();
        let shared_hotfixes = Arc::new(shared_hotfixes(&snapshot));
        let indexes = indexes(&snapshot, before);
        Self { snapshot, issued, released, timestamp_etag, shared_hotfixes, indexes }
    }

    /// The exact bytes of a document that is published.
    pub(super) fn document(&self, path: &TargetPath) -> Option<Arc<[u8]>> {
        self.snapshot.document(path).map(Arc::clone)
    }

    /// The next state: this one with newer roles.
    pub(super) fn next(
        &self,
        files: Files,
        records: &[RoleRecord],
        fetch: impl Fn(&TargetPath) -> Option<Arc<[u8]>>,
    ) -> Result<Self, ReleaseError> {
        let fetch = |path: &TargetPath, file: &TargetFile| {
            let fits = |bytes: &Arc<[u8]>| file.check(bytes).is_ok();
            fetch(path).filter(fits).or_else(|| self.document(path))
        };
        let snapshot = Snapshot::assemble(files, Some(&self.snapshot), fetch)?;
        let mut issued = self.issued.clone();
        issued.extend(records.iter().map(issued_at));
        let released = self.released_with(&snapshot, records);
        Ok(Self::of(snapshot, issued, released, &self.indexes))
    }

    /// When each document was released, once these roles brought what is new in this snapshot.
    fn released_with(&self, next: &Snapshot, records: &[RoleRecord]) -> Arc<BTreeMap<String, Timestamp>> {
        let mut released = Arc::clone(&self.released);
        for record in records {
            let Some((id, published)) = next.products().get_key_value(record.name.as_str()) else { continue };
            let before = self.snapshot.products().get(id).map(|before| &before.targets);
            for (path, file) in documents_of(id, &published.targets) {
                if before.and_then(|before| before.targets.get(path)) != Some(file) {
                    Arc::make_mut(&mut released).insert(path.to_string(), time(record.issued_at));
                }
            }
        }
        released
    }
}

fn issued_at(record: &RoleRecord) -> (String, Timestamp) {
    (record.name.clone(), time(record.issued_at))
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}

/// Sorts versions of roles, newest first of each, into what is current and what is earlier.
fn files(records: Vec<Vec<RoleRecord>>) -> Files {
    let mut files = Files::default();
    for versions in records {
        for (age, record) in versions.into_iter().enumerate() {
            let bytes: Arc<[u8]> = Arc::from(record.body.into_bytes());
            match (record.name.as_str(), age) {
                ("root", _) => drop(files.roots.insert(record.version, bytes)),
                ("timestamp", _) => files.timestamp = bytes,
                ("snapshot", 0) => files.snapshot = bytes,
                (_, 0) => drop(files.roles.insert(record.name, bytes)),
                _ => drop(files.earlier.insert((record.name, record.version), bytes)),
            }
        }
    }
    files
}

/// An index of each product: the one before where its catalogue is the same, and what it had compiled of documents
/// that did not change.
fn indexes(snapshot: &Snapshot, before: &BTreeMap<Id, Arc<Index>>) -> BTreeMap<Id, Arc<Index>> {
    let index = |(id, published): (&Id, &Arc<Published>)| {
        let catalogue = &published.loaded.catalogue;
        let index = match before.get(id) {
            Some(before) if Arc::ptr_eq(before.catalogue(), catalogue) => Arc::clone(before),
            Some(before) => Arc::new(before.update(Arc::clone(catalogue))),
            None => Arc::new(Index::new(Arc::clone(catalogue))),
        };
        (id.clone(), index)
    };
    snapshot.products().iter().map(index).collect()
}

fn shared_hotfixes(snapshot: &Snapshot) -> BTreeSet<String> {
    let (mut seen, mut shared) = (BTreeSet::new(), BTreeSet::new());
    for id in snapshot.products().values().flat_map(|product| product.loaded.catalogue.hotfixes().keys()) {
        if !seen.insert(id.as_str()) {
            shared.insert(id.to_string());
        }
    }
    shared
}
