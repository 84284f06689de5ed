//! The gates of a submission: one list, shared by page, API and command line. All are passed, or nothing
//! of the submission is released.

mod steps;

use std::sync::Arc;

use jiff::Timestamp;

use super::changes::{Change, changes};
use super::published::Published;
use super::snapshot::Snapshot;
use super::submission::Submission;
use crate::model::Problem;
use crate::trust::{Digest, Envelope, KeyId, MetaFile, RoleKeys, Signers, TargetFile, TargetPath};

/// One thing that has to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GateName {
    /// The roles can be read, and are those of the product.
    Form,
    /// `targets` delegates to the role.
    Delegation,
    /// It was built on what is published now.
    Current,
    /// Its version is the next one.
    Version,
    /// Enough of the role's keys signed.
    Signatures,
    /// It expires within the allowed window.
    Expiry,
    /// Every path is of the product, and nothing that was published is gone or moved.
    Paths,
    /// Every document is there, with the length and hash that are signed.
    Targets,
    /// Every document passes every rule of its product.
    Documents,
    /// Revisions rise.
    Revisions,
    /// Every file of a hotfix is there.
    Payloads,
}

impl GateName {
    /// Every gate, in the order in which they are tried.
    pub const ALL: [Self; 11] = [
        Self::Form,
        Self::Delegation,
        Self::Current,
        Self::Version,
        Self::Signatures,
        Self::Expiry,
        Self::Paths,
        Self::Targets,
        Self::Documents,
        Self::Revisions,
        Self::Payloads,
    ];

    /// A stable word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Delegation => "delegation",
            Self::Current => "current",
            Self::Version => "version",
            Self::Signatures => "signatures",
            Self::Expiry => "expiry",
            Self::Paths => "paths",
            Self::Targets => "targets",
            Self::Documents => "documents",
            Self::Revisions => "revisions",
            Self::Payloads => "payloads",
        }
    }
}

/// How a gate was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Passed.
    Passed,
    /// Not yet: something is still to come from somebody.
    Waiting,
    /// Not passed: the submission is refused.
    Failed,
    /// Not tried, since an earlier gate failed on which it stands.
    Untried,
}

/// A gate, how it was met, and what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Which.
    pub name: GateName,
    /// How it was met.
    pub outcome: Outcome,
    /// In words: what was seen, or what is wrong and what to do.
    pub detail: String,
    /// Problems of documents, each with its place.
    pub problems: Vec<Problem>,
}

impl serde::Serialize for Gate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let outcome = match self.outcome {
            Outcome::Passed => "passed",
            Outcome::Waiting => "waiting",
            Outcome::Failed => "failed",
            Outcome::Untried => "untried",
        };
        let mut out = serializer.serialize_struct("Gate", 4)?;
        out.serialize_field("gate", self.name.word())?;
        out.serialize_field("outcome", outcome)?;
        out.serialize_field("detail", &self.detail)?;
        out.serialize_field("problems", &self.problems)?;
        out.end()
    }
}

/// What became of a submission at its gates.
#[derive(Debug, Clone)]
pub struct Review {
    /// Every gate, in order.
    pub gates: Vec<Gate>,
    /// The version of the role that is published now; 0 where there is none.
    pub current_version: u64,
    /// The version that is taken next: above the published one, and above all that were ever issued.
    pub next_version: u64,
    /// Whose signatures count so far.
    pub signers: Option<Signers>,
    /// The keys of the role whose signatures are not there yet.
    pub unsigned_by: Vec<KeyId>,
    /// What it changes.
    pub changes: Vec<Change>,
    /// What would be released; `None` where a gate failed. While signatures are missing it is there too.
    pub staged: Option<Arc<Published>>,
}

impl Review {
    /// The first gate that was failed.
    #[must_use]
    pub fn failed(&self) -> Option<&Gate> {
        self.gates.iter().find(|gate| gate.outcome == Outcome::Failed)
    }

    /// Whether every gate was passed.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.gates.iter().all(|gate| gate.outcome == Outcome::Passed)
    }
}

type Step<T> = Result<T, (String, Vec<Problem>)>;

fn no<T>(detail: impl Into<String>) -> Step<T> {
    Err((detail.into(), Vec::new()))
}

struct Reviewer<'a> {
    current: &'a Snapshot,
    submission: &'a Submission,
    issued: Option<&'a MetaFile>,
    review: Review,
}

