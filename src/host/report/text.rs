//! For people: the verdict in words, what to do, why, what is open, then the rest in short.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::witness::put_witness;
use super::{ago, span};
use crate::assess::explain::questions;
use crate::assess::{AdvisoryAnswer, AdvisoryStatus, Assessment, HotfixAnswer, HotfixStatus, Need, Verdict};
use crate::host::check::Checked;
use crate::host::standing::{Trouble, Trust};
use crate::host::terminal::{Page, Style};
use crate::host::view::View;
use crate::model::words::RemediationKind;
use crate::model::{Id, Product, sentence};

/// The answer as text, in colour or not.
#[must_use]
pub fn text(checked: &Checked, colour: bool) -> String {
    let mut page = Page::new(colour);
    let now = checked.question.now;
    if let Some(trouble) = &checked.trouble {
        put_trouble(&mut page, trouble, checked.allowed);
    }
    let (Some(view), Some(assessment)) = (&checked.view, &checked.assessment) else {
        page.line("There is no earlier answer to show.");
        return page.into_text();
    };
    if !checked.counts() {
        page.end().line(&format!(
            "The last good answer, by what was published on {} ({}), is:",
            view.memory.checked_at,
            ago(view.memory.checked_at, now)
        ));
    }
    let product = view.catalogue.product();
    put_verdict(&mut page, assessment, product);
    put_plan(&mut page, assessment, view);
    for (status, heading) in [
        (AdvisoryStatus::Exposed, "Exposed"),
        (AdvisoryStatus::AwaitingRestart, "Fix installed, waiting for a restart"),
        (AdvisoryStatus::Undetermined, "Undetermined"),
        (AdvisoryStatus::UnderInvestigation, "Under investigation"),
    ] {
        put_advisories(&mut page, assessment, status, heading, product);
    }
    put_rest(&mut page, assessment);
    put_hotfixes(&mut page, assessment);
    put_host(&mut page, checked, assessment, product);
    put_signatures(&mut page, checked, view, now);
    page.into_text()
}

pub(super) fn put_trouble(page: &mut Page, trouble: &Trouble, allowed: bool) {
    let word = match trouble.trust {
        Trust::Stale if allowed => "STALE, and allowed",
        Trust::Stale => "STALE",
        Trust::Refused => "REFUSED",
        Trust::Clock => "CLOCK",
        Trust::Fresh => "NOTE",
    };
    page.styled(if allowed { Style::Yellow } else { Style::Red }, word);
    page.put(": ").line(&trouble.message);
    page.line(&format!("  {}", trouble.remedy));
}

fn put_verdict(page: &mut Page, assessment: &Assessment, product: &Product) {
    let (style, words) = match assessment.verdict() {
        Verdict::Exposed => {
            (Style::Red, format!("EXPOSED to {}", summary(assessment, AdvisoryStatus::Exposed)))
        }
        Verdict::AwaitingRestart => (
            Style::Yellow,
            format!("AWAITING A RESTART for {}", summary(assessment, AdvisoryStatus::AwaitingRestart)),
        ),
        Verdict::Withdrawn => (Style::Red, "A WITHDRAWN HOTFIX IS INSTALLED".to_owned()),
        Verdict::Undetermined => {
            let open = summary(assessment, AdvisoryStatus::Undetermined);
            let about = if open.is_empty() { String::new() } else { format!(": {open}") };
            (Style::Yellow, format!("UNDETERMINED{about}"))
        }
        Verdict::UnderInvestigation => (
            Style::Yellow,
            format!("UNDER INVESTIGATION: {}", summary(assessment, AdvisoryStatus::UnderInvestigation)),
        ),
        Verdict::Fixed => (Style::Green, "FIXED".to_owned()),
        Verdict::NotExposed => (Style::Bold, "NOT EXPOSED".to_owned()),
        Verdict::Unstated => (Style::Bold, "NOTHING STATED".to_owned()),
    };
    page.styled(style, &words).line(&format!(" — {}.", outlook(assessment, product)));
}

