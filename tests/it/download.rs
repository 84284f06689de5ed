//! `hotfix download` from the real service, over lines that break and mirrors that lie.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use hotfixd::model::Source;
use hotfixd::trust::Digest;
use serde_json::Value;

use crate::support::hotfix::{Answer, Host};
use crate::support::service::{PATIENCE, Service, Start};

/// What a proxy does to the answers for one kind of path.
#[derive(Debug, Clone)]
enum Way {
    /// Passes them on.
    Plain,
    /// Ends the line after so many bytes of the body, so many times.
    Cut(usize, usize),
    /// Ends the line once after so many bytes of the body, and answers 500 from then on.
    CutAndFail(usize),
    /// Flips a bit of every body.
    Flip,
    /// Answers 500.
    Fails,
    /// Answers 200 with all of it, whatever range was asked for.
    Whole,
}

struct Shared {
    upstream: SocketAddr,
    way: Mutex<Way>,
    ranges: Mutex<Vec<String>>,
    stopped: AtomicBool,
}

/// A proxy in front of a service, which meddles with payloads only.
struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    fn before(service: &Service, way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            upstream: service.address(),
            way: Mutex::new(way),
            ranges: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                std::thread::spawn(move || drop(pass(&shared, stream.unwrap())));
            }
        });
        Self { address, shared }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn become_(&self, way: Way) {
        *self.shared.way.lock().unwrap() = way;
    }

    /// The ranges that were asked for, since the last call; `-` where none was.
    fn ranges(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.ranges.lock().unwrap())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

/// One request, one answer, then the line ends.
fn pass(shared: &Shared, stream: TcpStream) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let (mut head, mut range, mut first) = (String::new(), "-".to_owned(), String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let lower = line.to_ascii_lowercase();
        if first.is_empty() {
            first.clone_from(&line);
        }
        if let Some(value) = lower.strip_prefix("range: ") {
            value.trim().clone_into(&mut range);
        }
        if line.trim().is_empty() {
            break;
        }
        if !lower.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    let payload = first.contains("/payload/");
    let mut way = shared.way.lock().unwrap().clone();
    if payload {
        shared.ranges.lock().unwrap().push(range);
    } else {
        way = Way::Plain;
    }
    if matches!(way, Way::Fails) {
        return out.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    if matches!(way, Way::Whole) {
        head = head
            .lines()
            .filter(|line| !line.to_ascii_lowercase().starts_with("range:"))
            .fold(String::new(), |head, line| format!("{head}{line}\r\n"));
    }
    let mut up = TcpStream::connect(shared.upstream)?;
    up.set_read_timeout(Some(PATIENCE))?;
    write!(up, "{head}Connection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    up.read_to_end(&mut answer)?;
    let body = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    match way {
        Way::Cut(bytes, times) if times > 0 => {
            *shared.way.lock().unwrap() = Way::Cut(bytes, times - 1);
            answer.truncate(body + bytes.min(answer.len() - body));
        }
        Way::CutAndFail(bytes) => {
            *shared.way.lock().unwrap() = Way::Fails;
            answer.truncate(body + bytes);
        }
        Way::Flip => answer[body] ^= 1,
        _ => {}
    }
    out.write_all(&answer)?;
    out.shutdown(std::net::Shutdown::Write)
}

const SIZE: usize = 300_000;

fn content() -> Vec<u8> {
    (0..SIZE).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect()
}

/// A service with a hotfix that has a file.
fn service(mirrors: &[String]) -> Service {
    let service = Start::new().up();
    publish(&service, "XS65E961", mirrors, "");
    service
}

fn publish(service: &Service, id: &str, mirrors: &[String], more: &str) {
    let (bytes, sha256) = (content(), Digest::of(&content()));
    let reply = service.publisher("PUT", &format!("/api/v1/blobs/{sha256}"), &bytes);
    assert!(reply.status == 201, "{}", reply.text());
    let text = format!(
        "schema = \"hotfixd/hotfix/1\"\nid = \"{id}\"\nrevision = 1\nproduct = \"xenserver\"\nkind = \"hotfix\"\n\
         title = \"t\"\nreleases = [\"6.5\"]\n{more}\n[[payloads]]\nfile = \"{id}.iso\"\nbytes = {SIZE}\n\
         sha256 = \"{sha256}\"\nmirrors = {mirrors:?}\n"
    );
    service.publish(&[Source::from_toml("x.toml", &text).unwrap()]);
}

/// A host that has pinned the service as it is reached through the proxy.
fn host(proxy: &Proxy) -> Host {
    Host::of(&proxy.url())
}

fn download(host: &Host, more: &[&str]) -> Answer {
    let base = ["download", "XS65E961", "--product", "xenserver", "--to", "files"];
    host.run(&[&base[..], more].concat())
}

fn files(host: &Host) -> Vec<(String, Vec<u8>)> {
    let folder: PathBuf = host.folder.path().join("files");
    let mut out: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap()))
        .collect();
    out.sort();
    out
}

