//! The answer as people and tools read it.

use std::path::Path;

use hotfixd::host::check::{Check, Checked, check};
use hotfixd::host::collect::Machine;
use hotfixd::host::explain::explain;
use hotfixd::host::init::{Anchor, Init, init};
use hotfixd::host::report;
use hotfixd::host::state::State;
use hotfixd::model::Id;
use hotfixd::net::ServerUrl;
use jiff::{SignedDuration, Timestamp};

use super::{exposed, inventory, start};
use crate::support::hotfix::Host;
use crate::support::repository::Repository;
use crate::support::static_server::StaticServer;

/// A host of a repository that was signed on a day long ago, in this process: its clock is an argument.
struct Then {
    repository: Repository,
    server: StaticServer,
    state: State,
    folder: tempfile::TempDir,
    now: Timestamp,
}

impl Then {
    fn new() -> Self {
        let now: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        let repository = Repository::xenserver(now);
        let server = StaticServer::of(repository.folder());
        let folder = tempfile::tempdir().unwrap();
        let state = State::find(Some(&folder.path().join("state"))).unwrap();
        let url = ServerUrl::parse(&server.url()).unwrap();
        let what = Init {
            server: &url,
            anchor: Anchor::FirstUse,
            product: None,
            allow_development: false,
            yes: false,
        };
        init(&state, &what, now).unwrap();
        Self { repository, server, state, folder, now }
    }

    fn check(&self, inventory: &str, later: SignedDuration) -> Checked {
        let file = self.folder.path().join("inventory.json");
        std::fs::write(&file, inventory).unwrap();
        let what = Check {
            inventory: Some(file),
            advisories: Vec::new(),
            security: false,
            offline: false,
            whole: false,
            witness: None,
            allow_stale: None,
            host_id: None,
            product: None,
            machine: Machine::at(Path::new("/")),
        };
        check(&self.state, &what, self.now + later).unwrap()
    }

    fn plain(&self, text: &str) -> String {
        text.replace(&self.server.url(), "http://127.0.0.1:8650")
    }

    fn text(&self, checked: &Checked) -> String {
        self.plain(&report::text(checked, false))
    }
}

#[test]
fn an_exposed_host() {
    let then = Then::new();
    let checked = then.check(&exposed(), SignedDuration::ZERO);
    insta::assert_snapshot!("check-exposed", then.text(&checked));
    insta::assert_snapshot!("check-exposed-nagios", report::nagios(&checked).0);
    insta::assert_snapshot!("check-exposed-prometheus", then.plain(&report::prometheus(&checked)));
    let explained = explain(&checked, &Id::new("XS65-TRIM").unwrap()).unwrap();
    insta::assert_snapshot!("explain-exposed", report::explanation(&explained, false));
}

