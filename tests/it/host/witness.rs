//! `--witness`: a second source that shows what the server does not.

use std::path::Path;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{TRIM, exposed, now, start};
use crate::support::copy;
use crate::support::hotfix::{Answer, Host};
use crate::support::repository::{Repository, changed};
use crate::support::static_server::{Fault, StaticServer};

/// A repository as it is now, at an address of its own.
struct Mirror {
    server: StaticServer,
    _folder: TempDir,
}

impl Mirror {
    fn of(served: &Path) -> Self {
        let folder = TempDir::new().unwrap();
        copy(served, folder.path());
        Self { server: StaticServer::of(folder.path()), _folder: folder }
    }

    fn url(&self) -> String {
        self.server.url()
    }
}

/// A check beside a witness, and what that showed.
fn witnessed(host: &Host, url: &str, more: &[&str]) -> (Answer, Value) {
    let answer = host.check(&exposed(), &[&["--witness", url], more].concat());
    let witness = answer.json()["trust"]["witness"].clone();
    assert_eq!(witness["url"], url, "{answer:?}");
    (answer, witness)
}

/// The next version of the product, published.
fn release(repository: &mut Repository) {
    let revision = i64::try_from(repository.version + 1).unwrap();
    repository.release("xenserver", &[changed("XS65E005", &[("revision", revision.into())])]);
    repository.publish();
}

/// What is published, once more under the same version, with other dates in what the server signs.
fn publish_twice(repository: &mut Repository) {
    repository.now += SignedDuration::from_mins(1);
    repository.version -= 1;
    repository.publish();
}

/// The answer counts, and the witness has this outcome.
fn assert_counts(host: &Host, url: &str, outcome: &str) -> Value {
    let (answer, witness) = witnessed(host, url, &[]);
    let json = answer.json();
    assert_eq!((answer.exit, &json["verdict"]), (100, &json!("exposed")), "{answer:?}");
    assert_eq!(
        (&json["trust"]["state"], &witness["outcome"]),
        (&json!("fresh"), &json!(outcome)),
        "{witness}"
    );
    witness
}

/// The answer does not count, whatever staleness is allowed.
fn assert_stands_in_the_way(host: &Host, url: &str, more: &[&str], state: &str, code: &str) -> Value {
    let (answer, witness) = witnessed(host, url, &[&["--allow-stale", "52w"], more].concat());
    let json = answer.json();
    assert_eq!((answer.exit, &json["verdict"], &json["exit"]), (1, &json!("error"), &json!(1)), "{answer:?}");
    assert_eq!((&json["trust"]["state"], &json["code"]), (&json!(state), &json!(code)), "{json}");
    assert_eq!((&json["trust"]["date"], &json["message"]), (&Value::Null, &witness["message"]));
    assert!(!json["remedy"].as_str().unwrap().is_empty());
    assert_eq!(json["trust"]["allowed"], false);
    witness
}

#[test]
fn one_that_agrees_costs_two_requests_and_leaves_nothing() {
    let (repository, server) = start();
    let mirror = Mirror::of(repository.folder());
    let (alone, host) = (Host::of(&server.url()), Host::of(&server.url()));
    let plain = alone.check(&exposed(), &TRIM).json();
    let (answer, witness) = witnessed(&host, &mirror.url(), &TRIM);
    let mut json = answer.json();
    assert_eq!(
        (answer.exit, &witness["outcome"], &witness["role"]),
        (100, &json!("agrees"), &json!("xenserver"))
    );
    assert_eq!((&witness["ours"]["version"], &witness["ours"]), (&json!(1), &witness["theirs"]));
    assert_eq!(plain["trust"]["witness"], Value::Null);
    json["assessment"]["as_of"] = plain["assessment"]["as_of"].clone();
    assert_eq!(json["assessment"], plain["assessment"]);
    assert_eq!(
        mirror.server.log(),
        ["GET /tuf/metadata/2.root.json 404", "GET /tuf/metadata/timestamp.json 200"]
    );
    let names = |host: &Host| host.snapshot().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(&host), names(&alone));
    assert!(host.snapshot().iter().all(|(_, bytes)| !String::from_utf8_lossy(bytes).contains(&mirror.url())));
}

