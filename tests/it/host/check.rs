//! What a check answers.

use serde_json::{Value, json};

use super::{TRIM, exposed, inventory, now, start, with_lun};
use crate::support::hotfix::{Answer, Host};
use crate::support::repository::{Repository, changed, samples};
use crate::support::static_server::StaticServer;

fn advisory(answer: &Answer) -> Value {
    answer.json()["assessment"]["advisories"][0].clone()
}

fn hotfix(answer: &Answer, id: &str) -> Value {
    let all = answer.json()["assessment"]["hotfixes"].clone();
    all.as_array().unwrap().iter().find(|hotfix| hotfix["id"] == id).unwrap().clone()
}

#[test]
fn the_seed_case() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());

    let answer = host.check(&exposed(), &TRIM);
    let json = answer.json();
    assert_eq!((answer.exit, answer.err.as_str()), (100, ""));
    assert_eq!(json["schema"], "hotfixd/check/1");
    assert_eq!((&json["verdict"], &json["exit"]), (&json!("exposed"), &json!(100)));
    assert_eq!(json["trust"]["state"], "fresh");
    assert_eq!(advisory(&answer)["status"], "exposed");
    assert_eq!(hotfix(&answer, "XS65E005")["need"], "needed");
    assert_eq!(hotfix(&answer, "XS65ESP1")["need"], "alternative");
    assert_eq!(json["assessment"]["plan"]["steps"][0]["hotfix"], "XS65E005");

    let off = inventory("[]", r#"{"storage.trim":false}"#, "{}");
    for (case, inventory) in
        [("exactly 2 TiB", with_lun(2 << 40)), ("1 TiB", with_lun(1 << 40)), ("TRIM off", off)]
    {
        let answer = host.check(&inventory, &TRIM);
        assert_eq!((answer.exit, &advisory(&answer)["status"]), (0, &json!("not_exposed")), "{case}");
        let hotfix = hotfix(&answer, "XS65E005");
        assert_eq!(
            (&hotfix["status"], &hotfix["need"]),
            (&json!("applicable"), &json!("optional")),
            "{case}"
        );
    }

    let answer = host.check(&inventory("[]", r#"{"storage.trim":true}"#, "{}"), &TRIM);
    assert_eq!((answer.exit, &answer.json()["verdict"]), (110, &json!("undetermined")));
    assert_eq!(advisory(&answer)["missing_facts"], json!(["storage.trim.largest_lun_bytes"]));
    assert_eq!(hotfix(&answer, "XS65E005")["need"], "undetermined");

    let lun = r#"{"storage.trim.largest_lun_bytes":3298534883328}"#;
    for name in ["XS65E005", "492ca007-bf7b-454f-8e5c-63a991a52449", "492CA007-BF7B-454F-8E5C-63A991A52449"] {
        let answer = host.check(&inventory(&format!("[\"{name}\"]"), r#"{"storage.trim":true}"#, lun), &TRIM);
        assert_eq!((answer.exit, &advisory(&answer)["status"]), (0, &json!("fixed")), "{name}");
        assert_eq!(advisory(&answer)["fixed_with"], json!(["XS65E005"]), "{name}");
    }

    let answer = host.check(&inventory(r#"["XS65ESP1"]"#, r#"{"storage.trim":true}"#, lun), &TRIM);
    assert_eq!((answer.exit, &advisory(&answer)["status"]), (0, &json!("fixed")));
    assert_eq!(answer.json()["assessment"]["release"]["id"], "6.5-sp1");
    assert_eq!(hotfix(&answer, "XS65E005")["status"], "superseded");
    assert_eq!(hotfix(&answer, "XS65E005")["superseded_by"], json!(["XS65ESP1"]));
}

#[test]
fn an_unchanged_poll_is_two_small_requests() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    host.check(&exposed(), &TRIM);
    server.log();
    let answer = host.check(&exposed(), &TRIM);
    assert_eq!(answer.json()["trust"]["state"], "fresh");
    assert_eq!(server.log(), ["GET /tuf/metadata/2.root.json 404", "GET /tuf/metadata/timestamp.json 304"]);
}

#[test]
fn what_is_released_is_in_the_next_check_and_only_that_is_fetched() {
    let (mut repository, server) = start();
    let host = Host::of(&server.url());
    host.check(&exposed(), &TRIM);
    repository
        .release("xenserver", &[changed("XS65E005", &[("revision", 2.into()), ("title", "Mended".into())])]);
    repository.publish();
    server.log();
    let answer = host.check(&exposed(), &TRIM);
    assert_eq!(answer.exit, 100);
    assert_eq!(hotfix(&answer, "XS65E005")["title"], "Mended");
    assert_eq!(answer.json()["assessment"]["catalogue"]["roles"][0]["version"], 2);
    let targets = server.log().into_iter().filter(|line| line.contains("/targets/")).count();
    assert_eq!(targets, 1, "one document changed");
}

#[test]
fn offline_answers_from_the_last_good_state_and_writes_nothing() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let none = host.check(&exposed(), &["--offline"]);
    assert_eq!((none.exit, &none.json()["code"]), (1, &json!("nothing_local")));
    host.check(&exposed(), &TRIM);
    let before = host.snapshot();
    server.log();
    let answer = host.check(&exposed(), &["--offline", "--advisory", "XS65-TRIM"]);
    assert_eq!((answer.exit, &answer.json()["trust"]["state"]), (100, &json!("fresh")));
    assert!(server.log().is_empty());
    assert_eq!(host.snapshot(), before);
}

#[test]
fn an_advisory_that_is_not_known_is_not_a_false_all_clear() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let answer = host.check(&exposed(), &["--advisory", "XS65-TRMI"]);
    assert_eq!((answer.exit, &answer.json()["verdict"]), (110, &json!("undetermined")));
    let file = host.file("i.json", exposed());
    let text = host.run(&["check", "--inventory", &file, "--advisory", "XS65-TRMI"]);
    assert!(text.out.contains("XS65-TRMI: this catalogue has no such advisory"), "{text:?}");
}

#[test]
fn an_advisory_that_security_leaves_out_is_not_a_false_all_clear() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let both = ["--security", "--advisory", "XS65-TRIM"];
    let answer = host.check(&exposed(), &both);
    assert_eq!((answer.exit, &answer.json()["verdict"]), (110, &json!("undetermined")));
    let file = host.file("i.json", exposed());
    let text = host.run(&[&["check", "--inventory", &file], both.as_slice()].concat());
    assert!(text.out.contains("XS65-TRIM: is not about security"), "{text:?}");
    assert!(!text.out.contains("no such advisory"), "{text:?}");
}

#[test]
fn security_alone_leaves_the_seed_case_out() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let answer = host.check(&exposed(), &["--security"]);
    assert_eq!((answer.exit, &answer.json()["verdict"]), (0, &json!("unstated")));
}

#[test]
fn a_product_that_nobody_publishes_is_named_with_those_that_are() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let other = exposed().replace("\"xenserver\"", "\"xenservr\"");
    let answer = host.check(&other, &[]);
    assert_eq!((answer.exit, &answer.json()["code"]), (1, &json!("no_such_product")));
    assert!(answer.json()["remedy"].as_str().unwrap().contains("xenserver"));
    let answer = host.check(&exposed(), &["--product", "other"]);
    assert_eq!((answer.exit, &answer.json()["code"]), (1, &json!("other_product")));
}

