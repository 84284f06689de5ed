//! The pages for admins: pure functions from documents to HTML, without a request, a clock or a database.
//!
//! A page's order is the order of an admin's questions: is it serious, does it touch me, what do I do. What a
//! document leaves out is shown as *not stated*, never as none. All text of a document is escaped by the
//! templates; Markdown goes through `markdown`, the only text that they take as HTML.

mod advisory;
mod check;
mod context;
mod difference;
mod docs;
mod frame;
mod graph;
mod home;
mod hotfix;
mod layered;
mod lines;
mod list;
mod markdown;
mod matrix;
mod product;
mod proof;
mod release;
mod revision;
mod run;
mod search;
mod standing;
mod timeline;
mod todo;
mod words;

pub use advisory::advisory;
pub use check::{
    CheckAsked, CheckInput, Indexes, Moment, check, check_answer, check_form, check_refused, refused_day,
};
pub use context::{DocumentFacts, PageContext, Place, Revision, Role};
pub use docs::docs;
pub use frame::{STYLE, style_path};
pub use home::{Batch, Candidate, Changed, Failure, choose, error, home};
pub use hotfix::hotfix;
pub use list::{ListAsked, list};
pub use product::product;
pub use release::release;
pub use revision::{DocumentName, RevisionFacts, SignatureFacts, Signing, changed, revision, revisions};
pub use run::Run;
pub use search::{destination, search};

use tera::Tera;

/// Names and texts of the templates. Undefined names in them are errors, and `.html` is escaped.
const TEMPLATES: [(&str, &str); 21] = [
    ("base.html", include_str!("../../../templates/base.html")),
    ("parts.html", include_str!("../../../templates/parts.html")),
    ("proof.html", include_str!("../../../templates/proof.html")),
    ("home.html", include_str!("../../../templates/home.html")),
    ("difference.html", include_str!("../../../templates/difference.html")),
    ("revision.html", include_str!("../../../templates/revision.html")),
    ("revisions.html", include_str!("../../../templates/revisions.html")),
    ("list.html", include_str!("../../../templates/list.html")),
    ("search.html", include_str!("../../../templates/search.html")),
    ("product.html", include_str!("../../../templates/product.html")),
    ("release.html", include_str!("../../../templates/release.html")),
    ("advisory.html", include_str!("../../../templates/advisory.html")),
    ("hotfix.html", include_str!("../../../templates/hotfix.html")),
    ("check.html", include_str!("../../../templates/check.html")),
    ("check-form.html", include_str!("../../../templates/check-form.html")),
    ("answer.html", include_str!("../../../templates/answer.html")),
    ("plan.html", include_str!("../../../templates/plan.html")),
    ("questions.html", include_str!("../../../templates/questions.html")),
    ("choose.html", include_str!("../../../templates/choose.html")),
    ("docs.html", include_str!("../../../templates/docs.html")),
    ("error.html", include_str!("../../../templates/error.html")),
];

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The query of the URL asks for what the page does not know: status 400.
    #[error("{detail}")]
    Query {
        /// What is wrong with it.
        detail: String,
        /// What would be right.
        remedy: String,
    },
    /// A template and its view disagree: status 500. Its text is for the log, not for the reader.
    #[error("a page could not be written: {0}")]
    Template(#[from] tera::Error),
}

impl PageError {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Query { .. } => 400,
            Self::Template(_) => 500,
        }
    }

    /// Title, detail and remedy for [`error()`]: nothing of the inside.
    #[must_use]
    pub fn for_reader(&self) -> (&'static str, &str, &str) {
        match self {
            Self::Query { detail, remedy } => ("This address asks for something unknown", detail, remedy),
            Self::Template(_) => (
                "This page could not be written",
                "Something is wrong inside the service; nothing is lost.",
                "Try again, and give the administrator the number below if it stays.",
            ),
        }
    }
}

/// The templates, parsed once.
#[derive(Debug)]
pub struct Renderer {
    tera: Tera,
}

impl Renderer {
    /// Parses the templates.
    ///
    /// # Errors
    /// A template that does not parse: a build that is wrong, found at start.
    pub fn new() -> Result<Self, PageError> {
        let mut tera = Tera::default();
        tera.add_raw_templates(TEMPLATES)?;
        Ok(Self { tera })
    }

    /// Writes a page: the frame and the page's own view.
    fn page<V: serde::Serialize>(
        &self,
        template: &str,
        frame: &frame::Frame,
        view: &V,
    ) -> Result<String, PageError> {
        let mut context = tera::Context::new();
        context.insert("frame", frame);
        context.insert("view", view);
        Ok(self.tera.render(template, &context)?)
    }
}
