//! What a host refuses, and that it keeps what was good.

use hotfixd::trust::{PrivateKey, TargetPath};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{TRIM, exposed, now, start};
use crate::support::hotfix::{Answer, Host};
use crate::support::repository::{Repository, changed, samples};
use crate::support::static_server::{Fault, StaticServer};

/// Checks that the answer is refused for what it says, with the last good answer shown, and that the last good
/// state is kept byte for byte and still answers.
fn assert_kept(host: &Host, server: &StaticServer, state: &str, role: &str, file: &str) -> Value {
    let good = host.good();
    let answer = host.check(&exposed(), &TRIM);
    let json = answer.json();
    assert_eq!(answer.exit, 1, "{file}: {answer:?}");
    assert_eq!((&json["verdict"], &json["exit"]), (&json!("error"), &json!(1)), "{file}");
    assert_eq!((&json["trust"]["state"], &json["trust"]["role"]), (&json!(state), &json!(role)), "{file}");
    assert_eq!(json["trust"]["file"], file);
    assert!(json["message"].as_str().unwrap().contains(file), "{json}");
    assert!(!json["remedy"].as_str().unwrap().is_empty());
    assert_eq!(json["assessment"]["advisories"][0]["status"], "exposed", "{file}");
    assert_eq!(host.good(), good, "{file}: the last good state is kept");
    server.log();
    let offline = host.check(&exposed(), &["--offline", "--advisory", "XS65-TRIM"]);
    assert_eq!((offline.exit, &offline.json()["trust"]["state"]), (100, &json!("fresh")), "{file}");
    assert!(server.log().is_empty());
    json
}

/// A new version of everything that a release touches, for hosts that know the one before.
fn next_release(repository: &mut Repository) {
    let revision = i64::try_from(repository.version + 1).unwrap();
    repository.release("xenserver", &[changed("XS65E005", &[("revision", revision.into())])]);
    repository.holds.header.version += 1;
    repository.targets.header.version += 1;
    repository.publish();
}

#[test]
fn a_byte_changed_in_any_served_file_is_named_and_refused() {
    let (mut repository, server) = start();
    let first = Host::of(&server.url());
    let known: Vec<String> = repository.served();
    assert_eq!(first.check(&exposed(), &TRIM).exit, 100);
    next_release(&mut repository);
    let new: Vec<String> = repository.served().into_iter().filter(|file| !known.contains(file)).collect();
    assert_eq!(new.len(), 5, "snapshot, targets, holds, product, one document: {new:?}");
    for path in new.iter().chain(["/tuf/metadata/timestamp.json".to_owned()].iter()) {
        let length = repository.read(path.trim_start_matches("/tuf/")).len();
        let file = path.rsplit('/').next().unwrap();
        let role = match file.trim_end_matches(".json").split_once('.') {
            _ if path.contains("/targets/") => "xenserver",
            Some((_, role)) => role,
            None => "timestamp",
        };
        let file = if path.contains("/targets/") { "xenserver/6.5/hotfix/XS65E005.json" } else { file };
        for at in [length / 3, length - 1] {
            let host = Host::of_copy(&first);
            server.spoil(path, Fault::Flip(at));
            assert_kept(&host, &server, "refused", role, file);
            server.mend();
            let healed = host.check(&exposed(), &TRIM);
            assert_eq!((healed.exit, &healed.json()["trust"]["state"]), (100, &json!("fresh")), "{file}");
            assert_eq!(healed.json()["assessment"]["catalogue"]["roles"][0]["version"], 2);
        }
        for fault in [Fault::Missing, Fault::Replaced(b"{}".to_vec()), Fault::Endless] {
            let host = Host::of_copy(&first);
            server.spoil(path, fault);
            assert_kept(&host, &server, "refused", role, file);
            server.mend();
        }
    }
}

#[test]
fn a_first_check_of_a_spoilt_repository_answers_nothing() {
    let (repository, server) = start();
    for path in repository.served() {
        let host = Host::of(&server.url());
        if path.ends_with("/1.root.json") {
            continue;
        }
        server.spoil(&path, Fault::Flip(40));
        let answer = host.check(&exposed(), &TRIM);
        let json = answer.json();
        assert_eq!((answer.exit, &json["trust"]["state"]), (1, &json!("refused")), "{path}: {answer:?}");
        assert_eq!(json["assessment"], Value::Null);
        server.mend();
        assert_eq!(host.check(&exposed(), &TRIM).exit, 100, "{path}");
    }
}

