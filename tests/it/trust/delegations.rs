//! Who may speak for what, in which order, and whose fault stays whose.

use hotfixd::trust::walk::{self, Step};
use hotfixd::trust::{Kind, Limits, TargetPath, TrustedSet, Update, Wanted, names};

use super::kit::{Client, Repo, all, at, dig, key, now, resign};

/// A walk in which every role that is needed is taken as it is served; the roles in the order in which they were
/// needed, and the chain to the one that answered.
fn search(repo: &Repo, path: &str) -> (Vec<String>, Option<Vec<String>>) {
    let mut set = repo.set();
    let path: TargetPath = path.parse().unwrap();
    let mut needed = Vec::new();
    loop {
        let (role, delegator) = match walk::find(&set, &path).unwrap() {
            Step::Need { role, delegator } => (role.to_owned(), delegator.to_owned()),
            Step::Found(found) => {
                return (needed, Some(found.chain.into_iter().map(str::to_owned).collect()));
            }
            Step::Absent { .. } => return (needed, None),
        };
        set.update_delegated(&role, &delegator, repo.role_file(&role)).unwrap();
        needed.push(role);
    }
}

fn repo(delegations: &[(&str, &str, bool, &str)]) -> Repo {
    let mut repo = Repo::new();
    for (from, name, terminating, paths) in delegations {
        repo.delegate(from, name, *terminating, &[paths]);
    }
    repo.publish();
    repo
}

#[test]
fn roles_are_asked_in_pre_order() {
    for (delegations, order) in [
        (
            vec![
                ("targets", "A", false, "*"),
                ("targets", "B", false, "*"),
                ("A", "C", false, "*"),
                ("A", "D", false, "*"),
            ],
            vec!["targets", "A", "C", "D", "B"],
        ),
        // Terminating: its own descendants, and nobody after it.
        (
            vec![
                ("targets", "A", false, "*"),
                ("targets", "B", false, "*"),
                ("A", "C", true, "*"),
                ("A", "D", false, "*"),
            ],
            vec!["targets", "A", "C"],
        ),
        (
            vec![
                ("targets", "A", true, "*"),
                ("targets", "B", false, "*"),
                ("A", "C", false, "*"),
                ("A", "D", false, "*"),
            ],
            vec!["targets", "A", "C", "D"],
        ),
        // One that does not match terminates nothing.
        (vec![("targets", "A", true, "a/*"), ("targets", "B", false, "*")], vec!["targets", "B"]),
        // A cycle is walked once.
        (
            vec![
                ("targets", "A", false, "*"),
                ("A", "B", false, "*"),
                ("B", "C", false, "*"),
                ("C", "A", false, "*"),
            ],
            vec!["targets", "A", "B", "C"],
        ),
        (vec![("targets", "A", false, "*"), ("A", "A", false, "*")], vec!["targets", "A"]),
        // Two that delegate to one.
        (
            vec![
                ("targets", "A", false, "*"),
                ("targets", "B", false, "*"),
                ("B", "C", false, "*"),
                ("A", "C", false, "*"),
            ],
            vec!["targets", "A", "C", "B"],
        ),
    ] {
        let (needed, found) = search(&repo(&delegations), "missing");
        assert_eq!(
            (needed, found),
            (order.iter().map(|role| (*role).to_owned()).collect(), None),
            "{delegations:?}"
        );
    }
}

#[test]
fn the_first_that_may_answer_does() {
    let mut repo = repo(&[
        ("targets", "holds", false, "holds/*/*"),
        ("targets", "one", true, "one/*"),
        ("targets", "rest", false, "*/*"),
        ("one", "one~1", false, "one/*"),
    ]);
    for role in ["one~1", "rest", "holds"] {
        repo.add_target(role, "one/x", b"x");
    }
    repo.add_target("rest", "one/y", b"y");
    repo.publish();
    // `holds` lists it too, but may not speak for it.
    let chain = search(&repo, "one/x").1.unwrap();
    assert_eq!(chain, ["targets", "one", "one~1"]);
    assert_eq!(search(&repo, "one/y").1, None, "terminating");
    assert_eq!(search(&repo, "a/b/c").1, None, "no star crosses a slash");
}

