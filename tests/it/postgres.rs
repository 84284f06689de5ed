//! How PostgreSQL is reached, and what is asked of it: TLS and passwords as libpq has them, and a server that keeps what
//! it acknowledged.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use hotfixd::store::{DatabaseUrl, Event, Store, StoreError, StoreSettings};
use tempfile::TempDir;

use crate::support::place::Place;
use crate::support::postgres::{Database, Server, sql};
use crate::support::service::{PATIENCE, Start, hotfix};

/// Opens the store there; why not, in words.
fn open(url: &str) -> Result<Store, String> {
    let folder = TempDir::new().unwrap();
    let mut settings = StoreSettings::in_folder(folder.path().to_owned());
    settings.database = DatabaseUrl::parse(url).map_err(|error| error.to_string())?;
    settings.readers = 1;
    settings.busy_timeout = Duration::from_secs(1);
    Store::open(settings).map_err(|error| error.to_string())
}

#[track_caller]
fn refused(url: &str, why: &[&str]) {
    let error = open(url).expect_err(url);
    assert!(why.iter().any(|why| error.contains(why)), "{url}: {error}");
    assert!(!error.contains("s3cret"), "{error}");
}

fn openssl(folder: &Path, arguments: &str) {
    let out = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(out.status.success(), "{arguments}: {}", String::from_utf8_lossy(&out.stderr));
}

/// An authority, a stranger of the same name, and a certificate of the first for `localhost`.
fn certificates(folder: &Path) -> [PathBuf; 4] {
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
        .unwrap();
    for authority in ["ca", "stranger"] {
        openssl(
            folder,
            &format!(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=authority -days 2 -keyout \
                 {authority}.key -out {authority}.crt"
            ),
        );
    }
    openssl(
        folder,
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
    );
    openssl(
        folder,
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt",
    );
    ["ca.crt", "stranger.crt", "server.crt", "server.key"].map(|name| folder.join(name))
}

#[test]
fn the_service_needs_no_libpq() {
    let out = Command::new("readelf").args(["--dynamic", env!("CARGO_BIN_EXE_hotfixd")]).output().unwrap();
    let needed = String::from_utf8(out.stdout).unwrap();
    assert!(needed.contains("libc.so"), "{needed}");
    assert!(!["libpq", "libssl", "libcrypto"].iter().any(|library| needed.contains(library)), "{needed}");
}

#[test]
fn tls_and_passwords_mean_what_libpq_means_by_them() {
    let folder = TempDir::new().unwrap();
    let [authority, stranger, certificate, key] = certificates(folder.path());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server::start(&["listen_addresses=localhost", &format!("port={port}")]);
    server.encrypt(&certificate, &key);
    sql(&server.url, "CREATE ROLE app LOGIN PASSWORD 's3cret/?&@:%'");
    sql(&server.url, "CREATE DATABASE app OWNER app ENCODING 'UTF8' TEMPLATE template0");
    let password = "s3cret%2F%3F%26%40%3A%25";
    let at = |host: &str, options: &str| format!("postgres://app:{password}@{host}:{port}/app{options}");
    let with = |mode: &str, root: &Path| format!("?sslmode={mode}&sslrootcert={}", root.display());

    for (host, options) in [
        ("localhost", String::new()),
        ("localhost", "?sslmode=prefer".to_owned()),
        ("127.0.0.1", "?sslmode=require".to_owned()),
        // Bound to the channel, a password tells even a server without a certified name apart.
        ("127.0.0.1", "?sslmode=require&channel_binding=require".to_owned()),
        ("127.0.0.1", with("require", &authority)),
        ("127.0.0.1", with("verify-ca", &authority)),
        ("localhost", with("verify-full", &authority)),
    ] {
        let store = open(&at(host, &options)).unwrap_or_else(|error| panic!("{host} {options}: {error}"));
        let plain = "SELECT count(*) FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE usename = 'app' AND NOT ssl";
        assert_eq!(sql(&server.url, plain), ["0"], "{host} {options}");
        drop(store);
    }
    refused(&at("127.0.0.1", &with("verify-full", &authority)), &["not valid for name"]);
    for mode in ["require", "verify-ca", "verify-full"] {
        refused(&at("localhost", &with(mode, &stranger)), &["invalid peer certificate"]);
    }
    refused(&at("localhost", "?sslmode=disable"), &["no encryption"]);
    refused(&at("localhost", "?sslmode=verify-full"), &["sslrootcert=FILE"]);
    refused(&at("localhost", &with("verify-full", Path::new("/nowhere"))), &["sslrootcert /nowhere"]);
    refused(&at("localhost", "").replace(password, "s3cret"), &["password authentication failed"]);
}

