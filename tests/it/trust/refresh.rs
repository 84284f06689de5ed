//! One client's refresh: what it asks for, what it keeps, and what it does about a repository that misbehaves.

use hotfixd::trust::refresh::open;
use hotfixd::trust::{Answer, Kind, Limits, Refresh, Update, Wanted};

use super::kit::{Client, Repo, all, at, dig, later, now, resign};

fn repo() -> Repo {
    let mut repo = Repo::new();
    repo.delegate("targets", "one", true, &["one/*"]);
    repo.delegate("targets", "two", true, &["two/*"]);
    repo.delegate("one", "one~1", true, &["one/*"]);
    repo.publish();
    repo
}

#[test]
fn only_what_changed_is_asked_for() {
    let mut repo = repo();
    let mut client = Client::new(&repo.roots[0]);
    let outcome = client.refresh(&mut repo, all());
    assert_eq!(outcome.failure, None);
    assert_eq!(
        repo.asked,
        [
            "2.root.json",
            "timestamp.json",
            "2.snapshot.json",
            "1.targets.json",
            "1.one.json",
            "1.one~1.json",
            "1.two.json"
        ]
    );
    assert!(outcome.roles.iter().all(|role| role.result == Ok(Update::New)));
    let on_disk: Vec<&str> = client.disk.keys().map(String::as_str).collect();
    assert_eq!(
        on_disk,
        [
            "one.json",
            "one~1.json",
            "root.json",
            "snapshot.json",
            "targets.json",
            "timestamp.json",
            "two.json"
        ]
    );
    assert_eq!(client.disk["one.json"], repo.role_file("one"));

    // Unchanged: two requests.
    let outcome = client.refresh(&mut repo, all());
    assert_eq!(repo.asked, ["2.root.json", "timestamp.json"]);
    assert!(outcome.roles.iter().all(|role| role.result == Ok(Update::Unchanged)));

    repo.roles.get_mut("two").unwrap().header.version = 2;
    repo.publish();
    client.refresh(&mut repo, all());
    assert_eq!(repo.asked, ["2.root.json", "timestamp.json", "3.snapshot.json", "2.two.json"]);
}

#[test]
fn only_what_is_wanted_is_asked_for() {
    let mut repo = repo();
    let mut client = Client::new(&repo.roots[0]);
    client.refresh(&mut repo, Wanted::TopLevel);
    assert_eq!(repo.asked.last().unwrap(), "1.targets.json");
    client.refresh(&mut repo, Wanted::Roles(Box::new(|role| role == "two")));
    assert_eq!(repo.asked.last().unwrap(), "1.two.json");
    repo.add_target("one~1", "one/x", b"x");
    repo.roles.get_mut("one~1").unwrap().header.version = 2;
    repo.publish();
    client.refresh(&mut repo, Wanted::Path("one/x".parse().unwrap()));
    assert_eq!(repo.asked[3..], ["1.one.json", "2.one~1.json"]);
}

#[test]
fn a_corrupt_local_copy_is_fetched_again() {
    let mut repo = repo();
    let mut client = Client::new(&repo.roots[0]);
    client.refresh(&mut repo, all());
    let good = client.disk.clone();
    for name in ["timestamp.json", "snapshot.json", "targets.json", "one.json", "one~1.json"] {
        for corrupt in [&b""[..], b"{", &good[name][..good[name].len() - 1], b"\xff\xfe"] {
            client.disk.insert(name.to_owned(), corrupt.to_vec());
            assert_eq!(client.refresh(&mut repo, all()).failure, None, "{name}");
            assert_eq!(client.disk, good, "{name}");
        }
    }
    client.disk.insert("root.json".to_owned(), b"{".to_vec());
    let refusal = Refresh::new(client.local(), all(), now(), Limits::default()).err().unwrap();
    assert_eq!((refusal.role.as_str(), refusal.kind.code()), ("root", "malformed"));
}

