//! Why a host stands with a hotfix as it does, and what it needs it for.

use super::advisory::{about, no_release};
use super::filled::{fill, name};
use super::{About, Explanation, questions, step};
use crate::assess::assessment::{AdvisoryStatus, Assessment, HotfixAnswer, HotfixStatus, Need, Reason};
use crate::assess::because::list;
use crate::assess::fixes;
use crate::assess::host::Host;
use crate::assess::state::State;
use crate::model::{Advisory, Hotfix, Id, sentence};

pub(super) fn explain(state: &State<'_>, assessment: &Assessment, hotfix: &Hotfix) -> Explanation {
    let answer = assessment.hotfixes.iter().find(|one| one.id == hotfix.id);
    let fixed: Vec<About> = fixed_by(state, hotfix)
        .filter(|advisory| assessment.advisories.iter().any(|one| one.id == advisory.id))
        .map(|advisory| about(state, assessment, advisory))
        .filter(|about| about.status != AdvisoryStatus::Unstated)
        .collect();
    let Some(answer) = answer else {
        return of(hotfix, HotfixStatus::NotApplicable, None, vec![other_release(state, hotfix)], fixed);
    };
    let mut because = stands(state, assessment, hotfix, answer);
    because.extend(need(assessment, answer, &fixed));
    because.extend(answer.warnings.iter().filter_map(|warning| warned(warning, answer)));
    let asks = hotfix.when.as_ref().filter(|_| state.release().is_some());
    let missing = match (answer.status, answer.need) {
        (HotfixStatus::Undetermined, _) => questions(state.catalogue().product(), &answer.missing_facts),
        (_, Some(Need::Undetermined)) => each_once(&fixed),
        _ => Vec::new(),
    };
    Explanation {
        step: step(assessment, &hotfix.id),
        asks: asks.map(|when| fill(when, state)),
        missing,
        ..of(hotfix, answer.status, answer.need, because, fixed)
    }
}

fn of(
    hotfix: &Hotfix,
    status: HotfixStatus,
    need: Option<Need>,
    because: Vec<String>,
    advisories: Vec<About>,
) -> Explanation {
    Explanation {
        id: hotfix.id.clone(),
        kind: "hotfix",
        title: hotfix.title.clone(),
        status: status.word(),
        need,
        step: None,
        because,
        asks: None,
        advisories,
        missing: Vec::new(),
    }
}

/// The advisories that name the hotfix, or what it rolls up, as a fix.
fn fixed_by<'c>(state: &State<'c>, hotfix: &'c Hotfix) -> impl Iterator<Item = &'c Advisory> {
    let catalogue = state.catalogue();
    let rolled_up = catalogue.rolls_up(hotfix.id.as_str());
    catalogue.advisories().values().filter(move |advisory| {
        let mut members = advisory.matrix.iter().flat_map(|cell| cell.alternatives().iter().flatten());
        members.any(|id| *id == hotfix.id || rolled_up.contains(id))
    })
}

fn other_release(state: &State<'_>, hotfix: &Hotfix) -> String {
    let on = list(hotfix.releases.iter().map(|id| name(id, state)));
    match state.release() {
        Some(release) => {
            format!("It is not for this host: it installs on {on}; this host is {}", name(release, state))
        }
        None => format!("It is not for this host: it installs on {on}, which this host cannot be"),
    }
}

