//! An explanation in sentences, the same on the host and on the pages, which only lay them out.

use serde::Serialize;

use super::{About, Explanation, Filled, Missing};
use crate::assess::assessment::{AdvisoryStatus, Need};
use crate::assess::fixes::Fix;
use crate::model::Id;
use crate::model::sentence::capital;

/// An explanation in sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Prose {
    /// What is explained: "Why XS65E005 is applicable, and needed".
    pub heading: String,
    /// The title of the advisory or hotfix.
    pub title: String,
    /// The reason, then a paragraph for each advisory that it turns on.
    pub paragraphs: Vec<Paragraph>,
    /// What would settle it.
    pub missing: Vec<Missing>,
}

/// Sentences that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paragraph {
    /// The advisory that a hotfix would remedy, which the paragraph is about.
    pub advisory: Option<Id>,
    /// Its title, severity and category.
    pub about: Option<String>,
    /// The sentences.
    pub sentences: Vec<Sentence>,
}

/// A sentence; with clauses it ends in a colon, and they follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// The sentence.
    pub says: String,
    /// The parts of a condition, those that decide first.
    pub clauses: Vec<Clause>,
}

/// A part of a condition, with the host's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// Whether it holds: `yes`, `no`, or `?` where a fact is missing.
    pub holds: &'static str,
    /// The part.
    pub says: String,
}

impl Explanation {
    /// The explanation in sentences.
    #[must_use]
    pub fn prose(&self) -> Prose {
        let need = match self.need {
            Some(Need::Needed) => ", and needed",
            Some(Need::Alternative) => ", an alternative",
            Some(Need::Undetermined) => ", and may be needed",
            Some(Need::Optional) => ", and optional",
            None => "",
        };
        let hotfix = self.kind == "hotfix";
        let because = self.because.iter().filter(|_| hotfix || self.advisories.is_empty());
        let mut first: Vec<Sentence> = because.map(|text| Sentence::of(ended(text))).collect();
        first.extend(
            self.asks
                .as_ref()
                .map(|asks| Sentence::going_on(&format!("It is for hosts where{}", of(asks)), asks)),
        );
        let mut paragraphs = Vec::new();
        if !first.is_empty() {
            paragraphs.push(Paragraph { advisory: None, about: None, sentences: first });
        }
        paragraphs.extend(self.advisories.iter().map(|about| paragraph(about, hotfix)));
        Prose {
            heading: format!("Why {} is {}{need}", self.id, self.status.replace('_', " ")),
            title: self.title.clone(),
            paragraphs,
            missing: self.missing.clone(),
        }
    }
}

impl Sentence {
    fn of(says: String) -> Self {
        Self { says, clauses: Vec::new() }
    }

    fn going_on(says: &str, asks: &Filled) -> Self {
        let clause = |part: &super::Part| Clause {
            holds: match part.holds {
                Some(true) => "yes",
                Some(false) => "no",
                None => "?",
            },
            says: capital(&part.says),
        };
        Self { says: format!("{says}:"), clauses: asks.parts.iter().map(clause).collect() }
    }
}

/// How the host stands with an advisory. That of a hotfix is told in short.
fn paragraph(about: &About, of_hotfix: bool) -> Paragraph {
    let asks = about.rules.first().and_then(|rule| rule.asks.as_ref()).filter(|_| goes_on(about.status));
    let mut sentences = vec![match asks {
        Some(asks) => Sentence::going_on(&format!("{}{}", about.because, of(asks)), asks),
        None => Sentence::of(ended(&about.because)),
    }];
    if of_hotfix {
        let title = format!("{} ({}, {})", about.title, about.severity, about.category);
        return Paragraph { advisory: Some(about.advisory.clone()), about: Some(title), sentences };
    }
    // What the sentence said already: the rule that goes on with a condition, or whose fix is installed.
    let fixed = matches!(about.status, AdvisoryStatus::Fixed | AdvisoryStatus::AwaitingRestart);
    let said = usize::from(asks.is_some() || fixed);
    for rule in about.rules.iter().skip(said).filter(|rule| !about.because.contains(&rule.says)) {
        let note = rule.note.as_ref().map(|note| format!(" {}", ended(note))).unwrap_or_default();
        sentences.push(Sentence::of(format!("Stated as well: {}.{note}", rule.says)));
    }
    if is_open(about.status) {
        let sets = about.fixes.iter().enumerate();
        sentences.extend(sets.map(|(at, set)| remedy(if at == 0 { "Remedied" } else { "Or" }, set)));
        sentences.extend(about.workaround.iter().map(|text| Sentence::of(format!("Meanwhile: {text}"))));
    }
    Paragraph { advisory: None, about: None, sentences }
}

fn remedy(how: &str, set: &[Fix]) -> Sentence {
    let fixes: Vec<String> = set.iter().map(|fix| format!("{}, which {}", fix.hotfix, fix.says)).collect();
    Sentence::of(format!("{how} by {}.", fixes.join("; together with ")))
}

/// How many of the parts have to hold, where there are several.
fn of(asks: &Filled) -> &'static str {
    match (asks.parts.as_slice(), asks.joined) {
        ([_], _) => "",
        (_, "any") => " any of this holds",
        _ => " all of this holds",
    }
}

/// Whether something may have to be done.
fn is_open(status: AdvisoryStatus) -> bool {
    status <= AdvisoryStatus::Undetermined || status == AdvisoryStatus::UnderInvestigation
}

/// Whether the sentence goes on with the condition.
fn goes_on(status: AdvisoryStatus) -> bool {
    match status {
        AdvisoryStatus::Exposed
        | AdvisoryStatus::Undetermined
        | AdvisoryStatus::UnderInvestigation
        | AdvisoryStatus::NotExposed => true,
        AdvisoryStatus::AwaitingRestart | AdvisoryStatus::Fixed | AdvisoryStatus::Unstated => false,
    }
}

/// With a full stop, where it has none.
fn ended(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
