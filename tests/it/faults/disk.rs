//! The disk of the data folder is full, read-only or broken while the service runs: writing is refused with a code,
//! reading goes on, and it heals without a restart.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use hotfixd::model::Source;
use hotfixd::trust::Digest;
use tempfile::TempDir;

use crate::support::service::{PATIENCE, Service, Start, hotfix};

const NO_SPACE: i32 = 28;
const BROKEN: i32 = 5;
const READ_ONLY: i32 = 30;

/// A disk that fails on demand.
struct Disk {
    folder: Arc<TempDir>,
    fault: PathBuf,
}

impl Disk {
    fn new() -> Self {
        let folder = Arc::new(TempDir::new().unwrap());
        let fault = folder.path().join("fault");
        Self { folder, fault }
    }

    fn start(&self) -> Service {
        Start::on(Arc::clone(&self.folder))
            .variable("LD_PRELOAD", shim(self.folder.path()).display())
            .variable("FAULT_BELOW", self.folder.path().join("data").display())
            .variable("FAULT_FILE", self.fault.display())
            .up()
    }

    fn fails_with(&self, error: i32) {
        // Whole or not there, for who reads it meanwhile.
        let new = self.fault.with_extension("new");
        std::fs::write(&new, error.to_string()).unwrap();
        std::fs::rename(new, &self.fault).unwrap();
    }

    fn heals(&self) {
        std::fs::remove_file(&self.fault).unwrap();
    }
}

