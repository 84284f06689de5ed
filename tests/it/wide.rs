//! Catalogues of up to 60 hotfixes and hosts to ask about, made from a number: every field that an answer depends
//! on, words that nobody knows among them. The small catalogues of `generate` shrink; these reach further.

use std::collections::BTreeSet;

use hotfixd::assess::{Goal, Question};
use hotfixd::model::{Catalogue, Id, Mode, Source};
use serde_json::{Value, json};

use crate::generate::{Documents, source};

/// Numbers that look random, the same for a seed.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }

    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn some<T: Clone>(&mut self, of: &[T], percent: usize) -> Vec<T> {
        of.iter().filter(|_| self.percent(percent)).cloned().collect()
    }
}

const RELEASES: [&str; 6] = ["R1", "R1s", "R1t", "R2", "R2b", "R3"];

pub(crate) fn id(number: usize) -> String {
    format!("H{:02}", number + 1)
}

fn uuid(number: usize) -> String {
    format!("00000000-0000-0000-0000-{number:012}")
}

/// A catalogue with a host and a question.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) documents: Documents,
    pub(crate) inventory: Value,
    pub(crate) question: Question,
}

impl Case {
    /// The case of a number. `strict`: without words that only a host passes over.
    pub(crate) fn of(seed: u64, hotfixes: usize, strict: bool) -> Self {
        let mut chance = Chance::new(seed);
        let chance = &mut chance;
        let mut graph = Graph::default();
        let mut documents = vec![product(chance, hotfixes, strict)];
        let markers: Vec<String> = documents[0]["releases"]
            .as_array()
            .unwrap()
            .iter()
            .map(|release| release["marker"].as_str().unwrap_or_default().to_owned())
            .collect();
        for number in 0..hotfixes {
            let mut hotfix = hotfix(chance, number, hotfixes, &mut graph, strict);
            if let Some(at) = markers.iter().position(|marker| *marker == id(number)) {
                hotfix["establishes"] = json!(RELEASES[at]);
                hotfix.as_object_mut().unwrap().remove("withdrawn");
            }
            documents.push(hotfix);
        }
        for number in 0..=chance.below(hotfixes.div_ceil(2) + 2) {
            documents.push(advisory(chance, number, (hotfixes, &markers[1]), strict));
        }
        let pairs: Vec<[String; 2]> = documents[1..=hotfixes].iter().filter_map(conflicting).collect();
        if !pairs.is_empty() && chance.percent(60) {
            for (number, fix) in (90..).zip(chance.one(&pairs)) {
                let mut only = advisory(chance, number, (hotfixes, &markers[1]), strict);
                only["matrix"] = json!([{ "feature": "*", "releases": RELEASES, "status": "known_affected",
                    "fixed_by": [[fix]] }]);
                documents.push(only);
            }
        }
        for number in 0..hotfixes {
            if chance.percent(4) {
                documents.push(hold(chance, number));
            }
        }
        let inventory = inventory(chance, hotfixes);
        Self { documents: Documents(documents), inventory, question: question(chance) }
    }

    /// The catalogue as a host reads it.
    pub(crate) fn catalogue(&self) -> Catalogue {
        let sources: Vec<Source> = self.documents.0.iter().map(source).collect();
        Catalogue::read(&sources, Mode::Lenient).unwrap_or_else(|problems| panic!("{problems}"))
    }
}

/// A hotfix and one of those that it conflicts with.
fn conflicting(hotfix: &Value) -> Option<[String; 2]> {
    let other = hotfix["conflicts"][0].as_str().filter(|other| !other.contains('-'))?;
    Some([hotfix["id"].as_str()?.to_owned(), other.to_owned()])
}