/// Tries every gate. `issued` is what was ever issued last of the role, as far as the server knows; `blob` says the length of a file that was uploaded, by its SHA-256; `fetch` hands over
/// documents that are published already.
pub fn review(
    current: &Snapshot,
    submission: &Submission,
    issued: Option<&MetaFile>,
    blob: impl Fn(&Digest) -> Option<u64>,
    fetch: impl Fn(&TargetPath, &TargetFile) -> Option<Arc<[u8]>>,
    now: Timestamp,
) -> Review {
    let published = current.products().get(&submission.product);
    let current_version = published.map_or(0, |published| published.targets.header.version);
    let highest = current_version.max(issued.map_or(0, |issued| issued.version));
    let review = Review {
        gates: Vec::with_capacity(GateName::ALL.len()),
        current_version,
        next_version: highest.saturating_add(1),
        signers: None,
        unsigned_by: Vec::new(),
        changes: Vec::new(),
        staged: None,
    };
    let mut reviewer = Reviewer { current, submission, issued, review };
    let outcome = reviewer.run(published.map(Arc::as_ref), blob, fetch, now);
    let mut review = reviewer.review;
    review.staged = outcome;
    for name in GateName::ALL.into_iter().skip(review.gates.len()) {
        review.gates.push(Gate {
            name,
            outcome: Outcome::Untried,
            detail: String::new(),
            problems: Vec::new(),
        });
    }
    review
}

impl Reviewer<'_> {
    fn run(
        &mut self,
        published: Option<&Published>,
        blob: impl Fn(&Digest) -> Option<u64>,
        fetch: impl Fn(&TargetPath, &TargetFile) -> Option<Arc<[u8]>>,
        now: Timestamp,
    ) -> Option<Arc<Published>> {
        let (role, envelope, targets) = self.gate(GateName::Form, steps::form(self.submission))?;
        let keys = self.gate(GateName::Delegation, steps::delegation(self.current, &role.name))?;
        self.gate(GateName::Current, steps::built_on(role, published))?;
        let versions = (self.review.current_version, self.review.next_version);
        let version = steps::version(role, &targets, versions, self.issued);
        self.gate(GateName::Version, version)?;
        let signers = self.signatures(&envelope, &keys)?;
        self.gate(GateName::Expiry, steps::expiry(&targets, now))?;
        self.gate(
            GateName::Paths,
            steps::paths(self.submission, self.current.targets(), &targets, published),
        )?;
        let find = |path: &TargetPath, file: &TargetFile| match self.submission.documents.get(path.as_str()) {
            Some(text) => Some(Arc::from(text.as_bytes())),
            None => fetch(path, file),
        };
        let there = steps::present(self.submission, &targets, published, &find);
        let loaded = there
            .is_ok()
            .then(|| steps::documents(self.submission, &targets, published, self.current.holds(), find));
        self.gate(GateName::Targets, there)?;
        let loaded = self.gate(GateName::Documents, loaded?)?;
        self.review.changes = changes(published.map(|published| &published.targets), &targets);
        let revisions = steps::revisions(&self.review.changes);
        self.gate(GateName::Revisions, revisions)?;
        self.gate(GateName::Payloads, steps::payloads(&targets, &loaded, &blob))?;
        let bytes: Arc<[u8]> = Arc::from(role.metadata.as_bytes());
        Some(Arc::new(Published {
            role: role.name.clone(),
            digest: Digest::of(&bytes),
            bytes,
            targets,
            signed_by: signers.by.into_iter().collect(),
            loaded: Arc::new(loaded),
        }))
    }

    fn gate<T>(&mut self, name: GateName, step: Step<T>) -> Option<T> {
        let (value, outcome, detail, problems) = match step {
            Ok(value) => (Some(value), Outcome::Passed, String::new(), Vec::new()),
            Err((detail, problems)) => (None, Outcome::Failed, detail, problems),
        };
        self.review.gates.push(Gate { name, outcome, detail, problems });
        value
    }

    /// Enough signatures pass, some wait for more, none is a refusal.
    fn signatures(&mut self, envelope: &Envelope, keys: &RoleKeys) -> Option<Signers> {
        let signers = keys.check(envelope);
        self.review.unsigned_by = keys.keys.keys().filter(|id| !signers.by.contains(*id)).cloned().collect();
        self.review.signers = Some(signers.clone());
        let detail = format!(
            "{} of the {} signatures that are needed, from {} keys",
            signers.by.len(),
            signers.threshold,
            signers.of
        );
        if signers.by.is_empty() {
            let by: Vec<&str> =
                envelope.signatures().iter().map(|signature| signature.keyid.as_str()).collect();
            let by = if by.is_empty() { "nobody".to_owned() } else { by.join(", ") };
            let may: Vec<&str> = keys.keys.keys().map(KeyId::as_str).collect();
            let detail = format!(
                "signed by {by}, and none of these may sign for {}: {} may",
                self.submission.product,
                may.join(", ")
            );
            return self.gate(GateName::Signatures, no(detail));
        }
        let outcome = if signers.enough() { Outcome::Passed } else { Outcome::Waiting };
        self.review.gates.push(Gate { name: GateName::Signatures, outcome, detail, problems: Vec::new() });
        Some(signers)
    }
}
