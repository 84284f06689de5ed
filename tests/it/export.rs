//! `hotfixd export`: plain files that any web server serves to hosts, whole at every moment.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

use hotfixd::model::Source;
use hotfixd::repository::pack;
use hotfixd::trust::{Digest, Targets};
use serde_json::Value;

use crate::support::copy;
use crate::support::hotfix::{Answer, Host, answer};
use crate::support::service::{PATIENCE, Service, Start, hotfix};
use crate::support::static_server::StaticServer;

const PAYLOAD: &[u8] = b"the file of a hotfix";

fn with_payload(id: &str) -> Source {
    let text = format!(
        "schema = \"hotfixd/hotfix/1\"\nid = \"{id}\"\nrevision = 1\nproduct = \"xenserver\"\nkind = \"hotfix\"\n\
         title = \"With a file\"\nreleases = [\"6.5\"]\nfixes = []\nrequires = []\nsupersedes = []\nconflicts = []\n\
         guidance = []\npayloads = [{{ file = \"a.bin\", bytes = {}, sha256 = \"{}\" }}]\n",
        PAYLOAD.len(),
        Digest::of(PAYLOAD)
    );
    Source::from_toml(&format!("{id}.toml"), &text).unwrap()
}

/// A host of the seed case: 3 TiB.
fn exposed() -> String {
    r#"{"schema":"hotfixd/inventory/1","product":"xenserver","version":"6.5.0","hotfixes":[],"channel":"release",
        "features":{"storage.trim":true},"facts":{"storage.trim.largest_lun_bytes":3298534883328}}"#
        .to_owned()
}

fn command(data: &Path, target: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hotfixd"));
    command.args(["export", "--json"]).arg(target).args(["--data".as_ref(), data.as_os_str()]).args(more);
    command.env_clear().env("RUST_BACKTRACE", "0");
    command
}

pub(crate) fn export(service: &Service, target: &Path, more: &[&str]) -> Value {
    let done = answer(command(&service.folder.path().join("data"), target, more).output().unwrap());
    assert_eq!(done.exit, 0, "{done:?}");
    done.json()
}

fn refused(data: &Path, target: &Path) -> String {
    let done = answer(command(data, target, &[]).output().unwrap());
    assert_eq!(done.exit, 1, "{done:?}");
    done.err
}

/// Every file of a folder, by its path below it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, base: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, base, out);
            } else {
                out.insert(path.strip_prefix(base).unwrap().display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(folder, folder, &mut out);
    out
}

/// A service with a payload and a few releases behind it.
fn service() -> Service {
    let service = Service::demo();
    let blob = format!("/api/v1/blobs/{}", Digest::of(PAYLOAD));
    assert_eq!(service.publisher("PUT", &blob, PAYLOAD).status, 201);
    service.publish(&[with_payload("XS65E940"), hotfix("XS65E900", 1)]);
    service
}

/// What a check says of the product, whoever served it.
fn judged(check: &Answer) -> (i32, Value, Value, Value) {
    let mut json = check.json();
    json["assessment"]["as_of"].take();
    (check.exit, json["verdict"].clone(), json["assessment"].clone(), json["trust"]["state"].clone())
}

#[test]
fn what_is_exported_is_what_is_served() {
    let service = service();
    let target = service.folder.path().join("mirror");
    let first = export(&service, &target, &[]);
    assert_eq!((&first["schema"], &first["kept"]), (&"hotfixd/export/1".into(), &0.into()));
    assert_eq!(first["snapshot"], service.snapshot().header.version);
    let written = files(&target);
    for folder in ["metadata", "targets", "packs", "deltas"] {
        assert!(written.keys().any(|path| path.starts_with(&format!("tuf/{folder}/"))), "{folder}");
    }
    for (path, bytes) in written.iter().filter(|(path, _)| path.starts_with("tuf/")) {
        if let Some(plain) = path.strip_suffix(".gz") {
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, written[plain], "{path}");
        } else if !path.starts_with("tuf/packs") && !path.starts_with("tuf/deltas") {
            let reply = service.get(&format!("/{path}"));
            assert_eq!((reply.status, &reply.body), (200, bytes), "{path}");
        }
    }
    let payload = format!("tuf/targets/xenserver/6.5/payload/XS65E940/{}.a.bin", Digest::of(PAYLOAD));
    assert_eq!(written[&payload], PAYLOAD);
    let mode = |path: &str| {
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(target.join(path)).unwrap().permissions())
            & 0o777
    };
    assert_eq!((mode(&payload), mode("tuf/metadata")), (0o644, 0o755), "a web server may read it");

    // Again, nothing is to be done; after a release only what changed.
    let again = export(&service, &target, &[]);
    assert_eq!(
        (&again["written"], &again["removed"], &again["kept"]),
        (&0.into(), &0.into(), &first["written"])
    );
    assert_eq!(files(&target), written);
    service.publish(&[hotfix("XS65E900", 2)]);
    let next = export(&service, &target, &[]);
    assert!(next["written"].as_u64().unwrap() < 20 && next["kept"].as_u64().unwrap() > 10, "{next}");
    let damaged = target.join("tuf/metadata/1.targets.json");
    fs::write(&damaged, b"{}").unwrap();
    assert_eq!(export(&service, &target, &[])["written"], 1, "and what was damaged is mended");

    // Hosts are told the same.
    let server = StaticServer::of(&target);
    let (from_server, from_mirror) = (Host::of(&service.url), Host::of(&server.url()));
    let check = judged(&from_mirror.check(&exposed(), &[]));
    assert_eq!(check.0, 100);
    assert_eq!(check, judged(&from_server.check(&exposed(), &[])));
    let to = from_mirror.folder.path().join("to").display().to_string();
    let downloaded = from_mirror.run(&["download", "XS65E940", "--product", "xenserver", "--to", &to]);
    assert_eq!(downloaded.exit, 0, "{downloaded:?}");
}

