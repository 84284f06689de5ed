//! `--explain ID`: how an answer came about, and what would settle one that is open.

use super::Error;
use super::check::Checked;
use crate::assess::explain;
pub use crate::assess::explain::Explanation;
use crate::model::{Id, suggest};

/// Explains the answer to one advisory or hotfix.
///
/// # Errors
/// An id that the catalogue does not know.
pub fn explain(checked: &Checked, id: &Id) -> Result<Explanation, Error> {
    let none = || Error::NothingLocal { product: checked.product.clone() };
    let catalogue = &checked.view.as_ref().ok_or_else(none)?.catalogue;
    let explained = explain::explain(catalogue, &checked.inventory, &checked.question, id.as_str());
    explained.ok_or_else(|| {
        let known = catalogue.advisories().keys().chain(catalogue.hotfixes().keys());
        let near = suggest(id.as_str(), known.map(Id::as_str)).map(str::to_owned);
        Error::NoSuchDocument { product: checked.product.clone(), id: id.clone(), near }
    })
}
