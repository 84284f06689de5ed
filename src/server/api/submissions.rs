//! Handing in, cosigning, releasing and looking at submissions.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, http::header};

use crate::json::{self, Value};
use crate::release::ReleaseError;
use crate::server::auth::Publisher;
use crate::server::problem::{Code, Problem};
use crate::server::query::Query;
use crate::server::state::App;
use crate::server::{body, request_id, respond};
use crate::store::StoreError;
use crate::trust::Digest;

/// The longest body beside a submission, in bytes.
const SMALL_BODY_BYTES: usize = 16_384;

/// `POST /api/v1/submissions`
///
/// # Errors
/// See [`crate::release::Releases::submit`].
pub async fn submit(
    app: Data<App>,
    publisher: Publisher,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    Query::of(&request, &[])?;
    let limits = &app.config.limits;
    let bytes = body::read(&request, payload, limits.submission_bytes, limits.body).await?;
    let (releases, now) = (Arc::clone(&app.releases), app.now());
    let (id, actor) = (request_id::of(&request), publisher.name.clone());
    let taken = web::block(move || releases.submit(&bytes, &actor, now)).await?.map_err(Problem::from);
    let view = taken.inspect_err(|problem| told(&app, problem, &id, &publisher.name))?;
    app.metrics.submitted();
    let (state, by) = (view.state.word(), publisher.name);
    tracing::info!(
        request_id = id,
        submission = view.id,
        product = view.product,
        state,
        by,
        "submission received"
    );
    let location = format!("/api/v1/submissions/{}", view.id);
    let mut response = respond::fresh(StatusCode::CREATED, &view)?;
    if let Ok(location) = location.parse() {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// `GET /api/v1/submissions`
///
/// # Errors
/// A query that is not known; the store's.
pub async fn list(app: Data<App>, _: Publisher, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["after", "limit"])?;
    let limit = query.limit(app.config.limits.page_items)?;
    let after = query.one("after")?.map(str::to_owned);
    let releases = Arc::clone(&app.releases);
    let list = move || about(after.as_deref().unwrap_or_default(), releases.list(after.as_deref(), limit));
    let list = web::block(list).await??;
    respond::fresh(StatusCode::OK, &list)
}

/// `GET /api/v1/submissions/{id}`
///
/// # Errors
/// No such submission.
pub async fn show(
    app: Data<App>,
    _: Publisher,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    Query::of(&request, &[])?;
    let (releases, now) = (Arc::clone(&app.releases), app.now());
    let view = web::block(move || about(&id, releases.status(&id, now))).await??;
    respond::fresh(StatusCode::OK, &view)
}

/// `GET /api/v1/submissions/{id}/file`: the submission with the signatures that were added since.
///
/// # Errors
/// No such submission.
pub async fn file(
    app: Data<App>,
    _: Publisher,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    Query::of(&request, &[])?;
    let releases = Arc::clone(&app.releases);
    let body = web::block(move || about(&id, releases.submission_file(&id))).await??;
    let etag = Digest::of(body.as_bytes()).to_string();
    Ok(respond::bytes(&request, body, ("application/json", "no-cache"), &etag, &[]))
}

/// `POST /api/v1/submissions/{id}/signatures`: `{"keyid", "sig"}`
///
/// # Errors
/// See [`crate::release::Releases::add_signature`].
pub async fn cosign(
    app: Data<App>,
    publisher: Publisher,
    request: HttpRequest,
    (id, payload): (Path<String>, Payload),
) -> Result<HttpResponse, Problem> {
    Query::of(&request, &[])?;
    let bytes = body::read(&request, payload, SMALL_BODY_BYTES, app.config.limits.body).await?;
    let fields = fields(&bytes, &["keyid", "sig"])?;
    let text = |name: &str| match fields.get(name).and_then(Value::as_text) {
        Some(text) => Ok(text.to_owned()),
        None => Err(Problem::new(Code::Invalid, format!("{name} is missing, or no text.")).at(name)),
    };
    let (keyid, sig) = (text("keyid")?, text("sig")?);
    let (releases, now) = (Arc::clone(&app.releases), app.now());
    let add = move || about(&id, releases.add_signature(&id, (&keyid, &sig), &publisher.name, now));
    let view = web::block(add).await??;
    respond::fresh(StatusCode::OK, &view)
}

/// `POST /api/v1/submissions/{id}/release`: nothing, or `{"digest"}` of what was looked at
///
/// # Errors
/// See [`crate::release::Releases::release`].
pub async fn release(
    app: Data<App>,
    publisher: Publisher,
    request: HttpRequest,
    (id, payload): (Path<String>, Payload),
) -> Result<HttpResponse, Problem> {
    Query::of(&request, &[])?;
    let bytes = body::read(&request, payload, SMALL_BODY_BYTES, app.config.limits.body).await?;
    let fields = if bytes.is_empty() { json::Table::new() } else { fields(&bytes, &["digest"])? };
    let digest = match fields.get("digest").map(|value| value.as_text().and_then(|text| text.parse().ok())) {
        None => None,
        Some(Some(digest)) => Some(digest),
        Some(None) => return Err(Problem::new(Code::Invalid, "digest is no SHA-256.").at("digest")),
    };
    let (releases, now) = (Arc::clone(&app.releases), app.now());
    let by = publisher.name.clone();
    let release = move || about(&id, releases.release(&id, digest.as_ref(), &publisher.name, now));
    let view = web::block(release).await??;
    app.metrics.released();
    tracing::info!(
        request_id = request_id::of(&request),
        submission = view.id,
        product = view.product,
        by,
        "submission released"
    );
    respond::fresh(StatusCode::OK, &view)
}

/// Tells of a submission that was refused for what it is, not because the store failed.
fn told(app: &App, problem: &Problem, id: &str, by: &str) {
    if problem.code.status().is_client_error() {
        app.metrics.refused();
        let reason = problem.detail.as_str();
        tracing::warn!(request_id = id, code = problem.code.word(), reason, by, "submission refused");
    }
}

/// An answer about one submission: one that is not there is named.
fn about<T>(id: &str, answer: Result<T, ReleaseError>) -> Result<T, Problem> {
    match answer {
        Err(ReleaseError::Store(StoreError::NotFound)) => {
            let problem = Problem::not_found(format_args!("submission {}", crate::server::state::shown(id)));
            Err(problem.remedy("`hotfix status` lists them."))
        }
        other => Ok(other?),
    }
}

/// A small object with no other fields than these.
fn fields(bytes: &[u8], known: &[&str]) -> Result<json::Table, Problem> {
    let value = json::parse(bytes)?;
    let Value::Table(fields) = value else {
        return Err(Problem::new(Code::Invalid, format!("The body is {}, not an object.", value.kind())));
    };
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => {
            let detail = format!("The field {} is not known here.", crate::server::state::shown(name));
            Err(Problem::new(Code::Invalid, detail)
                .at(name)
                .remedy(format!("Known are {}.", known.join(", "))))
        }
        None => Ok(fields),
    }
}
