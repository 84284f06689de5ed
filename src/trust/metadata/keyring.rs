//! Which keys may sign for a role, how many of them must, and who has.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{Fields, Malformed, int, quoted, texts};
use crate::json::{Table, Value};
use crate::trust::envelope::{Envelope, Signature};
use crate::trust::keys::{KeyId, PublicKey};
use crate::trust::limits::Limits;

/// A role as its delegator's file names it: ids of keys that stand elsewhere in that file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The ids of its keys, each once.
    pub keyids: Vec<KeyId>,
    /// How many of them must sign, from 1.
    pub threshold: u64,
    /// The fields that TUF does not know.
    pub extra: Table,
}

/// The keys of one role and how many of them must sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleKeys {
    /// The keys, by the id that their delegator gave them.
    pub keys: BTreeMap<KeyId, PublicKey>,
    /// How many must sign.
    pub threshold: u64,
}

/// Whose signatures a file bears, as far as one role's keys go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signers {
    /// The keys that signed, by id; each key once.
    pub by: BTreeSet<KeyId>,
    /// How many must sign.
    pub threshold: u64,
    /// How many keys the role has.
    pub of: usize,
}

impl Signers {
    /// Whether enough keys signed.
    #[must_use]
    pub fn enough(&self) -> bool {
        self.threshold > 0 && u64::try_from(self.by.len()).is_ok_and(|count| count >= self.threshold)
    }
}

impl RoleKeys {
    /// Who of these signed the file. Distinct **keys** count: neither signatures, nor ids of one key.
    #[must_use]
    pub fn check(&self, envelope: &Envelope) -> Signers {
        self.count(envelope.signatures(), |key, signature| envelope.is_signed(key, signature))
    }

    pub(in crate::trust) fn count(
        &self,
        signatures: &[Signature],
        is_signed: impl Fn(&PublicKey, &Signature) -> bool,
    ) -> Signers {
        let mut by = BTreeSet::new();
        let mut counted = BTreeSet::new();
        for signature in signatures {
            let Some(key) = self.keys.get(&signature.keyid) else { continue };
            if !counted.contains(&key.identity()) && is_signed(key, signature) {
                counted.insert(key.identity());
                by.insert(signature.keyid.clone());
            }
        }
        Signers { by, threshold: self.threshold, of: self.keys.len() }
    }

    /// Whether both have the same keys; ids do not matter, and neither does the threshold.
    #[must_use]
    pub fn has_same_keys(&self, other: &Self) -> bool {
        let own: BTreeSet<_> = self.keys.values().map(PublicKey::identity).collect();
        own == other.keys.values().map(PublicKey::identity).collect()
    }
}

impl Role {
    /// Takes `keyids` and `threshold`. An unknown id is let pass: no signature of it counts. So is a
    /// threshold above the number of keys, which python-tuf and the conformance suite allow: the role
    /// can never be signed, but the file that names it is still good. Authors are refused both.
    pub(super) fn read(
        fields: &mut Fields,
        keys: &BTreeMap<KeyId, PublicKey>,
    ) -> Result<(Vec<KeyId>, u64), Malformed> {
        let listed = texts(fields.list("keyids")?).map_err(|error| error.inside("keyids"))?;
        let mut keyids = Vec::with_capacity(listed.len());
        let mut ids = BTreeSet::new();
        let mut seen = BTreeMap::new();
        for (index, text) in listed.into_iter().enumerate() {
            let at = |error: Malformed| error.inside(index).inside("keyids");
            let id = KeyId::read(text).map_err(at)?;
            if !ids.insert(id.clone()) {
                return Err(at(Malformed::new("names a key for the second time")));
            }
            if let Some(key) = keys.get(&id)
                && let Some(other) = seen.insert(key.identity(), id.clone())
            {
                let text =
                    format!("is the key {} under a second id: one key counts once", quoted(other.as_str()));
                return Err(at(Malformed::new(text)));
            }
            keyids.push(id);
        }
        Ok((keyids, fields.int("threshold", 1)?))
    }

    pub(super) fn write(keyids: &[KeyId], threshold: u64, extra: &Table) -> Table {
        let mut table = extra.clone();
        let list: Vec<&str> = keyids.iter().map(KeyId::as_str).collect();
        table.insert("keyids".to_owned(), list.into());
        table.insert("threshold".to_owned(), int(threshold));
        table
    }

    pub(super) fn keys(keyids: &[KeyId], threshold: u64, keys: &BTreeMap<KeyId, PublicKey>) -> RoleKeys {
        let keys = keyids.iter().filter_map(|id| keys.get(id).map(|key| (id.clone(), key.clone()))).collect();
        RoleKeys { keys, threshold }
    }
}

/// The `keys` of a file.
pub(super) fn read_keys(table: Table, limits: &Limits) -> Result<BTreeMap<KeyId, PublicKey>, Malformed> {
    if table.len() > limits.keys {
        let text = format!("holds {} keys, where at most {} are read", table.len(), limits.keys);
        return Err(Malformed::new(text));
    }
    let mut keys = BTreeMap::new();
    for (id, value) in table {
        let key = PublicKey::from_value(value).map_err(|error| error.inside(&id))?;
        let id = KeyId::read(id).map_err(|error| error.inside("?"))?;
        keys.insert(id, key);
    }
    Ok(keys)
}

pub(super) fn write_keys(keys: &BTreeMap<KeyId, PublicKey>) -> Value {
    Value::Table(keys.iter().map(|(id, key)| (id.as_str().to_owned(), key.to_value())).collect())
}
