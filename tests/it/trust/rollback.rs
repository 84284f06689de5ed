//! Nothing falls below what was trusted, until the online keys change.

use hotfixd::trust::{Kind, TopRole, TrustedSet, Update, author};

use super::kit::{Client, Repo, all, at, dig, key, later, now, resign};

fn rolled_back(kind: &Kind) -> (&str, u64, u64) {
    match kind {
        Kind::RolledBack { what, from, to } => (what, *from, *to),
        other => panic!("no rollback: {other}"),
    }
}

#[test]
fn a_timestamp_never_falls_even_below_an_expired_one() {
    let mut repo = Repo::new();
    repo.expires = at("2026-06-01T00:00:00Z");
    repo.timestamp_version = 9;
    repo.publish();
    let old = repo.timestamp().to_vec();
    repo.expires = later();
    repo.timestamp_version = 8;
    let snapshot = repo.snapshot().to_vec();
    repo.put_timestamp(repo.snapshot_version, &snapshot);
    let mut set = TrustedSet::new(&repo.roots[0], now(), Default::default()).unwrap();
    set.load_local_timestamp(&old).unwrap();
    assert!(set.timestamp().is_none(), "a floor is not the newest");
    assert_eq!(set.update_snapshot(&snapshot).unwrap_err().kind.code(), "out-of-turn");
    let refusal = set.update_timestamp(repo.timestamp()).unwrap_err();
    assert_eq!(rolled_back(&refusal.kind), ("the timestamp", 10, 8));
    assert_eq!(refusal.to_string(), "timestamp version 8 would take the timestamp back from version 10 to 8");
    // The floor itself, served again, is merely expired.
    assert_eq!(set.update_timestamp(&old).unwrap_err().kind.code(), "expired");
    repo.timestamp_version = 11;
    repo.put_timestamp(repo.snapshot_version, &snapshot);
    assert_eq!(set.update_timestamp(repo.timestamp()), Ok(Update::New));
}

#[test]
fn a_newer_timestamp_that_has_expired_is_refused_and_not_kept() {
    let mut repo = Repo::new();
    let mut client = Client::new(&repo.roots[0]);
    assert_eq!(client.refresh(&mut repo, all()).failure, None);
    let kept = client.disk.clone();
    repo.expires = now();
    repo.publish();
    assert_eq!(client.refresh(&mut repo, all()).failure.unwrap().kind.code(), "expired");
    assert_eq!(client.disk, kept);
}

#[test]
fn the_same_version_is_unchanged_whatever_it_says() {
    let repo = Repo::new();
    let mut set = TrustedSet::new(&repo.roots[0], now(), Default::default()).unwrap();
    set.load_local_timestamp(repo.timestamp()).unwrap();
    let other = resign(repo.timestamp(), &repo.keys.timestamp, |signed| {
        *dig(signed, "meta/snapshot.json/version") = 100_i64.into();
    });
    assert_eq!(set.update_timestamp(&other), Ok(Update::Unchanged));
    assert_eq!(set.timestamp().unwrap().bytes, repo.timestamp());
}

#[test]
fn the_snapshot_that_the_timestamp_names_never_falls() {
    let mut repo = Repo::new();
    repo.publish();
    let old = repo.timestamp().to_vec();
    let first = repo.file("1.snapshot.json").to_vec();
    repo.timestamp_version += 1;
    repo.put_timestamp(1, &first);
    let mut set = TrustedSet::new(&repo.roots[0], now(), Default::default()).unwrap();
    set.load_local_timestamp(&old).unwrap();
    assert_eq!(
        rolled_back(&set.update_timestamp(repo.timestamp()).unwrap_err().kind),
        ("the snapshot", 2, 1)
    );
    // Nor where the old timestamp is lost, as long as the old snapshot is there.
    let mut set = TrustedSet::new(&repo.roots[0], now(), Default::default()).unwrap();
    set.update_timestamp(repo.timestamp()).unwrap();
    assert_eq!(set.load_local_snapshot(repo.file("2.snapshot.json")), Ok(false));
    assert_eq!(rolled_back(&set.update_snapshot(&first).unwrap_err().kind), ("the snapshot", 2, 1));
}

#[test]
fn no_role_falls_and_none_vanishes() {
    let mut repo = Repo::new();
    repo.delegate("targets", "a", true, &["a/*"]);
    repo.roles.get_mut("a").unwrap().header.version = 7;
    repo.publish();
    let old = repo.snapshot().to_vec();
    // The old snapshot is a floor although it has expired and its digest is no longer the timestamp's.
    let expired =
        resign(&old, &repo.keys.snapshot, |signed| *dig(signed, "expires") = "2026-01-01T00:00:00Z".into());
    let against = |repo: &Repo| {
        let mut set = TrustedSet::new(&repo.roots[0], now(), Default::default()).unwrap();
        set.update_timestamp(repo.timestamp()).unwrap();
        assert_eq!(set.load_local_snapshot(&expired), Ok(false));
        assert!(set.snapshot().is_none());
        set.update_snapshot(repo.snapshot()).map_err(|refusal| refusal.kind)
    };
    repo.roles.get_mut("a").unwrap().header.version = 6;
    repo.publish();
    assert_eq!(rolled_back(&against(&repo).unwrap_err()), ("the role a", 7, 6));
    let gone = repo.roles.remove("a").unwrap();
    repo.publish();
    assert_eq!(against(&repo).unwrap_err(), Kind::Dropped { dropped: "a".to_owned() });
    repo.roles.insert("a".to_owned(), gone);
    repo.roles.get_mut("a").unwrap().header.version = 7;
    repo.publish();
    assert_eq!(against(&repo), Ok(Update::New));
}

