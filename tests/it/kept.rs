//! What is sent many times: compressed for who takes it, kept for who asks again, and never another's.

use std::io::Read as _;

use crate::support::service::{Reply, Service, Start, hotfix};

const GZIP: (&str, &str) = ("accept-encoding", "gzip");

fn unpacked(reply: &Reply) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(&*reply.body).read_to_end(&mut out).unwrap();
    out
}

fn header<'r>(reply: &'r Reply, name: &str) -> &'r str {
    reply.headers.get(name).map(String::as_str).unwrap_or_default()
}

#[test]
fn who_takes_gzip_gets_fewer_bytes_of_the_same() {
    let service = Service::demo();
    let version = service.snapshot().meta["targets"].version;
    for (path, least) in [
        (format!("/tuf/metadata/{version}.targets.json"), 1.3),
        ("/static/style.css".to_owned(), 2.0),
        ("/api/openapi.json".to_owned(), 3.0),
        ("/advisories/xenserver/XS65-TRIM".to_owned(), 2.0),
        ("/api/v1/advisories.csv".to_owned(), 0.0),
        ("/feeds/hotfixes.atom".to_owned(), 1.5),
    ] {
        let plain = service.request("GET", &path, &[("accept-encoding", "identity")], b"");
        let zipped = service.request("GET", &path, &[GZIP], b"");
        assert_eq!((plain.status, zipped.status), (200, 200), "{path}");
        assert!(!plain.headers.contains_key("content-encoding"), "{path}");
        if plain.body.len() < 1_024 {
            assert!(!zipped.headers.contains_key("content-encoding"), "{path}");
            assert!(!header(&zipped, "vary").contains("accept-encoding"), "{path}");
            continue;
        }
        assert_eq!(header(&zipped, "content-encoding"), "gzip", "{path}");
        assert_eq!(unpacked(&zipped), plain.body, "{path}");
        assert!(plain.body.len() as f64 > zipped.body.len() as f64 * least, "{path}: {}", zipped.body.len());
        for reply in [&plain, &zipped] {
            assert!(header(reply, "vary").contains("accept-encoding"), "{path}");
        }
        for name in ["content-type", "cache-control"] {
            assert_eq!(header(&plain, name), header(&zipped, name), "{path}");
        }
        // Each form has its own strong tag, and 304 is for who has that form.
        let (tag, other) = (header(&zipped, "etag"), header(&plain, "etag"));
        assert!(tag != other && !tag.starts_with("W/"), "{path}");
        for (encoding, tag, status) in
            [("gzip", tag, 304), ("gzip", other, 200), ("identity", other, 304), ("identity", tag, 200)]
        {
            let asked = [("accept-encoding", encoding), ("if-none-match", tag)];
            let reply = service.request("GET", &path, &asked, b"");
            assert_eq!(reply.status, status, "{path} {encoding} {tag}");
            assert!(header(&reply, "vary").contains("accept-encoding"), "{path}");
            assert_eq!(header(&reply, "cache-control"), header(&plain, "cache-control"), "{path}");
        }
        let head = service.request("HEAD", &path, &[GZIP], b"");
        assert_eq!(header(&head, "content-length"), zipped.body.len().to_string(), "{path}");
    }
    // What is polled is short: it does not vary.
    let poll = service.request("GET", "/tuf/metadata/timestamp.json", &[GZIP], b"");
    assert!(!poll.headers.contains_key("vary") && !poll.headers.contains_key("content-encoding"));
}

#[test]
fn what_is_kept_goes_with_the_state_that_it_is_of() {
    let service = Service::demo();
    for path in ["/", "/hotfixes", "/api/v1/hotfixes", "/feeds/hotfixes.atom", "/products/xenserver"] {
        let before = service.get(path);
        assert_eq!((before.status, service.get(path).body == before.body), (200, true), "{path}");
    }
    for revision in 1..=3 {
        service.publish(&[hotfix("XS65E970", revision)]);
        let title = format!("XS65E970 in its revision {revision}");
        for path in ["/hotfixes", "/api/v1/hotfixes", "/feeds/hotfixes.atom", "/hotfixes/XS65E970"] {
            for _ in 0..2 {
                assert!(service.get(path).text().contains(&title), "{path} is of an earlier state");
            }
        }
    }
    // Filters are not passed over, and what is wrong is not kept in place of what is right.
    let of = |query: &str| service.get(&format!("/api/v1/hotfixes{query}"));
    assert_ne!(of("?q=XS65E970").body, of("").body);
    assert_eq!((of("?nonsense").status, of("").status, of("?nonsense").status), (400, 200, 400));
}

#[test]
fn an_answer_from_the_cache_is_the_one_that_was_written() {
    let (kept, written) = (Service::demo(), Start::new().with("page_cache_bytes", 0).up());
    let names = |reply: &Reply| reply.headers.keys().cloned().collect::<Vec<_>>();
    for path in
        ["/advisories", "/api/v1/products", "/api/v1/advisories?limit=1", "/api/docs", "/hotfixes/XS65E005"]
    {
        let first = kept.get(path);
        let again = kept.get(path);
        assert_eq!((first.status, again.status, written.get(path).status), (200, 200, 200), "{path}");
        assert_eq!(names(&first), names(&again), "{path}");
        assert_ne!(header(&first, "x-request-id"), header(&again, "x-request-id"), "{path}");
        for name in ["content-security-policy", "content-type", "link", "cache-control"] {
            assert_eq!(header(&first, name), header(&again, name), "{path} {name}");
            assert_eq!(header(&first, name), header(&written.get(path), name), "{path} {name}");
        }
        // A page is of the minute in which it was written.
        if first.headers["etag"] == again.headers["etag"] {
            assert_eq!(first.body, again.body, "{path}");
        }
        assert_eq!(kept.request("HEAD", path, &[], b"").body.len(), 0);
        let error = kept.request("GET", &format!("{path}?x=1&y"), &[("accept", "text/html")], b"");
        assert_eq!(error.status, 400, "{path}");
    }
    let hits = kept.get("/metrics").text();
    assert!(hits.contains(r#"{route="/advisories",method="GET",status="200"} 2"#), "{hits}");
}

#[test]
fn nothing_that_is_somebody_s_own_is_kept() {
    let service = Service::demo();
    let id = service.publisher("GET", "/api/v1/submissions", b"").json()["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/v1/submissions/{id}/file");
    for _ in 0..2 {
        assert_eq!(service.publisher("GET", &path, b"").status, 200);
        assert_eq!(service.get(&path).status, 401);
    }
    let question =
        "/check?inventory=%7B%22schema%22%3A%22hotfixd/inventory/1%22%2C%22product%22%3A%22xenserver%22%7D";
    assert_eq!(service.get(question).headers["cache-control"], "no-store");
}

#[test]
fn the_cache_stays_within_its_bound() {
    let service = Start::new().with("page_cache_bytes", 400_000).up();
    let before = resident(&service);
    for at in 0..600 {
        assert_eq!(service.get(&format!("/advisories?q=a{at}")).status, 200);
    }
    let grown = resident(&service).saturating_sub(before);
    assert!(grown < 12_000_000, "{grown} bytes more for 600 pages");
}

fn resident(service: &Service) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.process())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
}