/// The rest of the verdict's sentence.
fn outlook(assessment: &Assessment, product: &Product) -> String {
    let release = assessment.release.id.as_ref().and_then(|id| product.release(id.as_str()));
    let host = release.map_or_else(|| format!("{}, release not known", product.name), |r| r.name.clone());
    let steps: Vec<&str> = assessment.plan.steps.iter().map(|step| step.hotfix.as_str()).collect();
    match (assessment.verdict(), steps.as_slice()) {
        (Verdict::Exposed, []) => format!("{host}; no hotfix can be installed for it now"),
        (Verdict::Exposed, [one, two, three, more @ ..]) if !more.is_empty() => {
            format!("{host}; install {one}, {two}, {three} and {} more, in the order below", more.len())
        }
        (Verdict::Exposed, steps) => format!("{host}; install {}", steps.join(", then ")),
        (Verdict::AwaitingRestart, _) => format!("{host}; what runs is still the old"),
        (Verdict::Undetermined, _) => match &assessment.release {
            release if release.id.is_none() && release.missing_facts.is_empty() => {
                format!("{host}: the publisher knows none that reports what this host does")
            }
            _ if by_severity(assessment, AdvisoryStatus::Undetermined).is_empty() && release.is_some() => {
                format!("{host}; something that was asked about is not known here, see below")
            }
            _ => format!("{host}; facts are missing, see below"),
        },
        (Verdict::Unstated, _) => format!("{host}; nothing that was asked about speaks of this release"),
        (Verdict::UnderInvestigation, _) => format!("{host}; the publisher does not know yet"),
        (Verdict::Withdrawn, _) => format!("{host}; what its publisher advises stands below"),
        (Verdict::Fixed | Verdict::NotExposed, _) => format!("{host}; nothing is needed"),
    }
}

/// The advisories of a status, the most severe first.
pub(super) fn by_severity(assessment: &Assessment, status: AdvisoryStatus) -> Vec<&AdvisoryAnswer> {
    let mut answers: Vec<&AdvisoryAnswer> =
        assessment.advisories.iter().filter(|answer| answer.status == status).collect();
    answers.sort_by(|one, other| one.severity.cmp(&other.severity));
    answers
}

/// The advisories of a status in a few words: all of them, or the worst and how many.
pub(super) fn summary(assessment: &Assessment, status: AdvisoryStatus) -> String {
    const NAMED: usize = 3;
    let answers = by_severity(assessment, status);
    let ids: Vec<&str> = answers.iter().take(NAMED).map(|answer| answer.id.as_str()).collect();
    match answers.len().checked_sub(ids.len()) {
        None | Some(0) => ids.join(", "),
        Some(more) => format!("{} and {more} more", ids.join(", ")),
    }
}

fn list(assessment: &Assessment, status: AdvisoryStatus) -> String {
    let ids: Vec<&str> =
        assessment.advisories.iter().filter(|a| a.status == status).map(|a| a.id.as_str()).collect();
    ids.join(", ")
}

fn put_plan(page: &mut Page, assessment: &Assessment, view: &View) {
    let plan = &assessment.plan;
    if plan.steps.is_empty() && plan.before.is_empty() && plan.conflicts.is_empty() {
        return;
    }
    page.end().styled(Style::Bold, "What to do").end();
    let mut number = 0;
    let mut step = |page: &mut Page, text: &str| {
        number += 1;
        page.line(&format!("  {number}. {text}"));
    };
    for pending in &plan.before {
        let action = sentence::capital(&sentence::action(&pending.action));
        step(page, &format!("{action}: {} waits for it.", pending.hotfix));
    }
    let hotfixes = view.catalogue.hotfixes();
    let warnings: Vec<&[String]> = plan.steps.iter().map(|step| step.warnings.as_slice()).collect();
    let common = common(&warnings);
    for (index, planned) in plan.steps.iter().enumerate() {
        let title = hotfixes.get(&planned.hotfix).map(|hotfix| hotfix.title.as_str()).unwrap_or_default();
        step(page, &format!("Install {}: {title}.", planned.hotfix));
        for warning in planned.warnings.iter().filter(|warning| !common.contains(warning)) {
            page.line(&format!("     Warning: {warning}."));
        }
        let next = plan.steps.get(index + 1).map(|step| step.group);
        if next == Some(planned.group) {
            continue;
        }
        for guidance in plan.guidance.iter().filter(|guidance| guidance.group == planned.group) {
            for action in &guidance.actions {
                let what = sentence::capital(&sentence::action(&action.action));
                let assumed = if action.assumed { ", assumed: the publisher does not state it" } else { "" };
                step(page, &format!("{what} ({}{assumed}).", sentence::level(&action.level)));
            }
        }
    }
    if !common.is_empty() {
        page.line(&format!("  Warning, for every step: {}.", common.join("; ")));
    }
    if let Some(bytes) = plan.download_bytes.filter(|_| !plan.steps.is_empty()) {
        page.line(&format!("  To download: {}.", sentence::about_bytes(bytes)));
    }
    for [one, other] in &plan.conflicts {
        page.line(&format!("  {one} and {other} stand against each other: not everything can be remedied."));
    }
    if !plan.optimal {
        page.line("  A shorter plan may exist: the search was ended at its bound.");
    }
    let after = &assessment.after;
    for (left, word) in [(&after.exposed, "exposed to"), (&after.undetermined, "undetermined for")] {
        if !left.is_empty() && !plan.steps.is_empty() {
            page.line(&format!("  After that it is still {word} {}.", ids(left)));
        }
    }
}