#[test]
fn hash_prefixes_delegate_bins() {
    let mut repo = Repo::new();
    repo.delegate("targets", "bin", false, &[]);
    let digest = hotfixd::trust::Digest::of(b"some/file").to_string();
    let delegations = repo.roles.get_mut("targets").unwrap().delegations.as_mut().unwrap();
    delegations.roles[0].path_hash_prefixes = vec![digest[..2].to_owned()];
    repo.add_target("bin", "some/file", b"");
    repo.publish();
    assert_eq!(search(&repo, "some/file").1.unwrap(), ["targets", "bin"]);
    assert_eq!(search(&repo, "another/file").0, ["targets"]);
}

#[test]
fn a_role_is_verified_under_each_delegator() {
    let mut repo =
        repo(&[("targets", "A", false, "a/*"), ("targets", "B", false, "*/*"), ("A", "C", false, "*/*")]);
    // B delegates to C too, but trusts another key for it.
    let delegations = repo.roles.get_mut("B").unwrap().delegations.insert(Default::default());
    delegations.set_role("C", &[key().public()], 1, false, &["*/*"]);
    repo.add_target("C", "a/x", b"x");
    repo.add_target("C", "b/x", b"x");
    repo.publish();
    let mut set = repo.set();
    set.update_targets(repo.role_file("targets")).unwrap();
    set.update_delegated("A", "targets", repo.role_file("A")).unwrap();
    set.update_delegated("B", "targets", repo.role_file("B")).unwrap();
    set.update_delegated("C", "A", repo.role_file("C")).unwrap();
    assert!(matches!(walk::find(&set, &"a/x".parse().unwrap()), Ok(Step::Found(_))));
    // What C is trusted for under A it is not under B.
    let path = "b/x".parse().unwrap();
    assert_eq!(walk::find(&set, &path), Ok(Step::Need { role: "C", delegator: "B" }));
    assert_eq!(set.update_delegated("C", "B", repo.role_file("C")).unwrap_err().kind.code(), "unsigned");
    assert!(set.is_verified("C", "A") && !set.is_verified("C", "B"));
    let outcome = Client::new(&repo.roots[0]).refresh(&mut repo, Wanted::Path(path));
    assert_eq!(outcome.roles.last().unwrap().result.as_ref().unwrap_err().kind.code(), "unsigned");
}

#[test]
fn other_bytes_under_a_second_delegator_are_refused() {
    let mut repo = repo(&[
        ("targets", "A", false, "*"),
        ("targets", "B", false, "*"),
        ("A", "C", false, "*"),
        ("B", "C", false, "*"),
    ]);
    let plain = resign(repo.snapshot(), &repo.keys.snapshot, |signed| {
        for field in ["hashes", "length"] {
            match dig(signed, "meta/C.json") {
                hotfixd::json::Value::Table(table) => drop(table.remove(field)),
                _ => panic!(),
            }
        }
    });
    repo.put_snapshot(plain);
    let mut set = repo.set();
    for (role, delegator) in [("targets", "root"), ("A", "targets"), ("B", "targets"), ("C", "A")] {
        set.update_delegated(role, delegator, repo.role_file(role)).unwrap();
    }
    let other =
        resign(repo.role_file("C"), &repo.keys.roles["C"], |signed| *dig(signed, "x-other") = true.into());
    assert_eq!(set.update_delegated("C", "B", &other).unwrap_err().kind.code(), "hash");
    assert_eq!(set.update_delegated("C", "B", repo.role_file("C")), Ok(Update::Unchanged));
}

