//! Reading bodies: with a limit, a deadline and no surprises. actix itself waits for a body for ever.

use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, rt};

use super::problem::{Code, Problem};

/// Reads a whole body.
///
/// # Errors
/// One that is longer than `limit`, comes too slowly, breaks off, or is encoded.
pub async fn read(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
    deadline: Duration,
) -> Result<Bytes, Problem> {
    check_head(request, limit as u64)?;
    match rt::time::timeout(deadline, payload.to_bytes_limited(limit)).await {
        Err(_) => Err(too_slow(deadline)),
        Ok(Err(_)) => Err(too_long(limit as u64)),
        Ok(Ok(Err(error))) => {
            Err(Problem::new(Code::BadRequest, format!("The body could not be read: {error}.")))
        }
        Ok(Ok(Ok(bytes))) => Ok(bytes),
    }
}

/// Refuses by its head what need not be read.
pub(super) fn check_head(request: &HttpRequest, limit: u64) -> Result<(), Problem> {
    if let Some(encoding) = request.headers().get(header::CONTENT_ENCODING)
        && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return Err(Problem::new(Code::UnsupportedEncoding, "The body has a Content-Encoding."));
    }
    match length(request) {
        Some(length) if length > limit => Err(too_long(limit)),
        _ => Ok(()),
    }
}

/// The length that the head gives.
pub(super) fn length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

pub(super) fn too_long(limit: u64) -> Problem {
    Problem::new(Code::BodyTooLong, format!("The body is longer than the {limit} bytes that are read here."))
}

pub(super) fn too_slow(deadline: Duration) -> Problem {
    let seconds = deadline.as_secs();
    Problem::new(Code::BodyTimeout, format!("The body did not come within {seconds} seconds."))
}