#[test]
fn packs_and_deltas_are_exported_and_can_be_read() {
    let service = service();
    let (_, old) = service.metadata::<Targets>("2.xenserver.json");
    service.publish(&[hotfix("XS65E900", 2)]);
    let (role, bytes) = service.metadata::<Targets>("3.xenserver.json");
    let target = service.folder.path().join("mirror");
    export(&service, &target, &[]);
    let read = |path: String| fs::read(target.join("tuf").join(path)).unwrap();
    let bounds = pack::Bounds::default();
    let packed = pack::read(&read(pack::pack_path("xenserver", 3)), &bounds).unwrap();
    let delta = pack::read_delta(&read(pack::delta_path("xenserver", 2, 3)), &old, &bounds).unwrap();
    assert_eq!((packed.metadata(), delta.metadata()), (bytes.as_slice(), bytes.as_slice()));
    let documents = role.targets.iter().filter(|(path, _)| !path.as_str().contains("/payload/"));
    assert!(documents.clone().all(|(path, file)| packed.document(path, file).is_some()));
    assert_eq!((packed.len(), delta.len()), (documents.count(), 1));
}

#[test]
fn nothing_is_taken_away_that_somebody_may_still_be_reading() {
    let service = service();
    let target = service.folder.path().join("mirror");
    export(&service, &target, &[]);
    let named = format!("tuf/metadata/{}.snapshot.json", service.snapshot().header.version);
    let named = [named.as_str(), "tuf/metadata/2.xenserver.json"];
    let all_there = || named.iter().all(|path| target.join(path).is_file());
    // Many releases later, the snapshot that the folder names is one that the store serves no more.
    for revision in 2..12 {
        service.publish(&[hotfix("XS65E900", revision)]);
    }
    fs::write(target.join("tuf/index.html"), "not ours").unwrap();
    fs::write(target.join("tuf/metadata/README"), "not ours").unwrap();
    export(&service, &target, &[]);
    assert!(all_there());
    // From then on nobody can have begun with it.
    assert_eq!(export(&service, &target, &["--keep"])["removed"], 0);
    assert!(all_there());
    assert!(export(&service, &target, &[])["removed"].as_u64().unwrap() > 0);
    assert!(named.iter().all(|path| !target.join(path).exists()));
    assert!(target.join("tuf/index.html").is_file() && target.join("tuf/metadata/README").is_file());
    let server = StaticServer::of(&target);
    assert_eq!(Host::of(&server.url()).check(&exposed(), &[]).exit, 100);
}

