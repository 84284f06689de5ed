//! The repository over HTTP: names, caching, ranges, and nothing but what is signed.

use std::time::Instant;

use hotfixd::repository::pack::{self, Bounds};
use hotfixd::store::Token;
use hotfixd::trust::{Digest, Root, Snapshot, Targets, Timestamp};

use crate::support::service::{PATIENCE, Reply, Service, Start, hotfix, sign};

#[test]
fn a_poll_that_finds_nothing_new_is_304() {
    let service = Service::demo();
    let first = service.get("/tuf/metadata/timestamp.json");
    assert_eq!((first.status, first.headers["cache-control"].as_str()), (200, "public, no-cache"));
    let etag = first.headers["etag"].clone();
    for tags in [etag.clone(), format!("\"other\", {etag}"), format!("W/{etag}")] {
        let reply = service.request("GET", "/tuf/metadata/timestamp.json", &[("if-none-match", &tags)], b"");
        assert_eq!((reply.status, reply.body.len()), (304, 0));
        assert_eq!(reply.headers["etag"], etag);
    }
    // Every byte of a head is sent a million times a day.
    let names = |reply: &Reply| reply.headers.keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(names(&first), "cache-control content-length content-type date etag x-content-type-options");
    let same = service.request("GET", "/tuf/metadata/timestamp.json", &[("if-none-match", &etag)], b"");
    assert_eq!(names(&same), "cache-control date etag");
    let head = service.request("HEAD", "/tuf/metadata/timestamp.json", &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.headers["content-length"], first.body.len().to_string());

    service.publish(&[hotfix("XS65E900", 1)]);
    let reply = service.request("GET", "/tuf/metadata/timestamp.json", &[("if-none-match", &etag)], b"");
    assert_eq!(reply.status, 200);
    assert_ne!(reply.headers["etag"], etag);
}

#[test]
fn names_with_versions_and_hashes_are_for_ever() {
    let service = Service::demo();
    let (root, _): (Root, _) = service.metadata("1.root.json");
    assert!(root.is_development() && root.consistent_snapshot);
    let before = service.snapshot();
    let (role, role_bytes): (Targets, _) = service.metadata("1.xenserver.json");
    let (path, file) = role.targets.iter().find(|(path, _)| path.as_str().contains("TRIM")).unwrap();
    let name = format!("/tuf/targets/{}", path.file(&file.sha256, true));
    let reply = service.get(&name);
    assert_eq!(reply.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(Digest::of(&reply.body), file.sha256);
    assert_eq!(
        service.get("/tuf/metadata/1.root.json").headers["cache-control"],
        reply.headers["cache-control"]
    );

    // Whoever read the timestamp before a release finds what it names after it, and after a restart.
    service.publish(&[hotfix("XS65E900", 1)]);
    let folder = service.kill();
    let service = Start::on(folder).up();
    let snapshot = before.header.version;
    let (again, _): (hotfixd::trust::Snapshot, _) = service.metadata(&format!("{snapshot}.snapshot.json"));
    assert_eq!(again, before);
    assert_eq!(service.metadata::<Targets>("1.xenserver.json").1, role_bytes);
    assert_eq!(service.metadata::<Targets>("2.xenserver.json").0.header.version, 2);
    assert_eq!(service.get(&name).status, 200);
}

#[test]
fn a_document_that_was_superseded_is_there_for_whoever_still_reads_of_it() {
    let service = Service::demo();
    service.publish(&[hotfix("XS65E900", 1)]);
    let (role, _): (Targets, _) = service.metadata("2.xenserver.json");
    let (path, file) = role.targets.iter().find(|(path, _)| path.as_str().contains("XS65E900")).unwrap();
    let name = format!("/tuf/targets/{}", path.file(&file.sha256, true));
    service.publish(&[hotfix("XS65E900", 2)]);
    let superseded = service.get(&name);
    assert_eq!(superseded.status, 200);
    let service = Start::on(service.kill()).up();
    let again = service.get(&name);
    assert_eq!((again.status, again.body), (200, superseded.body));
    // Until no version that is still to be had lists it.
    let snapshot = service.snapshot().header.version;
    for revision in 3..10 {
        service.publish(&[hotfix("XS65E900", revision)]);
    }
    assert_eq!(service.snapshot().header.version, snapshot + 7);
    assert_eq!(service.get(&name).status, 404);
    let service = Start::on(service.kill()).up();
    assert_eq!(service.get(&name).status, 404);
}

/// Asks until a file that is made beside the service is there.
fn when_made(service: &Service, path: &str) -> Reply {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let reply = service.get(path);
        if reply.status != 404 {
            return reply;
        }
        assert!(Instant::now() < deadline, "{path} is not made:\n{}", service.log());
        std::thread::yield_now();
    }
}

