//! What a search found.

use super::context::PageContext;
use super::frame::{Frame, encoded};
use super::words::kind;
use super::{PageError, Renderer};
use crate::model::{Catalogue, Id};
use crate::server::listing::{Destination, Found};

#[derive(Debug, serde::Serialize)]
struct SearchView {
    q: String,
    run: Option<String>,
    asked: bool,
    hits: Vec<Hit>,
    advisories: usize,
    hotfixes: usize,
    advisories_href: String,
    hotfixes_href: String,
}

#[derive(Debug, serde::Serialize)]
struct Hit {
    what: String,
    id: String,
    title: String,
    href: String,
}

/// Where a page stands.
#[must_use]
pub fn destination(context: &PageContext, to: &Destination) -> String {
    match to {
        Destination::Advisory { product, id } => context.advisory_href(product.as_str(), id.as_str()),
        Destination::Hotfix { product, id } => context.hotfix_href(product.as_str(), id.as_str()),
        Destination::Product { id } => context.product_href(id.as_str()),
        Destination::Release { product, id } => context.release_href(product.as_str(), id.as_str()),
    }
}

/// What a search found that names no single page.
///
/// # Errors
/// A template that does not fit its view.
pub fn search(
    renderer: &Renderer,
    context: &PageContext,
    (catalogues, q): (&[&Catalogue], &str),
    found: &Found,
) -> Result<String, PageError> {
    let (hits, advisories, hotfixes) = match found {
        Found::Nothing => (&[][..], 0, 0),
        Found::One(one) => (std::slice::from_ref(one), 0, 0),
        Found::Several { destinations, advisories, hotfixes } => {
            (destinations.as_slice(), *advisories, *hotfixes)
        }
    };
    let words = encoded(q);
    let view = SearchView {
        q: q.to_owned(),
        run: context.run.as_ref().map(|run| run.value.clone()),
        asked: !q.trim().is_empty(),
        hits: hits.iter().filter_map(|to| hit(context, catalogues, to)).collect(),
        advisories,
        hotfixes,
        // Words are looked for in every release: a filter by release would hide what was found.
        advisories_href: context.path(format_args!("/advisories?q={words}")),
        hotfixes_href: context.path(format_args!("/hotfixes?q={words}")),
    };
    renderer.page("search.html", &Frame::new(context, "Search".to_owned(), "home"), &view)
}

fn hit(context: &PageContext, catalogues: &[&Catalogue], to: &Destination) -> Option<Hit> {
    let of = |id: &Id| catalogues.iter().find(|one| one.product().id == *id).copied();
    let (what, id, title) = match to {
        Destination::Advisory { product, id } => {
            let one = of(product)?;
            (format!("{} advisory", one.product().name), id, one.advisories().get(id)?.title.clone())
        }
        Destination::Hotfix { product, id } => {
            let one = of(product)?;
            let hotfix = one.hotfixes().get(id)?;
            (
                format!("{} {}", one.product().name, kind(&hotfix.kind).to_lowercase()),
                id,
                hotfix.title.clone(),
            )
        }
        Destination::Product { id } => ("Product".to_owned(), id, of(id)?.product().name.clone()),
        Destination::Release { product, id } => {
            let one = of(product)?;
            (format!("{} release", one.product().name), id, one.product().release(id.as_str())?.name.clone())
        }
    };
    Some(Hit { what, id: id.to_string(), title, href: destination(context, to) })
}
