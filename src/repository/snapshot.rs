//! The served state: every signed byte and every catalogue, immutable, swapped whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::paths::{HOLDS_ROLE, Place};
use super::published::{LoadError, Published, load, within_delegation};
use super::served::{KEPT_VERSIONS, Served, ServedFiles};
use crate::model::{Id, Mode};
use crate::trust::names::{TIMESTAMP_FILE, metadata_file, root_file};
use crate::trust::{
    self, Digest, Envelope, Limits, Malformed, RoleKeys, Root, Signed, TargetFile, TargetPath, Targets,
    TopRole,
};

/// The signed files from which a snapshot is made.
#[derive(Debug, Default)]
pub struct Files {
    /// Every root, by version.
    pub roots: BTreeMap<u64, Arc<[u8]>>,
    /// The timestamp.
    pub timestamp: Arc<[u8]>,
    /// The snapshot role.
    pub snapshot: Arc<[u8]>,
    /// Every other role that the snapshot lists, by name, `targets` among them.
    pub roles: BTreeMap<String, Arc<[u8]>>,
    /// Earlier versions that are still served, by role and version.
    pub earlier: BTreeMap<(String, u64), Arc<[u8]>>,
}

/// Why signed files were not put together: what is served must always be what a host accepts.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AssembleError {
    /// A role's file is not there.
    #[error("{role}: the signed file is not there")]
    Missing {
        /// The role.
        role: String,
    },
    /// A role's file cannot be read.
    #[error("{role}: {error}")]
    Malformed {
        /// The role.
        role: String,
        /// Where and why.
        error: Malformed,
    },
    /// A role is not signed by those who may.
    #[error("{role}: signed by {have} of the {need} keys that must sign it")]
    Unsigned {
        /// The role.
        role: String,
        /// How many did.
        have: usize,
        /// How many must.
        need: u64,
    },
    /// A role is not the one that the snapshot or timestamp names.
    #[error("{role}: not the file that is named for it in the {by} role")]
    Differs {
        /// The role.
        role: String,
        /// Where it is named.
        by: &'static str,
    },
    /// A product's documents cannot be read.
    #[error("{role}: {error}")]
    Documents {
        /// The role.
        role: String,
        /// Which and why.
        error: LoadError,
    },
}

/// The served state.
#[derive(Debug)]
pub struct Snapshot {
    root: Root,
    targets: Targets,
    snapshot: trust::Snapshot,
    timestamp: trust::Timestamp,
    holds: Option<Targets>,
    files: Files,
    products: BTreeMap<Id, Arc<Published>>,
    served: ServedFiles,
}

impl Snapshot {
    /// Puts signed files together, checking every signature and hash. Products whose role, keys and
    /// holds are those of `before` are taken from it; `fetch` hands over the documents of the others.
    ///
    /// # Errors
    /// Anything that a host would refuse, other than for its date.
    pub fn assemble(
        files: Files,
        before: Option<&Self>,
        fetch: impl Fn(&TargetPath, &TargetFile) -> Option<Arc<[u8]>>,
    ) -> Result<Self, AssembleError> {
        let root = newest_root(&files)?;
        let timestamp: trust::Timestamp =
            signed("timestamp", &files.timestamp, &root.role_keys(TopRole::Timestamp))?;
        let differs = |role: &str, by| AssembleError::Differs { role: role.to_owned(), by };
        timestamp.snapshot.check(&files.snapshot).map_err(|_| differs("snapshot", "timestamp"))?;
        let snapshot: trust::Snapshot =
            signed("snapshot", &files.snapshot, &root.role_keys(TopRole::Snapshot))?;
        for (role, meta) in &snapshot.meta {
            let bytes = role_bytes(&files, role)?;
            meta.check(bytes).map_err(|_| differs(role, "snapshot"))?;
        }
        let targets: Targets =
            signed("targets", role_bytes(&files, "targets")?, &root.role_keys(TopRole::Targets))?;
        let holds: Option<Targets> = match files.roles.get(HOLDS_ROLE) {
            Some(bytes) => Some(signed(HOLDS_ROLE, bytes, &delegated_keys(&targets, HOLDS_ROLE)?)?),
            None => None,
        };
        let mut state = Self {
            root,
            targets,
            snapshot,
            timestamp,
            holds,
            files,
            products: BTreeMap::new(),
            served: ServedFiles::default(),
        };
        state.load_products(before, &fetch)?;
        state.index(before, &fetch);
        Ok(state)
    }

    fn load_products(
        &mut self,
        before: Option<&Self>,
        fetch: &impl Fn(&TargetPath, &TargetFile) -> Option<Arc<[u8]>>,
    ) -> Result<(), AssembleError> {
        let roles: Vec<String> = self.product_roles().map(str::to_owned).collect();
        let same = before.is_some_and(|before| before.holds == self.holds && before.targets == self.targets);
        for role in roles {
            let (Some(id), Some(bytes)) = (Id::new(&role), self.files.roles.get(&role)) else { continue };
            let digest = Digest::of(bytes);
            let kept = before.filter(|_| same).and_then(|before| before.products.get(&id));
            let published = match kept.filter(|kept| kept.digest == digest) {
                Some(kept) => Arc::clone(kept),
                None => Arc::new(publish(&role, bytes, &self.targets, self.holds.as_ref(), fetch)?),
            };
            self.products.insert(id, published);
        }
        Ok(())
    }

