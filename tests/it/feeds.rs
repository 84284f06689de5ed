//! Feeds, read by a feed reader that is not ours.

use std::path::Path;
use std::process::Command;

use hotfixd::model::Source;
use serde_json::Value;

use crate::support::service::{Service, Start, hotfix};

/// What feedparser understood of these addresses of a service.
fn read(service: &Service, paths: &[&str]) -> Vec<Value> {
    let interpreter = std::env::var_os("HOTFIXD_TEST_PYTHON").expect(
        "HOTFIXD_TEST_PYTHON is not set: it names a Python with feedparser; `make test` makes one and sets it",
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/feed.py");
    let urls = paths.iter().map(|path| format!("{}{path}", service.url));
    let output = Command::new(interpreter).arg(script).args(urls).env_remove("http_proxy").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let feeds: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    for feed in &feeds {
        assert_eq!((&feed["wrong"], &feed["version"]), (&Value::Null, &"atom10".into()), "{feed:#}");
        for name in ["id", "title", "updated", "author"] {
            assert!(!feed[name].is_null(), "{name}: {feed:#}");
        }
    }
    feeds
}

fn titles(feed: &Value) -> Vec<&str> {
    feed["entries"].as_array().unwrap().iter().map(|entry| entry["title"].as_str().unwrap()).collect()
}

#[test]
fn a_reader_understands_every_feed() {
    let service = Service::demo();
    let feeds = read(
        &service,
        &[
            "/feeds/advisories.atom",
            "/feeds/hotfixes.atom",
            "/feeds/advisories.atom?release=6.5&status=affected&severity=critical",
            "/feeds/advisories.atom?q=zebra",
            "/feeds/hotfixes.atom?product=xenserver&kind=service-pack&limit=1",
        ],
    );
    let find = |feed: &Value, id: &str| {
        let entries = feed["entries"].as_array().unwrap();
        entries.iter().find(|entry| entry["title"].as_str().unwrap().starts_with(id)).cloned()
    };
    let entry = find(&feeds[2], "XS65-TRIM: ").unwrap();
    let id = entry["id"].as_str().unwrap();
    assert!(
        id.starts_with("tag:") && id.ends_with(".hotfixd.invalid,2026:advisories/xenserver/XS65-TRIM"),
        "{id}"
    );
    // Relative to the service, wherever it is reached.
    assert_eq!(entry["link"], format!("{}/advisories/xenserver/XS65-TRIM", service.url));
    assert_eq!(
        entry["links"]["application/json"],
        format!("{}/api/v1/advisories/xenserver/XS65-TRIM", service.url)
    );
    for address in [&entry["link"], &entry["links"]["application/json"]] {
        let path = address.as_str().unwrap().strip_prefix(&service.url).unwrap();
        assert_eq!(service.get(path).status, 200);
    }
    let terms = entry["terms"].as_array().unwrap();
    assert!(terms.contains(&serde_json::json!(["urn:hotfixd:severity", "critical"])), "{entry:#}");
    assert!(entry["summary"].as_str().unwrap().contains("status for the release: affected"), "{entry:#}");
    assert_eq!(feeds[2]["title"], "Advisories · release 6.5 · status affected · severity critical");
    assert_eq!(
        feeds[2]["links"]["self"],
        format!("{}/feeds/advisories.atom?release=6.5&status=affected&severity=critical", service.url)
    );
    assert!(titles(&feeds[3]).is_empty());
    assert_eq!(titles(&feeds[4]).len(), 1);
    let ids = |feed: &Value| -> Vec<String> {
        feed["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut unique = ids(&feeds[1]);
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), feeds[1]["entries"].as_array().unwrap().len());
    assert!(unique.len() <= 50);
}

#[test]
fn what_was_released_last_comes_first_under_its_old_id() {
    let service = Service::demo();
    let path = "/feeds/hotfixes.atom?q=XS65E93";
    service.publish(&[hotfix("XS65E931", 1)]);
    let first = read(&service, &[path]).remove(0);
    let etag = service.get(path).headers["etag"].clone();
    assert_eq!(service.request("GET", path, &[("if-none-match", &etag)], b"").status, 304);
    service.publish(&[hotfix("XS65E932", 1)]);
    service.publish(&[hotfix("XS65E931", 2)]);
    let second = read(&service, &[path]).remove(0);
    assert_eq!(titles(&second).len(), 2);
    let of = |feed: &Value, id: &str| {
        let entries = feed["entries"].as_array().unwrap().clone();
        entries.into_iter().find(|entry| entry["title"].as_str().unwrap().starts_with(id)).unwrap()
    };
    let (before, after) = (of(&first, "XS65E931"), of(&second, "XS65E931"));
    assert_eq!((&before["id"], &first["id"]), (&after["id"], &second["id"]));
    assert!(after["summary"].as_str().unwrap().ends_with("revision 2."), "{after:#}");
    let times: Vec<String> =
        second["entries"].as_array().unwrap().iter().map(|entry| entry["updated"].to_string()).collect();
    let numbers = |entry: &Value| -> Vec<i64> {
        entry["updated"].as_array().unwrap().iter().map(|part| part.as_i64().unwrap()).collect()
    };
    let entries = second["entries"].as_array().unwrap();
    assert!(numbers(&entries[0]) >= numbers(&entries[1]), "{times:?}");
    assert_ne!(service.get(path).headers["etag"], etag);
    // A service that starts anew says the same.
    let text = service.get(path).text();
    let folder = service.kill();
    assert_eq!(Start::on(folder).up().get(path).text(), text);
}

#[test]
fn a_forged_host_changes_nothing_and_a_public_address_is_used() {
    let service = Service::demo();
    let path = "/feeds/advisories.atom";
    let plain = service.get(path).body;
    let forged = service.raw(
        format!(
            "GET {path} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n\
             X-Forwarded-Proto: https\r\nForwarded: host=evil.example\r\nConnection: close\r\n\r\n"
        )
        .as_bytes(),
    );
    assert!(!forged.contains("evil.example"), "{forged:.2000}");
    assert!(forged.contains(std::str::from_utf8(&plain).unwrap().lines().nth(1).unwrap()));
    assert!(!String::from_utf8(plain).unwrap().contains(&service.url));
    let service = Start::new().with("public_url", "https://hotfix.example/patches").up();
    let feed = read(&service, &[path]).remove(0);
    assert_eq!(feed["links"]["self"], "https://hotfix.example/patches/feeds/advisories.atom");
    let link = feed["entries"][0]["link"].as_str().unwrap();
    assert!(link.starts_with("https://hotfix.example/patches/advisories/"), "{link}");
}

#[test]
fn text_of_documents_is_no_markup() {
    let service = Service::demo();
    let text = "schema = \"hotfixd/hotfix/1\"\nid = \"XS65E941\"\nrevision = 1\nproduct = \"xenserver\"\n\
                kind = \"hotfix\"\ntitle = '''<script>alert(1)</script> <b>&amp; ]]> \"x\"'''\n\
                description = '<img src=x onerror=alert(1)>'\nreleases = [\"6.5\"]\n";
    service.publish(&[Source::from_toml("x.toml", text).unwrap()]);
    let path = "/feeds/hotfixes.atom?q=XS65E941";
    let reply = service.get(path);
    assert_eq!(reply.headers["content-type"], "application/atom+xml; charset=utf-8");
    let xml = reply.text();
    assert!(!xml.contains("<script") && !xml.contains("<b>") && !xml.contains("<img"), "{xml}");
    let feed = read(&service, &[path]).remove(0);
    let entry = &feed["entries"][0];
    assert_eq!(entry["title_type"], "text/plain");
    assert_eq!(entry["title"], "XS65E941: <script>alert(1)</script> <b>&amp; ]]> \"x\"");
}

#[test]
fn a_feed_refuses_what_it_does_not_know() {
    let service = Service::demo();
    for (query, field) in [
        ("severty=high", "severty"),
        ("severity=hihg", "severity"),
        ("sort=id", "sort"),
        ("cursor=x", "cursor"),
        ("kind=hotfix", "kind"),
        ("limit=1000", "limit"),
    ] {
        let reply = service.get(&format!("/feeds/advisories.atom?{query}"));
        assert_eq!((reply.status, reply.word("/field").as_str()), (400, field), "{}", reply.text());
    }
    let many = format!("/feeds/advisories.atom?{}", vec!["q=a"; 10_000].join("&"));
    assert_eq!(service.get(&many).status, 400);
}