fn whole(host: &Host) {
    assert!(files(host) == [("XS65E961.iso".to_owned(), content())], "the file alone, and whole");
}

#[test]
fn a_file_is_downloaded_verified_and_found_again() {
    let service = service(&[]);
    let proxy = Proxy::before(&service, Way::Plain);
    let host = host(&proxy);
    let answer = download(&host, &[]);
    assert_eq!((answer.exit, answer.err.as_str()), (0, ""), "{answer:?}");
    let expected =
        format!("files/XS65E961.iso: {SIZE} bytes, SHA-256 verified, from {}/tuf/targets/", proxy.url());
    assert!(answer.out.starts_with(&expected), "{}", answer.out);
    whole(&host);
    assert_eq!(proxy.ranges(), ["-"]);
    let again = download(&host, &["--json"]);
    let json = again.json();
    assert_eq!((again.exit, &json["schema"]), (0, &"hotfixd/download/1".into()), "{again:?}");
    assert_eq!((&json["files"][0]["source"], &json["files"][0]["bytes"]), (&Value::Null, &SIZE.into()));
    assert!(proxy.ranges().is_empty(), "nothing is fetched twice");
    // Somebody else's file stays.
    std::fs::write(host.folder.path().join("files/XS65E961.iso"), "mine").unwrap();
    let refused = download(&host, &["--json"]);
    assert_eq!((refused.exit, refused.json()["code"].as_str()), (1, Some("occupied")), "{refused:?}");
    assert_eq!(std::fs::read(host.folder.path().join("files/XS65E961.iso")).unwrap(), b"mine");
}

#[test]
fn a_broken_line_is_taken_up_where_it_broke() {
    let service = service(&[]);
    let proxy = Proxy::before(&service, Way::Cut(70_000, 3));
    let host = host(&proxy);
    let answer = download(&host, &[]);
    assert_eq!(answer.exit, 0, "{answer:?}");
    whole(&host);
    assert_eq!(proxy.ranges(), ["-", "bytes=70000-", "bytes=140000-", "bytes=210000-"]);
}

#[test]
fn the_next_run_carries_on() {
    let service = service(&[]);
    let proxy = Proxy::before(&service, Way::CutAndFail(100_000));
    let host = host(&proxy);
    let first = download(&host, &[]);
    assert_eq!(first.exit, 1, "{first:?}");
    assert!(first.err.contains("could not be had") && first.err.contains("answered 500"), "{first:?}");
    let left = files(&host);
    assert_eq!(left.len(), 1);
    assert!(left[0].0.starts_with(".XS65E961.iso.") && left[0].0.ends_with(".part"), "{}", left[0].0);
    assert_eq!(left[0].1.len(), 100_000);
    proxy.become_(Way::Plain);
    proxy.ranges();
    let second = download(&host, &["--json"]);
    assert_eq!(second.exit, 0, "{second:?}");
    assert_eq!(second.json()["files"][0]["resumed_from"], 100_000);
    assert_eq!(proxy.ranges(), ["bytes=100000-"]);
    whole(&host);
}

