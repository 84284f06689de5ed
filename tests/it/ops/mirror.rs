//! Restores that ask mirrors what was issued after the backup, on a machine that lost `issued.json`.

use std::path::PathBuf;
use std::process::Output;

use hotfixd::store::HighWaterMark;

use super::{again, beside, carries_on, check, command, done, hotfixd, refused, told, versions};
use crate::export::export;
use crate::support::hotfix::Host;
use crate::support::place::Place;
use crate::support::service::{Service, Start, hotfix};
use crate::support::static_server::{Fault, StaticServer};

/// A service that has ended, with what was kept of it.
struct Ended {
    service: Service,
    backup: PathBuf,
    mirror: StaticServer,
    /// It saw the last release, which is not in the backup.
    host: Host,
    /// The last timestamp and snapshot.
    issued: (u64, u64),
}

impl Ended {
    fn new() -> Self {
        let place = Place::sqlite();
        let mut service = Start::at(&place).up();
        service.publish(&[hotfix("XS65E962", 1)]);
        let (backup, files) = (place.folder.path().join("backup"), place.folder.path().join("mirror"));
        export(&service, &files, &[]);
        done("backup", &place, &[backup.to_str().unwrap()]);
        service.publish(&[hotfix("XS65E962", 2)]);
        let host = Host::of(&service.url);
        assert_eq!(check(&host, &service).0, "fresh");
        export(&service, &files, &[]);
        let issued = versions(&service);
        assert!(service.terminate().success());
        Self { service, backup, mirror: StaticServer::of(&files), host, issued }
    }

    /// A new machine with the keys, but without the mark.
    fn elsewhere(&self) -> Place {
        let place = beside(&self.service.folder.path().join("keys"), Place::sqlite());
        std::fs::remove_file(place.folder.path().join("keys").join(HighWaterMark::FILE)).unwrap();
        place
    }

    /// Restores, a month later: whatever the mirror has is long expired.
    fn restore(&self, place: &Place, more: &[&str]) -> Output {
        let mut restore = command("restore", place, &[self.backup.to_str().unwrap()]);
        restore.args(more).env("HOTFIXD_CLOCK_OFFSET_SECONDS", "2592000").output().unwrap()
    }
}

fn mark(place: &Place) -> HighWaterMark {
    HighWaterMark::open(&place.folder.path().join("keys")).unwrap()
}

#[test]
fn versions_rise_above_those_of_a_mirror_and_hosts_that_saw_them_carry_on() {
    let ended = Ended::new();
    let place = ended.elsewhere();
    let restored = ended.restore(&place, &["--mirror", &ended.mirror.url()]);
    assert!(restored.status.success(), "{}", told(&restored));
    let lost = "xenserver 3 was released, the newest here is 2: its publisher must submit again";
    for said in [lost, &format!("{} has timestamp {}", ended.mirror.url(), ended.issued.0)] {
        assert!(told(&restored).contains(said), "{}", told(&restored));
    }
    let mark = mark(&place);
    assert!(mark.version("timestamp") > ended.issued.0 && mark.version("snapshot") > ended.issued.1);
    assert_eq!(mark.version("xenserver"), 3);
    let text = done("doctor", &place, &[]);
    assert!(text.contains("warn  versions: xenserver 3 was issued, and is not here"), "{text}");
    let service = Start::at(&place).up();
    let now = versions(&service);
    assert!(now.0 > ended.issued.0 && now.1 > ended.issued.1, "{:?}, then {now:?}", ended.issued);
    let health = service.get("/health/ready");
    assert!(health.text().contains(lost), "{}", health.text());
    carries_on(&ended.host, &service, 3);
    // Above the one that the mirror has.
    assert_eq!(service.snapshot().meta["xenserver"].version, 4);
}

#[test]
fn without_a_mirror_nobody_knows_which_release_was_lost() {
    let ended = Ended::new();
    let place = ended.elsewhere();
    let restored = ended.restore(&place, &[]);
    assert!(restored.status.success() && !told(&restored).contains("submit again"), "{}", told(&restored));
    let text = done("doctor", &place, &[]);
    assert!(text.contains("ok    versions: nothing that is known to have been issued is missing"), "{text}");
    let mut service = Start::at(&place).up();
    // Its own roles rise all the same; the host says what it misses.
    let now = versions(&service);
    assert!(now.0 > ended.issued.0 && now.1 > ended.issued.1, "{:?}, then {now:?}", ended.issued);
    let (state, answer) = check(&ended.host, &service);
    assert_eq!(state, "refused", "{answer}");
    assert!(service.terminate().success());
    // The mark holds what is here from the first start on, and no more.
    assert_eq!(mark(&place).version("xenserver"), 2);
    assert_eq!(versions(&again(&service)).1, now.1);
}

#[test]
fn a_mirror_that_says_nothing_or_something_else_is_named_and_nothing_is_restored() {
    let ended = Ended::new();
    let name = ended.backup.to_str().unwrap();
    let place = ended.elsewhere();
    let stranger = Service::demo();
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let good = ended.mirror.url();
    refused(
        "restore",
        &place,
        &[name, "--mirror", &good, "--mirror", &gone],
        &format!("the mirror {gone}: "),
    );
    refused("restore", &place, &[name, "--mirror", &stranger.url], "refused by the root of the backup");
    ended.mirror.spoil("/tuf/metadata/timestamp.json", Fault::Flip(200));
    refused("restore", &place, &[name, "--mirror", &good], "Or go on without it by --skip-bad-mirrors");
    ended.mirror.mend();
    let wrong = hotfixd("restore", &place, &[name, "--mirror", "mirror.example.org"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", told(&wrong));
    assert!(told(&wrong).contains("--mirror: "), "{}", told(&wrong));
    assert!(!place.folder.path().join("keys").join(HighWaterMark::FILE).exists());

    let skipping = [name, "--mirror", &gone, "--mirror", &good, "--skip-bad-mirrors", "--json"];
    let json: serde_json::Value = serde_json::from_str(&done("restore", &place, &skipping)).unwrap();
    assert!(json["mirrors"][0]["skipped"].as_str().is_some_and(|why| why.contains(&gone)), "{json}");
    assert_eq!(json["mirrors"][1]["timestamp"].as_u64(), Some(ended.issued.0), "{json}");
    assert_eq!(
        (&json["lost"][0]["role"], &json["schema"]),
        (&"xenserver".into(), &"hotfixd/backup/1".into())
    );
}
