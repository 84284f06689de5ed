//! Why a host stands with an advisory as it does.

use super::filled::{name, of_cell};
use super::{About, Explanation, Rule, questions};
use crate::assess::advisory::{JudgedAdvisory, JudgedCell, judge};
use crate::assess::assessment::{AdvisoryAnswer, AdvisoryStatus, Assessment};
use crate::assess::because::list;
use crate::assess::fixes;
use crate::assess::host::Host;
use crate::assess::release::Found;
use crate::assess::state::State;
use crate::model::words::CellStatus;
use crate::model::{Advisory, Id, sentence};

pub(super) fn explain(state: &State<'_>, assessment: &Assessment, advisory: &Advisory) -> Explanation {
    let about = about(state, assessment, advisory);
    let withdrawn = advisory
        .withdrawn
        .as_ref()
        .map(|one| format!("It was withdrawn on {}, and takes no part: {}", one.date, one.reason));
    Explanation {
        id: advisory.id.clone(),
        kind: "advisory",
        title: advisory.title.clone(),
        status: if withdrawn.is_some() { "withdrawn" } else { about.status.word() },
        need: None,
        step: None,
        because: vec![withdrawn.unwrap_or_else(|| about.because.clone())],
        asks: None,
        missing: about.missing.clone(),
        advisories: if advisory.withdrawn.is_some() { Vec::new() } else { vec![about] },
    }
}

/// How the host stands with an advisory that takes part.
pub(super) fn about(state: &State<'_>, assessment: &Assessment, advisory: &Advisory) -> About {
    let judged = judge(advisory, state);
    let answer = assessment.advisories.iter().find(|one| one.id == advisory.id);
    let missing = answer.map(|answer| answer.missing_facts.as_slice()).unwrap_or_default();
    let mut rules: Vec<Rule> = judged.cells.iter().map(|cell| rule(cell, &judged, state)).collect();
    rules.sort_by_key(|rule| (!rule.decides, rule.asks.is_none()));
    About {
        advisory: advisory.id.clone(),
        title: advisory.title.clone(),
        severity: advisory.severity.clone(),
        category: advisory.category.clone(),
        status: judged.status,
        because: because(&judged, answer, &rules, state),
        rules,
        fixes: answer.map(|answer| fixes(state.catalogue(), assessment, answer)).unwrap_or_default(),
        workaround: answer.and_then(|answer| answer.workaround.clone()),
        missing: questions(state.catalogue().product(), missing),
    }
}

fn rule<'c>(judged: &JudgedCell<'c>, whole: &JudgedAdvisory<'c>, state: &State<'c>) -> Rule {
    let cell = judged.cell;
    let releases = match state.release() {
        Some(release) => name(release, state).to_owned(),
        None => list(cell.releases.iter().map(|id| name(id, state))),
    };
    let asks = match cell.status {
        CellStatus::KnownAffected | CellStatus::UnderInvestigation if state.release().is_some() => {
            of_cell(cell, state)
        }
        _ => None,
    };
    let with = match (&cell.feature, &asks) {
        (Some(id), None) => {
            let feature = state.catalogue().product().feature(id.as_str());
            format!(", as far as {} goes", feature.map_or(id.as_str(), |feature| feature.name.as_str()))
        }
        (None, None) => " as a whole".to_owned(),
        _ => String::new(),
    };
    let is = match &cell.status {
        CellStatus::KnownAffected => "is affected",
        CellStatus::KnownNotAffected => "is not affected",
        CellStatus::Fixed => "has the fix",
        CellStatus::UnderInvestigation => "is under investigation",
        CellStatus::Other(word) => &format!("is “{}”, which this version does not know", word.escape_debug()),
    };
    Rule {
        says: match cell.feature {
            Some(_) => format!("{releases} {is}{with}"),
            None => format!("{releases}{with} {is}"),
        },
        status: judged.status,
        decides: judged.status == whole.status,
        asks,
        note: cell.note.clone(),
    }
}

