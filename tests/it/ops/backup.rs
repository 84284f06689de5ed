//! Backups while a service releases, restored elsewhere and into the other database.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hotfixd::model::Id;
use hotfixd::repository::author::submission_above;
use hotfixd::store::HighWaterMark;
use tempfile::TempDir;

use super::{check, copy};
use crate::support::hotfix::Host;
use crate::support::place::{Place, on_both};
use crate::support::service::{Service, Start, hotfix};

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

fn run(verb: &str, place: &Place, more: &[&str]) -> Output {
    command(verb, place, more).output().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn done(verb: &str, place: &Place, more: &[&str]) -> String {
    let output = run(verb, place, more);
    assert!(output.status.success(), "{verb}: {}", told(&output));
    told(&output)
}

fn refused(verb: &str, place: &Place, more: &[&str], why: &str) {
    let output = run(verb, place, more);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(told(&output).contains(why), "{}", told(&output));
}

/// A place with the keys of another.
fn beside(keys: &Path, place: Place) -> Place {
    copy(keys, &place.folder.path().join("keys"));
    place
}

fn manifest(backup: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(backup.join("manifest.json")).unwrap()).unwrap()
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

on_both! {
    fn a_backup_is_restored_into_either_database_and_hosts_carry_on(place: Place) {
        let (backup, host) = backed_up(&place);
        let (name, keys) = (backup.to_str().unwrap(), place.folder.path().join("keys"));
        for other in [Place::sqlite(), Place::postgres()] {
            let other = beside(&keys, other);
            done("restore", &other, &[name]);
            let again = other.folder.path().join("again");
            done("backup", &other, &[again.to_str().unwrap()]);
            assert_eq!(manifest(&again)["files"], manifest(&backup)["files"]);
            let text = done("doctor", &other, &[]);
            assert!(!text.contains("FAIL"), "{text}");
            let service = Start::at(&other).up();
            let host = Host::of_copy(&host);
            assert_eq!(check(&host, &service).0, "fresh");
            assert_eq!(service.get("/health/ready").word("/status"), "ready");
            service.publish(&[hotfix("XS65E961", 1)]);
            assert_eq!(check(&host, &service).0, "fresh");
        }
    }
}

#[test]
fn a_backup_is_never_written_over_nor_restored_over_anything() {
    let place = Place::sqlite();
    refused("backup", &place, &["nowhere"], "nothing is kept in");
    let (backup, _) = backed_up(&place);
    let name = backup.to_str().unwrap();
    refused("backup", &place, &[name], "is there already");
    refused("restore", &place, &[name], "is not empty");
    let other = beside(&place.folder.path().join("keys"), Place::sqlite());
    refused("restore", &other, &["nowhere"], "manifest.json");
    let strangers = Place::sqlite();
    refused("restore", &strangers, &[name], "Put the folder of the online keys back first");
    // A service works with it.
    let running = Start::at(&place).up();
    let text = told(&run("restore", &place, &[name]));
    assert!(text.contains("another hotfixd") && text.contains("stop it first"), "{text}");
    drop(running);
}

#[test]
fn what_is_damaged_in_a_backup_is_named_and_nothing_of_it_restored() {
    let place = Place::sqlite();
    let (backup, _) = backed_up(&place);
    let name = backup.to_str().unwrap();
    let other = beside(&place.folder.path().join("keys"), Place::sqlite());
    let files: Vec<String> = manifest(&backup)["files"].as_object().unwrap().keys().cloned().collect();
    for file in files.iter().filter(|file| std::fs::metadata(backup.join(file)).unwrap().len() > 0) {
        let path = backup.join(file);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        let at = bad.len() / 2;
        bad[at] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        refused("restore", &other, &[name], file);
        std::fs::write(&path, &good).unwrap();
    }
    std::fs::write(backup.join("manifest.json"), "{}").unwrap();
    refused("restore", &other, &[name], "Name a folder that `hotfixd backup` wrote");
    assert!(!other.folder.path().join("data/hotfixd.sqlite").exists());
}

#[test]
fn a_backup_may_die_before_every_file_operation() {
    let place = Place::sqlite();
    let (whole, _) = backed_up(&place);
    let target = place.folder.path().join("target");
    let name = target.to_str().unwrap();
    let mut deaths = 0;
    for at in 1.. {
        let output =
            command("backup", &place, &[name]).env("HOTFIXD_CRASH_AT", at.to_string()).output().unwrap();
        if output.status.success() {
            break;
        }
        assert_eq!(output.status.code(), None, "point {at}: {}", told(&output));
        deaths += 1;
        if target.exists() {
            assert_eq!(manifest(&target)["tables"], manifest(&whole)["tables"], "point {at}");
            std::fs::remove_dir_all(&target).unwrap();
        }
    }
    assert!(deaths > 10, "{deaths} points");
    let left: Vec<_> =
        std::fs::read_dir(place.folder.path()).unwrap().flatten().map(|file| file.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("partial")), "{left:?}");
}

