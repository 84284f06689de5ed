//! "I run": the release that a reader has chosen. It stands in the address, and every link carries it on.

use super::PageError;
use super::context::PageContext;
use crate::model::product::Release;
use crate::model::{Catalogue, suggest};

/// The name of the choice in addresses.
pub(super) const RELEASE: &str = "release";

/// The release that a reader runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The product.
    pub product: String,
    /// The release's id.
    pub release: String,
    /// The release's name.
    pub name: String,
    /// How addresses name it: by its id, or `PRODUCT/ID` where several products have that id.
    pub value: String,
}

impl Run {
    /// The release of a value in an address; a bare id is first looked up in the product of the page.
    ///
    /// # Errors
    /// One that no product has, or that several have.
    pub fn chosen(
        catalogues: &[&Catalogue],
        own: Option<&Catalogue>,
        value: &str,
    ) -> Result<Option<Self>, PageError> {
        if value.is_empty() {
            return Ok(None);
        }
        if let Some((product, id)) = value.split_once('/') {
            let of = catalogues.iter().find(|catalogue| catalogue.product().id == *product);
            let found = of.and_then(|of| Some((*of, of.product().release(id)?)));
            return match found {
                Some((of, release)) => Ok(Some(Self::new(catalogues, of, release))),
                None => Err(unknown(catalogues, own, value)),
            };
        }
        let first = own.and_then(|own| Some((own, own.product().release(value)?)));
        let mut all =
            catalogues.iter().filter_map(|catalogue| Some((*catalogue, catalogue.product().release(value)?)));
        match (first, all.next(), all.next()) {
            (Some((of, release)), ..) | (None, Some((of, release)), None) => {
                Ok(Some(Self::new(catalogues, of, release)))
            }
            (None, Some((one, _)), Some((other, _))) => {
                let [one, other] = [one, other].map(|catalogue| &catalogue.product().id);
                let remedy = format!("Say which: {one}/{value} or {other}/{value}.");
                Err(PageError::Query {
                    detail: format!("Several products have a release “{value}”."),
                    remedy,
                })
            }
            (None, None, _) => Err(unknown(catalogues, own, value)),
        }
    }

    fn new(catalogues: &[&Catalogue], of: &Catalogue, release: &Release) -> Self {
        Self {
            product: of.product().id.to_string(),
            release: release.id.to_string(),
            name: release.name.clone(),
            value: value(catalogues, of, release),
        }
    }
}

/// How addresses name a release.
pub(super) fn value(catalogues: &[&Catalogue], of: &Catalogue, release: &Release) -> String {
    let id = release.id.as_str();
    let others = catalogues.iter().filter(|catalogue| catalogue.product().release(id).is_some()).count();
    if others > 1 { format!("{}/{id}", of.product().id) } else { id.to_owned() }
}

fn unknown(catalogues: &[&Catalogue], own: Option<&Catalogue>, value: &str) -> PageError {
    let of: Vec<&Catalogue> = own.map_or_else(|| catalogues.to_vec(), |own| vec![own]);
    let releases = || of.iter().flat_map(|catalogue| &catalogue.product().releases);
    let known: Vec<&str> = releases().map(|release| release.id.as_str()).collect();
    let near = suggest(value, known.iter().copied()).map(|near| format!("Did you mean {near}? "));
    let detail = match own {
        Some(own) => format!("{} has no release “{value}”.", own.product().name),
        None => format!("No product has a release “{value}”."),
    };
    PageError::Query {
        detail,
        remedy: format!("{}Known are {}.", near.unwrap_or_default(), known.join(", ")),
    }
}

/// The release that the query of a document's page narrows it to; none where it is another product's.
///
/// # Errors
/// A query that asks for anything else.
pub(super) fn own_release<'c>(
    context: &PageContext,
    catalogue: &'c Catalogue,
    query: &[(String, String)],
) -> Result<Option<&'c Release>, PageError> {
    let refuse = |detail: String, remedy: &str| Err(PageError::Query { detail, remedy: remedy.to_owned() });
    let value = match query {
        [] => return Ok(None),
        [(name, value)] if name == RELEASE => value.as_str(),
        [(name, _), ..] if name != RELEASE => {
            return refuse(format!("“{name}” is no filter of this page."), "Known is “release”.");
        }
        _ => return refuse("The page takes one filter, once.".to_owned(), "Ask for one release."),
    };
    let product = catalogue.product();
    match value.split_once('/') {
        _ if value.is_empty() => Ok(None),
        _ if context.run.as_ref().is_some_and(|run| product.id != *run.product) => Ok(None),
        // That another product has it was looked up before.
        Some((other, _)) if product.id != *other => Ok(None),
        Some((_, id)) => product.release(id).map(Some).ok_or_else(|| unknown(&[], Some(catalogue), id)),
        None => product.release(value).map(Some).ok_or_else(|| unknown(&[], Some(catalogue), value)),
    }
}