#[test]
fn one_that_has_more_stands_in_the_way_until_the_server_has_it() {
    let (mut repository, server) = start();
    let withholding = Mirror::of(repository.folder());
    let host = Host::of(&withholding.url());
    assert_eq!(host.check(&exposed(), &TRIM).exit, 100);
    release(&mut repository);
    let good = host.good();
    let witness = assert_stands_in_the_way(&host, &server.url(), &[], "stale", "witness_ahead");
    assert_eq!((&witness["outcome"], &witness["role"]), (&json!("ahead"), &json!("xenserver")));
    assert_eq!((&witness["ours"]["version"], &witness["theirs"]["version"]), (&json!(1), &json!(2)));
    let memory_aside = |good: &[u8]| String::from_utf8_lossy(good).matches("\"version\":2").count();
    assert_eq!(memory_aside(&host.good()), memory_aside(&good), "nothing of the witness is kept");
    // It counts where the server is silent, too: silence is another way to withhold.
    withholding
        .server
        .spoil("/tuf/metadata/timestamp.json", Fault::Status(503, String::new(), String::new()));
    let witness = assert_stands_in_the_way(&host, &server.url(), &[], "stale", "witness_ahead");
    assert_eq!(witness["theirs"]["version"], 2);
    // What the server offers and is refused for is graver.
    withholding.server.spoil("/tuf/metadata/timestamp.json", Fault::Flip(100));
    let (answer, witness) = witnessed(&host, &server.url(), &[]);
    assert_eq!((&answer.json()["trust"]["state"], &witness["outcome"]), (&json!("refused"), &json!("ahead")));
    host.moved(&server.url());
    assert_counts(&host, &withholding.url(), "refused");
    withholding.server.mend();
    assert_counts(&host, &withholding.url(), "behind");
}

#[test]
fn a_release_between_the_two_is_no_withholding() {
    let (mut repository, server) = start();
    let host = Host::of(&server.url());
    let old = repository.read("metadata/timestamp.json");
    release(&mut repository);
    let mirror = Mirror::of(repository.folder());
    server.spoil("/tuf/metadata/timestamp.json", Fault::Once(old));
    let witness = assert_counts(&host, &mirror.url(), "agrees");
    assert_eq!(witness["ours"]["version"], 2);
    assert_eq!(
        host.check(&exposed(), &["--offline"]).json()["assessment"]["catalogue"]["roles"][0]["version"],
        2
    );
}

#[test]
fn what_is_signed_anew_without_a_release_is_no_difference() {
    let (mut repository, server) = start();
    let older = Mirror::of(repository.folder());
    let host = Host::of(&server.url());
    repository.publish();
    assert_counts(&host, &older.url(), "agrees");
    host.moved(&older.url());
    let other = Host::of(&older.url());
    assert_counts(&other, &server.url(), "agrees");
}

#[test]
fn every_role_that_the_answer_rests_on_is_compared() {
    type Change = fn(&mut Repository);
    let changes: [(&str, Change); 3] = [
        ("root", |repository| {
            repository.root.header.version += 1;
            repository.write_root();
        }),
        ("targets", |repository| repository.targets.header.version += 1),
        ("holds", |repository| repository.holds.header.version += 1),
    ];
    for (role, change) in changes {
        let (mut repository, server) = start();
        let mirror = Mirror::of(repository.folder());
        let host = Host::of(&mirror.url());
        change(&mut repository);
        repository.publish();
        let witness = assert_stands_in_the_way(&host, &server.url(), &[], "stale", "witness_ahead");
        assert_eq!((&witness["role"], &witness["theirs"]["version"]), (&json!(role), &json!(2)));
        // The other way round; of a root there is no older one to be seen.
        let outcome = if role == "root" { "agrees" } else { "behind" };
        let witness = assert_counts(&Host::of(&server.url()), &mirror.url(), outcome);
        assert_eq!(witness["role"], if role == "root" { "xenserver" } else { role });
    }
}

