//! The first page, and the pages for what is not found, ambiguous or wrong.

use jiff::Timestamp;

use super::context::PageContext;
use super::frame::Frame;
use super::product::{ReleaseRow, rows};
use super::words::{When, time};
use super::{PageError, Renderer};
use crate::model::Catalogue;

/// What was released at one moment.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The product.
    pub product: String,
    /// The moment.
    pub at: Timestamp,
    /// The first of its documents.
    pub documents: Vec<Changed>,
    /// How many advisories there are beside them.
    pub more_advisories: usize,
    /// How many hotfixes.
    pub more_hotfixes: usize,
}

/// A document that was released.
#[derive(Debug, Clone)]
pub struct Changed {
    /// Whether it is an advisory; else a hotfix.
    pub advisory: bool,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its revision.
    pub revision: i64,
    /// What changed with it, in a few words each.
    pub what: Vec<String>,
}

#[derive(Debug, serde::Serialize)]
struct Home {
    run: Option<String>,
    changes: Vec<BatchView>,
    products: Vec<ProductView>,
}

#[derive(Debug, serde::Serialize)]
struct BatchView {
    product: String,
    at: When,
    documents: Vec<ChangedView>,
    more_advisories: usize,
    more_hotfixes: usize,
    advisories_href: String,
    hotfixes_href: String,
}

#[derive(Debug, serde::Serialize)]
struct ChangedView {
    id: String,
    title: String,
    href: String,
    kind: &'static str,
    revision: i64,
    /// The page that says all of it.
    changes: Option<String>,
    what: Vec<String>,
    more: usize,
}

#[derive(Debug, serde::Serialize)]
struct ProductView {
    id: String,
    name: String,
    href: String,
    advisories: usize,
    hotfixes: usize,
    advisories_href: String,
    hotfixes_href: String,
    releases: Vec<ReleaseRow>,
}

/// How many changes of a document the first page names.
const NAMED: usize = 3;

/// The first page: a search, what changed last, and the products with their releases.
///
/// # Errors
/// A template that does not fit its view.
pub fn home(
    renderer: &Renderer,
    context: &PageContext,
    catalogues: &[&Catalogue],
    changes: &[Batch],
) -> Result<String, PageError> {
    let view = Home {
        run: context.run.as_ref().map(|run| run.value.clone()),
        changes: changes.iter().map(|batch| batch_view(context, catalogues, batch)).collect(),
        products: catalogues.iter().map(|catalogue| product(context, catalogue)).collect(),
    };
    let frame = Frame::new(context, "Advisories and hotfixes".to_owned(), "home");
    renderer.page("home.html", &frame, &view)
}

fn batch_view(context: &PageContext, catalogues: &[&Catalogue], batch: &Batch) -> BatchView {
    let catalogue = catalogues.iter().find(|catalogue| catalogue.product().id == *batch.product);
    let name = catalogue.map_or(batch.product.as_str(), |catalogue| catalogue.product().name.as_str());
    BatchView {
        product: name.to_owned(),
        at: time(batch.at),
        documents: batch.documents.iter().map(|one| changed_view(context, &batch.product, one)).collect(),
        more_advisories: batch.more_advisories,
        more_hotfixes: batch.more_hotfixes,
        advisories_href: list(context, "advisories", &batch.product),
        hotfixes_href: list(context, "hotfixes", &batch.product),
    }
}

/// A product's list; it carries the chosen release where that is the product's own.
pub(super) fn list(context: &PageContext, section: &str, product: &str) -> String {
    let path = format!("/{section}?product={product}");
    match &context.run {
        Some(run) if run.product == product => context.page(format_args!("{path}")),
        _ => context.path(format_args!("{path}")),
    }
}

fn changed_view(context: &PageContext, product: &str, one: &Changed) -> ChangedView {
    let section = if one.advisory { "advisories" } else { "hotfixes" };
    let path = format!("/{section}/{product}/{}", one.id);
    ChangedView {
        id: one.id.clone(),
        title: one.title.clone(),
        href: context.page(format_args!("{path}")),
        kind: if one.advisory { "advisory" } else { "hotfix" },
        revision: one.revision,
        changes: (one.revision > 1).then(|| context.page(format_args!("{path}/revisions/{}", one.revision))),
        what: one.what.iter().take(NAMED).cloned().collect(),
        more: one.what.len().saturating_sub(NAMED),
    }
}

fn product(context: &PageContext, catalogue: &Catalogue) -> ProductView {
    let product = catalogue.product();
    let id = product.id.as_str();
    ProductView {
        id: id.to_owned(),
        name: product.name.clone(),
        href: context.product_href(id),
        advisories: catalogue.advisories().len(),
        hotfixes: catalogue.hotfixes().len(),
        advisories_href: list(context, "advisories", id),
        hotfixes_href: list(context, "hotfixes", id),
        releases: rows(context, catalogue),
    }
}

/// One of the products that has a document of an id: the product's name, the document's title and its page.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Candidate {
    /// The product's name.
    pub product: String,
    /// The document's title.
    pub title: String,
    /// The address of its page.
    pub href: String,
}

#[derive(Debug, serde::Serialize)]
struct Choose<'a> {
    kind: &'a str,
    id: &'a str,
    choices: &'a [Candidate],
}

/// The page for an id that several products have. `kind` is `Advisory` or `Hotfix`.
///
/// # Errors
/// A template that does not fit its view.
pub fn choose(
    renderer: &Renderer,
    context: &PageContext,
    kind: &str,
    id: &str,
    choices: &[Candidate],
) -> Result<String, PageError> {
    let frame = Frame::new(context, format!("Several products have {id}"), "none");
    renderer.page("choose.html", &frame, &Choose { kind, id, choices })
}

/// What went wrong, for a reader.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Failure<'a> {
    /// The HTTP status.
    pub status: u16,
    /// It in a few words.
    pub title: &'a str,
    /// What is wrong, as a sentence.
    pub detail: &'a str,
    /// What to do, as a sentence.
    pub remedy: &'a str,
    /// The request's number in the log.
    pub request_id: Option<&'a str>,
}

/// The page of an error.
///
/// # Errors
/// A template that does not fit its view.
pub fn error(renderer: &Renderer, context: &PageContext, failure: &Failure<'_>) -> Result<String, PageError> {
    let frame = Frame::new(context, failure.title.to_owned(), "none");
    renderer.page("error.html", &frame, failure)
}
