//! One client for one server.

use std::io::Read;
use std::time::{Duration, Instant};

use ureq::http::{Response, StatusCode};
use ureq::tls::{PemItem, RootCerts, TlsConfig};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, RequestBuilder, SendBody};

use super::answer::{Fetched, ProblemBody, header, retry_after};
use super::resolver::Addresses;
use super::{Error, ServerUrl, Token, harmless, proxy};
use crate::json::{self, Value};

/// The most redirects of one request.
pub(super) const MAX_REDIRECTS: usize = 5;
/// The most bytes of an error's body that are read.
const MAX_PROBLEM_BYTES: u64 = 256 * 1024;
/// The most bytes of a JSON answer.
const MAX_ANSWER_BYTES: u64 = 32 * 1024 * 1024;
/// What a connection reads at once, and the longest head of an answer. ureq fills its buffers with zeros before it uses
/// them, and by itself makes each of 128 KiB: most answers are small, and most requests are a head only.
const INPUT_BYTES: usize = 64 * 1024;
/// What a connection writes at once.
const OUTPUT_BYTES: usize = 16 * 1024;
/// For how long an answer may be slower than the least rate.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// How long to wait, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until a whole answer is here.
    pub total: Duration,
    /// For the next bytes.
    pub idle: Duration,
    /// The least rate of an answer, on average.
    pub least_bytes_per_second: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(120),
            idle: Duration::from_secs(20),
            least_bytes_per_second: 512,
        }
    }
}

/// A client for one server. It keeps its connections.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    server: ServerUrl,
    limits: Limits,
    token: Option<Token>,
    /// Whether redirects are followed to other origins.
    anywhere: bool,
}

impl Client {
    /// A client with the proxies and certificates that the environment names.
    ///
    /// # Errors
    /// A proxy or certificate file in the environment that cannot be used.
    pub fn new(server: ServerUrl, limits: Limits) -> Result<Self, Error> {
        let proxy = proxy::from_environment(&server, |name| std::env::var(name).ok())?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .tls_config(TlsConfig::builder().root_certs(root_certificates()?).build())
            .user_agent(concat!("hotfix/", env!("CARGO_PKG_VERSION")))
            .accept("")
            .accept_encoding("")
            .input_buffer_size(INPUT_BYTES)
            .output_buffer_size(OUTPUT_BYTES)
            .timeout_connect(Some(limits.connect))
            .timeout_per_read(Some(limits.idle))
            .timeout_per_write(Some(limits.idle))
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), Addresses::default());
        Ok(Self { agent, server, limits, token: None, anywhere: false })
    }

    /// The same client, which shows a token.
    #[must_use]
    pub fn with_token(self, token: Option<Token>) -> Self {
        Self { token, ..self }
    }

    /// The same client, which follows redirects to other origins.
    pub(super) fn anywhere(self) -> Self {
        Self { anywhere: true, ..self }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A request for an address, without a deadline of its own.
    pub(super) fn request(&self, url: &str) -> RequestBuilder<ureq::typestate::WithoutBody> {
        self.with_headers(self.agent.get(url))
    }

    /// Where a redirect leads, if it may be followed.
    pub(super) fn redirected(&self, from: &str, location: &str) -> Option<String> {
        let away = self.anywhere && (location.starts_with("https://") || location.starts_with("http://"));
        if away { Some(location.to_owned()) } else { self.server.follow(from, location) }
    }

    /// What an answer that is no success says.
    pub(super) fn refusal(&self, url: &str, response: &mut Response<Body>) -> Option<Error> {
        self.read_good(url, response, MAX_PROBLEM_BYTES).err()
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &ServerUrl {
        &self.server
    }

    /// Fetches a file of at most `limit_bytes`, or learns that the one with `etag` is still current.
    ///
    /// # Errors
    /// Every kind of [`Error`]; one that [`Error::is_missing`] where there is no such file.
    pub fn get(&self, path: &str, limit_bytes: u64, etag: Option<&str>) -> Result<Fetched, Error> {
        let (url, mut response) = self.ask(path, etag)?;
        if response.status() == StatusCode::NOT_MODIFIED && etag.is_some() {
            return Ok(Fetched::Unchanged);
        }
        let etag = header(response.headers(), "etag").map(str::to_owned);
        let bytes = self.read_good(&url, &mut response, limit_bytes)?;
        Ok(Fetched::Bytes { bytes, etag })
    }

    /// Fetches a JSON answer.
    ///
    /// # Errors
    /// Every kind of [`Error`].
    pub fn get_json(&self, path: &str) -> Result<Value, Error> {
        let (url, mut response) = self.ask(path, None)?;
        self.read_json(&url, &mut response)
    }

    /// Posts JSON and reads the JSON that is answered.
    ///
    /// # Errors
    /// Every kind of [`Error`]; a redirect is one.
    pub fn post_json(&self, path: &str, body: &[u8]) -> Result<Value, Error> {
        let url = self.server.join(path);
        let request = self.with_headers(self.agent.post(&url)).content_type("application/json");
        let request = request.config().timeout_global(Some(self.limits.total)).build();
        let mut response = request.send(body).map_err(|error| describe(&url, error))?;
        self.read_json(&url, &mut response)
    }

    /// Puts a file as a stream and reads the JSON that is answered. It may take as long as it moves.
    ///
    /// # Errors
    /// Every kind of [`Error`]; a redirect is one.
    pub fn put_file(&self, path: &str, file: &mut dyn Read, length_bytes: u64) -> Result<Value, Error> {
        let url = self.server.join(path);
        let request = self.with_headers(self.agent.put(&url)).content_type("application/octet-stream");
        let request = request.header("content-length", length_bytes.to_string());
        let mut response =
            request.send(SendBody::from_reader(file)).map_err(|error| describe(&url, error))?;
        self.read_json(&url, &mut response)
    }

    /// A GET that follows redirects within the origin.
    fn ask(&self, path: &str, etag: Option<&str>) -> Result<(String, Response<Body>), Error> {
        let started = Instant::now();
        let mut url = self.server.join(path);
        for _ in 0..=MAX_REDIRECTS {
            let left = self.limits.total.saturating_sub(started.elapsed());
            let mut request = self.with_headers(self.agent.get(&url));
            if let Some(etag) = etag {
                request = request.header("if-none-match", etag);
            }
            let request = request.config().timeout_global(Some(left)).build();
            let response = request.call().map_err(|error| describe(&url, error))?;
            let location = header(response.headers(), "location");
            let Some(location) = location.filter(|_| is_redirect(response.status())) else {
                return Ok((url, response));
            };
            url = self
                .server
                .follow(&url, location)
                .ok_or_else(|| Error::Redirected { url, to: harmless(location) })?;
        }
        Err(Error::Redirected { to: "one address after another".to_owned(), url })
    }

    fn with_headers<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        match &self.token {
            Some(token) => request.header("authorization", token.header()),
            None => request,
        }
    }

    fn read_json(&self, url: &str, response: &mut Response<Body>) -> Result<Value, Error> {
        let bytes = self.read_good(url, response, MAX_ANSWER_BYTES)?;
        json::parse(&bytes).map_err(|error| Error::Unintelligible {
            url: url.to_owned(),
            reason: format!("the answer is not JSON: {error}"),
        })
    }

    /// The body of an answer that is no error and no redirect.
    fn read_good(&self, url: &str, response: &mut Response<Body>, limit: u64) -> Result<Vec<u8>, Error> {
        let status = response.status();
        if let Some(to) = header(response.headers(), "location").filter(|_| is_redirect(status)) {
            return Err(Error::Redirected { url: url.to_owned(), to: harmless(to) });
        }
        if status.is_success() {
            return self.read(url, response.body_mut(), limit);
        }
        let bytes = self.read(url, response.body_mut(), MAX_PROBLEM_BYTES).unwrap_or_default();
        Err(Error::Status {
            url: url.to_owned(),
            status: status.as_u16(),
            problem: Box::new(ProblemBody::read(response.headers(), &bytes)),
            retry_after: retry_after(response.headers()),
        })
    }

    /// A body, bounded in bytes and slowness; the deadline is the request's.
    fn read(&self, url: &str, body: &mut Body, limit_bytes: u64) -> Result<Vec<u8>, Error> {
        let too_large = || Error::TooLarge { url: url.to_owned(), limit_bytes };
        let stated = body.content_length();
        if stated.is_some_and(|stated| stated > limit_bytes) {
            return Err(too_large());
        }
        let room = usize::try_from(stated.unwrap_or(0)).unwrap_or(0);
        let mut bytes = Vec::with_capacity(room);
        let mut reader = body.as_reader().take(limit_bytes.saturating_add(1));
        let mut chunk = [0; 16 * 1024];
        let started = Instant::now();
        loop {
            let count = match reader.read(&mut chunk) {
                Ok(0) => return Ok(bytes),
                Ok(count) => count,
                Err(error) => return Err(describe(url, error.into())),
            };
            bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            if length > limit_bytes {
                return Err(too_large());
            }
            let elapsed = started.elapsed();
            let least = self.limits.least_bytes_per_second;
            if elapsed > GRACE && length < least.saturating_mul(elapsed.as_secs()) {
                return Err(Error::TooSlow { url: url.to_owned(), least_bytes_per_second: least });
            }
        }
    }
}

