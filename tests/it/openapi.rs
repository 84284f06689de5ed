//! The description of the API: valid to a validator that is not ours, complete, and what the service does.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::service::{Service, Start, hotfix};

/// Methods by path, as the description has them; `HEAD` goes with `GET`.
fn described(document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let methods = |path: &Value| -> BTreeSet<String> {
        path.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect()
    };
    document["paths"].as_object().unwrap().iter().map(|(path, it)| (path.clone(), methods(it))).collect()
}

/// Methods by path, as `routes.rs` has them.
fn routed() -> BTreeMap<String, BTreeSet<String>> {
    let source = include_str!("../../src/server/routes.rs");
    let table = source.split("\nfn get<").next().unwrap();
    let mut out = BTreeMap::new();
    for service in table.split(".service(").skip(1) {
        let path = service.split('"').nth(1).unwrap().replace(":.*}", "}");
        let has = |words: &str| service.contains(words);
        let mut methods = BTreeSet::new();
        if service.starts_with("get(") || has(".route(reading()") {
            methods.insert("GET".to_owned());
        }
        if service.starts_with("post(") || has("web::post()") {
            methods.insert("POST".to_owned());
        }
        if has("web::put()") {
            methods.insert("PUT".to_owned());
        }
        assert!(!methods.is_empty(), "no method is understood: {service}");
        assert!(out.insert(path, methods).is_none(), "twice: {service}");
    }
    assert!(out.len() > 30, "routes.rs is read");
    out
}

#[test]
fn every_route_is_described_and_every_description_is_a_route() {
    let service = Service::demo();
    let document = service.get("/api/openapi.json").json();
    let described = described(&document);
    assert_eq!(described, routed());
    // As the service itself says which methods an address takes.
    for (path, methods) in &described {
        let address = path.split('{').enumerate().map(|(at, part)| match (at, part.split_once('}')) {
            (0, _) | (_, None) => part.to_owned(),
            (_, Some((_, rest))) => format!("x{rest}"),
        });
        let address: String = address.collect();
        let reply = service.request("DELETE", &address, &[], b"");
        assert_eq!(reply.status, 405, "{path}: {}", reply.text());
        let mut allowed: BTreeSet<String> = reply.headers["allow"].split(", ").map(str::to_owned).collect();
        assert_eq!(allowed.remove("HEAD"), allowed.contains("GET"), "{path}");
        assert_eq!(allowed, *methods, "{path}");
    }
    let ids: Vec<&str> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|path| path.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[test]
fn a_validator_takes_the_description_and_the_answers() {
    let service = Service::demo();
    service.publish(&[hotfix("XS65E951", 1).with("released", "2015-02-09".into())]);
    let document = service.get("/api/openapi.json").json();
    let read = |schema: &str, path: &str| json!([schema, service.get(path).json()]);
    let inventory = json!({
        "schema": "hotfixd/inventory/1", "product": "xenserver", "version": "6.5.0", "hotfixes": [],
        "features": { "storage.trim": true }, "facts": { "storage.trim.largest_lun_bytes": 3_298_534_883_328_i64 },
    });
    let assessment =
        service.request("POST", "/api/v1/assess?explain=XS65E005", &[], inventory.to_string().as_bytes());
    let since = "/api/v1/assess?changed_since=2015-02-10";
    let since = service.request("POST", since, &[], inventory.to_string().as_bytes());
    let submissions = service.publisher("GET", "/api/v1/submissions", b"").json();
    let submission = submissions["items"][0].clone();
    let answers = json!([
        read("ProductList", "/api/v1/products"),
        read("AdvisoryList", "/api/v1/advisories"),
        read("AdvisoryList", "/api/v1/advisories?release=6.5&limit=1"),
        read("HotfixList", "/api/v1/hotfixes"),
        read("Product", "/api/v1/products/xenserver"),
        read("Advisory", "/api/v1/advisories/xenserver/XS65-TRIM"),
        read("Hotfix", "/api/v1/hotfixes/xenserver/XS65E951"),
        read("RevisionList", "/api/v1/hotfixes/xenserver/XS65E951/revisions"),
        read("Problem", "/api/v1/advisories?x"),
        read("Health", "/health/live"),
        read("Ready", "/health/ready"),
        ["Inventory", inventory],
        ["Assessment", assessment.json()],
        ["Assessment", since.json()],
        ["Changed", since.json()["changed"]],
        ["SubmissionList", submissions],
        ["SubmissionView", submission],
        ["Problem", service.publisher("POST", "/api/v1/submissions", b"{}").json()],
    ]);
    let wrong = validate(&json!({ "document": document, "answers": answers }));
    assert!(wrong.is_empty(), "{wrong:#?}");
    // The validator does find what is wrong.
    let broken = json!({ "document": document, "answers": [["Blob", { "sha256": 1 }]] });
    assert_eq!(validate(&broken).len(), 3);
}

/// The names that an address says it takes, when it is asked for one that nobody has.
fn taken(service: &Service, method: &str, path: &str) -> BTreeSet<String> {
    let reply = service.request(method, &format!("{path}?zzz"), &[], b"");
    assert_eq!(reply.word("/code"), "unknown_parameter", "{path}: {}", reply.text());
    let remedy = reply.word("/remedy");
    let known = remedy.strip_prefix("Known are ").and_then(|rest| rest.strip_suffix('.'));
    known.into_iter().flat_map(|known| known.split(", ")).map(str::to_owned).collect()
}

#[test]
fn every_parameter_of_the_api_is_described() {
    let service = Service::demo();
    let document = service.get("/api/openapi.json").json();
    let mut checked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            if !path.starts_with("/api/v1/") || path.contains('{') || !operation["security"].is_null() {
                continue;
            }
            let named = operation["parameters"].as_array().unwrap().iter();
            let described: BTreeSet<String> =
                named.map(|one| one["name"].as_str().unwrap().to_owned()).collect();
            assert_eq!(described, taken(&service, &method.to_uppercase(), path), "{method} {path}");
            checked += 1;
        }
    }
    assert!(checked > 5, "{checked}");
}

fn validate(input: &Value) -> Vec<String> {
    let interpreter = std::env::var_os("HOTFIXD_TEST_PYTHON").expect(
        "HOTFIXD_TEST_PYTHON is not set: it names a Python with openapi-spec-validator; `make test` makes one and \
         sets it",
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/openapi.py");
    let mut child =
        Command::new(interpreter).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_page_shows_all_of_it_without_a_script() {
    let service = Service::demo();
    let document = service.get("/api/openapi.json").json();
    let page = service.request("GET", "/api/docs", &[("accept", "text/html")], b"");
    assert_eq!((page.status, page.headers["content-type"].as_str()), (200, "text/html; charset=utf-8"));
    assert!(page.headers["content-security-policy"].contains("style-src 'self'"));
    let html = page.text();
    assert!(html.len() < 100_000, "{} bytes", html.len());
    assert!(!html.contains("<script") && !html.contains("style=\""));
    for (path, methods) in described(&document) {
        for method in methods {
            assert!(html.contains(&format!("<code>{method} {path}</code>")), "{method} {path}");
        }
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(html.contains(&format!("id=\"s-{name}\"")), "{name}");
    }
    for target in html.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(html.contains(&format!("id=\"{target}\"")), "{target}");
    }
    assert_eq!(service.get("/api/openapi.json?x").status, 400);
}

#[test]
fn a_public_address_is_named() {
    let service = Start::new().with("public_url", "https://hotfix.example/patches").up();
    assert_eq!(
        service.get("/api/openapi.json").json()["servers"][0]["url"],
        "https://hotfix.example/patches"
    );
}
