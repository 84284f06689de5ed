//! The revisions of documents as requests reach them.

use std::sync::Arc;

use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;

use super::html::{facts, page, reader};
use super::pages::{self, DocumentName, RevisionFacts, SignatureFacts, Signing};
use super::problem::Problem;
use super::query::{Query, bad};
use super::respond::{self, REVALIDATE};
use super::state::{App, catalogue, shown};
use crate::model::Catalogue;
use crate::release::ServedState;
use crate::store::{DocumentKind, DocumentRevision, RoleRecord, StoreError};
use crate::trust::envelope::Signature;
use crate::trust::{Envelope, Limits};

/// How many revisions a page lists.
const LISTED: u32 = 100;

/// `GET /advisories/{product}/{id}/revisions`, with `from` and `to` what differs between these.
///
/// # Errors
/// No such document or revision; a query that the page does not know; the template's.
pub async fn of_advisory(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    list(app, request, DocumentKind::Advisory, path.into_inner()).await
}

/// `GET /hotfixes/{product}/{id}/revisions`
///
/// # Errors
/// As [`of_advisory`].
pub async fn of_hotfix(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    list(app, request, DocumentKind::Hotfix, path.into_inner()).await
}

/// `GET /advisories/{product}/{id}/revisions/{n}`
///
/// # Errors
/// As [`of_advisory`].
pub async fn advisory(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    one(app, request, DocumentKind::Advisory, path.into_inner()).await
}

/// `GET /hotfixes/{product}/{id}/revisions/{n}`
///
/// # Errors
/// As [`of_advisory`].
pub async fn hotfix(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    one(app, request, DocumentKind::Hotfix, path.into_inner()).await
}

/// `GET /api/v1/advisories/{product}/{id}/revisions/{n}`: the exact bytes that were signed.
///
/// # Errors
/// As [`of_advisory`].
pub async fn advisory_bytes(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    bytes(app, request, DocumentKind::Advisory, path.into_inner()).await
}

/// `GET /api/v1/hotfixes/{product}/{id}/revisions/{n}`
///
/// # Errors
/// As [`of_advisory`].
pub async fn hotfix_bytes(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    bytes(app, request, DocumentKind::Hotfix, path.into_inner()).await
}

async fn list(
    app: Data<App>,
    request: HttpRequest,
    kind: DocumentKind,
    (product, id): (String, String),
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["from", "to", "release"])?;
    let state = app.served();
    let catalogue = catalogue(&state, &product)?;
    let name = name(catalogue, kind, &id)?;
    let mut held = read(&app, (&product, kind, &id), None, LISTED + 1).await?;
    let more = held.len() > LISTED as usize;
    held.truncate(LISTED as usize);
    let compared = match (query.one("from")?, query.one("to")?) {
        (None | Some(""), None | Some("")) => None,
        (from, to) => {
            let (from, to) =
                (number("from", from.unwrap_or_default())?, number("to", to.unwrap_or_default())?);
            let from = exact(&app, (&product, kind, &id), from).await?;
            Some((from, exact(&app, (&product, kind, &id), to).await?))
        }
    };
    let facts = facts(&app, &state, (&product, kind, &id)).await?;
    let pairs = Query::pairs(&request)?;
    let context = reader((&app, &state, &request), &pairs, Some((&product, facts)), &["from", "to"])?;
    let held: Vec<RevisionFacts> = held.into_iter().map(known).collect();
    let compared = compared.map(|(from, to)| (known(from), known(to)));
    let compared = compared.as_ref().map(|(from, to)| (from, to));
    page(&request, pages::revisions(&app.pages, &context, (catalogue, &name), (&held, more), compared))
}

async fn one(
    app: Data<App>,
    request: HttpRequest,
    kind: DocumentKind,
    (product, id, revision): (String, String, String),
) -> Result<HttpResponse, Problem> {
    Query::of(&request, &["release"])?;
    let state = app.served();
    let catalogue = catalogue(&state, &product)?;
    let name = name(catalogue, kind, &id)?;
    let one = exact(&app, (&product, kind, &id), number("revision", &revision)?).await?;
    let before = read(&app, (&product, kind, &id), Some(one.revision), 1).await?.pop();
    let newest = read(&app, (&product, kind, &id), None, 1).await?.pop();
    let newest = newest.map_or(one.revision, |newest| newest.revision);
    let signing = signing(&app, &state, &one).await?;
    let facts = facts(&app, &state, (&product, kind, &id)).await?;
    let pairs = Query::pairs(&request)?;
    let context = reader((&app, &state, &request), &pairs, Some((&product, facts)), &[])?;
    let (one, before) = (known(one), before.map(known));
    let shown = (&one, before.as_ref(), newest);
    page(&request, pages::revision(&app.pages, &context, (catalogue, &name), shown, &signing))
}

