//! Opening one file: form and signatures; and comparing it with the one before.

use std::collections::BTreeSet;

use super::Accepted;
use crate::trust::envelope::{Envelope, Plain};
use crate::trust::keys::KeyId;
use crate::trust::limits::Limits;
use crate::trust::metadata::{Header, RoleKeys, Root, Signed, Snapshot, TopRole};
use crate::trust::refusal::{Kind, Refusal, shown};

pub(super) fn out_of_turn(role: &str, why: &'static str) -> Refusal {
    Kind::OutOfTurn { why }.of(role, None)
}

pub(super) fn versioned(role: &str, header: &Header) -> String {
    format!("{role} version {}", header.version)
}

pub(super) fn parse(role: &str, bytes: &[u8], limit: usize, limits: &Limits) -> Result<Envelope, Refusal> {
    if bytes.len() > limit {
        return Err(Kind::TooLong { limit }.of(role, None));
    }
    Envelope::parse(bytes, limits).map_err(|malformed| Kind::from(malformed).of(role, None))
}

pub(super) fn signed_by(
    keys: &RoleKeys,
    envelope: &Envelope,
    role: &str,
    version: Option<u64>,
    delegator: &str,
) -> Result<BTreeSet<KeyId>, Refusal> {
    let signers = keys.check(envelope);
    if signers.enough() {
        Ok(signers.by)
    } else {
        Err(Kind::signatures(delegator, &signers).of(role, version))
    }
}

pub(super) fn open<M: Signed>(
    role: &str,
    bytes: &[u8],
    keys: &RoleKeys,
    delegator: &str,
    limit: usize,
    limits: &Limits,
) -> Result<Accepted<M>, Refusal> {
    let (metadata, signed_by) = read(role, bytes, keys, delegator, limit, limits)?;
    Ok(Accepted { metadata, bytes: bytes.to_vec(), signed_by })
}

/// What a file says, and the keys that signed it.
pub(super) fn read<M: Signed>(
    role: &str,
    bytes: &[u8],
    keys: &RoleKeys,
    delegator: &str,
    limit: usize,
    limits: &Limits,
) -> Result<(M, BTreeSet<KeyId>), Refusal> {
    if let Some(read) = plain(bytes, keys, limit, limits) {
        return Ok(read);
    }
    let envelope = parse(role, bytes, limit, limits)?;
    // Not yet trusted: for the message only.
    let version = envelope.signed().get("version").and_then(|value| u64::try_from(value.as_int()?).ok());
    let signed_by = signed_by(keys, &envelope, role, version, delegator)?;
    let metadata = M::from_value(envelope.into_signed(), limits)
        .map_err(|malformed| Kind::from(malformed).of(role, version))?;
    Ok((metadata, signed_by))
}

/// A file in the form that our own tools write, signed and good. For anything else, and for every reason why it
/// is refused, there is the longer way.
fn plain<M: Signed>(
    bytes: &[u8],
    keys: &RoleKeys,
    limit: usize,
    limits: &Limits,
) -> Option<(M, BTreeSet<KeyId>)> {
    if bytes.len() > limit {
        return None;
    }
    let file = Plain::parse(bytes, limits)?;
    let signers = keys.count(&file.signatures, |key, signature| file.is_signed(key, signature));
    if !signers.enough() {
        return None;
    }
    Some((M::from_bytes(file.signed, limits).ok()?, signers.by))
}

pub(super) fn read_root(bytes: &[u8], limits: &Limits) -> Result<(Envelope, Root), Refusal> {
    let envelope = parse("root", bytes, limits.root_bytes, limits)?;
    let root = Root::from_value(envelope.signed().clone(), limits)
        .map_err(|malformed| Kind::from(malformed).of("root", None))?;
    Ok((envelope, root))
}

pub(super) fn accept_root(bytes: &[u8], envelope: &Envelope, root: Root) -> Result<Accepted<Root>, Refusal> {
    let keys = root.role_keys(TopRole::Root);
    let named = versioned("root", &root.header);
    let signed_by = signed_by(&keys, envelope, "root", Some(root.header.version), &named)?;
    Ok(Accepted { metadata: root, bytes: bytes.to_vec(), signed_by })
}

pub(super) fn changes_online_keys(old: &Root, new: &Root) -> bool {
    [TopRole::Timestamp, TopRole::Snapshot]
        .into_iter()
        .any(|role| !old.role_keys(role).has_same_keys(&new.role_keys(role)))
}

/// What would fall if `new` followed `old`.
pub(super) fn falls(old: &Snapshot, new: &Snapshot) -> Option<Kind> {
    let (from, to) = (old.header.version, new.header.version);
    if to < from {
        return Some(Kind::RolledBack { what: "the snapshot".to_owned(), from, to });
    }
    old.meta.iter().find_map(|(role, old)| match new.meta.get(role) {
        None => Some(Kind::Dropped { dropped: shown(role) }),
        Some(new) if new.version < old.version => {
            let what = format!("the role {}", shown(role));
            Some(Kind::RolledBack { what, from: old.version, to: new.version })
        }
        Some(_) => None,
    })
}