/// What every one of several steps is warned of: said once, below them.
pub(super) fn common(warnings: &[&[String]]) -> Vec<String> {
    let [first, rest @ ..] = warnings else { return Vec::new() };
    if rest.is_empty() {
        return Vec::new();
    }
    let everywhere = |warning: &&String| rest.iter().all(|step| step.contains(warning));
    first.iter().filter(everywhere).cloned().collect()
}

fn put_advisories(
    page: &mut Page,
    assessment: &Assessment,
    status: AdvisoryStatus,
    heading: &str,
    product: &Product,
) {
    let answers = by_severity(assessment, status);
    if answers.is_empty() {
        return;
    }
    page.end().styled(Style::Bold, &format!("{heading} ({})", answers.len())).end();
    for answer in answers {
        page.put("  ").styled(Style::Bold, answer.id.as_str());
        page.line(&format!("  {} ({}, {})", answer.title, answer.severity, answer.category));
        for reason in &answer.because {
            page.line(&format!("    because {reason}"));
        }
        put_remedy(page, answer);
        for missing in questions(product, &answer.missing_facts) {
            page.put("    missing: ").line(&missing.id);
            super::explanation::put_question(page, &missing, 6);
        }
    }
}

fn put_remedy(page: &mut Page, answer: &AdvisoryAnswer) {
    if !answer.fixed_by.is_empty() {
        let sets: Vec<String> = answer.fixed_by.iter().map(|set| ids(set)).collect();
        page.line(&format!("    fixed by {}", sets.join(", or ")));
    }
    if let Some(remediation) = &answer.remediation {
        let date = remediation.date.map(|date| format!(" for {date}")).unwrap_or_default();
        let words = match &remediation.kind {
            RemediationKind::FixPlanned => format!("a fix is planned{date}"),
            RemediationKind::NoneAvailable => "there is no fix yet".to_owned(),
            RemediationKind::NoFixPlanned => "no fix is planned".to_owned(),
            RemediationKind::Other(word) => word.clone(),
        };
        page.line(&format!("    {words}"));
    }
    if let Some(workaround) = &answer.workaround {
        page.line(&format!("    meanwhile: {workaround}"));
    }
}

fn put_rest(page: &mut Page, assessment: &Assessment) {
    let settled = [
        (AdvisoryStatus::Fixed, "Fixed"),
        (AdvisoryStatus::NotExposed, "Not exposed"),
        (AdvisoryStatus::Unstated, "Nothing stated for this release"),
    ];
    let lines: Vec<(&str, String)> = settled
        .into_iter()
        .map(|(status, word)| (word, list(assessment, status)))
        .filter(|(_, ids)| !ids.is_empty())
        .collect();
    if lines.is_empty() {
        return;
    }
    page.end();
    for (word, ids) in lines {
        page.line(&format!("{word}: {ids}"));
    }
}

fn put_hotfixes(page: &mut Page, assessment: &Assessment) {
    let shown: Vec<&HotfixAnswer> =
        assessment.hotfixes.iter().filter(|h| h.status != HotfixStatus::NotApplicable).collect();
    if shown.is_empty() {
        return;
    }
    page.end().styled(Style::Bold, "Hotfixes").end();
    let width = shown.iter().map(|answer| answer.id.as_str().len()).max().unwrap_or(0);
    for answer in shown {
        let need = match answer.need {
            Some(Need::Needed) => ", needed",
            Some(Need::Alternative) => ", an alternative",
            Some(Need::Undetermined) => ", would remedy what is undetermined",
            Some(Need::Optional) => ", optional",
            None => "",
        };
        let beside = beside(answer);
        page.line(&format!("  {:width$}  {}{need}{beside}", answer.id, answer.status));
        for warning in answer.warnings.iter().filter(|_| answer.withdrawn) {
            page.line(&format!("  {:width$}  Warning: {warning}.", ""));
        }
    }
}

