//! Catalogues of a size, made from numbers alone: the same ones in every run.

use hotfixd::model::{Id, Source};
use serde_json::{Value, json};

use crate::failure::{At, Result};

/// How large a product is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Hotfixes, spread evenly over the releases.
    pub(crate) hotfixes: usize,
    /// Releases; each reports a version of its own.
    pub(crate) releases: usize,
    /// Advisories, each on one release, fixed by one of its hotfixes.
    pub(crate) advisories: usize,
}

/// A product and its documents.
#[derive(Debug)]
pub(crate) struct Generated {
    /// Its id.
    pub(crate) product: Id,
    shape: Shape,
}

impl Generated {
    /// A product of a shape.
    pub(crate) fn new(product: &str, shape: Shape) -> Result<Self> {
        Ok(Self { product: Id::new(product).at("an id")?, shape })
    }

    /// What hosts of a release report.
    pub(crate) fn version(release: usize) -> String {
        format!("{}.{}.0", release / 10 + 1, release % 10)
    }

    /// Every document, the product first.
    pub(crate) fn documents(&self) -> Result<Vec<Source>> {
        let hotfixes = (0..self.shape.hotfixes).map(|number| self.hotfix(number));
        let advisories = (0..self.shape.advisories).map(|number| self.advisory_of(number));
        let all = std::iter::once(self.product()).chain(hotfixes).chain(advisories);
        all.map(|value| Ok(Source::from_json("generated", value.to_string().as_bytes())?)).collect()
    }

    /// The hotfixes, as they are written.
    pub(crate) fn hotfixes(&self) -> impl Iterator<Item = Value> {
        (0..self.shape.hotfixes).map(|number| self.hotfix(number))
    }

    fn product(&self) -> Value {
        let releases: Vec<Value> = (0..self.shape.releases)
            .map(|release| {
                json!({
                    "id": Self::release_id(release), "name": format!("Release {}", Self::release_id(release)), "line": Self::release_id(release),
                    "channel": "release", "reports": { "version": Self::version(release) },
                })
            })
            .collect();
        json!({
            "schema": "hotfixd/product/1", "id": self.product, "revision": 1, "name": "Generated", "vendor": "Bench",
            "releases": releases,
            "features": [{
                "id": "storage", "name": "Storage",
                "facts": [{ "id": "storage.bytes", "type": "integer", "unit": "bytes", "title": "Largest volume" }],
            }],
        })
    }

    /// Each asks for the one before it of its release, every eighth rolls that up instead, every third has a condition.
    fn hotfix(&self, number: usize) -> Value {
        let releases = self.shape.releases;
        let (release, nth) = (number % releases, number / releases);
        let before: Vec<String> = number.checked_sub(releases).map(Self::hotfix_id).into_iter().collect();
        let rolls_up = nth % 8 == 7;
        let none: Vec<String> = Vec::new();
        let (requires, supersedes) = if rolls_up { (&none, &before) } else { (&before, &none) };
        // As with advisories: that of the same number, which stands on the same release.
        let fixes: Vec<String> =
            (number < self.shape.advisories).then(|| Self::advisory_id(number)).into_iter().collect();
        let mut value = json!({
            "schema": "hotfixd/hotfix/1", "id": Self::hotfix_id(number), "revision": 1, "product": self.product, "kind": "hotfix",
            "title": format!("Volumes of {} may stall when they are extended ({number})", Self::release_id(release)),
            "description": "A volume that was extended while it was being copied could stall until its host was restarted.",
            "releases": [Self::release_id(release)], "requires": requires, "supersedes": supersedes, "conflicts": [],
            "fixes": fixes, "channel": "release", "guidance": [{ "action": "RestartToolstack", "level": "recommended" }],
        });
        if nth % 3 == 2
            && let Some(fields) = value.as_object_mut()
        {
            fields.insert("when".to_owned(), json!({ "fact": "storage.bytes", "gt": 1_000_000 + number }));
        }
        value
    }

    fn advisory_of(&self, number: usize) -> Value {
        let release = Self::release_id(number % self.shape.releases);
        json!({
            "schema": "hotfixd/advisory/1", "id": Self::advisory_id(number), "revision": 1, "product": self.product,
            "title": format!("Volumes of {release} may stall when they are extended ({number})"),
            "category": "stability", "severity": "high",
            "summary": "A volume that was extended while it was being copied could stall.",
            "matrix": [{
                "feature": "*", "releases": [release], "status": "known_affected", "fixed_by": [[Self::hotfix_id(number)]],
            }],
        })
    }

    /// The id of a hotfix.
    pub(crate) fn hotfix_id(number: usize) -> String {
        format!("H{number:06}")
    }

    /// The id of an advisory.
    pub(crate) fn advisory_id(number: usize) -> String {
        format!("A{number:06}")
    }

    /// The id of a release.
    pub(crate) fn release_id(release: usize) -> String {
        format!("{}.{}", release / 10 + 1, release % 10)
    }
}
