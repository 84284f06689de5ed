//! The host: the real `hotfix` against a signed repository over real sockets.

#[cfg(feature = "server")]
mod bytes;
mod changed;
mod check;
mod crash;
pub(crate) mod explain;
mod init;
mod input;
mod plan;
mod report;
mod trust;
mod witness;

use jiff::Timestamp;

use crate::support::repository::Repository;
use crate::support::static_server::StaticServer;

/// Narrows a check to the seed case.
const TRIM: [&str; 2] = ["--advisory", "XS65-TRIM"];

/// The present time, in whole seconds.
fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap()
}

/// The XenServer samples, signed now and served.
fn start() -> (Repository, StaticServer) {
    let repository = Repository::xenserver(now());
    let server = StaticServer::of(repository.folder());
    (repository, server)
}

/// An inventory of a 6.5 host; each part as JSON.
fn inventory(hotfixes: &str, features: &str, facts: &str) -> String {
    format!(
        r#"{{"schema":"hotfixd/inventory/1","product":"xenserver","version":"6.5.0","hotfixes":{hotfixes},
            "features":{features},"facts":{facts},"channel":"release"}}"#
    )
}

/// A 6.5 host that runs space reclamation on a LUN of so many bytes.
fn with_lun(bytes: u64) -> String {
    inventory("[]", r#"{"storage.trim":true}"#, &format!(r#"{{"storage.trim.largest_lun_bytes":{bytes}}}"#))
}

/// The seed case: 3 TiB.
fn exposed() -> String {
    with_lun(3 << 40)
}
