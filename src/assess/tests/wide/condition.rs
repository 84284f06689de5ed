//! Conditions, nested, on what is known and what is not.

use serde_json::{Value, json};

use super::{Chance, RELEASES, id};

pub(super) fn condition(chance: &mut Chance, hotfixes: usize, depth: usize, strict: bool) -> Value {
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
