//! The pages as requests reach them: what is asked for is looked up, and `pages` writes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, http::header};

use super::pages::{
    self, Candidate, DocumentFacts, Failure, PageContext, PageError, Place, Renderer, Revision, Role, Run,
};
use super::problem::{Code, Problem};
use super::query::{Query, twice};
use super::respond::{self, IMMUTABLE};
use super::state::{App, catalogue, shown};
use crate::model::{Advisory, Catalogue, Hotfix, Id};
use crate::release::ServedState;
use crate::repository::{self, Published};
use crate::store::DocumentKind;
use crate::trust::{Digest, TargetPath};

/// How many revisions of a document a page shows.
const REVISIONS: u32 = 100;

/// `GET /`
///
/// # Errors
/// A query; the template's.
pub async fn home(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    Query::of(&request, &["release"])?;
    let state = app.served();
    let context = reader((&app, &state, &request), &Query::pairs(&request)?, None, &[])?;
    let changes = super::changes::last(&app, &state).await?;
    page(&request, pages::home(&app.pages, &context, &catalogues(&state), &changes))
}

/// What the pages of advisories and of hotfixes differ in.
struct Section<T> {
    path: &'static str,
    word: &'static str,
    kind: DocumentKind,
    all: fn(&Catalogue) -> &BTreeMap<Id, T>,
    title: fn(&T) -> &str,
    page: PageOf<T>,
}

/// Writes the page of one document.
type PageOf<T> =
    fn(&Renderer, &PageContext, &Catalogue, &T, &[(String, String)]) -> Result<String, PageError>;

const ADVISORIES: Section<Advisory> = Section {
    path: "advisories",
    word: "Advisory",
    kind: DocumentKind::Advisory,
    all: Catalogue::advisories,
    title: |advisory| &advisory.title,
    page: pages::advisory,
};

const HOTFIXES: Section<Hotfix> = Section {
    path: "hotfixes",
    word: "Hotfix",
    kind: DocumentKind::Hotfix,
    all: Catalogue::hotfixes,
    title: |hotfix| &hotfix.title,
    page: pages::hotfix,
};

/// `GET /advisories/{product}/{id}`
///
/// # Errors
/// No such advisory; a query that the page does not know; the template's.
pub async fn advisory(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    document(&ADVISORIES, &app, &request, path.into_inner()).await
}

/// `GET /hotfixes/{product}/{id}`
///
/// # Errors
/// As [`advisory`].
pub async fn hotfix(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    document(&HOTFIXES, &app, &request, path.into_inner()).await
}

/// `GET /advisories/{id}`: the page of the product that has it, or a list of those that do.
///
/// # Errors
/// No product has it; the template's.
pub async fn any_advisory(
    app: Data<App>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    any(&ADVISORIES, &app, &request, id.into_inner()).await
}

/// `GET /hotfixes/{id}`
///
/// # Errors
/// As [`any_advisory`].
pub async fn any_hotfix(
    app: Data<App>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    any(&HOTFIXES, &app, &request, id.into_inner()).await
}

async fn document<T>(
    section: &Section<T>,
    app: &Data<App>,
    request: &HttpRequest,
    (product, id): (String, String),
) -> Result<HttpResponse, Problem> {
    let state = app.served();
    let catalogue = catalogue(&state, &product)?;
    let Some(document) = (section.all)(catalogue).get(id.as_str()) else {
        let word = section.word.to_lowercase();
        return Err(Problem::not_found(format_args!("{word} {} of {product}", shown(&id))));
    };
    let facts = facts(app, &state, (&product, section.kind, &id)).await?;
    let query = Query::pairs(request)?;
    let context = reader((app, &state, request), &query, Some((&product, facts)), &[])?;
    page(request, (section.page)(&app.pages, &context, catalogue, document, &query))
}