#[test]
fn a_root_that_is_spoilt_is_refused() {
    let (mut repository, server) = start();
    let host = Host::of(&server.url());
    host.check(&exposed(), &TRIM);
    repository.root.header.version = 2;
    repository.write_root();
    server.spoil("/tuf/metadata/2.root.json", Fault::Flip(300));
    assert_kept(&host, &server, "refused", "root", "2.root.json");
    server.spoil("/tuf/metadata/2.root.json", Fault::Replaced(b"<html>Sign in</html>".to_vec()));
    assert_kept(&host, &server, "refused", "root", "2.root.json");
    server.mend();
    let answer = host.check(&exposed(), &TRIM);
    assert_eq!((answer.exit, &answer.json()["trust"]["roles"][0]["version"]), (100, &json!(2)));
}

#[test]
fn a_timestamp_or_a_snapshot_never_goes_back() {
    let (mut repository, server) = start();
    let host = Host::of(&server.url());
    let old = repository.read("metadata/timestamp.json");
    next_release(&mut repository);
    assert_eq!(host.check(&exposed(), &TRIM).exit, 100);
    server.spoil("/tuf/metadata/timestamp.json", Fault::Replaced(old));
    let json = assert_kept(&host, &server, "refused", "timestamp", "timestamp.json");
    assert_eq!(json["code"], "metadata_rollback");
    assert!(json["message"].as_str().unwrap().contains("from version 2 to 1"), "{json}");
}

#[test]
fn a_catalogue_signed_by_unknown_keys_is_refused() {
    let (mut repository, server) = start();
    let host = Host::of(&server.url());
    host.check(&exposed(), &TRIM);
    let stranger = PrivateKey::generate().unwrap();
    repository.sign_product("xenserver", &stranger, |targets| targets.header.version += 1);
    repository.publish();
    let json = assert_kept(&host, &server, "refused", "xenserver", "2.xenserver.json");
    assert_eq!(json["code"], "metadata_unsigned");

    // And a whole repository by somebody else, at the same address.
    let other = Repository::xenserver(now());
    server.spoil("/tuf/metadata/timestamp.json", Fault::Replaced(other.read("metadata/timestamp.json")));
    assert_kept(&host, &server, "refused", "timestamp", "timestamp.json");
}

#[test]
fn an_expired_timestamp_is_stale_and_said_so() {
    let (mut repository, server) = start();
    let host = Host::of(&server.url());
    host.check(&exposed(), &TRIM);
    repository.timestamp_life = SignedDuration::from_secs(-3600);
    let expired = repository.now + repository.timestamp_life;
    repository.publish();
    let json = assert_kept(&host, &server, "stale", "timestamp", "timestamp.json");
    assert_eq!(json["trust"]["date"], expired.to_string());
    assert_eq!(json["code"], "metadata_expired");
    let allowed = host.check(&exposed(), &["--advisory", "XS65-TRIM", "--allow-stale", "2h"]);
    assert_eq!((allowed.exit, &allowed.json()["trust"]["state"]), (100, &json!("stale")));
    let not_so_far = host.check(&exposed(), &["--advisory", "XS65-TRIM", "--allow-stale", "30m"]);
    assert_eq!(not_so_far.exit, 1);
}

#[test]
fn what_is_allowed_to_be_stale_is_what_the_answer_is_made_from() {
    let (mut repository, server) = start();
    let mut host = Host::of(&server.url());
    host.check(&exposed(), &TRIM);
    // A month later the server has a timestamp that expired an hour ago; the one that is here did long before.
    host.clock_offset = 30 * 86_400;
    repository.timestamp_life = SignedDuration::from_hours(30 * 24 - 1);
    repository.publish();
    let allow = |much: &str| host.check(&exposed(), &["--advisory", "XS65-TRIM", "--allow-stale", much]);
    let answer = allow("2h");
    assert_eq!((answer.exit, &answer.json()["trust"]["state"]), (1, &json!("stale")), "{answer:?}");
    let long_ago = repository.now + SignedDuration::from_hours(24);
    assert_eq!(answer.json()["trust"]["date"], long_ago.to_string());
    assert_eq!(allow("5w").exit, 100);
}

#[test]
fn a_publisher_whose_role_expired_is_stale_by_name() {
    let (mut repository, server) = start();
    let host = Host::of(&server.url());
    host.check(&exposed(), &TRIM);
    let key = repository.publisher_key.clone();
    let expires = repository.now - SignedDuration::from_hours(1);
    repository.sign_product("xenserver", &key, |targets| {
        targets.header.version += 1;
        targets.header.expires = expires;
    });
    repository.publish();
    let json = assert_kept(&host, &server, "stale", "xenserver", "2.xenserver.json");
    assert_eq!(json["trust"]["date"], expires.to_string());
}

