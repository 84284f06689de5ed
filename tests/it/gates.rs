//! The gates of a submission: each refuses what it is there for, and says so.

use std::collections::BTreeMap;
use std::sync::Arc;

use hotfixd::json::{Form, Value, canonical};
use hotfixd::model::{Id, Source};
use hotfixd::repository::author::{self, Current};
use hotfixd::repository::gates::{GateName, Outcome, Review, review};
use hotfixd::repository::{Files, HOLDS_ROLE, Snapshot, Submission, delegated_paths, fallen_revisions};
use hotfixd::trust::{
    self, Digest, Envelope, Limits, PrivateKey, Root, Signed, TargetFile, TargetPath, Targets, TopRole,
};
use jiff::Timestamp;

const SEED: [(&str, &str); 4] = [
    ("product.toml", include_str!("../../samples/first-light/product.toml")),
    ("XS65-TRIM.toml", include_str!("../../samples/first-light/advisories/XS65-TRIM.toml")),
    ("XS65E005.toml", include_str!("../../samples/first-light/hotfixes/XS65E005.toml")),
    ("XS65ESP1.toml", include_str!("../../samples/first-light/hotfixes/XS65ESP1.toml")),
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-01-01T00:00:00Z")
}

fn in_days(days: i64) -> Timestamp {
    now() + jiff::SignedDuration::from_hours(24 * days)
}

fn seed() -> Vec<Source> {
    SEED.iter().map(|(name, text)| Source::from_toml(name, text).unwrap()).collect()
}

/// A repository in memory: its online and publisher's keys, and its state.
struct World {
    online: PrivateKey,
    publishers: Vec<PrivateKey>,
    state: Snapshot,
}

