//! Small catalogues and inventories, made by chance: every field that an answer depends on, in few values, so
//! that they often meet.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::model::{Catalogue, Inventory, Mode, Source};

/// The most hotfixes of a catalogue: few enough for every order of them to be tried.
pub(super) const MAX_HOTFIXES: usize = 9;
/// The most where many catalogues are tried.
pub(super) const FEW_HOTFIXES: usize = 7;

/// Documents, the product first.
#[derive(Debug, Clone)]
pub(in crate::assess) struct Documents(pub(in crate::assess) Vec<Value>);

impl Documents {
    /// The catalogue; `None` where the rules refuse it.
    pub(in crate::assess) fn catalogue(&self) -> Option<Catalogue> {
        let sources: Vec<Source> = self.0.iter().map(source).collect();
        Catalogue::read(&sources, Mode::Strict).ok()
    }

    /// The document of a kind and id.
    pub(super) fn find(&self, kind: &str, id: &str) -> Option<&Value> {
        let schema = format!("hotfixd/{kind}/1");
        self.0.iter().find(|document| document["schema"] == schema && document["id"] == id)
    }
}

/// A document or an inventory as it is read.
pub(super) fn source(value: &Value) -> Source {
    Source::from_json("generated", value.to_string().as_bytes()).unwrap()
}

/// An inventory as it is read.
pub(in crate::assess) fn inventory(value: &Value) -> Inventory {
    Inventory::decode(&source(value)).unwrap()
}

pub(super) fn hotfix_id(number: usize) -> String {
    format!("H{}", number + 1)
}

/// Two masks, so that few bits are set.
fn sparse() -> impl Strategy<Value = u16> {
    (any::<u16>(), any::<u16>()).prop_map(|(left, right)| left & right)
}

/// The ids below `below` that a mask names.
fn named(mask: u16, below: usize) -> Vec<String> {
    (0..below).filter(|number| mask & (1 << number) != 0).map(hotfix_id).collect()
}

#[derive(Debug, Clone)]
struct Relations {
    requires: u16,
    supersedes: u16,
    conflicts: u16,
}

fn guidance() -> impl Strategy<Value = Option<Value>> {
    let one = |action: &str, level: &str| json!([{ "action": action, "level": level }]);
    prop_oneof![
        3 => Just(Some(json!([]))),
        1 => Just(None),
        2 => Just(Some(one("RebootHost", "mandatory"))),
        1 => Just(Some(one("RebootHost", "recommended"))),
        1 => Just(Some(one("RestartToolstack", "mandatory"))),
    ]
}

/// Conditions that follow the plan, that do not, and that depend on what may be missing.
fn condition(hotfixes: usize) -> impl Strategy<Value = Option<Value>> {
    let other = (0..hotfixes).prop_map(hotfix_id).boxed();
    prop_oneof![
        6 => Just(None),
        1 => Just(Some(json!({ "feature": "F" }))),
        1 => Just(Some(json!({ "fact": "F.count", "gt": 2 }))),
        1 => other.clone().prop_map(|id| Some(json!({ "hotfix": id }))),
        1 => other.clone().prop_map(|id| Some(json!({ "not": { "hotfix": id } }))),
        1 => other.prop_map(|id| Some(json!({ "any": [{ "hotfix": id }, { "fact": "F.count", "lt": 2 }] }))),
        1 => Just(Some(json!({ "release": "R1" }))),
        1 => Just(Some(json!({ "package": "pkg", "format": "rpm", "lt": "1.0-2" }))),
    ]
}

