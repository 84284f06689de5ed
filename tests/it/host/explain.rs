//! `hotfix check --explain`, as an admin reads it.

use hotfixd::json::Value;
use serde_json::json;

use super::{TRIM, exposed, inventory, now, start, with_lun};
use crate::support::hotfix::Host;
use crate::support::repository::{Repository, changed};
use crate::support::static_server::StaticServer;

/// The explanation alone.
fn explained(host: &Host, inventory: &str, id: &str) -> String {
    let file = host.file("inventory.json", inventory);
    let answer = host.run(&[&["check", "--inventory", &file, "--explain", id][..], &TRIM].concat());
    let (_, text) = answer.out.split_once("\nWhy ").unwrap_or_else(|| panic!("{answer:?}"));
    format!("Why {text}")
}

/// The yardstick of the seed case: the eight hosts that everybody is measured by.
pub(crate) fn yardsticks() -> [(&'static str, String); 8] {
    let trim = r#"{"storage.trim":true}"#;
    let lun = r#"{"storage.trim.largest_lun_bytes":3298534883328}"#;
    [
        ("3-tib", exposed()),
        ("exactly-2-tib", with_lun(2 << 40)),
        ("1-tib", with_lun(1 << 40)),
        ("trim-off", inventory("[]", r#"{"storage.trim":false}"#, lun)),
        ("size-not-reported", inventory("[]", trim, "{}")),
        ("installed", inventory(r#"["XS65E005"]"#, trim, lun)),
        ("service-pack", inventory(r#"["XS65ESP1"]"#, trim, lun)),
        ("hotfixes-not-reported", exposed().replace("\"hotfixes\":[],", "")),
    ]
}

#[test]
fn every_yardstick_is_explained() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    for (name, inventory) in yardsticks() {
        insta::assert_snapshot!(format!("explain-XS65E005-{name}"), explained(&host, &inventory, "XS65E005"));
    }
}

#[test]
fn an_advisory_is_explained_with_what_would_remedy_it() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    for (name, inventory) in yardsticks() {
        insta::assert_snapshot!(
            format!("explain-XS65-TRIM-{name}"),
            explained(&host, &inventory, "XS65-TRIM")
        );
    }
    let waiting = exposed().replacen('{', r#"{"pending":[{"hotfix":"XS65E005","action":"RebootHost"}],"#, 1);
    let text = explained(&host, &waiting, "XS65-TRIM");
    assert!(
        text.contains("what runs is still the old: XS65E005 waits for somebody to restart the host"),
        "{text}"
    );
    let other = exposed().replace("6.5.0", "7.0.0");
    let text = explained(&host, &other, "XS65-TRIM");
    assert!(text.contains("Nothing is stated about XenServer 7.0. That is not the same"), "{text}");
    let text = explained(&host, &other, "XS65E005");
    assert!(text.contains("it installs on XenServer 6.5; this host is XenServer 7.0"), "{text}");
}

#[test]
fn an_explanation_is_in_the_json_too() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let json = host.check(&exposed(), &[&TRIM[..], &["--explain", "XS65E005"]].concat()).json();
    let explanation = &json["explanation"];
    assert_eq!((&explanation["kind"], &explanation["status"]), (&json!("hotfix"), &json!("applicable")));
    assert_eq!((&explanation["need"], &explanation["step"]), (&json!("needed"), &json!(1)));
    let asks = &explanation["advisories"][0]["rules"][0]["asks"];
    assert_eq!((&asks["holds"], &asks["parts"][1]["holds"]), (&json!(true), &json!(true)));
    assert_eq!(
        asks["says"],
        "Space Reclamation (TRIM) is in use, and largest LUN that space reclamation runs on is 3 TiB, more than 2 TiB"
    );
    let typo = host.run(&["check", "--offline", "--explain", "XS65E0O5", "--product", "xenserver"]);
    assert!(typo.exit == 1 && typo.err.contains("Did you mean XS65E005?"), "{typo:?}");
}

#[test]
#[cfg(feature = "server")]
fn the_service_explains_the_same() {
    let service = crate::support::service::Service::demo();
    let host = Host::of(&service.url);
    let lines: Vec<String> = yardsticks().map(|(_, inventory)| inventory.replace('\n', " ")).into();
    let ids = ["XS65E005", "XS65-TRIM"];
    let query = format!("/api/v1/assess?{}", ids.map(|id| format!("explain={id}")).join("&"));
    let kind = [("content-type", "application/x-ndjson")];
    let all = service.request("POST", &query, &kind, lines.join("\n").as_bytes()).text();
    assert_eq!(all.lines().count(), lines.len());
    for (inventory, line) in lines.iter().zip(all.lines()) {
        let answer = service.request("POST", &query, &[], inventory.as_bytes()).json();
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["assessment"]["explanations"], answer["explanations"]);
        for (at, id) in ids.iter().enumerate() {
            let own = host.check(inventory, &["--explain", id]).json();
            assert_eq!(answer["explanations"][at], own["explanation"], "{inventory}");
            assert_eq!(own["explanation"]["id"], *id);
        }
    }
}

#[test]
fn a_command_that_the_product_states_is_told() {
    let text = |text: &str| Value::from(text);
    let fact = Value::from([
        ("id", text("storage.trim.largest_lun_bytes")),
        ("type", text("integer")),
        ("unit", text("bytes")),
        ("command", text("xe sr-list params=physical-size")),
    ]);
    let feature = Value::from([
        ("id", text("storage.trim")),
        ("name", text("TRIM")),
        ("command", text("xe sr-list params=other-config")),
        ("facts", Value::from(vec![fact])),
    ]);
    let fields = [("revision", Value::from(2)), ("features", Value::from(vec![feature]))];
    let mut repository = Repository::xenserver(now());
    repository.release("xenserver", &[changed("xenserver", &fields)]);
    repository.publish();
    let server = StaticServer::of(repository.folder());
    let said = explained(&Host::of(&server.url()), &inventory("[]", "{}", "{}"), "XS65-TRIM");
    for command in ["xe sr-list params=other-config", "xe sr-list params=physical-size"] {
        assert!(said.contains(&format!("command, on the host: {command}\n")), "{said}");
    }
}