/// A publisher whose role is bad is stale, by name; the others go on.
#[test]
fn one_bad_role_does_not_touch_another() {
    let names = ["absent", "dropped", "expired", "garbage", "good", "older", "other-key", "unlisted"];
    let mut repo = Repo::new();
    for name in names {
        repo.delegate("targets", name, true, &[&format!("{name}/*")]);
    }
    repo.roles.get_mut("expired").unwrap().header.expires = now();
    repo.roles.get_mut("older").unwrap().header.version = 3;
    repo.publish();
    repo.files.remove("1.absent.json");
    repo.files.insert("1.garbage.json".to_owned(), b"{".to_vec());
    let older =
        resign(repo.file("3.older.json"), &repo.keys.roles["older"], |s| *dig(s, "version") = 2_i64.into());
    repo.files.insert("3.older.json".to_owned(), older);
    let forged = resign(repo.file("1.other-key.json"), &key(), |_| {});
    repo.files.insert("1.other-key.json".to_owned(), forged);
    let listed = resign(repo.snapshot(), &repo.keys.snapshot, |signed| match dig(signed, "meta") {
        hotfixd::json::Value::Table(meta) => {
            meta.remove("unlisted.json");
            for role in ["garbage", "older", "other-key"] {
                let version = meta.get(&format!("{role}.json")).unwrap().get("version").cloned().unwrap();
                meta.insert(format!("{role}.json"), [("version", version)].into());
            }
        }
        _ => panic!(),
    });
    repo.put_snapshot(listed);
    let mut client = Client::new(&repo.roots[0]);
    let outcome = client.refresh(&mut repo, Wanted::Roles(Box::new(|role| role != "dropped")));
    assert_eq!(outcome.failure, None);
    let codes: Vec<(&str, &str)> = outcome
        .roles
        .iter()
        .map(|role| {
            (role.role.as_str(), role.result.as_ref().map_or_else(|refusal| refusal.kind.code(), |_| "good"))
        })
        .collect();
    assert_eq!(
        codes,
        [
            ("targets", "good"),
            ("absent", "not-found"),
            ("expired", "expired"),
            ("garbage", "malformed"),
            ("good", "good"),
            ("older", "version"),
            ("other-key", "unsigned"),
            ("unlisted", "not-in-snapshot"),
        ]
    );
    assert!(client.disk.contains_key("good.json"));
    assert_eq!(client.disk.len(), 5, "only what was verified is kept: {:?}", client.disk.keys());
}

#[test]
fn a_refused_role_is_not_answered_for_by_the_next() {
    let mut repo = repo(&[("targets", "first", false, "a/*"), ("targets", "second", false, "a/*")]);
    repo.add_target("second", "a/x", b"evil");
    repo.publish();
    repo.files.remove("1.first.json");
    let path: TargetPath = "a/x".parse().unwrap();
    let outcome = Client::new(&repo.roots[0]).refresh(&mut repo, Wanted::Path(path.clone()));
    assert_eq!(outcome.roles.last().unwrap().result.as_ref().unwrap_err().kind.code(), "not-found");
    assert!(matches!(walk::find(&outcome.set, &path), Ok(Step::Need { role: "first", .. })));
    assert!(!repo.asked.contains(&"1.second.json".to_owned()));
}

#[test]
fn length_and_hash_are_those_of_the_snapshot() {
    let repo = repo(&[("targets", "A", false, "*")]);
    let mut set = repo.set();
    let mut longer = repo.role_file("targets").to_vec();
    longer.push(b' ');
    assert_eq!(set.update_targets(&longer).unwrap_err().kind.code(), "length");
    let other = resign(repo.role_file("targets"), &repo.keys.targets, |s| *dig(s, "version") = 2_i64.into());
    assert_eq!(set.update_targets(&other).unwrap_err().kind.code(), "hash");
    let found = set.update_delegated("A", "targets", repo.role_file("A")).unwrap_err();
    assert_eq!(found.kind.code(), "out-of-turn");
    set.update_targets(repo.role_file("targets")).unwrap();
    assert_eq!(
        set.update_delegated("A", "root", repo.role_file("A")).unwrap_err().kind.code(),
        "not-delegated"
    );
    assert_eq!(
        set.update_delegated("B", "targets", repo.role_file("A")).unwrap_err().kind.code(),
        "not-delegated"
    );
    assert_eq!(set.first_to_expire().map(|line| line.expires), Some(super::kit::later()));
    assert_eq!(set.expired(at("2030-01-01T00:00:00Z")).count(), 4);
}

