//! TUF repositories of a size, in a folder, made by the library's own author code.

use std::path::Path;

use hotfixd::trust::{
    Delegations, Digest, PrivateKey, Root, TargetFile, TargetPath, Targets, TopRole, author, names,
};
use jiff::{SignedDuration, Timestamp};

use crate::bench::write;
use crate::failure::{Failure, Result};

/// The signed files of a repository, by role.
#[derive(Debug)]
pub(crate) struct Plain {
    pub(crate) root: Vec<u8>,
    pub(crate) timestamp: Vec<u8>,
    pub(crate) snapshot: Vec<u8>,
    /// `targets` first.
    pub(crate) roles: Vec<(String, Vec<u8>)>,
    /// The path of a target, in the middle of it all.
    pub(crate) path: String,
    /// Signs `targets`.
    pub(crate) key: PrivateKey,
}

impl Plain {
    /// All targets in the one role `targets`.
    pub(crate) fn flat(targets: usize, now: Timestamp) -> Result<Self> {
        let key = PrivateKey::generate()?;
        let mut role = Targets::new(1, later(now)?);
        fill(&mut role, "product", targets)?;
        let bytes = author::targets(&role, &[&key])?.to_bytes();
        Self::sign(key, vec![("targets".to_owned(), bytes)], path("product", targets / 2), now)
    }

    /// Publishers to whom `targets` delegates, each with a key, a folder and targets of its own.
    pub(crate) fn publishers(count: usize, each: usize, now: Timestamp) -> Result<Self> {
        let key = PrivateKey::generate()?;
        let mut top = Targets::new(1, later(now)?);
        let mut delegations = Delegations::default();
        let mut roles = Vec::new();
        for number in 0..count {
            let name = format!("publisher-{number:03}");
            let own = PrivateKey::generate()?;
            delegations.set_role(&name, &[own.public()], 1, true, &[&format!("{name}/*")]);
            let mut role = Targets::new(1, later(now)?);
            fill(&mut role, &name, each)?;
            roles.push((name, author::targets(&role, &[&own])?.to_bytes()));
        }
        top.delegations = Some(delegations);
        roles.insert(0, ("targets".to_owned(), author::targets(&top, &[&key])?.to_bytes()));
        let wanted = path(&format!("publisher-{:03}", count / 2), each / 2);
        Self::sign(key, roles, wanted, now)
    }

    fn sign(key: PrivateKey, roles: Vec<(String, Vec<u8>)>, path: String, now: Timestamp) -> Result<Self> {
        let expires = later(now)?;
        let mut root = Root::new(1, expires);
        for role in TopRole::ALL {
            root.set_role(role, &[key.public()], 1);
        }
        let root = author::root(&root, &[&key])?.to_bytes();
        let listed = roles.iter().map(|(name, bytes)| (name.as_str(), 1, bytes.as_slice()));
        let snapshot = author::snapshot(1, expires, listed, &[&key])?.to_bytes();
        let timestamp = author::timestamp(1, expires, (1, &snapshot), &[&key])?.to_bytes();
        Ok(Self { root, timestamp, snapshot, roles, path, key })
    }

    /// Writes it as a static server serves it.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let metadata = folder.join("tuf/metadata");
        write(&metadata.join(names::root_file(1)), &self.root)?;
        write(&metadata.join(names::TIMESTAMP_FILE), &self.timestamp)?;
        write(&metadata.join(names::metadata_file("snapshot", 1, true)), &self.snapshot)?;
        for (name, bytes) in &self.roles {
            write(&metadata.join(names::metadata_file(name, 1, true)), bytes)?;
        }
        Ok(())
    }
}

fn later(now: Timestamp) -> Result<Timestamp> {
    let at = now.checked_add(SignedDuration::from_hours(24 * 30))?;
    Ok(Timestamp::from_second(at.as_second())?)
}

fn path(folder: &str, number: usize) -> String {
    format!("{folder}/H{number:06}.json")
}

fn fill(role: &mut Targets, folder: &str, targets: usize) -> Result<()> {
    for number in 0..targets {
        let name = path(folder, number);
        let file = TargetFile::new(1_000, Digest::of(name.as_bytes()), None);
        let path = TargetPath::try_from(name).map_err(|error| Failure::new(error.reason))?;
        role.targets.insert(path, file);
    }
    Ok(())
}
