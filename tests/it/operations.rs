//! What whoever runs the service looks at: metrics, health, the log.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::service::{Reply, Service, Start, hotfix};

fn rules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("dist/prometheus/hotfixd.rules.yml")
}

/// What a program says of a text on its stdin.
fn piped(command: &mut Command, text: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// The samples of metrics by name, as Prometheus' own parser reads them; its naming rules and ours are kept, and
/// the alert rules name nothing that is not there.
fn samples(text: &str) -> Value {
    let interpreter = std::env::var_os("HOTFIXD_TEST_PYTHON").expect(
        "HOTFIXD_TEST_PYTHON is not set: it names a Python with prometheus_client; `make test` makes one and sets it",
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/metrics.py");
    let output = piped(Command::new(interpreter).arg(script).arg(rules()), text);
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The value of a sample with these labels.
fn value(samples: &Value, name: &str, labels: &Value) -> Option<f64> {
    let all = samples[name].as_array().unwrap_or_else(|| panic!("no {name}"));
    all.iter().find(|sample| sample[0] == *labels).and_then(|sample| sample[1].as_f64())
}

#[test]
fn prometheus_reads_the_metrics() {
    let service = Service::demo();
    let etag = service.get("/tuf/metadata/timestamp.json").headers["etag"].clone();
    for _ in 0..3 {
        service.request("GET", "/tuf/metadata/timestamp.json", &[("if-none-match", &etag)], b"");
    }
    service.get("/advisories/xenserver/XS65-TRIM");
    service.request("BREW", "/%22%0a1/%3Cscript%3E", &[], b"");
    service.publish(&[hotfix("XS65E960", 1)]);
    service.publisher("POST", "/api/v1/submissions", b"{}");
    let reply = service.get("/metrics");
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let (text, samples) = (reply.text(), samples(&reply.text()));
    let counted = |route: &str, method: &str, status: &str| {
        let labels = serde_json::json!({ "route": route, "method": method, "status": status });
        value(&samples, "hotfixd_http_requests_total", &labels)
    };
    assert_eq!(counted("/tuf/metadata/timestamp.json", "GET", "304"), Some(3.0));
    assert_eq!(counted("/advisories/{product}/{id}", "GET", "200"), Some(1.0));
    assert_eq!(counted("unmatched", "other", "404"), Some(1.0));
    assert_eq!(counted("/api/v1/submissions/{id}/release", "POST", "200"), Some(1.0));
    let own = |name: &str, labels: Value| value(&samples, name, &labels);
    let none = || serde_json::json!({});
    let of = |name: &str, value: &str| serde_json::json!({ name: value });
    for (name, labels, expected) in [
        ("hotfixd_build_info", of("version", env!("CARGO_PKG_VERSION")), 1.0),
        ("hotfixd_ready", none(), 1.0),
        ("hotfixd_database_up", none(), 1.0),
        ("hotfixd_store_failing", none(), 0.0),
        ("hotfixd_clock_problem", none(), 0.0),
        ("hotfixd_http_requests_in_flight", none(), 1.0),
        ("hotfixd_http_connections", none(), 1.0),
        ("hotfixd_release_releases_total", none(), 1.0),
        ("hotfixd_release_submitted_total", none(), 1.0),
        ("hotfixd_release_refused_total", none(), 1.0),
        ("hotfixd_problems_total", of("code", "malformed"), 1.0),
        ("hotfixd_release_submissions", of("state", "released"), 2.0),
        ("hotfixd_release_submissions", of("state", "waiting"), 0.0),
        ("hotfixd_role_version", of("role", "xenserver"), 2.0),
        ("hotfixd_blobs", none(), 0.0),
    ] {
        let found = own(name, labels.clone());
        if name == "hotfixd_http_connections" {
            assert!(found >= Some(1.0), "{found:?}");
        } else {
            assert_eq!(found, Some(expected), "{name} {labels}\n{text}");
        }
    }
    let expires = own("hotfixd_role_expires_timestamp_seconds", of("role", "root")).unwrap();
    assert!(expires > own("process_start_time_seconds", none()).unwrap());
    assert!(
        own("hotfixd_data_free_bytes", none()) > Some(0.0) && own("process_open_fds", none()) > Some(5.0)
    );
    assert!(own("hotfixd_http_response_bytes_total", none()) > Some(10_000.0));
    assert_eq!(own("hotfixd_http_request_duration_seconds_count", of("class", "people")), Some(1.0));
    // Nothing that was sent, and no id, is in them.
    for outside in ["<", "BREW", "XS65", "%"] {
        assert!(!text.contains(outside), "{outside}");
    }
    // Prometheus' own tool, where there is one: its package is too large to be installed for this.
    match Command::new("promtool").arg("--version").output() {
        Err(_) => eprintln!("SKIPPED: no promtool here (Debian: prometheus)"),
        Ok(_) => {
            for output in [
                piped(Command::new("promtool").args(["check", "metrics"]), &text),
                Command::new("promtool").args(["check", "rules"]).arg(rules()).output().unwrap(),
            ] {
                let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
                assert!(output.status.success(), "{said}");
            }
        }
    }
}

#[test]
fn metrics_are_read_by_whom_the_setting_names() {
    let service = Service::demo();
    let from_elsewhere = service.request("GET", "/metrics", &[("x-forwarded-for", "192.0.2.1")], b"");
    assert_eq!((from_elsewhere.status, from_elsewhere.word("/code").as_str()), (403, "forbidden"));
    assert!(from_elsewhere.word("/remedy").contains("`metrics`"));

    let off = Start::new().with("metrics", "off").up();
    assert_eq!(off.get("/metrics").status, 404);

    let own = Start::new().with("metrics", "127.0.0.1:0").with("log", "info").up();
    assert_eq!(own.get("/metrics").status, 403);
    let log = own.log();
    let address = log.lines().find(|line| line.contains("metrics are listened for")).unwrap();
    let port = address.rsplit(':').next().unwrap().trim();
    let output =
        Command::new("curl").args(["-s", &format!("http://127.0.0.1:{port}/metrics")]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("hotfixd_build_info"), "{output:?}");
}

fn healthcheck(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hotfixd"))
        .arg("healthcheck")
        .args(arguments)
        .env_clear()
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.code(), said)
}

#[test]
fn health_names_each_check_with_its_remedy() {
    let service = Service::demo();
    assert_eq!(service.get("/health/live").json(), serde_json::json!({ "status": "live" }));
    let ready = service.get("/health/ready");
    assert_eq!((ready.status, ready.word("/status").as_str()), (200, "ready"), "{}", ready.text());
    let names = |reply: &Reply| -> Vec<String> {
        let checks = reply.json()["checks"].as_array().unwrap().clone();
        checks.iter().map(|check| format!("{} {}", check["name"], check["state"]).replace('"', "")).collect()
    };
    assert_eq!(names(&ready), ["database good", "storage good", "roles good", "versions good", "clock good"]);
    assert_eq!(healthcheck(&["--url", &service.url]), (Some(0), "ready\n".to_owned()));

    // Two years on: what keyholders sign has expired.
    let folder = service.kill();
    let later = Start::on(folder).serve().with("clock_offset_seconds", 86_400 * 800).up();
    let failing = later.get("/health/ready");
    assert_eq!((failing.status, failing.word("/status").as_str()), (503, "failing"));
    assert_eq!(
        names(&failing),
        ["database good", "storage good", "roles failing", "versions good", "clock good"]
    );
    let remedy = failing.word("/checks/2/remedy");
    assert!(remedy.contains("sign it anew"), "{remedy}");
    let (code, said) = healthcheck(&["--url", &later.url]);
    assert!(code == Some(1) && said.contains("failing") && said.contains(&remedy), "{said}");
    assert_eq!(later.get("/health/live").status, 200);
    let metrics = samples(&later.get("/metrics").text());
    assert_eq!(value(&metrics, "hotfixd_ready", &serde_json::json!({})), Some(0.0));
    let (code, said) = healthcheck(&["--url", "http://127.0.0.1:1"]);
    assert!(code == Some(1) && said.contains("Is the service running"), "{said}");
    let (code, said) = healthcheck(&["--url", "https://x"]);
    assert!(code == Some(1) && said.contains("speaks no TLS"), "{said}");
}

#[test]
fn a_clock_that_was_set_back_is_told_of() {
    let service = Start::new().with("clock_offset_seconds", 86_400 * 3).up();
    let folder = service.kill();
    let service = Start::on(folder).with("clock_offset_seconds", 0).up();
    let ready = service.get("/health/ready");
    assert_eq!((ready.status, ready.word("/status").as_str()), (200, "warning"), "{}", ready.text());
    assert!(ready.word("/checks/4/detail").contains("the clock stands at"), "{}", ready.text());
    let metrics = samples(&service.get("/metrics").text());
    assert_eq!(value(&metrics, "hotfixd_clock_problem", &serde_json::json!({})), Some(1.0));
}

#[test]
fn a_request_has_an_id_that_its_error_and_the_log_show() {
    let service = Start::new().with("log_format", "json").up();
    let given = service.request("GET", "/nothing", &[("x-request-id", "abc-1.2_Z")], b"");
    assert_eq!(
        (given.headers["x-request-id"].as_str(), given.word("/request_id").as_str()),
        ("abc-1.2_Z", "abc-1.2_Z")
    );
    for forged in ["a b", "\"><script>", "a\u{1b}[31m", &"a".repeat(65)] {
        let reply =
            service.request("GET", "/nothing", &[("x-request-id", &forged.replace('\u{1b}', "\t"))], b"");
        let id = &reply.headers["x-request-id"];
        assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        assert_eq!(reply.word("/request_id"), *id);
    }
    let (one, other) = (service.get("/nothing"), service.get("/nothing"));
    assert_ne!(one.headers["x-request-id"], other.headers["x-request-id"]);

    let bearer = format!("Bearer {}", service.token());
    let headers = [("authorization", bearer.as_str()), ("x-request-id", "the-release")];
    let submission = service.signed(&[hotfix("XS65E962", 1)]);
    let taken = service.request("POST", "/api/v1/submissions", &headers, &submission.to_bytes());
    let path = format!("/api/v1/submissions/{}/release", taken.word("/id"));
    assert_eq!(service.request("POST", &path, &headers, b"").status, 200);
    let refused = service.request("POST", "/api/v1/submissions", &headers, b"{\"\\u001b[31m\": 1}");
    assert_eq!(refused.status, 400);
    let log = service.log();
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let line = |message: &str| {
        let found = lines.iter().find(|line| line["fields"]["message"] == message);
        found.unwrap_or_else(|| panic!("no {message} in\n{log}"))["fields"].clone()
    };
    assert!(line("ready")["address"].as_str().unwrap().starts_with("127.0.0.1:"));
    for message in ["submission received", "submission released", "submission refused"] {
        assert_eq!(line(message)["request_id"], "the-release", "{log}");
    }
    assert_eq!(line("submission refused")["code"], "malformed");
    assert!(!log.contains('\u{1b}'), "a byte of control is in the log");
}

#[test]
fn the_log_holds_no_secret_whatever_its_level() {
    let mut service = Start::new().with("log", "trace").up();
    service.publish(&[hotfix("XS65E963", 1)]);
    service.publisher("POST", "/api/v1/submissions", b"{}");
    let wrong = format!("Bearer {}x", service.token());
    service.request("GET", "/api/v1/submissions", &[("authorization", &wrong)], b"");
    assert!(service.terminate().success());
    let log = service.log();
    assert!(
        log.contains("TRACE") && log.contains("submission released"),
        "the log is not at trace level:\n{log}"
    );
    let token = service.token();
    let (_, secret) = token.rsplit_once('_').unwrap_or(("", &token));
    assert!(secret.len() > 10 && !log.contains(secret), "the token is in the log");
    assert!(!log.to_lowercase().contains("bearer") && !log.contains("PRIVATE KEY"), "{log}");
    let mut keys = 0;
    for entry in std::fs::read_dir(service.folder.path().join("keys")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        if !text.contains("PRIVATE KEY") {
            continue;
        }
        let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        // The end is the key itself; before it stands what all keys have.
        assert!(!log.contains(&body[body.len() - 40..]), "{} is in the log", path.display());
        keys += 1;
    }
    assert!(keys >= 5);
}

#[test]
fn no_request_has_a_line_of_its_own_in_the_log() {
    let service = Service::demo();
    let before = service.log().lines().count();
    for _ in 0..50 {
        service.get("/tuf/metadata/timestamp.json");
        service.get("/nothing");
        service.get("/api/v1/products");
    }
    assert_eq!(service.log().lines().count(), before, "{}", service.log());
}