/// What an earlier run left, as files of the folder.
fn leave(host: &Host, bytes: &[u8]) {
    let folder = host.folder.path().join("files");
    std::fs::create_dir_all(&folder).unwrap();
    let sha256 = Digest::of(&content()).to_string();
    std::fs::write(folder.join(format!(".XS65E961.iso.{}.part", &sha256[..16])), bytes).unwrap();
}

#[test]
fn what_is_left_of_an_earlier_run_is_used_if_it_is_good_and_blamed_if_it_is_not() {
    let service = service(&[]);
    let proxy = Proxy::before(&service, Way::Plain);
    let good = host(&proxy);
    leave(&good, &content()[..123_456]);
    assert_eq!(download(&good, &[]).exit, 0);
    whole(&good);
    assert_eq!(proxy.ranges(), ["bytes=123456-"]);
    // All of it was here: nothing is fetched.
    let all = host(&proxy);
    leave(&all, &content());
    assert_eq!(download(&all, &[]).exit, 0);
    whole(&all);
    assert!(proxy.ranges().is_empty());
    // Something else was here: the server is not blamed for it.
    let bad = host(&proxy);
    leave(&bad, &[7; 5_000]);
    assert_eq!(download(&bad, &[]).exit, 0);
    whole(&bad);
    assert_eq!(proxy.ranges(), ["bytes=5000-", "-"]);
    // More than the file has.
    let long = host(&proxy);
    leave(&long, &[7; SIZE + 1]);
    assert_eq!(download(&long, &[]).exit, 0);
    whole(&long);
    assert_eq!(proxy.ranges(), ["-"]);
    // A server that knows no ranges.
    proxy.become_(Way::Whole);
    let plain = host(&proxy);
    leave(&plain, &content()[..99]);
    assert_eq!(download(&plain, &[]).exit, 0);
    whole(&plain);
}

#[test]
fn a_part_that_another_command_has_or_that_is_a_link_is_left_alone() {
    let service = service(&[]);
    let proxy = Proxy::before(&service, Way::Plain);
    let host = host(&proxy);
    leave(&host, b"");
    let part = host.folder.path().join("files").join(&files(&host)[0].0);
    let held = std::fs::File::open(&part).unwrap();
    held.lock().unwrap();
    let busy = download(&host, &["--json"]);
    assert_eq!((busy.exit, busy.json()["code"].as_str()), (1, Some("busy")), "{busy:?}");
    drop(held);
    std::fs::remove_file(&part).unwrap();
    let precious = host.file("precious", "precious");
    std::os::unix::fs::symlink(&precious, &part).unwrap();
    let linked = download(&host, &["--json"]);
    assert_eq!((linked.exit, linked.json()["code"].as_str()), (1, Some("file")), "{linked:?}");
    assert_eq!(std::fs::read(&precious).unwrap(), b"precious");
    assert!(proxy.ranges().is_empty());
    std::fs::remove_file(&part).unwrap();
    assert_eq!(download(&host, &[]).exit, 0);
    whole(&host);
}

#[test]
fn mirrors_are_asked_in_order_and_believed_in_nothing() {
    let origin = Service::demo();
    let path = format!("/tuf/targets/xenserver/6.5/payload/XS65E961/{}.XS65E961.iso", Digest::of(&content()));
    let (lying, honest) = (Proxy::before(&origin, Way::Flip), Proxy::before(&origin, Way::Plain));
    let dead = "http://127.0.0.1:1/nothing.iso".to_owned();
    let mirrors = [dead, format!("{}{path}", lying.url()), format!("{}{path}", honest.url())];
    publish(&origin, "XS65E961", &mirrors, "");
    let server = Proxy::before(&origin, Way::Fails);
    let host = host(&server);
    let answer = download(&host, &["--json"]);
    assert_eq!(answer.exit, 0, "{answer:?}");
    assert_eq!(answer.json()["files"][0]["source"], format!("{}{path}", honest.url()));
    whole(&host);
    assert_eq!(
        (server.ranges().len(), lying.ranges(), honest.ranges()),
        (3, vec!["-".to_owned()], vec!["-".to_owned()])
    );
    // With the last one lying too there is no file, and every source is named with its reason.
    honest.become_(Way::Flip);
    let other = self::host(&server);
    let refused = download(&other, &[]);
    assert_eq!((refused.exit, refused.out.as_str()), (1, ""), "{refused:?}");
    for text in ["answered 500", "127.0.0.1:1/nothing.iso", "its SHA-256 is", "Run it again"] {
        assert!(refused.err.contains(text), "{text}: {}", refused.err);
    }
    assert!(files(&other).iter().all(|(name, _)| name.ends_with(".part")));
    // Half from a mirror that lies, the rest from one that does not: begun anew, and whole.
    honest.become_(Way::Plain);
    leave(&other, &[1; 1_000]);
    assert_eq!(download(&other, &[]).exit, 0);
    whole(&other);
}

