//! What a poll costs on the wire, and that packs and deltas cost bytes at most, never an answer.

use std::time::Instant;

use hotfixd::repository::pack::{delta_path, pack_path};

use super::exposed;
use crate::export::export;
use crate::support::hotfix::Host;
use crate::support::proxy::{Proxy, Traffic};
use crate::support::repository::changed;
use crate::support::service::{PATIENCE, Service, Start, hotfix};
use crate::support::static_server::{Fault, StaticServer};

/// Waits until a file is there that the service makes in the background.
fn await_file(service: &Service, path: &str) {
    let end = Instant::now() + PATIENCE;
    while service.get(&format!("/tuf/{path}")).status != 200 {
        assert!(Instant::now() < end, "{path} never comes");
        std::thread::yield_now();
    }
}

fn checked(host: &Host) -> serde_json::Value {
    let answer = host.check(&exposed(), &[]);
    let mut json = answer.json();
    assert_eq!(json["trust"]["state"], "fresh", "{answer:?}");
    json["assessment"]["as_of"] = "now".into();
    json["assessment"].take()
}

#[test]
fn a_poll_costs_little() {
    let service = Start::new().with("samples", "all").up();
    await_file(&service, &pack_path("xenserver", 1));
    let relay = Proxy::before(&service.url).unwrap();
    let host = Host::of(&relay.url());
    let pinned = relay.take();
    checked(&host);
    let first = relay.take();
    let whole = Traffic { requests: pinned.requests + first.requests, bytes: pinned.bytes + first.bytes };
    assert!(whole.requests <= 8 && whole.bytes <= 50_000, "first load: {whole:?}");

    checked(&host);
    let unchanged = relay.take();
    assert!(unchanged.requests <= 2 && unchanged.bytes <= 800, "unchanged: {unchanged:?}");

    let version = service.snapshot().header.version;
    let advisory = changed("XS65-TRIM", &[("revision", 2.into()), ("title", "It is about TRIM".into())]);
    service.publish(&[hotfix("XS65E970", 1), advisory]);
    await_file(&service, &delta_path("xenserver", 1, 2));
    await_file(&service, &delta_path("snapshot", version, version + 1));
    relay.take();
    let answer = checked(&host);
    let wire = relay.take();
    assert!(wire.bytes <= 4_000, "changed: {wire:?}");
    assert!(answer["hotfixes"].to_string().contains("XS65E970"));
    println!("first load {whole:?}, unchanged {unchanged:?}, changed {wire:?}");
}

#[test]
fn whatever_is_wrong_with_a_pack_or_delta_the_answer_is_the_same() {
    let service = Service::demo();
    let mirror = tempfile::tempdir().unwrap();
    export(&service, mirror.path(), &[]);
    let server = StaticServer::of(mirror.path());
    let new = Host::of(&server.url());
    let first = checked(&new);
    let asked = server.log();
    let pack = format!("/tuf/{}", pack_path("xenserver", 1));
    assert!(asked.iter().any(|line| line.contains(&pack)), "{asked:?}");
    assert!(!asked.iter().any(|line| line.contains("/tuf/targets/")), "{asked:?}");

    let good = std::fs::read(mirror.path().join(&pack[1..])).unwrap();
    let old = Host::of_copy(&new);
    service.publish(&[hotfix("XS65E970", 1)]);
    export(&service, mirror.path(), &[]);
    let changed = checked(&Host::of(&server.url()));
    assert_ne!(changed, first);
    server.log();
    assert_eq!(checked(&Host::of_copy(&old)), changed);
    let asked = server.log();
    assert!(
        !asked.iter().any(|line| line.contains("/tuf/targets/") || line.contains(".xenserver.json")),
        "{asked:?}"
    );

    let pack = format!("/tuf/{}", pack_path("xenserver", 2));
    let delta = format!("/tuf/{}", delta_path("xenserver", 1, 2));
    let snapshot = service.snapshot().header.version;
    let snapshot = format!("/tuf/{}", delta_path("snapshot", snapshot - 1, snapshot));
    let nonsense = |length: usize| vec![b'x'; length];
    for fault in [
        Fault::Missing,
        Fault::CutShort,
        Fault::Flip(200),
        Fault::Flip(2),
        Fault::Replaced(good),
        Fault::Replaced(nonsense(0)),
        Fault::Replaced(nonsense(1_000)),
        Fault::Status(500, String::new(), String::new()),
        Fault::Status(403, String::new(), String::new()),
    ] {
        for path in [&pack, &delta, &snapshot] {
            server.spoil(path, fault.clone());
        }
        assert_eq!(checked(&Host::of_copy(&old)), changed, "{fault:?}");
        assert_eq!(checked(&Host::of(&server.url())), changed, "{fault:?}");
        server.mend();
    }
}