/// What makes the disk fail, compiled.
fn shim(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/disk.c");
    let library = folder.join("disk.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-O1", "-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
    assert!(compiler.status().unwrap().success());
    library
}

/// What somebody tries to write: an upload, a submission, a release of another.
struct Writes {
    upload: Vec<u8>,
    submission: Vec<u8>,
    ready: String,
}

impl Writes {
    fn prepare(service: &Service) -> Self {
        let ready = service.signed(&[hotfix("XS65E980", 1)]);
        let reply = service.publisher("POST", "/api/v1/submissions", &ready.to_bytes());
        assert_eq!(reply.status, 201, "{}", reply.text());
        let submission = service.signed(&[hotfix("XS65E981", 1)]).to_bytes();
        Self { upload: vec![7; 100_000], submission, ready: reply.word("/id") }
    }

    /// Tries all of it; the status and code of each.
    fn attempt(&self, service: &Service) -> [(u16, String); 3] {
        let release = format!("/api/v1/submissions/{}/release", self.ready);
        let upload = format!("/api/v1/blobs/{}", Digest::of(&self.upload));
        [
            service.publisher("PUT", &upload, &self.upload),
            service.publisher("POST", "/api/v1/submissions", &self.submission),
            service.publisher("POST", &release, b""),
        ]
        .map(|reply| (reply.status, reply.word("/code")))
    }
}

/// Everything that is read, as hosts and people do.
fn reads_go_on(service: &Service, version: u64) {
    let current = format!("/tuf/metadata/{version}.xenserver.json");
    for path in ["/", "/advisories", "/hotfixes/xenserver/XS65E005", "/tuf/metadata/timestamp.json", &current]
    {
        assert_eq!(service.get(path).status, 200, "{path}");
    }
    for path in ["/api/v1/advisories", "/api/v1/hotfixes/xenserver/XS65E005/revisions", "/health/live"] {
        assert_eq!(service.get(path).status, 200, "{path}");
    }
    let submissions = service.publisher("GET", "/api/v1/submissions", b"");
    assert_eq!(submissions.status, 200, "{}", submissions.text());
    let inventory = br#"{"schema": "hotfixd/inventory/1", "product": "xenserver", "version": "6.5.0"}"#;
    assert_eq!(service.request("POST", "/api/v1/assess", &[], inventory).status, 200);
}

/// Waits until the service has noticed by itself that it can write again.
fn notices(service: &Service, times: usize) {
    let deadline = Instant::now() + PATIENCE;
    while service.log().matches("the store works again").count() < times {
        assert!(Instant::now() < deadline, "it does not notice:\n{}", service.log());
        std::thread::yield_now();
    }
}

/// One outage: what is refused with what, what is said of it, and that it ends.
fn outage(service: &Service, writes: &Writes, (status, codes): (u16, [&str; 3]), heal: impl FnOnce()) {
    for (refused, code) in writes.attempt(service).into_iter().zip(codes) {
        assert_eq!(refused, (status, code.to_owned()), "{}", service.log());
    }
    reads_go_on(service, 1);
    let ready = service.get("/health/ready");
    assert_eq!((ready.status, ready.word("/checks/1/state").as_str()), (200, "warning"), "{}", ready.text());
    let metrics = service.get("/metrics").text();
    assert!(
        metrics.contains("hotfixd_store_failing 1") && metrics.contains("hotfixd_database_up 1"),
        "{metrics}"
    );
    // Said once, however many were refused.
    writes.attempt(service);
    assert_eq!(service.log().matches("the store fails").count(), 1, "{}", service.log());
    heal();
    notices(service, 1);
    assert!(service.get("/metrics").text().contains("hotfixd_store_failing 0"));
    reads_go_on(service, 1);
    let [upload, submission, release] = writes.attempt(service).map(|(status, _)| status);
    assert_eq!([upload, submission, release], [201, 201, 200], "{}", service.log());
    reads_go_on(service, 2);
    assert_eq!(service.get("/api/v1/hotfixes/xenserver/XS65E980").status, 200);
}

/// What was acknowledged is there after a restart as well, and nothing that was refused.
fn whole_after_restart(service: Service) {
    let folder = service.kill();
    let service = Start::on(folder).up();
    reads_go_on(&service, 2);
    let submissions = service.publisher("GET", "/api/v1/submissions", b"").json();
    let states: Vec<&str> =
        submissions["items"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states.iter().filter(|state| **state == "released").count(), 2, "{submissions}");
    assert_eq!(states.len(), 3, "{submissions}");
}

#[test]
fn a_disk_that_fails_or_is_full_or_read_only_is_survived() {
    let each = |code| [code; 3];
    // Of a disk that can be written no more, SQLite says no more than that writing failed.
    let read_only = ["storage_read_only", "storage_failed", "storage_failed"];
    for (error, answer) in [
        (BROKEN, (503, each("storage_failed"))),
        (READ_ONLY, (503, read_only)),
        (NO_SPACE, (507, each("storage_full"))),
    ] {
        let disk = Disk::new();
        let service = disk.start();
        let writes = Writes::prepare(&service);
        disk.fails_with(error);
        outage(&service, &writes, answer, || disk.heals());
        whole_after_restart(service);
    }
}

/// A file system of its own, as small as asked; it goes with the value.
struct Mounted(PathBuf);

impl Mounted {
    fn new(at: PathBuf, size: &str) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", size, "none"]).arg(&at).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(at))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_file_system_that_is_really_full_is_survived() {
    let folder = Arc::new(TempDir::new().unwrap());
    let Some(_mounted) = Mounted::new(folder.path().join("data"), "size=24m") else {
        eprintln!("SKIPPED: only root may mount a small file system; the test above fakes one");
        return;
    };
    let service = Start::on(Arc::clone(&folder)).up();
    let writes = Writes::prepare(&service);
    let filler = folder.path().join("data/filler");
    fill(&filler);
    outage(&service, &writes, (507, ["storage_full"; 3]), || std::fs::remove_file(&filler).unwrap());
    whole_after_restart(service);
}

/// Takes every byte that is left.
fn fill(path: &Path) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path).unwrap();
    for size in [1 << 20, 1 << 12, 1 << 8, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

/// A hotfix with much to say.
fn long(id: &str) -> Source {
    let text = format!(
        "schema = \"hotfixd/hotfix/1\"\nid = \"{id}\"\nrevision = 1\nproduct = \"xenserver\"\nkind = \"hotfix\"\n\
         title = \"{id}\"\ndescription = \"{}\"\nreleases = [\"6.5\"]\nrequires = []\nsupersedes = []\n\
         conflicts = []\nfixes = []\nguidance = []\n",
        "much ".repeat(6_000)
    );
    Source::from_toml(&format!("{id}.toml"), &text).unwrap()
}

#[test]
fn a_database_at_its_limit_is_a_full_one() {
    let service = Start::new().with("max_database_bytes", 1 << 20).up();
    let mut refused = None;
    for at in 0..200 {
        let reply = service.publisher(
            "POST",
            "/api/v1/submissions",
            &service.signed(&[long(&format!("XS65E{at:03}X"))]).to_bytes(),
        );
        if reply.status != 201 {
            refused = Some((reply.status, reply.word("/code")));
            break;
        }
    }
    assert_eq!(refused, Some((507, "storage_full".to_owned())), "{}", service.log());
    reads_go_on(&service, 1);
}