#[test]
fn two_files_of_one_version_are_a_difference() {
    let (mut repository, server) = start();
    let mirror = Mirror::of(repository.folder());
    let host = Host::of(&mirror.url());
    publish_twice(&mut repository);
    let witness = assert_stands_in_the_way(&host, &server.url(), &[], "refused", "witness_differs");
    assert_eq!((&witness["role"], &witness["outcome"]), (&json!("snapshot"), &json!("differs")));
    assert_eq!(witness["ours"]["version"], witness["theirs"]["version"]);
    assert_ne!(witness["ours"]["sha256"], witness["theirs"]["sha256"]);
    let key = repository.publisher_key.clone();
    repository
        .sign_product("xenserver", &key, |targets| targets.header.expires += SignedDuration::from_mins(1));
    repository.publish();
    let witness = assert_stands_in_the_way(&host, &server.url(), &[], "refused", "witness_differs");
    assert_eq!((&witness["role"], &witness["ours"]["version"]), (&json!("xenserver"), &json!(1)));
}

#[test]
fn one_that_shows_nothing_is_warned_of_or_stands_in_the_way_where_it_is_required() {
    let (repository, server) = start();
    let host = Host::of(&server.url());
    let mirror = Mirror::of(repository.folder());
    let foreign_repository = Repository::xenserver(now());
    let foreign = StaticServer::of(foreign_repository.folder());
    let nowhere = Mirror::of(repository.folder()).url();
    let html = || Fault::Replaced(b"<html>Sign in</html>".to_vec());
    let timestamp = "/tuf/metadata/timestamp.json";
    let cases = [
        (mirror.url(), Some((timestamp, Fault::Flip(200))), "refused", json!("timestamp")),
        (mirror.url(), Some((timestamp, Fault::Missing)), "refused", json!("timestamp")),
        (mirror.url(), Some((timestamp, Fault::Endless)), "refused", json!("timestamp")),
        (mirror.url(), Some(("/tuf/metadata/2.root.json", html())), "refused", json!("root")),
        (
            mirror.url(),
            Some((timestamp, Fault::Status(500, String::new(), String::new()))),
            "not_reached",
            Value::Null,
        ),
        (mirror.url(), Some((timestamp, Fault::CutShort)), "not_reached", Value::Null),
        (foreign.url(), None, "refused", json!("timestamp")),
        (nowhere, None, "not_reached", Value::Null),
    ];
    let file = host.file("i.json", exposed());
    for (url, fault, outcome, role) in cases {
        mirror.server.mend();
        if let Some((path, fault)) = fault {
            mirror.server.spoil(path, fault);
        }
        let witness = assert_counts(&host, &url, outcome);
        assert_eq!((&witness["role"], &witness["theirs"]), (&role, &Value::Null), "{witness}");
        let message = witness["message"].as_str().unwrap();
        assert!(message.contains(&url), "{message}");
        let text = host.run(&["check", "--inventory", &file, "--witness", &url]);
        assert!(
            text.err.starts_with("warning: nothing was compared: ") && text.err.contains(message),
            "{text:?}"
        );
        let code = format!("witness_{outcome}");
        assert_stands_in_the_way(&host, &url, &["--witness-required"], "stale", &code);
    }
    mirror.server.mend();
    let (answer, witness) = witnessed(&host, &mirror.url(), &["--witness-required"]);
    assert_eq!((answer.exit, &witness["outcome"]), (100, &json!("agrees")));
}

