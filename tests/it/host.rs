//! `hotfix init` and `hotfix check`: the real binary against a signed repository over real sockets.

use jiff::Timestamp;

use crate::support::hotfix::Host;
use crate::support::repository::Repository;
use crate::support::static_server::StaticServer;

const TRIM: [&str; 2] = ["--advisory", "XS65-TRIM"];

fn start() -> (Repository, StaticServer) {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let repository = Repository::xenserver(now);
    let server = StaticServer::of(repository.folder());
    (repository, server)
}

fn inventory(hotfixes: &str, features: &str, facts: &str) -> String {
    format!(
        r#"{{"schema":"hotfixd/inventory/1","product":"xenserver","version":"6.5.0","hotfixes":{hotfixes},
            "features":{features},"facts":{facts},"channel":"release"}}"#
    )
}

fn exposed() -> String {
    inventory("[]", r#"{"storage.trim":true}"#, r#"{"storage.trim.largest_lun_bytes":3298534883328}"#)
}

#[test]
fn a_first_check_and_an_unchanged_poll() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    server.log();
    let first = host.check(&exposed(), &TRIM);
    assert_eq!(first.err, "");
    assert_eq!(first.json()["trust"]["state"], "fresh", "{first:?}");
    server.log();
    let second = host.check(&exposed(), &TRIM);
    assert_eq!(second.json()["trust"]["state"], "fresh");
    assert_eq!(server.log(), ["GET /tuf/metadata/2.root.json 404", "GET /tuf/metadata/timestamp.json 304"]);
}
