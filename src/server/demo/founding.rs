//! The first root and targets of a demo.

use jiff::{SignedDuration, Timestamp};

use super::keys::DevelopmentKeys;
use crate::model::Id;
use crate::release::{Founding, Releases};
use crate::repository::{HOLDS_ROLE, delegated_paths};
use crate::server::run::ServeError;
use crate::trust::author::{self, AuthorError};
use crate::trust::{Delegations, PrivateKey, PublicKey, Root, Targets, TopRole};

/// How long the root is good for.
pub(super) const ROOT_LIFE: SignedDuration = SignedDuration::from_hours(365 * 24);
/// How long targets are good for.
pub(super) const TARGETS_LIFE: SignedDuration = SignedDuration::from_hours(180 * 24);

/// A root that is marked as one of development, and targets of this version that delegate to the holds and to each sample
/// product.
pub(super) fn founding(keys: &DevelopmentKeys, version: u64, now: Timestamp) -> Result<Founding, ServeError> {
    let online = keys.online();
    let mut root = Root::new(1, later(now, ROOT_LIFE));
    root.set_development(true);
    root.set_role(TopRole::Root, &[keys.root.public()], 1);
    root.set_role(TopRole::Targets, &[keys.targets.public()], 1);
    root.set_role(TopRole::Snapshot, &[online.snapshot.public()], 1);
    root.set_role(TopRole::Timestamp, &[online.timestamp.public()], 1);
    let mut delegations = Delegations::default();
    let holds = format!("{HOLDS_ROLE}/*/*");
    delegations.set_role(HOLDS_ROLE, &[keys.holds.public()], 1, true, &[&holds]);
    delegate(&mut delegations, keys);
    let targets =
        Targets { delegations: Some(delegations), ..Targets::new(version, later(now, TARGETS_LIFE)) };
    Ok(Founding {
        root: author::root(&root, &[&keys.root]).map_err(|error| unsigned(&error))?.to_bytes(),
        targets: author::targets(&targets, &[&keys.targets]).map_err(|error| unsigned(&error))?.to_bytes(),
    })
}

/// Delegates to the publishers of sample products that targets of an earlier demo do not know.
pub(super) fn delegate_missing(
    releases: &Releases,
    keys: &DevelopmentKeys,
    now: Timestamp,
) -> Result<(), ServeError> {
    let state = releases.served();
    let targets = state.snapshot.targets();
    let mut delegations = targets.delegations.clone().unwrap_or_default();
    if delegate(&mut delegations, keys) == 0 {
        return Ok(());
    }
    let next = Targets {
        delegations: Some(delegations),
        ..Targets::new(releases.next_version("targets"), later(now, TARGETS_LIFE))
    };
    let signed = author::targets(&next, &[&keys.targets]).map_err(|error| unsigned(&error))?;
    Ok(releases.install(TopRole::Targets, signed.to_bytes(), now)?)
}

/// Delegates to publishers who are not known yet, and says to how many.
fn delegate(delegations: &mut Delegations, keys: &DevelopmentKeys) -> usize {
    let mut added = 0;
    for (product, (keys, threshold)) in &keys.publishers {
        if delegations.role(product).is_none() {
            let paths = Id::new(product).map(|id| delegated_paths(&id)).unwrap_or_default();
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            let keys: Vec<PublicKey> = keys.iter().map(PrivateKey::public).collect();
            delegations.set_role(product, &keys, u64::try_from(*threshold).unwrap_or(1), true, &paths);
            added += 1;
        }
    }
    added
}

pub(super) fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

pub(super) fn unsigned(error: &AuthorError) -> ServeError {
    ServeError::Demo(format!("the development metadata cannot be signed: {error}"))
}