#[test]
fn one_that_nobody_keeps_up_to_date_is_told_from_one_that_agrees() {
    let (mut repository, server) = start();
    repository.timestamp_life = SignedDuration::from_hours(1);
    repository.publish();
    let old = Mirror::of(repository.folder());
    repository.timestamp_life = SignedDuration::from_hours(24);
    repository.publish();
    let mut host = Host::of(&server.url());
    assert_counts(&host, &old.url(), "agrees");
    host.clock_offset = 2 * 3_600;
    let witness = assert_counts(&host, &old.url(), "stale");
    assert_eq!(witness["role"], "timestamp");
    assert_stands_in_the_way(&host, &old.url(), &["--witness-required"], "stale", "witness_stale");
    // What it has more than the server was signed, whenever that was.
    host.moved(&old.url());
    release(&mut repository);
    host.clock_offset = 0;
    let fresh = Host::of(&old.url());
    assert_eq!(fresh.check(&exposed(), &TRIM).exit, 100);
    let newer = Mirror::of(repository.folder());
    let mut late = Host::of_copy(&fresh);
    late.clock_offset = 25 * 3_600;
    let witness = assert_stands_in_the_way(&late, &newer.url(), &[], "stale", "witness_ahead");
    assert_eq!(witness["theirs"]["version"], 2);
}