#[test]
fn a_restore_may_die_before_every_file_operation() {
    let place = Place::sqlite();
    let (backup, _) = backed_up(&place);
    let (name, keys) = (backup.to_str().unwrap(), place.folder.path().join("keys"));
    let mut deaths = 0;
    for at in 1.. {
        let other = beside(&keys, Place::sqlite());
        let output =
            command("restore", &other, &[name]).env("HOTFIXD_CRASH_AT", at.to_string()).output().unwrap();
        if output.status.success() {
            break;
        }
        assert_eq!(output.status.code(), None, "point {at}: {}", told(&output));
        deaths += 1;
        let again = run("restore", &other, &[name]);
        assert!(
            again.status.success() || told(&again).contains("is not empty"),
            "point {at}: {}",
            told(&again)
        );
        let text = done("doctor", &other, &[]);
        assert!(
            !text.contains("FAIL") && text.contains("every signature and hash holds"),
            "point {at}: {text}"
        );
    }
    assert!(deaths > 10, "{deaths} points");
}

/// How many backups are taken while releases go on; more for a long run.
fn rounds() -> usize {
    std::env::var("HOTFIXD_SOAK")
        .ok()
        .and_then(|text| text.parse().ok())
        .map_or(3, |seconds: usize| seconds / 5)
}

#[test]
fn each_backup_that_was_taken_during_releases_is_whole() {
    let place = Place::sqlite();
    let service = Start::at(&place).up();
    let ending = AtomicBool::new(false);
    let backups: Vec<PathBuf> =
        (0..rounds().max(3)).map(|at| place.folder.path().join(format!("backup-{at}"))).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for revision in 1.. {
                service.publish(&[hotfix("XS65E962", revision)]);
                if ending.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        for backup in &backups {
            done("backup", &place, &[backup.to_str().unwrap()]);
        }
        ending.store(true, Ordering::Relaxed);
    });
    let newest = Host::of(&service.url);
    assert_eq!(check(&newest, &service).0, "fresh");
    let current = service.current("xenserver");
    drop(service);
    let keys = place.folder.path().join("keys");
    for backup in &backups {
        let other = beside(&keys, Place::sqlite());
        done("restore", &other, &[backup.to_str().unwrap()]);
        let text = done("doctor", &other, &[]);
        assert!(!text.contains("FAIL"), "{text}");
        let restored = Start::at(&other).up();
        carries_on(&Host::of_copy(&newest), &restored, current.targets.header.version);
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

#[test]
fn the_doctor_names_what_has_changed() {
    let place = Place::sqlite();
    let (_, _) = backed_up(&place);
    let text = done("doctor", &place, &[]);
    for well in [
        "every signature and hash holds",
        "are those that the root and targets trust",
        "no role is near its end",
    ] {
        assert!(text.contains(well), "{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&done("doctor", &place, &["--json"])).unwrap();
    assert_eq!((&json["schema"], &json["level"]), (&"hotfixd/doctor/1".into(), &"ok".into()), "{json}");
    let database = place.folder.path().join("data/hotfixd.sqlite");
    let good = std::fs::read(&database).unwrap();
    let alter = |sql: &str| {
        use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
        let mut connection = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
        diesel::sql_query(sql).execute(&mut connection).unwrap();
    };
    let failing = |name: &str| {
        let output = run("doctor", &place, &[]);
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        assert!(told(&output).contains(name), "{name}: {}", told(&output));
    };
    for (sql, name) in [
        (
            "UPDATE documents SET body = replace(body, 'E960', 'E96O') WHERE id = 'XS65E960'",
            "XS65E960.json revision 1 has changed",
        ),
        (
            "UPDATE documents SET sha256 = replace(sha256, substr(sha256, 1, 1), 'f') WHERE id = 'XS65-TRIM'",
            "XS65-TRIM",
        ),
        ("UPDATE roles SET body = body || ' ' WHERE name = 'snapshot'", "snapshot version"),
        ("DELETE FROM roles WHERE name = 'xenserver' AND version = 1", "xenserver version 1 is gone"),
        ("UPDATE audit SET actor = 'somebody' WHERE seq = 1", "audit entry 1 does not fit"),
    ] {
        alter(sql);
        failing(name);
        for more in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(place.folder.path().join(format!("data/hotfixd.sqlite{more}")));
        }
        std::fs::write(&database, &good).unwrap();
    }
    let key = place.folder.path().join("keys/snapshot.pem");
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    failing("others may read");
    std::fs::copy(place.folder.path().join("keys/timestamp.pem"), &key).unwrap();
    failing("online keys");
    let mark = place.folder.path().join("keys").join(HighWaterMark::FILE);
    std::fs::write(mark, "{}").unwrap();
    failing("issued.json");
    let elsewhere = Place { folder: Arc::new(TempDir::new().unwrap()), postgres: None };
    let output = run("doctor", &elsewhere, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
}

#[test]
fn a_flipped_bit_in_a_blob_is_named() {
    let place = Place::sqlite();
    let mut service = Start::at(&place).with("samples", "all").up();
    assert_eq!(service.get("/health/live").status, 200);
    assert!(service.terminate().success());
    let blobs = place.folder.path().join("data/blobs");
    let folder = std::fs::read_dir(&blobs)
        .unwrap()
        .flatten()
        .map(|one| one.path())
        .find(|one| !one.ends_with("tmp"))
        .unwrap();
    let blob = std::fs::read_dir(folder).unwrap().flatten().next().unwrap().path();
    let mut bytes = std::fs::read(&blob).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&blob, bytes).unwrap();
    let output = run("doctor", &place, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(
        told(&output).contains(&blob.file_name().unwrap().to_string_lossy().into_owned()),
        "{}",
        told(&output)
    );
    refused("backup", &place, &["target"], "its bytes have changed");
    assert!(!place.folder.path().join("target").exists());
}