#[test]
fn a_server_that_was_restarted_is_not_noticed() {
    let server = Server::start(&[]);
    let store = open(&server.url).unwrap();
    let told =
        |at| store.write(|tx| tx.add_audit(&Event::own("install", "root 2".to_owned(), String::new()), at));
    told(1).unwrap();
    // Gone after the last word and before the commit: nobody knows.
    let unsure = store.write(|tx| {
        tx.add_audit(&Event::own("install", "root 2".to_owned(), String::new()), 2)?;
        server.kill();
        Ok::<_, StoreError>(())
    });
    assert!(matches!(unsure, Err(StoreError::Unconfirmed(_))), "{unsure:?}");
    let away = told(2);
    assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
    let away = store.read(|tx| tx.verify_audit());
    assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
    server.again();
    let deadline = Instant::now() + PATIENCE;
    while told(3).is_err() || store.read(|tx| tx.verify_audit()).is_err() {
        assert!(Instant::now() < deadline);
    }
    // Nobody asked while it was away: nobody is told.
    let entries = store.read(|tx| tx.verify_audit()).unwrap();
    server.kill();
    server.again();
    told(4).unwrap();
    assert_eq!(store.read(|tx| tx.verify_audit()).unwrap(), entries + 1);
}

#[test]
fn who_lost_the_lock_to_another_writes_no_more() {
    let server = Server::start(&[]);
    let first = open(&server.url).unwrap();
    let told = |store: &Store| {
        store.write(|tx| tx.add_audit(&Event::own("install", "root 2".to_owned(), String::new()), 1))
    };
    told(&first).unwrap();
    let ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'";
    assert_eq!(sql(&server.url, ended), ["1"]);
    let second = open(&server.url).unwrap();
    let refused = told(&first);
    assert!(
        matches!(&refused, Err(StoreError::Unavailable(why)) if why.contains("another hotfixd")),
        "{refused:?}"
    );
    drop(second);
    let deadline = Instant::now() + PATIENCE;
    while told(&first).is_err() {
        assert!(Instant::now() < deadline);
    }
}

#[test]
fn a_server_that_would_lose_what_it_acknowledged_is_refused() {
    let server = Server::start(&["fsync=off"]);
    refused(&server.url, &["set fsync = on"]);
}

#[test]
fn a_database_that_does_not_suit_says_what_to_do() {
    let database = Database::new();
    let url = database.url();
    sql(&url, "CREATE DATABASE t_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    let name = url.split(['/', '?']).nth(3).unwrap();
    refused(&url.replace(name, "t_latin"), &["ENCODING 'UTF8'"]);
    sql(&url, "DROP DATABASE t_latin WITH (FORCE)");
    sql(&url, &format!("CREATE ROLE {name}_guest LOGIN"));
    let guest = url.replace("hotfixd@", &format!("{name}_guest@"));
    refused(&guest, &["granted USAGE and CREATE"]);
    sql(&url, &format!("GRANT USAGE, CREATE ON SCHEMA public TO {name}_guest"));
    drop(open(&guest).unwrap());
    sql(&url, &format!("DROP OWNED BY {name}_guest; DROP ROLE {name}_guest"));
    refused("postgres://app:s3cret@127.0.0.1:1/app", &["cannot be reached"]);
}

/// An answer without what differs from one run to the next: times, digests and signatures, ids of requests.
fn comparable(text: &str) -> String {
    let text = without_moments(text);
    let bytes = text.as_bytes();
    let (mut out, mut at) = (String::new(), 0);
    while at < bytes.len() {
        let run = |of: fn(&u8) -> bool| bytes[at..].iter().take_while(|byte| of(byte)).count();
        let hex = run(u8::is_ascii_hexdigit);
        let time = run(|byte| byte.is_ascii_digit() || b"-:TZ".contains(byte));
        let base64 = run(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte));
        let same = match (hex, time, base64) {
            (8.., _, _) => hex,
            (_, 17.., _) => time,
            (_, _, 40..) => base64,
            _ => 0,
        };
        match same {
            0 => out.push(char::from(bytes[at])),
            _ => out.push('#'),
        }
        at += same.max(1);
    }
    out
}