#[test]
fn all_forms_say_it() {
    let (mut repository, server) = start();
    let mirror = Mirror::of(repository.folder());
    let host = Host::of(&mirror.url());
    let file = host.file("i.json", exposed());
    let plain =
        |text: String| text.replace(&server.url(), "http://server").replace(&mirror.url(), "http://mirror");
    let run = |verb: &str, more: &[&str]| {
        let answer = host.run(&[&[verb, "--inventory", &file, "--witness", &server.url()], more].concat());
        (answer.exit, plain(answer.out), plain(answer.err))
    };
    let (check, plan) = (|more: &[&str]| run("check", more), |more: &[&str]| run("plan", more));
    let has = |text: &str, line: &str| text.lines().any(|other| other == line);
    let (exit, text, warned) = check(&[]);
    assert_eq!((exit, warned.as_str()), (100, ""));
    let agrees = "The witness http://server agrees: it has xenserver version 1 too";
    assert!(has(&text, &format!("  {agrees}")), "{text}");
    assert!(check(&["--format", "prometheus"]).1.contains("hotfix_witness_state{state=\"agrees\"} 1\n"));
    let (exit, text, _) = plan(&[]);
    assert!(exit == 0 && has(&text, agrees), "{text}");

    server.spoil("/tuf/metadata/timestamp.json", Fault::Missing);
    let (exit, text, warned) = check(&[]);
    let seen = "hat the witness http://server serves was refused: timestamp is missing: the repository has no file timestamp.json";
    assert!(exit == 100 && has(&text, &format!("  W{seen}")), "{text}");
    assert_eq!(warned, format!("warning: nothing was compared: w{seen}\n"));
    assert_eq!(plan(&[]).2, warned);
    let nagios = check(&["--format", "nagios"]);
    assert!(nagios.0 == 2 && nagios.1.contains(&format!("; w{seen}|exposed=")), "{nagios:?}");
    server.mend();

    release(&mut repository);
    let (exit, text, warned) = check(&[]);
    assert_eq!((exit, warned.as_str()), (1, ""));
    let head: Vec<&str> = text.lines().take(4).collect();
    insta::assert_snapshot!("witness-ahead", head[..2].join("\n"));
    assert_eq!(
        text.matches("the witness").count() + text.matches("The witness").count(),
        1,
        "it is said once"
    );
    let nagios = check(&["--format", "nagios"]);
    assert!(
        nagios.0 == 3 && nagios.1.starts_with("HOTFIX UNKNOWN - the witness http://server has"),
        "{nagios:?}"
    );
    let metrics = check(&["--format", "prometheus"]).1;
    for line in [
        "hotfix_witness_state{state=\"ahead\"} 1\n",
        "hotfix_trust_state{state=\"stale\"} 1\n",
        "hotfix_check_up{product=\"xenserver\"} 0\n",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    let (exit, text, _) = plan(&["--json"]);
    let mut json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((exit, &json["outcome"], &json["code"]), (1, &json!("error"), &json!("witness_ahead")));
    for file in ["ours", "theirs"] {
        assert_eq!(json["trust"]["witness"][file]["sha256"].as_str().unwrap().len(), 64);
        json["trust"]["witness"][file]["sha256"] = "SHA256".into();
    }
    insta::assert_snapshot!("witness-json", serde_json::to_string_pretty(&json["trust"]["witness"]).unwrap());
}

#[test]
fn who_it_is_may_stand_in_the_environment() {
    let (repository, server) = start();
    let mirror = Mirror::of(repository.folder());
    let host = Host::of(&server.url());
    let file = host.file("i.json", exposed());
    let run = |variable: &str, more: &[&str]| {
        let mut command = host.command(&[&["check", "--json", "--inventory", &file], more].concat());
        crate::support::hotfix::answer(command.env("HOTFIX_WITNESS", variable).output().unwrap())
    };
    assert_eq!(run(&mirror.url(), &[]).json()["trust"]["witness"]["outcome"], "agrees");
    assert_eq!(run("", &[]).json()["trust"]["witness"], Value::Null);
    let other = run("http://127.0.0.1:1", &["--witness", &mirror.url()]);
    assert_eq!(other.json()["trust"]["witness"]["url"], mirror.url(), "the option comes first");
    mirror.server.log();
    let offline = run(&mirror.url(), &["--offline"]);
    assert_eq!((offline.exit, &offline.json()["trust"]["witness"]), (100, &Value::Null));
    assert!(mirror.server.log().is_empty());
    let bad = run("https://user:secret@mirror.example", &[]);
    assert_eq!((bad.exit, &bad.json()["code"]), (1, &json!("no_witness")));
    assert!(bad.out.contains("HOTFIX_WITNESS: ") && !bad.out.contains("secret"), "{bad:?}");
}

#[test]
fn what_makes_no_sense_is_said() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    for verb in ["check", "plan"] {
        let offline = host.run(&[verb, "--offline", "--witness", "http://mirror.example"]);
        assert!(offline.exit == 2 && offline.err.contains("--offline"), "{offline:?}");
        assert_eq!(host.run(&[verb, "--offline", "--witness-required"]).exit, 2);
        let bad = host.run(&[verb, "--witness", "https://user:secret@mirror.example"]);
        assert!(
            bad.exit == 2
                && bad.err.contains("--witness: ")
                && bad.err.ends_with(".\n")
                && !bad.err.contains("secret"),
            "{bad:?}"
        );
        let none = host.run(&[verb, "--witness-required"]);
        assert!(none.exit == 1 && none.err.contains("neither --witness nor HOTFIX_WITNESS"), "{none:?}");
        let file = host.file("i.json", exposed());
        let itself = host.run(&[verb, "--inventory", &file, "--witness", &server.url()]);
        assert!(itself.exit == 1 && itself.err.contains("no witness of itself"), "{itself:?}");
    }
}

#[cfg(feature = "server")]
mod real {
    use super::*;
    use crate::export::export;
    use crate::support::service::{Service, hotfix};

    #[test]
    fn a_mirror_and_its_server_vouch_for_each_other() {
        let service = Service::demo();
        let folder = service.folder.path().join("mirror");
        export(&service, &folder, &[]);
        let mirror = StaticServer::of(&folder);
        let (of_server, of_mirror) = (Host::of(&service.url), Host::of(&mirror.url()));
        assert_counts(&of_server, &mirror.url(), "agrees");
        assert_counts(&of_mirror, &service.url, "agrees");
        service.publish(&[hotfix("XS65E900", 1)]);
        let witness = assert_stands_in_the_way(&of_mirror, &service.url, &[], "stale", "witness_ahead");
        assert_eq!((&witness["role"], &witness["theirs"]["version"]), (&json!("xenserver"), &json!(2)));
        assert_counts(&of_server, &mirror.url(), "behind");
        export(&service, &folder, &[]);
        assert_counts(&of_server, &mirror.url(), "agrees");
        assert_counts(&of_mirror, &service.url, "agrees");
    }
}
