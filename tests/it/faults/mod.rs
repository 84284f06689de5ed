//! Deaths at every moment that matters, and at random ones: what was acknowledged is there, nothing is half
//! released, and the next start needs no help.

mod disk;
mod postgres;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use hotfixd::model::Source;
use hotfixd::store::{DatabaseUrl, Store, StoreSettings};
use hotfixd::trust::{Digest, Timestamp};
use tempfile::TempDir;

use crate::support::copy;
use crate::support::postgres::Database;
use crate::support::service::{Service, Start, hotfix};

/// How many SIGKILLs at random moments; more for a long run.
fn kills() -> u64 {
    std::env::var("HOTFIX_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

/// Starts on a folder that a dead service left: ready within ten seconds, unaided, with the samples.
fn revive(folder: &Arc<TempDir>) -> Service {
    revived(Start::on(Arc::clone(folder)))
}

fn revived(start: Start) -> Service {
    let begun = Instant::now();
    let service = start.up();
    assert!(begun.elapsed() < Duration::from_secs(10));
    let health = service.get("/health/ready");
    assert_eq!(health.json()["status"], "ready", "{}", health.text());
    assert_eq!(service.get("/advisories/XS65-TRIM").status, 200);
    service
}

#[test]
fn a_first_start_may_die_before_every_file_operation() {
    let next = AtomicU64::new(1);
    let deaths = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let folder = Arc::new(TempDir::new().unwrap());
                    match Start::on(Arc::clone(&folder)).with("crash_at", at).try_up() {
                        Ok(_) => return,
                        Err((status, log)) => assert_eq!(status.code(), None, "point {at}: {log}"),
                    }
                    deaths.fetch_add(1, Ordering::Relaxed);
                    let service = revive(&folder);
                    assert_eq!(
                        service.publisher("GET", "/api/v1/submissions", b"").status,
                        200,
                        "point {at}"
                    );
                    assert_eq!(service.snapshot().meta["xenserver"].version, 1, "point {at}");
                }
            });
        }
    });
    let deaths = deaths.into_inner();
    assert!(deaths > 40, "only {deaths} points were found");
}

const PAYLOAD: &[u8] = b"the file of a hotfix";

fn with_payload() -> Source {
    let text = format!(
        "schema = \"hotfixd/hotfix/1\"\nid = \"XS65E940\"\nrevision = 1\nproduct = \"xenserver\"\nkind = \"hotfix\"\n\
         title = \"With a file\"\nreleases = [\"6.5\"]\nfixes = []\nrequires = []\nsupersedes = []\nconflicts = []\n\
         guidance = []\npayloads = [{{ file = \"a.bin\", bytes = {}, sha256 = \"{}\" }}]\n",
        PAYLOAD.len(),
        Digest::of(PAYLOAD)
    );
    Source::from_toml("XS65E940.toml", &text).unwrap()
}

/// Uploads, hands in and releases; answers how far it was acknowledged.
fn cycle(service: &Service, submission: &[u8], id: &str) -> usize {
    let bearer = format!("Bearer {}", service.token());
    let ask = |method: &str, path: &str, body: &[u8]| {
        let reply = service.try_request(method, path, &[("authorization", &bearer)], body);
        reply.is_ok_and(|reply| (200..300).contains(&reply.status))
    };
    let steps: [(&str, String, &[u8]); 3] = [
        ("PUT", format!("/api/v1/blobs/{}", Digest::of(PAYLOAD)), PAYLOAD),
        ("POST", "/api/v1/submissions".to_owned(), submission),
        ("POST", format!("/api/v1/submissions/{id}/release"), b""),
    ];
    steps.iter().take_while(|(method, path, body)| ask(method, path, body)).count()
}

#[test]
fn a_release_may_die_before_every_file_operation() {
    let mut service = Service::demo();
    let submission = service.signed(&[with_payload()]);
    let (id, bytes) = (submission.id(), submission.to_bytes());
    assert!(service.terminate().success());
    let (next, deaths) = (AtomicU64::new(1), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let folder = Arc::new(TempDir::new().unwrap());
                    copy(service.folder.path(), folder.path());
                    let mut acknowledged = 0;
                    if let Ok(dying) = Start::on(Arc::clone(&folder)).with("crash_at", at).try_up() {
                        acknowledged = cycle(&dying, &bytes, &id);
                        if acknowledged == 3 {
                            return;
                        }
                        deaths.fetch_add(1, Ordering::Relaxed);
                    }
                    whole(&revive(&folder), &id, acknowledged, at);
                }
            });
        }
    });
    let deaths = deaths.into_inner();
    assert!(deaths >= 8, "only {deaths} points were found");
}

