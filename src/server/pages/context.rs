//! What a page knows beside its document.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::run::{self, Run};
use crate::model::Catalogue;

/// What a page knows beside its document: the moment, where the service is reached, and how old and by whom
/// signed what it shows is.
#[derive(Debug, Clone)]
pub struct PageContext {
    /// The moment at which the page is written.
    pub now: Timestamp,
    /// The path under which the service is reached: empty, or `/hotfixes-of-us` without a final slash.
    pub prefix: String,
    /// The service's public address without the prefix, such as `https://hotfix.example`, where it is
    /// configured: commands name it. Without it they name `$HOTFIX_SERVER`.
    pub origin: Option<String>,
    /// The product roles whose documents are shown.
    pub roles: Vec<Role>,
    /// Of the one document that is shown.
    pub document: Option<DocumentFacts>,
    /// The release that the reader runs.
    pub run: Option<Run>,
    /// What the page lets its reader choose from; `None`: it offers no choice.
    pub place: Option<Place>,
    /// The ids of hotfixes that several products have: their address has to name the product.
    pub shared: Arc<BTreeSet<String>>,
}

/// Where a page stands, so that its frame can offer to choose a release there.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// Its path.
    pub path: String,
    /// Its further parameters, which a choice keeps.
    pub keep: Vec<(String, String)>,
    /// The products with their releases, each as `(value, name)`, newest first.
    pub products: Vec<(String, Vec<(String, String)>)>,
}

/// A signed role as it is served now.
#[derive(Debug, Clone)]
pub struct Role {
    /// Its name, such as `xenserver`.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// When this version was taken in by the service.
    pub signed: Option<Timestamp>,
    /// When it expires.
    pub expires: Timestamp,
    /// The ids of the keys that signed it.
    pub signers: Vec<String>,
}

/// What is known of a document as a signed file.
#[derive(Debug, Clone)]
pub struct DocumentFacts {
    /// Its target path as a host names it, such as `xenserver/advisory/XS65-TRIM.json`.
    pub target: String,
    /// SHA-256 of its exact bytes, in lower-case hex.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// Its revisions that the service holds, in any order.
    pub revisions: Vec<Revision>,
}

/// A revision of a document.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Its number.
    pub revision: i64,
    /// The publisher's date, or when the service took it in.
    pub at: Option<Timestamp>,
    /// SHA-256 of its exact bytes, where it is kept.
    pub sha256: Option<String>,
}

impl Place {
    /// The page at a path, with the parameters that a choice keeps, and every release to choose from.
    #[must_use]
    pub fn of(path: &str, keep: Vec<(String, String)>, catalogues: &[&Catalogue]) -> Self {
        let product = |catalogue: &&Catalogue| {
            let product = catalogue.product();
            let releases = product.releases.iter().rev();
            let choices =
                releases.map(|release| (run::value(catalogues, catalogue, release), release.name.clone()));
            (product.name.clone(), choices.collect())
        };
        Self { path: path.to_owned(), keep, products: catalogues.iter().map(product).collect() }
    }
}

impl PageContext {
    /// A context without prefix, roles and document.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            prefix: String::new(),
            origin: None,
            roles: Vec::new(),
            document: None,
            run: None,
            place: None,
            shared: Arc::default(),
        }
    }

    /// The path of a page or file of the service.
    pub(super) fn path(&self, path: std::fmt::Arguments<'_>) -> String {
        format!("{}{path}", self.prefix)
    }

    /// The address of a page for people: it carries the release that the reader runs.
    pub(super) fn page(&self, path: std::fmt::Arguments<'_>) -> String {
        let path = self.path(path);
        let joiner = if path.contains('?') { '&' } else { '?' };
        match &self.run {
            Some(run) => format!("{path}{joiner}release={}", run.value),
            None => path,
        }
    }

    /// The page of an advisory.
    pub(super) fn advisory_href(&self, product: &str, id: &str) -> String {
        self.page(format_args!("/advisories/{product}/{id}"))
    }

    /// The page of a hotfix.
    pub(super) fn hotfix_href(&self, product: &str, id: &str) -> String {
        self.page(format_args!("/hotfixes/{product}/{id}"))
    }

    /// The page of a hotfix, by the address that people pass on: without the product where the id is enough.
    pub(super) fn hotfix_short_href(&self, product: &str, id: &str) -> String {
        if self.shared.contains(id) {
            self.hotfix_href(product, id)
        } else {
            self.page(format_args!("/hotfixes/{id}"))
        }
    }

    /// The page of a product.
    pub(super) fn product_href(&self, product: &str) -> String {
        self.page(format_args!("/products/{product}"))
    }

    /// The page of a release.
    pub(super) fn release_href(&self, product: &str, id: &str) -> String {
        self.page(format_args!("/products/{product}/releases/{id}"))
    }

    /// The release of a product that the reader runs.
    pub(super) fn runs<'c>(
        &self,
        product: &'c crate::model::Product,
    ) -> Option<&'c crate::model::product::Release> {
        let run = self.run.as_ref().filter(|run| product.id == *run.product)?;
        product.release(&run.release)
    }

    /// The address of the service as commands name it.
    pub(super) fn server(&self) -> String {
        match &self.origin {
            Some(origin) => format!("{origin}{}", self.prefix),
            None => "$HOTFIX_SERVER".to_owned(),
        }
    }
}
