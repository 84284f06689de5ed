//! The root of trust: which keys sign for the four top-level roles.

use std::collections::BTreeMap;
use std::fmt;

use super::fields::{Fields, Malformed};
use super::header::{Header, Signed};
use super::keyring::{Role, RoleKeys, read_keys, write_keys};
use crate::json::{Table, Value};
use crate::trust::keys::{KeyId, PublicKey};
use crate::trust::limits::Limits;

/// The field of a root that marks keys made for development: signed, so that nobody can take it off.
pub const DEVELOPMENT: &str = "x-development";

/// The four roles that a root names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TopRole {
    /// Signs roots.
    Root,
    /// Signs `targets`, the first of the delegating roles.
    Targets,
    /// Signs the list of all versions.
    Snapshot,
    /// Signs, often, which snapshot is the newest.
    Timestamp,
}

impl TopRole {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Root, Self::Targets, Self::Snapshot, Self::Timestamp];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Targets => "targets",
            Self::Snapshot => "snapshot",
            Self::Timestamp => "timestamp",
        }
    }
}

impl fmt::Display for TopRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The root of trust (specification 4.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// What all roles have in common.
    pub header: Header,
    /// Whether file names carry versions and hashes; our own always do.
    pub consistent_snapshot: bool,
    /// All keys, by id.
    pub keys: BTreeMap<KeyId, PublicKey>,
    /// The four roles.
    pub roles: BTreeMap<TopRole, Role>,
    /// Roles that TUF does not know (any more).
    pub other_roles: Table,
}

impl Root {
    /// A root without keys, to be filled by [`Root::set_role`].
    #[must_use]
    pub fn new(version: u64, expires: jiff::Timestamp) -> Self {
        Self {
            header: Header::new(version, expires),
            consistent_snapshot: true,
            keys: BTreeMap::new(),
            roles: BTreeMap::new(),
            other_roles: Table::new(),
        }
    }

    /// Gives `role` these keys and this threshold in place of those it had; keys that no role names any
    /// more are dropped.
    pub fn set_role(&mut self, role: TopRole, keys: &[PublicKey], threshold: u64) {
        let mut keyids = Vec::with_capacity(keys.len());
        for key in keys {
            let id = key.id();
            self.keys.insert(id.clone(), key.clone());
            if !keyids.contains(&id) {
                keyids.push(id);
            }
        }
        let extra = self.roles.remove(&role).map(|role| role.extra).unwrap_or_default();
        self.roles.insert(role, Role { keyids, threshold, extra });
        let roles = &self.roles;
        self.keys.retain(|id, _| roles.values().any(|role| role.keyids.contains(id)));
    }

    /// The keys of a role; none, and a threshold that none can meet, for a role that is not set.
    #[must_use]
    pub fn role_keys(&self, role: TopRole) -> RoleKeys {
        match self.roles.get(&role) {
            Some(role) => Role::keys(&role.keyids, role.threshold, &self.keys),
            None => RoleKeys { keys: BTreeMap::new(), threshold: 1 },
        }
    }

    /// Whether its keys were made for development: hosts take it on loopback only, or when told to.
    #[must_use]
    pub fn is_development(&self) -> bool {
        self.header.extra.get(DEVELOPMENT) == Some(&Value::Bool(true))
    }

    /// Marks it as one of development, or takes the mark off.
    pub fn set_development(&mut self, development: bool) {
        if development {
            self.header.extra.insert(DEVELOPMENT.to_owned(), true.into());
        } else {
            self.header.extra.remove(DEVELOPMENT);
        }
    }
}

impl Signed for Root {
    const TYPE: &'static str = "root";

    fn from_value(value: Value, limits: &Limits) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value)?;
        let mut header = Header::read(&mut fields, Self::TYPE)?;
        let consistent_snapshot = match fields.optional("consistent_snapshot") {
            None => false,
            Some(Value::Bool(consistent)) => consistent,
            Some(_) => return Err(Malformed::new("must be a boolean").inside("consistent_snapshot")),
        };
        let keys = read_keys(fields.table("keys")?, limits).map_err(|error| error.inside("keys"))?;
        let mut other_roles = fields.table("roles")?;
        let mut roles = BTreeMap::new();
        for role in TopRole::ALL {
            let at = |error: Malformed| error.inside(role).inside("roles");
            let value = other_roles.remove(role.name()).ok_or_else(|| at(Malformed::new("is missing")))?;
            let mut fields = Fields::of(value).map_err(at)?;
            let (keyids, threshold) = Role::read(&mut fields, &keys).map_err(at)?;
            roles.insert(role, Role { keyids, threshold, extra: fields.rest() });
        }
        header.extra = fields.rest();
        Ok(Self { header, consistent_snapshot, keys, roles, other_roles })
    }

    fn to_value(&self) -> Value {
        let mut roles = self.other_roles.clone();
        for (role, Role { keyids, threshold, extra }) in &self.roles {
            roles.insert(role.name().to_owned(), Role::write(keyids, *threshold, extra).into());
        }
        let mut table = self.header.write(Self::TYPE);
        table.insert("consistent_snapshot".to_owned(), self.consistent_snapshot.into());
        table.insert("keys".to_owned(), write_keys(&self.keys));
        table.insert("roles".to_owned(), roles.into());
        table.into()
    }

    fn header(&self) -> &Header {
        &self.header
    }
}
