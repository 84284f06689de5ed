//! A small repository in memory, to be signed, served and tampered with.

use std::collections::BTreeMap;

use hotfixd::json::{Form, Value, canonical, parse};
use hotfixd::trust::{
    Answer, Delegations, Envelope, Limits, Local, PrivateKey, PublicKey, Refresh, Request, Root, TargetFile,
    Targets, TopRole, TrustedSet, Wanted, Write, author, names,
};

/// The instant of most tests.
pub(super) fn now() -> jiff::Timestamp {
    at("2027-01-01T00:00:00Z")
}

/// When most metadata of the tests expires.
pub(super) fn later() -> jiff::Timestamp {
    at("2027-06-01T00:00:00Z")
}

pub(super) fn at(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

pub(super) fn key() -> PrivateKey {
    PrivateKey::generate().unwrap()
}

/// The public halves.
pub(super) fn public(keys: &[&PrivateKey]) -> Vec<PublicKey> {
    keys.iter().map(|key| key.public()).collect()
}

/// One key for each top-level role, and one for each delegated one.
pub(super) struct Keys {
    pub(super) root: PrivateKey,
    pub(super) targets: PrivateKey,
    pub(super) snapshot: PrivateKey,
    pub(super) timestamp: PrivateKey,
    pub(super) roles: BTreeMap<String, PrivateKey>,
}

impl Keys {
    pub(super) fn new() -> Self {
        Self { root: key(), targets: key(), snapshot: key(), timestamp: key(), roles: BTreeMap::new() }
    }

    pub(super) fn role(&mut self, name: &str) -> PrivateKey {
        self.roles.entry(name.to_owned()).or_insert_with(key).clone()
    }
}

/// What a repository serves, and what it is made of.
pub(super) struct Repo {
    pub(super) keys: Keys,
    pub(super) root: Root,
    pub(super) roots: Vec<Vec<u8>>,
    /// `targets` and delegated roles.
    pub(super) roles: BTreeMap<String, Targets>,
    /// The files, by name below the metadata URL.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) snapshot_version: u64,
    pub(super) timestamp_version: u64,
    pub(super) expires: jiff::Timestamp,
    /// The files that were asked for.
    pub(super) asked: Vec<String>,
}

impl Repo {
    /// Version 1 of everything, without delegations.
    pub(super) fn new() -> Self {
        let keys = Keys::new();
        let mut root = Root::new(1, later());
        for (role, key) in [
            (TopRole::Root, &keys.root),
            (TopRole::Targets, &keys.targets),
            (TopRole::Snapshot, &keys.snapshot),
            (TopRole::Timestamp, &keys.timestamp),
        ] {
            root.set_role(role, &[key.public()], 1);
        }
        let first = author::root(&root, &[&keys.root]).unwrap().to_bytes();
        let mut repo = Self {
            keys,
            root,
            roots: Vec::new(),
            roles: BTreeMap::new(),
            files: BTreeMap::new(),
            snapshot_version: 0,
            timestamp_version: 0,
            expires: later(),
            asked: Vec::new(),
        };
        repo.put_root(first);
        repo.roles.insert("targets".to_owned(), Targets::new(1, later()));
        repo.publish();
        repo
    }

    pub(super) fn put_root(&mut self, bytes: Vec<u8>) {
        self.roots.push(bytes.clone());
        self.files.insert(names::root_file(self.roots.len() as u64), bytes);
    }

    /// The next root with these changes, signed by the root key of before and by the present one.
    pub(super) fn next_root(&mut self, edit: impl FnOnce(&mut Root, &mut Keys)) {
        let old = self.keys.root.clone();
        let mut next = author::next_root(&self.root, later());
        edit(&mut next, &mut self.keys);
        let bytes = author::root(&next, &[&old, &self.keys.root]).unwrap().to_bytes();
        self.root = next;
        self.put_root(bytes);
    }

    /// Delegates from one role to another, with a key of its own. Not yet published.
    pub(super) fn delegate(&mut self, from: &str, name: &str, terminating: bool, paths: &[&str]) {
        let key = self.keys.role(name).public();
        let delegator = self.roles.get_mut(from).unwrap();
        delegator.delegations.get_or_insert_with(Delegations::default).set_role(
            name,
            &[key],
            1,
            terminating,
            paths,
        );
        self.roles.entry(name.to_owned()).or_insert_with(|| Targets::new(1, later()));
    }

    pub(super) fn add_target(&mut self, role: &str, path: &str, bytes: &[u8]) {
        let targets = &mut self.roles.get_mut(role).unwrap().targets;
        targets.insert(path.parse().unwrap(), TargetFile::of(bytes, None));
    }

    pub(super) fn sign_role(&self, name: &str) -> Vec<u8> {
        let key = if name == "targets" { &self.keys.targets } else { &self.keys.roles[name] };
        author::targets(&self.roles[name], &[key]).unwrap().to_bytes()
    }

    /// Signs all roles as they are, with the next snapshot and timestamp.
    pub(super) fn publish(&mut self) {
        let names: Vec<String> = self.roles.keys().cloned().collect();
        let mut signed = BTreeMap::new();
        for name in names {
            let version = self.roles[&name].header.version;
            let bytes = self.sign_role(&name);
            self.files.insert(names::metadata_file(&name, version, true), bytes.clone());
            signed.insert(name, (version, bytes));
        }
        self.snapshot_version += 1;
        let roles = signed.iter().map(|(name, (version, bytes))| (name.as_str(), *version, bytes.as_slice()));
        let snapshot = author::snapshot(self.snapshot_version, self.expires, roles, &[&self.keys.snapshot]);
        self.put_snapshot(snapshot.unwrap().to_bytes());
    }

    /// Serves these bytes as the present snapshot version, with the next timestamp.
    pub(super) fn put_snapshot(&mut self, bytes: Vec<u8>) {
        self.timestamp_version += 1;
        self.put_timestamp(self.snapshot_version, &bytes);
        self.files.insert(names::metadata_file("snapshot", self.snapshot_version, true), bytes);
    }

    pub(super) fn put_timestamp(&mut self, snapshot_version: u64, snapshot: &[u8]) {
        let key = &self.keys.timestamp;
        let signed =
            author::timestamp(self.timestamp_version, self.expires, (snapshot_version, snapshot), &[key]);
        self.files.insert(names::TIMESTAMP_FILE.to_owned(), signed.unwrap().to_bytes());
    }

    pub(super) fn snapshot(&self) -> &[u8] {
        self.file(&names::metadata_file("snapshot", self.snapshot_version, true))
    }

    pub(super) fn timestamp(&self) -> &[u8] {
        self.file(names::TIMESTAMP_FILE)
    }

    pub(super) fn role_file(&self, role: &str) -> &[u8] {
        self.file(&names::metadata_file(role, self.roles[role].header.version, true))
    }

    pub(super) fn file(&self, name: &str) -> &[u8] {
        &self.files[name]
    }

    /// A set with the root, the timestamp and the snapshot as they are served.
    pub(super) fn set(&self) -> TrustedSet {
        let mut set = TrustedSet::new(&self.roots[0], now(), Limits::default()).unwrap();
        for root in &self.roots[1..] {
            set.update_root(root).unwrap();
        }
        set.update_timestamp(self.timestamp()).unwrap();
        set.update_snapshot(self.snapshot()).unwrap();
        set
    }

    fn answer(&mut self, request: &Request) -> Answer {
        self.asked.push(request.file.clone());
        match self.files.get(&request.file) {
            Some(bytes) => Answer::Bytes(bytes.clone()),
            None => Answer::NotFound,
        }
    }
}

/// A client with its disk.
pub(super) struct Client {
    pub(super) disk: BTreeMap<String, Vec<u8>>,
    pub(super) now: jiff::Timestamp,
    pub(super) limits: Limits,
}

impl Client {
    pub(super) fn new(root: &[u8]) -> Self {
        let disk = [("root.json".to_owned(), root.to_vec())].into();
        Self { disk, now: now(), limits: Limits::default() }
    }

    pub(super) fn local(&self) -> Local {
        let get = |name: &str| self.disk.get(name).cloned();
        let top = ["root.json", "timestamp.json", "snapshot.json"];
        let roles = self.disk.iter().filter(|(name, _)| !top.contains(&name.as_str()));
        Local {
            root: get("root.json").unwrap(),
            timestamp: get("timestamp.json"),
            snapshot: get("snapshot.json"),
            roles: roles
                .map(|(name, bytes)| (name.trim_end_matches(".json").to_owned(), bytes.clone()))
                .collect(),
        }
    }

    pub(super) fn refresh(&mut self, repo: &mut Repo, wanted: Wanted) -> hotfixd::trust::refresh::Outcome {
        repo.asked.clear();
        let mut refresh = Refresh::new(self.local(), wanted, self.now, self.limits.clone()).unwrap();
        while let Some(request) = refresh.next_request() {
            let answer = repo.answer(&request);
            refresh.supply(answer);
            self.write(refresh.take_writes());
        }
        let mut outcome = refresh.finish();
        self.write(std::mem::take(&mut outcome.writes));
        outcome
    }

    fn write(&mut self, writes: Vec<Write>) {
        for write in writes {
            match write {
                Write::Put { file, bytes } => drop(self.disk.insert(file, bytes)),
                Write::Remove { file } => drop(self.disk.remove(&file)),
            }
        }
    }
}

/// All delegated roles.
pub(super) fn all() -> Wanted {
    Wanted::Roles(Box::new(|_| true))
}

/// The `signed` of a file, edited by hand and signed again.
pub(super) fn resign(bytes: &[u8], key: &PrivateKey, edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut signed = Envelope::parse(bytes, &Limits::default()).unwrap().into_signed();
    edit(&mut signed);
    let mut envelope = Envelope::new(signed).unwrap();
    envelope.add_signature(key);
    envelope.to_bytes()
}

/// A file edited by hand, signatures and all, not signed again.
pub(super) fn edit(bytes: &[u8], edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value = parse(bytes).unwrap();
    edit(&mut value);
    canonical(&value, Form::Json)
}

/// The value at a path of names and indices.
pub(super) fn dig<'a>(value: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('/').fold(value, |value, step| match value {
        Value::Table(table) => table.get_or_insert(step, Value::Null),
        Value::List(list) => &mut list[step.parse::<usize>().unwrap()],
        other => panic!("{other:?} has no {step}"),
    })
}
