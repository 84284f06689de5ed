//! Backups while a service releases, restored elsewhere and into the other database.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::{backed_up, beside, carries_on, check, command, done, hotfixd, refused, told};
use crate::support::hotfix::Host;
use crate::support::place::{Place, on_both};
use crate::support::service::{Start, hotfix};

fn manifest(backup: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(backup.join("manifest.json")).unwrap()).unwrap()
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
    let text = told(&hotfixd("restore", &place, &[name]));
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
        let again = hotfixd("restore", &other, &[name]);
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
