//! The high-water mark: whatever happens to the database, versions only rise.

use hotfixd::store::HighWaterMark;

use super::{Saved, again, check, versions};
use crate::support::hotfix::Host;
use crate::support::service::{Service, Start, hotfix, sign};

const LOST: &str = "xenserver 3 was released, the newest here is 2: its publisher must submit again; hotfix sign \
                    builds version 4";

/// A service whose database was put back to before its last release, hosts that had and had not seen it, and
/// the submission of it.
fn put_back() -> (Service, Host, Host, Vec<u8>) {
    let mut service = Service::demo();
    service.publish(&[hotfix("XS65E950", 1)]);
    let before = Host::of(&service.url);
    assert_eq!(check(&before, &service).0, "fresh");
    assert!(service.terminate().success());
    let saved = Saved::of(&service);
    let mut service = again(&service);
    let submission = service.signed(&[hotfix("XS65E950", 2)]);
    service.publish(&[hotfix("XS65E950", 2)]);
    let after = Host::of(&service.url);
    assert_eq!(check(&after, &service).0, "fresh");
    let issued = versions(&service);
    assert!(service.terminate().success());
    saved.put_back(&service);
    let service = again(&service);
    let now = versions(&service);
    assert!(now.0 > issued.0 && now.1 > issued.1, "{issued:?}, then {now:?}");
    (service, before, after, submission.to_bytes())
}

/// How hosts stand until the publisher has submitted again.
fn waiting(service: &Service, before: &Host, after: &Host) {
    let health = service.get("/health/ready");
    assert_eq!((health.status, health.word("/status").as_str()), (200, "warning"), "{}", health.text());
    assert!(health.text().contains(LOST), "{}", health.text());
    assert!(service.log().contains(LOST), "{}", service.log());
    let roles = service.get("/api/v1/roles").json();
    let role = roles["items"].as_array().unwrap().iter().find(|role| role["role"] == "xenserver").unwrap();
    let stands = (role["version"].as_u64(), role["issued"].as_u64(), role["next"].as_u64());
    assert_eq!((stands, role["lost"].as_str()), ((Some(2), Some(3), Some(4)), Some(LOST)));
    // Who had not seen it goes on; who had keeps the last good answer, and says who has to do what.
    assert_eq!(check(before, service).0, "fresh");
    let (state, answer) = check(after, service);
    assert_eq!((state.as_str(), answer["exit"].as_i64()), ("refused", Some(1)), "{answer}");
    assert!(
        answer["remedy"].to_string().contains("the publisher of xenserver must submit again"),
        "{answer}"
    );
    assert!(answer["assessment"]["hotfixes"].to_string().contains("XS65E950"), "{answer}");
}

fn all_good(service: &Service, before: &Host, after: &Host) {
    let health = service.get("/health/ready");
    assert_eq!(health.word("/status"), "ready", "{}", health.text());
    assert_eq!((check(before, service).0.as_str(), check(after, service).0.as_str()), ("fresh", "fresh"));
}

