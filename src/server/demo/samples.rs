//! The samples, compiled in, and their way through a submission like any other's.

use jiff::{SignedDuration, Timestamp};

use super::founding::later;
use super::keys::DevelopmentKeys;
use crate::model::{Id, Source};
use crate::release::Releases;
use crate::repository::author::{self, Current};
use crate::repository::{Published, documents_of};
use crate::server::run::ServeError;
use crate::trust::PrivateKey;

/// How long the samples are signed for.
const ROLE_LIFE: SignedDuration = SignedDuration::from_hours(24 * author::MAX_ROLE_DAYS);

/// A sample product with its documents.
pub(super) struct Sample {
    pub(super) product: &'static str,
    files: &'static [(&'static str, &'static str)],
}

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../", $name)))),+]
    };
}

/// Every sample.
pub(super) const PRODUCTS: &[Sample] = &[Sample {
    product: "xenserver",
    files: files![
        "samples/first-light/product.toml",
        "samples/first-light/advisories/XS65-TRIM.toml",
        "samples/first-light/hotfixes/XS65E005.toml",
        "samples/first-light/hotfixes/XS65ESP1.toml",
    ],
}];

/// Publishes the samples of which nothing is published yet.
pub(super) fn publish(releases: &Releases, keys: &DevelopmentKeys, now: Timestamp) -> Result<(), ServeError> {
    for sample in PRODUCTS {
        if releases.served().snapshot.products().contains_key(sample.product) {
            continue;
        }
        let sources = sample
            .files
            .iter()
            .map(|(name, text)| Source::from_toml(name, text))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| ServeError::Demo(format!("the samples: {error}")))?;
        if let Some(key) = keys.publishers.get(sample.product) {
            release(releases, sample.product, &sources, key, now)?;
        }
    }
    Ok(())
}

/// Signs documents (none: the role anew), hands them in and releases them.
pub(super) fn release(
    releases: &Releases,
    product: &str,
    changed: &[Source],
    key: &PrivateKey,
    now: Timestamp,
) -> Result<(), ServeError> {
    let failed =
        |error: &dyn std::fmt::Display| ServeError::Demo(format!("the samples of {product}: {error}"));
    let Some(id) = Id::new(product) else { return Ok(()) };
    let state = releases.served();
    let current = state.snapshot.products().get(&id).map(|published| current(&id, published));
    let expires = later(now, ROLE_LIFE);
    let submission = author::submission(&id, current.as_ref(), changed, expires, std::slice::from_ref(key))
        .map_err(|error| failed(&error))?;
    let view = releases.submit(&submission.to_bytes(), "demo", now).map_err(|error| failed(&error))?;
    releases.release(&view.id, None, "demo", now).map(drop).map_err(|error| failed(&error))
}

fn current(product: &Id, published: &Published) -> Current {
    let documents = documents_of(product, &published.targets)
        .filter_map(|(path, _)| Some((path.clone(), published.loaded.documents.get(path)?.clone())));
    Current { targets: published.targets.clone(), digest: published.digest, documents: documents.collect() }
}
