//! What lists and the search need of what is served, made once for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::choice::Section;
use super::entry::Entry;
use super::search::{Destination, Exactness};
use crate::model::advisory::Cell;
use crate::model::{Advisory, Catalogue, Hotfix, Id};

/// A product's documents as lists need them.
#[derive(Debug)]
pub struct ProductIndex {
    /// The product.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Who makes it.
    pub vendor: String,
    /// Its releases, oldest first, with their names.
    pub releases: Vec<(Id, String)>,
    pub(super) advisories: Vec<Entry>,
    pub(super) hotfixes: Vec<Entry>,
    /// What an id names, folded, by how well.
    pub(super) exact: BTreeMap<String, BTreeSet<(Exactness, Destination)>>,
}

impl ProductIndex {
    /// Makes it of a catalogue; `served_at` says when the document at a target path was released here.
    #[must_use]
    pub fn of(catalogue: &Catalogue, served_at: impl Fn(&str) -> Option<Timestamp>) -> Self {
        let product = catalogue.product();
        let advisory = |advisory: &Advisory| {
            let path = format!("{}/advisory/{}.json", product.id, advisory.id);
            Entry::of_advisory(catalogue, advisory, served_at(&path))
        };
        let (fixes, superseded) = (fixes(catalogue), superseded(catalogue));
        let hotfix = |hotfix: &Hotfix| {
            let path = format!("{}/{}/hotfix/{}.json", product.id, catalogue.line(hotfix), hotfix.id);
            let fixes = fixes.get(&hotfix.id).map(Vec::as_slice).unwrap_or_default();
            let known = (fixes, superseded.contains(&hotfix.id));
            Entry::of_hotfix(catalogue, hotfix, known, served_at(&path))
        };
        let mut index = Self {
            id: product.id.clone(),
            name: product.name.clone(),
            vendor: product.vendor.clone(),
            releases: product.releases.iter().map(|r| (r.id.clone(), r.name.clone())).collect(),
            advisories: catalogue.advisories().values().map(advisory).collect(),
            hotfixes: catalogue.hotfixes().values().map(hotfix).collect(),
            exact: BTreeMap::new(),
        };
        index.exact = super::search::exact(&index);
        index
    }

    /// Its entries of a list, by id.
    #[must_use]
    pub fn entries(&self, section: Section) -> &[Entry] {
        match section {
            Section::Advisories => &self.advisories,
            Section::Hotfixes => &self.hotfixes,
        }
    }
}

/// The advisories that each hotfix fixes, by its own word or by theirs; the withdrawn count no more.
fn fixes(catalogue: &Catalogue) -> BTreeMap<&Id, Vec<&Advisory>> {
    let mut fixes: BTreeMap<&Id, BTreeMap<&Id, &Advisory>> = BTreeMap::new();
    for advisory in catalogue.advisories().values().filter(|advisory| advisory.withdrawn.is_none()) {
        for id in advisory.matrix.iter().flat_map(Cell::alternatives).flatten() {
            fixes.entry(id).or_default().insert(&advisory.id, advisory);
        }
    }
    fixes.into_iter().map(|(id, advisories)| (id, advisories.into_values().collect())).collect()
}

/// The hotfixes that another one rolls up which is not withdrawn.
fn superseded(catalogue: &Catalogue) -> BTreeSet<&Id> {
    let standing = catalogue.hotfixes().values().filter(|hotfix| hotfix.withdrawn.is_none());
    standing.flat_map(|hotfix| catalogue.rolls_up(hotfix.id.as_str())).collect()
}

/// What is served, as lists need it.
#[derive(Debug, Default)]
pub struct Index {
    pub(super) products: Vec<Arc<ProductIndex>>,
}

impl Index {
    /// Puts products together.
    #[must_use]
    pub fn new(mut products: Vec<Arc<ProductIndex>>) -> Self {
        products.sort_by(|a, b| a.id.cmp(&b.id));
        Self { products }
    }

    /// The products, by id.
    #[must_use]
    pub fn products(&self) -> &[Arc<ProductIndex>] {
        &self.products
    }

    /// Every entry of a list, by product and id.
    pub fn entries(&self, section: Section) -> impl Iterator<Item = &Entry> {
        self.products.iter().flat_map(move |product| product.entries(section))
    }

    /// How many entries a list has in all.
    #[must_use]
    pub fn len(&self, section: Section) -> usize {
        self.products.iter().map(|product| product.entries(section).len()).sum()
    }

    /// The name of a product.
    #[must_use]
    pub fn product_name(&self, id: &str) -> Option<&str> {
        self.products.iter().find(|product| product.id == *id).map(|product| product.name.as_str())
    }

    /// Who makes a product.
    #[must_use]
    pub fn vendor(&self, id: &str) -> Option<&str> {
        self.products.iter().find(|product| product.id == *id).map(|product| product.vendor.as_str())
    }

    /// The name of a release of a product.
    #[must_use]
    pub fn release_name(&self, product: &str, release: &str) -> Option<&str> {
        let product = self.products.iter().find(|known| known.id == *product)?;
        product.releases.iter().find(|(id, _)| id == release).map(|(_, name)| name.as_str())
    }
}
