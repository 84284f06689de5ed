//! What is published: each product, advisory and hotfix as the exact bytes that were signed, and its revisions.

use std::sync::Arc;

use actix_web::http::header::HeaderName;
use actix_web::web::{self, Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use serde::Serialize;

use crate::model::{Catalogue, Id};
use crate::server::problem::{Code, Problem};
use crate::server::query::{Query, bad};
use crate::server::respond::{self, REVALIDATE};
use crate::server::state::{App, catalogue, shown};
use crate::store::DocumentKind;

/// A page of a list.
#[derive(Serialize)]
struct List<T> {
    items: Vec<T>,
    next: Option<String>,
}

#[derive(Serialize)]
struct RevisionItem {
    revision: i64,
    sha256: String,
    published: Option<String>,
    released_at: Timestamp,
    role: String,
    role_version: u64,
}

/// `GET /api/v1/products/{id}`
///
/// # Errors
/// No such product.
pub async fn product(
    app: Data<App>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    document(&app, &request, &id, |_| Some(format!("{id}/product.json")))
}

/// `GET /api/v1/advisories/{product}/{id}`
///
/// # Errors
/// No such advisory.
pub async fn advisory(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (product, id) = path.into_inner();
    document(&app, &request, &product, |catalogue| {
        catalogue.advisories().get(id.as_str()).map(|found| format!("{product}/advisory/{}.json", found.id))
    })
    .map_err(|problem| missing(problem, "advisory", &product, &id))
}

/// `GET /api/v1/hotfixes/{product}/{id}`
///
/// # Errors
/// No such hotfix.
pub async fn hotfix(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (product, id) = path.into_inner();
    document(&app, &request, &product, |catalogue| {
        let found = catalogue.hotfixes().get(id.as_str())?;
        Some(format!("{product}/{}/hotfix/{}.json", catalogue.line(found), found.id))
    })
    .map_err(|problem| missing(problem, "hotfix", &product, &id))
}

fn missing(problem: Problem, kind: &str, product: &str, id: &str) -> Problem {
    match problem.code {
        Code::NotFound => Problem::not_found(format_args!("{kind} {} of {}", shown(id), shown(product))),
        _ => problem,
    }
}

/// The exact bytes that were signed, with headers that say how to check them.
fn document(
    app: &App,
    request: &HttpRequest,
    product: &str,
    path: impl Fn(&Catalogue) -> Option<String>,
) -> Result<HttpResponse, Problem> {
    Query::of(request, &[])?;
    let state = app.served();
    let path = path(catalogue(&state, product)?);
    let published = Id::new(product).and_then(|id| state.snapshot.products().get(&id));
    let found = published.zip(path.as_deref()).and_then(|(published, path)| {
        let file = published.targets.targets.get(path)?;
        Some((published, file, published.loaded.documents.get(path)?))
    });
    let Some((published, file, bytes)) = found else {
        return Err(Problem::not_found(format_args!("document of {}", shown(product))));
    };
    let sha256 = file.sha256.to_string();
    let more = [
        (HeaderName::from_static("hotfixd-target"), path.unwrap_or_default()),
        (HeaderName::from_static("hotfixd-sha256"), sha256.clone()),
        (HeaderName::from_static("hotfixd-role"), published.role.clone()),
        (HeaderName::from_static("hotfixd-role-version"), published.targets.header.version.to_string()),
    ];
    let bytes = Bytes::from_owner(Arc::clone(bytes));
    Ok(respond::bytes(request, bytes, ("application/json", REVALIDATE), &sha256, &more))
}

/// `GET /api/v1/advisories/{product}/{id}/revisions`
///
/// # Errors
/// No such advisory.
pub async fn advisory_revisions(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    revisions(app, request, DocumentKind::Advisory, path.into_inner()).await
}

/// `GET /api/v1/hotfixes/{product}/{id}/revisions`
///
/// # Errors
/// No such hotfix.
pub async fn hotfix_revisions(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    revisions(app, request, DocumentKind::Hotfix, path.into_inner()).await
}

async fn revisions(
    app: Data<App>,
    request: HttpRequest,
    kind: DocumentKind,
    (product, id): (String, String),
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["before", "limit"])?;
    let limit = query.limit(app.config.limits.page_items)?;
    let before = match query.one("before")? {
        None => None,
        Some(text) => Some(text.parse::<i64>().map_err(|_| bad("before", text, "what `next` said"))?),
    };
    let (store, of) = (Arc::clone(&app.store), (product.clone(), id.clone()));
    let read = move || store.read(|tx| tx.document_revisions((&of.0, kind, &of.1), before, limit + 1));
    let mut rows = web::block(read).await??;
    if rows.is_empty() && before.is_none() {
        return Err(Problem::not_found(format_args!(
            "{} {} of {}",
            kind.word(),
            shown(&id),
            shown(&product)
        )));
    }
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| row.revision.to_string());
    let items = rows.into_iter().map(|row| RevisionItem {
        revision: row.revision,
        sha256: row.sha256.to_string(),
        published: row.published,
        released_at: Timestamp::from_second(row.released_at).unwrap_or_default(),
        role: row.role,
        role_version: row.role_version,
    });
    respond::json(&request, &List { items: items.collect(), next })
}
