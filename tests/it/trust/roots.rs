//! From root to root.

use hotfixd::trust::{Envelope, Kind, Limits, Root, TopRole, TrustedSet, author};

use super::kit::{Client, Repo, all, at, dig, key, later, now, public, resign};

fn set(root: &[u8]) -> TrustedSet {
    TrustedSet::new(root, now(), Limits::default()).unwrap()
}

/// A root of that version with these keys and threshold for all roles.
fn root(version: u64, keys: &[&hotfixd::trust::PrivateKey], threshold: u64) -> Root {
    let mut root = Root::new(version, later());
    for role in TopRole::ALL {
        root.set_role(role, &public(keys), threshold);
    }
    root
}

#[test]
fn each_root_is_signed_by_the_old_and_by_the_new_threshold() {
    let keys: Vec<_> = (0..4).map(|_| key()).collect();
    let first = root(1, &[&keys[0], &keys[1], &keys[2]], 2);
    let next = root(2, &[&keys[1], &keys[2], &keys[3]], 2);
    let start = author::root(&first, &[&keys[0], &keys[1]]).unwrap().to_bytes();
    for (signers, code) in [
        (vec![0, 1], Some("threshold")), // one of the new
        (vec![2, 3], Some("threshold")), // one of the old
        (vec![0, 3], Some("threshold")), // one of each
        (vec![3], Some("unsigned")),     // none of the old
        (vec![1, 2], None),              // both are in both
        (vec![0, 1, 3], None),
    ] {
        let by: Vec<_> = signers.iter().map(|index: &usize| &keys[*index]).collect();
        let envelope = author::root(&next, &by).unwrap();
        let mut set = set(&start);
        let result = set.update_root(&envelope.to_bytes());
        assert_eq!(result.as_ref().err().map(|refusal| refusal.kind.code()), code, "{signers:?}");
        assert_eq!(set.root().metadata.header.version, if code.is_none() { 2 } else { 1 });
        let progress = author::root_signers(Some(&first), &envelope).unwrap();
        assert_eq!(progress.enough(), code.is_none(), "{signers:?}");
    }
}

#[test]
fn the_message_says_whose_keys_are_missing() {
    let (old, new) = (key(), key());
    let start = author::root(&root(1, &[&old], 1), &[&old]).unwrap().to_bytes();
    let next = root(2, &[&new], 1);
    let refused = |by| set(&start).update_root(&author::root(&next, &[by]).unwrap().to_bytes()).unwrap_err();
    assert_eq!(
        refused(&new).to_string(),
        "root version 2 is signed by none of the 1 keys of root version 1, and must be by 1"
    );
    assert_eq!(
        refused(&old).to_string(),
        "root version 2 is signed by none of the 1 keys of root version 2, and must be by 1"
    );
}

#[test]
fn versions_rise_by_one() {
    let only = key();
    let signed = |version| author::root(&root(version, &[&only], 1), &[&only]).unwrap().to_bytes();
    let mut set = set(&signed(5));
    for version in [4, 5, 7, 1_000_000] {
        let refusal = set.update_root(&signed(version)).unwrap_err();
        assert_eq!(refusal.kind, Kind::Version { wanted: 6, found: version });
    }
    set.update_root(&signed(6)).unwrap();
    set.update_root(&signed(7)).unwrap();
}

#[test]
fn an_expired_root_leads_on_and_only_the_last_counts() {
    let mut repo = Repo::new();
    repo.next_root(|root, _| root.header.expires = at("2026-12-31T23:59:59Z"));
    let mut set = set(&repo.roots[0]);
    set.update_root(&repo.roots[1]).unwrap();
    let refusal = set.update_timestamp(repo.timestamp()).unwrap_err();
    assert_eq!(refusal.to_string(), "root version 2 expired on 2026-12-31T23:59:59Z");
    repo.next_root(|_, _| {});
    set.update_root(&repo.roots[2]).unwrap();
    set.update_timestamp(repo.timestamp()).unwrap();
    // A client follows, and keeps the roots it has verified even where the last is expired.
    repo.next_root(|root, _| root.header.expires = now());
    let mut client = Client::new(&repo.roots[0]);
    let outcome = client.refresh(&mut repo, all());
    assert_eq!(outcome.failure.unwrap().kind.code(), "expired");
    assert_eq!(client.disk["root.json"], repo.roots[3]);
    assert_eq!(client.disk.len(), 1);
}

