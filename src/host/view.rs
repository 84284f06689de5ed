//! A verified catalogue of one product, with the metadata that vouches for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::holds::{Ends, shortened};
use super::state::{Good, Seen};
use crate::model::{Id, Mode};
use crate::repository::{HOLDS_ROLE, LoadError, Loaded, load, within_delegation};
use crate::trust::names::{TIMESTAMP_FILE, metadata_file, root_file};
use crate::trust::refresh::{Outcome, RoleResult, open};
use crate::trust::{Kind, Limits, Local, Refusal, TrustedSet, Wanted};

/// A verified catalogue of one product.
#[derive(Debug)]
pub struct View {
    /// The metadata that vouches for it.
    pub set: TrustedSet,
    /// The documents and their catalogue.
    pub loaded: Loaded,
    /// When it was last found to be the newest.
    pub checked_at: Timestamp,
    /// When each role's version was first seen here.
    pub seen: BTreeMap<String, Seen>,
    /// When each hold ends at the latest.
    pub hold_ends: Ends,
}

/// A role that an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleLine {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// The ids of the keys that signed it.
    pub signed_by: Vec<String>,
    /// When it expires.
    pub expires: Timestamp,
    /// When this version was first seen here.
    pub first_seen: Option<Timestamp>,
    /// Whether it has expired.
    pub expired: bool,
}

impl View {
    /// Opens the last good state of a product and verifies all of it anew, whether or not it has expired
    /// since. `None` where it is damaged.
    #[must_use]
    pub fn open(good: &Good, product: &Id) -> Option<Self> {
        let bytes = |role: &str| good.metadata.get(role).map(|bytes| bytes.to_vec());
        let roles = good.metadata.iter().map(|(role, bytes)| (role.clone(), bytes.to_vec())).collect();
        let local =
            Local { root: bytes("root")?, timestamp: bytes("timestamp"), snapshot: bytes("snapshot"), roles };
        let outcome = open(local, wanted(product), Timestamp::MIN, Limits::default()).ok()?;
        if outcome.failure.is_some() || refused_role(&outcome.roles).is_some() {
            return None;
        }
        let Outcome { set, .. } = outcome;
        let fetch = |path: &str| good.documents.get(path).cloned();
        let mut loaded = load_from(&set, product, fetch)?.ok()?;
        loaded.catalogue = Arc::new(shortened(Arc::unwrap_or_clone(loaded.catalogue), &good.hold_ends));
        let (checked_at, seen, hold_ends) = (good.checked_at, good.seen.clone(), good.hold_ends.clone());
        Some(Self { set, loaded, checked_at, seen, hold_ends })
    }

    /// All of it, to be kept.
    #[must_use]
    pub fn good(&self) -> Good {
        let set = &self.set;
        let mut metadata: BTreeMap<String, Arc<[u8]>> =
            set.roles().map(|(role, accepted)| (role.to_owned(), Arc::from(&*accepted.bytes))).collect();
        metadata.insert("root".to_owned(), Arc::from(&*set.root().bytes));
        if let (Some(timestamp), Some(snapshot)) = (set.timestamp(), set.snapshot()) {
            metadata.insert("timestamp".to_owned(), Arc::from(&*timestamp.bytes));
            metadata.insert("snapshot".to_owned(), Arc::from(&*snapshot.bytes));
        }
        let documents =
            self.loaded.documents.iter().map(|(path, bytes)| (path.to_string(), Arc::clone(bytes))).collect();
        let (checked_at, seen, hold_ends) = (self.checked_at, self.seen.clone(), self.hold_ends.clone());
        Good { checked_at, metadata, documents, seen, hold_ends }
    }

    /// The roles that the answer rests on: root, timestamp and snapshot, then by name.
    #[must_use]
    pub fn roles(&self, now: Timestamp) -> Vec<RoleLine> {
        let line = |status: crate::trust::verify::RoleStatus<'_>| RoleLine {
            name: status.role.to_owned(),
            version: status.version,
            signed_by: status.signed_by.iter().map(ToString::to_string).collect(),
            expires: status.expires,
            first_seen: self
                .seen
                .get(status.role)
                .filter(|seen| seen.version == status.version)
                .map(|seen| seen.at),
            expired: status.expires <= now,
        };
        self.set.status().into_iter().map(line).collect()
    }

    /// The file of a role, as the server names it.
    #[must_use]
    pub fn file_of(&self, role: &str) -> String {
        file_of(&self.set, role)
    }
}

/// The file of a role, as the server names it; without a version where that is not known.
#[must_use]
pub fn file_of(set: &TrustedSet, role: &str) -> String {
    let consistent = set.root().metadata.consistent_snapshot;
    let version = match role {
        "root" => return root_file(set.root().metadata.header.version),
        "timestamp" => return TIMESTAMP_FILE.to_owned(),
        "snapshot" => set.wanted_snapshot().ok().map(|meta| meta.version),
        role => set.meta(role).ok().map(|meta| meta.version),
    };
    match version {
        Some(version) => metadata_file(role, version, consistent),
        None => crate::trust::names::local_file(role),
    }
}

/// The delegated roles that a host of this product asks for: the product's own, and the holds.
#[must_use]
pub fn wanted(product: &Id) -> Wanted {
    let product = product.clone();
    Wanted::Roles(Box::new(move |role| role == HOLDS_ROLE || product == *role))
}

/// The first role that was refused. Holds that were never signed are none: there is nothing that they delay.
#[must_use]
pub fn refused_role(roles: &[RoleResult]) -> Option<&Refusal> {
    let unsigned = |refusal: &Refusal| refusal.role == HOLDS_ROLE && refusal.kind == Kind::NotInSnapshot;
    roles.iter().filter_map(|role| role.result.as_ref().err()).find(|refusal| !unsigned(refusal))
}

/// The documents of a product out of what a set vouches for; `None` where the set has no such role.
#[must_use]
pub fn load_from(
    set: &TrustedSet,
    product: &Id,
    document: impl Fn(&str) -> Option<Arc<[u8]>>,
) -> Option<Result<Loaded, LoadError>> {
    let role = set.role(product.as_str())?;
    let delegator = &set.role("targets")?.metadata;
    if let Err(error) = within_delegation(product.as_str(), delegator, &role.metadata) {
        return Some(Err(error));
    }
    let holds = set.role(HOLDS_ROLE).map(|holds| &holds.metadata);
    let fetch = |path: &crate::trust::TargetPath, _: &_| document(path.as_str());
    Some(load(product, (product.as_str(), &role.metadata), holds, fetch, Mode::Lenient))
}
