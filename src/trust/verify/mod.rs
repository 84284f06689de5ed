//! The metadata that a client trusts: a state machine over bytes (TUF specification 5.3 to 5.6).
//!
//! # Order
//! 1. [`TrustedSet::new`] with the root that is trusted already; then [`TrustedSet::update_root`] from version
//!    N to N + 1 until there is none newer. Each is signed by the old and by the new threshold, and
//!    may be expired: only the last one's expiry counts, once the timestamp is asked for.
//! 2. [`TrustedSet::load_local_timestamp`], if there is an old one: a floor below which no version falls,
//!    even when expired. Then [`TrustedSet::update_timestamp`].
//! 3. [`TrustedSet::load_local_snapshot`] likewise, which says whether that one is still the newest; if not,
//!    [`TrustedSet::update_snapshot`].
//! 4. [`TrustedSet::update_targets`], then [`TrustedSet::update_delegated`] in any order in which the delegator
//!    comes before the role.
//!
//! Nothing of an earlier step is taken once a later one has begun. What is refused changes nothing, and one
//! role that is refused does not touch another.
//!
//! # Recovery
//! A root whose timestamp or snapshot keys differ from its predecessor's lifts the floors: whoever had the
//! old keys may have raised versions beyond what anybody can sign (5.3.11).
//!
//! # Old copies
//! The instant is an input. To open a copy that may have expired, give one before its expiry, and ask
//! [`TrustedSet::expired`] what has expired since.

mod open;
mod view;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

pub use view::RoleStatus;

use open::{
    accept_root, changes_online_keys, falls, open, out_of_turn, read, read_root, signed_by, versioned,
};

use super::keys::KeyId;
use super::limits::Limits;
use super::metadata::{Header, MetaFile, RoleKeys, Root, Signed, Snapshot, Targets, Timestamp, TopRole};
use super::refusal::{Kind, Refusal, shown};
use super::sha256::Digest;

/// Metadata that was accepted, with the bytes that it was read from.
#[derive(Debug, Clone)]
pub struct Accepted<M> {
    /// What it says.
    pub metadata: M,
    /// The file, byte for byte.
    pub bytes: Vec<u8>,
    /// The keys that signed it; for a role with several delegators, those of the first.
    pub signed_by: BTreeSet<KeyId>,
}

/// What accepting metadata changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// It is newer than what was trusted.
    New,
    /// It was trusted before; the older bytes are kept.
    Unchanged,
}

/// The metadata that is trusted.
#[derive(Debug, Clone)]
pub struct TrustedSet {
    limits: Limits,
    now: jiff::Timestamp,
    root: Accepted<Root>,
    floors_lifted: bool,
    timestamp: Option<Stage<Timestamp>>,
    snapshot: Option<Stage<Snapshot>>,
    roles: BTreeMap<String, Accepted<Targets>>,
    /// Role and delegator, for each delegation that was verified.
    verified: BTreeSet<(String, String)>,
}

/// A timestamp or snapshot: a mere floor, or the newest one.
#[derive(Debug, Clone)]
struct Stage<M> {
    accepted: Accepted<M>,
    newest: bool,
}

impl TrustedSet {
    /// Begins with a root that is trusted for reasons of its own: pinned, or accepted before.
    ///
    /// # Errors
    /// A root that is malformed or not signed by its own threshold. It may be expired.
    pub fn new(root: &[u8], now: jiff::Timestamp, limits: Limits) -> Result<Self, Refusal> {
        let (envelope, metadata) = read_root(root, &limits)?;
        let root = accept_root(root, &envelope, metadata)?;
        Ok(Self {
            limits,
            now,
            root,
            floors_lifted: false,
            timestamp: None,
            snapshot: None,
            roles: BTreeMap::new(),
            verified: BTreeSet::new(),
        })
    }

    /// Takes the next root.
    ///
    /// # Errors
    /// Not the next version; not signed by the threshold of the root before and by its own; malformed; too long.
    pub fn update_root(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        if self.timestamp.is_some() {
            return Err(out_of_turn("root", "a root comes before the timestamp"));
        }
        let (envelope, new) = read_root(bytes, &self.limits)?;
        let old = &self.root.metadata;
        let version = new.header.version;
        let keys = old.role_keys(TopRole::Root);
        signed_by(&keys, &envelope, "root", Some(version), &versioned("root", &old.header))?;
        if version != old.header.version.saturating_add(1) {
            let wanted = old.header.version.saturating_add(1);
            return Err(Kind::Version { wanted, found: version }.of("root", Some(version)));
        }
        let new = accept_root(bytes, &envelope, new)?;
        self.floors_lifted |= changes_online_keys(&self.root.metadata, &new.metadata);
        self.root = new;
        Ok(())
    }

