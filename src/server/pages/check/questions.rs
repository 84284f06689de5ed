//! What to find out, as fields to fill in.

use super::describe::hint;
use crate::assess::{AdvisoryAnswer, Assessment};
use crate::model::{Product, sentence};

/// How many documents are named that a missing fact would settle.
const SHOWN: usize = 4;

/// A missing fact, as a field to fill in.
#[derive(Debug, serde::Serialize)]
pub(super) struct QuestionView {
    id: String,
    field: &'static str,
    ask: String,
    place: Option<String>,
    hint: Option<&'static str>,
    value: String,
    settles: Vec<String>,
    more: usize,
}

/// What to find out, the most telling first: the release, then the advisories by severity.
pub(super) fn questions<'a>(
    product: &Product,
    assessment: &'a Assessment,
    answers: &[(String, String)],
) -> Vec<QuestionView> {
    let mut asked: Vec<(&str, Vec<String>)> = Vec::new();
    let mut ask = |missing: &'a str, settles: Option<&str>| {
        let settles = settles.map(str::to_owned);
        match asked.iter_mut().find(|(known, _)| *known == missing) {
            Some((_, list)) => list.extend(settles),
            None => asked.push((missing, settles.into_iter().collect())),
        }
    };
    let release = &assessment.release.missing_facts;
    release.iter().for_each(|missing| ask(missing, None));
    let mut advisories: Vec<&AdvisoryAnswer> = assessment.advisories.iter().collect();
    advisories.sort_by_key(|answer| answer.severity.clone());
    for answer in advisories {
        answer.missing_facts.iter().for_each(|missing| ask(missing, Some(answer.id.as_str())));
    }
    for answer in &assessment.hotfixes {
        answer.missing_facts.iter().for_each(|missing| ask(missing, Some(answer.id.as_str())));
    }
    let answered = |id: &str| answers.iter().find(|(known, _)| known == id).map(|(_, text)| text.clone());
    let view = |(missing, settles)| QuestionView {
        value: answered(missing).unwrap_or_default(),
        ..question(product, missing, settles)
    };
    asked.into_iter().map(view).collect()
}

fn question(product: &Product, missing: &str, mut settles: Vec<String>) -> QuestionView {
    let more = settles.len().saturating_sub(SHOWN);
    settles.truncate(SHOWN);
    let asked = sentence::question(product, missing);
    let (field, hint) = hint(product, missing);
    let place = if missing == "hotfixes" { None } else { asked.place };
    QuestionView {
        id: missing.to_owned(),
        field,
        ask: asked.ask,
        place,
        hint,
        value: String::new(),
        settles,
        more,
    }
}