#[test]
fn depth_and_number_are_bounded() {
    let mut repo = Repo::new();
    let names: Vec<String> = (0..10).map(|index| format!("r{index}")).collect();
    let mut from = "targets".to_owned();
    for name in &names {
        repo.delegate(&from, name, false, &["*"]);
        from.clone_from(name);
    }
    repo.publish();
    let mut client = Client::new(&repo.roots[0]);
    let outcome = client.refresh(&mut repo, all());
    let last = outcome.roles.last().unwrap();
    assert_eq!(
        (last.role.as_str(), &last.result.as_ref().unwrap_err().kind),
        ("r8", &Kind::TooDeep { limit: 8 })
    );
    let path: TargetPath = "x".parse().unwrap();
    let outcome = client.refresh(&mut repo, Wanted::Path(path));
    assert_eq!(outcome.failure.unwrap().kind.code(), "too-deep");

    let mut repo = Repo::new();
    for name in &names {
        repo.delegate("targets", name, false, &["*"]);
    }
    repo.publish();
    let mut client = Client::new(&repo.roots[0]);
    client.limits = Limits { delegations: 4, ..Limits::default() };
    let outcome = client.refresh(&mut repo, all());
    assert_eq!(outcome.roles.last().unwrap().result.as_ref().unwrap_err().kind, Kind::TooMany { limit: 4 });
    assert_eq!(outcome.roles.len(), 6);
    let outcome = client.refresh(&mut repo, Wanted::Path("x".parse().unwrap()));
    assert!(outcome.failure.is_some() || outcome.roles.last().unwrap().result.is_err());
}

#[test]
fn names_that_lead_elsewhere() {
    // In a target's path: refused, wherever it comes from.
    let repo = repo(&[("targets", "A", false, "*")]);
    for bad in ["../x", "/etc/passwd", "a//b", "a/./b", "a\\b", "%2e%2e/x", "x/"] {
        let bytes = resign(repo.role_file("targets"), &repo.keys.targets, |signed| {
            let file = hotfixd::trust::TargetFile::of(b"", None);
            let mut targets = hotfixd::trust::Targets::new(1, now());
            targets.targets.insert("x".parse().unwrap(), file);
            let file =
                hotfixd::trust::Signed::to_value(&targets).get("targets").and_then(|t| t.get("x")).cloned();
            match dig(signed, "targets") {
                hotfixd::json::Value::Table(table) => drop(table.insert(bad.to_owned(), file.unwrap())),
                _ => panic!(),
            }
        });
        let refusal = with_targets(&repo, &bytes).unwrap_err();
        assert_eq!(refusal.kind.code(), "malformed", "{bad}");
    }
    // In a role's name: read, and its file stays one plain segment.
    for (odd, file) in
        [("../x", "1...%2Fx.json"), ("?", "1.%3F.json"), ("/x", "1.%2Fx.json"), ("a\\b", "1.a%5Cb.json")]
    {
        assert_eq!(names::metadata_file(odd, 1, true), file);
    }
    for bad in ["", "root", "Snapshot"] {
        let bytes = resign(repo.role_file("targets"), &repo.keys.targets, |signed| {
            *dig(signed, "delegations/roles/0/name") = bad.into();
        });
        assert_eq!(with_targets(&repo, &bytes).unwrap_err().kind.code(), "malformed", "{bad:?}");
    }
    // Ours may give plain names only.
    for odd in ["../x", "a/b", "a b", "\u{202e}x"] {
        let mut targets = hotfixd::trust::Targets::new(1, now());
        let delegations = targets.delegations.insert(Default::default());
        delegations.set_role(odd, &[key().public()], 1, false, &["*"]);
        assert!(hotfixd::trust::author::targets(&targets, &[]).is_err(), "{odd:?}");
    }
}

/// A set with these bytes as `targets`, and a snapshot that says so.
fn with_targets(repo: &Repo, bytes: &[u8]) -> Result<TrustedSet, hotfixd::trust::Refusal> {
    let snapshot = hotfixd::trust::author::snapshot(
        9,
        super::kit::later(),
        [("targets", 1, bytes)],
        &[&repo.keys.snapshot],
    );
    let snapshot = snapshot.unwrap().to_bytes();
    let timestamp =
        hotfixd::trust::author::timestamp(9, super::kit::later(), (9, &snapshot), &[&repo.keys.timestamp]);
    let mut set = TrustedSet::new(&repo.roots[0], now(), Limits::default())?;
    set.update_timestamp(&timestamp.unwrap().to_bytes())?;
    set.update_snapshot(&snapshot)?;
    set.update_targets(bytes)?;
    Ok(set)
}
