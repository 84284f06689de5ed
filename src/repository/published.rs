//! What a product's signed role holds: its documents, each checked against its signed length and hash, and
//! the catalogue that they make. The same on the server and on the host.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::paths::Place;
use crate::json::Value;
use crate::model::{
    Advisory, Catalogue, Document, Id, Mode, Problems, Product, Reading, RoleVersion, Source,
};
use crate::trust::metadata::Mismatch;
use crate::trust::{Digest, KeyId, TargetFile, TargetPath, Targets};

/// The longest document that is read, in bytes.
pub const MAX_DOCUMENT_BYTES: u64 = 1_000_000;

/// The documents of a product with their exact bytes, and their catalogue.
#[derive(Debug)]
pub struct Loaded {
    /// The exact signed bytes, by target path; holds among them.
    pub documents: BTreeMap<TargetPath, Arc<[u8]>>,
    /// What they say.
    pub catalogue: Arc<Catalogue>,
}

/// A product as it is published: its signed role and what it holds.
#[derive(Debug, Clone)]
pub struct Published {
    /// The role.
    pub role: String,
    /// Its exact signed bytes.
    pub bytes: Arc<[u8]>,
    /// Their SHA-256.
    pub digest: Digest,
    /// What they say.
    pub targets: Targets,
    /// The keys whose signatures count.
    pub signed_by: Vec<KeyId>,
    /// The documents.
    pub loaded: Arc<Loaded>,
}

/// Why the documents of a role were not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// One is not there.
    #[error("{path}: the document is signed, but is not there")]
    Missing {
        /// Its target path.
        path: TargetPath,
    },
    /// One is not the one that was signed.
    #[error("{path}: {}", differs(.mismatch))]
    Changed {
        /// Its target path.
        path: TargetPath,
        /// How it differs.
        mismatch: Mismatch,
    },
    /// One is too long to be read.
    #[error("{path}: {length} bytes are more than the {MAX_DOCUMENT_BYTES} that a document may have")]
    TooLong {
        /// Its target path.
        path: TargetPath,
        /// Its signed length.
        length: u64,
    },
    /// One stands where its role may not speak.
    #[error("{path}: is outside the paths that {role} is trusted with")]
    Outside {
        /// The target path.
        path: TargetPath,
        /// The role.
        role: String,
    },
    /// One does not belong where it stands.
    #[error("{path}: holds the document of {belongs}")]
    Misplaced {
        /// The target path.
        path: TargetPath,
        /// Where it belongs.
        belongs: String,
    },
    /// The documents break rules.
    #[error("{0}")]
    Documents(#[from] Problems),
}

impl LoadError {
    /// The target path at fault, where it is one.
    #[must_use]
    pub fn path(&self) -> Option<&TargetPath> {
        match self {
            Self::Missing { path }
            | Self::Changed { path, .. }
            | Self::TooLong { path, .. }
            | Self::Outside { path, .. }
            | Self::Misplaced { path, .. } => Some(path),
            Self::Documents(_) => None,
        }
    }
}

/// Whether all that a product's role lists lies within the paths that it is trusted with.
///
/// # Errors
/// [`LoadError::Outside`] for the first that does not.
pub fn within_delegation(role: &str, delegator: &Targets, targets: &Targets) -> Result<(), LoadError> {
    let delegated = delegator.delegations.as_ref().and_then(|delegations| delegations.role(role));
    let speaks = |path: &TargetPath| delegated.is_some_and(|delegated| delegated.speaks_for(path));
    match targets.targets.keys().find(|path| !speaks(path)) {
        Some(path) => Err(LoadError::Outside { path: path.clone(), role: role.to_owned() }),
        None => Ok(()),
    }
}

/// How bytes differ from what was signed, as a sentence.
pub(super) fn differs(mismatch: &Mismatch) -> String {
    match mismatch {
        Mismatch::Length { wanted, found } => format!("{found} bytes, where {wanted} were signed"),
        Mismatch::Hash { wanted, found } => format!("its SHA-256 is {found}, where {wanted} was signed"),
    }
}

