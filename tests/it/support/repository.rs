//! A signed repository in a folder, as a static mirror holds it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hotfixd::json::Value;
use hotfixd::model::{Id, Source};
use hotfixd::repository::author::{Current, submission};
use hotfixd::repository::delegated_paths;
use hotfixd::trust::{
    Delegations, Digest, Envelope, PrivateKey, Root, Signed, TargetFile, TargetPath, Targets, TopRole,
    author, names,
};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

/// The XenServer samples.
pub fn samples() -> Vec<Source> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/first-light");
    let mut files = vec![folder.join("product.toml")];
    for kind in ["advisories", "hotfixes"] {
        files.extend(std::fs::read_dir(folder.join(kind)).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.sort();
    let read = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).unwrap();
        Source::from_toml(&file.display().to_string(), &text).unwrap()
    };
    files.into_iter().map(read).collect()
}

/// A repository with its keys, written to a folder each time that it is published.
pub struct Repository {
    folder: TempDir,
    /// Signs roots.
    pub root_key: PrivateKey,
    /// Signs `targets`.
    pub targets_key: PrivateKey,
    /// Signs the online roles.
    pub online_key: PrivateKey,
    /// Signs products.
    pub publisher_key: PrivateKey,
    /// The newest root.
    pub root: Root,
    /// `targets`.
    pub targets: Targets,
    /// The holds.
    pub holds: Targets,
    /// Whether the holds are signed yet.
    pub signs_holds: bool,
    /// The products' roles: each with its exact bytes.
    pub products: BTreeMap<String, (Targets, Vec<u8>)>,
    /// The version of the snapshot and of the timestamp.
    pub version: u64,
    /// When it is.
    pub now: Timestamp,
    /// For how long a timestamp counts.
    pub timestamp_life: SignedDuration,
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

impl Repository {
    /// XenServer's samples, signed at `now` with development keys.
    pub fn xenserver(now: Timestamp) -> Self {
        let mut repository = Self::empty(now);
        repository.root.set_development(true);
        repository.write_root();
        repository.release("xenserver", &samples());
        repository.publish();
        repository
    }

    /// No product yet; nothing is written.
    pub fn empty(now: Timestamp) -> Self {
        let key = || PrivateKey::generate().unwrap();
        let (root_key, targets_key, online_key, publisher_key) = (key(), key(), key(), key());
        let mut root = Root::new(1, now + days(365));
        root.set_role(TopRole::Root, &[root_key.public()], 1);
        root.set_role(TopRole::Targets, &[targets_key.public()], 1);
        root.set_role(TopRole::Snapshot, &[online_key.public()], 1);
        root.set_role(TopRole::Timestamp, &[online_key.public()], 1);
        let mut targets = Targets::new(1, now + days(180));
        let mut delegations = Delegations::default();
        delegations.set_role("holds", &[online_key.public()], 1, true, &["holds/*/*"]);
        targets.delegations = Some(delegations);
        Self {
            folder: TempDir::new().unwrap(),
            root_key,
            targets_key,
            online_key,
            publisher_key,
            root,
            targets,
            holds: Targets::new(1, now + days(14)),
            signs_holds: true,
            products: BTreeMap::new(),
            version: 0,
            now,
            timestamp_life: SignedDuration::from_hours(24),
        }
    }

    /// The folder to serve.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Signs the newest root, with the key that it had before as well.
    pub fn write_root(&self) {
        let envelope = author::root(&self.root, &[&self.root_key]).unwrap();
        self.put(&format!("metadata/{}", names::root_file(self.root.header.version)), &envelope.to_bytes());
    }

    /// Delegates a product to the publisher's key, if it is not yet.
    pub fn delegate(&mut self, product: &str) {
        let delegations = self.targets.delegations.as_mut().unwrap();
        if delegations.role(product).is_none() {
            let paths = delegated_paths(&Id::new(product).unwrap());
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            delegations.set_role(product, &[self.publisher_key.public()], 1, true, &paths);
            self.targets.header.version += u64::from(self.version > 0);
        }
    }