    /// Prepares what is served: this state's files, and those of states that hosts may still be reading.
    fn index(
        &mut self,
        before: Option<&Self>,
        fetch: &impl Fn(&TargetPath, &TargetFile) -> Option<Arc<[u8]>>,
    ) {
        let mut earlier = std::mem::take(&mut self.files.earlier);
        if let Some(before) = before {
            earlier.extend(before.files.earlier.iter().map(|(key, bytes)| (key.clone(), Arc::clone(bytes))));
            earlier.extend(before.versioned());
            self.served = before.served.clone();
        }
        let kept = u64::from(KEPT_VERSIONS);
        earlier.retain(|(role, version), _| self.version(role).is_some_and(|now| version + kept > now));
        self.files.earlier = earlier;
        if before.is_none() {
            self.served.restore(&self.files.earlier, fetch);
        }
        let version = self.snapshot.header.version;
        self.served.forget(version);
        for published in self.products.values() {
            let documents = &published.loaded.documents;
            for (path, file) in
                published.targets.targets.iter().chain(self.holds.iter().flat_map(|h| &h.targets))
            {
                if let Some(bytes) = documents.get(path) {
                    self.served.put(path, file, version, Served::Document(Arc::clone(bytes)));
                } else if published.targets.targets.contains_key(path) {
                    self.served.put(path, file, version, Served::payload(file));
                }
            }
        }
    }

    /// The current files with a version in their name.
    fn versioned(&self) -> impl Iterator<Item = ((String, u64), Arc<[u8]>)> {
        let named = self.files.roles.iter().map(|(role, bytes)| (role.as_str(), bytes));
        named
            .chain(std::iter::once(("snapshot", &self.files.snapshot)))
            .filter_map(|(role, bytes)| Some(((role.to_owned(), self.version(role)?), Arc::clone(bytes))))
    }

    /// The version of a role, `snapshot` and `timestamp` among them.
    #[must_use]
    pub fn version(&self, role: &str) -> Option<u64> {
        match role {
            "root" => Some(self.root.header.version),
            "timestamp" => Some(self.timestamp.header.version),
            "snapshot" => Some(self.snapshot.header.version),
            _ => self.snapshot.meta.get(role).map(|meta| meta.version),
        }
    }

    /// A file below the metadata folder, and whether its name says which bytes it has for ever.
    #[must_use]
    pub fn metadata_file(&self, name: &str) -> Option<(Arc<[u8]>, bool)> {
        if name == "timestamp.json" {
            return Some((Arc::clone(&self.files.timestamp), false));
        }
        let (version, role) = name.strip_suffix(".json")?.split_once('.')?;
        let version: u64 = version.parse().ok().filter(|parsed: &u64| parsed.to_string() == version)?;
        let bytes = match role {
            "root" => self.files.roots.get(&version),
            "snapshot" if self.version(role) == Some(version) => Some(&self.files.snapshot),
            _ if self.version(role) == Some(version) => self.files.roles.get(role),
            _ => self.files.earlier.get(&(role.to_owned(), version)),
        };
        bytes.map(|bytes| (Arc::clone(bytes), true))
    }

    /// Every file below the metadata folder, by its name, and whether that says which bytes it has for ever.
    pub fn metadata_files(&self) -> impl Iterator<Item = (String, &Arc<[u8]>, bool)> {
        let roots = self.files.roots.iter().map(|(version, bytes)| (root_file(*version), bytes, true));
        let earlier = self.files.earlier.iter();
        let earlier =
            earlier.map(|((role, version), bytes)| (metadata_file(role, *version, true), bytes, true));
        let current = self.files.roles.iter().map(|(role, bytes)| (role.as_str(), bytes));
        let current = current.chain([("snapshot", &self.files.snapshot)]);
        let current = current
            .filter_map(|(role, bytes)| Some((metadata_file(role, self.version(role)?, true), bytes, true)));
        let timestamp = (TIMESTAMP_FILE.to_owned(), &self.files.timestamp, false);
        roots.chain(earlier).chain(current).chain([timestamp])
    }

    /// A file below the targets folder, by its name with the hash in it.
    #[must_use]
    pub fn target_file(&self, name: &str) -> Option<&Served> {
        self.served.get(name)
    }

    /// Every file below the targets folder, by its name with the hash in it.
    pub fn target_files(&self) -> impl Iterator<Item = (&str, &Served)> {
        self.served.iter()
    }

