//! An explanation, for people.

use crate::assess::explain::{About, Explanation, Filled, Missing};
use crate::assess::{AdvisoryStatus, Fix, Need};
use crate::host::terminal::{Page, Style};
use crate::model::sentence::capital;

/// An explanation as text, in colour or not.
#[must_use]
pub fn explanation(explanation: &Explanation, colour: bool) -> String {
    let mut page = Page::new(colour);
    let need = match explanation.need {
        Some(Need::Needed) => ", and needed",
        Some(Need::Alternative) => ", an alternative",
        Some(Need::Undetermined) => ", and may be needed",
        Some(Need::Optional) => ", and optional",
        None => "",
    };
    let status = explanation.status.replace('_', " ");
    page.end().styled(Style::Bold, &format!("Why {} is {status}{need}", explanation.id)).end();
    page.line(&format!("  {}", explanation.title));
    let hotfix = explanation.kind == "hotfix";
    if hotfix || explanation.advisories.is_empty() {
        page.end();
        for sentence in &explanation.because {
            page.line(&format!("  {}", sentence_of(sentence)));
        }
    }
    if let Some(asks) = &explanation.asks {
        page.line(&format!("  It is for hosts where{}:", of(asks)));
        put_filled(&mut page, asks);
    }
    for about in &explanation.advisories {
        page.end();
        if hotfix {
            page.put("  ").styled(Style::Bold, about.advisory.as_str());
            page.line(&format!(": {} ({}, {})", about.title, about.severity, about.category));
        }
        put_about(&mut page, about, hotfix);
    }
    put_missing(&mut page, &explanation.missing);
    page.into_text()
}

fn put_about(page: &mut Page, about: &About, hotfix: bool) {
    let asks = about.rules.first().and_then(|rule| rule.asks.as_ref()).filter(|_| goes_on(about.status));
    match asks {
        Some(asks) => {
            page.line(&format!("  {}{}:", about.because, of(asks)));
            put_filled(page, asks);
        }
        None => drop(page.line(&format!("  {}", sentence_of(&about.because)))),
    }
    if hotfix {
        return;
    }
    // What the sentence said already: the rule that goes on with a condition, or whose fix is installed.
    let fixed = matches!(about.status, AdvisoryStatus::Fixed | AdvisoryStatus::AwaitingRestart);
    let said = usize::from(asks.is_some() || fixed);
    for rule in about.rules.iter().skip(said).filter(|rule| !about.because.contains(&rule.says)) {
        let note = rule.note.as_ref().map(|note| format!(" {}", sentence_of(note))).unwrap_or_default();
        page.line(&format!("  Stated as well: {}.{note}", rule.says));
    }
    if is_open(about.status) {
        for (at, set) in about.fixes.iter().enumerate() {
            put_set(page, if at == 0 { "Remedied" } else { "Or" }, set);
        }
        if let Some(workaround) = &about.workaround {
            page.line(&format!("  Meanwhile: {workaround}"));
        }
    }
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

fn put_set(page: &mut Page, how: &str, set: &[Fix]) {
    let fixes: Vec<String> = set.iter().map(|fix| format!("{}, which {}", fix.hotfix, fix.says)).collect();
    page.line(&format!("  {how} by {}.", fixes.join("; together with ")));
}

fn put_filled(page: &mut Page, filled: &Filled) {
    for part in &filled.parts {
        let holds = match part.holds {
            Some(true) => "yes",
            Some(false) => "no",
            None => "?",
        };
        page.line(&format!("    {holds:3}  {}", capital(&part.says)));
    }
}

/// What would settle it, each with how to get it and where it goes.
fn put_missing(page: &mut Page, missing: &[Missing]) {
    if missing.is_empty() {
        return;
    }
    page.end().line("  To settle it, find out:");
    missing.iter().for_each(|one| put_question(page, one, 4));
}

/// Something to find out: how to get it, and where it goes.
pub(super) fn put_question(page: &mut Page, missing: &Missing, indent: usize) {
    page.line(&format!("{:indent$}{}", "", missing.ask));
    let mut put = |name: &str, text: &Option<String>| {
        if let Some(text) = text {
            page.line(&format!("{:indent$}  {name}: {text}", ""));
        }
    };
    put("where", &missing.place);
    put("command, on the host", &missing.command);
    put("in the inventory", &missing.write);
}

/// With a full stop, where it has none.
fn sentence_of(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
