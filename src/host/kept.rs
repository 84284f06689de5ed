//! The last good state of a product, opened: its metadata verified anew, its documents still on disk.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Error;
use super::holds::shortened;
use super::part::{Part, Roles};
use super::products;
use super::state::{Documents, Memory, State};
use super::view::{View, refused_role, wanted};
use crate::assess::Question;
use crate::model::{Catalogue, Id, Inventory, Mode, Product};
use crate::repository::{HOLDS_ROLE, Reader, listed, within_delegation};
use crate::trust::refresh::{Outcome, open};
use crate::trust::{Limits, Local, TargetPath, TrustedSet};

/// The last good state of a product. Nothing of its documents has been read.
#[derive(Debug)]
pub struct Kept {
    /// The product.
    pub product: Id,
    /// What this host remembers.
    pub memory: Memory,
    /// The metadata, verified whether or not it has expired since.
    pub set: TrustedSet,
    outline: Option<String>,
    documents: Documents,
    /// Where each document stands, once that was asked.
    places: Option<BTreeMap<TargetPath, (u64, u64)>>,
}

impl Kept {
    /// Opens what there is of a product; `None` where there is nothing, or it is damaged.
    ///
    /// # Errors
    /// A state folder that cannot be read.
    pub fn open(state: &State, product: &Id) -> Result<Option<Self>, Error> {
        Self::open_within(state, product, Limits::default())
    }

    /// The same to be read, not to be compared with a newer state: without what the roles say of documents beside
    /// their lengths and digests.
    ///
    /// # Errors
    /// A state folder that cannot be read.
    pub fn open_to_read(state: &State, product: &Id) -> Result<Option<Self>, Error> {
        Self::open_within(state, product, Limits { custom: false, ..Limits::default() })
    }

    fn open_within(state: &State, product: &Id, limits: Limits) -> Result<Option<Self>, Error> {
        let Some(good) = state.good(product)? else { return Ok(None) };
        let mut roles = good.metadata;
        let Some(root) = roles.remove("root") else { return Ok(None) };
        let local =
            Local { root, timestamp: roles.remove("timestamp"), snapshot: roles.remove("snapshot"), roles };
        let outcome = open(local, wanted(product), Timestamp::MIN, limits);
        let Some(Outcome { set, .. }) = outcome
            .ok()
            .filter(|outcome| outcome.failure.is_none() && refused_role(&outcome.roles).is_none())
        else {
            return Ok(None);
        };
        let (product, memory) = (product.clone(), good.memory);
        let (outline, documents) = (good.outline, good.documents);
        Ok(Some(Self { product, memory, set, outline, documents, places: None }))
    }

    /// Reads every document and puts the catalogue together; `None` where one is damaged.
    #[must_use]
    pub fn into_view(mut self) -> Option<View> {
        let product = &self.product;
        let role = &self.set.role(product.as_str())?.metadata;
        within_delegation(product.as_str(), &self.set.role("targets")?.metadata, role).ok()?;
        let holds = self.set.role(HOLDS_ROLE).map(|holds| &holds.metadata);
        let mut reader = Reader::new(Mode::Lenient);
        let mut at = 0;
        for (path, file) in listed(product, role, holds) {
            reader.take(path, file, self.documents.read(at, file.length)?).ok()?;
            at += file.length;
        }
        if at != self.documents.length() {
            return None;
        }
        let catalogue = reader.finish(product, (product.as_str(), role), holds).ok()?;
        let catalogue = shortened(catalogue, &self.memory.hold_ends);
        Some(View { set: self.set, catalogue, memory: self.memory })
    }

    /// Reads the documents that can concern a host, so that an answer about it is that of the whole catalogue; all
    /// of them where it is not known here which these are. `None` where one is damaged.
    #[must_use]
    pub fn into_view_of(mut self, inventory: &Inventory, question: &Question) -> Option<View> {
        let Some(catalogue) = self.part(inventory, question) else { return self.into_view() };
        Some(View { set: self.set, catalogue, memory: self.memory })
    }

    /// The catalogue as far as it can concern a host that is asked about; `None` where it is not known here which
    /// documents these are, or one of them is damaged.
    pub fn part(&mut self, inventory: &Inventory, question: &Question) -> Option<Catalogue> {
        let roles = Roles::of(&self.product, &self.set)?;
        let part = Part::of(roles, self.outline.as_deref()?, self.documents.length())?;
        let catalogue = part.read(&mut self.documents, inventory, question.narrowed())?;
        Some(shortened(catalogue, &self.memory.hold_ends))
    }

    /// The document of the product itself, verified.
    pub fn product_document(&mut self) -> Option<Product> {
        let path = TargetPath::try_from(format!("{}/product.json", self.product)).ok()?;
        let file = self.set.role(self.product.as_str())?.metadata.targets.get(&path)?.clone();
        let name = self.product.to_string();
        let bytes = self.document(&path).filter(|bytes| file.check(bytes).is_ok())?;
        products::decoded(&name, &path, bytes)
    }

    /// The bytes that stand here for a document. Whoever takes them checks them.
    pub fn document(&mut self, path: &TargetPath) -> Option<&[u8]> {
        if self.places.is_none() {
            self.places = Some(places(&self.product, &self.set));
        }
        let (at, length) = *self.places.as_ref()?.get(path)?;
        self.documents.read(at, length)
    }
}

fn places(product: &Id, set: &TrustedSet) -> BTreeMap<TargetPath, (u64, u64)> {
    let metadata = |role: &str| set.role(role).map(|role| &role.metadata);
    let Some(role) = metadata(product.as_str()) else { return BTreeMap::new() };
    let mut next = 0_u64;
    let place = |(path, file): (&TargetPath, &crate::trust::TargetFile)| {
        let at = next;
        next = next.saturating_add(file.length);
        (path.clone(), (at, file.length))
    };
    listed(product, role, metadata(HOLDS_ROLE)).into_iter().map(place).collect()
}
