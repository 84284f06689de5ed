//! Answers with an `ETag`: who has the same bytes already gets 304.

use actix_web::http::header::{self, HeaderName};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::problem::{Code, Problem};
use crate::trust::Digest;

/// For a year: its name says which bytes it has.
pub(super) const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Ask each time whether it has changed.
pub(super) const REVALIDATE: &str = "public, no-cache";

/// An answer with these bytes, or 304.
pub(super) fn bytes(
    request: &HttpRequest,
    body: impl Into<Bytes>,
    (content_type, cache): (&str, &str),
    etag: &str,
    more: &[(HeaderName, String)],
) -> HttpResponse {
    let quoted = format!("\"{etag}\"");
    let mut builder =
        if matches(request, &quoted) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    builder.insert_header((header::ETAG, quoted.clone())).insert_header((header::CACHE_CONTROL, cache));
    if matches(request, &quoted) {
        return builder.finish();
    }
    for (name, value) in more {
        builder.insert_header((name.clone(), value.as_str()));
    }
    builder.content_type(content_type).body(body.into())
}

/// An answer in JSON that people may read too.
pub(super) fn json(request: &HttpRequest, value: &impl Serialize) -> Result<HttpResponse, Problem> {
    Ok(tagged(request, to_json(value)?, "application/json", &[]))
}

/// An answer in JSON with further headers.
pub(super) fn json_with(
    request: &HttpRequest,
    value: &impl Serialize,
    more: &[(HeaderName, String)],
) -> Result<HttpResponse, Problem> {
    Ok(tagged(request, to_json(value)?, "application/json", more))
}

/// An answer whose `ETag` is a hash of its bytes.
pub(super) fn tagged(
    request: &HttpRequest,
    body: Vec<u8>,
    content_type: &str,
    more: &[(HeaderName, String)],
) -> HttpResponse {
    let etag = Digest::of(&body).to_string();
    let etag = etag.get(..32).unwrap_or(&etag).to_owned();
    bytes(request, body, (content_type, REVALIDATE), &etag, more)
}

/// An answer that is of this moment, and nobody keeps.
pub(super) fn fresh(
    status: actix_web::http::StatusCode,
    value: &impl Serialize,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/json")
        .body(to_json(value)?))
}

fn to_json(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(value).map_err(|error| Problem::inside(Code::Internal, &error))
}

/// Whether `If-None-Match` (RFC 9110) names the tag.
fn matches(request: &HttpRequest, quoted: &str) -> bool {
    request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok()).any(|list| {
        list.split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == quoted)
    })
}
