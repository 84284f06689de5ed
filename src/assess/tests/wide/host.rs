//! A host, and what is asked about it.

use serde_json::{Value, json};

use super::{Chance, id, uuid};
use crate::assess::{Goal, Question};
use crate::model::Id;

pub(super) fn inventory(chance: &mut Chance, hotfixes: usize) -> Value {
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

pub(super) fn question(chance: &mut Chance) -> Question {
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
