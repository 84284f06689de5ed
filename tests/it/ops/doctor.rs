//! What the doctor looks at, and what it says.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::sync::Arc;

use hotfixd::store::HighWaterMark;
use serde_json::Value;
use tempfile::TempDir;

use super::{alter, backed_up, command, done, hotfixd, refused, told};
use crate::support::place::{Place, on_both};
use crate::support::service::Start;

/// What the doctor says of one thing: its level, what was found, and what to do.
fn asked(place: &Place, name: &str) -> (String, String, String) {
    let output = hotfixd("doctor", place, &["--json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", told(&output)));
    let checks = json["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("{json}"));
    let text = |field: &str| check[field].as_str().unwrap_or_default().to_owned();
    (text("level"), text("found"), text("remedy"))
}

on_both! {
    fn an_older_hotfixd_on_newer_data_says_so_and_does_nothing(place: Place) {
        let (_, _) = backed_up(&place);
        assert_eq!(asked(&place, "migrations").0, "ok");
        alter(&place, "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')");
        let (level, found, remedy) = asked(&place, "migrations");
        assert_eq!((level.as_str(), found.contains("29990101000000")), ("fail", true), "{found}");
        assert!(remedy.contains("Run the hotfixd that wrote this database, or a newer one"), "{remedy}");
        // Rows of tables that are not known are not judged.
        let text = told(&hotfixd("doctor", &place, &[]));
        assert!(!text.contains("rows") && !text.contains("blobs"), "{text}");
        for start in [Start::at(&place).serve(), Start::at(&place)] {
            let Err((status, log)) = start.try_up() else { panic!("it started") };
            assert_eq!(status.code(), Some(1), "{log}");
            assert!(log.contains("written by a newer hotfixd (it has the step 29990101000000"), "{log}");
        }
        refused("backup", &place, &["again"], "start that version or a newer one");
        assert!(!place.folder.path().join("again").exists());
    }

    fn a_database_without_tables_is_no_damaged_one(place: Place) {
        std::fs::create_dir(place.folder.path().join("data")).unwrap();
        if place.postgres.is_none() {
            std::fs::write(place.folder.path().join("data/hotfixd.sqlite"), b"").unwrap();
        }
        let (level, found, remedy) = asked(&place, "migrations");
        assert_eq!((level.as_str(), found.contains("no table is there")), ("fail", true), "{found}");
        assert!(remedy.contains("start the service once"), "{remedy}");
        refused("backup", &place, &["again"], "nothing is kept in");
    }
}

/// Who is nobody: root may write everywhere.
const NOBODY: u32 = 65_534;

#[test]
fn room_and_what_may_not_be_written_is_told() {
    let place = Place::sqlite();
    let (_, _) = backed_up(&place);
    let (level, found, _) = asked(&place, "space");
    assert!(level != "fail" && found.contains("MiB are left"), "{found}");
    assert_eq!(asked(&place, "writing").0, "ok");
    let open = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let (data, keys) = (place.folder.path().join("data"), place.folder.path().join("keys"));
    let as_nobody = || {
        let mut doctor = command("doctor", &place, &[]);
        if rustix::process::geteuid().is_root() {
            doctor.uid(NOBODY).gid(NOBODY);
        }
        told(&doctor.output().unwrap())
    };
    open(place.folder.path(), 0o755);
    for (read_only, shown) in [(&keys, "keys: Permission denied"), (&data, "data: Permission denied")] {
        open(&data, 0o777);
        open(&keys, 0o777);
        open(&data.join("hotfixd.sqlite"), 0o666);
        open(&data.join("blobs"), 0o777);
        open(read_only, 0o555);
        let text = as_nobody();
        let line =
            text.lines().find(|line| line.starts_with("FAIL  writing")).unwrap_or_else(|| panic!("{text}"));
        assert!(line.contains(shown), "{line}");
        assert!(text.contains("Ask as the user who runs the service"), "{text}");
    }
    open(&data, 0o755);
    open(&keys, 0o755);
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
    let failing = |name: &str| {
        let output = hotfixd("doctor", &place, &[]);
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
        alter(&place, sql);
        failing(name);
        for more in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(place.folder.path().join(format!("data/hotfixd.sqlite{more}")));
        }
        std::fs::write(&database, &good).unwrap();
    }
    let key = place.folder.path().join("keys/snapshot.pem");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    failing("others may read");
    std::fs::copy(place.folder.path().join("keys/timestamp.pem"), &key).unwrap();
    failing("online keys");
    let mark = place.folder.path().join("keys").join(HighWaterMark::FILE);
    std::fs::write(mark, "{}").unwrap();
    failing("issued.json");
    let elsewhere = Place { folder: Arc::new(TempDir::new().unwrap()), postgres: None };
    let output = hotfixd("doctor", &elsewhere, &[]);
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
    let output = hotfixd("doctor", &place, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(
        told(&output).contains(&blob.file_name().unwrap().to_string_lossy().into_owned()),
        "{}",
        told(&output)
    );
    refused("backup", &place, &["target"], "its bytes have changed");
    assert!(!place.folder.path().join("target").exists());
}