fn hotfix(number: usize, hotfixes: usize) -> impl Strategy<Value = Value> {
    let relations = (sparse(), sparse(), sparse(), 0..4_u8).prop_map(|(requires, supersedes, more, some)| {
        Relations { requires, supersedes, conflicts: if some == 0 { more } else { 0 } }
    });
    let releases = prop_oneof![4 => Just(vec!["R1"]), 1 => Just(vec!["R1", "R1s"]), 1 => Just(vec!["R2"]),
        1 => Just(vec!["R1s", "R2"]), 1 => Just(vec!["R1", "R1s", "R2"])];
    let bytes = prop_oneof![2 => Just(Some(10)), 1 => Just(Some(20)), 1 => Just(None)];
    let withdrawn = prop_oneof![8 => Just(None), 1 => Just(Some(false)), 1 => Just(Some(true))];
    let establishes = prop_oneof![5 => Just(None), 1 => Just(Some("R2"))];
    let channel = prop_oneof![6 => Just("release"), 1 => Just("beta")];
    let rollout = prop_oneof![5 => Just(None), 1 => (0..60_i64, 0..72_i64).prop_map(Some)];
    let parts = (
        relations,
        releases,
        guidance(),
        condition(hotfixes),
        (bytes, withdrawn, establishes, channel, rollout),
    );
    parts.prop_map(move |(relations, releases, guidance, when, rest)| {
        let (bytes, withdrawn, establishes, channel, rollout) = rest;
        let mut document = json!({
            "schema": "hotfixd/hotfix/1", "id": hotfix_id(number), "revision": 1, "product": "p",
            "kind": "hotfix", "title": "t", "releases": releases, "channel": channel,
            "requires": named(relations.requires, number),
            "supersedes": named(relations.supersedes & !relations.requires, number),
            "conflicts": named(relations.conflicts & !relations.requires & !relations.supersedes, number),
        });
        let mut put = |name: &str, value: Option<Value>| {
            value.into_iter().for_each(|value| document[name] = value);
        };
        put("guidance", guidance);
        put("when", when);
        put("establishes", establishes.map(Value::from));
        put("payloads", bytes.map(|bytes| json!([{ "file": format!("{}.iso", hotfix_id(number)), "bytes": bytes }])));
        put("withdrawn", withdrawn.map(|ineffective| {
            json!({ "date": "2025-12-01", "reason": "r", "ineffective": ineffective })
        }));
        put("rollout", rollout.map(|(start, hours)| {
            json!({ "start": format!("2025-12-{:02}T{:02}:00:00Z", 30 + start / 24 % 2, start % 24), "hours": hours })
        }));
        document
    })
}

/// An advisory with at most one cell for each release, so that what a host is exposed to is the advisory.
fn advisory(number: usize, hotfixes: usize) -> impl Strategy<Value = Value> {
    let severity = prop_oneof![Just("critical"), Just("high"), Just("low")];
    let cell = || {
        let alternatives = prop::collection::vec((sparse(), 0..hotfixes), 0..4);
        (alternatives, condition(hotfixes), any::<bool>(), 0..8_u8)
    };
    let cells = (cell(), prop::option::weighted(0.4, cell()));
    (cells, severity).prop_map(move |((first, second), severity)| {
        let cell = |(sets, when, feature, status): (Vec<(u16, usize)>, Option<Value>, bool, u8),
                    releases: &[&str]| {
            let (status, fixable, conditional) = match status {
                0 => ("known_not_affected", false, false),
                1 => ("under_investigation", false, true),
                _ => ("known_affected", true, true),
            };
            let set = |(mask, one): (u16, usize)| {
                let mask = (mask & mask.rotate_left(3)) | (1 << one);
                named(mask, hotfixes)
            };
            let mut cell = json!({
                "feature": if feature { "*" } else { "F" }, "releases": releases, "status": status,
            });
            if fixable {
                cell["fixed_by"] = json!(sets.into_iter().map(set).collect::<Vec<_>>());
            }
            if let Some(when) = when.filter(|_| conditional) {
                cell["when"] = when;
            }
            cell
        };
        let mut matrix = vec![cell(first, &["R1"])];
        matrix.extend(second.map(|second| cell(second, &["R1s", "R2"])));
        json!({
            "schema": "hotfixd/advisory/1", "id": format!("A{}", number + 1), "revision": 1, "product": "p",
            "title": "t", "category": if number == 0 { "security" } else { "stability" },
            "severity": severity, "matrix": matrix,
        })
    })
}

/// Documents of a catalogue that passes its rules. The last hotfix may be a marker.
pub(super) fn documents() -> impl Strategy<Value = Documents> {
    documents_of(1..=FEW_HOTFIXES)
}

