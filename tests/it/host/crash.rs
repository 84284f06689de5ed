//! A host that stops at any moment at which something becomes durable.

use serde_json::json;

use super::{TRIM, exposed, start};
use crate::support::hotfix::Host;
use crate::support::repository::changed;

/// Runs a verb that dies at its first, second, … moment, until it ends by itself; after each death `verify`.
fn die_everywhere(first: &Host, arguments: &[&str], verify: impl Fn(&Host, usize)) {
    // A release build cannot be told to die.
    if !cfg!(debug_assertions) {
        return;
    }
    for at in 1..200 {
        let host = Host::of_copy(first);
        let output = host.command(arguments).env("HOTFIXD_CRASH_AT", at.to_string()).output().unwrap();
        let died = output.status.code().is_none();
        verify(&host, at);
        if !died {
            assert!(at > 5, "it has more moments than that");
            return;
        }
    }
    panic!("it has fewer moments than that");
}

#[test]
fn init_is_done_or_not_done() {
    let (_repository, server) = start();
    let url = server.url();
    let none = Host::new();
    std::fs::create_dir_all(none.state()).unwrap();
    die_everywhere(&none, &["init", "--server", &url], |host, at| {
        let check = host.check(&exposed(), &TRIM);
        if check.exit != 100 {
            assert_eq!(check.json()["code"], "not_initialised", "at {at}: {check:?}");
            assert_eq!(host.run(&["init", "--server", &url]).exit, 0, "at {at}");
            assert_eq!(host.check(&exposed(), &TRIM).exit, 100, "at {at}");
        }
    });
}

#[test]
fn a_check_leaves_the_old_state_or_the_new() {
    let (mut repository, server) = start();
    let first = Host::of(&server.url());
    first.check(&exposed(), &TRIM);
    repository.release("xenserver", &[changed("XS65E005", &[("revision", 2.into())])]);
    repository.publish();
    let file = first.file("inventory.json", exposed());
    die_everywhere(&first, &["check", "--inventory", &file], |host, at| {
        let offline = host.check(&exposed(), &["--offline", "--advisory", "XS65-TRIM"]);
        assert_eq!((offline.exit, &offline.json()["trust"]["state"]), (100, &json!("fresh")), "at {at}");
        let online = host.check(&exposed(), &TRIM);
        assert_eq!((online.exit, &online.json()["trust"]["state"]), (100, &json!("fresh")), "at {at}");
        assert_eq!(online.json()["assessment"]["catalogue"]["roles"][0]["version"], 2, "at {at}");
        let left = host.snapshot().into_iter().filter(|(name, _)| name.ends_with(".new")).count();
        assert!(left <= 1, "at {at}: {left} files are left beside their place");
    });
}