#[test]
fn only_verified_metadata_says_what_a_file_is() {
    let service = service(&[]);
    publish(&service, "XS65E962", &[], "withdrawn = { date = 2016-01-01, reason = \"it breaks\" }");
    let proxy = Proxy::before(&service, Way::Flip);
    let host = host(&proxy);
    let code = |arguments: &[&str]| {
        let answer = host.run(&[&["download", "--json", "--product", "xenserver"], arguments].concat());
        assert_eq!(answer.exit, 1, "{answer:?}");
        assert!(answer.err.is_empty(), "{answer:?}");
        answer.json()["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(code(&["XS65E961", "--to", "files"]), "not_downloaded");
    assert_eq!(code(&["XS65E969"]), "no_such_hotfix");
    assert_eq!(code(&["XS65E962"]), "withdrawn");
    assert_eq!(code(&["XS65E005"]), "files_unknown");
    // Nothing is fetched where one of several cannot be had.
    proxy.become_(Way::Plain);
    proxy.ranges();
    assert_eq!(code(&["XS65E961", "XS65E962"]), "withdrawn");
    assert!(proxy.ranges().is_empty());
    let unreadable = host.file("plain", "");
    assert_eq!(code(&["XS65E961", "--to", &format!("{unreadable}/x")]), "file");
    let usage = host.run(&["download"]);
    assert_eq!(usage.exit, 2);
    assert_eq!(host.run(&["download", "../../etc/passwd"]).exit, 2);
}

#[test]
fn the_service_gives_single_ranges_of_the_very_file() {
    let service = service(&[]);
    let sha256 = Digest::of(&content());
    let path = format!("/tuf/targets/xenserver/6.5/payload/XS65E961/{sha256}.XS65E961.iso");
    let ask = |headers: &[(&str, &str)]| {
        let reply = service.request("GET", &path, headers, b"");
        (reply.status, reply.headers.get("content-range").cloned(), reply.body.len())
    };
    let etag = format!("\"{sha256}\"");
    assert_eq!(ask(&[]), (200, None, SIZE));
    let part = Some(format!("bytes 10-19/{SIZE}"));
    assert_eq!(ask(&[("range", "bytes=10-19")]), (206, part.clone(), 10));
    assert_eq!(ask(&[("range", "bytes=10-19"), ("if-range", &etag)]), (206, part, 10));
    assert_eq!(ask(&[("range", "bytes=10-19"), ("if-range", "\"other\"")]), (200, None, SIZE));
    assert_eq!(
        ask(&[("range", "bytes=10-19"), ("if-range", "Wed, 21 Oct 2015 07:28:00 GMT")]),
        (200, None, SIZE)
    );
    assert_eq!(
        ask(&[("range", "bytes=-5")]),
        (206, Some(format!("bytes {}-{}/{SIZE}", SIZE - 5, SIZE - 1)), 5)
    );
    assert_eq!(ask(&[("range", "bytes=299999-")]).2, 1);
    let beyond = service.request("GET", &path, &[("range", "bytes=300000-")], b"");
    assert_eq!((beyond.status, beyond.headers["content-range"].as_str()), (416, "bytes */300000"));
    for ignored in ["bytes=1-2,4-5", "bytes=5-1", "lines=1-2", "bytes=x"] {
        assert_eq!(ask(&[("range", ignored)]), (200, None, SIZE), "{ignored}");
    }
}