async fn any<T>(
    section: &Section<T>,
    app: &Data<App>,
    request: &HttpRequest,
    id: String,
) -> Result<HttpResponse, Problem> {
    let found = candidates(app, section, &id);
    match found.as_slice() {
        [(product, _)] => document(section, app, request, (product.clone(), id)).await,
        found => choose(app, request, section.word, &id, found),
    }
}

fn candidates<T>(app: &App, section: &Section<T>, id: &str) -> Vec<(String, Candidate)> {
    let state = app.served();
    let prefix = app.config.public_url.as_ref().map(|url| url.prefix.as_str()).unwrap_or_default();
    let candidate = |published: &Arc<Published>| {
        let catalogue = &published.loaded.catalogue;
        let product = catalogue.product();
        let title = (section.title)((section.all)(catalogue).get(id)?).to_owned();
        let href = format!("{prefix}/{}/{}/{id}", section.path, product.id);
        Some((product.id.to_string(), Candidate { product: product.name.clone(), title, href }))
    };
    state.snapshot.products().values().filter_map(candidate).collect()
}

fn choose(
    app: &App,
    request: &HttpRequest,
    kind: &str,
    id: &str,
    found: &[(String, Candidate)],
) -> Result<HttpResponse, Problem> {
    if found.is_empty() {
        let kind = kind.to_lowercase();
        return Err(Problem::not_found(format_args!("{kind} {} of any product", shown(id))));
    }
    Query::of(request, &["release"])?;
    let state = app.served();
    let context = reader((app, &state, request), &Query::pairs(request)?, None, &[])?;
    let carried = context.run.as_ref().map(|run| format!("?release={}", run.value)).unwrap_or_default();
    let choice = |(_, candidate): &(String, Candidate)| Candidate {
        href: format!("{}{carried}", candidate.href),
        ..candidate.clone()
    };
    let choices: Vec<Candidate> = found.iter().map(choice).collect();
    page(request, pages::choose(&app.pages, &context, kind, id, &choices))
}

/// `GET /static/style.css`
pub async fn style(request: HttpRequest) -> HttpResponse {
    let etag = Digest::of(pages::STYLE.as_bytes()).to_string();
    let kind = ("text/css; charset=utf-8", IMMUTABLE);
    respond::bytes(&request, pages::STYLE, kind, etag.get(..32).unwrap_or(&etag), &[])
}

/// The page of an error; `None` where even that cannot be written.
pub(super) fn error_page(request: &HttpRequest, problem: &Problem, id: &str) -> Option<String> {
    let app = request.app_data::<Data<App>>()?;
    let (_, status, title, _) = problem.code.row();
    let failure = Failure {
        status,
        title,
        detail: &problem.detail,
        remedy: problem.what_to_do(),
        request_id: Some(id),
    };
    pages::error(&app.pages, &context(app, &app.served(), None), &failure).ok()
}

pub(super) fn page(
    request: &HttpRequest,
    written: Result<String, PageError>,
) -> Result<HttpResponse, Problem> {
    let html = written?;
    let etag = Digest::of(html.as_bytes()).to_string();
    let kind = ("text/html; charset=utf-8", "no-cache");
    let vary = [(header::VARY, "accept".to_owned())];
    Ok(respond::bytes(request, html, kind, etag.get(..32).unwrap_or(&etag), &vary))
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        match &error {
            PageError::Query { detail, remedy } => {
                Self::new(Code::UnknownParameter, detail.clone()).remedy(remedy.clone())
            }
            PageError::Template(_) => Self::inside(Code::Internal, &error),
        }
    }
}