impl World {
    /// Nothing published yet; `threshold` of `keys` publishers sign.
    fn new(keys: usize, threshold: u64) -> Self {
        let paths = delegated_paths(&Id::new("xenserver").unwrap());
        Self::delegating(keys, threshold, &paths.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The product's role is trusted with these paths.
    fn delegating(keys: usize, threshold: u64, paths: &[&str]) -> Self {
        let (online, publishers) = (key(), (0..keys).map(|_| key()).collect::<Vec<_>>());
        let mut root = Root::new(1, in_days(365));
        for role in TopRole::ALL {
            root.set_role(role, &[online.public()], 1);
        }
        let mut targets = Targets::new(1, in_days(180));
        let delegations = targets.delegations.get_or_insert_with(Default::default);
        delegations.set_role(HOLDS_ROLE, &[online.public()], 1, true, &["holds/*/*"]);
        let public: Vec<_> = publishers.iter().map(PrivateKey::public).collect();
        delegations.set_role("xenserver", &public, threshold, true, paths);
        let mut files = Files::default();
        files.roots.insert(1, bytes(trust::author::root(&root, &[&online])));
        files.roles.insert("targets".to_owned(), bytes(trust::author::targets(&targets, &[&online])));
        let state = assemble(files, &online, 1, &BTreeMap::new());
        Self { online, publishers, state }
    }

    fn current(&self) -> Option<Current> {
        let published = self.state.products().get("xenserver")?;
        Some(Current {
            targets: published.targets.clone(),
            digest: published.digest,
            documents: published.loaded.documents.clone(),
        })
    }

    fn sign(&self, changed: &[Source], keys: &[PrivateKey]) -> Submission {
        let product = Id::new("xenserver").unwrap();
        author::submission(&product, self.current().as_ref(), changed, in_days(90), keys).unwrap()
    }

    fn review(&self, submission: &Submission) -> Review {
        self.review_with(submission, |_| None)
    }

    fn review_with(&self, submission: &Submission, blob: impl Fn(&Digest) -> Option<u64>) -> Review {
        let documents = self.current().map(|current| current.documents).unwrap_or_default();
        review(
            &self.state,
            submission,
            None,
            blob,
            |path: &TargetPath, _: &TargetFile| documents.get(path).cloned(),
            now(),
        )
    }

    fn release(&mut self, submission: &Submission) {
        let review = self.review(submission);
        assert!(review.ready(), "{:#?}", review.gates);
        let staged = review.staged.unwrap();
        let mut files = Files { roots: self.state.files().roots.clone(), ..Files::default() };
        files.roles.clone_from(&self.state.files().roles);
        files.roles.insert(staged.role.clone(), Arc::clone(&staged.bytes));
        let version = self.state.snapshot().header.version + 1;
        self.state = assemble(files, &self.online, version, &staged.loaded.documents);
    }

    /// Releases as the service does: on the state before, which hosts may still be reading.
    fn release_on(&mut self, submission: &Submission) {
        let review = self.review(submission);
        assert!(review.ready(), "{:#?}", review.gates);
        let staged = review.staged.unwrap();
        let mut files = Files { roots: self.state.files().roots.clone(), ..Files::default() };
        files.roles.clone_from(&self.state.files().roles);
        files.roles.insert(staged.role.clone(), Arc::clone(&staged.bytes));
        let version = self.state.snapshot().header.version + 1;
        let next = assemble(files, &self.online, version, &staged.loaded.documents);
        let documents = &staged.loaded.documents;
        let files = copy(next.files());
        self.state =
            Snapshot::assemble(files, Some(&self.state), |path, _| documents.get(path).cloned()).unwrap();
    }
}

fn copy(files: &Files) -> Files {
    Files {
        roots: files.roots.clone(),
        timestamp: Arc::clone(&files.timestamp),
        snapshot: Arc::clone(&files.snapshot),
        roles: files.roles.clone(),
        ..Files::default()
    }
}

fn key() -> PrivateKey {
    PrivateKey::generate().unwrap()
}

fn bytes<E: std::fmt::Debug>(envelope: Result<Envelope, E>) -> Arc<[u8]> {
    Arc::from(envelope.unwrap().to_bytes())
}

fn assemble(
    mut files: Files,
    online: &PrivateKey,
    version: u64,
    documents: &BTreeMap<TargetPath, Arc<[u8]>>,
) -> Snapshot {
    let versions = files.roles.iter().map(|(name, bytes)| {
        let envelope = Envelope::parse(bytes, &Limits::default()).unwrap();
        let targets = Targets::from_value(envelope.into_signed(), &Limits::default()).unwrap();
        (name.as_str(), targets.header.version, &bytes[..])
    });
    files.snapshot = bytes(trust::author::snapshot(version, in_days(7), versions, &[online]));
    files.timestamp =
        bytes(trust::author::timestamp(version, in_days(1), (version, &files.snapshot), &[online]));
    Snapshot::assemble(files, None, |path, _| documents.get(path).cloned()).unwrap()
}

/// The submission with its signed role edited and signed again.
fn edit(submission: &Submission, keys: &[PrivateKey], change: impl FnOnce(&mut Targets)) -> Submission {
    let mut submission = submission.clone();
    let envelope = Envelope::parse(submission.roles[0].metadata.as_bytes(), &Limits::default()).unwrap();
    let mut targets = Targets::from_value(envelope.into_signed(), &Limits::default()).unwrap();
    change(&mut targets);
    let mut envelope = Envelope::new(targets.to_value()).unwrap();
    keys.iter().for_each(|key| envelope.add_signature(key));
    submission.roles[0].metadata = String::from_utf8(envelope.to_bytes()).unwrap();
    submission
}

/// Checks that a gate refused, with these words.
#[track_caller]
fn refused(review: &Review, gate: GateName, words: &[&str]) {
    let failed = review.failed().unwrap_or_else(|| panic!("nothing was refused: {:#?}", review.gates));
    assert_eq!(failed.name, gate, "{}", failed.detail);
    assert!(review.staged.is_none());
    let problems: Vec<String> = failed.problems.iter().map(ToString::to_string).collect();
    let text = format!("{}\n{}", failed.detail, problems.join("\n"));
    for word in words {
        assert!(text.contains(word), "{word:?} is not in {text:?}");
    }
}

#[test]
fn the_seed_passes_and_changes_pass_after_it() {
    let mut world = World::new(1, 1);
    let first = world.sign(&seed(), &world.publishers);
    assert_eq!(Submission::parse(&first.to_bytes()).unwrap(), first);
    let review = world.review(&first);
    assert!(review.ready(), "{:#?}", review.gates);
    assert_eq!(review.gates.len(), GateName::ALL.len());
    assert_eq!(review.changes.len(), 4);
    world.release(&first);

    let raised = Source::from_toml("product.toml", SEED[0].1).unwrap().with("revision", 2.into());
    let second = world.sign(&[raised], &world.publishers);
    assert_eq!(second.documents.len(), 1, "only what changed is sent");
    let review = world.review(&second);
    assert!(review.ready(), "{:#?}", review.gates);
    assert_eq!((review.changes[0].from, review.changes[0].to), (Some(1), Some(2)));
    // The first is built on a state that is gone.
    refused(&world.review(&first), GateName::Current, &["current version 1", "sign the documents again"]);
}

#[test]
fn signatures_are_counted_by_key() {
    let world = World::new(3, 2);
    let id = world.sign(&seed(), &world.publishers[..1]).id();
    let review = world.review(&world.sign(&seed(), &world.publishers[..1]));
    assert!(!review.ready() && review.failed().is_none());
    assert_eq!(review.gates.iter().filter(|gate| gate.outcome == Outcome::Waiting).count(), 1);
    assert_eq!(review.unsigned_by.len(), 2);
    let two = world.sign(&seed(), &world.publishers[1..]);
    assert_eq!(two.id(), id, "who signed does not change what is signed");
    assert!(world.review(&two).ready());
    let stranger = world.sign(&seed(), &[key()]);
    refused(&world.review(&stranger), GateName::Signatures, &["none of these may sign for xenserver"]);
    refused(&world.review(&world.sign(&seed(), &[])), GateName::Signatures, &["signed by nobody"]);
}

#[test]
fn a_role_is_held_to_its_delegation() {
    let mut world = World::new(1, 1);
    let keys = &world.publishers;
    let first = world.sign(&seed(), keys);
    for path in ["other/product.json", "holds/xenserver/XS65E005.json", "xenserver/else.json", "product.json"]
    {
        let outside = edit(&first, keys, |targets| {
            let path = TargetPath::try_from(path.to_owned()).unwrap();
            targets.targets.insert(path, TargetFile::of(b"{}", None));
        });
        refused(&world.review(&outside), GateName::Paths, &[path, "outside"]);
    }
    let unlisted = Submission { product: Id::new("other").unwrap(), ..first.clone() };
    refused(&world.review(&unlisted), GateName::Form, &["xenserver", "other"]);
    let mut role = first.clone();
    role.product = Id::new("nobody").unwrap();
    role.roles[0].name = "nobody".to_owned();
    refused(&world.review(&role), GateName::Delegation, &["nobody", "known are xenserver"]);
    let late = edit(&first, keys, |targets| targets.header.expires = in_days(91));
    refused(&world.review(&late), GateName::Expiry, &["more than 90 days"]);
    let gone = edit(&first, keys, |targets| targets.header.expires = now());
    refused(&world.review(&gone), GateName::Expiry, &["expired"]);
    let ahead = edit(&first, keys, |targets| targets.header.version = 3);
    refused(&world.review(&ahead), GateName::Version, &["version 3, where the next is 1"]);
    world.release(&first);
    let raised = Source::from_toml("product.toml", SEED[0].1).unwrap().with("revision", 2.into());
    let second = world.sign(&[raised], &world.publishers);
    let dropped = edit(&second, &world.publishers, |targets| {
        targets.targets.remove("xenserver/6.5/hotfix/XS65E005.json");
    });
    refused(&world.review(&dropped), GateName::Paths, &["XS65E005", "withdraw"]);
}

#[test]
fn a_role_is_held_to_the_paths_of_its_delegation() {
    let world = World::delegating(1, 1, &["xenserver/*", "xenserver/advisory/*", "xenserver/7.0/*/*"]);
    let first = world.sign(&seed(), &world.publishers);
    refused(&world.review(&first), GateName::Paths, &["xenserver/6.5/hotfix/XS65E005.json", "outside"]);
}

#[test]
fn documents_are_the_ones_that_were_signed() {
    let world = World::new(1, 1);
    let first = world.sign(&seed(), &world.publishers);
    let path = "xenserver/6.5/hotfix/XS65E005.json";
    let mut changed = first.clone();
    let text = changed.documents[path].replace("6.5", "7.0");
    changed.documents.insert(path.to_owned(), text);
    refused(&world.review(&changed), GateName::Targets, &[path, "SHA-256"]);
    let mut missing = first.clone();
    missing.documents.remove(path);
    refused(&world.review(&missing), GateName::Targets, &[path, "not in the submission"]);
    let mut extra = first.clone();
    extra.documents.insert("xenserver/advisory/MORE.json".to_owned(), "{}".to_owned());
    refused(&world.review(&extra), GateName::Paths, &["MORE", "not signed"]);
    let lying = edit(&first, &world.publishers, |targets| {
        let file = targets.targets.get_mut(path).unwrap();
        file.custom = Some(Value::from([("revision", 7.into())]));
    });
    refused(&world.review(&lying), GateName::Documents, &[path, "custom"]);
}

#[test]
fn what_is_said_beside_a_document_that_stays_is_checked_too() {
    let mut world = World::new(1, 1);
    let first = world.sign(&seed(), &world.publishers);
    world.release(&first);
    let raised = Source::from_toml("product.toml", SEED[0].1).unwrap().with("revision", 2.into());
    let second = world.sign(&[raised], &world.publishers);
    let path = "xenserver/6.5/hotfix/XS65E005.json";
    let lying = edit(&second, &world.publishers, |targets| {
        let file = targets.targets.get_mut(path).unwrap();
        let Some(Value::Table(custom)) = &mut file.custom else { panic!("no custom") };
        custom.insert("revision".to_owned(), 99.into());
        custom.insert("status".to_owned(), "withdrawn".into());
    });
    refused(&world.review(&lying), GateName::Documents, &[path, "custom"]);
    let other = edit(&second, &world.publishers, |targets| {
        targets.targets.get_mut(path).unwrap().extra.insert("x".to_owned(), 1.into());
    });
    refused(&world.review(&other), GateName::Revisions, &[path, "revision 1 is published"]);
}

/// Signs these exact bytes at a path, whatever they are: what a careless or hostile publisher could send.
fn with_document(world: &World, path: &str, text: &str) -> Submission {
    let first = world.sign(&seed(), &world.publishers);
    let mut forged = edit(&first, &world.publishers, |targets| {
        let place = TargetPath::try_from(path.to_owned()).unwrap();
        let custom = targets.targets.get(&place).and_then(|file| file.custom.clone());
        targets.targets.insert(place, TargetFile::of(text.as_bytes(), custom));
    });
    forged.documents.insert(path.to_owned(), text.to_owned());
    forged
}

#[test]
fn documents_pass_every_rule() {
    let world = World::new(1, 1);
    let path = "xenserver/6.5/hotfix/XS65E005.json";
    let first = world.sign(&seed(), &world.publishers);
    let document = first.documents[path].clone();
    let with = |from: &str, to: &str| {
        assert!(document.contains(from), "{from} in {document}");
        with_document(&world, path, &document.replace(from, to))
    };
    let cases = [
        (with(r#""fixes":["XS65-TRIM"]"#, r#""fixes":["XS65-NONE"]"#), "XS65-NONE"),
        (
            with(r#""supersedes":[]"#, r#""requires":["XS65E999"],"supersedes":[]"#),
            "there is no hotfix XS65E999",
        ),
        (with(r#""kind":"hotfix""#, r#""kind":"hotfixx""#), "Did you mean \"hotfix\"?"),
        (with(r#""revision":1"#, r#""revision":1.5"#), "not a 64-bit integer"),
        (with(r#""revision":1"#, r#""revision":1,"revision":1"#), "given twice"),
        (with(r#""id":"XS65E005""#, r#""id":"XS65E006""#), "XS65E006"),
        (with(r#""releases":["6.5"]"#, r#""releases":["7.0"]"#), "xenserver/7.0/hotfix/XS65E005.json"),
        (with(r#""kind":"hotfix","#, r#""kind": "hotfix","#), "not canonical"),
    ];
    for (submission, words) in cases {
        refused(&world.review(&submission), GateName::Documents, &[words]);
    }
}

#[test]
fn revisions_rise_and_files_are_never_replaced() {
    let mut world = World::new(1, 1);
    let first = world.sign(&seed(), &world.publishers);
    world.release(&first);
    let product = Id::new("xenserver").unwrap();
    let same = Source::from_toml("product.toml", &SEED[0].1.replace("Citrix", "Somebody")).unwrap();
    let error = author::submission(&product, world.current().as_ref(), &[same], in_days(1), &[]).unwrap_err();
    assert!(error.to_string().contains("Write `revision = 2`"), "{error}");
    let error = author::submission(&product, world.current().as_ref(), &seed(), in_days(1), &[]).unwrap_err();
    assert!(error.to_string().contains("nothing to sign"), "{error}");
    // The server holds the rule too, whatever made the submission.
    let raised = Source::from_toml("product.toml", SEED[0].1).unwrap().with("revision", 2.into());
    let second = world.sign(&[raised], &world.publishers);
    let path = "xenserver/product.json";
    let text =
        second.documents[path].replace(r#""revision":2"#, r#""revision":1"#).replace("Citrix", "Somebody");
    let mut fallen = edit(&second, &world.publishers, |targets| {
        let custom = first_custom(&first, path);
        let place = TargetPath::try_from(path.to_owned()).unwrap();
        targets.targets.insert(place, TargetFile::of(text.as_bytes(), custom));
    });
    fallen.documents.insert(path.to_owned(), text);
    refused(&world.review(&fallen), GateName::Revisions, &[path, "revision 1 is published"]);
}

fn first_custom(submission: &Submission, path: &str) -> Option<Value> {
    let envelope = Envelope::parse(submission.roles[0].metadata.as_bytes(), &Limits::default()).unwrap();
    let targets = Targets::from_value(envelope.into_signed(), &Limits::default()).unwrap();
    targets.targets.get(path).unwrap().custom.clone()
}

#[test]
fn files_are_uploaded_and_agree() {
    let world = World::new(1, 1);
    let file = b"some bytes of a hotfix";
    let payload = Value::from([
        ("bytes", 22.into()),
        ("file", "XS65E005.xsupdate".into()),
        ("sha256", Digest::of(file).to_string().into()),
    ]);
    let mut sources = seed();
    sources[2] = sources[2].clone().with("payloads", Value::List(vec![payload]));
    let submission = world.sign(&sources, &world.publishers);
    refused(&world.review(&submission), GateName::Payloads, &["XS65E005.xsupdate", "not uploaded"]);
    refused(&world.review_with(&submission, |_| Some(21)), GateName::Payloads, &["21 bytes", "22"]);
    let has = |digest: &Digest| (*digest == Digest::of(file)).then_some(22);
    assert!(world.review_with(&submission, has).ready());
    let path = "xenserver/6.5/payload/XS65E005/XS65E005.xsupdate";
    let unlike = edit(&submission, &world.publishers, |targets| {
        targets.targets.get_mut(path).unwrap().length = 23;
    });
    refused(&world.review_with(&unlike, has), GateName::Payloads, &[path, "differ"]);
}

#[test]
fn no_submission_is_read_that_is_none() {
    let world = World::new(1, 1);
    let good = world.sign(&seed(), &world.publishers).to_bytes();
    let mut bad: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"{}".to_vec(),
        b"[]".to_vec(),
        vec![0xff; 10],
        good[..good.len() / 2].to_vec(),
        b"[".repeat(200_000),
        br#"{"schema":"hotfixd/submission/2","product":"p","roles":[],"documents":{}}"#.to_vec(),
        br#"{"schema":"hotfixd/submission/1","product":"p","roles":[],"documents":{}}"#.to_vec(),
        br#"{"schema":"hotfixd/submission/1","product":"../p","roles":[{}],"documents":{}}"#.to_vec(),
    ];
    let mut value = hotfixd::json::parse(&good).unwrap();
    if let Value::Table(table) = &mut value {
        table.insert("more".to_owned(), 1.into());
    }
    bad.push(canonical(&value, Form::Json));
    for bytes in bad {
        let error = Submission::parse(&bytes).unwrap_err();
        assert!(!error.reason.is_empty());
    }
    // Metadata that is none is refused at the first gate.
    let mut submission = Submission::parse(&good).unwrap();
    submission.roles[0].metadata = "{}".to_owned();
    refused(&world.review(&submission), GateName::Form, &["xenserver"]);
}

#[test]
fn a_product_is_not_kept_when_its_keys_change() {
    let mut world = World::new(1, 1);
    let first = world.sign(&seed(), &world.publishers);
    world.release(&first);
    let mut targets = world.state.targets().clone();
    targets.header.version = 2;
    let paths = delegated_paths(&Id::new("xenserver").unwrap());
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    targets.delegations.as_mut().unwrap().set_role("xenserver", &[key().public()], 1, true, &paths);
    let mut files = Files { roots: world.state.files().roots.clone(), ..Files::default() };
    files.roles.clone_from(&world.state.files().roles);
    files.roles.insert("targets".to_owned(), bytes(trust::author::targets(&targets, &[&world.online])));
    let documents = world.current().unwrap().documents;
    let versions = [("targets", 2), ("xenserver", 1)].map(|(name, version)| {
        let role: &[u8] = &files.roles[name];
        (name, version, role)
    });
    files.snapshot = bytes(trust::author::snapshot(3, in_days(7), versions, &[&world.online]));
    let names = (3, &files.snapshot[..]);
    files.timestamp = bytes(trust::author::timestamp(3, in_days(1), names, &[&world.online]));
    let error =
        Snapshot::assemble(files, Some(&world.state), |path, _| documents.get(path).cloned()).unwrap_err();
    assert!(error.to_string().contains("xenserver: signed by 0 of the 1 keys"), "{error}");
}

#[test]
fn what_was_published_neither_falls_nor_goes() {
    let world = World::new(1, 1);
    let first = world.sign(&seed(), &world.publishers);
    let read = |submission: &Submission| {
        let envelope = Envelope::parse(submission.roles[0].metadata.as_bytes(), &Limits::default()).unwrap();
        Targets::from_value(envelope.into_signed(), &Limits::default()).unwrap()
    };
    let old = read(&first);
    assert_eq!(fallen_revisions(&old, &old), []);
    let path = TargetPath::try_from("xenserver/6.5/hotfix/XS65E005.json".to_owned()).unwrap();
    let mut gone = old.clone();
    gone.targets.remove(&path);
    assert_eq!(fallen_revisions(&old, &gone), [(path.clone(), 1, 0)]);
    assert_eq!(fallen_revisions(&gone, &old), [], "what is new may come");
    let mut silent = old.clone();
    silent.targets.get_mut(&path).unwrap().custom = None;
    assert_eq!(fallen_revisions(&old, &silent), [(path, 1, 0)]);
}

#[test]
fn documents_of_the_past_are_served_for_a_while_only() {
    let mut world = World::new(1, 1);
    let first = world.sign(&seed(), &world.publishers);
    world.release(&first);
    let path = TargetPath::try_from("xenserver/product.json".to_owned()).unwrap();
    let name = |state: &Snapshot| {
        let targets = &state.products()["xenserver"].targets;
        path.file(&targets.targets[&path].sha256, true)
    };
    let oldest = name(&world.state);
    for revision in 2..=12_i64 {
        let before = name(&world.state);
        let raised = Source::from_toml("product.toml", SEED[0].1).unwrap().with("revision", revision.into());
        let submission = world.sign(&[raised], &world.publishers);
        world.release_on(&submission);
        assert!(world.state.target_file(&name(&world.state)).is_some());
        assert!(world.state.target_file(&before).is_some(), "a host in mid-refresh finds the one before");
    }
    assert!(world.state.target_file(&oldest).is_none());
}
