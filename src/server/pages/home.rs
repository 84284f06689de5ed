//! The first page, and the pages for what is not found, ambiguous or wrong.

use super::context::PageContext;
use super::frame::Frame;
use super::words::{Badge, When, availability, category, date, kind, severity};
use super::{PageError, Renderer};
use crate::model::words::Severity;
use crate::model::{Advisory, Catalogue, Hotfix};

#[derive(Debug, serde::Serialize)]
struct Home {
    products: Vec<ProductView>,
}

#[derive(Debug, serde::Serialize)]
struct ProductView {
    id: String,
    name: String,
    advisories: Vec<Item>,
    current: Vec<Item>,
    past: Vec<Item>,
}

#[derive(Debug, serde::Serialize)]
struct Item {
    id: String,
    title: String,
    href: String,
    badge: Badge,
    what: String,
    date: Option<When>,
}

/// The first page: every advisory, worst first, and every hotfix.
///
/// # Errors
/// A template that does not fit its view.
pub fn home(
    renderer: &Renderer,
    context: &PageContext,
    catalogues: &[&Catalogue],
) -> Result<String, PageError> {
    let products = catalogues.iter().map(|catalogue| product(context, catalogue)).collect();
    let frame = Frame::new(context, "Advisories and hotfixes".to_owned(), "home");
    renderer.page("home.html", &frame, &Home { products })
}

fn product(context: &PageContext, catalogue: &Catalogue) -> ProductView {
    let product = catalogue.product();
    let mut advisories: Vec<&Advisory> = catalogue.advisories().values().collect();
    // The withdrawn last, then the worst first, then the newest.
    let order = |advisory: &&Advisory| {
        let unknown = matches!(advisory.severity, Severity::Unknown | Severity::Other(_));
        let newest = std::cmp::Reverse(last_day(advisory));
        (advisory.withdrawn.is_some(), unknown, advisory.severity.clone(), newest, advisory.id.clone())
    };
    advisories.sort_by_cached_key(order);
    let superseded = |hotfix: &Hotfix| {
        catalogue.hotfixes().keys().any(|id| catalogue.rolls_up(id.as_str()).contains(&hotfix.id))
    };
    let mut hotfixes: Vec<(bool, &Hotfix)> =
        catalogue.hotfixes().values().map(|hotfix| (superseded(hotfix), hotfix)).collect();
    hotfixes.sort_by_key(|(superseded, hotfix)| (hotfix.withdrawn.is_some(), *superseded));
    let (current, past): (Vec<_>, Vec<_>) =
        hotfixes.into_iter().partition(|(superseded, hotfix)| hotfix.withdrawn.is_none() && !superseded);
    let items = |list: Vec<(bool, &Hotfix)>| {
        list.into_iter().map(|(superseded, hotfix)| hotfix_item(context, hotfix, superseded)).collect()
    };
    ProductView {
        id: product.id.to_string(),
        name: product.name.clone(),
        advisories: advisories.into_iter().map(|advisory| advisory_item(context, advisory)).collect(),
        current: items(current),
        past: items(past),
    }
}

fn hotfix_item(context: &PageContext, hotfix: &Hotfix, superseded: bool) -> Item {
    Item {
        id: hotfix.id.to_string(),
        title: hotfix.title.clone(),
        href: context.hotfix_href(hotfix.product.as_str(), hotfix.id.as_str()),
        badge: availability(hotfix, superseded),
        what: kind(&hotfix.kind),
        date: hotfix.released.map(date),
    }
}

/// The day of the last change that the document states.
fn last_day(advisory: &Advisory) -> Option<jiff::civil::Date> {
    advisory.published.or_else(|| advisory.timeline.iter().map(|note| note.date).max())
}

fn advisory_item(context: &PageContext, advisory: &Advisory) -> Item {
    let withdrawn = advisory.withdrawn.is_some();
    Item {
        id: advisory.id.to_string(),
        title: advisory.title.clone(),
        href: context.advisory_href(advisory.product.as_str(), advisory.id.as_str()),
        badge: if withdrawn {
            Badge::new("Withdrawn", "×", "withdrawn")
        } else {
            severity(&advisory.severity)
        },
        what: category(&advisory.category),
        date: last_day(advisory).map(date),
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