#[test]
fn a_poll_that_finds_two_new_documents_is_four_kilobytes_both_ways() {
    let service = Service::demo();
    let before = service.snapshot().header.version;
    service.publish(&[hotfix("XS65E900", 1), hotfix("XS65E901", 1)]);
    let polled = [
        service.get("/tuf/metadata/2.root.json"),
        service.get("/tuf/metadata/timestamp.json"),
        when_made(&service, &format!("/tuf/deltas/snapshot.{before}-{}.zst", before + 1)),
        when_made(&service, "/tuf/deltas/xenserver.1-2.zst"),
    ];
    assert_eq!(polled.each_ref().map(|reply| reply.status), [404, 200, 200, 200]);
    let head = |reply: &Reply| -> usize {
        let lines = reply.headers.iter().map(|(name, value)| name.len() + value.len() + ": \r\n".len());
        lines.sum::<usize>() + "HTTP/1.1 404 Not Found\r\n\r\n".len()
    };
    // A request of a host, with its name and what it has.
    let asked = 160;
    let bytes: usize = polled.iter().map(|reply| asked + head(reply) + reply.body.len()).sum();
    // The documents of this test are short ones: usual ones take half a kilobyte more.
    assert!(bytes <= 3_584, "{bytes} bytes");
}

#[test]
fn packs_and_deltas_are_made_after_each_release_and_each_start() {
    let service = Service::demo();
    service.publish(&[hotfix("XS65E900", 1)]);
    let (old, old_bytes): (Targets, _) = service.metadata("2.xenserver.json");
    let before = service.snapshot().header.version;
    let (_, before_bytes): (Snapshot, _) = service.metadata(&format!("{before}.snapshot.json"));
    service.publish(&[hotfix("XS65E900", 2), hotfix("XS65E901", 1)]);
    let (new, bytes): (Targets, _) = service.metadata("3.xenserver.json");
    let bounds = Bounds::default();

    let mut service = service;
    for _ in 0..2 {
        let reply = when_made(&service, "/tuf/packs/xenserver.3.pack");
        assert_eq!(reply.headers["cache-control"], "public, max-age=31536000, immutable");
        let contents = pack::read(&reply.body, &bounds).unwrap();
        assert_eq!(contents.metadata(), bytes);
        assert_eq!(contents.len(), new.targets.len());
        assert!(new.targets.iter().all(|(path, file)| contents.document(path, file).is_some()));

        let delta = when_made(&service, "/tuf/deltas/xenserver.2-3.zst");
        let contents = pack::read_delta(&delta.body, &old_bytes, &bounds).unwrap();
        assert_eq!((contents.metadata(), contents.len()), (bytes.as_slice(), 2));
        for (path, file) in &new.targets {
            let changed = old.targets.get(path) != Some(file);
            assert_eq!(contents.document(path, file).is_some(), changed, "{path}");
        }
        let after = service.snapshot().header.version;
        let name = format!("/tuf/deltas/snapshot.{before}-{after}.zst");
        let contents = pack::read_delta(&when_made(&service, &name).body, &before_bytes, &bounds).unwrap();
        let (_, after_bytes): (Snapshot, _) = service.metadata(&format!("{after}.snapshot.json"));
        assert_eq!((contents.metadata(), contents.len()), (after_bytes.as_slice(), 0));
        when_made(&service, "/tuf/deltas/xenserver.1-3.zst");
        for name in [
            "packs/xenserver.4.pack",
            "packs/holds.1.pack",
            "packs/..%2fx",
            "deltas/xenserver.3-2.zst",
            "deltas/holds.1-1.zst",
        ] {
            assert_eq!(service.get(&format!("/tuf/{name}")).status, 404, "{name}");
        }
        service = Start::on(service.kill()).up();
    }
}

