//! The statuses of an assessment as badges, its verdict as sentences, its reasons in the product's own names.

use super::super::words::Badge;
use super::input::CheckAsked;
use crate::assess::{AdvisoryStatus, Assessment, HotfixStatus, Need, Verdict};
use crate::model::Product;
use crate::model::sentence;

pub(super) fn advisory(status: AdvisoryStatus) -> Badge {
    match status {
        AdvisoryStatus::Exposed => Badge::new("Exposed", "!", "bad"),
        AdvisoryStatus::Undetermined => Badge::new("Undetermined", "?", "unknown"),
        AdvisoryStatus::AwaitingRestart => Badge::new("Awaiting restart", "↻", "wait"),
        AdvisoryStatus::UnderInvestigation => Badge::new("Under investigation", "…", "wait"),
        AdvisoryStatus::Fixed => Badge::new("Fixed", "✓", "fixed"),
        AdvisoryStatus::NotExposed => Badge::new("Not exposed", "–", "calm"),
        AdvisoryStatus::Unstated => Badge::unstated(),
    }
}

pub(super) fn hotfix(status: HotfixStatus) -> Badge {
    match status {
        HotfixStatus::Installed => Badge::new("Installed", "•", "calm"),
        HotfixStatus::Superseded => Badge::new("Superseded", "↑", "calm"),
        HotfixStatus::Withdrawn => Badge::new("Withdrawn", "×", "withdrawn"),
        HotfixStatus::NotApplicable => Badge::new("Not for this host", "–", "calm"),
        HotfixStatus::Undetermined => Badge::new("Undetermined", "?", "unknown"),
        HotfixStatus::Conflicting => Badge::new("Conflicting", "≠", "wait"),
        HotfixStatus::Blocked => Badge::new("Blocked", "‖", "wait"),
        HotfixStatus::Deferred => Badge::new("Deferred", "…", "wait"),
        HotfixStatus::Applicable => Badge::new("Can be installed", "+", "calm"),
    }
}

pub(super) fn need(need: Need) -> Badge {
    match need {
        Need::Needed => Badge::new("Needed", "!", "bad"),
        Need::Alternative => Badge::new("Alternative", "≈", "calm"),
        Need::Undetermined => Badge::new("Need undetermined", "?", "unknown"),
        Need::Optional => Badge::new("Optional", "○", "calm"),
    }
}

/// The day of a moment, in UTC.
pub(super) fn day(at: jiff::Timestamp) -> String {
    jiff::tz::Offset::UTC.to_datetime(at).date().to_string()
}

/// The verdict as a badge and a title.
pub(super) fn verdict(verdict: Verdict) -> (Badge, &'static str) {
    match verdict {
        Verdict::Exposed => (advisory(AdvisoryStatus::Exposed), "This host is exposed"),
        Verdict::AwaitingRestart => {
            (advisory(AdvisoryStatus::AwaitingRestart), "This host waits for a restart")
        }
        Verdict::Withdrawn => {
            (hotfix(HotfixStatus::Withdrawn), "A withdrawn hotfix is installed on this host")
        }
        Verdict::Undetermined => (advisory(AdvisoryStatus::Undetermined), "Not enough is known to say"),
        Verdict::UnderInvestigation => {
            (advisory(AdvisoryStatus::UnderInvestigation), "The publisher does not know yet")
        }
        Verdict::Fixed => (advisory(AdvisoryStatus::Fixed), "This host has the fix"),
        Verdict::NotExposed => (advisory(AdvisoryStatus::NotExposed), "This host is not exposed"),
        Verdict::Unstated => {
            (advisory(AdvisoryStatus::Unstated), "Nothing is stated about this host’s release")
        }
    }
}

/// What stands in place of advisories where there are none.
pub(super) fn no_advisories(asked: &CheckAsked<'_>) -> String {
    let advisories = asked.catalogue.advisories();
    let day = asked.moment.day.map(|(date, _)| date);
    if let Some((id, advisory)) =
        asked.input.advisory.as_ref().and_then(|id| advisories.get_key_value(id.as_str()))
    {
        let why = if advisory.withdrawn.is_some() { "was withdrawn" } else { "is not about security" };
        return format!("{id} {why}.");
    }
    let which = match day {
        Some(date) => format!("was published by {date}"),
        None => "is published".to_owned(),
    };
    let counts = advisories.values().any(|advisory| advisory.withdrawn.is_none());
    match (advisories.is_empty(), counts) {
        (true, _) => format!("None {which}."),
        (false, true) => format!("None that {which} is about security."),
        (false, false) => format!("Whatever {which} was withdrawn."),
    }
}