pub(super) fn is_redirect(status: StatusCode) -> bool {
    status.is_redirection() && status != StatusCode::NOT_MODIFIED
}

/// The certificates of `HOTFIX_CA_FILE`, else those built in.
fn root_certificates() -> Result<RootCerts, Error> {
    let Some(file) = std::env::var_os("HOTFIX_CA_FILE").filter(|file| !file.is_empty()) else {
        return Ok(RootCerts::WebPki);
    };
    let shown = std::path::Path::new(&file).display().to_string();
    let bad = |reason: String| Error::BadCertificates { file: shown.clone(), reason };
    let pem = std::fs::read(&file).map_err(|error| bad(error.to_string()))?;
    let mut certificates = Vec::new();
    for item in ureq::tls::parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| bad(error.to_string()))? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(bad("holds no certificate".to_owned()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

pub(super) fn describe(url: &str, error: ureq::Error) -> Error {
    let url = url.to_owned();
    match error {
        ureq::Error::Timeout(step) => Error::TimedOut { url, step: step.to_string() },
        ureq::Error::HostNotFound => Error::Unreachable { url, reason: "no such host".to_owned() },
        // What rustls refuses arrives as this kind.
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Error::Tls { url, reason: harmless(&error.to_string()) }
        }
        ureq::Error::Io(error) => Error::Unreachable { url, reason: harmless(&error.to_string()) },
        ureq::Error::Tls(reason) => Error::Tls { url, reason: reason.to_owned() },
        ureq::Error::Rustls(error) => Error::Tls { url, reason: harmless(&error.to_string()) },
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
            Error::BadAddress { address: harmless(&url), reason: "is no address" }
        }
        ureq::Error::ConnectProxyFailed(reason) => {
            Error::Unreachable { url, reason: format!("the proxy refused: {}", harmless(&reason)) }
        }
        other => Error::Unintelligible { url, reason: harmless(&other.to_string()) },
    }
}
