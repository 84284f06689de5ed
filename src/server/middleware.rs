//! What happens to every request: it is counted, its answer gets the security headers, and an error is written
//! out as a problem or a page, with the request's id.

use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, web};

use super::held::Held;
use super::html;
use super::kept::Look;
use super::metrics::Route;
use super::problem::{Code, Problem};
use super::request_id;
use super::state::App;

/// Of pages: nothing but their own stylesheet and images.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);
/// Of everything else.
const DATA_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// An answer that takes longer is told of.
const SLOW: Duration = Duration::from_secs(1);

/// Wraps every request.
///
/// # Errors
/// None of its own.
pub async fn around(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let begun = Instant::now();
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let _in_flight = app.metrics.begin();
    let asked = match app.cache.look(&app, &mut request) {
        Look::Hit(entry) => {
            entry.kept.prepare(request.headers()).await;
            let answer =
                entry.kept.answer(request.headers(), request.headers().get_all(header::IF_NONE_MATCH));
            return Ok(finish(&app, request.into_response(answer), entry.route, begun));
        }
        Look::Miss(asked) => Some(asked),
        Look::No => None,
    };
    let held = Held::of(&mut request);
    // Handlers and extractors answer their errors; those that come as `Err` have no request any more.
    let mut response = next.call(request).await?.map_into_boxed_body();
    if let Some(asked) = asked {
        response = app.cache.keep(&app, asked, response).await;
    }
    let response = refused(&app, response);
    let route = Route::in_request(response.request());
    let response = finish(&app, response, route, begun);
    Ok(match held {
        Some(held) => response.map_body(|_, body| held.beside(body)),
        None => response,
    })
}

/// What every answer gets.
fn finish(app: &App, mut response: ServiceResponse, route: Route, begun: Instant) -> ServiceResponse {
    dress(&mut response);
    count(app, &response, route, begun.elapsed());
    response
}

/// An answer that says what is wrong, where something is; any other stays.
fn refused(app: &App, response: ServiceResponse) -> ServiceResponse {
    let status = response.status();
    // A page that a handler wrote itself, about what was sent to it, stays.
    let written = response.headers().contains_key(header::CONTENT_TYPE);
    let failed = status.is_client_error() || status.is_server_error();
    if !failed || (written && response.response().error().is_none()) {
        return response;
    }
    let (request, response) = response.into_parts();
    let (problem, id) = (problem_of(&response, &request), request_id::of(&request));
    app.metrics.problem(problem.code);
    log(app, &problem, &request, &id);
    let rendered = render(&problem, &request, &id);
    ServiceResponse::new(request, rendered)
}

/// Counts an answer, and tells of one that took long.
fn count(app: &App, response: &ServiceResponse, route: Route, took: Duration) {
    let request = response.request();
    let (method, status) = (request.method(), response.status());
    app.metrics.answered(route, method, status.as_u16(), took);
    if let BodySize::Sized(bytes) = response.response().body().size()
        && *method != Method::HEAD
    {
        app.metrics.sent(bytes);
    }
    if route.is_publishing() && status.is_success() && !method.is_safe() {
        app.watch.worked(app.now());
    }
    // Uploads take as long as their line does.
    if took > SLOW && *method != Method::PUT && app.metrics.may_tell_slow(app.now()) {
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let (id, route, status) = (request_id::of(request), route.pattern(), status.as_u16());
        tracing::warn!(request_id = id, route, status, milliseconds, "a slow request");
    }
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

/// What fails inside is told of; an outage of the store once, by its beginning and its end.
fn log(app: &App, problem: &Problem, request: &HttpRequest, id: &str) {
    let inside = problem.more.inside.as_deref().unwrap_or(&problem.detail);
    if problem.code.is_outage() {
        app.watch.failed(problem.code, inside, app.now());
    } else if problem.code.status().is_server_error() {
        let route = Route::in_request(request).pattern();
        tracing::error!(
            request_id = id,
            code = problem.code.word(),
            route,
            reason = inside,
            "a request failed"
        );
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
    builder.content_type("application/problem+json");
    // Every poll asks for the next root, which is not there: it is said in few words.
    if is_polled(request) && problem.code == Code::NotFound {
        return builder.body(problem.to_short_json());
    }
    builder.body(problem.to_json(id))
}

/// Whether hosts ask for it each time.
fn is_polled(request: &HttpRequest) -> bool {
    request.path().starts_with("/tuf/")
}

/// A browser on an address for people.
fn wants_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    !for_machines(request) && accept.is_some_and(|accept| accept.contains("text/html"))
}

/// An address that no browser shows as a page.
fn for_machines(request: &HttpRequest) -> bool {
    let path = request.path();
    path != "/api/docs"
        && ["/api/", "/tuf/", "/health/", "/metrics"].iter().any(|prefix| path.starts_with(prefix))
}

/// The headers that every answer has. What hosts poll is signed, and has those alone that say how to take it:
/// each byte of it is sent a million times a day.
fn dress(response: &mut ServiceResponse) {
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let polled = is_polled(response.request()) && (!failed || status == StatusCode::NOT_FOUND);
    if polled {
        if status != StatusCode::NOT_MODIFIED {
            put(response.headers_mut(), header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        }
        return;
    }
    // A browser puts the headers of a 304 in place of those it kept: the page must not lose its own policy.
    let kept = status == StatusCode::NOT_MODIFIED && !for_machines(response.request());
    let id = HeaderValue::try_from(request_id::of(response.request()));
    let headers = response.headers_mut();
    if let Ok(id) = id {
        headers.insert(HeaderName::from_static(request_id::HEADER), id);
    }
    secure(headers, kept);
}

fn secure(headers: &mut HeaderMap, kept_page: bool) {
    let page = kept_page
        || headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    headers.insert(header::CONTENT_SECURITY_POLICY, if page { PAGE_POLICY } else { DATA_POLICY });
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, header::REFERRER_POLICY, "no-referrer");
    put(headers, header::X_FRAME_OPTIONS, "DENY");
    put(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    put(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
