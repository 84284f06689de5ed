//! Looking after a service: what was ever issued, backup and restore, the doctor. On the real binaries.

mod backup;
mod mark;

use std::sync::Arc;

use tempfile::TempDir;

use crate::support::copy;
use crate::support::hotfix::Host;
use crate::support::service::{Service, Start};

/// A host of XenServer 6.5 on which nothing is installed.
const INVENTORY: &str =
    r#"{"schema":"hotfixd/inventory/1","product":"xenserver","version":"6.5.0","hotfixes":[]}"#;

/// Starts again on the folder of a service that has ended.
fn again(service: &Service) -> Service {
    Start::on(Arc::clone(&service.folder)).up()
}

/// What a host answers once the service is at another address: its trust, and the whole.
fn check(host: &Host, service: &Service) -> (String, serde_json::Value) {
    host.moved(&service.url);
    let answer = host.check(INVENTORY, &[]);
    let json = answer.json();
    (json["trust"]["state"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned(), json)
}

/// The service's timestamp and snapshot versions.
fn versions(service: &Service) -> (u64, u64) {
    let (timestamp, _): (hotfixd::trust::Timestamp, _) = service.metadata("timestamp.json");
    (timestamp.header.version, timestamp.snapshot.version)
}

/// A data folder as it was at some moment.
struct Saved(TempDir);

impl Saved {
    fn of(service: &Service) -> Self {
        let folder = TempDir::new().unwrap();
        copy(&service.folder.path().join("data"), folder.path());
        Self(folder)
    }

    fn put_back(&self, service: &Service) {
        let data = service.folder.path().join("data");
        std::fs::remove_dir_all(&data).unwrap();
        copy(self.0.path(), &data);
    }
}