#[test]
fn what_is_missing_is_named() {
    for (file, role) in
        [("timestamp.json", "timestamp"), ("2.snapshot.json", "snapshot"), ("1.targets.json", "targets")]
    {
        let mut repo = repo();
        repo.files.remove(file);
        let refusal = Client::new(&repo.roots[0]).refresh(&mut repo, all()).failure.unwrap();
        assert_eq!((refusal.role.as_str(), &refusal.kind), (role, &Kind::NotFound { file: file.to_owned() }));
    }
}

#[test]
fn a_failure_of_the_network_is_not_the_end_of_the_roots() {
    let repo = repo();
    let client = Client::new(&repo.roots[0]);
    let mut refresh = Refresh::new(client.local(), all(), now(), Limits::default()).unwrap();
    refresh.next_request().unwrap();
    refresh.supply(Answer::Failed("timed out".to_owned()));
    assert_eq!(refresh.next_request(), None);
    let refusal = refresh.finish().failure.unwrap();
    assert_eq!(refusal.to_string(), "root could not be fetched: 2.root.json: timed out");
}

#[test]
fn bytes_to_read_are_bounded_by_what_is_announced() {
    let mut repo = repo();
    let mut client = Client::new(&repo.roots[0]);
    let mut refresh = Refresh::new(client.local(), all(), now(), Limits::default()).unwrap();
    let mut bounds = Vec::new();
    while let Some(request) = refresh.next_request() {
        assert_eq!(refresh.next_request().as_ref(), Some(&request), "asked twice, it is the same");
        bounds.push((request.role.clone(), request.max_bytes));
        let answer = repo.files.get(&request.file).cloned();
        refresh.supply(answer.map_or(Answer::NotFound, Answer::Bytes));
    }
    refresh.supply(Answer::NotFound);
    let length = |role: &str| (role.to_owned(), repo.role_file(role).len());
    assert_eq!(
        bounds,
        [
            ("root".to_owned(), 512_000),
            ("timestamp".to_owned(), 16_384),
            ("snapshot".to_owned(), repo.snapshot().len()),
            length("targets"),
            length("one"),
            length("one~1"),
            length("two"),
        ]
    );
    // Endless data: one byte more than the bound is refused, announced or not.
    repo.files.insert("timestamp.json".to_owned(), vec![b' '; 16_385]);
    assert_eq!(client.refresh(&mut repo, all()).failure.unwrap().kind.code(), "too-long");
}

/// Whoever has the online keys announces an absurd length: the limits hold all the same.
#[test]
fn an_announced_length_does_not_lift_the_limits() {
    let mut repo = repo();
    let huge = resign(repo.timestamp(), &repo.keys.timestamp, |signed| {
        *dig(signed, "meta/snapshot.json/length") = i64::MAX.into();
    });
    repo.files.insert("timestamp.json".to_owned(), huge);
    let client = Client::new(&repo.roots[0]);
    let mut refresh = Refresh::new(client.local(), all(), now(), Limits::default()).unwrap();
    refresh.next_request().unwrap();
    refresh.supply(Answer::NotFound);
    refresh.next_request().unwrap();
    refresh.supply(Answer::Bytes(repo.timestamp().to_vec()));
    assert_eq!(refresh.next_request().unwrap().max_bytes, 2_000_000);
}

