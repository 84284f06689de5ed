//! The documents of a wide catalogue.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::condition::condition;
use super::{Chance, RELEASES, id, uuid};

pub(super) fn product(chance: &mut Chance, hotfixes: usize, strict: bool) -> Value {
    let release = |name: &str, version: &str| json!({ "id": name, "name": name, "line": "1", "reports": { "version": version } });
    let mut releases = vec![
        release("R1", "1"),
        release("R1s", "1"),
        release("R1t", "1"),
        release("R2", "2"),
        release("R2b", "2"),
        release("R3", "3"),
    ];
    let marker = chance.below(hotfixes);
    releases[1]["marker"] = json!(id(marker));
    releases[2]["reports"]["build"] = json!("b1");
    releases[4]["reports"]["build"] = json!("b2");
    if chance.percent(30) {
        releases[5]["channel"] = json!("beta");
    }
    let other = if strict { "string" } else { "duration" };
    json!({
        "schema": "hotfixd/product/1", "id": "p", "revision": 1, "name": "p", "vendor": "v", "releases": releases,
        "features": [
            { "id": "F", "name": "f", "facts": [
                { "id": "F.count", "type": "integer" }, { "id": "F.model", "type": "string" },
                { "id": "F.models", "type": "strings" }, { "id": "F.shared", "type": "boolean" },
                { "id": "F.other", "type": other },
            ] },
            { "id": "G", "name": "g" },
        ],
    })
}

/// What each hotfix needs and rolls up, transitively, so that no rule is broken.
#[derive(Default)]
pub(super) struct Graph {
    needed: Vec<BTreeSet<usize>>,
    rolled_up: Vec<BTreeSet<usize>>,
}

impl Graph {
    fn with_below(sets: &[BTreeSet<usize>], number: usize) -> BTreeSet<usize> {
        sets[number].iter().copied().chain([number]).collect()
    }
}

pub(super) fn hotfix(
    chance: &mut Chance,
    number: usize,
    hotfixes: usize,
    graph: &mut Graph,
    strict: bool,
) -> Value {
    let density = [2, 6, 12][chance.below(3)];
    let below: Vec<usize> = (number.saturating_sub(20)..number).collect();
    let (mut needed, mut rolled_up) = (BTreeSet::new(), BTreeSet::new());
    let (mut requires, mut supersedes, mut conflicts) = (Vec::new(), Vec::new(), Vec::new());
    for other in chance.some(&below, density) {
        let closure = Graph::with_below(&graph.rolled_up, other);
        if closure.is_disjoint(&needed) {
            rolled_up.extend(closure);
            supersedes.push(id(other));
        }
    }
    for other in chance.some(&below, density) {
        let closure = Graph::with_below(&graph.needed, other);
        if closure.is_disjoint(&rolled_up) {
            needed.extend(closure);
            requires.push(id(other));
        }
    }
    let against = [1, 4, 15][chance.below(3)];
    for other in chance.some(&below, against) {
        if !needed.contains(&other) && !rolled_up.contains(&other) {
            conflicts.push(id(other));
        }
    }
    if chance.percent(5) {
        conflicts.push("H-unpublished".to_owned());
    }
    graph.needed.push(needed);
    graph.rolled_up.push(rolled_up);
    let sets: [&[&str]; 7] =
        [&["R1"], &["R1"], &["R1", "R1s", "R1t"], &["R2"], &["R1", "R2", "R2b"], &["R1s", "R3"], &RELEASES];
    let mut document = json!({
        "schema": "hotfixd/hotfix/1", "id": id(number), "uuid": uuid(number), "revision": 1, "product": "p",
        "kind": "hotfix", "title": format!("Hotfix \"{number}\", é\\{number}"), "releases": chance.one(&sets),
        "supersedes": supersedes, "conflicts": conflicts,
    });
    let mut put = |name: &str, value: Option<Value>| {
        value.into_iter().for_each(|value| document[name] = value);
    };
    let stated = !requires.is_empty() || chance.percent(90);
    put("requires", stated.then(|| json!(requires)));
    put("guidance", guidance(chance, strict));
    put("when", chance.percent(25).then(|| condition(chance, hotfixes, 3, strict)));
    put("establishes", chance.percent(4).then(|| json!("R2")));
    let channels: &[&str] = if strict { &["beta", "nightly"] } else { &["beta", "nightly", "weekly"] };
    put("channel", chance.percent(10).then(|| json!(chance.one(channels))));
    let bytes = chance.one(&[Some(10), Some(20), None]);
    put("payloads", bytes.map(|bytes| json!([{ "file": format!("{}.iso", id(number)), "bytes": bytes }])));
    put("space_bytes", chance.percent(50).then(|| json!(5)));
    put("withdrawn", chance.percent(8).then(|| {
        json!({ "date": "2025-12-01", "reason": "r", "ineffective": chance.percent(40), "advice": "Remove it." })
    }));
    put(
        "rollout",
        chance.percent(12).then(|| {
            let (day, hours) = (27 + chance.below(5), chance.below(200));
            json!({ "start": format!("2025-12-{day:02}T00:00:00Z"), "hours": hours })
        }),
    );
    document
}

