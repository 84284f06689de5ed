//! Looking after a service: what was ever issued, backup and restore, the doctor. On the real binaries.

mod backup;
mod doctor;
mod flips;
mod mark;
mod mirror;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use hotfixd::model::Id;
use hotfixd::repository::author::submission_above;
use tempfile::TempDir;

use crate::support::copy;
use crate::support::hotfix::Host;
use crate::support::place::Place;
use crate::support::postgres;
use crate::support::service::{Service, Start, hotfix};

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

/// `hotfixd` on the data folder and the database of a place.
fn command(verb: &str, place: &Place, more: &[&str]) -> Command {
    let folder = place.folder.path();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hotfixd"));
    command.arg(verb).args(more).arg("--data").arg(folder.join("data")).env_clear().current_dir(folder);
    if let Some(database) = &place.postgres {
        command.arg("--database").arg(database.url());
    }
    if verb != "backup" {
        command.arg("--keys").arg(folder.join("keys"));
    }
    command
}

fn hotfixd(verb: &str, place: &Place, more: &[&str]) -> Output {
    command(verb, place, more).output().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn done(verb: &str, place: &Place, more: &[&str]) -> String {
    let output = hotfixd(verb, place, more);
    assert!(output.status.success(), "{verb}: {}", told(&output));
    told(&output)
}

fn refused(verb: &str, place: &Place, more: &[&str], why: &str) {
    let output = hotfixd(verb, place, more);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(told(&output).contains(why), "{}", told(&output));
}

/// A place with the keys of another.
fn beside(keys: &Path, place: Place) -> Place {
    copy(keys, &place.folder.path().join("keys"));
    place
}

/// A service that has ended, with a release of its own, and a backup of it.
fn backed_up(place: &Place) -> (PathBuf, Host) {
    let mut service = Start::at(place).up();
    service.publish(&[hotfix("XS65E960", 1)]);
    let host = Host::of(&service.url);
    assert_eq!(check(&host, &service).0, "fresh");
    let backup = place.folder.path().join("backup");
    let text = done("backup", place, &[backup.to_str().unwrap()]);
    assert!(text.contains("no private key is in it"), "{text}");
    assert!(service.terminate().success());
    (backup, host)
}

/// Changes the database of a place behind the service's back.
fn alter(place: &Place, sql: &str) {
    use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
    match &place.postgres {
        Some(database) => drop(postgres::sql(&database.url(), sql)),
        None => {
            let path = place.folder.path().join("data/hotfixd.sqlite");
            let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            diesel::sql_query(sql).execute(&mut connection).unwrap();
        }
    }
}

/// A host that saw the newer state: it keeps its answer and names who has to submit again, and carries on once
/// that is done.
fn carries_on(host: &Host, service: &Service, seen: u64) {
    let here = service.snapshot().meta["xenserver"].version;
    if here < seen {
        let (state, answer) = check(host, service);
        assert_eq!(state, "refused", "{answer}");
        assert!(answer["remedy"].to_string().contains("must submit again"), "{answer}");
        let current = service.current("xenserver");
        let (product, keys) = (Id::new("xenserver").unwrap(), [service.key("publisher-xenserver")]);
        let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 60);
        let changed = [hotfix("XS65E962", 1_000)];
        let next = submission_above(&product, Some(&current), &changed, seen, expires, &keys).unwrap();
        let reply = service.publisher("POST", "/api/v1/submissions", &next.to_bytes());
        assert_eq!(reply.status, 201, "{}", reply.text());
        let path = format!("/api/v1/submissions/{}/release", reply.word("/id"));
        assert_eq!(service.publisher("POST", &path, b"").status, 200);
    }
    assert_eq!(check(host, service).0, "fresh");
}