/// The same with so many hotfixes.
pub(super) fn documents_of(hotfixes: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Documents> {
    (hotfixes, 1..=4_usize, any::<bool>()).prop_flat_map(|(hotfixes, advisories, marked)| {
        let hotfixes_of = (0..hotfixes).map(|number| hotfix(number, hotfixes)).collect::<Vec<_>>();
        let advisories = (0..advisories).map(|number| advisory(number, hotfixes)).collect::<Vec<_>>();
        (hotfixes_of, advisories).prop_filter_map("refused by the rules", move |(mut hotfixes, advisories)| {
            let release = |id: &str, version: &str| json!({
                "id": id, "name": id, "line": "1", "reports": { "version": version },
            });
            let mut releases = vec![release("R1", "1"), release("R1s", "1s"), release("R2", "2")];
            if let Some(marker) = hotfixes.last_mut().filter(|_| marked) {
                releases[1]["reports"]["version"] = json!("1");
                releases[1]["marker"] = marker["id"].clone();
                marker["establishes"] = json!("R1s");
            }
            let product = json!({
                "schema": "hotfixd/product/1", "id": "p", "revision": 1, "name": "p", "vendor": "v",
                "releases": releases,
                "features": [{ "id": "F", "name": "f", "facts": [{ "id": "F.count", "type": "integer" }] }],
            });
            let documents = Documents(std::iter::once(product).chain(hotfixes).chain(advisories).collect());
            documents.catalogue().is_some().then_some(documents)
        })
    })
}

/// An inventory of what the documents know, much of it absent.
pub(super) fn inventories() -> impl Strategy<Value = Value> {
    let version =
        prop_oneof![8 => Just(Some("1")), 1 => Just(Some("2")), 1 => Just(Some("3")), 1 => Just(None)];
    let installed = prop::option::weighted(0.9, sparse());
    let feature = prop_oneof![3 => Just(Some(true)), 1 => Just(Some(false)), 1 => Just(None)];
    let fact = prop_oneof![3 => (0..5_i64).prop_map(|int| Some(json!(int))), 1 => Just(Some(json!("text"))), 1 => Just(None)];
    let pending = prop::option::weighted(0.2, 0..MAX_HOTFIXES);
    let packages = prop_oneof![
        1 => Just(None),
        1 => Just(Some(json!([]))),
        1 => (1..4_u8).prop_map(|release| Some(json!([
            { "name": "pkg", "version": "1.0", "release": release.to_string(), "format": "rpm" }
        ]))),
    ];
    let channel = prop_oneof![3 => Just("release"), 1 => Just("beta")];
    (version, installed, feature, fact, pending, packages, channel).prop_map(
        |(version, installed, feature, fact, pending, packages, channel)| {
            let mut inventory =
                json!({ "schema": "hotfixd/inventory/1", "product": "p", "channel": channel });
            let mut put = |name: &str, value: Option<Value>| {
                value.into_iter().for_each(|value| inventory[name] = value);
            };
            put("version", version.map(Value::from));
            put("hotfixes", installed.map(|mask| json!(named(mask, MAX_HOTFIXES))));
            put("features", feature.map(|used| json!({ "F": used })));
            put("facts", fact.map(|fact| json!({ "F.count": fact })));
            put("pending", pending.map(|one| json!([{ "hotfix": hotfix_id(one), "action": "RebootHost" }])));
            put("packages", packages);
            inventory
        },
    )
}

/// Any inventory that can be read, of names and words that nobody knows as well.
pub(super) fn arbitrary_inventories() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("R1".to_owned()),
        Just("F".to_owned()),
        Just("F.count".to_owned()),
        Just("1".to_owned()),
        (0..MAX_HOTFIXES).prop_map(hotfix_id),
        "[ -~]{1,12}",
        "[^\\p{C}]{1,6}",
    ];
    let fact = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
        prop::collection::vec(word.clone(), 0..3).prop_map(Value::from),
    ];
    let package = (
        word.clone(),
        any::<u8>(),
        word.clone(),
        word.clone(),
        prop_oneof![Just("rpm"), Just("dpkg"), Just("apk")],
    );
    let package = package.prop_map(|(name, epoch, version, release, format)| {
        json!({ "name": name, "epoch": epoch, "version": version, "release": release, "format": format })
    });
    let lists = (
        prop::option::of(word.clone()),
        prop::option::of(prop::collection::vec(word.clone(), 0..6)),
        prop::collection::btree_map(word.clone(), any::<bool>(), 0..4),
        prop::collection::btree_map(word.clone(), fact, 0..4),
        prop::collection::vec((word.clone(), word.clone()), 0..3),
        prop::option::of(prop::collection::vec(package, 0..3)),
        prop::option::of(word),
    );
    lists.prop_filter_map("refused", |(version, hotfixes, features, facts, pending, packages, channel)| {
        let pending =
            pending.into_iter().map(|(hotfix, action)| json!({ "hotfix": hotfix, "action": action }));
        let mut inventory = json!({
            "schema": "hotfixd/inventory/1", "product": "p", "features": features, "facts": facts,
            "pending": pending.collect::<Vec<_>>(), "something": "new",
        });
        let mut put = |name: &str, value: Option<Value>| {
            value.into_iter().for_each(|value| inventory[name] = value);
        };
        put("version", version.map(Value::from));
        put("hotfixes", hotfixes.map(Value::from));
        put("packages", packages.map(Value::from));
        put("channel", channel.map(Value::from));
        Inventory::decode(&source(&inventory)).is_ok().then_some(inventory)
    })
}