    /// Signs the next version of a product with these documents put in.
    pub fn release(&mut self, product: &str, documents: &[Source]) {
        self.delegate(product);
        let id = Id::new(product).unwrap();
        let current = self.products.get(product).map(|(targets, bytes)| Current {
            targets: targets.clone(),
            digest: Digest::of(bytes),
            documents: targets
                .targets
                .iter()
                .map(|(path, file)| (path.clone(), std::fs::read(self.target(path, file)).unwrap().into()))
                .collect(),
        });
        let expires = self.now + days(90);
        let made =
            submission(&id, current.as_ref(), documents, expires, std::slice::from_ref(&self.publisher_key));
        let made = made.unwrap();
        let bytes = made.roles[0].metadata.clone().into_bytes();
        let value = Envelope::parse(&bytes, &hotfixd::trust::Limits::default()).unwrap().into_signed();
        let targets = Targets::from_value(value, &hotfixd::trust::Limits::default()).unwrap();
        for (path, text) in &made.documents {
            let path = TargetPath::try_from(path.clone()).unwrap();
            let file = &targets.targets[&path];
            let place = format!("targets/{}", path.file(&file.sha256, true));
            self.put(&place, text.as_bytes());
        }
        self.products.insert(product.to_owned(), (targets, bytes));
    }

    /// Signs a product's role as it is now, by whatever key.
    pub fn sign_product(&mut self, product: &str, key: &PrivateKey, change: impl FnOnce(&mut Targets)) {
        let (targets, bytes) = self.products.get_mut(product).unwrap();
        change(targets);
        *bytes = author::targets(targets, &[key]).unwrap().to_bytes();
    }

    /// Puts a hold into the next version of the holds.
    pub fn hold(&mut self, product: &str, hotfix: &str, document: &[u8]) {
        let path = TargetPath::try_from(format!("holds/{product}/{hotfix}.json")).unwrap();
        let file = TargetFile::of(document, None);
        self.put(&format!("targets/{}", path.file(&file.sha256, true)), document);
        self.holds.targets.insert(path, file);
        self.holds.header.version += 1;
    }

    /// Puts a target into the next version of the holds, whatever it is.
    pub fn list_in_holds(&mut self, path: TargetPath, document: &[u8]) {
        let file = TargetFile::of(document, None);
        self.put(&format!("targets/{}", path.file(&file.sha256, true)), document);
        self.holds.targets.insert(path, file);
        self.holds.header.version += 1;
    }

    /// Signs everything of the server's own anew, one version up, and writes it.
    pub fn publish(&mut self) {
        self.version += 1;
        let targets = author::targets(&self.targets, &[&self.targets_key]).unwrap().to_bytes();
        let holds = author::targets(&self.holds, &[&self.online_key]).unwrap().to_bytes();
        let mut roles = vec![("targets", self.targets.header.version, targets)];
        if self.signs_holds {
            roles.push(("holds", self.holds.header.version, holds));
        }
        for (product, (role, bytes)) in &self.products {
            roles.push((product, role.header.version, bytes.clone()));
        }
        for (name, version, bytes) in &roles {
            self.put(&format!("metadata/{}", names::metadata_file(name, *version, true)), bytes);
        }
        let listed = roles.iter().map(|(name, version, bytes)| (*name, *version, bytes.as_slice()));
        let snapshot = author::snapshot(self.version, self.now + days(7), listed, &[&self.online_key]);
        let snapshot = snapshot.unwrap().to_bytes();
        self.put(&format!("metadata/{}", names::metadata_file("snapshot", self.version, true)), &snapshot);
        self.put("metadata/timestamp.json", &self.timestamp(self.version, &snapshot));
    }

    fn timestamp(&self, version: u64, snapshot: &[u8]) -> Vec<u8> {
        let expires = self.now + self.timestamp_life;
        author::timestamp(version, expires, (version, snapshot), &[&self.online_key]).unwrap().to_bytes()
    }

    /// A file below `tuf/`, as it is served.
    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder().join("tuf").join(name)).unwrap()
    }

    /// Every file that is served, by the path of its URL.
    pub fn served(&self) -> Vec<String> {
        fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, out) } else { out.push(path) }
            }
        }
        let mut files = Vec::new();
        walk(self.folder(), &mut files);
        let url = |path: PathBuf| format!("/{}", path.strip_prefix(self.folder()).unwrap().display());
        let mut urls: Vec<String> = files.into_iter().map(url).collect();
        urls.sort();
        urls
    }

    fn target(&self, path: &TargetPath, file: &TargetFile) -> PathBuf {
        self.folder().join("tuf/targets").join(path.file(&file.sha256, true))
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.folder().join("tuf").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// A sample document with fields of its top level set to other values.
pub fn changed(id: &str, fields: &[(&str, Value)]) -> Source {
    let found =
        samples().into_iter().find(|source| source.value().get("id").and_then(Value::as_text) == Some(id));
    fields.iter().fold(found.unwrap(), |source, (name, value)| source.with(name, value.clone()))
}