/// The documents that a product's own role lists of it: what a host has to have, beside the holds. Payloads are
/// none, and a hold is only the word of [`HOLDS_ROLE`](super::HOLDS_ROLE): see [`holds_of`].
pub fn documents_of<'t, 'p>(
    product: &'p Id,
    role: &'t Targets,
) -> impl Iterator<Item = (&'t TargetPath, &'t TargetFile)> + use<'t, 'p> {
    role.targets.iter().filter(move |(path, _)| {
        Place::parse(path.as_str())
            .is_some_and(|place| place.is_document() && place.published_by() == Some(product))
    })
}

/// The holds that the role of the holds lists on a product. Whatever else it lists is passed over: its key is
/// the server's, which says nothing in a publisher's place.
pub fn holds_of<'t, 'p>(
    product: &'p Id,
    holds: &'t Targets,
) -> impl Iterator<Item = (&'t TargetPath, &'t TargetFile)> + use<'t, 'p> {
    holds.targets.iter().filter(move |(path, _)| {
        matches!(Place::parse(path.as_str()), Some(Place::Hold { product: of, .. }) if of == *product)
    })
}

/// The documents of a product that its verified role lists and the holds on it, by path: what a catalogue is
/// made of.
#[must_use]
pub fn listed<'t>(
    product: &Id,
    role: &'t Targets,
    holds: Option<&'t Targets>,
) -> Vec<(&'t TargetPath, &'t TargetFile)> {
    let holds = holds.into_iter().flat_map(|holds| holds_of(product, holds));
    let mut out: Vec<_> = documents_of(product, role).chain(holds).collect();
    out.sort_unstable_by_key(|(path, _)| *path);
    out
}

/// Reads the documents of a product from its verified role, and the holds on it where there are any.
/// `fetch` hands over the bytes of a document, which are checked here.
///
/// # Errors
/// A document that is not there, is not the one that was signed, or does not belong at its path; documents
/// that break the rules of a catalogue.
pub fn load(
    product: &Id,
    role: (&str, &Targets),
    holds: Option<&Targets>,
    fetch: impl Fn(&TargetPath, &TargetFile) -> Option<Arc<[u8]>>,
    mode: Mode,
) -> Result<Loaded, LoadError> {
    let mut documents = BTreeMap::new();
    let mut reader = Reader::new(mode);
    for (path, file) in listed(product, role.1, holds) {
        short_enough(path, file)?;
        let bytes = fetch(path, file).ok_or_else(|| LoadError::Missing { path: path.clone() })?;
        reader.take(path, file, &bytes)?;
        documents.insert(path.clone(), bytes);
    }
    Ok(Loaded { documents, catalogue: Arc::new(reader.finish(product, role, holds)?) })
}

/// Whether a document is not longer than is read.
fn short_enough(path: &TargetPath, file: &TargetFile) -> Result<(), LoadError> {
    match file.length {
        length if length > MAX_DOCUMENT_BYTES => Err(LoadError::TooLong { path: path.clone(), length }),
        _ => Ok(()),
    }
}

/// The catalogue of documents that stand at these paths.
pub(super) fn read(documents: &BTreeMap<TargetPath, Arc<[u8]>>, mode: Mode) -> Result<Catalogue, LoadError> {
    let mut reader = Reader::new(mode);
    documents.iter().try_for_each(|(path, bytes)| reader.read(path, bytes))?;
    reader.catalogue()
}

/// Reads documents one by one, and keeps of each what it says, not its bytes.
pub struct Reader {
    reading: Reading<'static>,
    /// Under which line each hotfix stands: which it belongs to can be told once the product is read.
    lines: Vec<(Id, Id)>,
    /// The first document that does not belong at its path, whatever the others say.
    misfit: Option<(TargetPath, Document)>,
    /// How the bytes of a document are read.
    source: fn(&str, &[u8]) -> Result<Source, Problems>,
}

