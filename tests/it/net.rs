//! The HTTP client against servers that are wrong, slow or hostile.

use std::time::Duration;

use hotfixd::net::{Client, Error, Fetched, Limits, ServerUrl, Token};

use crate::support::static_server::{Fault, StaticServer};

struct Server {
    folder: tempfile::TempDir,
    server: StaticServer,
}

impl Server {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), b"hello").unwrap();
        let server = StaticServer::of(folder.path());
        Self { folder, server }
    }

    fn client(&self) -> Client {
        let limits = Limits { idle: Duration::from_millis(300), ..Limits::default() };
        Client::new(ServerUrl::parse(&self.server.url()).unwrap(), limits).unwrap()
    }

    fn answers(&self, status: u16, head: &str, body: &str) {
        self.server.spoil("/a", Fault::Status(status, head.to_owned(), body.to_owned()));
    }
}

#[test]
fn asks_with_a_tag_and_learns_that_nothing_changed() {
    let server = Server::new();
    let client = server.client();
    let Fetched::Bytes { bytes, etag } = client.get("a", 5, None).unwrap() else { panic!() };
    assert_eq!(bytes, b"hello");
    assert_eq!(client.get("a", 5, etag.as_deref()).unwrap(), Fetched::Unchanged);
    std::fs::write(server.folder.path().join("a"), b"other").unwrap();
    assert!(matches!(client.get("a", 5, etag.as_deref()).unwrap(), Fetched::Bytes { .. }));
    assert_eq!(server.server.log().len(), 3);
}

#[test]
fn an_answer_is_bounded_whatever_it_says_of_its_length() {
    let server = Server::new();
    let client = server.client();
    assert!(matches!(client.get("a", 4, None), Err(Error::TooLarge { limit_bytes: 4, .. })));
    server.server.spoil("/a", Fault::Endless);
    assert!(matches!(client.get("a", 100_000, None), Err(Error::TooLarge { .. })));
}

#[test]
fn a_silent_server_and_one_that_breaks_off_are_errors_of_their_own() {
    let server = Server::new();
    let client = server.client();
    server.server.spoil("/a", Fault::Silent);
    assert!(matches!(client.get("a", 5, None), Err(Error::TimedOut { .. })));
    server.server.spoil("/a", Fault::CutShort);
    assert!(matches!(client.get("a", 5, None), Err(Error::Unreachable { .. })));
    let gone = server.server.url();
    drop(server);
    let client = Client::new(ServerUrl::parse(&gone).unwrap(), Limits::default()).unwrap();
    let error = client.get("a", 5, None).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().starts_with(&gone), "it says whom it asked: {error}");
    assert!(error.remedy().contains("reached"));
}

#[test]
fn an_error_says_what_the_server_said() {
    let server = Server::new();
    server.answers(
        409,
        "Content-Type: application/problem+json\r\nRetry-After: 7\r\n",
        r#"{"code":"version_conflict","detail":"Version 3 is published\u001b[2J","remedy":"Sign again."}"#,
    );
    let error = server.client().post_json("a", b"{}").unwrap_err();
    assert_eq!((error.code(), error.remedy().as_str()), ("version_conflict", "Sign again."));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(
        error.to_string().contains("409: Version 3 is published") && !error.to_string().contains('\u{1b}')
    );
    server.answers(404, "", "");
    assert!(server.client().get("a", 5, None).unwrap_err().is_missing());
    server.answers(200, "Content-Type: text/html\r\n", "<html>");
    assert!(matches!(server.client().get_json("a"), Err(Error::Unintelligible { .. })));
}

#[test]
fn redirects_are_followed_on_the_same_origin_only() {
    let server = Server::new();
    std::fs::write(server.folder.path().join("b"), b"there").unwrap();
    let client = server.client();
    server.answers(302, "Location: /b\r\n", "");
    assert!(matches!(client.get("a", 5, None).unwrap(), Fetched::Bytes { bytes, .. } if bytes == b"there"));
    for away in ["http://127.0.0.1:1/b", "//127.0.0.1:1/b", "https://example.org/"] {
        server.answers(302, &format!("Location: {away}\r\n"), "");
        let error = client.get("a", 5, None).unwrap_err();
        assert!(matches!(&error, Error::Redirected { to, .. } if to == away), "{error:?}");
    }
    server.answers(302, "Location: /a\r\n", "");
    assert!(matches!(client.get("a", 5, None), Err(Error::Redirected { .. })), "in circles");
    server.answers(307, "Location: /b\r\n", "");
    assert!(matches!(client.post_json("a", b"{}"), Err(Error::Redirected { .. })));
}

#[test]
fn a_token_is_shown_to_the_server_and_to_nobody_else() {
    let server = Server::new();
    let head = "Content-Type: application/json\r\n";
    server.answers(200, head, "{\"head\":\"{head}\",\"length\":{length}}");
    let client = server.client().with_token(Some(Token::new("secret-1", "a test").unwrap()));
    let mut file: &[u8] = &[7; 100_000];
    let answer = client.put_file("a", &mut file, 100_000).unwrap();
    assert_eq!(answer.get("length").unwrap().as_int(), Some(100_000));
    let said = answer.get("head").unwrap().as_text().unwrap().to_ascii_lowercase();
    assert!(said.contains("authorization: bearer secret-1"), "{said}");
    assert!(said.contains(concat!("user-agent: hotfix/", env!("CARGO_PKG_VERSION"))), "{said}");
    assert!(!format!("{client:?}").contains("secret"));
    let without = server.client().get_json("a").unwrap();
    assert!(!without.get("head").unwrap().as_text().unwrap().to_ascii_lowercase().contains("authorization"));
}
