//! What is trusted, for those who ask.

use std::collections::BTreeSet;

use super::{Accepted, TrustedSet};
use crate::trust::keys::KeyId;
use crate::trust::limits::Limits;
use crate::trust::metadata::{Root, Signed, Snapshot, Targets, Timestamp};

/// A line of a summary: one accepted role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleStatus<'a> {
    /// The role.
    pub role: &'a str,
    /// Its version.
    pub version: u64,
    /// When it expires.
    pub expires: jiff::Timestamp,
    /// The keys that signed it.
    pub signed_by: &'a BTreeSet<KeyId>,
}

impl TrustedSet {
    /// The newest root.
    #[must_use]
    pub fn root(&self) -> &Accepted<Root> {
        &self.root
    }

    /// The newest timestamp, once it is accepted; never a mere floor.
    #[must_use]
    pub fn timestamp(&self) -> Option<&Accepted<Timestamp>> {
        self.timestamp.as_ref().filter(|stage| stage.newest).map(|stage| &stage.accepted)
    }

    /// The newest snapshot, once it is accepted; never a mere floor.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Accepted<Snapshot>> {
        self.snapshot.as_ref().filter(|stage| stage.newest).map(|stage| &stage.accepted)
    }

    /// An accepted role: `targets` or a delegated one.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&Accepted<Targets>> {
        self.roles.get(name)
    }

    /// All accepted roles, by name.
    pub fn roles(&self) -> impl Iterator<Item = (&str, &Accepted<Targets>)> {
        self.roles.iter().map(|(name, accepted)| (name.as_str(), accepted))
    }

    /// Whether the role was accepted under that delegator.
    #[must_use]
    pub fn is_verified(&self, role: &str, delegator: &str) -> bool {
        // Two short strings, where a walk asks: cheaper than a map of maps.
        self.verified.contains(&(role.to_owned(), delegator.to_owned()))
    }

    /// Whether a newer root has lifted the floors (see the module's "Recovery").
    #[must_use]
    pub fn floors_lifted(&self) -> bool {
        self.floors_lifted
    }

    /// The bounds that it was made with.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// All that is accepted, with versions, dates and signers: root, timestamp, snapshot, then the roles by name.
    #[must_use]
    pub fn status(&self) -> Vec<RoleStatus<'_>> {
        let mut lines = vec![line("root", &self.root)];
        lines.extend(self.timestamp().map(|accepted| line("timestamp", accepted)));
        lines.extend(self.snapshot().map(|accepted| line("snapshot", accepted)));
        lines.extend(self.roles().map(|(name, accepted)| line(name, accepted)));
        lines
    }

    /// The accepted role that expires first.
    #[must_use]
    pub fn first_to_expire(&self) -> Option<RoleStatus<'_>> {
        self.status().into_iter().min_by_key(|line| line.expires)
    }

    /// The accepted roles that have expired at `at`.
    pub fn expired(&self, at: jiff::Timestamp) -> impl Iterator<Item = RoleStatus<'_>> {
        self.status().into_iter().filter(move |line| line.expires <= at)
    }
}

fn line<'a, M: Signed>(role: &'a str, accepted: &'a Accepted<M>) -> RoleStatus<'a> {
    let header = accepted.metadata.header();
    RoleStatus { role, version: header.version, expires: header.expires, signed_by: &accepted.signed_by }
}
