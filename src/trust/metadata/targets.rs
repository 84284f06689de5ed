//! Targets and delegated roles: which files there are, and who else may say so.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{Fields, Malformed, int, table, texts};
use super::header::{Header, Signed};
use super::keyring::{Role, RoleKeys, read_keys, write_keys};
use super::online::{Mismatch, compare, read_hashes, write_hashes};
use crate::json::{Table, Value};
use crate::trust::keys::{KeyId, PublicKey};
use crate::trust::limits::Limits;
use crate::trust::names::{TargetPath, readable_role};
use crate::trust::sha256::Digest;

/// A file that a role vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFile {
    /// Its length in bytes.
    pub length: u64,
    /// Its digest.
    pub sha256: Digest,
    /// What the role's owner says of it beside that.
    pub custom: Option<Value>,
    /// Digests of other kinds, which are not checked.
    pub other_hashes: Table,
    /// The fields that TUF does not know.
    pub extra: Table,
}

impl TargetFile {
    /// A file of that length and digest.
    #[must_use]
    pub fn new(length: u64, sha256: Digest, custom: Option<Value>) -> Self {
        Self { length, sha256, custom, other_hashes: Table::new(), extra: Table::new() }
    }

    /// A file of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8], custom: Option<Value>) -> Self {
        Self::new(u64::try_from(bytes.len()).unwrap_or(u64::MAX), Digest::of(bytes), custom)
    }

    /// Whether the bytes are those that are meant.
    ///
    /// # Errors
    /// The first difference.
    pub fn check(&self, bytes: &[u8]) -> Result<(), Mismatch> {
        compare(bytes, Some(self.length), Some(self.sha256))
    }

    fn read(value: Value) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value)?;
        let length = fields.int("length", 0)?;
        let (sha256, other_hashes) =
            read_hashes(fields.table("hashes")?).map_err(|error| error.inside("hashes"))?;
        let custom = fields.optional("custom");
        Ok(Self { length, sha256, custom, other_hashes, extra: fields.rest() })
    }

    /// As it stands in a role.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut table = self.extra.clone();
        table.insert("length".to_owned(), int(self.length));
        table.insert("hashes".to_owned(), write_hashes(self.sha256, &self.other_hashes));
        if let Some(custom) = &self.custom {
            table.insert("custom".to_owned(), custom.clone());
        }
        table.into()
    }
}

/// A role to which another delegates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegatedRole {
    /// Its name.
    pub name: String,
    /// The ids of its keys, each once.
    pub keyids: Vec<KeyId>,
    /// How many of them must sign, from 1.
    pub threshold: u64,
    /// Whether nobody after it is asked for the paths that it is asked for.
    pub terminating: bool,
    /// Patterns of the paths for which it may speak (see [`crate::trust::walk::matches`]).
    pub paths: Vec<String>,
    /// In place of `paths`: beginnings of the hexadecimal SHA-256 of those paths.
    pub path_hash_prefixes: Vec<String>,
    /// The fields that TUF does not know.
    pub extra: Table,
}

impl DelegatedRole {
    fn read(value: Value, keys: &BTreeMap<KeyId, PublicKey>) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value)?;
        let name = fields.text("name")?;
        readable_role(&name).map_err(|error| Malformed::new(error.reason).inside("name"))?;
        let (keyids, threshold) = Role::read(&mut fields, keys)?;
        let terminating = fields.flag("terminating")?;
        let mut patterns = |field: &str| match fields.optional(field) {
            None => Ok(None),
            Some(value) => {
                super::fields::list(value).and_then(texts).map(Some).map_err(|error| error.inside(field))
            }
        };
        let (paths, path_hash_prefixes) = match (patterns("paths")?, patterns("path_hash_prefixes")?) {
            (Some(paths), None) => (paths, Vec::new()),
            (None, Some(prefixes)) => (Vec::new(), prefixes),
            _ => return Err(Malformed::new("must have either paths or path_hash_prefixes")),
        };
        Ok(Self { name, keyids, threshold, terminating, paths, path_hash_prefixes, extra: fields.rest() })
    }

    fn write(&self) -> Value {
        let mut table = Role::write(&self.keyids, self.threshold, &self.extra);
        table.insert("name".to_owned(), self.name.as_str().into());
        table.insert("terminating".to_owned(), self.terminating.into());
        if self.path_hash_prefixes.is_empty() {
            table.insert("paths".to_owned(), self.paths.clone().into());
        } else {
            table.insert("path_hash_prefixes".to_owned(), self.path_hash_prefixes.clone().into());
        }
        table.into()
    }
}

/// To whom a role delegates, the most trusted first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delegations {
    /// All keys, by id.
    pub keys: BTreeMap<KeyId, PublicKey>,
    /// The roles in their order; each name once.
    pub roles: Vec<DelegatedRole>,
    /// The fields that TUF does not know.
    pub extra: Table,
}