/// The context of a page that a reader has asked for: with the release that its address says the reader runs.
/// `keep` names the parameters that a choice of another release keeps.
pub(super) fn reader(
    (app, state, request): (&App, &ServedState, &HttpRequest),
    pairs: &[(String, String)],
    of: Option<(&str, DocumentFacts)>,
    keep: &[&str],
) -> Result<PageContext, Problem> {
    let catalogues = catalogues(state);
    let own = of.as_ref().and_then(|(id, _)| catalogues.iter().find(|one| one.product().id == **id).copied());
    let mut given = pairs.iter().filter(|(name, _)| name == "release").map(|(_, value)| value.as_str());
    let run = match given.next() {
        Some(value) => Run::chosen(&catalogues, own, value)?,
        None => None,
    };
    if given.next().is_some() {
        return Err(twice("release"));
    }
    let kept = pairs.iter().filter(|(name, _)| keep.contains(&name.as_str())).cloned().collect();
    let place = Place::of(request.path(), kept, &catalogues);
    Ok(PageContext { run, place: Some(place), ..context(app, state, of) })
}

/// The catalogues that are served.
pub(super) fn catalogues(state: &ServedState) -> Vec<&Catalogue> {
    state.snapshot.products().values().map(|product| &*product.loaded.catalogue).collect()
}

/// What a page knows beside its document: of all products, or of the document's.
pub(super) fn context(app: &App, state: &ServedState, of: Option<(&str, DocumentFacts)>) -> PageContext {
    let products = state.snapshot.products().values();
    let shown = products.filter(|product| of.as_ref().is_none_or(|(id, _)| product.role == *id));
    let role = |product: &Arc<Published>| Role {
        name: product.role.clone(),
        version: product.targets.header.version,
        signed: state.issued.get(&product.role).copied(),
        expires: product.targets.header.expires,
        signers: product.signed_by.iter().map(ToString::to_string).collect(),
    };
    let public = app.config.public_url.as_ref();
    PageContext {
        origin: public.map(|url| url.origin.clone()),
        prefix: public.map(|url| url.prefix.clone()).unwrap_or_default(),
        roles: shown.map(role).collect(),
        document: of.map(|(_, facts)| facts),
        shared: Arc::clone(&state.shared_hotfixes),
        ..PageContext::new(app.now())
    }
}

/// Where a published document stands.
fn target(published: &Published, kind: DocumentKind, id: &str) -> Option<String> {
    let is_it = |path: &&TargetPath| {
        let place = repository::Place::parse(path.as_str());
        place
            .as_ref()
            .and_then(repository::Place::identity)
            .is_some_and(|it| (it.0, it.1.as_str()) == (kind.word(), id))
    };
    published.loaded.documents.keys().find(is_it).map(ToString::to_string)
}

/// What is known of a document as a signed file, with its revisions.
pub(super) async fn facts(
    app: &Data<App>,
    state: &ServedState,
    (product, kind, id): (&str, DocumentKind, &str),
) -> Result<DocumentFacts, Problem> {
    let store = Arc::clone(&app.store);
    let of = (product.to_owned(), id.to_owned());
    let read = move || store.read(|tx| tx.document_revisions((&of.0, kind, &of.1), None, REVISIONS));
    let published = Id::new(product).and_then(|id| state.snapshot.products().get(&id));
    // What is served does not rest on the database: without it, a page has no history.
    let revisions = web::block(read).await?.unwrap_or_else(|error| {
        tracing::warn!("the revisions of {product} {id} cannot be read: {error}");
        Vec::new()
    });
    let target = match revisions.first() {
        Some(newest) => newest.path.clone(),
        None => published.and_then(|published| target(published, kind, id)).unwrap_or_default(),
    };
    let file = published.and_then(|published| published.targets.targets.get(target.as_str()));
    Ok(DocumentFacts {
        sha256: file.map(|file| file.sha256.to_string()).unwrap_or_default(),
        bytes: file.map(|file| file.length).unwrap_or_default(),
        target,
        revisions: revisions
            .into_iter()
            .map(|revision| Revision {
                revision: revision.revision,
                at: jiff::Timestamp::from_second(revision.released_at).ok(),
                sha256: Some(revision.sha256.to_string()),
            })
            .collect(),
    })
}