/// Everything that was acknowledged is there, and the release is whole or absent.
fn whole(service: &Service, id: &str, acknowledged: usize, at: u64) {
    let blob = service.publisher("GET", &format!("/api/v1/blobs/{}", Digest::of(PAYLOAD)), b"");
    let submission = service.publisher("GET", &format!("/api/v1/submissions/{id}"), b"");
    assert!(acknowledged < 1 || blob.status == 200, "point {at}: the file is gone");
    assert!(acknowledged < 2 || submission.status == 200, "point {at}: the submission is gone");
    let released = submission.status == 200 && submission.word("/state") == "released";
    let version = service.snapshot().meta["xenserver"].version;
    assert_eq!(version, if released { 2 } else { 1 }, "point {at}");
    assert_eq!(service.get("/api/v1/hotfixes/xenserver/XS65E940").status == 200, released, "point {at}");
    let file = format!("/tuf/targets/xenserver/6.5/payload/XS65E940/{}.a.bin", Digest::of(PAYLOAD));
    assert_eq!(service.get(&file).status == 200, released, "point {at}");
    assert_eq!(blob.status == 200 && blob.word("/state") == "released", released, "point {at}");
}

/// What a publisher was told.
enum Told {
    Submitting { id: String, revision: u32 },
    Submitted { id: String },
    Released { revision: u32 },
}

/// Publishes revision after revision until the service dies.
fn publish(service: &Service, mut revision: u32, told: &Sender<Told>) -> Option<()> {
    let bearer = format!("Bearer {}", service.token());
    let headers = [("authorization", bearer.as_str())];
    loop {
        revision += 1;
        let submission = std::panic::catch_unwind(|| service.signed(&[hotfix("XS65E950", revision)])).ok()?;
        let id = submission.id();
        told.send(Told::Submitting { id: id.clone(), revision }).ok()?;
        let reply =
            service.try_request("POST", "/api/v1/submissions", &headers, &submission.to_bytes()).ok()?;
        assert_eq!(reply.status, 201, "{}", reply.text());
        told.send(Told::Submitted { id: id.clone() }).ok()?;
        let path = format!("/api/v1/submissions/{id}/release");
        let reply = service.try_request("POST", &path, &headers, b"").ok()?;
        assert_eq!(reply.status, 200, "{}", reply.text());
        told.send(Told::Released { revision }).ok()?;
    }
}

/// What has to be true after a restart.
#[derive(Default)]
struct Ledger {
    attempted: BTreeMap<String, u32>,
    submitted: Vec<String>,
    released: u32,
    timestamp: u64,
}

impl Ledger {
    fn hear(&mut self, told: Told) {
        match told {
            Told::Submitting { id, revision } => drop(self.attempted.insert(id, revision)),
            Told::Submitted { id } => self.submitted.push(id),
            Told::Released { revision } => self.released = revision,
        }
    }

    /// Checks a service that came back, and answers the revision that is released.
    fn check(&mut self, service: &Service) -> u32 {
        let reply = service.get("/api/v1/hotfixes/xenserver/XS65E950");
        let revision = || u32::try_from(reply.json()["revision"].as_u64().unwrap()).unwrap();
        let found = if reply.status == 200 { revision() } else { 0 };
        assert!(found >= self.released, "revision {} was acknowledged, {found} is there", self.released);
        assert!(found <= self.released + 1, "{found} is there, {} was acknowledged", self.released);
        assert_eq!(service.snapshot().meta["xenserver"].version, u64::from(found) + 1);
        for id in self.submitted.drain(..) {
            let revision = self.attempted[&id];
            let reply = service.publisher("GET", &format!("/api/v1/submissions/{id}"), b"");
            assert_eq!(reply.status, 200, "the submission of revision {revision} is gone");
            let released = reply.word("/state") == "released";
            assert_eq!(released, revision <= found, "revision {revision} of {found}: {}", reply.text());
        }
        let (timestamp, _): (Timestamp, _) = service.metadata("timestamp.json");
        assert!(timestamp.header.version > self.timestamp, "the timestamp's version did not rise");
        self.timestamp = timestamp.header.version;
        self.released = found;
        found
    }
}

fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// Lets a publisher work, kills the service at a random moment, and hears what was acknowledged.
fn kill_at_random(service: Service, revision: u32, ledger: &mut Ledger, seed: &mut u64) -> Arc<TempDir> {
    let (sender, receiver): (_, Receiver<Told>) = channel();
    let end = Instant::now() + Duration::from_micros(random(seed) % 250_000);
    std::thread::scope(|scope| {
        let process = service.process().to_string();
        let publisher = scope.spawn(|| {
            let sender = sender;
            publish(&service, revision, &sender)
        });
        loop {
            match receiver.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(told) => ledger.hear(told),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let status = std::process::Command::new("kill").args(["-KILL", &process]).status().unwrap();
        assert!(status.success());
        publisher.join().unwrap();
    });
    receiver.try_iter().for_each(|told| ledger.hear(told));
    service.kill()
}

/// Kills the service so many times, and looks each time that what it acknowledged is there.
fn survive(lane: u64, kills: u64, database: Option<&Database>) {
    let mut seed = 0x9e37_79b9_7f4a_7c15 ^ (lane + 1) ^ u64::from(std::process::id()) << 20;
    let mut ledger = Ledger::default();
    let mut folder = Arc::new(TempDir::new().unwrap());
    let start = |folder: &Arc<TempDir>| match database {
        Some(database) => Start::on(Arc::clone(folder)).with("database", database.url()),
        None => Start::on(Arc::clone(folder)),
    };
    for _ in 0..kills {
        let service = revived(start(&folder));
        let revision = ledger.check(&service);
        folder = kill_at_random(service, revision, &mut ledger, &mut seed);
    }
    let service = revived(start(&folder));
    let revision = ledger.check(&service);
    assert!(revision > 0, "no release ever came through");
    drop(service);
    let mut settings = StoreSettings::in_folder(folder.path().join("data"));
    if let Some(database) = database {
        settings.database = DatabaseUrl::parse(&database.url()).unwrap();
    }
    let store = Store::open(settings).unwrap();
    assert!(store.read(|tx| tx.verify_audit()).unwrap() > i64::from(revision));
}

#[test]
fn nothing_acknowledged_is_lost_over_random_kills() {
    const LANES: u64 = 4;
    std::thread::scope(|scope| {
        for lane in 0..LANES {
            scope.spawn(move || survive(lane, kills() / LANES, None));
        }
    });
}

#[test]
fn a_full_disk_refuses_writes_and_goes_on_reading() {
    let service = Start::new().with("max_database_bytes", 1 << 20).up();
    let mut text = String::from("Long: ");
    (0..30_000).for_each(|word| text.push_str(&format!("{word} ")));
    let text = format!(
        "schema = \"hotfixd/hotfix/1\"\nid = \"XS65E960\"\nrevision = 1\nproduct = \"xenserver\"\nkind = \"hotfix\"\n\
         title = \"Long\"\ndescription = \"{}\"\nreleases = [\"6.5\"]\nfixes = []\nrequires = []\nsupersedes = []\n\
         conflicts = []\nguidance = []\n",
        &text[..99_000]
    );
    let source = |id: &str| Source::from_toml("long.toml", &text.replace("XS65E960", id)).unwrap();
    let sources: Vec<Source> = (960..972).map(|number| source(&format!("XS65E{number}"))).collect();
    let reply = service.publisher("POST", "/api/v1/submissions", &service.signed(&sources).to_bytes());
    assert_eq!((reply.status, reply.word("/code").as_str()), (507, "storage_full"), "{}", reply.text());
    assert!(!reply.text().contains("sqlite") && reply.headers.contains_key("retry-after"));
    assert_eq!(service.get("/advisories/XS65-TRIM").status, 200);
    assert_eq!(service.get("/tuf/metadata/timestamp.json").status, 200);
    // It heals by itself: what fits is taken.
    service.publish(&[hotfix("XS65E973", 1)]);
}