#[test]
fn one_publisher_does_not_stop_another() {
    let mut repository = Repository::empty(now());
    repository.write_root();
    repository.release("xenserver", &samples());
    let product = changed("xenserver", &[("id", "other".into())]);
    let releases = product.value().get("releases").unwrap().as_list().unwrap()[..1].to_vec();
    repository.release("other", &[product.with("releases", hotfixd::json::Value::List(releases))]);
    repository.publish();
    let server = StaticServer::of(repository.folder());
    let host = Host::of(&server.url());
    server.spoil("/tuf/metadata/1.other.json", Fault::Flip(100));
    assert_eq!(host.check(&exposed(), &TRIM).exit, 100);
    let of_other = exposed().replace("\"xenserver\"", "\"other\"");
    let answer = host.check(&of_other, &[]);
    assert_eq!((answer.exit, &answer.json()["trust"]["role"]), (1, &json!("other")), "{answer:?}");
    server.mend();
    assert_eq!(host.check(&of_other, &[]).exit, 0);
}

#[test]
fn a_revision_that_falls_is_refused_until_the_keys_change() {
    let (mut repository, server) = start();
    let host = Host::of(&server.url());
    next_release(&mut repository);
    host.check(&exposed(), &TRIM);
    let (old, first) = (repository.products["xenserver"].clone(), samples());
    repository.products.clear();
    repository.release("xenserver", &first);
    let key = repository.publisher_key.clone();
    repository.sign_product("xenserver", &key, |targets| targets.header.version = old.0.header.version + 1);
    repository.publish();
    let file = "xenserver/6.5/hotfix/XS65E005.json";
    let json = assert_kept(&host, &server, "refused", "xenserver", file);
    assert_eq!(json["code"], "document_revision");

    let new = PrivateKey::generate().unwrap();
    repository.publisher_key = new.clone();
    repository.targets.delegations.as_mut().unwrap().remove_role("xenserver");
    repository.delegate("xenserver");
    repository.sign_product("xenserver", &new, |_| {});
    repository.publish();
    let answer = host.check(&exposed(), &TRIM);
    assert_eq!((answer.exit, &answer.json()["trust"]["state"]), (100, &json!("fresh")), "{answer:?}");
}

#[test]
fn a_release_in_the_middle_of_a_refresh_is_followed_once_more() {
    let (mut repository, server) = start();
    let host = Host::of(&server.url());
    host.check(&exposed(), &TRIM);
    next_release(&mut repository);
    let two = repository.read("metadata/timestamp.json");
    next_release(&mut repository);
    // The timestamp of before is read, its snapshot is gone already.
    server.spoil("/tuf/metadata/timestamp.json", Fault::Once(two));
    server.spoil("/tuf/metadata/2.snapshot.json", Fault::Missing);
    let answer = host.check(&exposed(), &TRIM);
    assert_eq!((answer.exit, &answer.json()["trust"]["state"]), (100, &json!("fresh")), "{answer:?}");
    assert_eq!(answer.json()["assessment"]["catalogue"]["roles"][0]["version"], 3);
}

#[test]
fn a_server_that_is_not_reached_is_said_and_the_unexpired_copy_counts() {
    let (_repository, server) = start();
    let mut host = Host::of(&server.url());
    host.check(&exposed(), &TRIM);
    let good = host.good();
    let fault = |status| Fault::Status(status, "Retry-After: 7\r\n".to_owned(), String::new());
    server.spoil("/tuf/metadata/timestamp.json", fault(503));
    let check = |host: &Host| -> Answer { host.check(&exposed(), &TRIM) };
    let answer = check(&host);
    assert_eq!((answer.exit, &answer.json()["trust"]["state"]), (100, &json!("fresh")), "{answer:?}");
    assert!(answer.json()["trust"]["not_reached"].as_str().unwrap().contains("503"));
    let file = host.file("inventory.json", exposed());
    let text = host.run(&["check", "--inventory", &file]);
    assert!(text.err.starts_with("warning: not asked just now") && text.exit == 100, "{text:?}");
    drop(server);
    let answer = check(&host);
    assert_eq!((answer.exit, &answer.json()["trust"]["state"]), (100, &json!("fresh")));
    assert!(answer.json()["trust"]["not_reached"].as_str().unwrap().contains("refused"), "{answer:?}");
    // Two days later the copy has expired, and says so.
    host.clock_offset = 2 * 86_400;
    let answer = check(&host);
    let json = answer.json();
    assert_eq!((answer.exit, &json["trust"]["state"]), (1, &json!("stale")), "{answer:?}");
    assert_eq!(json["trust"]["role"], "timestamp");
    assert_eq!(host.good(), good);
    let stranger = Host::new();
    std::fs::create_dir_all(stranger.state()).unwrap();
    assert_eq!(stranger.check(&exposed(), &TRIM).json()["code"], "not_initialised");
}