fn product(chance: &mut Chance, hotfixes: usize, strict: bool) -> Value {
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
struct Graph {
    needed: Vec<BTreeSet<usize>>,
    rolled_up: Vec<BTreeSet<usize>>,
}

impl Graph {
    fn with_below(sets: &[BTreeSet<usize>], number: usize) -> BTreeSet<usize> {
        sets[number].iter().copied().chain([number]).collect()
    }
}

fn hotfix(chance: &mut Chance, number: usize, hotfixes: usize, graph: &mut Graph, strict: bool) -> Value {
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
        "kind": "hotfix", "title": format!("Hotfix {number}"), "releases": chance.one(&sets),
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

fn hold(chance: &mut Chance, number: usize) -> Value {
    json!({
        "schema": "hotfixd/hold/1", "product": "p", "hotfix": id(number), "hotfix_revision": 1 + chance.below(2),
        "since": format!("2025-12-{}T00:00:00Z", 29 + chance.below(2)),
        "until": format!("2026-01-0{}T00:00:00Z", 1 + chance.below(4)), "reason": "r",
    })
}

fn condition(chance: &mut Chance, hotfixes: usize, depth: usize, strict: bool) -> Value {
    if depth > 0 && chance.percent(45) {
        let count = 1 + chance.below(3);
        let parts: Vec<Value> = (0..count).map(|_| condition(chance, hotfixes, depth - 1, strict)).collect();
        return match chance.below(3) {
            0 => json!({ "all": parts }),
            1 => json!({ "any": parts }),
            _ => json!({ "not": parts[0] }),
        };
    }
    let other = chance.below(hotfixes);
    let count = chance.below(5);
    match chance.below(if strict { 11 } else { 13 }) {
        0 => json!({ "feature": "F" }),
        1 => json!({ "feature": "G" }),
        2 => json!({ "fact": "F.count", "gt": count }),
        3 => json!({ "fact": "F.count", "lte": count }),
        4 => json!({ "fact": "F.model", "eq": "m1" }),
        5 => json!({ "fact": "F.models", "in": ["m1", "m2"] }),
        6 => json!({ "fact": "F.shared", "eq": true }),
        7 | 8 => json!({ "hotfix": id(other) }),
        9 => json!({ "release": RELEASES[chance.below(RELEASES.len())] }),
        10 => json!({ "package": "pkg", "format": "rpm", "lt": "1.0-2" }),
        11 => json!({ "frobnicate": 1 }),
        _ => json!({ "fact": "F.other", "eq": "x" }),
    }
}

fn advisory(chance: &mut Chance, number: usize, graph: (usize, &str), strict: bool) -> Value {
    let cells: Vec<Value> = (0..=chance.below(4)).map(|_| cell(chance, graph, strict)).collect();
    let mut document = json!({
        "schema": "hotfixd/advisory/1", "id": format!("A{}", number + 1), "revision": 1, "product": "p",
        "title": format!("Advisory {number}"), "category": chance.one(&["security", "stability", "data-loss"]),
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

fn inventory(chance: &mut Chance, hotfixes: usize) -> Value {
    let mut inventory = json!({
        "schema": "hotfixd/inventory/1", "product": if chance.percent(2) { "q" } else { "p" },
        "channel": chance.one(&["release", "release", "beta", "nightly", "weekly"]),
    });
    let mut put = |name: &str, value: Option<Value>| {
        value.into_iter().for_each(|value| inventory[name] = value);
    };
    put(
        "version",
        chance
            .one(&[Some("1"), Some("1"), Some("1"), Some("2"), Some("3"), Some("9"), None])
            .map(Value::from),
    );
    put("build", chance.one(&[Some("b0"), Some("b0"), Some("b1"), Some("b2"), None]).map(Value::from));
    let all: Vec<usize> = (0..hotfixes).collect();
    let share = chance.one(&[0, 5, 20, 60]);
    let name = |chance: &mut Chance, number: usize| match chance.percent(20) {
        true => uuid(number).to_ascii_uppercase(),
        false => id(number),
    };
    let mut installed: Vec<String> =
        chance.some(&all, share).into_iter().map(|number| name(chance, number)).collect();
    installed.extend(chance.percent(15).then(|| "H-unpublished".to_owned()));
    installed.extend(chance.percent(15).then(|| "H-unknown".to_owned()));
    put("hotfixes", (!chance.percent(12)).then(|| json!(installed)));
    let waiting = if chance.percent(25) { chance.some(&all, 10) } else { Vec::new() };
    let pending: Vec<Value> = waiting
        .into_iter()
        .map(|one| json!({ "hotfix": name(chance, one), "action": "RebootHost" }))
        .collect();
    put("pending", (!pending.is_empty()).then(|| json!(pending)));
    let mut features = json!({});
    for feature in chance.some(&["F", "G", "X"], 70) {
        features[feature] = json!(chance.percent(60));
    }
    put("features", Some(features));
    let mut facts = json!({});
    for fact in chance.some(&["F.count", "F.model", "F.models", "F.shared", "F.other", "F.unknown"], 65) {
        facts[fact] = match chance.below(12) {
            0 => json!("text"),
            _ => match fact {
                "F.count" => json!(chance.below(5)),
                "F.models" => json!(["m1"]),
                "F.shared" => json!(chance.percent(50)),
                _ => json!(chance.one(&["m1", "m2"])),
            },
        };
    }
    put("facts", Some(facts));
    put(
        "packages",
        chance.percent(60).then(|| {
            let releases = chance.some(&["1", "2", "3"], 40);
            releases
                .iter()
                .map(
                    |release| json!({ "name": "pkg", "version": "1.0", "release": release, "format": "rpm" }),
                )
                .collect()
        }),
    );
    inventory
}

fn question(chance: &mut Chance) -> Question {
    let target = |name: &str| Goal::Target(Id::new(name).unwrap());
    let goals =
        [Goal::Needed, Goal::Needed, Goal::Needed, Goal::All, target("R2"), target("R1s"), target("R9")];
    let asked: [Option<&[&str]>; 6] = [None, None, None, Some(&["A1"]), Some(&["A2", "A99"]), Some(&[])];
    let ids = chance.one(&asked);
    Question {
        goal: chance.one(&goals),
        advisories: ids.map(|ids| ids.iter().map(|one| Id::new(one).unwrap()).collect()),
        security: chance.percent(15),
        host: chance.percent(50).then(|| format!("host-{}", chance.below(20))),
        ..Question::at("2026-01-01T00:00:00Z".parse().unwrap())
    }
}
