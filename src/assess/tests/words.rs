//! What answers say to people: every sentence there is, so that a change of the words is seen as one.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::generate;
use super::wide::Case;
use crate::assess::Index;

/// A sentence without what differs from host to host: numbers, and how many ids stand in a list.
fn form(sentence: &str) -> String {
    let mut form = String::new();
    for letter in sentence.chars() {
        match letter {
            '0'..='9' if form.ends_with('#') => {}
            '0'..='9' => form.push('#'),
            other => form.push(other),
        }
    }
    for list in ["H#, H#", "A#, A#", "R#, R#"] {
        while form.contains(list) {
            form = form.replace(list, &list[..2]);
        }
    }
    form
}

#[test]
fn every_sentence_of_an_answer() {
    let mut sentences = BTreeSet::new();
    for seed in 0..200 {
        let case = Case::of(seed, 4 + usize::try_from(seed % 40).unwrap(), seed % 2 == 0);
        let index = Index::new(Arc::new(case.catalogue()));
        let answer = index.assess(&generate::inventory(&case.inventory), &case.question);
        let mut add = |place: &str, said: &[String]| {
            sentences.extend(said.iter().map(|sentence| format!("{place}: {}", form(sentence))));
        };
        add("release", &answer.release.because);
        for advisory in &answer.advisories {
            add(advisory.status.word(), &advisory.because);
        }
        for hotfix in &answer.hotfixes {
            add(hotfix.status.word(), &hotfix.because);
            add("warning", &hotfix.warnings);
        }
        for unrecognised in &answer.unrecognised {
            add("unrecognised", std::slice::from_ref(&unrecognised.why));
        }
    }
    let sentences: Vec<String> = sentences.into_iter().collect();
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("sentences", sentences.join("\n"));
    });
}
