//! The one search box: any id leads to its page, anything else to a list.

use std::collections::{BTreeMap, BTreeSet};

use super::choice::Section;
use super::entry::Entry;
use super::fold;
use super::index::{Index, ProductIndex};
use super::query::Query;
use crate::model::Id;

/// How well a text names something; the best alone counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exactness {
    /// It is its own id or UUID.
    Own,
    /// It is a name of it.
    Name,
    /// It is an id that it refers to: a CVE, an incident, an article, a file.
    Reference,
}

/// A page to go to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// An advisory.
    Advisory {
        /// Its product.
        product: Id,
        /// Its id.
        id: Id,
    },
    /// A hotfix.
    Hotfix {
        /// Its product.
        product: Id,
        /// Its id.
        id: Id,
    },
    /// A product.
    Product {
        /// Its id.
        id: Id,
    },
    /// A release of a product.
    Release {
        /// The product.
        product: Id,
        /// Its id.
        id: Id,
    },
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// The text is an id of this alone.
    One(Destination),
    /// The text is an id of several, or names none but these hold its words; products and releases first.
    Several {
        /// So many of them, each list's newest first.
        destinations: Vec<Destination>,
        /// How many advisories hold the words.
        advisories: usize,
        /// How many hotfixes do.
        hotfixes: usize,
    },
}

impl Destination {
    pub(super) fn of(entry: &Entry) -> Self {
        let (product, id) = (entry.product.clone(), entry.id.clone());
        match entry.section {
            Section::Advisories => Self::Advisory { product, id },
            Section::Hotfixes => Self::Hotfix { product, id },
        }
    }
}

impl Index {
    /// Looks for a text: an id or UUID in any case, a CVE, an incident, an article such as CTX142141, a
    /// product, a release; else for its words. At most `most` are listed.
    #[must_use]
    pub fn search(&self, text: &str, most: u32) -> Found {
        if fold::words(text).next().is_none() {
            return Found::Nothing;
        }
        let folded = text.trim().to_lowercase();
        let named: BTreeSet<&(Exactness, Destination)> =
            self.products.iter().filter_map(|product| product.exact.get(&folded)).flatten().collect();
        let best = named.first().map(|(exactness, _)| *exactness);
        let best: Vec<&Destination> =
            named.iter().filter(|(exactness, _)| Some(*exactness) == best).map(|(_, page)| page).collect();
        if let [one] = best.as_slice() {
            return Found::One((*one).clone());
        }
        let pairs = [("q".to_owned(), folded), ("limit".to_owned(), most.to_string())];
        let lists = Section::ALL.map(|section| Query::parse(self, section, &pairs, most).ok());
        let pages: Vec<_> = lists.iter().flatten().map(|query| self.page(query)).collect();
        let rows = pages.iter().flat_map(|page| &page.rows).map(|row| Destination::of(row.entry));
        let mut destinations: Vec<Destination> = best.into_iter().cloned().collect();
        for found in rows {
            if !destinations.contains(&found) {
                destinations.push(found);
            }
        }
        destinations.truncate(most as usize);
        let count = |at: usize| pages.get(at).map_or(0, |page| page.total);
        if destinations.is_empty() {
            Found::Nothing
        } else {
            Found::Several { destinations, advisories: count(0), hotfixes: count(1) }
        }
    }
}

/// What each id of a product names.
pub(super) fn exact(index: &ProductIndex) -> BTreeMap<String, BTreeSet<(Exactness, Destination)>> {
    let mut exact: BTreeMap<String, BTreeSet<(Exactness, Destination)>> = BTreeMap::new();
    let mut add = |name: String, exactness, destination: &Destination| {
        exact.entry(name).or_default().insert((exactness, destination.clone()));
    };
    let product = Destination::Product { id: index.id.clone() };
    add(index.id.folded(), Exactness::Own, &product);
    add(index.name.to_lowercase(), Exactness::Name, &product);
    for (id, name) in &index.releases {
        let release = Destination::Release { product: index.id.clone(), id: id.clone() };
        add(id.folded(), Exactness::Own, &release);
        add(format!("{}/{}", index.id, id).to_lowercase(), Exactness::Own, &release);
        add(format!("{} {}", index.id, id).to_lowercase(), Exactness::Own, &release);
        add(name.to_lowercase(), Exactness::Name, &release);
    }
    for entry in index.advisories.iter().chain(&index.hotfixes) {
        let document = Destination::of(entry);
        add(entry.folded_id.clone(), Exactness::Own, &document);
        if let Some(uuid) = &entry.uuid {
            add(uuid.clone(), Exactness::Own, &document);
        }
        for id in entry.also.iter().filter(|id| fold::words(id).next().is_some()) {
            add(id.clone(), Exactness::Reference, &document);
        }
    }
    exact
}