/// Why its status is what it is.
fn stands(state: &State<'_>, assessment: &Assessment, hotfix: &Hotfix, answer: &HotfixAnswer) -> Vec<String> {
    let catalogue = state.catalogue();
    let reasons = || answer.because.first().cloned().unwrap_or_default();
    let with = |id: &Id| format!("{id} {}", fixes::fix(catalogue, assessment, id).says);
    match answer.status {
        HotfixStatus::Installed => {
            let pending = assessment.plan.before.iter().filter(|one| hotfix.id == *one.hotfix.as_str());
            let waits =
                pending.map(|one| format!("It waits for somebody to {}", sentence::action(&one.action)));
            std::iter::once("It is installed".to_owned()).chain(waits).collect()
        }
        HotfixStatus::Superseded => vec![format!(
            "It need not be installed: {} is installed, and brings all that it does",
            list(&answer.superseded_by)
        )],
        HotfixStatus::Withdrawn => {
            let replaced_by = hotfix.withdrawn.as_ref().and_then(|one| one.replaced_by.as_ref());
            std::iter::once(format!("It must not be installed: it was {}", reasons()))
                .chain(replaced_by.map(|other| format!("{other} is there in its place")))
                .collect()
        }
        HotfixStatus::NotApplicable => match answer.reason {
            Some(Reason::Channel) => vec![format!("It is not for this host: {}", reasons())],
            Some(Reason::Condition) => {
                vec!["It is not for this host: it asks for what is not so here".to_owned()]
            }
            Some(Reason::Release) | None => vec![other_release(state, hotfix)],
        },
        HotfixStatus::Undetermined if state.release().is_none() => {
            vec![format!("Whether it can be installed cannot be told: {}", no_release(state))]
        }
        HotfixStatus::Undetermined => {
            vec![format!(
                "Whether it can be installed cannot be told: {}",
                answer.because.first().cloned().unwrap_or_default()
            )]
        }
        HotfixStatus::Conflicting => {
            vec![format!(
                "It cannot be installed: it conflicts with {}, which is installed",
                list(&answer.conflicts_with)
            )]
        }
        HotfixStatus::Blocked => std::iter::once(format!(
            "It cannot be installed yet: it requires {}, which is not installed",
            list(&answer.blocked_by)
        ))
        .chain(answer.blocked_by.iter().map(with))
        .collect(),
        HotfixStatus::Deferred => vec![format!("It cannot be installed yet: {}", reasons())],
        HotfixStatus::Applicable => {
            let release = state.release().map(|id| name(id, state)).unwrap_or_default();
            vec![format!(
                "It can be installed: it installs on {release}, which this host is, and nothing that is installed stands in its way"
            )]
        }
    }
}

/// What it is needed for, or why not.
fn need(assessment: &Assessment, answer: &HotfixAnswer, fixed: &[About]) -> Vec<String> {
    let of = |status: AdvisoryStatus| {
        let ids: Vec<&Id> =
            fixed.iter().filter(|about| about.status == status).map(|about| &about.advisory).collect();
        (!ids.is_empty()).then(|| list(ids))
    };
    let exposed = of(AdvisoryStatus::Exposed);
    let another = || match assessment.plan.steps.as_slice() {
        steps @ [_, ..] if steps.len() <= 3 => list(steps.iter().map(|step| &step.hotfix)),
        _ => "another way".to_owned(),
    };
    let Some(need) = answer.need else {
        return of(AdvisoryStatus::Fixed)
            .map(|ids| format!("So this host has the fix of {ids}"))
            .into_iter()
            .collect();
    };
    vec![match (need, exposed) {
        (Need::Needed, Some(ids)) => {
            let place = step(assessment, &answer.id)
                .map(|at| format!(", as step {at} of the plan"))
                .unwrap_or_default();
            format!("It is needed{place}: it remedies {ids}, to which this host is exposed")
        }
        (Need::Needed, None) => "It is needed: a later step of the plan cannot be taken before it".to_owned(),
        (Need::Alternative, Some(ids)) if !assessment.plan.steps.is_empty() => {
            format!(
                "It would remedy {ids}, to which this host is exposed, as well; the plan takes {}",
                another()
            )
        }
        (Need::Alternative, _) => "It would remedy what this host is exposed to".to_owned(),
        (Need::Undetermined, _) => {
            let ids = of(AdvisoryStatus::Undetermined).unwrap_or_else(|| "what is undetermined".to_owned());
            format!(
                "Whether it is needed cannot be told: it remedies {ids}, and whether this host is exposed to that is not known"
            )
        }
        (Need::Optional, _) => {
            "It is not needed: it remedies nothing that this host is exposed to".to_owned()
        }
    }]
}

/// A warning as a sentence of its own; what has to come before a hotfix matters where it may be installed.
fn warned(warning: &str, answer: &HotfixAnswer) -> Option<String> {
    match warning {
        "requires not stated" => {
            let says = "Its publisher does not state what has to be installed before it";
            answer.need.is_some().then(|| says.to_owned())
        }
        "restart not stated" => {
            Some("Its publisher does not state whether a restart follows: restart the host".to_owned())
        }
        other => Some(sentence::capital(other)),
    }
}

fn each_once(fixed: &[About]) -> Vec<super::Missing> {
    let mut out: Vec<super::Missing> = Vec::new();
    for missing in fixed.iter().flat_map(|about| &about.missing) {
        if !out.contains(missing) {
            out.push(missing.clone());
        }
    }
    out
}
