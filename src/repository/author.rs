//! Making a submission: the next version of a product's role, with changed documents put in.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::custom::custom;
use super::paths::Place;
use super::published::{LoadError, read};
use super::submission::{BuiltOn, Submission, SubmittedRole};
use crate::json::Value;
use crate::model::{Catalogue, Document, Id, Mode, Problems, Source};
use crate::trust::{Digest, Envelope, Malformed, PrivateKey, Signed, TargetFile, TargetPath, Targets};

/// The longest that a product's role may be signed for, in days.
pub const MAX_ROLE_DAYS: i64 = 90;

/// A product's role as it is published, verified by whoever hands it over.
#[derive(Debug, Clone)]
pub struct Current {
    /// What the role says.
    pub targets: Targets,
    /// The SHA-256 of its exact bytes.
    pub digest: Digest,
    /// The exact bytes of its documents.
    pub documents: BTreeMap<TargetPath, Arc<[u8]>>,
}

/// Why there is no submission.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AuthorError {
    /// A document breaks rules.
    #[error("{0}")]
    Problems(#[from] Problems),
    /// What is published now cannot be read.
    #[error("what is published now: {0}")]
    Published(LoadError),
    /// Nothing differs from what is published.
    #[error("nothing to sign: every document is published as it is\n  Change one, and raise its revision.")]
    Unchanged,
    /// A document changed under its revision.
    #[error("{file}: revision = {found}: revision {published} is published already, and this text is another\n  Write `revision = {}`.", .published + 1)]
    Revision {
        /// The file.
        file: String,
        /// Its revision.
        found: i64,
        /// The one that is published.
        published: i64,
    },
    /// A document would move to another target path.
    #[error(
        "{file}: {id} stands at {from} and would move to {to}\n  An id names its document at one path for ever: keep its release line, or choose another id."
    )]
    Moved {
        /// The file.
        file: String,
        /// The document's id.
        id: String,
        /// Where it stands.
        from: String,
        /// Where it would.
        to: String,
    },
    /// A file of a hotfix has no length or hash.
    #[error(
        "{file}: the payload {payload} has no bytes or sha256\n  Put the file beside the document, or write both."
    )]
    Payload {
        /// The document's file.
        file: String,
        /// The payload.
        payload: String,
    },
    /// It cannot be signed.
    #[error("{0}")]
    Malformed(#[from] Malformed),
}

/// The catalogue as it will be with the changed documents in it: what lint and server check.
///
/// # Errors
/// Every problem of every document and of the whole.
pub fn overlay(current: Option<&Current>, changed: &[Source]) -> Result<Catalogue, AuthorError> {
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    for (path, bytes) in current.iter().flat_map(|current| &current.documents) {
        let source = Source::from_json(path.as_str(), bytes)?;
        sources.insert(key(&source), source);
    }
    for source in changed {
        sources.insert(key(source), source.clone());
    }
    let duplicate =
        |source: &&Source| sources.get(&key(source)).is_none_or(|kept| kept.file() != source.file());
    let twice: Vec<&Source> = changed.iter().filter(duplicate).collect();
    Ok(Catalogue::read(sources.values().chain(twice), Mode::Strict)?)
}

fn key(source: &Source) -> String {
    let text = |name: &str| source.value().get(name).and_then(Value::as_text).unwrap_or_default();
    match (text("schema"), text("id")) {
        ("", _) | (_, "") => format!("?{}", source.file()),
        (schema, id) => format!("{schema} {id}"),
    }
}

/// Signs the next version of a product's role with the changed documents put in.
///
/// # Errors
/// Documents that break rules, that did not raise their revision, that would move to another path, or of
/// which none differs from what is published.
pub fn submission(
    product: &Id,
    current: Option<&Current>,
    changed: &[Source],
    expires: Timestamp,
    keys: &[PrivateKey],
) -> Result<Submission, AuthorError> {
    submission_above(product, current, changed, 0, expires, keys)
}

