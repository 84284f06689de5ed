//! The JSON API over real sockets.

use hotfixd::trust::{Digest, PrivateKey};

use crate::support::place::{Place, on_both};
use crate::support::service::{Service, Start, hotfix, sign};

const INVENTORY: &str = r#"{"schema": "hotfixd/inventory/1", "product": "xenserver", "version": "6.5.0",
    "hotfixes": [], "features": {"storage.trim": true}, "facts": {"storage.trim.largest_lun_bytes": 3298534883328}}"#;

#[test]
fn a_role_near_its_end_is_told_of_and_the_demo_signs_it_anew() {
    let service = Service::demo();
    let folder = service.kill();
    // 80 days later the samples have 10 left: `serve` can only say so.
    let service =
        Start::on(std::sync::Arc::clone(&folder)).serve().with("clock_offset_seconds", 80 * 86_400).up();
    let health = service.get("/health/ready").json();
    assert_eq!(health["status"], "warning");
    assert!(health["warnings"][0].as_str().unwrap().starts_with("xenserver is expiring"), "{health}");
    let folder = service.kill();
    let service = Start::on(folder).with("clock_offset_seconds", 80 * 86_400).up();
    assert_eq!(service.get("/health/ready").json()["status"], "ready");
    assert_eq!(service.snapshot().meta["xenserver"].version, 2);
}

#[test]
fn settings_that_cannot_be_used_end_it_with_2() {
    let Err((status, log)) = Start::new().with("body_seconds", "soon").try_up() else { panic!("it runs") };
    assert_eq!(status.code(), Some(2));
    assert!(log.contains("HOTFIXD_BODY_SECONDS") && log.contains("an integer from 1 to 3600"), "{log}");
}