async fn bytes(
    app: Data<App>,
    request: HttpRequest,
    kind: DocumentKind,
    (product, id, revision): (String, String, String),
) -> Result<HttpResponse, Problem> {
    Query::of(&request, &[])?;
    let one = exact(&app, (&product, kind, &id), number("revision", &revision)?).await?;
    let etag = one.sha256.to_string();
    Ok(respond::bytes(&request, one.body, ("application/json", REVALIDATE), &etag, &[]))
}

fn name(catalogue: &Catalogue, kind: DocumentKind, id: &str) -> Result<DocumentName, Problem> {
    let (section, title) = match kind {
        DocumentKind::Advisory => ("advisories", catalogue.advisories().get(id).map(|found| &found.title)),
        _ => ("hotfixes", catalogue.hotfixes().get(id).map(|found| &found.title)),
    };
    let title = title.ok_or_else(|| {
        Problem::not_found(format_args!("{} {} of {}", kind.word(), shown(id), catalogue.product().id))
    })?;
    Ok(DocumentName { section, id: id.to_owned(), title: title.clone() })
}

fn number(name: &str, text: &str) -> Result<i64, Problem> {
    let number = text.parse().ok().filter(|number: &i64| *number > 0 && number.to_string() == text);
    number.ok_or_else(|| bad(name, text, "the number of a revision"))
}

async fn read(
    app: &Data<App>,
    (product, kind, id): (&str, DocumentKind, &str),
    before: Option<i64>,
    most: u32,
) -> Result<Vec<DocumentRevision>, Problem> {
    let (store, of) = (Arc::clone(&app.store), (product.to_owned(), id.to_owned()));
    let read = move || store.read(|tx| tx.document_revisions((&of.0, kind, &of.1), before, most));
    Ok(web::block(read).await??)
}

async fn exact(
    app: &Data<App>,
    of: (&str, DocumentKind, &str),
    revision: i64,
) -> Result<DocumentRevision, Problem> {
    let found = read(app, of, Some(revision.saturating_add(1)), 1).await?.pop();
    found.filter(|found| found.revision == revision).ok_or_else(|| {
        let (product, kind, id) = of;
        let place =
            format_args!("revision {revision} of {} {} of {}", kind.word(), shown(id), shown(product));
        Problem::not_found(place)
    })
}

fn known(held: DocumentRevision) -> RevisionFacts {
    RevisionFacts {
        revision: held.revision,
        sha256: held.sha256.to_string(),
        body: held.body,
        published: held.published,
        released: Timestamp::from_second(held.released_at).unwrap_or_default(),
        role: held.role,
        role_version: held.role_version,
    }
}

/// Who signed the version of the role that brought a revision.
async fn signing(app: &Data<App>, state: &ServedState, one: &DocumentRevision) -> Result<Signing, Problem> {
    let (store, role, version) = (Arc::clone(&app.store), one.role.clone(), one.role_version);
    let read = move || match store.read(|tx| tx.role_version(&role, version)) {
        Ok(record) => Ok(Some(record)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    };
    let record: Option<RoleRecord> = web::block(read).await??;
    let limits = Limits::default();
    let envelope = record.and_then(|record| Envelope::parse(record.body.as_bytes(), &limits).ok());
    let Some(envelope) = envelope else { return Ok(Signing::default()) };
    let delegations = state.snapshot.targets().delegations.as_ref();
    let role = delegations.and_then(|delegations| delegations.role(&one.role));
    let signature = |signature: &Signature| {
        let trusted = role.is_some_and(|role| role.keyids.contains(&signature.keyid));
        let key = delegations.and_then(|of| of.keys.get(&signature.keyid)).filter(|_| trusted);
        let bytes = hex::decode(&signature.sig).unwrap_or_default();
        SignatureFacts {
            key: signature.keyid.to_string(),
            holds: key.is_some_and(|key| key.verify(envelope.raw(), &bytes)),
            public: key.and_then(|key| Some((key.to_pem().ok()?, key.fingerprint().ok()?.to_string()))),
            bytes,
        }
    };
    let file = format!("{}.{}.json", one.role_version, one.role);
    Ok(Signing {
        served: state.snapshot.metadata_file(&file).is_some(),
        threshold: role.map(|role| role.threshold),
        signatures: envelope.signatures().iter().map(signature).collect(),
    })
}