/// What the verdict means, in a sentence.
pub(super) fn lead(assessment: &Assessment, narrowed: bool) -> String {
    let settled = if narrowed { "Nothing is to be done." } else { "No advisory leaves anything to do." };
    let text = match assessment.verdict() {
        Verdict::Exposed => return exposed(assessment),
        Verdict::AwaitingRestart => "The fix is installed, but what runs is still the old.",
        Verdict::Withdrawn => "See below what its publisher advises.",
        Verdict::Undetermined => "Find out what is asked below; until then, do not take this host for safe.",
        Verdict::UnderInvestigation => "What may touch this host is under investigation.",
        Verdict::Fixed | Verdict::NotExposed => settled,
        Verdict::Unstated => "That is not the same as not affected.",
    };
    text.to_owned()
}

fn exposed(assessment: &Assessment) -> String {
    let touching = assessment.advisories.iter().filter(|one| one.status == AdvisoryStatus::Exposed).count();
    let undetermined =
        assessment.advisories.iter().filter(|one| one.status == AdvisoryStatus::Undetermined).count();
    let left = assessment.after.exposed.len();
    let touches = match touching {
        1 => "One advisory touches it".to_owned(),
        many => format!("{many} advisories touch it"),
    };
    let remedy = match (assessment.plan.steps.len(), left) {
        (0, _) => "no hotfix in this catalogue can remedy that now",
        (_, 0) if touching == 1 => "the plan below remedies it",
        (_, 0) => "the plan below remedies them all",
        _ => "the plan below remedies what can be remedied, and says what stays open",
    };
    let doubt = match undetermined {
        0 => String::new(),
        1 => " One more cannot be told yet.".to_owned(),
        many => format!(" {many} more cannot be told yet."),
    };
    format!("{touches}: {remedy}.{doubt}")
}

/// What stands in place of a plan that has no steps.
pub(super) fn idle(assessment: &Assessment) -> &'static str {
    if assessment.release.id.is_none() {
        return "No plan yet: first the release has to be known.";
    }
    match assessment.verdict() {
        Verdict::Exposed => "No hotfix in this catalogue can remedy it now.",
        Verdict::Undetermined => "No plan yet: first find out what is asked above.",
        Verdict::UnderInvestigation => "Nothing can be installed for it yet.",
        Verdict::AwaitingRestart => "Nothing to install: restart what waits for it.",
        Verdict::Withdrawn => "Nothing to install. What the publisher advises stands with the hotfix below.",
        Verdict::Fixed | Verdict::NotExposed => "Nothing.",
        Verdict::Unstated => "Nothing is known to be needed.",
    }
}

/// A reason with the product's own names for the ids in it, and sizes as people read them.
pub(super) fn reason(product: &Product, because: &str) -> String {
    match because {
        "requires not stated" => return "Its prerequisites are not stated".to_owned(),
        "restart not stated" => return "Whether a restart is needed is not stated".to_owned(),
        _ => {}
    }
    let mut unit: Option<&str> = None;
    let words = because.split(' ').map(|word| {
        let bare = word.trim_end_matches([',', '.', ';', ':']);
        let tail = word.get(bare.len()..).unwrap_or_default();
        if let Some(fact) = product.fact(bare) {
            unit = fact.unit.as_deref();
            return format!("{}{tail}", fact.title.as_deref().unwrap_or(bare));
        }
        if let Some(feature) = product.feature(bare) {
            return format!("{}{tail}", feature.name);
        }
        match (unit, bare.parse::<i64>()) {
            (Some(unit), Ok(number)) => format!("{}{tail}", sentence::quantity(number, Some(unit))),
            _ => word.to_owned(),
        }
    });
    sentence::capital(&words.collect::<Vec<_>>().join(" "))
}

/// At most so many reasons are shown; the rest are counted.
const REASONS: usize = 5;

/// Reasons in the product's own names, the first few of many.
pub(super) fn reasons(product: &Product, list: &[String]) -> Vec<String> {
    let shown = if list.len() > REASONS { REASONS - 1 } else { list.len() };
    let more = list.len() - shown;
    let rest = (more > 0).then(|| format!("And {more} more reasons"));
    list.iter().take(shown).map(|text| reason(product, text)).chain(rest).collect()
}
