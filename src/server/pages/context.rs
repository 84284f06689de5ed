//! What a page knows beside its document.

use jiff::Timestamp;

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

impl PageContext {
    /// A context without prefix, roles and document.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { now, prefix: String::new(), origin: None, roles: Vec::new(), document: None }
    }

    /// The path of a page or file of the service.
    pub(super) fn path(&self, path: std::fmt::Arguments<'_>) -> String {
        format!("{}{path}", self.prefix)
    }

    /// The page of an advisory.
    pub(super) fn advisory_href(&self, product: &str, id: &str) -> String {
        self.path(format_args!("/advisories/{product}/{id}"))
    }

    /// The page of a hotfix.
    pub(super) fn hotfix_href(&self, product: &str, id: &str) -> String {
        self.path(format_args!("/hotfixes/{product}/{id}"))
    }

    /// The address of the service as commands name it.
    pub(super) fn server(&self) -> String {
        match &self.origin {
            Some(origin) => format!("{origin}{}", self.prefix),
            None => "$HOTFIX_SERVER".to_owned(),
        }
    }
}
