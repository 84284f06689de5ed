//! XenServer's history: documents from the facts that were gathered about it.
//!
//! What comes in: the two files of facts, and the documents that were written by hand (the product among
//! them, which states the releases). What goes out: a document for every other row of the product, and the
//! notes on what was decided. A document is written by hand where it lacks the first line [`MADE`]; such a
//! one is kept as it is, and has to agree with the facts. What is decided, and why, stands in `notes.md`.

mod advisory;
mod dates;
mod facts;
mod graph;
mod hotfix;
mod matrix;
mod notes;
mod releases;
mod text;
mod written;

use std::collections::{BTreeMap, BTreeSet};

pub use facts::{Bulletin, Facts, Rating, Row};

use self::graph::Graph;
use self::matrix::Cell;
use crate::model::{Mode, Problems, Product, Source};

/// The first line of every document that the program makes. One without it was written by hand.
pub const MADE: &str =
    "# Made from the facts by `hotfixd import xenserver-facts`. To write it by hand, remove this line.";

/// Why no documents could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of facts cannot be read.
    #[error("{file}: {error}")]
    Json {
        /// The file.
        file: &'static str,
        /// What is wrong.
        error: serde_json::Error,
    },
    /// An id is given twice.
    #[error("{id} is given twice in the facts")]
    Twice {
        /// The id.
        id: String,
    },
    /// A row names another that is not there.
    #[error("{named_by} names {id}, which has no row in the facts")]
    NoRow {
        /// What is named.
        id: String,
        /// By which row.
        named_by: String,
    },
    /// A score is not a number with one digit after the point.
    #[error("{id}: the CVSS score is no number from 0.0 to 10.0")]
    Score {
        /// The bulletin.
        id: String,
    },
    /// The product has no release for a row.
    #[error("{id}: the product has no release for version {version}, branch {branch}")]
    NoRelease {
        /// The row.
        id: String,
        /// Its version.
        version: String,
        /// Its branch.
        branch: String,
    },
    /// A bulletin names a hotfix under a version that its release does not report.
    #[error("{bulletin} names {id} under a version that hosts of its release do not report")]
    OtherVersion {
        /// The bulletin.
        bulletin: String,
        /// The hotfix.
        id: String,
    },
    /// A word of the facts is not known here.
    #[error("{id}: {field} = {value:?} is not known here")]
    Word {
        /// The row.
        id: String,
        /// The field.
        field: &'static str,
        /// The word.
        value: String,
    },
    /// There is no `product.toml` among the documents that were written by hand.
    #[error("product.toml is missing: it states the releases, and is written by hand")]
    NoProduct,
    /// A document that was written by hand is none.
    #[error("{0}")]
    Document(#[from] Problems),
    /// A document that was written by hand says otherwise than the facts.
    #[error("{file}: {field} is {says}, the facts say {facts}")]
    Disagrees {
        /// The document.
        file: String,
        /// The field.
        field: &'static str,
        /// What the document says.
        says: String,
        /// What the facts say.
        facts: String,
    },
}

/// What is known of one product, put together.
struct Plan<'f> {
    facts: &'f Facts,
    product: Product,
    graph: Graph<'f>,
    /// By bulletin; only those that concern the product.
    matrices: BTreeMap<&'f str, Vec<Cell<'f>>>,
    /// By hotfix: the bulletins in whose matrix it is named as a fix.
    fixes: BTreeMap<&'f str, BTreeSet<&'f str>>,
}

/// Makes the documents of a product: `written` are the files that are there already, by their path below
/// the product's folder; the answer is every file as it should be, with what was written by hand unchanged.
///
/// # Errors
/// Facts or documents that cannot be read, contradict one another, or say something that is not known here.
pub fn documents(
    facts: &Facts,
    written: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Error> {
    let by_hand: BTreeMap<&str, &str> = written
        .iter()
        .filter(|(path, text)| path.ends_with(".toml") && !text.starts_with(MADE))
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let product = by_hand.get("product.toml").ok_or(Error::NoProduct)?;
    let product = Product::decode(&Source::from_toml("product.toml", product)?, Mode::Strict)?;
    let plan = Plan::new(facts, product)?;
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    for (id, cells) in &plan.matrices {
        if let Some(bulletin) = facts.bulletins.get(*id) {
            out.insert(format!("advisories/{id}.toml"), advisory::document(&plan, bulletin, cells));
        }
    }
    for row in plan.rows() {
        out.insert(format!("hotfixes/{}.toml", row.id), hotfix::document(&plan, row)?);
    }
    for (path, text) in &by_hand {
        let made = out.insert((*path).to_owned(), (*text).to_owned());
        if let Some(made) = made {
            written::agrees(path, text, &made)?;
        }
    }
    if plan.is_main() {
        out.insert("NOTES.md".to_owned(), notes::text(&plan, &out)?);
    }
    Ok(out)
}

impl<'f> Plan<'f> {
    fn new(facts: &'f Facts, product: Product) -> Result<Self, Error> {
        let graph = Graph::new(facts, &product);
        let main = product.id == *releases::MAIN;
        let mut matrices = BTreeMap::new();
        let mut fixes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for bulletin in facts.bulletins.values() {
            let cells = matrix::cells(facts, &product, &graph, bulletin)?;
            if cells.is_empty() && !main {
                continue;
            }
            for id in cells.iter().flat_map(|cell| &cell.fixed_by) {
                fixes.entry(id).or_default().insert(&bulletin.id);
            }
            matrices.insert(bulletin.id.as_str(), cells);
        }
        Ok(Self { facts, product, graph, matrices, fixes })
    }

    /// The rows of the product.
    fn rows(&self) -> impl Iterator<Item = &'f Row> + use<'_, 'f> {
        self.facts.hotfixes.values().filter(|row| *releases::product_of(row) == *self.product.id.as_str())
    }

    /// Whether this is the product that bulletins without any fix are filed under.
    fn is_main(&self) -> bool {
        self.product.id == *releases::MAIN
    }

    /// The name of a release.
    fn name(&self, release: &str) -> &str {
        self.product.release(release).map_or("another release", |release| &release.name)
    }
}
