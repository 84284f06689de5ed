//! Making signed metadata. Versions and dates are the caller's; everything that comes out is canonical, and
//! is read back before it is handed over, so that nothing is signed that a client would refuse.

use std::collections::{BTreeMap, BTreeSet};

use super::envelope::Envelope;
use super::keys::{KeyId, PrivateKey, PublicKey};
use super::limits::Limits;
use super::metadata::{
    Header, Malformed, MetaFile, RoleKeys, Root, Signed, Signers, Snapshot, Targets, Timestamp, TopRole,
};
use super::names::{BadName, plain_role};
use crate::json::Table;

/// Why metadata was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorError {
    /// What a client would refuse to read.
    #[error("the metadata would not be read: {0}")]
    Malformed(Malformed),
    /// A role's name that is not plain.
    #[error("{0}")]
    Name(#[from] BadName),
    /// A role without keys, or with fewer than must sign.
    #[error("the role {role} has {keys} keys, of which {threshold} would have to sign")]
    Threshold {
        /// The role.
        role: String,
        /// How many must sign.
        threshold: u64,
        /// How many keys it has.
        keys: usize,
    },
    /// A key that verifies nothing here.
    #[error("the key {keyid} of the role {role} is of a scheme that is not known here")]
    Scheme {
        /// The role.
        role: String,
        /// The key's id.
        keyid: KeyId,
    },
}

impl From<Malformed> for AuthorError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// Whether a root may follow another: who of either's keys has signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootSigners {
    /// Of the root before; `None` for the first.
    pub old: Option<Signers>,
    /// Of the root itself.
    pub own: Signers,
}

impl RootSigners {
    /// Whether enough have signed on both sides.
    #[must_use]
    pub fn enough(&self) -> bool {
        self.own.enough() && self.old.as_ref().is_none_or(Signers::enough)
    }
}

/// A root to be edited into the successor of `old`: the same with the next version.
#[must_use]
pub fn next_root(old: &Root, expires: jiff::Timestamp) -> Root {
    let mut next = old.clone();
    let fresh = Header::new(old.header.version.saturating_add(1), expires);
    next.header = Header { extra: old.header.extra.clone(), ..fresh };
    next
}

/// Signs a root: a first one with enough of its own keys, a later one with enough of the old and of the new.
/// Holders who sign one after the other begin with no or one key here, go on with
/// [`Envelope::add_signature`], and ask [`root_signers`] whether it is done.
///
/// # Errors
/// A role without keys, with a threshold that they cannot meet, or with an unknown kind of key; a root that
/// would not be read.
pub fn root(root: &Root, keys: &[&PrivateKey]) -> Result<Envelope, AuthorError> {
    for role in TopRole::ALL {
        attainable(role.name(), &root.role_keys(role))?;
    }
    sign(root, keys)
}

/// Who has signed a root, of the keys of the root before and of its own.
///
/// # Errors
/// An envelope that does not hold a root.
pub fn root_signers(old: Option<&Root>, envelope: &Envelope) -> Result<RootSigners, Malformed> {
    let root = Root::from_value(envelope.signed().clone(), &Limits::default())?;
    Ok(RootSigners {
        old: old.map(|old| old.role_keys(TopRole::Root).check(envelope)),
        own: root.role_keys(TopRole::Root).check(envelope),
    })
}

/// Signs `targets` or a delegated role.
///
/// # Errors
/// A delegation to a name that is not plain, without keys, or with a threshold that they cannot meet; a role
/// that would not be read.
pub fn targets(targets: &Targets, keys: &[&PrivateKey]) -> Result<Envelope, AuthorError> {
    for role in targets.delegations.iter().flat_map(|delegations| &delegations.roles) {
        plain_role(&role.name)?;
        if let Some(keys) =
            targets.delegations.as_ref().and_then(|delegations| delegations.role_keys(&role.name))
        {
            attainable(&role.name, &keys)?;
        }
    }
    sign(targets, keys)
}

/// Signs a snapshot of these roles: by name, the version and the exact bytes of each.
///
/// # Errors
/// A snapshot that would not be read.
pub fn snapshot<'a>(
    version: u64,
    expires: jiff::Timestamp,
    roles: impl IntoIterator<Item = (&'a str, u64, &'a [u8])>,
    keys: &[&PrivateKey],
) -> Result<Envelope, AuthorError> {
    let meta: BTreeMap<String, MetaFile> = roles
        .into_iter()
        .map(|(role, version, bytes)| (role.to_owned(), MetaFile::of(version, bytes)))
        .collect();
    sign(&Snapshot { header: Header::new(version, expires), meta }, keys)
}

/// Signs a timestamp for the snapshot of that version and these exact bytes.
///
/// # Errors
/// A timestamp that would not be read.
pub fn timestamp(
    version: u64,
    expires: jiff::Timestamp,
    snapshot: (u64, &[u8]),
    keys: &[&PrivateKey],
) -> Result<Envelope, AuthorError> {
    let snapshot = MetaFile::of(snapshot.0, snapshot.1);
    sign(&Timestamp { header: Header::new(version, expires), snapshot, other_meta: Table::new() }, keys)
}

fn sign<M: Signed>(metadata: &M, keys: &[&PrivateKey]) -> Result<Envelope, AuthorError> {
    let mut envelope = Envelope::new(metadata.to_value())?;
    M::from_value(envelope.signed().clone(), &Limits::default())?;
    for key in keys {
        envelope.add_signature(key);
    }
    Ok(envelope)
}

/// Refuses a role that nobody could sign.
fn attainable(role: &str, keys: &RoleKeys) -> Result<(), AuthorError> {
    if let Some((keyid, _)) = keys.keys.iter().find(|(_, key)| key.scheme().is_none()) {
        return Err(AuthorError::Scheme { role: role.to_owned(), keyid: keyid.clone() });
    }
    let distinct = keys.keys.values().map(PublicKey::identity).collect::<BTreeSet<_>>().len();
    if keys.threshold == 0 || !u64::try_from(distinct).is_ok_and(|count| count >= keys.threshold) {
        return Err(AuthorError::Threshold {
            role: role.to_owned(),
            threshold: keys.threshold,
            keys: distinct,
        });
    }
    Ok(())
}
