//! The life of a submission, on both databases and with several publishers' keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use hotfixd::model::{Id, Source};
use hotfixd::release::{
    Founding, OnlineKeys, ReleaseError, Releases, SigningLock, SubmissionView, bootstrap, is_founded,
};
use hotfixd::repository::author::{Current, submission};
use hotfixd::repository::{Submission, delegated_paths};
use hotfixd::store::{HighWaterMark, Store, StoreError, SubmissionState};
use hotfixd::trust::{Delegations, Envelope, Limits, PrivateKey, Root, Targets, TopRole, author};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::support::place::{Place, on_both};
use crate::support::repository::samples;
use crate::support::service::hotfix;

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

fn now() -> Timestamp {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

/// Every key: the product needs two of three publishers.
struct Keys {
    root: PrivateKey,
    targets: PrivateKey,
    online: [PrivateKey; 3],
    publishers: [PrivateKey; 3],
}

impl Keys {
    fn new() -> Self {
        let key = || PrivateKey::generate().unwrap();
        Self { root: key(), targets: key(), online: [key(), key(), key()], publishers: [key(), key(), key()] }
    }

    fn online(&self) -> OnlineKeys {
        let [snapshot, timestamp, holds] = self.online.clone();
        OnlineKeys { snapshot, timestamp, holds }
    }

    fn root(&self) -> Root {
        let mut root = Root::new(1, now() + days(365));
        root.set_role(TopRole::Root, &[self.root.public()], 1);
        root.set_role(TopRole::Targets, &[self.targets.public()], 1);
        root.set_role(TopRole::Snapshot, &[self.online[0].public()], 1);
        root.set_role(TopRole::Timestamp, &[self.online[1].public()], 1);
        root
    }

    fn targets(&self, version: u64) -> Targets {
        let mut delegations = Delegations::default();
        delegations.set_role("holds", &[self.online[2].public()], 1, true, &["holds/*/*"]);
        let paths = delegated_paths(&Id::new("xenserver").unwrap());
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let publishers: Vec<_> = self.publishers.iter().map(PrivateKey::public).collect();
        delegations.set_role("xenserver", &publishers, 2, true, &paths);
        Targets { delegations: Some(delegations), ..Targets::new(version, now() + days(180)) }
    }
}

struct World {
    keys: Keys,
    store: Arc<Store>,
    releases: Releases,
    place: Place,
}

impl World {
    fn new(place: Place) -> Self {
        let keys = Keys::new();
        let store = Arc::new(place.open());
        let lock = SigningLock::acquire(place.folder.path()).unwrap();
        assert!(!is_founded(&store).unwrap());
        let founding = || Founding {
            root: author::root(&keys.root(), &[&keys.root]).unwrap().to_bytes(),
            targets: author::targets(&keys.targets(1), &[&keys.targets]).unwrap().to_bytes(),
        };
        let mut mark = HighWaterMark::open(place.folder.path()).unwrap();
        bootstrap(&store, &lock, &keys.online(), &mut mark, founding(), now()).unwrap();
        let again = bootstrap(&store, &lock, &keys.online(), &mut mark, founding(), now());
        assert!(matches!(again, Err(ReleaseError::NotEmpty)), "{again:?}");
        let releases = Releases::open(Arc::clone(&store), lock, keys.online(), mark, now()).unwrap();
        Self { keys, store, releases, place }
    }

    /// With the samples released.
    fn with_samples(place: Place) -> Self {
        let world = Self::new(place);
        let view = world.submit(&world.signed(&samples(), &[0, 1])).unwrap();
        world.releases.release(&view.id, None, "somebody", now()).unwrap();
        world
    }

    fn current(&self) -> Option<Current> {
        let state = self.releases.served();
        let published = state.snapshot.products().get("xenserver")?;
        let documents = published.loaded.documents.clone();
        Some(Current { targets: published.targets.clone(), digest: published.digest, documents })
    }

    fn signed(&self, changed: &[Source], by: &[usize]) -> Submission {
        let keys: Vec<PrivateKey> = by.iter().map(|at| self.keys.publishers[*at].clone()).collect();
        let product = Id::new("xenserver").unwrap();
        submission(&product, self.current().as_ref(), changed, now() + days(60), &keys).unwrap()
    }

    fn submit(&self, submission: &Submission) -> Result<SubmissionView, ReleaseError> {
        self.releases.submit(&submission.to_bytes(), "somebody", now())
    }

    fn version(&self, role: &str) -> u64 {
        self.releases.served().snapshot.version(role).unwrap_or(0)
    }

    fn signature(&self, view: &SubmissionView, by: &PrivateKey) -> (String, String) {
        let file = self.releases.submission_file(&view.id).unwrap();
        let submission = Submission::parse(file.as_bytes()).unwrap();
        let mut envelope =
            Envelope::parse(submission.roles[0].metadata.as_bytes(), &Limits::default()).unwrap();
        envelope.add_signature(by);
        let keyid = by.public().id();
        let signature = envelope.signatures().iter().find(|signature| signature.keyid == keyid).unwrap();
        (keyid.to_string(), signature.sig.clone())
    }
}

on_both! {
    fn below_its_threshold_a_submission_waits_in_sight(place: Place) {
        let world = World::with_samples(place);
        let view = world.submit(&world.signed(&[hotfix("XS65E970", 1)], &[0])).unwrap();
        assert_eq!(view.state, SubmissionState::Waiting);
        let json = serde_json::to_value(&view).unwrap();
        assert_eq!((&json["signatures"]["missing"], &json["signatures"]["threshold"]), (&1.into(), &2.into()));
        assert_eq!(json["signatures"]["unsigned_by"].as_array().unwrap().len(), 2);
        assert_eq!(json["changes"][0]["id"], "XS65E970");
        let early = world.releases.release(&view.id, None, "somebody", now());
        assert!(matches!(early, Err(ReleaseError::Waiting { missing: 1, threshold: 2, .. })), "{early:?}");
        assert_eq!(world.version("xenserver"), 1);

        // A stranger's signature, and a keyholder's over something else, change nothing and keep nobody out.
        let stranger = PrivateKey::generate().unwrap();
        let (keyid, sig) = world.signature(&view, &stranger);
        let refused = world.releases.add_signature(&view.id, (&keyid, &sig), "somebody", now());
        assert!(matches!(refused, Err(ReleaseError::Signature(_))), "{refused:?}");
        let (keyid, sig) = world.signature(&view, &world.keys.publishers[1]);
        let other = format!("{}{}", if sig.starts_with('0') { "1" } else { "0" }, &sig[1..]);
        let refused = world.releases.add_signature(&view.id, (&keyid, &other), "somebody", now());
        assert!(matches!(refused, Err(ReleaseError::Signature(_))), "{refused:?}");

        let ready = world.releases.add_signature(&view.id, (&keyid, &sig), "another", now()).unwrap();
        assert_eq!((ready.state, ready.id == view.id), (SubmissionState::Ready, true));
        assert_ne!(ready.digest, view.digest);
        let twice = world.releases.add_signature(&view.id, (&keyid, &sig), "another", now()).unwrap();
        assert_eq!(twice.digest, ready.digest);
        let released = world.releases.release(&view.id, None, "somebody", now()).unwrap();
        assert_eq!((released.state, released.release.unwrap().role_version), (SubmissionState::Released, 2));
        assert!(
            world.releases.served().snapshot.products()["xenserver"]
                .loaded
                .catalogue
                .hotfixes()
                .contains_key("XS65E970")
        );
    }

    fn the_same_submission_signed_by_another_brings_its_signature(place: Place) {
        let world = World::with_samples(place);
        let one = world.signed(&[hotfix("XS65E971", 1)], &[0]);
        let both = world.signed(&[hotfix("XS65E971", 1)], &[2]);
        assert_eq!(one.id(), both.id());
        let waiting = world.submit(&one).unwrap();
        let ready = world.submit(&both).unwrap();
        assert_eq!((waiting.state, ready.state), (SubmissionState::Waiting, SubmissionState::Ready));
        world.releases.release(&ready.id, None, "somebody", now()).unwrap();
        // Handed in once more, it is what became of it.
        assert_eq!(world.submit(&one).unwrap().state, SubmissionState::Released);
        assert_eq!(world.releases.release(&ready.id, None, "x", now()).unwrap().state, SubmissionState::Released);
        assert_eq!(world.version("xenserver"), 2);
    }

    fn a_release_supersedes_what_was_built_on_the_state_before(place: Place) {
        let world = World::with_samples(place);
        let first = world.submit(&world.signed(&[hotfix("XS65E972", 1)], &[0, 1])).unwrap();
        let second = world.submit(&world.signed(&[hotfix("XS65E973", 1)], &[0])).unwrap();
        let late = world.signed(&[hotfix("XS65E974", 1)], &[0, 1]);
        world.releases.release(&first.id, None, "somebody", now()).unwrap();
        assert_eq!(world.releases.status(&second.id, now()).unwrap().state, SubmissionState::Superseded);
        let released = world.releases.release(&second.id, None, "somebody", now());
        assert!(matches!(released, Err(ReleaseError::Stale { current: 2, .. })), "{released:?}");
        let submitted = world.submit(&late);
        assert!(matches!(submitted, Err(ReleaseError::Stale { current: 2, .. })), "{submitted:?}");
        let cosigned = world.releases.add_signature(&second.id, ("a", "b"), "somebody", now());
        assert!(matches!(cosigned, Err(ReleaseError::Closed { .. })), "{cosigned:?}");
        let page = world.releases.list(None, 2).unwrap();
        let rest = world.releases.list(page.next.as_deref(), 2).unwrap();
        assert_eq!((page.items.len(), rest.items.len(), rest.next), (2, 1, None));
    }

    fn what_was_refused_at_its_release_is_taken_again_once_it_passes(place: Place) {
        let world = World::with_samples(place);
        let submission = world.signed(&[hotfix("XS65E977", 1)], &[0, 1]);
        let view = world.submit(&submission).unwrap();
        // On the day of its release it has expired; then the clock is put right.
        let late = world.releases.release(&view.id, None, "somebody", now() + days(61));
        assert!(matches!(late, Err(ReleaseError::Refused { .. })), "{late:?}");
        let closed = world.releases.release(&view.id, None, "somebody", now());
        assert!(matches!(closed, Err(ReleaseError::Closed { state: "refused", .. })), "{closed:?}");
        assert_eq!(world.submit(&submission).unwrap().state, SubmissionState::Ready);
        world.releases.release(&view.id, None, "somebody", now()).unwrap();
        assert_eq!(world.version("xenserver"), 2);
    }

    fn racing_releases_of_many_lanes_have_one_winner_each_time(place: Place) {
        let world = World::with_samples(place);
        for round in 0..5_u64 {
            let ids: Vec<String> = (0..4)
                .map(|lane| {
                    let source = hotfix(&format!("XS65E98{lane}"), u32::try_from(round).unwrap() + 1);
                    world.submit(&world.signed(&[source], &[0, 1])).unwrap().id
                })
                .collect();
            let outcomes: Vec<bool> = std::thread::scope(|scope| {
                let releases = &world.releases;
                let racing: Vec<_> = ids
                    .iter()
                    .map(|id| scope.spawn(move || releases.release(id, None, "somebody", now()).is_ok()))
                    .collect();
                racing.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert_eq!(outcomes.iter().filter(|won| **won).count(), 1);
            assert_eq!(world.version("xenserver"), round + 2);
        }
        assert!(world.store.read(|tx| tx.verify_audit()).unwrap() > 20);
    }

    fn what_is_due_is_signed_anew_and_versions_only_rise(place: Place) {
        let world = World::with_samples(place);
        let hours = SignedDuration::from_hours;
        let versions = || ["timestamp", "snapshot", "holds"].map(|role| world.version(role));
        let [timestamp, snapshot, holds] = versions();
        assert!(!world.releases.resign_if_due(now() + SignedDuration::from_mins(30)).unwrap());
        assert!(world.releases.resign_if_due(now() + hours(1)).unwrap());
        assert_eq!(versions(), [timestamp + 1, snapshot, holds]);
        assert!(world.releases.resign_if_due(now() + hours(6 * 24)).unwrap());
        assert_eq!(versions(), [timestamp + 2, snapshot + 1, holds]);
        assert!(world.releases.resign_if_due(now() + hours(7 * 24 + 1)).unwrap());
        assert_eq!(versions(), [timestamp + 3, snapshot + 2, holds + 1]);
        // A clock that was set back makes nothing due, and a release on it still rises.
        assert!(!world.releases.resign_if_due(now() - hours(1_000)).unwrap());
        let view = world.submit(&world.signed(&[hotfix("XS65E975", 1)], &[0, 1])).unwrap();
        world.releases.release(&view.id, None, "somebody", now()).unwrap();
        assert_eq!(versions(), [timestamp + 4, snapshot + 3, holds + 1]);
    }

    fn a_root_or_targets_that_does_not_follow_is_not_installed(place: Place) {
        let world = World::with_samples(place);
        let install =
            |role, bytes: Vec<u8>| world.releases.install(role, bytes, now()).map_err(|error| error.to_string());
        let mut root = author::next_root(&world.keys.root(), now() + days(400));
        let unsigned = author::root(&root, &[&world.keys.targets]).unwrap().to_bytes();
        assert!(install(TopRole::Root, unsigned).unwrap_err().contains("not signed by enough keys"));
        root.header.version = 3;
        let skipping = author::root(&root, &[&world.keys.root]).unwrap().to_bytes();
        assert!(install(TopRole::Root, skipping).unwrap_err().contains("version 3"));
        // A root that would take the online key away from the server is refused while the server has no other.
        root.header.version = 2;
        root.set_role(TopRole::Timestamp, &[world.keys.root.public()], 1);
        let foreign = author::root(&root, &[&world.keys.root]).unwrap().to_bytes();
        assert!(install(TopRole::Root, foreign).unwrap_err().contains("may sign for timestamp"));
        root.set_role(TopRole::Timestamp, &[world.keys.online[1].public()], 1);
        install(TopRole::Root, author::root(&root, &[&world.keys.root]).unwrap().to_bytes()).unwrap();
        assert_eq!(world.version("root"), 2);
        let same = author::targets(&world.keys.targets(1), &[&world.keys.targets]).unwrap().to_bytes();
        assert!(install(TopRole::Targets, same).is_err());
        let forged = author::targets(&world.keys.targets(2), &[&world.keys.root]).unwrap().to_bytes();
        assert!(install(TopRole::Targets, forged).is_err());
        install(
            TopRole::Targets,
            author::targets(&world.keys.targets(2), &[&world.keys.targets]).unwrap().to_bytes(),
        )
        .unwrap();
        assert_eq!(world.version("targets"), 2);
    }

    fn a_restart_serves_the_very_same_bytes(place: Place) {
        let world = World::with_samples(place);
        let view = world.submit(&world.signed(&[hotfix("XS65E976", 1)], &[0, 1])).unwrap();
        world.releases.release(&view.id, None, "somebody", now()).unwrap();
        let before = world.releases.served();
        let World { keys, store, releases, place } = world;
        let second = SigningLock::acquire(place.folder.path());
        assert!(matches!(second, Err(ReleaseError::Locked { .. })), "two hold the lock");
        drop((releases, store));
        let store = Arc::new(place.open());
        let lock = SigningLock::acquire(place.folder.path()).unwrap();
        let mark = || HighWaterMark::open(place.folder.path()).unwrap();
        let releases = Releases::open(Arc::clone(&store), lock, keys.online(), mark(), now()).unwrap();
        let after = releases.served();
        assert_eq!(after.snapshot.files().roles, before.snapshot.files().roles);
        assert_eq!(after.snapshot.files().snapshot, before.snapshot.files().snapshot);
        assert_eq!(
            after.snapshot.version("timestamp"),
            before.snapshot.version("timestamp").map(|version| version + 1)
        );
        let documents = |state: &hotfixd::release::ServedState| -> BTreeMap<_, _> {
            state.snapshot.products()["xenserver"].loaded.documents.clone().into_iter().collect()
        };
        assert_eq!(documents(&after), documents(&before));
        // Others' online keys are refused before anything is signed.
        drop((after, before, releases));
        let lock = SigningLock::acquire(place.folder.path()).unwrap();
        let wrong = Releases::open(store, lock, Keys::new().online(), mark(), now());
        assert!(matches!(wrong, Err(ReleaseError::Untrusted { role: "snapshot", .. })), "{wrong:?}");
    }

    fn what_another_wrote_is_read_before_anything_is_signed(place: Place) {
        let world = World::with_samples(place);
        let view = world.submit(&world.signed(&[hotfix("XS65E978", 1)], &[0, 1])).unwrap();
        let elsewhere = TempDir::new().unwrap();
        let lock = SigningLock::acquire(elsewhere.path()).unwrap();
        let mark = HighWaterMark::open(elsewhere.path()).unwrap();
        let other = Releases::open(Arc::clone(&world.store), lock, world.keys.online(), mark, now()).unwrap();
        let version = other.served().snapshot.version("timestamp").unwrap();
        assert_eq!(world.version("timestamp") + 1, version);
        let early = world.releases.release(&view.id, None, "somebody", now());
        assert!(matches!(early, Err(ReleaseError::Store(StoreError::Moved))), "{early:?}");
        assert!(world.releases.is_unsettled());
        world.releases.settle().unwrap();
        assert_eq!(world.version("timestamp"), version);
        world.releases.release(&view.id, None, "somebody", now()).unwrap();
        assert_eq!((world.version("timestamp"), world.version("xenserver")), (version + 1, 2));
    }
}