impl Reader {
    /// Nothing read yet.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self { reading: Reading::new(mode), lines: Vec::new(), misfit: None, source: Source::from_json }
    }

    /// The same for a part of a catalogue of which all rules hold, without prose: see [`Reading::part`].
    #[must_use]
    pub(crate) fn part(mode: Mode) -> Self {
        Self { reading: Reading::part(mode), source: Source::without_prose, ..Self::new(mode) }
    }

    /// Takes an advisory that is not read, into a part of a catalogue.
    pub(crate) fn name(&mut self, advisory: Advisory) {
        self.reading.name(advisory);
    }

    /// The product, once its document was read.
    pub(crate) fn product(&self) -> Option<&Product> {
        self.reading.product()
    }

    /// Takes the bytes of a document, if they are those that were signed.
    ///
    /// # Errors
    /// Other bytes, too many of them, and what is no JSON. What else is wrong, [`Reader::finish`] tells.
    pub fn take(&mut self, path: &TargetPath, file: &TargetFile, bytes: &[u8]) -> Result<(), LoadError> {
        short_enough(path, file)?;
        file.check(bytes).map_err(|mismatch| LoadError::Changed { path: path.clone(), mismatch })?;
        self.read(path, bytes)
    }

    /// Takes the bytes of a document that were checked before.
    ///
    /// # Errors
    /// What is no JSON. What else is wrong, [`Reader::finish`] tells.
    pub fn read(&mut self, path: &TargetPath, bytes: &[u8]) -> Result<(), LoadError> {
        let Some(document) = self.reading.take((self.source)(path.as_str(), bytes)?) else {
            return Ok(());
        };
        match (Place::parse(path.as_str()), document) {
            (Some(Place::Product { product }), Document::Product(found)) if found.id == product => {}
            (Some(Place::Advisory { product, id }), Document::Advisory(found))
                if found.id == id && found.product == product => {}
            (Some(Place::Hold { product, id }), Document::Hold(found))
                if found.hotfix == id && found.product == product => {}
            (Some(Place::Hotfix { product, line, id }), Document::Hotfix(found))
                if found.id == id && found.product == product =>
            {
                self.lines.push((id, line));
            }
            (_, document) => {
                self.misfit.get_or_insert_with(|| (path.clone(), document.clone()));
            }
        }
        Ok(())
    }

    /// The catalogue of what was read, as it was listed in these roles.
    ///
    /// # Errors
    /// Documents that break the rules of a catalogue, or do not belong at their path.
    pub fn finish(
        self,
        product: &Id,
        role: (&str, &Targets),
        holds: Option<&Targets>,
    ) -> Result<Catalogue, LoadError> {
        let catalogue = self.catalogue()?;
        let mut roles = vec![RoleVersion { name: role.0.to_owned(), version: role.1.header.version }];
        if let Some(holds) = holds.filter(|holds| holds_of(product, holds).next().is_some()) {
            roles.push(RoleVersion { name: super::HOLDS_ROLE.to_owned(), version: holds.header.version });
        }
        Ok(catalogue.of_roles(roles))
    }

    fn catalogue(self) -> Result<Catalogue, LoadError> {
        let catalogue = self.reading.finish()?;
        let named = |place: Option<Place>| place.map(|place| place.to_string()).unwrap_or_default();
        if let Some((path, document)) = self.misfit {
            return Err(LoadError::Misplaced { path, belongs: named(Place::of(&document, &catalogue)) });
        }
        for (id, line) in self.lines {
            let Some(hotfix) = catalogue.hotfixes().get(&id) else { continue };
            let product = catalogue.product().id.clone();
            let right = catalogue.line(hotfix);
            if line != *right {
                let place = Place::Hotfix { product: product.clone(), line, id: id.clone() };
                let path = TargetPath::try_from(place.to_string()).map_err(|_| Problems(Vec::new()))?;
                let belongs = named(Id::new(right).map(|line| Place::Hotfix { product, line, id }));
                return Err(LoadError::Misplaced { path, belongs });
            }
        }
        Ok(catalogue)
    }
}

/// Documents whose revision falls from one version of a role to the next, each with both revisions; one that
/// is gone, or says none any more, has fallen to 0: what was published is withdrawn, never deleted. A host
/// refuses such a role, unless the keys of its delegation have changed meanwhile.
#[must_use]
pub fn fallen_revisions(old: &Targets, new: &Targets) -> Vec<(TargetPath, i64, i64)> {
    let revision = |file: &TargetFile| file.custom.as_ref()?.get("revision").and_then(Value::as_int);
    let fall = |(path, file): (&TargetPath, &TargetFile)| {
        let from = revision(file)?;
        let to = new.targets.get(path).and_then(revision).unwrap_or(0);
        (to < from).then(|| (path.clone(), from, to))
    };
    old.targets.iter().filter_map(fall).collect()
}