#[test]
fn a_root_that_should_exist_and_does_not_is_the_end_of_the_chain() {
    let mut repo = Repo::new();
    repo.next_root(|_, _| {});
    repo.next_root(|_, _| {});
    repo.files.remove("2.root.json");
    // Nothing beyond the gap is asked for, and root 1 still verifies the rest.
    let mut client = Client::new(&repo.roots[0]);
    let outcome = client.refresh(&mut repo, all());
    assert_eq!(outcome.failure, None);
    assert_eq!(outcome.set.root().metadata.header.version, 1);
    assert_eq!(repo.asked[..2], ["2.root.json", "timestamp.json"]);
}

#[test]
fn roots_per_refresh_are_bounded_and_the_next_goes_on() {
    let mut repo = Repo::new();
    for _ in 0..5 {
        repo.next_root(|_, _| {});
    }
    let mut client = Client::new(&repo.roots[0]);
    client.limits.roots = 3;
    let refusal = client.refresh(&mut repo, all()).failure.unwrap();
    assert_eq!((refusal.kind.code(), refusal.version), ("too-many", Some(5)));
    assert_eq!(client.disk["root.json"], repo.roots[3]);
    assert_eq!(client.refresh(&mut repo, all()).failure, None);
    assert_eq!(client.disk["root.json"], repo.roots[5]);
}

#[test]
fn a_root_comes_before_the_timestamp() {
    let mut repo = Repo::new();
    repo.next_root(|_, _| {});
    let mut set = set(&repo.roots[0]);
    set.load_local_timestamp(repo.timestamp()).unwrap();
    assert_eq!(set.update_root(&repo.roots[1]).unwrap_err().kind.code(), "out-of-turn");
}

#[test]
fn the_development_mark_is_inside_what_is_signed() {
    let mut repo = Repo::new();
    assert!(!repo.root.is_development());
    repo.next_root(|root, _| root.set_development(true));
    let envelope = Envelope::parse(&repo.roots[1], &Limits::default()).unwrap();
    assert_eq!(envelope.signed().get("x-development"), Some(&true.into()));
    assert!(Root::is_development(&set(&repo.roots[1]).root().metadata));
    // Survives the next root, and cannot be taken off from outside.
    repo.next_root(|_, _| {});
    assert!(set(&repo.roots[2]).root().metadata.is_development());
    let text = String::from_utf8(repo.roots[2].clone()).unwrap().replace(",\"x-development\":true", "");
    assert!(TrustedSet::new(text.as_bytes(), now(), Limits::default()).is_err());
}

#[test]
fn malformed_roots_say_where() {
    let repo = Repo::new();
    let id = repo.keys.timestamp.public().id();
    let key = format!("keys/{id}/keyval/public");
    let dotted = key.replace('/', ".");
    for (path, value, place) in [
        ("_type", "snapshot".into(), "_type"),
        ("spec_version", "2.0".into(), "spec_version"),
        ("spec_version", "1.x".into(), "spec_version"),
        ("version", 0_i64.into(), "version"),
        ("version", "1".into(), "version"),
        ("expires", "2027-01-01".into(), "expires"),
        ("expires", "2027-01-01T00:00:00.5Z".into(), "expires"),
        ("consistent_snapshot", 1_i64.into(), "consistent_snapshot"),
        ("keys", 1_i64.into(), "keys"),
        (&key, "00".into(), dotted.as_str()),
        (&key, hotfixd::json::Value::Null, dotted.as_str()),
        ("roles/timestamp", 1_i64.into(), "roles.timestamp"),
        ("roles/timestamp/keyids", "x".into(), "roles.timestamp.keyids"),
        ("roles/timestamp/keyids", vec![1_i64].into(), "roles.timestamp.keyids.0"),
        ("roles/timestamp/threshold", "1".into(), "roles.timestamp.threshold"),
    ] {
        let bytes = resign(&repo.roots[0], &repo.keys.root, |signed| *dig(signed, path) = value);
        let refusal = TrustedSet::new(&bytes, now(), Limits::default()).unwrap_err();
        match &refusal.kind {
            Kind::Malformed(malformed) => assert_eq!(malformed.place().dotted(), place, "{refusal}"),
            other => panic!("{path}: {other}"),
        }
    }
}