#[test]
fn the_product_is_found_out_by_the_documents() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let root = host.folder.path().join("machine");
    std::fs::create_dir_all(root.join("etc")).unwrap();
    let arguments = ["check", "--json", "--root", root.to_str().unwrap()];
    let nothing = host.run(&arguments);
    assert_eq!((nothing.exit, &nothing.json()["code"]), (1, &json!("product_unknown")));
    std::fs::write(root.join("etc/xensource-inventory"), "PRODUCT_VERSION='6.5.0'\n").unwrap();
    let answer = host.run(&arguments);
    let release = &answer.json()["assessment"]["release"];
    assert_eq!((answer.exit, &release["missing_facts"]), (110, &json!(["hotfixes"])), "{answer:?}");
    server.log();
    assert_eq!(host.run(&arguments).exit, 110);
    assert_eq!(server.log().len(), 2, "the second time the local documents tell");
}

#[test]
fn holds_that_were_never_signed_are_none() {
    let mut repository = Repository::empty(now());
    repository.signs_holds = false;
    repository.write_root();
    repository.release("xenserver", &samples());
    repository.publish();
    let server = StaticServer::of(repository.folder());
    let host = Host::of(&server.url());
    let answer = host.check(&exposed(), &TRIM);
    assert_eq!((answer.exit, &answer.json()["trust"]["state"]), (100, &json!("fresh")), "{answer:?}");
    assert_eq!(host.check(&exposed(), &["--offline"]).exit, 100);
}

/// A hold on the first revision of XS65E005, of so many hours from when the repository was made.
fn hold(repository: &mut Repository, from_hours: i64, hours: i64) -> String {
    let since = repository.now + jiff::SignedDuration::from_hours(from_hours);
    let until = since + jiff::SignedDuration::from_hours(hours);
    let hold = format!(
        r#"{{"schema":"hotfixd/hold/1","product":"xenserver","hotfix":"XS65E005","hotfix_revision":1,
            "since":"{since}","until":"{until}","lifted":null,"reason":"Under investigation."}}"#
    );
    repository.hold("xenserver", "XS65E005", hold.as_bytes());
    repository.publish();
    until.to_string()
}

#[test]
fn a_hold_defers_once_and_changes_neither_exposure_nor_exit() {
    let (mut repository, server) = start();
    let host = Host::of(&server.url());
    let deferred = |until: &str, case: &str| {
        for more in [&[][..], &["--offline"]] {
            let answer = host.check(&exposed(), &[&TRIM, more].concat());
            assert_eq!((answer.exit, &advisory(&answer)["status"]), (100, &json!("exposed")), "{case}");
            let hotfix = hotfix(&answer, "XS65E005");
            assert_eq!((&hotfix["status"], &hotfix["until"]), (&json!("deferred"), &json!(until)), "{case}");
        }
    };
    let first = hold(&mut repository, 0, 48);
    deferred(&first, "first");
    hold(&mut repository, 0, 300);
    deferred(&first, "a later version ends it no later");
    hold(&mut repository, -1, 300);
    deferred(&first, "nor does one that says it began earlier");
    let sooner = hold(&mut repository, 0, 12);
    deferred(&sooner, "sooner it may end");
    hold(&mut repository, 0, 48);
    deferred(&sooner, "and stays so");
}
