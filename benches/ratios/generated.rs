//! Catalogues of any size, and a host to ask about: made from numbers alone, the same every time.
//!
//! They are like those of an appliance that is kept up for years: releases of ten or of sixty hotfixes, most of which
//! install on the next release too; hotfixes that require and roll up earlier ones of their release; further
//! conditions on a seventh of them; half as many advisories as hotfixes, each with a cell for three releases.

use std::sync::Arc;

use hotfixd::model::{Catalogue, Inventory, Mode, Source};
use serde_json::{Value, json};

use crate::failure::{At, Failure, Result};

/// How large a catalogue is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) hotfixes: usize,
    pub(crate) releases: usize,
}

/// Numbers that look random, the same for a seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound.max(1) as u64).unwrap_or_default()
    }

    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// The id of a release.
fn release(number: usize) -> String {
    format!("{}.{}", 1 + number / 10, number % 10)
}

impl Size {
    /// Hotfixes of each release.
    fn each(self) -> usize {
        self.hotfixes / self.releases
    }

    /// The id of a hotfix by the release that it was made for and its place there.
    fn hotfix(self, of: usize, place: usize) -> String {
        format!("EX{of:05}E{place:03}")
    }

    /// The documents, as a publisher writes them, the product first.
    pub(crate) fn documents(self) -> Vec<Source> {
        let chance = &mut Chance(self.hotfixes as u64);
        let mut out = vec![self.product()];
        for of in 0..self.releases {
            for place in 0..self.each() {
                out.push(self.hotfix_document(chance, of, place));
            }
        }
        out.extend((0..self.hotfixes / 2).map(|number| self.advisory(chance, number)));
        let name = |value: &Value| value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let source = |value: Value| Source::from_json(&name(&value), value.to_string().as_bytes());
        out.into_iter().filter_map(|value| source(value).ok()).collect()
    }

    /// The same with the rules passed.
    pub(crate) fn catalogue(self) -> Result<Arc<Catalogue>> {
        let read = Catalogue::read(&self.documents(), Mode::Strict).map_err(Failure::new)?;
        if read.hotfixes().len() != self.hotfixes {
            return Err(Failure::new("some of the generated documents could not be read"));
        }
        Ok(Arc::new(read))
    }

    fn product(self) -> Value {
        let releases: Vec<Value> = (0..self.releases)
            .map(|number| {
                let id = release(number);
                json!({ "id": id, "name": format!("Example Appliance {id}"), "line": format!("{}", 1 + number / 10),
                    "reports": { "version": format!("{id}.0") } })
            })
            .collect();
        json!({
            "schema": "hotfixd/product/1", "id": "example", "revision": 1, "name": "Example Appliance",
            "vendor": "Example", "releases": releases,
            "features": [
                { "id": "storage.trim", "name": "Space reclamation", "facts": [
                    { "id": "storage.trim.largest_lun_bytes", "type": "integer" },
                ] },
                { "id": "network.bonds", "name": "Bonded interfaces", "facts": [
                    { "id": "network.bonds.count", "type": "integer" },
                ] },
            ],
        })
    }