    /// Takes an old timestamp as a floor, expired or not.
    ///
    /// # Errors
    /// One that the present root's keys have not signed. It does no harm to go on without.
    pub fn load_local_timestamp(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        if self.timestamp.is_some() {
            return Err(out_of_turn("timestamp", "an old timestamp comes before the new one"));
        }
        if self.floors_lifted {
            return Err(out_of_turn(
                "timestamp",
                "a newer root has other online keys, and lifts the old floors",
            ));
        }
        let accepted = self.open_top(TopRole::Timestamp, bytes, self.limits.timestamp_bytes)?;
        self.timestamp = Some(Stage { accepted, newest: false });
        Ok(())
    }

    /// Takes the newest timestamp. The same version as before is [`Update::Unchanged`], whatever else it says.
    ///
    /// # Errors
    /// An expired root; a timestamp that is malformed, not signed, expired, or older than the floor in its own
    /// or in the snapshot's version.
    pub fn update_timestamp(&mut self, bytes: &[u8]) -> Result<Update, Refusal> {
        if self.snapshot.is_some() {
            return Err(out_of_turn("timestamp", "a timestamp comes before the snapshot"));
        }
        self.unexpired("root", &self.root.metadata.header)?;
        let new: Accepted<Timestamp> =
            self.open_top(TopRole::Timestamp, bytes, self.limits.timestamp_bytes)?;
        let version = new.metadata.header.version;
        let refuse = |kind: Kind| Err(kind.of("timestamp", Some(version)));
        if let Some(floor) = &self.timestamp {
            let old = &floor.accepted.metadata;
            let (from, to) = (old.snapshot.version, new.metadata.snapshot.version);
            if version < old.header.version {
                let what = "the timestamp".to_owned();
                return refuse(Kind::RolledBack { what, from: old.header.version, to: version });
            }
            if version > old.header.version && to < from {
                return refuse(Kind::RolledBack { what: "the snapshot".to_owned(), from, to });
            }
        }
        if let Some(same) =
            self.timestamp.as_mut().filter(|same| same.accepted.metadata.header.version == version)
        {
            let header = same.accepted.metadata.header.clone();
            same.newest = !header.is_expired(self.now);
            return self.unexpired("timestamp", &header).map(|()| Update::Unchanged);
        }
        self.unexpired("timestamp", &new.metadata.header)?;
        self.timestamp = Some(Stage { accepted: new, newest: true });
        Ok(Update::New)
    }

    /// Takes an old snapshot as a floor, expired or not, and whether or not its digest is still the
    /// timestamp's; says whether it is the newest one, so that none need be fetched.
    ///
    /// # Errors
    /// One that the present root's keys have not signed. It does no harm to go on without.
    pub fn load_local_snapshot(&mut self, bytes: &[u8]) -> Result<bool, Refusal> {
        let wanted = self.wanted_snapshot()?.clone();
        if self.snapshot.is_some() {
            return Err(out_of_turn("snapshot", "an old snapshot comes before the new one"));
        }
        if self.floors_lifted {
            return Err(out_of_turn(
                "snapshot",
                "a newer root has other online keys, and lifts the old floors",
            ));
        }
        let accepted: Accepted<Snapshot> =
            self.open_top(TopRole::Snapshot, bytes, self.limits.snapshot_bytes)?;
        let header = &accepted.metadata.header;
        let newest =
            header.version == wanted.version && wanted.check(bytes).is_ok() && !header.is_expired(self.now);
        self.snapshot = Some(Stage { accepted, newest });
        Ok(newest)
    }

    /// Takes the snapshot that the timestamp names.
    ///
    /// # Errors
    /// Another length, digest or version than the timestamp says; malformed; not signed; expired; a role
    /// that the old snapshot lists and this one does not, or with a lower version.
    pub fn update_snapshot(&mut self, bytes: &[u8]) -> Result<Update, Refusal> {
        let wanted = self.wanted_snapshot()?.clone();
        if !self.roles.is_empty() {
            return Err(out_of_turn("snapshot", "a snapshot comes before targets"));
        }
        wanted.check(bytes).map_err(|mismatch| Kind::from(mismatch).of("snapshot", None))?;
        let new: Accepted<Snapshot> = self.open_top(TopRole::Snapshot, bytes, self.limits.snapshot_bytes)?;
        let version = new.metadata.header.version;
        let refuse = |kind: Kind| Err(kind.of("snapshot", Some(version)));
        if version != wanted.version {
            return refuse(Kind::Version { wanted: wanted.version, found: version });
        }
        if let Some(floor) = &self.snapshot
            && let Some(kind) = falls(&floor.accepted.metadata, &new.metadata)
        {
            return refuse(kind);
        }
        self.unexpired("snapshot", &new.metadata.header)?;
        let same = self.snapshot.as_ref().is_some_and(|old| old.accepted.bytes == new.bytes);
        self.snapshot = Some(Stage { accepted: new, newest: true });
        Ok(if same { Update::Unchanged } else { Update::New })
    }

