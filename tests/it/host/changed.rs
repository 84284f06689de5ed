//! What a host says changed since its last check.

use hotfixd::json::Value;
use serde_json::json;

use super::{TRIM, exposed, inventory, now, start};
use crate::support::hotfix::{Answer, Host};
use crate::support::repository::{Repository, changed};
use crate::support::static_server::StaticServer;

/// What is said of changes, without the moment of the last check.
fn said(answer: &Answer) -> Option<String> {
    let (_, said) = answer.out.split_once("\nSince the last check (")?;
    let (when, rest) = said.split_once(" UTC)").unwrap();
    assert_eq!(when.len(), "2026-11-24 10:00".len(), "{when}");
    Some(rest.to_owned())
}

#[test]
fn what_was_published_is_told_once() {
    let mut repository = Repository::xenserver(now());
    let server = StaticServer::of(repository.folder());
    let host = Host::of(&server.url());
    let off = host.file("off.json", inventory("[]", r#"{"storage.trim":false}"#, "{}"));
    let check = |more: &[&str]| host.run(&[&["check", "--inventory", &off][..], more].concat());

    // The first time there is nothing to compare with.
    let first = check(&[]);
    assert_eq!((first.exit, said(&first)), (0, None), "{first:?}");
    assert!(check(&["--offline"]).out.find("Since the last check").is_none(), "offline and the same");
    assert_eq!(said(&check(&[])).as_deref(), Some(": nothing changed.\n"));

    let text = |text: &str| Value::from(text);
    let cell = Value::from([
        ("feature", text("*")),
        ("releases", Value::from(vec![text("6.5")])),
        ("status", text("known_affected")),
        ("fixed_by", Value::from(vec![Value::from(vec![text("XS65E099")])])),
    ]);
    let fields = [("id", text("A-NEW")), ("matrix", Value::from(vec![cell]))];
    let fix = [
        ("id", text("XS65E099")),
        ("uuid", text("492ca007-bf7b-454f-8e5c-63a991a52450")),
        ("fixes", Value::from(vec![text("A-NEW")])),
    ];
    repository.release("xenserver", &[changed("XS65-TRIM", &fields), changed("XS65E005", &fix)]);
    repository.publish();
    // Asked narrowly, it is another question.
    assert_eq!(said(&check(&TRIM)), None);
    let told = check(&[]);
    assert_eq!(told.exit, 100, "{told:?}");
    insta::assert_snapshot!("changed", said(&told).unwrap());
    assert_eq!(said(&check(&[])).as_deref(), Some(": nothing changed.\n"));
    let json = check(&["--json"]).json();
    assert_eq!(json["changed"]["schema"], "hotfixd/changed/1");
    assert_eq!((&json["changed"]["advisories"], &json["changed"]["plan"]), (&json!([]), &json!(null)));

    // Another inventory is another host.
    let other = host.file("other.json", exposed());
    assert_eq!(said(&host.run(&["check", "--inventory", &other])), None);
}

#[test]
fn an_answer_that_does_not_count_is_not_compared() {
    let (_repository, server) = start();
    let mut host = Host::of(&server.url());
    let file = host.file("i.json", exposed());
    assert_eq!(host.run(&["check", "--inventory", &file]).exit, 100);
    let kept = std::fs::read(host.state().join("checks.json")).unwrap();
    host.clock_offset = 3 * 86_400;
    let stale = host.run(&["check", "--inventory", &file]);
    assert!(stale.exit == 1 && said(&stale).is_none(), "{stale:?}");
    assert_eq!(std::fs::read(host.state().join("checks.json")).unwrap(), kept);
    // A damaged file is as good as none.
    host.clock_offset = 0;
    std::fs::write(host.state().join("checks.json"), &kept[..kept.len() / 2]).unwrap();
    let again = host.run(&["check", "--inventory", &file]);
    assert_eq!((again.exit, said(&again)), (100, None), "{again:?}");
    assert_eq!(said(&host.run(&["check", "--inventory", &file])).as_deref(), Some(": nothing changed.\n"));
}

#[test]
fn so_many_checks_are_remembered_and_no_more() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    for lun in 0..40 {
        let file = host.file("i.json", super::with_lun(lun));
        assert_eq!(host.run(&["check", "--inventory", &file]).exit, 0);
    }
    let checks = std::fs::read(host.state().join("checks.json")).unwrap();
    let checks: serde_json::Value = serde_json::from_slice(&checks).unwrap();
    assert_eq!(checks["checks"].as_object().unwrap().len(), 32);
}
