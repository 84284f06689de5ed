//! Remembering holds: one hold for each revision of a hotfix, and a later version of it may only end it
//! sooner. Whoever has the server's online keys can so delay a fix once, and not again and again.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::{Catalogue, Hold};

/// When the hold on each revision of a hotfix ends at the latest, as far as it was seen here: by
/// `HOTFIX@REVISION`.
pub type Ends = BTreeMap<String, Timestamp>;

/// What is known, with what this catalogue says: the earlier end of each hold.
#[must_use]
pub fn remembered(known: &Ends, catalogue: &Catalogue) -> Ends {
    let mut ends = known.clone();
    for hold in catalogue.holds() {
        let end = ends.entry(key(hold)).or_insert_with(|| hold.ends());
        *end = hold.ends().min(*end);
    }
    ends
}

/// The catalogue with no hold ending later than is remembered.
#[must_use]
pub fn shortened(catalogue: Catalogue, ends: &Ends) -> Catalogue {
    let shorten = |hold: &Hold| {
        let mut hold = hold.clone();
        hold.until = ends.get(&key(&hold)).map_or(hold.until, |end| hold.until.min(*end));
        hold
    };
    let holds = catalogue.holds().iter().map(shorten).collect();
    catalogue.with_holds(holds)
}

fn key(hold: &Hold) -> String {
    format!("{}@{}", hold.hotfix, hold.hotfix_revision)
}
