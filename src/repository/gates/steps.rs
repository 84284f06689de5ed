//! What each gate asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Step, no};
use crate::model::{Document, Mode, Problems, Source};
use crate::repository::author::MAX_ROLE_DAYS;
use crate::repository::changes::Change;
use crate::repository::custom::custom;
use crate::repository::paths::Place;
use crate::repository::published::{
    LoadError, Loaded, Published, differs, documents_of, load, within_delegation,
};
use crate::repository::snapshot::{Snapshot, delegated_keys};
use crate::repository::submission::{Submission, SubmittedRole};
use crate::trust::{Digest, Envelope, Limits, MetaFile, RoleKeys, Signed, TargetFile, TargetPath, Targets};

/// By how much a publisher's clock may be ahead, in seconds.
const CLOCK_TOLERANCE_SECONDS: i64 = 3_600;

pub(super) fn form(submission: &Submission) -> Step<(&SubmittedRole, Envelope, Targets)> {
    let [role] = submission.roles.as_slice() else {
        return no("a submission has the one role of its product: lines do not have roles of their own yet");
    };
    if role.name != submission.product.as_str() {
        return no(format!("the role {} is not that of the product {}", role.name, submission.product));
    }
    let limits = Limits::default();
    let envelope = Envelope::parse(role.metadata.as_bytes(), &limits)
        .map_err(|error| (format!("the metadata of {}: {error}", role.name), Vec::new()))?;
    let targets = Targets::from_value(envelope.signed().clone(), &limits)
        .map_err(|error| (format!("the metadata of {}: {error}", role.name), Vec::new()))?;
    if envelope.to_bytes() != role.metadata.as_bytes() {
        return no(format!("the metadata of {} is not in canonical form", role.name));
    }
    if targets.delegations.as_ref().is_some_and(|delegations| !delegations.roles.is_empty()) {
        return no("a product's role does not delegate yet: lines do not have roles of their own");
    }
    Ok((role, envelope, targets))
}

pub(super) fn delegation(current: &Snapshot, role: &str) -> Step<RoleKeys> {
    delegated_keys(current.targets(), role).or_else(|_| {
        let known: Vec<&str> = current.product_roles().collect();
        no(format!("nobody is trusted with the product {role}: known are {}", known.join(", ")))
    })
}

pub(super) fn built_on(role: &SubmittedRole, published: Option<&Published>) -> Step<()> {
    let now = published.map(|published| (published.targets.header.version, published.digest));
    let then = role.built_on.as_ref().map(|built_on| (built_on.version, built_on.sha256));
    match (then, now) {
        (then, now) if then == now => Ok(()),
        (_, Some((version, _))) => no(format!(
            "built on another state than the current version {version}: sign the documents again with --server"
        )),
        (_, None) => no("nothing is published of this product yet: sign the documents again with --server"),
    }
}

/// The version that comes next; or the very bytes of one that was issued and lost.
pub(super) fn version(
    role: &SubmittedRole,
    targets: &Targets,
    (current, next): (u64, u64),
    issued: Option<&MetaFile>,
) -> Step<()> {
    let found = targets.header.version;
    let lost = issued.filter(|issued| issued.version > current);
    let again = lost.is_some_and(|lost| {
        lost.version == found && lost.sha256 == Some(Digest::of(role.metadata.as_bytes()))
    });
    match lost {
        _ if found == next || again => Ok(()),
        Some(lost) => no(format!(
            "version {found}, where the next is {next}: {} {} was released and is lost here, and a version is \
             never given out twice. Sign again with --server, the documents of that release among them",
            role.name, lost.version
        )),
        None => no(format!("version {found}, where the next is {next}")),
    }
}

pub(super) fn expiry(targets: &Targets, now: Timestamp) -> Step<()> {
    let expires = targets.header.expires;
    let latest = now
        .checked_add(
            SignedDuration::from_hours(24 * MAX_ROLE_DAYS)
                + SignedDuration::from_secs(CLOCK_TOLERANCE_SECONDS),
        )
        .unwrap_or(Timestamp::MAX);
    if expires <= now {
        return no(format!("expired on {expires}: sign it again"));
    }
    if expires > latest {
        return no(format!("expires on {expires}, which is more than {MAX_ROLE_DAYS} days from now ({now})"));
    }
    Ok(())
}

/// Nothing outside the product, nothing gone, nothing moved.
pub(super) fn paths(
    submission: &Submission,
    delegator: &Targets,
    targets: &Targets,
    published: Option<&Published>,
) -> Step<()> {
    let mut identities = BTreeMap::new();
    for path in targets.targets.keys() {
        let place = Place::parse(path.as_str());
        if place.as_ref().and_then(Place::published_by) != Some(&submission.product) {
            return no(format!("{path} is outside what {} is trusted with", submission.product));
        }
        if let Some((kind, id)) = place.as_ref().and_then(Place::identity)
            && let Some(other) = identities.insert((kind, id.folded()), path)
        {
            return no(format!("{path} and {other} have one id: an id names one document"));
        }
    }
    within_delegation(submission.product.as_str(), delegator, targets)
        .or_else(|error| no(error.to_string()))?;
    let gone = published
        .and_then(|old| old.targets.targets.keys().find(|path| !targets.targets.contains_key(*path)));
    if let Some(path) = gone {
        return no(format!("{path} is published and missing here: withdraw a document, never delete it"));
    }
    let unsigned = submission.documents.keys().find(|path| !targets.targets.contains_key(path.as_str()));
    match unsigned {
        Some(path) => no(format!("the document {path} is not signed: the role does not list it")),
        None => Ok(()),
    }
}