/// What else there is to say of a hotfix's status.
fn beside(answer: &HotfixAnswer) -> String {
    match answer.status {
        HotfixStatus::Superseded => format!(" by {}", ids(&answer.superseded_by)),
        HotfixStatus::Conflicting => format!(" with {}", ids(&answer.conflicts_with)),
        HotfixStatus::Blocked => format!(" by missing {}", ids(&answer.blocked_by)),
        HotfixStatus::Undetermined => format!(" (missing {})", answer.missing_facts.join(", ")),
        HotfixStatus::Deferred => match answer.until {
            Some(until) => format!(" until {until}"),
            None => String::new(),
        },
        HotfixStatus::Installed if answer.withdrawn => " (withdrawn)".to_owned(),
        HotfixStatus::Installed
        | HotfixStatus::Withdrawn
        | HotfixStatus::NotApplicable
        | HotfixStatus::Applicable => String::new(),
    }
}

fn put_host(page: &mut Page, checked: &Checked, assessment: &Assessment, product: &Product) {
    page.end().styled(Style::Bold, "This host").end();
    let release = match &assessment.release.id {
        Some(id) => product.release(id.as_str()).map_or(id.as_str(), |release| release.name.as_str()),
        None => "release not known",
    };
    let because = assessment.release.because.join("; ");
    page.line(&format!("  {release} ({because})"));
    if !assessment.release.missing_facts.is_empty() {
        page.line(&format!("  missing: {}", assessment.release.missing_facts.join(", ")));
    }
    for unknown in &assessment.unrecognised {
        page.line(&format!("  not recognised: {} ({})", unknown.pointer, unknown.why));
    }
    put_question(page, checked);
}

/// What was asked for by its id and nothing is said of, with why.
pub(super) fn put_question(page: &mut Page, checked: &Checked) {
    let answers = checked.assessment.iter().flat_map(|assessment| &assessment.advisories);
    let answered: BTreeSet<&Id> = answers.map(|answer| &answer.id).collect();
    let asked = checked.question.advisories.iter().flatten();
    for asked in asked.filter(|asked| !answered.contains(asked)) {
        page.line(&format!("  {asked}: {}", why_not(checked, asked)));
    }
}

/// Why nothing is said of an advisory that was asked for.
fn why_not(checked: &Checked, asked: &Id) -> &'static str {
    let catalogue = checked.view.as_ref().map(|view| &view.catalogue);
    match catalogue.and_then(|catalogue| catalogue.advisories().get(asked)) {
        None => "this catalogue has no such advisory",
        Some(advisory) if advisory.withdrawn.is_some() => "this advisory is withdrawn",
        Some(_) => "is not about security: ask for it without --security",
    }
}

fn put_signatures(page: &mut Page, checked: &Checked, view: &View, now: Timestamp) {
    page.end().styled(Style::Bold, "Signed by").end();
    let roles = view.roles(now);
    let width = roles.iter().map(|role| role.name.len()).max().unwrap_or(0);
    for role in &roles {
        let seen = role.first_seen.map(|at| format!(", first seen {}", ago(at, now))).unwrap_or_default();
        let left = span(role.expires.duration_since(now));
        let expiry = if role.expired { format!("expired {left} ago") } else { format!("expires in {left}") };
        page.put(&format!("  {:width$}  version {}{seen}, ", role.name, role.version));
        if role.expired {
            page.styled(Style::Red, &expiry).end();
        } else {
            page.line(&expiry);
        }
    }
    page.line(&format!(
        "  {}, last found current at {} ({})",
        checked.server,
        view.memory.checked_at,
        ago(view.memory.checked_at, now)
    ));
    if let Some(error) = &checked.not_reached {
        page.styled(Style::Yellow, "  Not asked just now").line(&format!(": {error}"));
    }
    put_witness(page, checked, "  ");
}

fn ids(ids: &[Id]) -> String {
    ids.iter().map(Id::as_str).collect::<Vec<_>>().join(" and ")
}