/// The timestamp is of one release, the snapshot of the next: refused by name, and the next try succeeds.
#[test]
fn a_publish_race_is_refused_and_passes() {
    let mut repo = repo();
    let mut client = Client::new(&repo.roots[0]);
    client.refresh(&mut repo, all());
    let before = client.disk.clone();
    let stale = repo.timestamp().to_vec();
    repo.publish();
    let fresh = repo.timestamp().to_vec();
    // A mirror that copied the snapshot under the old name.
    let newer = repo.snapshot().to_vec();
    repo.files.insert("2.snapshot.json".to_owned(), newer);
    repo.files.insert("timestamp.json".to_owned(), stale);
    let mut new_client = Client::new(&repo.roots[0]);
    assert_eq!(new_client.refresh(&mut repo, all()).failure.unwrap().kind.code(), "hash");
    assert_eq!(
        client.refresh(&mut repo, all()).failure,
        None,
        "it has the snapshot that the timestamp names"
    );
    assert_eq!(client.disk, before);
    repo.files.insert("timestamp.json".to_owned(), fresh);
    assert_eq!(new_client.refresh(&mut repo, all()).failure, None);
    assert_eq!(client.refresh(&mut repo, all()).failure, None);
    assert_eq!(client.disk, new_client.disk);
}

#[test]
fn an_expired_local_role_is_replaced_by_a_newer_one() {
    let mut repo = repo();
    repo.roles.get_mut("two").unwrap().header.expires = at("2027-02-01T00:00:00Z");
    repo.publish();
    let mut client = Client::new(&repo.roots[0]);
    client.refresh(&mut repo, all());
    client.now = at("2027-03-01T00:00:00Z");
    let outcome = client.refresh(&mut repo, all());
    let two = outcome.roles.iter().find(|role| role.role == "two").unwrap();
    assert_eq!(two.result.as_ref().unwrap_err().kind, Kind::Expired { on: at("2027-02-01T00:00:00Z") });
    assert_eq!(repo.asked.len(), 2, "the very bytes are at hand: {:?}", repo.asked);
    repo.roles.get_mut("two").unwrap().header.version = 2;
    repo.roles.get_mut("two").unwrap().header.expires = later();
    repo.publish();
    let outcome = client.refresh(&mut repo, all());
    assert!(outcome.roles.iter().all(|role| role.result.is_ok()));
}

#[test]
fn without_consistent_snapshots_names_bear_no_version() {
    let mut repo = repo();
    repo.next_root(|root, _| root.consistent_snapshot = false);
    for (from, to) in [
        ("2.snapshot.json", "snapshot.json"),
        ("1.targets.json", "targets.json"),
        ("1.one.json", "one.json"),
        ("1.one~1.json", "one~1.json"),
        ("1.two.json", "two.json"),
    ] {
        let bytes = repo.files.remove(from).unwrap();
        repo.files.insert(to.to_owned(), bytes);
    }
    let mut client = Client::new(&repo.roots[0]);
    assert_eq!(client.refresh(&mut repo, all()).failure, None);
    assert_eq!(repo.asked[2..4], ["timestamp.json", "snapshot.json"]);
}

#[test]
fn an_old_copy_is_opened_as_of_then() {
    let mut repo = repo();
    let mut client = Client::new(&repo.roots[0]);
    client.refresh(&mut repo, all());
    let outcome = open(client.local(), all(), now(), Limits::default()).unwrap();
    assert_eq!(outcome.failure, None);
    assert_eq!(outcome.set.roles().count(), 4);
    assert!(outcome.writes.is_empty());
    assert_eq!(outcome.set.expired(later()).count(), 7);
    // Too late, or not whole.
    let outcome = open(client.local(), all(), later(), Limits::default()).unwrap();
    assert_eq!(outcome.failure.unwrap().kind.code(), "expired");
    client.disk.remove("two.json");
    let outcome = open(client.local(), all(), now(), Limits::default()).unwrap();
    assert_eq!(outcome.failure, None);
    assert_eq!(outcome.roles.last().unwrap().result.as_ref().unwrap_err().kind.code(), "not-found");
}

#[test]
fn a_refresh_that_was_not_carried_on_is_a_failure() {
    let repo = repo();
    let refresh = Refresh::new(Client::new(&repo.roots[0]).local(), all(), now(), Limits::default()).unwrap();
    assert_eq!(refresh.finish().failure.unwrap().kind.code(), "out-of-turn");
}