#[test]
fn a_clock_that_went_back_is_said() {
    let (_repository, server) = start();
    let mut host = Host::of(&server.url());
    host.check(&exposed(), &TRIM);
    for more in [&["--offline"][..], &[]] {
        host.clock_offset = -30 * 86_400;
        let answer = host.check(&exposed(), &[&TRIM, more].concat());
        let json = answer.json();
        assert_eq!((answer.exit, &json["trust"]["state"]), (1, &json!("clock")), "{answer:?}");
        assert_eq!((&json["code"], &json["trust"]["role"]), (&json!("clock_behind"), &json!("timestamp")));
        assert_eq!(json["assessment"]["advisories"][0]["status"], "exposed");
        host.clock_offset = 0;
        assert_eq!(host.check(&exposed(), &TRIM).exit, 100);
    }
}

#[test]
fn damaged_local_files_are_fetched_again() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    host.check(&exposed(), &TRIM);
    let before = host.snapshot();
    for (name, bytes) in before.iter().filter(|(name, _)| name != "lock" && name != "server.json") {
        let middle = bytes.len() / 2;
        let flipped: Vec<u8> =
            bytes.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == middle)).collect();
        for damage in [flipped, bytes[..middle].to_vec(), Vec::new(), vec![0xff; 100]] {
            let path = host.state().join(name);
            std::fs::write(&path, damage).unwrap();
            let answer = host.check(&exposed(), &TRIM);
            assert_eq!((answer.exit, &answer.json()["trust"]["state"]), (100, &json!("fresh")), "{name}");
            assert_eq!(answer.json()["trust"]["roles"].as_array().unwrap().len(), 6, "{name}");
        }
        std::fs::remove_file(host.state().join(name)).unwrap();
        assert_eq!(host.check(&exposed(), &TRIM).exit, 100, "{name} removed");
        assert!(host.state().join(name).exists(), "{name} is there again");
    }
    std::fs::write(host.state().join("server.json"), "{").unwrap();
    let answer = host.check(&exposed(), &TRIM);
    assert_eq!((answer.exit, &answer.json()["code"]), (1, &json!("settings_damaged")));
}

#[test]
fn the_key_of_the_holds_signs_nothing_but_holds() {
    let (mut repository, server) = start();
    let host = Host::of(&server.url());
    // A hotfix that no publisher signed, listed by the role whose key the server has; and another text of an
    // advisory that the publisher did sign.
    let fields = [("id", "EVIL".into()), ("uuid", "00000000-0000-4000-8000-000000000666".into())];
    let nothing = hotfixd::json::Value::List(Vec::new());
    let evil = changed("XS65E005", &fields).with("fixes", nothing);
    let other = changed("XS65-TRIM", &[("title", "EVIL".into())]);
    for (path, document) in [("6.5/hotfix/EVIL.json", evil), ("advisory/XS65-TRIM.json", other)] {
        let path = TargetPath::try_from(format!("xenserver/{path}")).unwrap();
        repository.list_in_holds(path, &document.published_bytes());
        repository.publish();
        let answer = host.check(&exposed(), &TRIM);
        assert_eq!((answer.exit, &answer.json()["trust"]["state"]), (100, &json!("fresh")), "{answer:?}");
        assert!(!answer.out.contains("EVIL"), "{answer:?}");
    }
}

#[test]
fn a_publisher_does_not_speak_beyond_its_delegation() {
    let (mut repository, server) = start();
    let host = Host::of(&server.url());
    assert_eq!(host.check(&exposed(), &TRIM).exit, 100);
    // The keepers of the root take the hotfixes of 6.5 from it; what it signed of them counts no more.
    let paths = ["xenserver/*", "xenserver/advisory/*", "xenserver/7.0/*/*"];
    let key = repository.publisher_key.public();
    repository.targets.delegations.as_mut().unwrap().set_role("xenserver", &[key], 1, true, &paths);
    repository.targets.header.version += 1;
    repository.publish();
    let answer = host.check(&exposed(), &TRIM);
    let json = answer.json();
    assert_eq!((answer.exit, &json["trust"]["state"]), (1, &json!("refused")), "{answer:?}");
    assert_eq!(json["trust"]["file"], "xenserver/6.5/hotfix/XS65E005.json");
    assert_eq!(json["code"], "document_outside");
    assert!(json["message"].as_str().unwrap().contains("outside the paths that xenserver"), "{json}");
}
