//! Bad bodies, endless ones, slow peers and a hurried end: an answer soon, and the service goes on.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use hotfixd::trust::Digest;

use crate::support::service::{PATIENCE, Service, Start, hotfix};

#[test]
fn hostile_bodies_get_a_clear_refusal_soon() {
    let service = Start::new().with("max_inventory_bytes", 10_000).with("body_seconds", 1).up();
    let deep = "[".repeat(9_000);
    let cases: [(&[u8], u16, &str, &str); 6] = [
        (deep.as_bytes(), 400, "malformed", "nested deeper"),
        (b"\xff\xfe{}", 400, "malformed", "not UTF-8"),
        (b"{\"schema\": \"a\x00b\"}", 400, "malformed", "line 1"),
        (b"{\"n\": 1e400}", 400, "malformed", "number"),
        (b"{\"s\": \"\\ud800\"}", 400, "malformed", "line 1"),
        (&[b' '; 10_001], 413, "body_too_long", "10000 bytes"),
    ];
    for (body, status, code, words) in cases {
        let begun = Instant::now();
        let reply = service.request("POST", "/api/v1/assess", &[], body);
        assert_eq!((reply.status, reply.word("/code").as_str()), (status, code), "{}", reply.text());
        assert!(reply.word("/detail").contains(words), "{}", reply.text());
        assert!(begun.elapsed() < Duration::from_secs(1), "{code}");
    }
    let encoded = service.request("POST", "/api/v1/assess", &[("content-encoding", "gzip")], b"x");
    assert_eq!(encoded.status, 415);

    // Without a length: refused at the limit, not at the end.
    let mut stream = TcpStream::connect(service.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
        .write_all(b"POST /api/v1/assess HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        .unwrap();
    let chunk = [b"1000\r\n".as_slice(), &[b' '; 0x1000], b"\r\n"].concat();
    let begun = Instant::now();
    while stream.write_all(&chunk).is_ok() {
        assert!(begun.elapsed() < PATIENCE, "an endless body is read for ever");
    }

    // A body that never comes is not waited for longer than was configured.
    let begun = Instant::now();
    let mut stream = TcpStream::connect(service.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"POST /api/v1/assess HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{").unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(service.get("/health/live").status, 200);
}

#[test]
fn hostile_submissions_get_a_clear_refusal_soon() {
    let service = Service::demo();
    let good = service.signed(&[hotfix("XS65E922", 1)]).to_bytes();
    let deep = format!("{{\"schema\": {}", "[".repeat(200_000));
    let other_schema = String::from_utf8(good.clone()).unwrap().replace("submission/1", "submission/2");
    let unknown =
        String::from_utf8(good.clone()).unwrap().replacen("{\"documents", "{\"a\":1,\"documents", 1);
    let huge = vec![b' '; 100_000_000];
    let cases: [(&[u8], u16, &str, &str); 8] = [
        (&good[..good.len() / 2], 400, "malformed", "line 1"),
        (b"\xff\xfe", 400, "malformed", "not UTF-8"),
        (deep.as_bytes(), 400, "malformed", "nested deeper"),
        (b"[]", 400, "malformed", "no JSON object"),
        (other_schema.as_bytes(), 400, "malformed", "hotfixd/submission/1"),
        (unknown.as_bytes(), 400, "malformed", "no field of a submission"),
        (b"", 400, "malformed", "line 1"),
        (&huge, 413, "body_too_long", "33554432 bytes"),
    ];
    for (body, status, code, words) in cases {
        let begun = Instant::now();
        let reply = service.publisher("POST", "/api/v1/submissions", body);
        assert_eq!((reply.status, reply.word("/code").as_str()), (status, code), "{}", reply.text());
        assert!(reply.word("/detail").contains(words), "{}", reply.text());
        assert!(begun.elapsed() < Duration::from_secs(2), "{words}: {:?}", begun.elapsed());
    }
    // An inventory of that size too; and the service goes on.
    assert_eq!(service.request("POST", "/api/v1/assess", &[], &huge).status, 413);
    assert_eq!(service.publisher("POST", "/api/v1/submissions", &good).status, 201);
}

#[test]
fn what_was_begun_is_answered_while_it_ends() {
    let mut service = Service::demo();
    let inventory = r#"{"schema": "hotfixd/inventory/1", "product": "xenserver", "version": "6.5.0"}"#;
    let (first, rest) = inventory.split_at(20);
    let head =
        format!("POST /api/v1/assess HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", inventory.len());
    let begun: Vec<TcpStream> = (0..20)
        .map(|_| {
            let mut stream = TcpStream::connect(service.address()).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            // Whoever was told to go on has been taken in.
            let head = head.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            let mut go_on = [0; 25];
            stream.read_exact(&mut go_on).unwrap();
            assert!(go_on.starts_with(b"HTTP/1.1 100 Continue"));
            stream.write_all(first.as_bytes()).unwrap();
            stream
        })
        .collect();
    let ending = service.process().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &ending]).status().unwrap().success());
    for mut stream in begun {
        stream.write_all(rest.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(service.ended().code(), Some(0));
}

#[test]
fn who_is_slow_is_let_go() {
    let service = Start::new().with("body_seconds", 1).with("head_seconds", 1).up();
    let payload = vec![7; 24_000_000];
    let sha256 = Digest::of(&payload).to_string();
    assert_eq!(service.publisher("PUT", &format!("/api/v1/blobs/{sha256}"), &payload).status, 201);
    service.publish(&[with_file(&sha256, payload.len())]);
    let sockets = || {
        let open = std::fs::read_dir(format!("/proc/{}/fd", service.process())).unwrap();
        let links = open.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
        links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
    };
    let settle = |wanted: usize, what: &str| {
        let deadline = Instant::now() + PATIENCE;
        while sockets() > wanted {
            assert!(Instant::now() < deadline, "{what}: {} sockets, not {wanted}", sockets());
            std::thread::yield_now();
        }
    };
    let connect = |head: &str| {
        let mut stream = TcpStream::connect(service.address()).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    let before = sockets();
    let path = format!("/tuf/targets/xenserver/6.5/payload/XS65E923/{sha256}.big.bin");
    let heads: Vec<_> = (0..50).map(|_| connect("GET / HTTP/1.1\r\nHost: ")).collect();
    let bodies: Vec<_> =
        (0..50).map(|_| connect("POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1")).collect();
    let readers: Vec<_> =
        (0..5).map(|_| connect(&format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"))).collect();
    settle(before, "slow heads, bodies and readers");
    assert_eq!(service.get("/health/live").status, 200);
    drop((heads, bodies, readers));
}

fn with_file(sha256: &str, bytes: usize) -> hotfixd::model::Source {
    let text = format!(
        "schema = \"hotfixd/hotfix/1\"\nid = \"XS65E923\"\nrevision = 1\nproduct = \"xenserver\"\nkind = \"hotfix\"\n\
         title = \"Large\"\nreleases = [\"6.5\"]\nfixes = []\nrequires = []\nsupersedes = []\nconflicts = []\n\
         guidance = []\npayloads = [{{ file = \"big.bin\", bytes = {bytes}, sha256 = \"{sha256}\" }}]\n"
    );
    hotfixd::model::Source::from_toml("XS65E923.toml", &text).unwrap()
}
