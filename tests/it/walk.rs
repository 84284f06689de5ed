//! First light: the whole way from a publisher's file to a host's answer, by the real binaries over real
//! sockets.

use serde_json::Value;

use crate::support::hotfix::{Answer, Host, answer};
use crate::support::place::{Place, on_both};
use crate::support::service::{Service, Start};

/// One yardstick inventory: its name, what it says beside product and version, and what has to come out.
struct Yardstick {
    name: &'static str,
    says: &'static str,
    exit: i32,
    release: &'static str,
    advisory: &'static str,
    hotfix: (&'static str, Option<&'static str>),
    first_step: Option<&'static str>,
}

const fn yardstick(
    name: &'static str,
    says: &'static str,
    exit: i32,
    advisory: &'static str,
    hotfix: (&'static str, Option<&'static str>),
) -> Yardstick {
    Yardstick { name, says, exit, release: "6.5", advisory, hotfix, first_step: None }
}

const YARDSTICKS: [Yardstick; 9] = [
    Yardstick {
        first_step: Some("XS65E005"),
        ..yardstick(
            "3 TiB",
            r#""hotfixes":[],"features":{"storage.trim":true},"facts":{"storage.trim.largest_lun_bytes":3298534883328}"#,
            100,
            "exposed",
            ("applicable", Some("needed")),
        )
    },
    yardstick(
        "exactly 2 TiB",
        r#""hotfixes":[],"features":{"storage.trim":true},"facts":{"storage.trim.largest_lun_bytes":2199023255552}"#,
        0,
        "not_exposed",
        ("applicable", Some("optional")),
    ),
    yardstick(
        "1 TiB",
        r#""hotfixes":[],"features":{"storage.trim":true},"facts":{"storage.trim.largest_lun_bytes":1099511627776}"#,
        0,
        "not_exposed",
        ("applicable", Some("optional")),
    ),
    yardstick(
        "TRIM off",
        r#""hotfixes":[],"features":{"storage.trim":false},"facts":{"storage.trim.largest_lun_bytes":3298534883328}"#,
        0,
        "not_exposed",
        ("applicable", Some("optional")),
    ),
    yardstick(
        "size not reported",
        r#""hotfixes":[],"features":{"storage.trim":true}"#,
        110,
        "undetermined",
        ("applicable", Some("undetermined")),
    ),
    yardstick(
        "installed, by id",
        r#""hotfixes":["XS65E005"],"features":{"storage.trim":true},"facts":{"storage.trim.largest_lun_bytes":3298534883328}"#,
        0,
        "fixed",
        ("installed", None),
    ),
    yardstick(
        "installed, by uuid",
        r#""hotfixes":["492ca007-bf7b-454f-8e5c-63a991a52449"],"features":{"storage.trim":true}"#,
        0,
        "fixed",
        ("installed", None),
    ),
    Yardstick {
        release: "6.5-sp1",
        ..yardstick(
            "service pack",
            r#""hotfixes":["XS65ESP1"],"features":{"storage.trim":true},"facts":{"storage.trim.largest_lun_bytes":3298534883328}"#,
            0,
            "fixed",
            ("superseded", None),
        )
    },
    Yardstick {
        release: "6.5-sp1",
        ..yardstick(
            "service pack, by uuid",
            r#""hotfixes":["7f2e4a3a-4098-4a71-84ff-b0ba919723c7"]"#,
            0,
            "fixed",
            ("superseded", None),
        )
    },
];

fn inventory(says: &str) -> String {
    format!(r#"{{"schema":"hotfixd/inventory/1","product":"xenserver","version":"6.5.0",{says}}}"#)
}

fn entry<'v>(assessment: &'v Value, list: &str, id: &str) -> &'v Value {
    let list = assessment[list].as_array().unwrap();
    list.iter().find(|entry| entry["id"] == id).unwrap_or_else(|| panic!("{id} is not in {list:#?}"))
}

/// The same but for the moment at which it was asked.
fn without_time(mut assessment: Value) -> Value {
    assessment.as_object_mut().unwrap().remove("as_of").expect("an assessment says when it holds");
    assessment
}

/// A publisher at work: the folder of a host, the token and the server in the environment.
fn publish(service: &Service, host: &Host, arguments: &[&str]) -> Answer {
    let mut command = host.command(arguments);
    command.current_dir(host.folder.path());
    command.env("HOTFIX_SERVER", &service.url).env("HOTFIX_TOKEN", service.token());
    answer(command.output().unwrap())
}