    fn hotfix_document(self, chance: &mut Chance, of: usize, place: usize) -> Value {
        let id = self.hotfix(of, place);
        let mut releases = vec![release(of)];
        if chance.percent(87) && of + 1 < self.releases {
            releases.push(release(of + 1));
        }
        // Every fifth rolls up the four before it; the others require one of an earlier five, at times.
        let five = place / 5 * 5;
        let rolls_up: Vec<String> = match place % 5 {
            4 => (five..place).map(|earlier| self.hotfix(of, earlier)).collect(),
            _ => Vec::new(),
        };
        let requires: Vec<String> = match five > 0 && place % 5 < 4 && chance.percent(35) {
            true => vec![self.hotfix(of, chance.below(five))],
            false => Vec::new(),
        };
        let reboots = chance.percent(60);
        let action = if reboots { "RebootHost" } else { "RestartToolstack" };
        let number = of * self.each() + place;
        let mut document = json!({
            "schema": "hotfixd/hotfix/1", "id": id, "uuid": format!("5f1e0000-0000-4000-8000-{number:012x}"),
            "revision": 1, "product": "example", "kind": "hotfix",
            "title": format!("Hotfix {id} for Example Appliance {}", release(of)), "releases": releases,
            "requires": requires, "supersedes": rolls_up,
            "guidance": [{ "action": action, "level": "mandatory" }],
            "payloads": [{ "file": format!("{id}.iso"), "bytes": 1_000_000 + chance.below(90_000_000) }],
        });
        let when = match chance.below(14) {
            0 => Some(json!({ "feature": "network.bonds" })),
            1 => Some(json!({ "all": [
                { "feature": "storage.trim" },
                { "fact": "storage.trim.largest_lun_bytes", "gt": 2_199_023_255_552_i64 },
            ] })),
            _ => None,
        };
        put(&mut document, "when", when);
        let withdrawn = json!({ "date": "2025-12-01", "reason": "Hosts did not restart after it." });
        put(&mut document, "withdrawn", chance.percent(2).then_some(withdrawn));
        document
    }

    /// About the release that its number falls on and the two before, each with the hotfix of its own.
    fn advisory(self, chance: &mut Chance, number: usize) -> Value {
        let newest = number * self.releases / (self.hotfixes / 2).max(1);
        let feature = ["*", "*", "*", "storage.trim", "network.bonds"].get(chance.below(5)).copied();
        let matrix: Vec<Value> = (newest.saturating_sub(2)..=newest)
            .map(|of| {
                let mut cell = json!({ "feature": feature, "releases": [release(of)] });
                let (status, fix) = match chance.below(20) {
                    0 => ("known_not_affected", None),
                    1 => ("under_investigation", None),
                    2 => ("fixed", None),
                    3 => ("known_affected", Some(json!([]))),
                    _ => ("known_affected", Some(json!([[self.hotfix(of, chance.below(self.each()))]]))),
                };
                put(&mut cell, "status", Some(json!(status)));
                put(&mut cell, "fixed_by", fix);
                cell
            })
            .collect();
        let severity = ["critical", "high", "medium", "low"].get(chance.below(4)).copied();
        json!({
            "schema": "hotfixd/advisory/1", "id": format!("EXA{number:06}"), "revision": 1, "product": "example",
            "title": format!("A request to component {} can stop the host", chance.below(90)),
            "category": if chance.percent(70) { "security" } else { "stability" }, "severity": severity,
            "cves": [format!("CVE-2025-{:05}", number % 100_000)], "matrix": matrix,
        })
    }

    /// A host of a release in the middle that has these of its hotfixes.
    pub(crate) fn host(self, installed: impl Fn(usize) -> bool) -> Result<Inventory> {
        let of = self.releases / 2;
        let own = (of - 1..=of).flat_map(|of| (0..self.each()).map(move |place| (of, place)));
        let installed: Vec<String> =
            own.filter(|(_, place)| installed(*place)).map(|(of, place)| self.hotfix(of, place)).collect();
        self.inventory(&release(of), &installed)
    }

    fn inventory(self, release: &str, installed: &[String]) -> Result<Inventory> {
        let text = json!({
            "schema": "hotfixd/inventory/1", "product": "example", "version": format!("{release}.0"),
            "hotfixes": installed, "features": { "storage.trim": true, "network.bonds": false },
            "facts": { "storage.trim.largest_lun_bytes": 1_099_511_627_776_i64, "network.bonds.count": 0 },
        });
        decoded(&text)
    }
}

fn put(document: &mut Value, name: &str, value: Option<Value>) {
    if let Some((fields, value)) = document.as_object_mut().zip(value) {
        fields.insert(name.to_owned(), value);
    }
}

/// An inventory as it is read.
pub(crate) fn decoded(value: &Value) -> Result<Inventory> {
    Inventory::decode(&Source::from_json("inventory", value.to_string().as_bytes())?).at("inventory")
}