fn guidance(chance: &mut Chance, strict: bool) -> Option<Value> {
    let actions: &[&str] = if strict {
        &["RebootHost", "RestartToolstack", "EvacuateHost"]
    } else {
        &["RebootHost", "RestartToolstack", "EvacuateHost", "DanceAround"]
    };
    let levels = ["mandatory", "recommended", "full", "livepatch"];
    (!chance.percent(15)).then(|| {
        let count = chance.below(3);
        (0..count).map(|_| json!({ "action": chance.one(actions), "level": chance.one(&levels) })).collect()
    })
}

pub(super) fn hold(chance: &mut Chance, number: usize) -> Value {
    json!({
        "schema": "hotfixd/hold/1", "product": "p", "hotfix": id(number), "hotfix_revision": 1 + chance.below(2),
        "since": format!("2025-12-{}T00:00:00Z", 29 + chance.below(2)),
        "until": format!("2026-01-0{}T00:00:00Z", 1 + chance.below(4)), "reason": "r",
    })
}

pub(super) fn advisory(chance: &mut Chance, number: usize, graph: (usize, &str), strict: bool) -> Value {
    let cells: Vec<Value> = (0..=chance.below(4)).map(|_| cell(chance, graph, strict)).collect();
    let mut document = json!({
        "schema": "hotfixd/advisory/1", "id": format!("A{}", number + 1), "revision": 1, "product": "p",
        "title": format!("Advisory \"{number}\""), "category": chance.one(&["security", "stability", "data-loss"]),
        "severity": chance.one(&["critical", "high", "low"]), "matrix": cells,
    });
    if chance.percent(6) {
        document["withdrawn"] = json!({ "date": "2025-12-01", "reason": "r" });
    }
    document
}

fn cell(chance: &mut Chance, (hotfixes, marker): (usize, &str), strict: bool) -> Value {
    let statuses: &[&str] = if strict {
        &[
            "known_affected",
            "known_affected",
            "known_affected",
            "known_not_affected",
            "fixed",
            "under_investigation",
        ]
    } else {
        &["known_affected", "known_affected", "known_not_affected", "fixed", "under_investigation", "maybe"]
    };
    let status = chance.one(statuses);
    let sets: [&[&str]; 5] = [&["R1"], &["R1", "R1s", "R1t"], &["R2", "R2b"], &["R3", "R2"], &RELEASES];
    let mut cell = json!({
        "feature": chance.one(&["*", "*", "F", "G"]), "releases": chance.one(&sets), "status": status,
    });
    let conditional = ["known_affected", "under_investigation", "maybe"].contains(&status);
    if conditional && chance.percent(40) {
        cell["when"] = condition(chance, hotfixes, 3, strict);
    }
    if status == "fixed" && chance.percent(60) {
        // Only what the marker of a release provides is there on all hosts of it.
        cell["releases"] = json!(["R1s"]);
        cell["fixed_by"] = json!([[marker]]);
    } else if status == "known_affected" && chance.percent(85) {
        let sets: Vec<Vec<String>> = (0..chance.below(4))
            .map(|_| {
                let members: BTreeSet<usize> =
                    (0..=chance.below(2)).map(|_| chance.below(hotfixes)).collect();
                members.into_iter().map(id).collect()
            })
            .collect();
        cell["fixed_by"] = json!(sets);
    } else if conditional && chance.percent(50) {
        cell["remediation"] = json!({ "kind": "fix_planned", "date": "2026-02-01" });
    }
    if chance.percent(20) {
        cell["workaround"] = json!("Do not.");
    }
    if chance.percent(20) {
        cell["note"] = json!("n");
    }
    cell
}