#[track_caller]
fn done(answer: Answer) -> Answer {
    assert_eq!(answer.exit, 0, "{answer:?}");
    answer
}

fn key_file(service: &Service, name: &str) -> String {
    service.folder.path().join("keys").join(name).display().to_string()
}

on_both! {
    fn every_yardstick_is_answered_alike_by_host_and_server(place: Place) {
        let service = Start::at(&place).with("samples", "all").up();
        let host = Host::of(&service.url);
        for yardstick in YARDSTICKS {
            let (name, inventory) = (yardstick.name, inventory(yardstick.says));
            let answer = host.check(&inventory, &["--advisory", "XS65-TRIM"]);
            assert_eq!(answer.exit, yardstick.exit, "{name}: {answer:?}");
            let check = answer.json();
            assert_eq!(
                (check["schema"].as_str(), check["exit"].as_i64()),
                (Some("hotfixd/check/1"), Some(yardstick.exit.into()))
            );
            assert_eq!(check["trust"]["state"], "fresh", "{name}");
            let assessment = &check["assessment"];
            assert_eq!(assessment["release"]["id"], yardstick.release, "{name}");
            let advisory = entry(assessment, "advisories", "XS65-TRIM");
            assert_eq!(advisory["status"], yardstick.advisory, "{name}");
            let hotfix = entry(assessment, "hotfixes", "XS65E005");
            assert_eq!(
                (hotfix["status"].as_str(), hotfix["need"].as_str()),
                (Some(yardstick.hotfix.0), yardstick.hotfix.1),
                "{name}"
            );
            assert_eq!(assessment["plan"]["steps"][0]["hotfix"].as_str(), yardstick.first_step, "{name}");
            match yardstick.advisory {
                "undetermined" => {
                    assert_eq!(advisory["missing_facts"], serde_json::json!(["storage.trim.largest_lun_bytes"]));
                    let file = host.file("inventory.json", &inventory);
                    let text = host.run(&["check", "--inventory", &file, "--advisory", "XS65-TRIM"]);
                    assert_eq!(text.exit, yardstick.exit);
                    assert!(text.out.contains("storage.trim.largest_lun_bytes"), "{text:?}");
                }
                _ => assert_eq!(advisory["missing_facts"], serde_json::json!([])),
            }
            if yardstick.release == "6.5-sp1" {
                assert_eq!(hotfix["superseded_by"], serde_json::json!(["XS65ESP1"]), "{name}");
            }
            let path = "/api/v1/assess?advisory=XS65-TRIM";
            let reply =
                service.request("POST", path, &[("content-type", "application/json")], inventory.as_bytes());
            assert_eq!(reply.status, 200, "{name}: {}", reply.text());
            assert_eq!(
                without_time(reply.json()),
                without_time(assessment.clone()),
                "{name}: host and server differ"
            );
        }
    }

    fn the_page_of_the_advisory_says_what_to_do(place: Place) {
        let service = Start::at(&place).with("samples", "all").up();
        for path in ["/advisories/XS65-TRIM", "/advisories/xenserver/XS65-TRIM"] {
            let page = service.get(path);
            assert_eq!(page.status, 200);
            let text = page.text();
            for part in [
                "Space Reclamation (TRIM) on LUNs larger than 2 TiB can corrupt virtual disks",
                "larger than 2 TiB",
                "What to do",
                "Who is affected",
                "Until then",
                "href=\"/hotfixes/XS65E005\"",
            ] {
                assert!(text.contains(part), "{part:?} is not on {path}");
            }
        }
        let page = service.get("/hotfixes/XS65E005");
        assert_eq!(page.status, 200);
        assert!(page.text().contains("/advisories/xenserver/XS65-TRIM"));
    }

    fn a_new_hotfix_is_in_the_next_check(place: Place) {
        let service = Start::at(&place).with("samples", "all").up();
        let host = Host::of(&service.url);
        let inventory = inventory(YARDSTICKS[0].says);
        assert_eq!(host.check(&inventory, &[]).exit, 100);
        let key = key_file(&service, "publisher-xenserver.pem");
        let run = |arguments: &[&str]| publish(&service, &host, arguments);
        done(run(&["new", "hotfix", "XS65E099", "--product", "xenserver", "--release", "6.5"]));
        let again = run(&["new", "hotfix", "XS65E099"]);
        assert!(again.exit == 1 && again.err.contains("is there already"), "{again:?}");
        done(run(&["lint", "XS65E099.toml"]));
        done(run(&["sign", "XS65E099.toml", "--key", &key, "-o", "submission.json"]));
        let submitted = done(run(&["submit", "submission.json", "--json"])).json();
        assert_eq!(submitted["state"], "ready", "{submitted:#}");
        let id = submitted["id"].as_str().unwrap();
        // Nothing of it is served before it is released, and a release has to be meant.
        let before = host.check(&inventory, &[]).json();
        assert!(!before.to_string().contains("XS65E099"));
        let unasked = run(&["release", id]);
        assert!(unasked.exit == 1 && unasked.err.contains("--yes"), "{unasked:?}");
        done(run(&["release", id, "--yes"]));
        let status = done(run(&["status", id, "--json"])).json();
        assert_eq!(status["state"], "released");
        let after = host.check(&inventory, &[]).json();
        assert_eq!(entry(&after["assessment"], "hotfixes", "XS65E099")["status"], "applicable");
        assert_eq!(service.get("/hotfixes/XS65E099").status, 200);
        // The same submission, or one built on the state before, changes nothing.
        let repeated = done(run(&["submit", "submission.json", "--json"])).json();
        assert_eq!(repeated["state"], "released");
        let unchanged = run(&["sign", "XS65E099.toml", "--key", &key]);
        assert!(unchanged.exit == 1 && unchanged.err.contains("nothing to sign"), "{unchanged:?}");
    }

    fn what_may_not_be_published_is_refused_and_says_why(place: Place) {
        let service = Start::at(&place).with("samples", "all").up();
        let host = Host::of(&service.url);
        let key = key_file(&service, "publisher-xenserver.pem");
        let public = key_file(&service, "publisher-xenserver.pub.pem");
        let run = |arguments: &[&str]| publish(&service, &host, arguments);
        done(run(&["new", "hotfix", "XS65E098", "-o", "good.toml"]));
        done(run(&["key", "new", "-o", "stranger.pem"]));

        // A key that nobody trusts: not built upon without being told to, and refused by the server.
        let unknown = run(&["sign", "good.toml", "--key", "stranger.pem"]);
        assert!(unknown.exit == 1 && unknown.err.contains("no signature by a key that you named"), "{unknown:?}");
        done(run(&[
            "sign",
            "good.toml",
            "--key",
            "stranger.pem",
            "--trusted-key",
            &public,
            "-o",
            "stranger.json",
        ]));
        let refused = run(&["submit", "stranger.json"]);
        assert!(refused.exit == 1 && refused.err.contains("none of these may sign for xenserver"), "{refused:?}");

        // A reference to nothing: lint offline warns, lint with the server and sign refuse, with file and line.
        let text = std::fs::read_to_string(host.folder.path().join("good.toml")).unwrap();
        host.file("nothing.toml", text.replace("requires = []", "requires = [\"XS65E777\"]"));
        for verb in [&["lint", "nothing.toml"][..], &["sign", "nothing.toml", "--key", &key]] {
            let refused = run(verb);
            let said = format!("{}{}", refused.out, refused.err);
            assert_eq!(refused.exit, 1, "{refused:?}");
            assert!(
                said.contains("nothing.toml:16: error: requires.0 = \"XS65E777\": there is no hotfix XS65E777"),
                "{said}"
            );
        }
        let json = run(&["sign", "nothing.toml", "--key", &key, "-o", "x.json", "--json"]);
        assert!(json.exit == 1 && json.json()["code"] == "invalid_document", "{json:?}");
        assert!(!host.folder.path().join("x.json").exists(), "nothing half done");

        // Another product's document.
        host.file("outside.toml", text.replace("product = \"xenserver\"", "product = \"elsewhere\""));
        let outside = run(&["sign", "outside.toml", "--key", &key, "-o", "outside.json"]);
        assert!(outside.exit == 1 && outside.err.contains("product"), "{outside:?}");

        // Without a token nothing is taken; with one nothing shows it.
        done(run(&["sign", "good.toml", "--key", &key, "-o", "good.json"]));
        let mut command = host.command(&["submit", "good.json", "--server", &service.url]);
        let anonymous =
            answer(command.current_dir(host.folder.path()).env_remove("HOTFIX_TOKEN").output().unwrap());
        assert!(anonymous.exit == 1 && anonymous.err.contains("401"), "{anonymous:?}");
        assert!(!service.log().contains(&service.token()), "the token is in the log");
        done(run(&["submit", "good.json"]));
    }
}
