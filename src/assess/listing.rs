//! The hotfixes of an answer: each with its status, need, reasons and warnings.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::assessment::{HotfixAnswer, HotfixStatus, Need};
use super::hotfix::{JudgedHotfix, Standing};
use super::question::Question;
use super::rollout;
use crate::model::{Hotfix, Id};

/// What is said of a hotfix that does not state what it requires.
pub(super) const REQUIRES_NOT_STATED: &str = "requires not stated";
/// What is said of a step that does not state what to do after it.
pub(super) const RESTART_NOT_STATED: &str = "restart not stated";

/// The hotfix as it is published. `step`: it is a step of the plan that is shown.
pub(super) fn answer(
    judged: &JudgedHotfix<'_>,
    need: Option<(Need, Vec<String>)>,
    step: bool,
    question: &Question,
) -> HotfixAnswer {
    let JudgedHotfix { hotfix, standing, because } = judged;
    let status = standing.status();
    let (need, what_for) = need.map_or((None, Vec::new()), |(need, sentences)| (Some(need), sentences));
    let mut answer = HotfixAnswer {
        id: hotfix.id.clone(),
        title: Arc::from(hotfix.title.as_str()),
        status,
        need,
        because: because.iter().cloned().chain(what_for).collect(),
        missing_facts: Vec::new(),
        until: None,
        rollout: None,
        warnings: warnings(hotfix, status, step),
        superseded_by: Vec::new(),
        conflicts_with: Vec::new(),
        blocked_by: Vec::new(),
        reason: None,
        withdrawn: hotfix.withdrawn.is_some(),
    };
    let ids = |ids: &BTreeSet<&Id>| ids.iter().map(|id| (*id).clone()).collect();
    match standing {
        Standing::Superseded(by) => answer.superseded_by = ids(by),
        Standing::NotApplicable(reason) => answer.reason = Some(*reason),
        Standing::Undetermined(missing) => answer.missing_facts = missing.iter().cloned().collect(),
        Standing::Conflicting(with) => answer.conflicts_with = ids(with),
        Standing::Blocked(by) => answer.blocked_by = ids(by),
        Standing::Deferred(deferral) => answer.until = Some(deferral.until),
        Standing::Installed | Standing::Withdrawn | Standing::Applicable => {}
    }
    if matches!(status, HotfixStatus::Deferred | HotfixStatus::Applicable) {
        answer.rollout = rollout::shown(hotfix, question);
    }
    answer
}

/// What somebody should know before installing a hotfix, or because it is installed.
fn warnings(hotfix: &Hotfix, status: HotfixStatus, step: bool) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(withdrawn) = hotfix.withdrawn.as_ref().filter(|_| status == HotfixStatus::Installed) {
        out.push(format!("withdrawn on {}: {}", withdrawn.date, withdrawn.reason));
        out.extend(withdrawn.ineffective.then(|| "it does not do what it was to do".to_owned()));
        out.extend(withdrawn.replaced_by.as_ref().map(|id| format!("install {id} instead")));
        out.extend(withdrawn.advice.clone());
    }
    if hotfix.requires.is_none() {
        out.push(REQUIRES_NOT_STATED.to_owned());
    }
    if step {
        out.extend(of_step(hotfix));
    }
    out
}

/// What somebody should know before carrying out a step.
pub(super) fn of_step(hotfix: &Hotfix) -> Option<String> {
    hotfix.guidance.is_none().then(|| RESTART_NOT_STATED.to_owned())
}

/// All that a step warns of.
pub(super) fn step_warnings(hotfix: &Hotfix) -> Vec<String> {
    warnings(hotfix, HotfixStatus::Applicable, true)
}