#[test]
fn a_death_at_any_moment_leaves_a_whole_repository() {
    // A release build cannot be told to die.
    if !cfg!(debug_assertions) {
        return;
    }
    let service = service();
    let before = service.folder.path().join("before");
    export(&service, &before, &[]);
    let first = StaticServer::of(&before);
    let known = Host::of(&first.url());
    let old = judged(&known.check(&exposed(), &[]));
    service.publish(&[hotfix("XS65E900", 2), hotfix("XS65E901", 1)]);
    let after = service.folder.path().join("after");
    copy(&before, &after);
    export(&service, &after, &[]);
    let second = StaticServer::of(&after);
    let new = judged(&Host::of(&second.url()).check(&exposed(), &[]));
    assert_ne!(old, new);

    let (next, deaths) = (Mutex::new(0), Mutex::new([0, 0]));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let at = {
                        let mut next = next.lock().unwrap();
                        *next += 1;
                        *next
                    };
                    let target = service.folder.path().join(format!("at-{at}"));
                    copy(&before, &target);
                    let data = service.folder.path().join("data");
                    let output =
                        command(&data, &target, &[]).env("HOTFIXD_CRASH_AT", at.to_string()).output();
                    if output.unwrap().status.code().is_some() {
                        return;
                    }
                    let server = StaticServer::of(&target);
                    // One who was there before.
                    let host = Host::of_copy(&known);
                    let settings = host.state().join("server.json");
                    let text = fs::read_to_string(&settings).unwrap().replace(&first.url(), &server.url());
                    fs::write(&settings, text).unwrap();
                    let found = judged(&host.check(&exposed(), &[]));
                    assert!(found == old || found == new, "at {at}: {found:?}");
                    deaths.lock().unwrap()[usize::from(found == new)] += 1;
                    if at % 4 != 0 {
                        continue;
                    }
                    // One who comes new; then the run that mends it.
                    assert_eq!(judged(&Host::of(&server.url()).check(&exposed(), &[])), found, "at {at}");
                    export(&service, &target, &[]);
                    assert_eq!(judged(&host.check(&exposed(), &[])), new, "at {at}");
                    let left = files(&target).into_keys().find(|path| path.ends_with("-new"));
                    assert_eq!(left, None, "at {at}");
                }
            });
        }
    });
    let [old, new] = deaths.into_inner().unwrap();
    assert!(old > 20 && new > 0, "{old} and {new} moments were found");
}

#[test]
fn python_tuf_reads_what_was_exported() {
    let service = service();
    let folder = service.folder.path();
    export(&service, &folder.join("mirror"), &[]);
    std::os::unix::fs::symlink(folder.join("mirror/tuf"), folder.join("repository")).unwrap();
    fs::copy(folder.join("mirror/tuf/metadata/1.root.json"), folder.join("root.json")).unwrap();
    let (role, _) = service.metadata::<Targets>("2.xenserver.json");
    let wanted: Vec<&str> = role.targets.keys().map(|path| path.as_str()).collect();
    fs::write(folder.join("wanted"), wanted.join("\n")).unwrap();
    let python =
        std::env::var_os("HOTFIXD_TEST_PYTHON").expect("HOTFIXD_TEST_PYTHON is not set: run `make test`");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/repository.py");
    let read = answer(Command::new(python).arg(script).arg("read").arg(folder).output().unwrap());
    assert_eq!(read.exit, 0, "{read:?}");
    for (line, (path, file)) in read.out.lines().zip(&role.targets) {
        assert!(line.starts_with(&format!("{path} {} {}", file.length, file.sha256)), "{line}");
    }
    assert_eq!(read.out.lines().count(), role.targets.len());
}