/// The answer in a sentence. With a condition it ends in "where", and the condition goes on.
fn because(
    judged: &JudgedAdvisory<'_>,
    answer: Option<&AdvisoryAnswer>,
    rules: &[Rule],
    state: &State<'_>,
) -> String {
    let Some(first) = rules.first() else {
        let of = state.release().map_or("a release that this host may be", |id| name(id, state));
        return format!("Nothing is stated about {of}. That is not the same as not affected.");
    };
    let wherever = if first.asks.is_some() { " where" } else { "" };
    let says = &first.says;
    match judged.status {
        AdvisoryStatus::Exposed => format!("This host is exposed: {says}{wherever}"),
        AdvisoryStatus::Undetermined if state.release().is_none() => {
            format!("Whether this host is exposed cannot be told: {}", no_release(state))
        }
        AdvisoryStatus::Undetermined => {
            let hotfixes =
                answer.is_some_and(|answer| answer.missing_facts.iter().any(|id| id == "hotfixes"));
            let unless = if hotfixes { " unless the fix is installed, which is not reported," } else { "" };
            format!("Whether this host is exposed cannot be told: {says}{unless}{wherever}")
        }
        AdvisoryStatus::AwaitingRestart => waiting(answer, state),
        AdvisoryStatus::UnderInvestigation => {
            format!("The publisher does not know yet: {says}{wherever}")
        }
        AdvisoryStatus::Fixed => fixed(answer, says, state),
        AdvisoryStatus::NotExposed if first.asks.is_some() => {
            format!("This host is not exposed: {says} only where")
        }
        AdvisoryStatus::NotExposed | AdvisoryStatus::Unstated => {
            format!("This host is not exposed: {says}")
        }
    }
}

/// What the release may be.
pub(super) fn no_release(state: &State<'_>) -> String {
    match state.found() {
        Found::Unsettled { possible, .. } => {
            let names: Vec<&str> = possible.iter().map(|id| name(id, state)).collect();
            format!("its release is not known, and may be {}", names.join(" or "))
        }
        Found::Release(_) | Found::Nothing => "its release is not known".to_owned(),
    }
}

/// What is installed and remedies it.
fn fixed(answer: Option<&AdvisoryAnswer>, says: &str, state: &State<'_>) -> String {
    let with: &[Id] = answer.map(|answer| answer.fixed_with.as_slice()).unwrap_or_default();
    let rolled_up = |id: &Id| {
        let rolled_up = state.catalogue().rolls_up(id.as_str());
        let sets = answer.into_iter().flat_map(|answer| answer.fixed_by.iter().flatten());
        let members: std::collections::BTreeSet<&Id> =
            sets.filter(|member| *member != id && rolled_up.contains(*member)).collect();
        match members.is_empty() {
            true => format!("{id} is installed"),
            false => format!("{id}, which rolls up {}, is installed", list(members)),
        }
    };
    match with {
        [] => format!("This host has the fix: {says}"),
        with => format!(
            "This host has the fix: {}",
            with.iter().map(rolled_up).collect::<Vec<_>>().join(", and ")
        ),
    }
}

/// What is installed and waits.
fn waiting(answer: Option<&AdvisoryAnswer>, state: &State<'_>) -> String {
    let catalogue = state.catalogue();
    let members: Vec<&Id> = answer.into_iter().flat_map(|answer| answer.fixed_by.iter().flatten()).collect();
    let waits = state.inventory().pending.iter().filter_map(|pending| {
        let hotfix = catalogue.find_hotfix(&pending.hotfix)?;
        let rolled_up = catalogue.rolls_up(hotfix.id.as_str());
        let helps = members.iter().any(|id| **id == hotfix.id || rolled_up.contains(*id));
        helps.then(|| format!("{} waits for somebody to {}", hotfix.id, sentence::action(&pending.action)))
    });
    let waits: Vec<String> = waits.collect();
    format!("The fix is installed, but what runs is still the old: {}", waits.join(", and "))
}
