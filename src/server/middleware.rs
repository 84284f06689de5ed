//! What happens to every request: it gets an id, its answer gets the security headers, and an error is
//! written out as a problem or a page.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse, web};

use super::held::Held;
use super::html;
use super::problem::{Code, Problem};
use super::state::App;

/// Of pages: nothing but their own stylesheet and images.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                           base-uri 'none'; frame-ancestors 'none'";
/// Of everything else.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// The id of a request, which its errors and the log show.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Wraps every request.
///
/// # Errors
/// None of its own.
pub async fn around(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let id = request.app_data::<web::Data<App>>().map(|app| app.request_id()).unwrap_or_default();
    request.extensions_mut().insert(RequestId(id.clone()));
    let held = Held::of(&mut request);
    // Handlers and extractors answer their errors; those that come as `Err` have no request any more.
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    // A page that a handler wrote itself, about what was sent to it, stays.
    let written = response.headers().contains_key(header::CONTENT_TYPE);
    let failed = status.is_client_error() || status.is_server_error();
    let mut response = if failed && (!written || response.response().error().is_some()) {
        let (request, response) = response.into_parts();
        let problem = problem_of(&response, &request);
        log(&problem, &request, &id);
        let rendered = render(&problem, &request, &id);
        ServiceResponse::new(request, rendered)
    } else {
        response
    };
    // A browser puts the headers of a 304 in place of those it kept: the page must not lose its own policy.
    let kept = status == StatusCode::NOT_MODIFIED && !for_machines(response.request());
    let for_hosts = response.request().path().starts_with("/tuf/");
    let headers = response.headers_mut();
    put(headers, HeaderName::from_static("x-request-id"), &id);
    secure(headers, kept, for_hosts);
    Ok(match held {
        Some(held) => response.map_body(|_, body| held.beside(body)),
        None => response,
    })
}

fn problem_of<B>(response: &HttpResponse<B>, request: &HttpRequest) -> Problem {
    let error = response.error();
    if let Some(problem) = error.and_then(|error| error.as_error::<Problem>()) {
        return problem.clone();
    }
    match response.status() {
        StatusCode::NOT_FOUND => {
            Problem::not_found(format_args!("page or file at {}", shown(request.path())))
        }
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::BodyTooLong, "The body is too long."),
        status if status.is_client_error() => {
            let detail = error.map(ToString::to_string).unwrap_or_default();
            Problem::new(Code::BadRequest, if detail.is_empty() { status.to_string() } else { detail })
        }
        status => Problem::inside(Code::Internal, &error.map_or(status.to_string(), ToString::to_string)),
    }
}

/// An address as a message shows it.
fn shown(path: &str) -> String {
    path.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn log(problem: &Problem, request: &HttpRequest, id: &str) {
    if problem.code.status().is_server_error() {
        let route = request.match_pattern().unwrap_or_default();
        let inside = problem.more.inside.as_deref().unwrap_or(&problem.detail);
        tracing::error!(request_id = id, code = problem.code.word(), route, "{inside}");
    }
}

fn render(problem: &Problem, request: &HttpRequest, id: &str) -> HttpResponse {
    let mut builder = HttpResponse::build(problem.code.status());
    builder.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(allow) = problem.more.allow {
        builder.insert_header((header::ALLOW, allow));
    }
    if let Some(length) = problem.more.length {
        builder.insert_header((header::CONTENT_RANGE, format!("bytes */{length}")));
    }
    match problem.code {
        Code::Unauthenticated => {
            builder.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"hotfixd\""));
        }
        Code::Busy
        | Code::DatabaseUnavailable
        | Code::Unconfirmed
        | Code::StorageFailed
        | Code::StorageReadOnly
        | Code::StorageFull => {
            builder.insert_header((header::RETRY_AFTER, "5"));
        }
        _ => {}
    }
    if wants_page(request)
        && let Some(page) = html::error_page(request, problem, id)
    {
        return builder.content_type("text/html; charset=utf-8").body(page);
    }
    builder.content_type("application/problem+json").body(problem.to_json(id))
}

/// A browser on an address for people.
fn wants_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    !for_machines(request) && accept.is_some_and(|accept| accept.contains("text/html"))
}

/// An address that no browser shows as a page.
fn for_machines(request: &HttpRequest) -> bool {
    let path = request.path();
    path != "/api/docs" && ["/api/", "/tuf/", "/health/"].iter().any(|prefix| path.starts_with(prefix))
}

/// Those that speak of frames and windows are left out where only hosts read: every poll would carry them.
fn secure(headers: &mut HeaderMap, kept_page: bool, for_hosts: bool) {
    let page = kept_page
        || headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    put(headers, header::CONTENT_SECURITY_POLICY, if page { PAGE_POLICY } else { DATA_POLICY });
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, header::REFERRER_POLICY, "no-referrer");
    if for_hosts {
        return;
    }
    put(headers, header::X_FRAME_OPTIONS, "DENY");
    put(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    put(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
