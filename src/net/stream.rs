//! A file that comes as a stream, from a byte on: what is here already is not fetched again.

use std::io::Read as _;
use std::time::Instant;

use ureq::BodyReader;
use ureq::http::Uri;
use ureq::http::{HeaderMap, Response, StatusCode};

use super::answer::header;
use super::client::{Client, GRACE, Limits, MAX_REDIRECTS, describe, is_redirect};
use super::{Error, ServerUrl, harmless};

/// A file, from some byte on.
pub struct Stream {
    url: String,
    /// The first byte that comes.
    pub from: u64,
    reader: BodyReader<'static>,
    started: Instant,
    received: u64,
    least_bytes_per_second: u64,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("url", &self.url).field("from", &self.from).finish_non_exhaustive()
    }
}

impl Client {
    /// A client for the address of a file on a server of its own, and the file's path there. It follows
    /// redirects anywhere: for files whose hash is known only.
    ///
    /// # Errors
    /// An address that cannot be used; a proxy or certificate file in the environment that cannot.
    pub fn of_file(url: &str, limits: Limits) -> Result<(Self, String), Error> {
        let bad = |reason| Error::BadAddress { address: harmless(url), reason };
        let uri: Uri = url.parse().map_err(|_| bad("is no address"))?;
        let (scheme, authority) =
            uri.scheme_str().zip(uri.authority()).ok_or_else(|| bad("names no host"))?;
        let server = ServerUrl::parse(&format!("{scheme}://{authority}"))?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok((Self::new(server, limits)?.anywhere(), path))
    }

    /// Fetches a file of `length` bytes from the byte `from` on. A server that cannot do that gives all of it:
    /// [`Stream::from`] says which it is. It may take as long as it moves. Nothing says whether what comes now
    /// is of the same file as what came before: the caller knows its hash.
    ///
    /// # Errors
    /// Every kind of [`Error`]; an answer of another length than is left.
    pub fn stream(&self, path: &str, from: u64, length: u64) -> Result<Stream, Error> {
        let mut url = self.server().join(path);
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.request(&url);
            if from > 0 {
                request = request.header("range", format!("bytes={from}-"));
            }
            let response = request.call().map_err(|error| describe(&url, error))?;
            let location = header(response.headers(), "location").filter(|_| is_redirect(response.status()));
            let Some(location) = location else {
                return self.opened(url, response, (from, length));
            };
            let to = self.redirected(&url, location);
            url = to.ok_or_else(|| Error::Redirected { to: harmless(location), url })?;
        }
        Err(Error::Redirected { to: "one address after another".to_owned(), url })
    }

    fn opened(
        &self,
        url: String,
        mut response: Response<ureq::Body>,
        (from, length): (u64, u64),
    ) -> Result<Stream, Error> {
        let from = match response.status() {
            StatusCode::PARTIAL_CONTENT => match first_byte(response.headers()) {
                Some(first) if first == from => from,
                _ => {
                    let reason = "another range came than was asked for".to_owned();
                    return Err(Error::Unintelligible { url, reason });
                }
            },
            StatusCode::OK => 0,
            _ => {
                return Err(match self.refusal(&url, &mut response) {
                    Some(error) => error,
                    None => Error::Unintelligible { url, reason: "no file came".to_owned() },
                });
            }
        };
        let left = length.saturating_sub(from);
        if let Some(stated) = response.body().content_length().filter(|stated| *stated != left) {
            let reason = format!("{stated} bytes come, where {left} of the file are left");
            return Err(Error::Unintelligible { url, reason });
        }
        Ok(Stream {
            url,
            from,
            reader: response.into_body().into_reader(),
            started: Instant::now(),
            received: 0,
            least_bytes_per_second: self.limits().least_bytes_per_second,
        })
    }
}

impl Stream {
    /// Where it comes from.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The next bytes; 0 at the end.
    ///
    /// # Errors
    /// A connection that breaks, or is slower than the least rate.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let count = self.reader.read(buffer).map_err(|error| describe(&self.url, error.into()))?;
        self.received = self.received.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        let (elapsed, least) = (self.started.elapsed(), self.least_bytes_per_second);
        if count > 0 && elapsed > GRACE && self.received < least.saturating_mul(elapsed.as_secs()) {
            return Err(Error::TooSlow { url: self.url.clone(), least_bytes_per_second: least });
        }
        Ok(count)
    }
}

/// The first byte that `Content-Range` says.
fn first_byte(headers: &HeaderMap) -> Option<u64> {
    header(headers, "content-range")?.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}