#[test]
fn an_undetermined_host() {
    let then = Then::new();
    let checked = then.check(&inventory("[]", "{}", r#"{"x":1}"#), SignedDuration::ZERO);
    insta::assert_snapshot!("check-undetermined", then.text(&checked));
    for id in ["XS65-TRIM", "XS65E005"] {
        let explained = explain(&checked, &Id::new(id).unwrap()).unwrap();
        insta::assert_snapshot!(format!("explain-undetermined-{id}"), report::explanation(&explained, false));
    }
    let unknown = explain(&checked, &Id::new("XS65E0O5").unwrap()).unwrap_err();
    assert_eq!(unknown.remedy(), "Did you mean XS65E005?");
}

#[test]
fn a_host_on_the_service_pack() {
    let then = Then::new();
    let host = inventory(r#"["7f2e4a3a-4098-4a71-84ff-b0ba919723c7"]"#, "{}", "{}");
    let checked = then.check(&host, SignedDuration::ZERO);
    insta::assert_snapshot!("check-fixed", then.text(&checked));
}

#[test]
fn a_stale_answer_is_shown_as_such() {
    let then = Then::new();
    then.check(&exposed(), SignedDuration::ZERO);
    // Nobody has signed a timestamp since.
    let checked = then.check(&exposed(), SignedDuration::from_hours(53));
    assert_eq!(checked.exit_code(), 1);
    insta::assert_snapshot!("check-stale", then.text(&checked));
    assert_eq!(report::nagios(&checked).1, 3);
    assert!(then.repository.version == 1);
}

#[test]
fn no_escape_without_a_terminal_and_none_from_outside_ever() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let file = host.file("i.json", exposed());
    let fact = "\"facts\":{\"a\u{9b}31m\u{202e}\\u001b[2J\":1,";
    let hostile = host.file("hostile.json", exposed().replace("\"facts\":{", fact));
    for arguments in [
        &["check", "--inventory", &file][..],
        &["check", "--inventory", &file, "--explain", "XS65-TRIM"],
        &["check", "-h"],
        &["-h"],
        &["check", "--inventory", &hostile],
        &["check", "--json", "--inventory", &hostile],
        &["chek"],
        &["init", "--server", "x\u{1b}[31m"],
        &["check", "--inventory", "no\u{1b}[31mfile"],
    ] {
        for variable in ["NO_COLOR", "TERM"] {
            let value = if variable == "TERM" { "dumb" } else { "1" };
            let output = host.command(arguments).env(variable, value).output().unwrap();
            let answer = crate::support::hotfix::answer(output);
            let printed = format!("{}{}", answer.out, answer.err);
            let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!printed.contains(bad), "{arguments:?}: {printed:?}");
        }
    }
}

#[test]
fn colours_stand_around_words_only() {
    let then = Then::new();
    let checked = then.check(&exposed(), SignedDuration::ZERO);
    let coloured = report::text(&checked, true);
    assert!(coloured.contains("\u{1b}[1;31mEXPOSED to XS65-TRIM\u{1b}[0m"));
    let mut plain = coloured;
    for code in ["0", "1", "1;31", "33", "32", "2"] {
        plain = plain.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(plain, report::text(&checked, false));
}

#[test]
fn help_ends_with_examples_and_names_the_exit_codes() {
    let host = Host::new();
    for verb in ["init", "check", "inventory"] {
        let help = host.run(&[verb, "-h"]);
        assert_eq!(help.exit, 0);
        let (_, examples) = help.out.split_once("Examples:\n").unwrap();
        assert_eq!(examples.trim_end().lines().count(), 2, "{verb}: {examples}");
    }
    assert_eq!(host.run(&["check", "--help"]).out, host.run(&["help", "check"]).out);
    let help = host.run(&["check", "--help"]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    for code in ["0 nothing", "1 error", "2 usage", "100 something", "110 undetermined"] {
        assert!(help.contains(code), "{code}");
    }
}

#[test]
fn nagios_has_exit_codes_of_its_own() {
    let (_repository, server) = start();
    let mut host = Host::of(&server.url());
    let nagios = |host: &Host, inventory: &str, exit: i32, word: &str| {
        let file = host.file("i.json", inventory);
        let answer = host.run(&["check", "--format", "nagios", "--inventory", &file]);
        assert_eq!((answer.exit, answer.out.lines().count()), (exit, 1), "{answer:?}");
        assert!(answer.out.starts_with(&format!("HOTFIX {word} - ")), "{answer:?}");
        let (text, data) = answer.out.split_once('|').unwrap();
        assert!(!text.is_empty() && data.starts_with("exposed="), "{answer:?}");
    };
    let trim = r#"{"storage.trim":true}"#;
    nagios(&host, &exposed(), 2, "CRITICAL");
    nagios(&host, &inventory("[]", trim, "{}"), 3, "UNKNOWN");
    nagios(&host, &inventory(r#"["XS65E005"]"#, trim, "{}"), 0, "OK");
    let waiting = exposed().replace("\"hotfixes\":[]", "\"hotfixes\":[\"XS65E005\"]").replacen(
        '{',
        r#"{"pending":[{"hotfix":"XS65E005","action":"RebootHost"}],"#,
        1,
    );
    nagios(&host, &waiting, 1, "WARNING");
    host.clock_offset = 3 * 86_400;
    nagios(&host, &exposed(), 3, "UNKNOWN");
}

#[test]
fn colours_are_for_a_terminal_that_takes_them() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let file = host.file("i.json", exposed());
    let check = format!("{} check --inventory {file}", env!("CARGO_BIN_EXE_hotfix"));
    // `script` gives a terminal; where there is none of it, the next best test is the one above.
    let on_a_terminal = |term: &str, no_color: &str| {
        let mut command = host.command(&[]);
        let program = std::mem::replace(&mut command, std::process::Command::new("script"));
        command.args(["-qec", &check, "/dev/null"]).current_dir(host.folder.path());
        command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let out = command.env("TERM", term).env("NO_COLOR", no_color).output().ok()?;
        Some(String::from_utf8_lossy(&out.stdout).into_owned())
    };
    let Some(coloured) = on_a_terminal("xterm", "") else { return };
    assert!(coloured.contains("\u{1b}[1;31mEXPOSED to XS65-TRIM\u{1b}[0m"), "{coloured:?}");
    for (term, no_color) in [("xterm", "1"), ("dumb", "")] {
        let plain = on_a_terminal(term, no_color).unwrap();
        assert!(plain.contains("EXPOSED to XS65-TRIM") && !plain.contains('\u{1b}'), "{plain:?}");
    }
}