#[test]
fn says_what_is_in_the_way() {
    let service = service();
    let folder = service.folder.path();
    let data = folder.join("data");
    let nothing = refused(&folder.join("nowhere"), &folder.join("a"));
    assert!(nothing.contains("holds no root of trust") && !folder.join("nowhere").exists(), "{nothing}");
    fs::write(folder.join("file"), "").unwrap();
    let in_the_way = refused(&data, &folder.join("file"));
    assert!(
        in_the_way.contains("/file") && in_the_way.contains("no folder stands in its way"),
        "{in_the_way}"
    );

    let target = folder.join("mirror");
    export(&service, &target, &[]);
    let other = Service::demo();
    let foreign = refused(&other.folder.path().join("data"), &target);
    assert!(foreign.contains("holds another repository"), "{foreign}");
    // A store that was put back to what it was: hosts would refuse what it has.
    let old = tempfile::TempDir::new().unwrap();
    let folder_of_data = service.kill();
    copy(&folder_of_data.path().join("data"), &old.path().join("data"));
    let service = Start::on(folder_of_data).up();
    service.publish(&[hotfix("XS65E900", 2)]);
    export(&service, &target, &[]);
    let ahead = refused(&old.path().join("data"), &target);
    assert!(ahead.contains("Was the store restored from a backup?"), "{ahead}");
    // A damaged blob is named, and the timestamp stays as it was.
    let sha256 = Digest::of(PAYLOAD).to_string();
    fs::write(service.folder.path().join("data/blobs").join(&sha256[..2]).join(&sha256[2..]), "other bytes")
        .unwrap();
    let damaged = refused(&service.folder.path().join("data"), &service.folder.path().join("new"));
    assert!(damaged.contains(&sha256) && damaged.contains("is damaged"), "{damaged}");
    assert!(!service.folder.path().join("new/tuf/metadata/timestamp.json").exists());
}

/// nginx on a folder, as `docs/mirror.md` has it; stopped when dropped.
struct Nginx {
    child: Child,
    url: String,
}

impl Nginx {
    fn of(root: &Path, prefix: &Path) -> Option<Self> {
        let binary = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"];
        let binary = binary.iter().map(PathBuf::from).find(|path| path.is_file())?;
        fs::create_dir_all(prefix).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let page = include_str!("../../docs/mirror.md");
        let server = page.split("```nginx\n").nth(1).unwrap().split("```").next().unwrap();
        let server = server.replace("listen 80;", &format!("listen 127.0.0.1:{port};"));
        let server = server.replace("/srv/mirror", &root.display().to_string());
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|what| format!("{what}_temp_path {}/{what};\n", prefix.display()))
            .collect();
        // The folders of tests are for their owner alone.
        let user = if fs::read_dir("/root").is_ok() { "user root;" } else { "" };
        let config = format!(
            "daemon off;\n{user}\nworker_processes 1;\npid {0}/pid;\nerror_log {0}/error.log;\n\
             events {{ worker_connections 64; }}\nhttp {{ access_log off;\n{temporary}{server} }}\n",
            prefix.display()
        );
        fs::write(prefix.join("nginx.conf"), config).unwrap();
        let child = Command::new(binary)
            .arg("-p")
            .arg(prefix)
            .arg("-c")
            .arg(prefix.join("nginx.conf"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let nginx = Self { child, url: format!("http://127.0.0.1:{port}") };
        let deadline = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = fs::read_to_string(prefix.join("error.log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "nginx does not answer: {log}");
            std::thread::yield_now();
        }
        Some(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It ends its workers itself.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

#[test]
fn nginx_serves_it_to_hosts_as_the_service_does() {
    let service = service();
    let target = service.folder.path().join("mirror");
    export(&service, &target, &[]);
    let Some(nginx) = Nginx::of(&target, &service.folder.path().join("nginx")) else {
        eprintln!("skipped: no nginx here");
        return;
    };
    let (from_server, from_mirror) = (Host::of(&service.url), Host::of(&nginx.url));
    for revision in 2..4 {
        let check = judged(&from_mirror.check(&exposed(), &[]));
        assert_eq!((check.0, &check), (100, &judged(&from_server.check(&exposed(), &[]))));
        let beside = from_mirror.check(&exposed(), &["--witness", &service.url]);
        assert_eq!((beside.exit, &beside.json()["trust"]["witness"]["outcome"]), (100, &"agrees".into()));
        service.publish(&[hotfix("XS65E900", revision)]);
        export(&service, &target, &[]);
    }
    let head = |path: &str, more: &[&str]| {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-D", "-", "-o", "/dev/null"]).args(more).arg(format!("{}/tuf/{path}", nginx.url));
        String::from_utf8(curl.output().unwrap().stdout).unwrap().to_ascii_lowercase()
    };
    let timestamp = head("metadata/timestamp.json", &["--compressed"]);
    assert!(
        timestamp.contains("content-encoding: gzip") && timestamp.contains("cache-control: no-cache"),
        "{timestamp}"
    );
    let role = head("metadata/2.xenserver.json", &[]);
    assert!(role.contains("immutable") && role.contains("application/json"), "{role}");
    assert!(head("metadata/99.root.json", &[]).starts_with("http/1.1 404"));
}