/// Whoever had the online keys has raised all versions; new keys must be able to begin below them.
#[test]
fn changed_online_keys_lift_the_floors() {
    for rotated in [TopRole::Timestamp, TopRole::Snapshot] {
        let mut repo = Repo::new();
        let mut client = Client::new(&repo.roots[0]);
        repo.snapshot_version = 99_998;
        repo.timestamp_version = 99_998;
        repo.roles.get_mut("targets").unwrap().header.version = 99_999;
        repo.publish();
        assert_eq!(client.refresh(&mut repo, all()).failure, None);
        repo.next_root(|root, keys| match rotated {
            TopRole::Timestamp => {
                keys.timestamp = key();
                root.set_role(rotated, &[keys.timestamp.public()], 1);
            }
            _ => {
                keys.snapshot = key();
                root.set_role(rotated, &[keys.snapshot.public()], 1);
            }
        });
        repo.snapshot_version = 1;
        repo.timestamp_version = 1;
        repo.roles.get_mut("targets").unwrap().header.version = 2;
        repo.publish();
        let outcome = client.refresh(&mut repo, all());
        assert_eq!(outcome.failure, None, "{rotated}");
        assert!(outcome.set.floors_lifted());
        assert_eq!(outcome.set.role("targets").unwrap().metadata.header.version, 2);
        assert_eq!(client.disk["timestamp.json"], repo.timestamp());
        // From here on they hold again.
        repo.timestamp_version = 1;
        let snapshot = repo.snapshot().to_vec();
        repo.put_timestamp(repo.snapshot_version, &snapshot);
        assert_eq!(client.refresh(&mut repo, all()).failure.unwrap().kind.code(), "rollback");
    }
}

/// One of two keys is replaced: the old files still verify by the other, and are no floor all the same.
#[test]
fn a_key_added_or_taken_lifts_the_floors_too() {
    let mut repo = Repo::new();
    let mut client = Client::new(&repo.roots[0]);
    repo.timestamp_version = 99;
    repo.publish();
    assert_eq!(client.refresh(&mut repo, all()).failure, None);
    repo.next_root(|root, keys| {
        root.set_role(TopRole::Timestamp, &[keys.timestamp.public(), key().public()], 1);
    });
    repo.timestamp_version = 0;
    repo.publish();
    assert_eq!(client.refresh(&mut repo, all()).failure, None);
    assert_eq!(client.disk["timestamp.json"], repo.timestamp());
}

#[test]
fn a_key_that_merely_goes_by_another_name_lifts_nothing() {
    let repo = Repo::new();
    let mut set = TrustedSet::new(&repo.roots[0], now(), Default::default()).unwrap();
    let next = author::root(&author::next_root(&repo.root, later()), &[]).unwrap().to_bytes();
    let renamed = resign(&next, &repo.keys.root, |signed| {
        let id = repo.keys.timestamp.public().id();
        let object = dig(signed, &format!("keys/{id}")).clone();
        *dig(signed, "keys/other-name") = object;
        *dig(signed, "roles/timestamp/keyids/0") = "other-name".into();
    });
    set.update_root(&renamed).unwrap();
    assert!(!set.floors_lifted());
}

/// Stopped between two writes, a client must not keep raised floors under the new root.
#[test]
fn floors_are_removed_before_the_root_is_written() {
    use hotfixd::trust::{Answer, Refresh, Write};
    let mut repo = Repo::new();
    let mut client = Client::new(&repo.roots[0]);
    client.refresh(&mut repo, all());
    repo.next_root(|root, keys| {
        keys.snapshot = key();
        root.set_role(TopRole::Snapshot, &[keys.snapshot.public()], 1);
    });
    let mut refresh = Refresh::new(client.local(), all(), now(), Default::default()).unwrap();
    assert_eq!(refresh.next_request().unwrap().file, "2.root.json");
    refresh.supply(Answer::Bytes(repo.roots[1].clone()));
    assert_eq!(
        refresh.take_writes(),
        [
            Write::Remove { file: "timestamp.json".to_owned() },
            Write::Remove { file: "snapshot.json".to_owned() },
            Write::Put { file: "root.json".to_owned(), bytes: repo.roots[1].clone() },
        ]
    );
}
