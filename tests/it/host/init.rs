//! What `hotfix init` pins, and what it refuses to.

use hotfixd::trust::{Digest, PrivateKey};
use serde_json::json;

use super::{TRIM, exposed, now, start};
use crate::support::hotfix::Host;
use crate::support::repository::Repository;
use crate::support::static_server::StaticServer;

#[test]
fn says_what_it_pinned() {
    let (repository, server) = start();
    let host = Host::new();
    let answer = host.run(&["init", "--server", &server.url(), "--product", "xenserver", "--json"]);
    let json = answer.json();
    assert_eq!((answer.exit, answer.err.as_str()), (0, ""));
    assert_eq!(json["sha256"], Digest::of(&repository.read("metadata/1.root.json")).to_string());
    assert_eq!((&json["version"], &json["development"]), (&json!(1), &json!(true)));
    assert_eq!(json["roles"][0]["name"], "root");
    assert_eq!(json["roles"][0]["threshold"], 1);
    assert_eq!(json["roles"][0]["keys"][0], repository.root_key.public().id().as_str());
    assert_eq!((&json["unchanged"], &json["product"]), (&json!(false), &json!("xenserver")));
    let again = host.run(&["init", "--server", &server.url(), "--json"]);
    assert_eq!((&again.json()["unchanged"], &again.json()["product"]), (&json!(true), &json!("xenserver")));
    let text = host.run(&["init", "--server", &server.url()]);
    assert!(text.out.contains("made for development"), "{text:?}");
}

#[test]
fn pins_by_fingerprint_or_file_and_follows_the_roots() {
    let (mut repository, server) = start();
    let first = Digest::of(&repository.read("metadata/1.root.json")).to_string();
    repository.root.header.version = 2;
    repository.write_root();
    let second = Digest::of(&repository.read("metadata/2.root.json")).to_string();
    for fingerprint in [first.clone(), first.to_uppercase(), second.clone(), format!("sha256:{second}")] {
        let host = Host::new();
        let answer = host.run(&["init", "--server", &server.url(), "--fingerprint", &fingerprint, "--json"]);
        assert_eq!((answer.exit, &answer.json()["sha256"]), (0, &json!(second)), "{answer:?}");
        assert_eq!(host.check(&exposed(), &TRIM).exit, 100);
    }
    let host = Host::new();
    let wrong = "0".repeat(64);
    let answer = host.run(&["init", "--server", &server.url(), "--fingerprint", &wrong, "--json"]);
    assert_eq!((answer.exit, &answer.json()["code"]), (1, &json!("fingerprint")), "{answer:?}");
    assert!(!host.state().join("server.json").exists());

    let file = host.file("root.json", repository.read("metadata/1.root.json"));
    let answer = host.run(&["init", "--server", &server.url(), "--root", &file, "--json"]);
    assert_eq!((answer.exit, &answer.json()["sha256"]), (0, &json!(first)));
    let checked = host.check(&exposed(), &TRIM);
    assert_eq!((checked.exit, &checked.json()["trust"]["roles"][0]["version"]), (100, &json!(2)));
    let file = host.file("bad.json", "{}");
    let answer = host.run(&["init", "--server", &server.url(), "--root", &file, "--json"]);
    assert_eq!((answer.exit, &answer.json()["code"]), (1, &json!("root_refused")));
}

#[test]
fn trusts_on_first_use_on_loopback_only() {
    let host = Host::new();
    // An address for documentation: nobody answers there, and nobody is asked.
    for server in ["http://192.0.2.1:8650", "https://hotfix.example", "http://127.0.0.1.example"] {
        let answer = host.run(&["init", "--server", server, "--json"]);
        assert_eq!((answer.exit, &answer.json()["code"]), (1, &json!("first_use")), "{server}");
        assert!(answer.json()["remedy"].as_str().unwrap().contains("--fingerprint"));
    }
    assert!(!host.state().exists());
}

#[test]
fn refuses_a_development_root_off_loopback_unless_told() {
    let repository = Repository::xenserver(now());
    let host = Host::new();
    let file = host.file("root.json", repository.read("metadata/1.root.json"));
    let init = ["init", "--server", "http://192.0.2.1:8650", "--root", &file, "--json"];
    let answer = host.run(&init);
    assert_eq!((answer.exit, &answer.json()["code"]), (1, &json!("development_root")), "{answer:?}");
    assert_eq!(host.run(&[&init[..], &["--allow-development"]].concat()).exit, 0);
}

#[test]
fn replaces_another_pin_only_when_told() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    assert_eq!(host.check(&exposed(), &TRIM).exit, 100);
    let (_other, elsewhere) = start();
    let before = host.snapshot();
    let answer = host.run(&["init", "--server", &elsewhere.url(), "--json"]);
    assert_eq!((answer.exit, &answer.json()["code"]), (1, &json!("pinned")), "{answer:?}");
    assert!(answer.json()["remedy"].as_str().unwrap().contains("--yes"));
    assert_eq!(host.snapshot(), before);
    assert_eq!(host.run(&["init", "--server", &elsewhere.url(), "--yes"]).exit, 0);
    assert!(!host.state().join("good").exists(), "nothing of the old server is left");
    assert_eq!(host.check(&exposed(), &TRIM).exit, 100);
}

#[test]
fn follows_a_root_whose_online_keys_changed() {
    let (mut repository, server) = start();
    let host = Host::of(&server.url());
    host.check(&exposed(), &TRIM);
    let online = PrivateKey::generate().unwrap();
    repository.root.header.version = 2;
    for role in [hotfixd::trust::TopRole::Snapshot, hotfixd::trust::TopRole::Timestamp] {
        repository.root.set_role(role, &[online.public()], 1);
    }
    repository.write_root();
    let delegations = repository.targets.delegations.as_mut().unwrap();
    delegations.set_role("holds", &[online.public()], 1, true, &["holds/*/*"]);
    repository.targets.header.version += 1;
    repository.online_key = online;
    repository.publish();
    let answer = host.check(&exposed(), &TRIM);
    assert_eq!((answer.exit, &answer.json()["trust"]["state"]), (100, &json!("fresh")), "{answer:?}");
}

#[test]
fn names_what_is_wrong_with_an_address_as_usage() {
    let host = Host::new();
    for server in ["127.0.0.1:8650", "ftp://h", "http://u:p@h"] {
        let answer = host.run(&["init", "--server", server]);
        assert_eq!(answer.exit, 2, "{answer:?}");
        assert!(answer.err.contains("Write an address such as"), "{answer:?}");
    }
    let nobody = {
        let server = StaticServer::of(host.folder.path());
        server.url()
    };
    let answer = host.run(&["init", "--server", &nobody, "--json"]);
    assert_eq!(answer.exit, 1, "{answer:?}");
}
