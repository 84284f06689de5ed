//! What a plan says, and its exit codes, by the real `hotfix`.

use std::path::{Path, PathBuf};

use hotfixd::json::{self, Value};
use hotfixd::model::Source;
use serde_json::json;

use super::{TRIM, exposed, inventory, now, start};
use crate::support::hotfix::{Answer, Host};
use crate::support::repository::{Repository, changed};
use crate::support::static_server::StaticServer;

/// The made-up appliance, whose hotfixes state everything, with some documents changed.
fn appliance(changes: &[Source]) -> (Repository, StaticServer) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/example-appliance");
    let mut files = vec![folder.join("product.toml")];
    for kind in ["advisories", "hotfixes"] {
        files.extend(std::fs::read_dir(folder.join(kind)).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.sort();
    let read = |file: PathBuf| {
        Source::from_toml(&file.display().to_string(), &std::fs::read_to_string(&file).unwrap()).unwrap()
    };
    let mut documents: Vec<Source> = files.into_iter().map(read).collect();
    for change in changes {
        let same = |one: &Source| {
            ["schema", "id"].iter().all(|name| one.value().get(name) == change.value().get(name))
        };
        match documents.iter().position(same) {
            Some(at) => documents[at] = change.clone(),
            None => documents.push(change.clone()),
        }
    }
    let mut repository = Repository::empty(now());
    repository.root.set_development(true);
    repository.write_root();
    repository.release("example-appliance", &documents);
    repository.publish();
    let server = StaticServer::of(repository.folder());
    (repository, server)
}

/// An appliance of a version that runs the console on an address of its own, and replicates 3 TiB.
fn box_of(version: &str, build: &str, more: &str) -> String {
    format!(
        r#"{{"schema":"hotfixd/inventory/1","product":"example-appliance","version":"{version}"{build},
            "hotfixes":[{more}],"features":{{"console":true,"replication":false}},
            "facts":{{"console.address":"10.0.0.1"}},
            "packages":[{{"name":"example-console","version":"2.4.1","release":"1","format":"dpkg"}}]}}"#
    )
}

fn plan(host: &Host, inventories: &[&str], more: &[&str]) -> Answer {
    let files: Vec<String> = inventories
        .iter()
        .enumerate()
        .map(|(at, inventory)| format!("m{at}={}", host.file(&format!("m{at}.json"), inventory)))
        .collect();
    let given = files.iter().flat_map(|file| ["--inventory", file.as_str()]);
    let arguments: Vec<&str> = std::iter::once("plan").chain(more.iter().copied()).chain(given).collect();
    host.run(&arguments)
}

/// The text without what differs from run to run.
fn text(answer: &Answer) -> String {
    let lines = answer.out.lines().filter(|line| !line.starts_with("By http://"));
    lines.collect::<Vec<_>>().join("\n")
}

