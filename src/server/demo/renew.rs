//! Signing anew what nears its end: a demo has the keys.

use jiff::{SignedDuration, Timestamp};

use super::founding::{ROOT_LIFE, TARGETS_LIFE, later, unsigned};
use super::publish::Publisher;
use crate::server::run::ServeError;
use crate::trust::{Targets, TopRole, author};

/// A root or targets role with no more than this left is signed anew.
const TOP_LEFT: SignedDuration = SignedDuration::from_hours(45 * 24);
/// A product's role with no more than this left is.
const PRODUCT_LEFT: SignedDuration = SignedDuration::from_hours(20 * 24);

/// Signs the root, targets and the sample products anew where they near their end.
pub(super) fn renew(publisher: &Publisher<'_>) -> Result<(), ServeError> {
    let Publisher { releases, keys, now, .. } = *publisher;
    let state = releases.served();
    let due = |expires: Timestamp, left| expires.duration_since(now) <= left;
    let (root, targets) = (state.snapshot.root(), state.snapshot.targets());
    if due(root.header.expires, TOP_LEFT) {
        let next = author::next_root(root, later(now, ROOT_LIFE));
        let signed = author::root(&next, &[&keys.root]).map_err(|error| unsigned(&error))?;
        releases.install(TopRole::Root, signed.to_bytes(), now)?;
    }
    if due(targets.header.expires, TOP_LEFT) {
        let mut next = Targets::new(releases.next_version("targets"), later(now, TARGETS_LIFE));
        next.delegations.clone_from(&targets.delegations);
        let signed = author::targets(&next, &[&keys.targets]).map_err(|error| unsigned(&error))?;
        releases.install(TopRole::Targets, signed.to_bytes(), now)?;
    }
    for product in keys.publishers.keys() {
        let published = state.snapshot.products().get(*product);
        if published.is_some_and(|published| due(published.targets.header.expires, PRODUCT_LEFT)) {
            publisher.release(product, &[])?;
        }
    }
    Ok(())
}