/// Every document that is new or changed is in the submission, as it was signed.
pub(super) fn present(
    submission: &Submission,
    targets: &Targets,
    published: Option<&Published>,
    find: &impl Fn(&TargetPath, &TargetFile) -> Option<Arc<[u8]>>,
) -> Step<()> {
    for (path, file) in documents_of(&submission.product, targets) {
        let kept = published.and_then(|old| old.targets.targets.get(path)) == Some(file);
        match find(path, file) {
            None if !kept => {
                return no(format!("{path} is signed, but its document is not in the submission"));
            }
            None => return no(format!("{path} is published, but its document cannot be read here")),
            Some(bytes) => {
                file.check(&bytes).or_else(|mismatch| no(format!("{path}: {}", differs(&mismatch))))?;
            }
        }
    }
    Ok(())
}

pub(super) fn documents(
    submission: &Submission,
    targets: &Targets,
    published: Option<&Published>,
    holds: Option<&Targets>,
    find: impl Fn(&TargetPath, &TargetFile) -> Option<Arc<[u8]>>,
) -> Step<Loaded> {
    let role = (submission.product.as_str(), targets);
    let loaded = match load(&submission.product, role, holds, find, Mode::Strict) {
        Ok(loaded) => loaded,
        Err(LoadError::Documents(Problems(problems))) => {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            let detail = match problems.len() {
                0 | 1 => first,
                count => format!("{first}\n  And {} more.", count - 1),
            };
            return Err((detail, problems));
        }
        Err(error) => return no(error.to_string()),
    };
    // Not only those that came along: what is said beside a document may change where the document does not.
    for (path, file) in documents_of(&submission.product, targets) {
        if published.and_then(|old| old.targets.targets.get(path)) == Some(file) {
            continue;
        }
        let Some(bytes) = loaded.documents.get(path) else { continue };
        let problem = |Problems(problems)| (path.to_string(), problems);
        let source = Source::from_json(path.as_str(), bytes).map_err(problem)?;
        if source.published_bytes() != **bytes {
            return no(format!("{path} is not canonical JSON"));
        }
        let document = Document::decode(&source, Mode::Strict).map_err(problem)?;
        if file.custom.as_ref() != Some(&custom(&document)) {
            return no(format!("{path}: `custom` beside it says something else than the document"));
        }
    }
    Ok(loaded)
}

pub(super) fn revisions(changes: &[Change]) -> Step<()> {
    let fallen = changes.iter().find(|change| change.from.is_some() && change.to <= change.from);
    match fallen {
        Some(change) => {
            let published = change.from.unwrap_or_default();
            no(format!("{}: revision {published} is published: write a higher one", change.path))
        }
        None => match changes.iter().find(|change| change.kind == "payload" && change.from.is_some()) {
            Some(change) => no(format!("{}: a file that was published is never replaced", change.path)),
            None => Ok(()),
        },
    }
}

/// Files and documents agree, and every file was uploaded.
pub(super) fn payloads(
    targets: &Targets,
    loaded: &Loaded,
    blob: &impl Fn(&Digest) -> Option<u64>,
) -> Step<()> {
    let catalogue = &loaded.catalogue;
    let mut wanted = BTreeSet::new();
    for hotfix in catalogue.hotfixes().values() {
        for payload in hotfix.payloads.iter().flatten() {
            let product = &catalogue.product().id;
            let path = format!("{product}/{}/payload/{}/{}", catalogue.line(hotfix), hotfix.id, payload.file);
            let file = targets.targets.get(path.as_str());
            let length = payload.bytes.and_then(|bytes| u64::try_from(bytes).ok());
            let agree = file.is_some_and(|file| {
                Some(file.length) == length
                    && payload.sha256.as_deref() == Some(file.sha256.to_string().as_str())
            });
            if !agree {
                return no(format!("{path}: the hotfix and the signed role differ about this file"));
            }
            wanted.insert(path);
        }
    }
    for (path, file) in &targets.targets {
        if !matches!(Place::parse(path.as_str()), Some(Place::Payload { .. })) {
            continue;
        }
        // A later revision of a hotfix may drop a file; what was published stays.
        match blob(&file.sha256) {
            Some(length) if length == file.length => {}
            Some(length) => {
                return no(format!("{path}: {length} bytes were uploaded, {} are signed", file.length));
            }
            None if wanted.contains(path.as_str()) => {
                return no(format!(
                    "{path} was not uploaded: `hotfix submit` does it, from beside the documents"
                ));
            }
            None => return no(format!("{path}: no hotfix names this file")),
        }
    }
    Ok(())
}