/// A page without what its `<time>` elements say, nor how long ago that was: two services start in other minutes.
fn without_moments(page: &str) -> String {
    let mut pieces: Vec<&str> = page.split("</time>").collect();
    let last = pieces.pop().unwrap_or_default();
    let ago = |piece: &'_ str| -> usize {
        piece.strip_prefix(" (").and_then(|rest| rest.find(')')).map_or(0, |end| end + " (".len() + 1)
    };
    let mut out = String::new();
    for piece in pieces {
        let end = piece.rfind('>').map_or(piece.len(), |at| at + 1);
        out.push_str(&piece[ago(piece).min(end)..end]);
    }
    out.push_str(&last[ago(last)..]);
    out
}

#[test]
fn the_service_answers_alike_on_both_databases() {
    let places = [Place::sqlite(), Place::postgres()];
    let services = places.each_ref().map(|place| Start::at(place).with("samples", "all").up());
    for service in &services {
        service.publish(&[hotfix("XS65E952", 1)]);
        service.publish(&[hotfix("XS65E952", 2)]);
    }
    // Not the first page and the feeds: what was released in the same second stands there in another order.
    let paths = [
        "/advisories",
        "/advisories/XS65-TRIM",
        "/hotfixes/XS65E952",
        "/hotfixes/xenserver/XS65E952/revisions?from=1&to=2",
        "/hotfixes/xenserver/XS65E952/revisions/1",
        "/products/xenserver",
        "/api/v1/products",
        "/api/v1/advisories?limit=200",
        "/api/v1/hotfixes?sort=id&limit=50",
        "/api/v1/hotfixes?q=trim",
        "/api/v1/hotfixes/xenserver/XS65E952",
        "/api/v1/hotfixes/xenserver/XS65E952/revisions?limit=1",
        "/api/v1/hotfixes/xenserver/XS65E952/revisions?before=2",
        "/api/v1/hotfixes/xenserver/nothing",
        "/api/v1/hotfixes/xenserver/nothing/revisions",
        "/api/v1/hotfixes/x%00y/z%00/revisions",
        "/api/v1/hotfixes/xenserver/XS65E952/revisions?before=9223372036854775807",
        "/hotfixes/xenserver/XS65E952/revisions/9223372036854775807",
        "/health/ready",
        "/api/v1/submissions/%00",
        "/api/v1/submissions?cursor=%00",
        "/api/v1/blobs/0000000000000000000000000000000000000000000000000000000000000000",
    ];
    for path in paths {
        let [sqlite, postgres] = services.each_ref().map(|service| {
            let reply = service.publisher("GET", path, b"");
            (reply.status, comparable(&reply.text()))
        });
        assert!(sqlite.0 < 500, "{path}: {sqlite:?}");
        assert_eq!(sqlite, postgres, "{path}");
    }
    // In any order: what was handed in in the same second is listed by ids, which differ.
    let [sqlite, postgres] = services.each_ref().map(|service| {
        let list = service.publisher("GET", "/api/v1/submissions?limit=200", b"").json();
        let items = list["items"].as_array().unwrap().iter();
        let mut items: Vec<String> = items.map(|item| comparable(&item.to_string())).collect();
        items.sort();
        items
    });
    assert_eq!(sqlite, postgres);
    let refused = services.each_ref().map(|service| {
        let body =
            b"{\"schema\":\"hotfixd/submission/1\",\"product\":\"a\\u0000b\",\"roles\":[],\"documents\":[]}";
        let reply = service.publisher("POST", "/api/v1/submissions", body);
        (reply.status, comparable(&reply.text()))
    });
    assert!((400..500).contains(&refused[0].0), "{refused:?}");
    assert_eq!(refused[0], refused[1]);
}