impl Delegations {
    /// The role of that name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&DelegatedRole> {
        self.roles.iter().find(|role| role.name == name)
    }

    /// The keys of the role of that name.
    #[must_use]
    pub fn role_keys(&self, name: &str) -> Option<RoleKeys> {
        self.role(name).map(|role| Role::keys(&role.keyids, role.threshold, &self.keys))
    }

    /// Delegates to a role: puts it in the place of the one of the same name, else last. Keys that no role
    /// names any more are dropped.
    pub fn set_role(
        &mut self,
        name: &str,
        keys: &[PublicKey],
        threshold: u64,
        terminating: bool,
        paths: &[&str],
    ) {
        let mut keyids = Vec::with_capacity(keys.len());
        for key in keys {
            let id = key.id();
            self.keys.insert(id.clone(), key.clone());
            if !keyids.contains(&id) {
                keyids.push(id);
            }
        }
        let paths = paths.iter().map(|&path| path.to_owned()).collect();
        let set = |extra| DelegatedRole {
            name: name.to_owned(),
            keyids,
            threshold,
            terminating,
            paths,
            path_hash_prefixes: Vec::new(),
            extra,
        };
        match self.roles.iter_mut().find(|role| role.name == name) {
            Some(role) => *role = set(std::mem::take(&mut role.extra)),
            None => self.roles.push(set(Table::new())),
        }
        self.drop_unused_keys();
    }

    /// Delegates to the role no longer; says whether there was one.
    pub fn remove_role(&mut self, name: &str) -> bool {
        let before = self.roles.len();
        self.roles.retain(|role| role.name != name);
        self.drop_unused_keys();
        self.roles.len() < before
    }

    fn drop_unused_keys(&mut self) {
        let used: BTreeSet<&KeyId> = self.roles.iter().flat_map(|role| &role.keyids).collect();
        self.keys.retain(|id, _| used.contains(id));
    }

    fn read(value: Value, limits: &Limits) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value)?;
        if fields.optional("succinct_roles").is_some() {
            return Err(Malformed::new("is not supported (TAP 15)").inside("succinct_roles"));
        }
        let keys = read_keys(fields.table("keys")?, limits).map_err(|error| error.inside("keys"))?;
        let mut roles = Vec::new();
        let mut names = BTreeSet::new();
        for (index, value) in fields.list("roles")?.into_iter().enumerate() {
            let at = |error: Malformed| error.inside(index).inside("roles");
            let role = DelegatedRole::read(value, &keys).map_err(at)?;
            if !names.insert(role.name.clone()) {
                return Err(at(Malformed::new("is given for the second time").inside("name")));
            }
            roles.push(role);
        }
        Ok(Self { keys, roles, extra: fields.rest() })
    }

    fn write(&self) -> Value {
        let mut table = self.extra.clone();
        table.insert("keys".to_owned(), write_keys(&self.keys));
        table.insert("roles".to_owned(), Value::List(self.roles.iter().map(DelegatedRole::write).collect()));
        table.into()
    }
}

/// The files that a role vouches for, and those to whom it delegates (specification 4.5): the
/// top-level `targets` and every delegated role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targets {
    /// What all roles have in common.
    pub header: Header,
    /// The files, by path.
    pub targets: BTreeMap<TargetPath, TargetFile>,
    /// To whom it delegates.
    pub delegations: Option<Delegations>,
}

impl Targets {
    /// A role without files.
    #[must_use]
    pub fn new(version: u64, expires: jiff::Timestamp) -> Self {
        Self { header: Header::new(version, expires), targets: BTreeMap::new(), delegations: None }
    }
}

impl Signed for Targets {
    const TYPE: &'static str = "targets";

    fn from_value(value: Value, limits: &Limits) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value)?;
        let mut header = Header::read(&mut fields, Self::TYPE)?;
        let mut targets = BTreeMap::new();
        for (path, value) in table(fields.take("targets")?).map_err(|error| error.inside("targets"))? {
            let file = TargetFile::read(value).map_err(|error| error.inside(&path).inside("targets"))?;
            let path = TargetPath::try_from(path)
                .map_err(|bad| Malformed::new(bad.reason).inside(bad.name).inside("targets"))?;
            targets.insert(path, file);
        }
        let delegations = fields
            .optional("delegations")
            .map(|value| Delegations::read(value, limits).map_err(|error| error.inside("delegations")))
            .transpose()?;
        header.extra = fields.rest();
        Ok(Self { header, targets, delegations })
    }

    fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, Malformed> {
        let (targets, mut fields) = super::listed::read(bytes, limits.custom).map_err(Malformed::new)?;
        // What remains is small: it is read as ever, with no file in it.
        fields.insert("targets".to_owned(), Table::new().into());
        Ok(Self { targets, ..Self::from_value(fields.into(), limits)? })
    }

    fn to_value(&self) -> Value {
        let targets: Table =
            self.targets.iter().map(|(path, file)| (path.as_str().to_owned(), file.to_value())).collect();
        let mut table = self.header.write(Self::TYPE);
        table.insert("targets".to_owned(), targets.into());
        if let Some(delegations) = &self.delegations {
            table.insert("delegations".to_owned(), delegations.write());
        }
        table.into()
    }

    fn header(&self) -> &Header {
        &self.header
    }
}