#[test]
fn after_an_older_database_the_publisher_submits_again_and_every_host_carries_on() {
    let (service, before, after, _) = put_back();
    waiting(&service, &before, &after);
    // Other bytes under a version that was issued are not taken; the answer says which version is next.
    let other =
        sign(&service.current("xenserver"), &[hotfix("XS65E951", 1)], &[service.key("publisher-xenserver")]);
    let reply = service.publisher("POST", "/api/v1/submissions", &other.to_bytes());
    assert_eq!((reply.status, reply.json()["next_version"].as_u64()), (409, Some(4)), "{}", reply.text());
    assert!(reply.text().contains("xenserver 3 was released and is lost here"), "{}", reply.text());

    let publisher = Host::new();
    let text = "schema = \"hotfixd/hotfix/1\"\nid = \"XS65E950\"\nrevision = 2\nproduct = \"xenserver\"\nkind = \"hotfix\"\n\
                title = \"XS65E950 in its revision 2\"\nreleases = [\"6.5\"]\nrequires = []\nsupersedes = []\n\
                conflicts = []\nfixes = []\nguidance = []\n";
    let file = publisher.file("XS65E950.toml", text);
    let key = service.folder.path().join("keys/publisher-xenserver.pem").display().to_string();
    let run = |arguments: &[&str]| {
        let mut command = publisher.command(arguments);
        command.env("HOTFIX_SERVER", &service.url).env("HOTFIX_TOKEN", service.token());
        crate::support::hotfix::answer(command.output().unwrap())
    };
    let status = run(&["status"]);
    assert!(status.err.contains(LOST), "{status:?}");
    let signed = run(&["sign", &file, "--key", &key]);
    assert_eq!(signed.exit, 0, "{signed:?}");
    assert!(signed.err.contains("lost xenserver version 3, so this becomes version 4"), "{signed:?}");
    let submitted = run(&["submit", "submission.json"]);
    assert_eq!(submitted.exit, 0, "{submitted:?}");
    let released = run(&["release", signed.out.trim(), "--yes"]);
    assert_eq!(released.exit, 0, "{released:?}");
    assert_eq!(service.snapshot().meta["xenserver"].version, 4);
    all_good(&service, &before, &after);
}

#[test]
fn the_very_bytes_that_were_lost_may_be_handed_in_again() {
    let (service, before, after, submission) = put_back();
    let reply = service.publisher("POST", "/api/v1/submissions", &submission);
    assert_eq!(reply.status, 201, "{}", reply.text());
    let release = format!("/api/v1/submissions/{}/release", reply.word("/id"));
    let reply = service.publisher("POST", &release, b"");
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(service.snapshot().meta["xenserver"].version, 3);
    all_good(&service, &before, &after);
}

#[test]
fn a_mark_that_is_missing_is_made_once_and_one_that_is_old_rises() {
    let mut service = Service::demo();
    assert_eq!(service.get("/health/live").status, 200);
    assert!(service.terminate().success());
    let keys = service.folder.path().join("keys");
    let file = keys.join(HighWaterMark::FILE);
    let old = std::fs::read(&file).unwrap();
    let up = |service: &Service| Start::on(service.folder.clone()).with("log", "info").up();
    let mut service = up(&service);
    service.publish(&[hotfix("XS65E950", 1)]);
    assert!(!service.log().contains(HighWaterMark::FILE), "{}", service.log());
    assert!(service.terminate().success());
    // The keys were put back from an older copy: the database knows better.
    std::fs::write(&file, old).unwrap();
    let mut service = up(&service);
    assert_eq!(service.get("/health/ready").word("/status"), "ready");
    assert!(service.log().contains("which was raised"), "{}", service.log());
    assert!(service.terminate().success());
    assert_eq!(HighWaterMark::open(&keys).unwrap().version("xenserver"), 2);
    std::fs::remove_file(&file).unwrap();
    let mut service = up(&service);
    assert!(service.log().contains("from the database"), "{}", service.log());
    assert_eq!(service.get("/health/ready").word("/status"), "ready");
    assert!(service.terminate().success());
    // One that was damaged stops the start, and says what to do.
    std::fs::write(&file, "{}").unwrap();
    let Err((_, log)) = Start::on(service.folder.clone()).try_up() else { panic!("it started") };
    assert!(log.contains("issued.json") && log.contains("Put a good copy of it back"), "{log}");
}

#[test]
fn a_repository_that_is_founded_anew_with_the_same_keys_goes_on_above() {
    let mut service = Service::demo();
    service.publish(&[hotfix("XS65E950", 1)]);
    let (host, issued) = (Host::of(&service.url), versions(&service));
    assert_eq!(check(&host, &service).0, "fresh");
    assert!(service.terminate().success());
    std::fs::remove_dir_all(service.folder.path().join("data")).unwrap();
    let service = again(&service);
    let now = versions(&service);
    assert!(now.0 > issued.0 && now.1 > issued.1, "{issued:?}, then {now:?}");
    assert_eq!(service.get("/health/ready").word("/status"), "ready");
    assert_eq!(service.snapshot().meta["xenserver"].version, 3);
}