on_both! {
    fn what_is_published_is_answered_as_it_was_signed(place: Place) {
        let service = Start::at(&place).up();
        let list = service.get("/api/v1/advisories?q=trim").json();
        assert_eq!(list["items"][0]["id"], "XS65-TRIM");
        assert_eq!(list["next"], serde_json::Value::Null);
        let document = service.get("/api/v1/advisories/xenserver/XS65-TRIM");
        assert_eq!(document.headers["hotfixd-sha256"], Digest::of(&document.body).to_string());
        assert_eq!(document.headers["hotfixd-role"], "xenserver");
        assert_eq!(document.headers["hotfixd-role-version"], "1");
        let etag = document.headers["etag"].clone();
        let again =
            service.request("GET", "/api/v1/advisories/xenserver/XS65-TRIM", &[("if-none-match", &etag)], b"");
        assert_eq!(again.status, 304);
        let product = service.get("/api/v1/products/xenserver").json();
        assert_eq!(product["schema"], "hotfixd/product/1");

        service.publish(&[hotfix("XS65E910", 1)]);
        service.publish(&[hotfix("XS65E910", 2)]);
        let revisions = service.get("/api/v1/hotfixes/xenserver/XS65E910/revisions?limit=1").json();
        assert_eq!((&revisions["items"][0]["revision"], &revisions["next"]), (&2.into(), &"2".into()));
        let older = service.get("/api/v1/hotfixes/xenserver/XS65E910/revisions?before=2").json();
        assert_eq!(
            (older["items"].as_array().unwrap().len(), &older["items"][0]["role_version"]),
            (1, &2.into())
        );
    }

    fn lists_come_in_pages(place: Place) {
        let service = Start::at(&place).up();
        service.publish(&[hotfix("XS65E911", 1), hotfix("XS65E912", 1)]);
        let (mut path, mut seen) = ("/api/v1/hotfixes?limit=1".to_owned(), Vec::new());
        loop {
            let page = service.get(&path).json();
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 1);
            seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => path = format!("/api/v1/hotfixes?limit=1&cursor={next}"),
                None => break,
            }
        }
        let mut sorted = seen.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(seen, sorted);
        assert!(
            ["XS65E005", "XS65E911", "XS65E912", "XS65ESP1"].iter().all(|id| seen.contains(&(*id).to_owned()))
        );
    }

    fn problems_say_what_where_and_what_to_do(place: Place) {
        let service = Start::at(&place).up();
        let ask = |method: &str, path: &str, body: &[u8]| service.request(method, path, &[], body);
        let cases = [
            ("GET", "/api/v1/advisories?produkt=x", "", 400, "unknown_parameter", "produkt"),
            ("GET", "/api/v1/advisories?limit=0", "", 400, "bad_parameter", "limit"),
            ("GET", "/api/v1/advisories?limit=1&limit=2", "", 400, "bad_parameter", "limit"),
            ("GET", "/api/v1/advisories?product=nope", "", 400, "bad_parameter", "product"),
            ("GET", "/api/v1/advisories/xenserver/NOPE", "", 404, "not_found", ""),
            ("GET", "/api/v1/nothing", "", 404, "not_found", ""),
            ("DELETE", "/api/v1/advisories", "", 405, "method_not_allowed", ""),
            ("GET", "/api/v1/assess", "", 405, "method_not_allowed", ""),
            ("POST", "/api/v1/assess", "", 400, "malformed", ""),
            ("POST", "/api/v1/assess", "{\"a\": 1,\n \"a\": 2}", 400, "malformed", ""),
            ("POST", "/api/v1/assess", "{}", 422, "invalid", "schema"),
            ("POST", "/api/v1/assess?advisory=XS65-TRIN", INVENTORY, 400, "bad_parameter", "advisory"),
            ("POST", "/api/v1/assess?plan=some", INVENTORY, 400, "bad_parameter", "plan"),
            ("POST", "/api/v1/assess?target=9", INVENTORY, 400, "bad_parameter", "target"),
            ("POST", "/api/v1/assess?as_of=2020-01-01", INVENTORY, 400, "bad_parameter", "as_of"),
            ("POST", "/api/v1/submissions", "{}", 401, "unauthenticated", ""),
            ("GET", "/api/v1/submissions", "", 401, "unauthenticated", ""),
        ];
        for (method, path, body, status, code, field) in cases {
            let reply = ask(method, path, body.as_bytes());
            let what = format!("{method} {path}: {}", reply.text());
            assert_eq!((reply.status, reply.word("/code").as_str()), (status, code), "{what}");
            assert_eq!(reply.word("/field"), field, "{what}");
            assert_eq!(reply.headers["content-type"], "application/problem+json", "{what}");
            assert_eq!(reply.word("/request_id"), reply.headers["x-request-id"], "{what}");
            assert!(!reply.word("/remedy").is_empty() && !reply.word("/detail").is_empty(), "{what}");
        }
        let reply = ask("DELETE", "/api/v1/submissions", b"");
        assert_eq!(reply.headers["allow"], "GET, HEAD, POST");
        assert_eq!(
            ask("POST", "/api/v1/submissions", b"").headers["www-authenticate"],
            "Bearer realm=\"hotfixd\""
        );
        let near = ask("POST", "/api/v1/assess?advisory=XS65-TRIN", INVENTORY.as_bytes());
        assert_eq!(near.word("/remedy"), "Did you mean XS65-TRIM?");
        let place = ask("POST", "/api/v1/assess", b"{\"a\": 1,\n \"a\": 2}");
        assert!(place.word("/detail").contains("line 2"), "{}", place.text());
        let page = service.request("GET", "/nothing", &[("accept", "text/html")], b"");
        assert_eq!((page.status, page.headers["content-type"].as_str()), (404, "text/html; charset=utf-8"));
        assert!(page.text().contains(&page.headers["x-request-id"]));
    }

    fn a_submission_that_is_not_there_is_named(place: Place) {
        let service = Start::at(&place).up();
        for (method, path) in [
            ("GET", "/api/v1/submissions/s-none"),
            ("GET", "/api/v1/submissions/s-none/file"),
            ("GET", "/api/v1/submissions?after=s-none"),
            ("POST", "/api/v1/submissions/s-none/release"),
        ] {
            let reply = service.publisher(method, path, b"");
            assert_eq!((reply.status, reply.word("/code").as_str()), (404, "not_found"), "{path}");
            assert_eq!(reply.word("/detail"), "There is no submission s-none.", "{path}");
            assert_eq!(reply.word("/remedy"), "`hotfix status` lists them.", "{path}");
        }
    }

    fn every_answer_has_its_security_headers(place: Place) {
        let service = Start::at(&place).up();
        for path in [
            "/",
            "/advisories/XS65-TRIM",
            "/hotfixes/xenserver/XS65E005",
            "/static/style.css",
            "/api/v1/products",
            "/health/live",
            "/health/ready",
            "/nothing",
        ] {
            let reply = service.request("GET", path, &[("accept", "text/html")], b"");
            assert!(reply.headers["content-security-policy"].starts_with("default-src 'none'"), "{path}");
            assert!(reply.headers["content-security-policy"].contains("frame-ancestors 'none'"), "{path}");
            assert_eq!(reply.headers["x-content-type-options"], "nosniff", "{path}");
            assert_eq!(reply.headers["referrer-policy"], "no-referrer", "{path}");
            assert!(!reply.headers.contains_key("access-control-allow-origin"), "{path}");
            assert!(reply.headers.contains_key("x-request-id"), "{path}");
        }
        // What every poll asks for and is not there is said in few bytes, and is no page either.
        let reply = service.request("GET", "/tuf/metadata/2.root.json", &[("accept", "text/html")], b"");
        assert_eq!((reply.status, reply.word("/code").as_str()), (404, "not_found"));
        assert_eq!(reply.headers["content-type"], "application/problem+json");
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
    }

    fn a_submission_is_admitted_by_a_token_and_refused_by_its_gates(place: Place) {
        let service = Start::at(&place).up();
        let submission = service.signed(&[hotfix("XS65E920", 1)]);
        for bearer in
            ["Bearer x", "Bearer hfx_pub_0000", "Basic aGZ4", &format!("Bearer hfx_pub_{}", "0".repeat(64))]
        {
            let reply = service.request(
                "POST",
                "/api/v1/submissions",
                &[("authorization", bearer)],
                &submission.to_bytes(),
            );
            assert_eq!(reply.status, 401, "{bearer}");
        }
        // The wrong key.
        let stranger = PrivateKey::generate().unwrap();
        let current = service.current("xenserver");
        let forged = sign(&current, &[hotfix("XS65E920", 1)], std::slice::from_ref(&stranger));
        let reply = service.publisher("POST", "/api/v1/submissions", &forged.to_bytes());
        assert_eq!((reply.status, reply.word("/code").as_str()), (422, "submission_refused"));
        assert!(reply.word("/detail").contains(stranger.public().id().as_str()), "{}", reply.text());
        // What it is to hand in twice.
        let first = service.publisher("POST", "/api/v1/submissions", &submission.to_bytes());
        assert_eq!((first.status, first.word("/state").as_str()), (201, "ready"), "{}", first.text());
        assert_eq!(first.headers["location"], format!("/api/v1/submissions/{}", first.word("/id")));
        let again = service.publisher("POST", "/api/v1/submissions", &submission.to_bytes());
        assert_eq!(again.word("/id"), first.word("/id"));
        assert_eq!(
            service.publisher("GET", "/api/v1/submissions", b"").json()["items"].as_array().unwrap().len(),
            2
        );
        let file = service.publisher("GET", &format!("/api/v1/submissions/{}/file", first.word("/id")), b"");
        assert_eq!(file.body, submission.to_bytes());
        // A release is bound to what was looked at.
        let path = format!("/api/v1/submissions/{}/release", first.word("/id"));
        let other = format!("{{\"digest\": \"{}\"}}", Digest::of(b"other"));
        let reply = service.publisher("POST", &path, other.as_bytes());
        assert_eq!((reply.status, reply.word("/code").as_str()), (409, "submission_changed"));
        let seen = format!("{{\"digest\": \"{}\"}}", first.word("/digest"));
        let reply = service.publisher("POST", &path, seen.as_bytes());
        assert_eq!((reply.status, reply.word("/state").as_str()), (200, "released"), "{}", reply.text());
        assert_eq!(reply.json()["release"]["role_version"], 2);
        assert_eq!(service.get("/api/v1/hotfixes/xenserver/XS65E920").status, 200);
        assert_eq!(service.get("/hotfixes/XS65E920").status, 200);
        // What was built on the state before.
        let stale = sign(&current, &[hotfix("XS65E921", 1)], &[service.key("publisher-xenserver")]);
        let reply = service.publisher("POST", "/api/v1/submissions", &stale.to_bytes());
        assert_eq!((reply.status, reply.word("/code").as_str()), (409, "stale_submission"));
        assert_eq!(reply.json()["current_version"], 2);
    }

    fn two_racing_releases_have_one_winner(place: Place) {
        let service = Start::at(&place).up();
        let ids: Vec<String> = ["XS65E930", "XS65E931"]
            .iter()
            .map(|id| {
                let reply = service.publisher(
                    "POST",
                    "/api/v1/submissions",
                    &service.signed(&[hotfix(id, 1)]).to_bytes(),
                );
                assert_eq!(reply.status, 201);
                reply.word("/id")
            })
            .collect();
        let replies: Vec<_> = std::thread::scope(|scope| {
            let release = |id: &String| {
                let path = format!("/api/v1/submissions/{id}/release");
                let service = &service;
                scope.spawn(move || service.publisher("POST", &path, b""))
            };
            let racing: Vec<_> = ids.iter().map(release).collect();
            racing.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let mut outcomes: Vec<_> = replies.iter().map(|reply| (reply.status, reply.word("/code"))).collect();
        outcomes.sort();
        assert_eq!(outcomes, [(200, String::new()), (409, "stale_submission".to_owned())]);
        let states: Vec<_> = ids
            .iter()
            .map(|id| service.publisher("GET", &format!("/api/v1/submissions/{id}"), b"").word("/state"))
            .collect();
        assert!(
            states.contains(&"released".to_owned()) && states.contains(&"superseded".to_owned()),
            "{states:?}"
        );
    }

    fn sigterm_ends_it_well(place: Place) {
        let mut service = Start::at(&place).up();
        assert_eq!(service.get("/health/ready").json()["status"], "ready");
        assert_eq!(service.terminate().code(), Some(0));
    }
}
