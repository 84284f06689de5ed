//! What a server answered.

use std::time::Duration;

use ureq::http::HeaderMap;

use super::harmless;
use crate::json::{self, Value};

/// The answer to a conditional request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// What the caller has is still what there is (304).
    Unchanged,
    /// The bytes, and the tag to ask with next time.
    Bytes {
        /// The body.
        bytes: Vec<u8>,
        /// Its entity tag.
        etag: Option<String>,
    },
}

/// The body of an error answer (RFC 9457), as far as the server sent one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProblemBody {
    /// The stable code.
    pub code: Option<String>,
    /// What is wrong.
    pub detail: Option<String>,
    /// What to do.
    pub remedy: Option<String>,
    /// All of it, for members beyond these.
    pub body: Option<Value>,
}

impl ProblemBody {
    pub(super) fn read(headers: &HeaderMap, bytes: &[u8]) -> Self {
        let kind = header(headers, "content-type").unwrap_or_default();
        let is_json = kind.starts_with("application/problem+json") || kind.starts_with("application/json");
        let Some(body) = is_json.then(|| json::parse(bytes).ok()).flatten() else {
            return Self::default();
        };
        let text = |name: &str| body.get(name).and_then(Value::as_text).map(harmless);
        Self {
            code: text("code"),
            detail: text("detail").or_else(|| text("title")),
            remedy: text("remedy"),
            body: Some(body),
        }
    }
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// How long the server asks to be left alone. A date counts from the server's own, so that no clock of
/// this machine is asked.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = header(headers, "retry-after")?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp());
    let wait = date(text)?.duration_since(date(header(headers, "date")?)?);
    Duration::try_from(wait).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<Vec<(ureq::http::HeaderName, _)>>()
            .into_iter()
            .collect()
    }

    #[test]
    fn reads_retry_after_in_both_forms() {
        assert_eq!(retry_after(&headers(&[("retry-after", "7")])), Some(Duration::from_secs(7)));
        let dated =
            [("date", "Wed, 21 Oct 2015 07:28:00 GMT"), ("retry-after", "Wed, 21 Oct 2015 07:29:30 GMT")];
        assert_eq!(retry_after(&headers(&dated)), Some(Duration::from_secs(90)));
        assert_eq!(retry_after(&headers(&[("retry-after", "soon")])), None);
    }

    #[test]
    fn reads_a_problem_and_survives_none() {
        let json = headers(&[("content-type", "application/problem+json")]);
        let problem = ProblemBody::read(&json, br#"{"code":"c","detail":"d\u001b[1m","remedy":"r"}"#);
        assert_eq!(problem.code.as_deref(), Some("c"));
        assert_eq!(problem.detail.as_deref(), Some("d\u{fffd}[1m"));
        assert_eq!(ProblemBody::read(&json, b"<html>"), ProblemBody::default());
    }
}
