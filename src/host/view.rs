//! A verified catalogue of one product, with the metadata that vouches for it.

use jiff::Timestamp;
use serde::Serialize;

use super::state::Memory;
use crate::model::{Catalogue, Id};
use crate::repository::HOLDS_ROLE;
use crate::trust::names::{TIMESTAMP_FILE, metadata_file, root_file};
use crate::trust::refresh::RoleResult;
use crate::trust::{Kind, Refusal, TrustedSet, Wanted};

/// A verified catalogue of one product.
#[derive(Debug)]
pub struct View {
    /// The metadata that vouches for it.
    pub set: TrustedSet,
    /// What its documents say.
    pub catalogue: Catalogue,
    /// What this host remembers beside that.
    pub memory: Memory,
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
    /// The roles that the answer rests on: root, timestamp and snapshot, then by name.
    #[must_use]
    pub fn roles(&self, now: Timestamp) -> Vec<RoleLine> {
        let line = |status: crate::trust::verify::RoleStatus<'_>| RoleLine {
            name: status.role.to_owned(),
            version: status.version,
            signed_by: status.signed_by.iter().map(ToString::to_string).collect(),
            expires: status.expires,
            first_seen: self
                .memory
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