    /// The exact bytes of a document that is published.
    #[must_use]
    pub fn document(&self, path: &TargetPath) -> Option<&Arc<[u8]>> {
        let product = match Place::parse(path.as_str())? {
            Place::Hold { product, .. } => product,
            place => place.published_by()?.clone(),
        };
        self.products.get(&product)?.loaded.documents.get(path)
    }

    /// The products by id.
    #[must_use]
    pub fn products(&self) -> &BTreeMap<Id, Arc<Published>> {
        &self.products
    }

    /// The roles that `targets` delegates to, but for the holds.
    pub fn product_roles(&self) -> impl Iterator<Item = &str> {
        let roles = self.targets.delegations.iter().flat_map(|delegations| &delegations.roles);
        roles.map(|role| role.name.as_str()).filter(|name| *name != HOLDS_ROLE)
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The top-level targets role, which delegates.
    #[must_use]
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// The snapshot role.
    #[must_use]
    pub fn snapshot(&self) -> &trust::Snapshot {
        &self.snapshot
    }

    /// The timestamp role.
    #[must_use]
    pub fn timestamp(&self) -> &trust::Timestamp {
        &self.timestamp
    }

    /// The holds role.
    #[must_use]
    pub fn holds(&self) -> Option<&Targets> {
        self.holds.as_ref()
    }

    /// The signed files.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// When each role's signature expires, by role.
    #[must_use]
    pub fn expiries(&self) -> BTreeMap<String, jiff::Timestamp> {
        let mut out = BTreeMap::from([
            ("root".to_owned(), self.root.header.expires),
            ("targets".to_owned(), self.targets.header.expires),
            ("snapshot".to_owned(), self.snapshot.header.expires),
            ("timestamp".to_owned(), self.timestamp.header.expires),
        ]);
        out.extend(self.holds.iter().map(|holds| (HOLDS_ROLE.to_owned(), holds.header.expires)));
        out.extend(
            self.products.values().map(|product| (product.role.clone(), product.targets.header.expires)),
        );
        out
    }
}

fn role_bytes<'f>(files: &'f Files, role: &str) -> Result<&'f Arc<[u8]>, AssembleError> {
    files.roles.get(role).ok_or_else(|| AssembleError::Missing { role: role.to_owned() })
}

/// Reads a role's file and checks that those who may have signed it.
fn signed<T: Signed>(role: &str, bytes: &[u8], keys: &RoleKeys) -> Result<T, AssembleError> {
    verified(role, bytes, keys).map(|(value, _)| value)
}

fn verified<T: Signed>(
    role: &str,
    bytes: &[u8],
    keys: &RoleKeys,
) -> Result<(T, trust::Signers), AssembleError> {
    let malformed = |error| AssembleError::Malformed { role: role.to_owned(), error };
    let limits = Limits::default();
    let envelope = Envelope::parse(bytes, &limits).map_err(malformed)?;
    let signers = keys.check(&envelope);
    if !signers.enough() {
        return Err(AssembleError::Unsigned {
            role: role.to_owned(),
            have: signers.by.len(),
            need: signers.threshold,
        });
    }
    let value = T::from_value(envelope.into_signed(), &limits).map_err(malformed)?;
    Ok((value, signers))
}

fn newest_root(files: &Files) -> Result<Root, AssembleError> {
    let missing = || AssembleError::Missing { role: "root".to_owned() };
    let malformed = |error| AssembleError::Malformed { role: "root".to_owned(), error };
    let (_, bytes) = files.roots.last_key_value().ok_or_else(missing)?;
    let limits = Limits::default();
    let envelope = Envelope::parse(bytes, &limits).map_err(malformed)?;
    let root = Root::from_value(envelope.into_signed(), &limits).map_err(malformed)?;
    signed("root", bytes, &root.role_keys(TopRole::Root))
}

pub(super) fn delegated_keys(targets: &Targets, role: &str) -> Result<RoleKeys, AssembleError> {
    let keys = targets.delegations.as_ref().and_then(|delegations| delegations.role_keys(role));
    keys.ok_or_else(|| AssembleError::Missing { role: role.to_owned() })
}

fn publish(
    role: &str,
    bytes: &Arc<[u8]>,
    delegator: &Targets,
    holds: Option<&Targets>,
    fetch: impl Fn(&TargetPath, &TargetFile) -> Option<Arc<[u8]>>,
) -> Result<Published, AssembleError> {
    let (targets, signers): (Targets, _) = verified(role, bytes, &delegated_keys(delegator, role)?)?;
    let documents = |error| AssembleError::Documents { role: role.to_owned(), error };
    within_delegation(role, delegator, &targets).map_err(documents)?;
    let id = Id::new(role).ok_or_else(|| AssembleError::Missing { role: role.to_owned() })?;
    let loaded = load(&id, (role, &targets), holds, fetch, Mode::Strict).map_err(documents)?;
    Ok(Published {
        role: role.to_owned(),
        bytes: Arc::clone(bytes),
        digest: Digest::of(bytes),
        targets,
        signed_by: signers.by.into_iter().collect(),
        loaded: Arc::new(loaded),
    })
}