#[test]
fn names_are_looked_up_and_never_made_into_paths() {
    let service = Service::demo();
    for name in [
        "/tuf/metadata/root.json",
        "/tuf/metadata/2.root.json",
        "/tuf/metadata/01.root.json",
        "/tuf/metadata/-1.root.json",
        "/tuf/metadata/1.timestamp.json",
        "/tuf/metadata/..%2f..%2fhotfixd.sqlite",
        "/tuf/metadata/%2e%2e/%2e%2e/etc/passwd",
        "/tuf/targets/../../../../etc/passwd",
        "/tuf/targets/..%2f..%2f..%2fetc%2fpasswd",
        "/tuf/targets/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/tuf/targets/..%252f..%252fetc%252fpasswd",
        "/tuf/targets/....//....//etc/passwd",
        "/tuf/targets/%c0%ae%c0%ae/etc/passwd",
        "/tuf/targets//etc/passwd",
        "/tuf/targets/%00",
        "/tuf/targets/xenserver/advisory/XS65-TRIM.json",
        "/tuf/targets/",
        "/tuf/",
    ] {
        let answer =
            service.raw(format!("GET {name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes());
        let status: u16 = answer.split(' ').nth(1).unwrap_or("0").parse().unwrap();
        assert!((400..500).contains(&status), "{name}: {answer}");
        assert!(!answer.contains("root:x:"), "{name}");
    }
}

#[test]
fn payloads_are_served_once_released_and_in_ranges() {
    let service = Service::demo();
    let payload: Vec<u8> = (0..700_000_u32).map(|at| (at % 251) as u8).collect();
    let sha256 = Digest::of(&payload).to_string();
    let document = format!(
        "schema = \"hotfixd/hotfix/1\"\nid = \"XS65E901\"\nrevision = 1\nproduct = \"xenserver\"\nkind = \"hotfix\"\n\
         title = \"With a file\"\nreleases = [\"6.5\"]\nfixes = []\nrequires = []\nsupersedes = []\nconflicts = []\n\
         guidance = []\npayloads = [{{ file = \"XS65E901.xsupdate\", bytes = 700000, sha256 = \"{sha256}\" }}]\n"
    );
    let source = hotfixd::model::Source::from_toml("XS65E901.toml", &document).unwrap();
    let submission = service.signed(&[source]).to_bytes();
    let refused = service.publisher("POST", "/api/v1/submissions", &submission);
    assert_eq!(
        (refused.status, refused.word("/code").as_str()),
        (422, "submission_refused"),
        "{}",
        refused.text()
    );
    assert!(refused.text().contains("was not uploaded"), "{}", refused.text());

    let blob = format!("/api/v1/blobs/{sha256}");
    assert_eq!(service.publisher("GET", &blob, b"").status, 404);
    let wrong = service.publisher("PUT", &blob, b"other bytes");
    assert_eq!((wrong.status, wrong.word("/code").as_str()), (422, "blob_mismatch"));
    let stored = service.publisher("PUT", &blob, &payload);
    assert_eq!((stored.status, stored.word("/state").as_str()), (201, "staged"), "{}", stored.text());
    assert_eq!(service.publisher("GET", &blob, b"").json()["bytes"], 700_000);

    let name = format!("/tuf/targets/xenserver/6.5/payload/XS65E901/{sha256}.XS65E901.xsupdate");
    assert_eq!(service.get(&name).status, 404);
    let reply = service.publisher("POST", "/api/v1/submissions", &submission);
    assert_eq!((reply.status, reply.word("/state").as_str()), (201, "ready"), "{}", reply.text());
    assert_eq!(service.get(&name).status, 404);
    let path = format!("/api/v1/submissions/{}/release", reply.word("/id"));
    assert_eq!(service.publisher("POST", &path, b"").status, 200);
    assert_eq!(service.publisher("GET", &blob, b"").word("/state"), "released");

    let whole = service.get(&name);
    assert_eq!((whole.status, whole.body == payload), (200, true));
    assert_eq!(whole.headers["content-length"], "700000");
    for (range, first, end) in
        [("bytes=0-9", 0, 10), ("bytes=300000-", 300_000, 700_000), ("bytes=-5", 699_995, 700_000)]
    {
        let part = service.request("GET", &name, &[("range", range)], b"");
        assert_eq!((part.status, part.body == payload[first..end]), (206, true), "{range}");
        assert_eq!(part.headers["content-range"], format!("bytes {first}-{}/700000", end - 1));
    }
    let beyond = service.request("GET", &name, &[("range", "bytes=700000-")], b"");
    assert_eq!((beyond.status, beyond.word("/code").as_str()), (416, "range_not_satisfiable"));
    // A file that is released and gone is a fault of the service, not something that never was.
    std::fs::remove_file(service.folder.path().join("data/blobs").join(&sha256[..2]).join(&sha256[2..]))
        .unwrap();
    let gone = service.get(&name);
    assert_eq!((gone.status, gone.word("/code").as_str()), (500, "storage_damaged"), "{}", gone.text());
    assert!(service.log().contains("its file is gone"), "{}", service.log());
}

#[test]
fn serve_needs_only_the_online_keys_and_signs_the_timestamp_at_start() {
    let service = Service::demo();
    let (before, _): (Timestamp, _) = service.metadata("timestamp.json");
    let submission = service.signed(&[hotfix("XS65E902", 1)]);
    let folder = service.kill();
    for offline in ["root", "targets", "publisher-xenserver"] {
        std::fs::remove_file(folder.path().join(format!("keys/{offline}.pem"))).unwrap();
    }
    let service = Start::on(folder).serve().up();
    let (after, _): (Timestamp, _) = service.metadata("timestamp.json");
    assert_eq!(after.header.version, before.header.version + 1);
    assert_eq!(after.snapshot, before.snapshot);
    let reply = service.publisher("POST", "/api/v1/submissions", &submission.to_bytes());
    assert_eq!(reply.word("/state"), "ready");
}

#[test]
fn a_clock_that_was_set_back_lowers_no_version() {
    let service = Start::new().with("clock_offset_seconds", 86_400 * 3).up();
    let (before, _): (Timestamp, _) = service.metadata("timestamp.json");
    let folder = service.kill();
    let service = Start::on(folder).with("clock_offset_seconds", 0).up();
    let (after, _): (Timestamp, _) = service.metadata("timestamp.json");
    assert_eq!(after.header.version, before.header.version + 1);
    assert!(after.header.expires < before.header.expires);
    let current = service.current("xenserver");
    let submission = sign(&current, &[hotfix("XS65E903", 1)], &[service.key("publisher-xenserver")]);
    assert_eq!(service.publisher("POST", "/api/v1/submissions", &submission.to_bytes()).status, 201);
}

#[test]
fn serve_says_what_to_do_where_there_is_nothing_or_another_has_it() {
    let Err((status, log)) = Start::new().serve().try_up() else { panic!("it serves nothing") };
    assert_eq!(status.code(), Some(1));
    assert!(log.contains("holds no root of trust") && log.contains("hotfixd demo"), "{log}");

    let service = Service::demo();
    let token = service.token();
    let Err((status, log)) = Start::on(std::sync::Arc::clone(&service.folder)).try_up() else {
        panic!("two serve one folder")
    };
    assert_eq!(status.code(), Some(1));
    assert!(log.contains(&format!("another hotfixd (process {})", service.process())), "{log}");
    assert!(Token::parse(&token).is_some() && !service.log().contains(&token));
}