    /// Takes the top-level `targets`, which root delegates to.
    ///
    /// # Errors
    /// As [`TrustedSet::update_delegated`].
    pub fn update_targets(&mut self, bytes: &[u8]) -> Result<Update, Refusal> {
        self.update_delegated("targets", "root", bytes)
    }

    /// Takes a role under one delegator. A role with several delegators is given once for each, and
    /// trusted under those that it satisfies.
    ///
    /// # Errors
    /// Not delegated; not in the snapshot, or with another version, length or digest there; malformed; not
    /// signed by the delegation's threshold; expired; other bytes than were accepted under another delegator.
    pub fn update_delegated(&mut self, role: &str, delegator: &str, bytes: &[u8]) -> Result<Update, Refusal> {
        self.take_delegated(role, delegator, &mut Cow::Borrowed(bytes))
    }

    /// The same of bytes that are taken where they are accepted anew, and else left where they are.
    ///
    /// # Errors
    /// As [`TrustedSet::update_delegated`].
    pub(super) fn take_delegated(
        &mut self,
        role: &str,
        delegator: &str,
        bytes: &mut Cow<'_, [u8]>,
    ) -> Result<Update, Refusal> {
        let (keys, named) = self.role_keys(role, delegator)?;
        let meta = self.meta(role)?;
        meta.check(bytes).map_err(|mismatch| Kind::from(mismatch).of(role, None))?;
        let (metadata, signed_by): (Targets, _) =
            read(role, bytes, &keys, &named, self.limits.role_bytes, &self.limits)?;
        let version = metadata.header.version;
        if version != meta.version {
            return Err(Kind::Version { wanted: meta.version, found: version }.of(role, Some(version)));
        }
        self.unexpired(role, &metadata.header)?;
        if let Some(old) = self.roles.get(role) {
            if old.bytes != **bytes {
                let (wanted, found) = (Digest::of(&old.bytes), Digest::of(bytes));
                return Err(Kind::Hash { wanted, found }.of(role, Some(version)));
            }
            self.verified.insert((role.to_owned(), delegator.to_owned()));
            return Ok(Update::Unchanged);
        }
        let bytes = std::mem::take(bytes).into_owned();
        self.roles.insert(role.to_owned(), Accepted { metadata, bytes, signed_by });
        self.verified.insert((role.to_owned(), delegator.to_owned()));
        Ok(Update::New)
    }

    /// The keys that may sign for a role under a delegator, and what to call that delegator.
    fn role_keys(&self, role: &str, delegator: &str) -> Result<(RoleKeys, String), Refusal> {
        let none = || Kind::NotDelegated { delegator: shown(delegator) }.of(role, None);
        if delegator == "root" {
            let keys = self.root.metadata.role_keys(TopRole::Targets);
            let named = versioned("root", &self.root.metadata.header);
            return if role == "targets" { Ok((keys, named)) } else { Err(none()) };
        }
        let Some(parent) = self.roles.get(delegator) else {
            return Err(out_of_turn(role, "a role comes after its delegator"));
        };
        let keys = parent.metadata.delegations.as_ref().and_then(|delegations| delegations.role_keys(role));
        Ok((keys.ok_or_else(none)?, versioned(delegator, &parent.metadata.header)))
    }

    /// What the snapshot says of a role.
    ///
    /// # Errors
    /// No newest snapshot yet, or one that does not list the role.
    pub fn meta(&self, role: &str) -> Result<&MetaFile, Refusal> {
        let Some(snapshot) = self.snapshot() else {
            return Err(out_of_turn(role, "targets come after the snapshot"));
        };
        snapshot.metadata.meta.get(role).ok_or_else(|| Kind::NotInSnapshot.of(role, None))
    }

    /// The snapshot that the newest timestamp names.
    ///
    /// # Errors
    /// No newest timestamp yet.
    pub fn wanted_snapshot(&self) -> Result<&MetaFile, Refusal> {
        let timestamp = self
            .timestamp()
            .ok_or_else(|| out_of_turn("snapshot", "a snapshot comes after the timestamp"))?;
        Ok(&timestamp.metadata.snapshot)
    }

    fn open_top<M: Signed>(&self, role: TopRole, bytes: &[u8], limit: usize) -> Result<Accepted<M>, Refusal> {
        let root = &self.root.metadata;
        open(role.name(), bytes, &root.role_keys(role), &versioned("root", &root.header), limit, &self.limits)
    }

    fn unexpired(&self, role: &str, header: &Header) -> Result<(), Refusal> {
        if header.is_expired(self.now) {
            return Err(Kind::Expired { on: header.expires }.of(role, Some(header.version)));
        }
        Ok(())
    }
}