fn steps(answer: &Answer) -> Vec<String> {
    let steps = answer.json()["plan"]["steps"].clone();
    steps.as_array().unwrap().iter().map(|step| step["hotfix"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_seed_case_is_one_step() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let answer = plan(&host, &[&exposed()], &TRIM);
    assert_eq!(answer.exit, 0, "{answer:?}");
    insta::assert_snapshot!("plan-seed", text(&answer));
    let json = plan(&host, &[&exposed()], &[&["--json"], &TRIM[..]].concat()).json();
    assert_eq!((&json["schema"], &json["outcome"]), (&json!("hotfixd/plan/1"), &json!("steps")));
    let step = &json["plan"]["steps"][0];
    assert_eq!((&step["hotfix"], &step["remedies"]), (&json!("XS65E005"), &json!(["XS65-TRIM"])));
    assert_eq!(json["hosts"][0]["after"], json!({ "release": "6.5", "exposed": [], "undetermined": [] }));
    assert_eq!((&json["trust"]["state"], &json["exit"]), (&json!("fresh"), &json!(0)));
}

#[test]
fn what_cannot_be_said_is_asked_for() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let open = inventory("[]", r#"{"storage.trim":true}"#, "{}");
    let answer = plan(&host, &[&open], &TRIM);
    assert_eq!(answer.exit, 110, "{answer:?}");
    insta::assert_snapshot!("plan-undetermined", text(&answer));
    let json = plan(&host, &[&open], &[&["--json"], &TRIM[..]].concat()).json();
    assert_eq!(json["outcome"], "undetermined");
    let missing = &json["hosts"][0]["undetermined"][0]["missing"][0];
    assert_eq!(missing["id"], "storage.trim.largest_lun_bytes");

    // Without a version there is no release, and so no plan.
    let answer = plan(&host, &[&exposed().replace("\"version\":\"6.5.0\",", "")], &[]);
    assert!(answer.exit == 110 && answer.out.contains("Which version does the host report?"), "{answer:?}");
    // An advisory that nobody knows is not "nothing to do".
    let answer = plan(&host, &[&exposed()], &["--advisory", "XS99-NEW"]);
    assert!(answer.exit == 110 && answer.out.contains("no such advisory"), "{answer:?}");
}

#[test]
fn nothing_to_do_is_said_plainly() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let off = inventory("[]", r#"{"storage.trim":false}"#, "{}");
    let answer = plan(&host, &[&off], &TRIM);
    assert_eq!(answer.exit, 0, "{answer:?}");
    insta::assert_snapshot!("plan-nothing", text(&answer));
    assert_eq!(plan(&host, &[&off], &["--json"]).json()["outcome"], "nothing");
    // What waits for a restart has one, and that is all.
    let waiting = exposed().replacen('{', r#"{"pending":[{"hotfix":"XS65E005","action":"RebootHost"}],"#, 1);
    let answer = plan(&host, &[&waiting], &TRIM);
    assert_eq!(answer.exit, 0, "{answer:?}");
    insta::assert_snapshot!("plan-restart", text(&answer));
}

#[test]
fn groups_prerequisites_and_bytes_are_told() {
    // Both halves are left: the one that has both is held back by nothing but its rollout's chance.
    let rollout = Value::from([("start", "2099-01-01T00:00:00Z".into()), ("hours", 1.into())]);
    let text_of = |id: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("samples/example-appliance/hotfixes/{id}.toml"));
        Source::from_toml(id, &std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let (_repository, server) = appliance(&[text_of("EXA-12-003").with("rollout", rollout)]);
    let host = Host::of(&server.url());
    let bare = box_of("12.0", "", "");
    let answer = plan(&host, &[&bare], &["--security"]);
    assert_eq!(answer.exit, 0, "{answer:?}");
    insta::assert_snapshot!("plan-groups", text(&answer));
    let json = plan(&host, &[&bare], &["--security", "--json"]).json();
    assert_eq!(json["plan"]["steps"][0]["needed_by"], json!(["EXA-12-002"]));
    assert_eq!(json["plan"]["download_bytes"], 786_432 + 524_288);

    // To the cumulative update, and from there nowhere.
    let answer = plan(&host, &[&bare], &["--target", "12.0-cu1"]);
    assert_eq!(answer.exit, 0, "{answer:?}");
    insta::assert_snapshot!("plan-target", text(&answer));
    for (target, version, build, said) in [
        ("13.0", "12.0", "", "No hotfix that is published leads to it"),
        ("12.0", "13.0", r#","build":"1300""#, "no hotfix leads back"),
    ] {
        let answer = plan(&host, &[&box_of(version, build, "")], &["--target", target]);
        assert!(answer.exit == 100 && answer.out.starts_with("OUT OF REACH"), "{answer:?}");
        assert!(answer.out.contains(said), "{answer:?}");
    }
    let answer = plan(&host, &[&bare], &["--target", "12.0-cu2"]);
    assert!(answer.exit == 1 && answer.err.contains("Did you mean 12.0-cu1?"), "{answer:?}");
    let answer = plan(&host, &[&bare], &["--target", "nowhere", "--json"]);
    assert!(answer.exit == 1 && answer.json()["code"] == "no_such_release", "{answer:?}");
    assert!(answer.json()["remedy"].as_str().unwrap().contains("12.0, 12.0-cu1, 13.0, 13.1"), "{answer:?}");
}

#[test]
fn a_live_patch_spares_a_restart_where_its_base_runs() {
    let (_repository, server) = appliance(&[]);
    let host = Host::of(&server.url());
    let with = |version: &str| box_of("13.0", r#","build":"1300""#, "").replace("2.4.1", version);
    let live = plan(&host, &[&with("3.0.1")], &["--security"]);
    assert!(live.out.contains("1 step, no restart of the host"), "{live:?}");
    insta::assert_snapshot!("plan-live-patch", text(&live));
    let other = plan(&host, &[&with("3.0.0")], &["--security", "--json"]);
    assert_eq!(steps(&other), ["EXA-13-002"]);
    assert_eq!(other.json()["plan"]["guidance"][0]["actions"][0]["action"], "RestartToolstack");
}

#[test]
fn a_withdrawn_hotfix_that_is_installed_is_never_nothing_to_do() {
    let (_repository, server) = appliance(&[]);
    let host = Host::of(&server.url());
    let answer = plan(&host, &[&box_of("12.0", "", "\"EXA-12-004\"").replace("10.0.0.1", "127.0.0.1")], &[]);
    assert_eq!(answer.exit, 100, "{answer:?}");
    insta::assert_snapshot!("plan-withdrawn", text(&answer));
}

#[test]
fn what_cannot_be_planned_is_told_with_why() {
    let text = |name: &str| Value::from(name);
    let pair = |id: &str| Value::from(vec![Value::from(vec![text(id)])]);
    let cell = |id: &str| {
        let mut cell = std::collections::BTreeMap::new();
        for (name, value) in [
            ("feature", text("*")),
            ("releases", Value::from(vec![text("6.5")])),
            ("status", text("known_affected")),
            ("fixed_by", pair(id)),
        ] {
            cell.insert(name.to_owned(), value);
        }
        Value::from(vec![Value::Table(cell.into_iter().collect())])
    };
    let ids = |ids: &[&str]| Value::from(ids.iter().map(|id| text(id)).collect::<Vec<_>>());
    let mut repository = Repository::xenserver(now());
    repository.release(
        "xenserver",
        &[
            // Two that conflict, for two exposures.
            changed("XS65-TRIM", &[("id", text("A1")), ("matrix", cell("H1"))]),
            changed("XS65-TRIM", &[("id", text("A2")), ("matrix", cell("H2"))]),
            changed(
                "XS65E005",
                &[
                    ("id", text("H1")),
                    ("uuid", text("492ca007-bf7b-454f-8e5c-63a991a52450")),
                    ("fixes", ids(&["A1"])),
                    ("conflicts", ids(&["H2"])),
                ],
            ),
            changed(
                "XS65E005",
                &[
                    ("id", text("H2")),
                    ("uuid", text("492ca007-bf7b-454f-8e5c-63a991a52451")),
                    ("fixes", ids(&["A2"])),
                ],
            ),
        ],
    );
    repository.publish();
    let server = StaticServer::of(repository.folder());
    let host = Host::of(&server.url());
    let off = inventory("[]", r#"{"storage.trim":false}"#, "{}");
    let answer = plan(&host, &[&off], &[]);
    assert_eq!(answer.exit, 100, "{answer:?}");
    insta::assert_snapshot!("plan-conflict", self::text(&answer));
    let json = plan(&host, &[&off], &["--json"]).json();
    assert_eq!((&json["outcome"], &json["plan"]["conflicts"]), (&json!("left"), &json!([["H1", "H2"]])));

    // Installed, one of them stands in the way of the other.
    let answer = plan(&host, &[&inventory(r#"["H2"]"#, r#"{"storage.trim":false}"#, "{}")], &[]);
    assert_eq!(answer.exit, 100, "{answer:?}");
    insta::assert_snapshot!("plan-in-the-way", self::text(&answer));
}

#[test]
fn a_pool_takes_each_step_together() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let (bare, fixed) = (exposed(), exposed().replace("\"hotfixes\":[]", "\"hotfixes\":[\"XS65E005\"]"));
    let answer = plan(&host, &[&bare, &fixed, &bare], &[&TRIM[..], &["--coordinator", "m2"]].concat());
    assert_eq!(answer.exit, 0, "{answer:?}");
    insta::assert_snapshot!("plan-pool", text(&answer));
    let json = plan(&host, &[&bare, &fixed, &bare], &[&TRIM[..], &["--json"]].concat()).json();
    assert_eq!(json["plan"]["steps"][0]["members"], json!(["m0", "m2"]));
    assert_eq!(json["differ"], json!(["m1"]));
    assert_eq!(json["hosts"][0]["coordinator"], true);

    // A name is the file's where no id is given; none stands for two.
    let file = host.file("alone.json", &bare);
    let answer = host.run(&["plan", "--inventory", &file, &file]);
    assert!(answer.exit == 1 && answer.err.contains("two members are called alone"), "{answer:?}");
    let answer = plan(&host, &[&bare, &bare], &["--coordinator", "m7"]);
    assert!(
        answer.exit == 1 && answer.err.contains("no member is called m7; there are m0, m1"),
        "{answer:?}"
    );
    let other = bare.replace("\"xenserver\"", "\"other\"");
    let answer = plan(&host, &[&bare, &other], &["--json"]);
    assert!(answer.exit == 1 && answer.json()["code"] == "no_pool", "{answer:?}");
}

#[test]
fn an_answer_that_cannot_be_trusted_is_never_zero() {
    let (_repository, server) = start();
    let mut host = Host::of(&server.url());
    let file = host.file("i.json", exposed());
    assert_eq!(host.run(&["plan", "--inventory", &file, "--advisory", "XS65-TRIM"]).exit, 0);
    host.clock_offset = 3 * 86_400;
    let stale = host.run(&["plan", "--inventory", &file, "--advisory", "XS65-TRIM"]);
    assert!(stale.exit == 1 && stale.out.starts_with("STALE: "), "{stale:?}");
    assert!(stale.out.contains("1. Install XS65E005"), "the last good plan is shown: {stale:?}");
    let json = host.run(&["plan", "--inventory", &file, "--json", "--offline"]);
    assert!(json.exit == 1 && json.json()["outcome"] == "error", "{json:?}");
    assert_eq!(json.json()["code"], "metadata_expired");
    let allowed =
        ["plan", "--inventory", &file, "--advisory", "XS65-TRIM", "--offline", "--allow-stale", "3d"];
    assert_eq!(host.run(&allowed).exit, 0);
}

#[test]
fn its_help_names_the_exit_codes_and_what_goes_together() {
    let host = Host::new();
    let help = host.run(&["plan", "--help"]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in
        ["2 usage", "1 error", "100 something", "110 undetermined", "0 the steps", "Examples: hotfix plan"]
    {
        assert!(help.contains(said), "{said}: {help}");
    }
    for together in [&["--all", "--target", "6.5"][..], &["--all", "--security"], &["--coordinator", "x"]] {
        assert_eq!(host.run(&[&["plan"], together].concat()).exit, 2, "{together:?}");
    }
    // Nothing is kept of what a plan is for but the catalogue.
    assert_eq!(
        json::parse(host.run(&["plan", "--json"]).out.as_bytes())
            .unwrap()
            .get("exit")
            .and_then(Value::as_int),
        Some(1)
    );
}
