//! Catalogues of up to 60 hotfixes and hosts to ask about, made from a number: every field that an answer depends
//! on, words that nobody knows among them. The small catalogues of `generate` shrink; these reach further.

mod chance;
mod condition;
mod documents;
mod host;

use serde_json::{Value, json};

pub(super) use self::chance::Chance;
use self::documents::{Graph, advisory, hold, hotfix, product};
use self::host::{inventory, question};
use super::generate::{self, Documents, source};
use crate::assess::Question;
use crate::model::{Catalogue, Inventory, Mode, Source};

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
    pub(in crate::assess::tests) documents: Documents,
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

    /// The documents as they are published.
    pub(crate) fn sources(&self) -> Vec<Source> {
        self.documents.0.iter().map(source).collect()
    }

    /// The host.
    pub(crate) fn host(&self) -> Inventory {
        generate::inventory(&self.inventory)
    }

    /// The catalogue as a host reads it.
    pub(crate) fn catalogue(&self) -> Catalogue {
        Catalogue::read(&self.sources(), Mode::Lenient).unwrap_or_else(|problems| panic!("{problems}"))
    }
}

/// A hotfix and one of those that it conflicts with.
fn conflicting(hotfix: &Value) -> Option<[String; 2]> {
    let other = hotfix["conflicts"][0].as_str().filter(|other| !other.contains('-'))?;
    Some([hotfix["id"].as_str()?.to_owned(), other.to_owned()])
}
