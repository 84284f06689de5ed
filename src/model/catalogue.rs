//! The catalogue: all documents of one product, with the rules over the whole set passed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::problem::{Level, Problem, Problems};
use super::reach::{Closure, Reached};
use super::source::{Document, Origin, Source};
use super::{Advisory, Hold, Hotfix, Id, Mode, Product, rules};

/// The version of a signed role that a catalogue was made from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RoleVersion {
    /// The role.
    pub name: String,
    /// Its version.
    pub version: u64,
}

/// A catalogue of which the documents come one by one, so that no more than one need be at hand as it came.
#[derive(Debug)]
pub struct Reading<'a> {
    mode: Mode,
    documents: Vec<(Cow<'a, Origin>, Document)>,
    problems: Vec<Problem>,
    /// In a part of a catalogue: the advisories that are not read.
    named: Option<Vec<Advisory>>,
}

impl<'a> Reading<'a> {
    /// None yet.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self { mode, documents: Vec::new(), problems: Vec::new(), named: None }
    }

    /// The same for a part of a catalogue. Its rules held when all of it was read: what a document refers to may be
    /// missing here, and a hold on what is missing is left out.
    #[must_use]
    pub(crate) fn part(mode: Mode) -> Self {
        Self { named: Some(Vec::new()), ..Self::new(mode) }
    }

    /// Takes an advisory that is not read, into a part of a catalogue.
    pub(crate) fn name(&mut self, advisory: Advisory) {
        self.named.get_or_insert_default().push(advisory);
    }

    /// The product, once its document was read.
    pub(crate) fn product(&self) -> Option<&Product> {
        self.documents.iter().find_map(|(_, document)| match document {
            Document::Product(product) => Some(product),
            _ => None,
        })
    }

    /// Reads a document, and keeps where it comes from by reference.
    pub fn add(&mut self, source: &'a Source) {
        let decoded = Document::decode(source, self.mode);
        self.keep(Cow::Borrowed(source.origin()), decoded);
    }

    /// Reads a document and gives it back; `None` where it has problems, which [`Reading::finish`] tells.
    pub fn take(&mut self, source: Source) -> Option<&Document> {
        let decoded = Document::decode(&source, self.mode);
        self.keep(Cow::Owned(source.into_origin()), decoded)
    }

    fn keep(&mut self, origin: Cow<'a, Origin>, decoded: Result<Document, Problems>) -> Option<&Document> {
        match decoded {
            Ok(document) => self.documents.push((origin, document)),
            Err(Problems(found)) => {
                self.problems.extend(found);
                return None;
            }
        }
        self.documents.last().map(|(_, document)| document)
    }

    /// The catalogue of the documents.
    ///
    /// # Errors
    /// As [`Catalogue::read`].
    pub fn finish(self) -> Result<Catalogue, Problems> {
        if !self.problems.is_empty() {
            return Err(Problems(self.problems));
        }
        let (problems, set) = match self.named {
            Some(named) => rules::part(self.documents, named),
            None => rules::check(self.documents, self.mode),
        };
        let (errors, warnings): (Vec<_>, Vec<_>) =
            problems.into_iter().partition(|problem| problem.level == Level::Error);
        match set {
            Some(set) if errors.is_empty() => Ok(Catalogue::index(set, warnings)),
            _ => Err(Problems(errors)),
        }
    }
}

/// All documents of one product. It refers to nothing that does not exist.
#[derive(Debug, Clone)]
pub struct Catalogue {
    product: Product,
    advisories: BTreeMap<Id, Advisory>,
    hotfixes: BTreeMap<Id, Hotfix>,
    by_uuid: BTreeMap<String, Id>,
    rolls_up: Closure,
    conflicts: BTreeMap<Id, BTreeSet<Id>>,
    holds: Vec<Hold>,
    roles: Vec<RoleVersion>,
    warnings: Vec<Problem>,
}

impl Catalogue {
    /// Reads documents and puts them together.
    ///
    /// # Errors
    /// Every problem of every document; where there is none, every rule over the whole set that is broken.
    /// Exactly one product has to be among them, and every other document has to be of it.
    pub fn read<'a>(sources: impl IntoIterator<Item = &'a Source>, mode: Mode) -> Result<Self, Problems> {
        let mut reading = Reading::new(mode);
        for source in sources {
            reading.add(source);
        }
        reading.finish()
    }

    /// The catalogue of a set whose rules hold.
    pub(super) fn of_set(set: rules::Set) -> Self {
        Self::index(set, Vec::new())
    }

    fn index(set: rules::Set, warnings: Vec<Problem>) -> Self {
        let rules::Set { product, advisories, hotfixes, holds, rolls_up, conflicts } = set;
        let by_uuid =
            hotfixes.values().filter_map(|hotfix| Some((hotfix.uuid.clone()?, hotfix.id.clone()))).collect();
        Self {
            product,
            advisories,
            hotfixes,
            by_uuid,
            rolls_up,
            conflicts,
            holds,
            roles: Vec::new(),
            warnings,
        }
    }

    /// The same catalogue, said to be made from these roles.
    #[must_use]
    pub fn of_roles(mut self, roles: Vec<RoleVersion>) -> Self {
        self.roles = roles;
        self
    }

    /// The same catalogue with other holds on the same hotfixes, for a host that remembers earlier ones.
    #[must_use]
    pub fn with_holds(mut self, holds: Vec<Hold>) -> Self {
        self.holds = holds;
        self
    }

    /// The product.
    #[must_use]
    pub fn product(&self) -> &Product {
        &self.product
    }

    /// The advisories by id, withdrawn ones among them.
    #[must_use]
    pub fn advisories(&self) -> &BTreeMap<Id, Advisory> {
        &self.advisories
    }

    /// The hotfixes by id, withdrawn ones among them.
    #[must_use]
    pub fn hotfixes(&self) -> &BTreeMap<Id, Hotfix> {
        &self.hotfixes
    }

    /// The hotfix that a host names by id or, in any case, by UUID.
    #[must_use]
    pub fn find_hotfix(&self, name: &str) -> Option<&Hotfix> {
        self.hotfixes.get(name).or_else(|| self.hotfixes.get(self.by_uuid.get(&name.to_ascii_lowercase())?))
    }

    /// All that a hotfix rolls up, transitively, without itself.
    #[must_use]
    pub fn rolls_up(&self, id: &str) -> Reached<'_> {
        self.rolls_up.from(id)
    }

    /// All that a hotfix must not be installed beside, whoever of the two says so. It may name hotfixes
    /// that are not published.
    #[must_use]
    pub fn conflicts(&self, id: &str) -> &BTreeSet<Id> {
        static NONE: BTreeSet<Id> = BTreeSet::new();
        self.conflicts.get(id).unwrap_or(&NONE)
    }

    /// The holds.
    #[must_use]
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// The roles that it was made from.
    #[must_use]
    pub fn roles(&self) -> &[RoleVersion] {
        &self.roles
    }

    /// What somebody should look at.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The release line under which a hotfix is filed: that of its releases, or `any` where it spans lines.
    #[must_use]
    pub fn line(&self, hotfix: &Hotfix) -> &str {
        let mut lines =
            hotfix.releases.iter().filter_map(|id| self.product.release(id.as_str())).map(|r| &r.line);
        match lines.next() {
            Some(first) if lines.all(|line| line == first) => first.as_str(),
            _ => "any",
        }
    }
}
