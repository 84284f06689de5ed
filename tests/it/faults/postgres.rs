//! PostgreSQL killed under load and back, again and again: reads never fail, a write that was acknowledged is there, and
//! the service heals by itself. `HOTFIXD_SOAK=SECONDS` makes it last.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use hotfixd::store::{DatabaseUrl, Store, StoreSettings};
use tempfile::TempDir;

use super::{copy, cycle, revived, survive, whole, with_payload};
use crate::support::postgres::{Database, Server};
use crate::support::service::{PATIENCE, Reply, Service, Start, hotfix};

/// How long writing may stay refused once PostgreSQL takes connections. Beside other tests that says nothing.
fn healed() -> Duration {
    if soak() > 0 { Duration::from_secs(5) } else { PATIENCE }
}

/// What hosts poll and people browse.
const READ: &[&str] = &[
    "/tuf/metadata/timestamp.json",
    "/tuf/metadata/1.root.json",
    "/",
    "/advisories/XS65-TRIM",
    "/hotfixes/XS65E005",
    "/products/xenserver",
    "/api/v1/advisories",
    "/api/v1/hotfixes/xenserver/XS65E005",
    "/feeds/hotfixes.atom",
    "/health/live",
];

/// What the threads tell each other.
#[derive(Default)]
struct Story {
    over: AtomicBool,
    acknowledged: AtomicU32,
    refused: AtomicU32,
    reads: AtomicU32,
}

impl Story {
    fn wait(&self, service: &Service, what: &str, within: Duration, until: impl Fn() -> bool) {
        let deadline = Instant::now() + within;
        while !until() {
            assert!(!self.over.load(Ordering::Relaxed), "{what}: a thread gave up");
            assert!(Instant::now() < deadline, "{what}: not within {within:?}\n{}", service.log());
            std::thread::yield_now();
        }
    }
}

/// Says that it is over, however it ended.
struct Over<'s>(&'s Story);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Relaxed);
    }
}

fn released(service: &Service) -> u32 {
    let reply = service.get("/api/v1/hotfixes/xenserver/XS65E950");
    match reply.status {
        404 => 0,
        _ => u32::try_from(reply.json()["revision"].as_u64().unwrap()).unwrap(),
    }
}

/// Whether it was done; otherwise it was refused as it has to be.
fn done(story: &Story, reply: &Reply) -> bool {
    if (200..300).contains(&reply.status) {
        return true;
    }
    // Another state: what was not confirmed had been kept.
    if reply.status != 409 {
        assert_eq!(reply.status, 503, "{}", reply.text());
        assert!(reply.headers.contains_key("retry-after"), "{reply:?}");
        let code = reply.word("/code");
        assert!(["database_unavailable", "unconfirmed", "busy"].contains(&code.as_str()), "{code}");
        story.refused.fetch_add(1, Ordering::Relaxed);
    }
    false
}

fn publish(service: &Service, story: &Story) {
    let _over = Over(story);
    while !story.over.load(Ordering::Relaxed) {
        let revision = released(service);
        let acknowledged = story.acknowledged.load(Ordering::Relaxed);
        assert!(revision >= acknowledged, "revision {acknowledged} was acknowledged, {revision} is served");
        let submission = service.signed(&[hotfix("XS65E950", revision + 1)]);
        let reply = service.publisher("POST", "/api/v1/submissions", &submission.to_bytes());
        if !done(story, &reply) {
            continue;
        }
        let path = format!("/api/v1/submissions/{}/release", submission.id());
        if done(story, &service.publisher("POST", &path, b"")) {
            story.acknowledged.store(revision + 1, Ordering::Relaxed);
        }
    }
}