/// The same, with a version above `issued`: the highest that was ever issued, where that one is lost.
///
/// # Errors
/// As [`submission`].
pub fn submission_above(
    product: &Id,
    current: Option<&Current>,
    changed: &[Source],
    issued: u64,
    expires: Timestamp,
    keys: &[PrivateKey],
) -> Result<Submission, AuthorError> {
    let catalogue = overlay(current, changed)?;
    let (mut targets, built_on) = match current {
        Some(current) => {
            let version = current.targets.header.version;
            let mut targets = current.targets.clone();
            targets.header.version = version.max(issued).saturating_add(1);
            (targets, Some(BuiltOn { version, sha256: current.digest }))
        }
        None => (Targets::new(issued.saturating_add(1), expires), None),
    };
    targets.header.expires = Timestamp::from_second(expires.as_second()).unwrap_or(expires);
    let mut next = Next { standing: standing(&targets), targets, documents: BTreeMap::new() };
    for source in changed {
        next.put(source, &Document::decode(source, Mode::Strict)?, &catalogue)?;
    }
    let Next { targets, documents, .. } = next;
    if documents.is_empty() && current.is_some() && !changed.is_empty() {
        return Err(AuthorError::Unchanged);
    }
    let mut envelope = Envelope::new(targets.to_value())?;
    keys.iter().for_each(|key| envelope.add_signature(key));
    let metadata = String::from_utf8_lossy(&envelope.to_bytes()).into_owned();
    let role = SubmittedRole { name: product.to_string(), built_on, metadata };
    Ok(Submission { product: product.clone(), roles: vec![role], documents })
}

/// The next version of a role, as documents are put into it.
struct Next {
    /// Where each document stands, by kind and id.
    standing: BTreeMap<(&'static str, Id), Place>,
    targets: Targets,
    documents: BTreeMap<String, String>,
}

fn standing(targets: &Targets) -> BTreeMap<(&'static str, Id), Place> {
    let places = targets.targets.keys().filter_map(|path| Place::parse(path.as_str()));
    places
        .filter_map(|place| {
            let (kind, id) = place.identity()?;
            Some(((kind, id.clone()), place.clone()))
        })
        .collect()
}

impl Next {
    fn put(
        &mut self,
        source: &Source,
        document: &Document,
        catalogue: &Catalogue,
    ) -> Result<(), AuthorError> {
        let Some(place) = Place::of(document, catalogue) else { return Ok(()) };
        let file = || source.file().to_owned();
        if let Some((kind, id)) = place.identity() {
            let stands = self.standing.entry((kind, id.clone())).or_insert_with(|| place.clone());
            if *stands != place {
                let (from, to) = (stands.to_string(), place.to_string());
                return Err(AuthorError::Moved { file: file(), id: id.to_string(), from, to });
            }
        }
        let bytes = source.published_bytes();
        let entry = TargetFile::of(&bytes, Some(custom(document)));
        let path = TargetPath::try_from(place.to_string())
            .map_err(|error| Malformed::new(format_args!("the path {} {}", error.name, error.reason)))?;
        if let Some(published) = self.targets.targets.get(&path) {
            if published.sha256 == entry.sha256 {
                return Ok(());
            }
            let revision = |file: &TargetFile| file.custom.as_ref()?.get("revision").and_then(Value::as_int);
            if let (Some(found), Some(published)) = (revision(&entry), revision(published))
                && found <= published
            {
                return Err(AuthorError::Revision { file: file(), found, published });
            }
        }
        if let (Document::Hotfix(hotfix), Place::Hotfix { product, line, id }) = (document, &place) {
            for payload in hotfix.payloads.iter().flatten() {
                let place = Place::Payload {
                    product: product.clone(),
                    line: line.clone(),
                    id: id.clone(),
                    file: payload.file.clone(),
                };
                let known = payload.bytes.and_then(|bytes| u64::try_from(bytes).ok());
                let sha256 = payload.sha256.as_deref().and_then(|text| text.parse().ok());
                let (Some(length), Some(sha256), Ok(path)) =
                    (known, sha256, TargetPath::try_from(place.to_string()))
                else {
                    return Err(AuthorError::Payload { file: file(), payload: payload.file.to_string() });
                };
                self.targets.targets.insert(path, TargetFile::new(length, sha256, None));
            }
        }
        self.targets.targets.insert(path.clone(), entry);
        self.documents.insert(path.to_string(), String::from_utf8_lossy(&bytes).into_owned());
        Ok(())
    }
}

/// Reads what is published: see [`Current`].
///
/// # Errors
/// Documents that break rules, or that stand where they do not belong.
pub fn check_current(current: &Current) -> Result<Catalogue, AuthorError> {
    read(&current.documents, Mode::Strict).map_err(AuthorError::Published)
}