fn read(service: &Service, story: &Story) {
    let _over = Over(story);
    for path in READ.iter().cycle() {
        if story.over.load(Ordering::Relaxed) {
            return;
        }
        let reply = service.get(path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        story.reads.fetch_add(1, Ordering::Relaxed);
    }
}

/// How long it is to last, in seconds; 0 where it is only looked at.
fn soak() -> u64 {
    std::env::var("HOTFIXD_SOAK").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[test]
fn postgres_may_be_killed_under_load() {
    let end = Instant::now() + Duration::from_secs(soak());
    let server = Server::start(&[]);
    let database = Database::on(&server.url);
    let service = Start::new().with("database", database.url()).up();
    let story = Story::default();
    let mut rounds = 0;
    std::thread::scope(|scope| {
        let _over = Over(&story);
        scope.spawn(|| publish(&service, &story));
        scope.spawn(|| read(&service, &story));
        while rounds < 2 || Instant::now() < end {
            let acknowledged = || story.acknowledged.load(Ordering::Relaxed);
            let before = acknowledged();
            story.wait(&service, "a release", PATIENCE, || acknowledged() > before);
            let (refused, reads) =
                (story.refused.load(Ordering::Relaxed), story.reads.load(Ordering::Relaxed));
            server.kill();
            story.wait(&service, "a refusal", PATIENCE, || story.refused.load(Ordering::Relaxed) > refused);
            let all = u32::try_from(READ.len()).unwrap();
            story.wait(&service, "reads", PATIENCE, || story.reads.load(Ordering::Relaxed) > reads + all);
            let before = acknowledged();
            server.again();
            story.wait(&service, "healing", healed(), || acknowledged() > before);
            rounds += 1;
        }
    });
    let acknowledged = story.acknowledged.into_inner();
    assert!(released(&service) >= acknowledged);
    let folder = service.kill();
    let service = Start::on(folder).with("database", database.url()).up();
    assert!(released(&service) >= acknowledged);
    let history = service.get("/api/v1/hotfixes/xenserver/XS65E950/revisions?limit=200").json();
    assert!(history["items"].as_array().unwrap().len() >= acknowledged.min(200) as usize);
    let folder = service.kill();
    let mut settings = StoreSettings::in_folder(folder.path().join("data"));
    settings.database = DatabaseUrl::parse(&database.url()).unwrap();
    let store = Store::open(settings).unwrap();
    assert!(store.read(|tx| tx.verify_audit()).unwrap() > i64::from(acknowledged));
}

#[test]
fn postgres_that_does_not_answer_holds_nobody_up() {
    let server = Server::start(&[]);
    let database = Database::on(&server.url);
    let service = Start::new().with("database", format!("{}&connect_timeout=1", database.url())).up();
    server.signal("STOP");
    let reply = service.publisher("GET", "/api/v1/submissions", b"");
    assert_eq!(
        (reply.status, reply.word("/code").as_str()),
        (503, "database_unavailable"),
        "{}",
        reply.text()
    );
    for path in READ {
        assert_eq!(service.get(path).status, 200, "{path}");
    }
    server.signal("CONT");
    let deadline = Instant::now() + healed();
    while service.publisher("GET", "/api/v1/submissions", b"").status != 200 {
        assert!(Instant::now() < deadline, "{}", service.log());
    }
    service.publish(&[hotfix("XS65E951", 1)]);
}

#[test]
fn a_release_may_die_before_and_after_its_commit() {
    let database = Database::new();
    let mut service = Start::new().with("database", database.url()).up();
    let submission = service.signed(&[with_payload()]);
    let (id, bytes) = (submission.id(), submission.to_bytes());
    assert!(service.terminate().success());
    for at in 1.. {
        let (folder, database) = (Arc::new(TempDir::new().unwrap()), database.copy());
        copy(service.folder.path(), folder.path());
        let start = || Start::on(Arc::clone(&folder)).with("database", database.url());
        let mut acknowledged = 0;
        if let Ok(dying) = start().with("crash_at", at).try_up() {
            acknowledged = cycle(&dying, &bytes, &id);
            if acknowledged == 3 {
                assert!(at >= 8, "only {at} points were found");
                return;
            }
        }
        whole(&revived(start()), &id, acknowledged, at);
    }
}

#[test]
fn a_first_start_may_die_before_file_operations() {
    // SQLite has every one of them tried; here that is for a long run.
    for at in (1..).step_by(if soak() > 0 { 1 } else { 13 }) {
        let (folder, database) = (Arc::new(TempDir::new().unwrap()), Database::new());
        let start = || Start::on(Arc::clone(&folder)).with("database", database.url());
        if start().with("crash_at", at).try_up().is_ok() {
            assert!(at > 40, "only {at} points were found");
            return;
        }
        let service = revived(start());
        assert_eq!(service.publisher("GET", "/api/v1/submissions", b"").status, 200, "point {at}");
        assert_eq!(service.snapshot().meta["xenserver"].version, 1, "point {at}");
    }
}

#[test]
fn nothing_acknowledged_is_lost_over_random_kills() {
    let kills = if soak() > 0 { super::kills() / 2 } else { 8 };
    std::thread::scope(|scope| {
        for lane in 0..2 {
            scope.spawn(move || survive(lane, kills, Some(&Database::new())));
        }
    });
}

#[test]
fn a_second_hotfixd_on_the_same_database_does_not_start() {
    let database = Database::new();
    let first = Start::new().with("database", database.url()).up();
    let second = Start::new().with("database", database.url()).with("database_busy_seconds", 1);
    let Err((status, log)) = second.try_up() else { panic!("two hotfixd on one database") };
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains(&format!("another hotfixd (hotfixd {}", first.process())), "{log}");
    Start::on(first.kill()).with("database", database.url()).up();
}
