//! An answer beside the one that is written.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::read::shown;
use crate::assess::{
    AdvisoryAnswer, Assessment, GroupGuidance, GuidanceAction, HotfixAnswer, HotfixStatus, PendingAnswer,
    Plan, Pool, PoolStep,
};
use crate::model::Id;

pub(super) fn differs(found: &mut Vec<String>, name: &str, is: &Value, wanted: &Value) {
    if is != wanted {
        found.push(format!("{name}\n    wanted {wanted}\n    is     {is}"));
    }
}

pub(super) fn compare_pool(found: &mut Vec<String>, answer: &Table, pool: &Pool) {
    for (name, wanted) in answer {
        let is = match name.as_str() {
            "pool" => {
                let step = |step: &PoolStep| {
                    let words = std::iter::once(step.hotfix.to_string()).chain(step.members.iter().cloned());
                    Value::from(words.collect::<Vec<_>>())
                };
                Value::from(pool.plan.steps.iter().map(step).collect::<Vec<_>>())
            }
            "differ" => Value::from(pool.differ.clone()),
            "optimal" => Value::from(pool.plan.optimal),
            other => panic!("no answer {other} for a pool"),
        };
        differs(found, name, &is, wanted);
    }
}

pub(super) fn compare(found: &mut Vec<String>, answer: &Table, assessment: &Assessment) {
    for (name, wanted) in answer {
        if name == "warnings" {
            compare_warnings(found, wanted, assessment);
        } else {
            differs(found, name, &given(name, assessment), wanted);
        }
    }
}

/// A part of an answer in the form of the cases.
fn given(name: &str, assessment: &Assessment) -> Value {
    let texts = |list: &[Id]| Value::from(list.iter().map(ToString::to_string).collect::<Vec<_>>());
    let or_dash = |text: Option<String>| Value::from(text.unwrap_or_else(|| "-".to_owned()));
    let plan = &assessment.plan;
    match name {
        "release" => or_dash(assessment.release.id.as_ref().map(ToString::to_string)),
        "release_missing" => Value::from(assessment.release.missing_facts.clone()),
        "advisories" => {
            let pair = |one: &AdvisoryAnswer| (one.id.to_string(), Value::from(advisory(one)));
            Value::from(assessment.advisories.iter().map(pair).collect::<Table>())
        }
        "hotfixes" => {
            let pair = |one: &HotfixAnswer| (one.id.to_string(), Value::from(hotfix(one)));
            Value::from(assessment.hotfixes.iter().map(pair).collect::<Table>())
        }
        "plan" => steps(plan),
        "plan_conflicts" => Value::from(plan.conflicts.iter().map(|pair| texts(pair)).collect::<Vec<_>>()),
        "before" => {
            let one = |pending: &PendingAnswer| {
                let pairs = [("hotfix", pending.hotfix.clone()), ("action", pending.action.to_string())];
                Value::from(
                    pairs
                        .map(|(name, text)| (name.to_owned(), Value::from(text)))
                        .into_iter()
                        .collect::<Table>(),
                )
            };
            Value::from(plan.before.iter().map(one).collect::<Vec<_>>())
        }
        "guidance" => Value::from(plan.guidance.iter().map(guidance).collect::<Vec<_>>()),
        "download_bytes" => plan.download_bytes.map_or(Value::from("-"), Value::from),
        "space_bytes" => plan.space_bytes.map_or(Value::from("-"), Value::from),
        "optimal" => Value::from(plan.optimal),
        "after" => Value::from(Table::from_iter([
            ("release".to_owned(), or_dash(assessment.after.release.as_ref().map(ToString::to_string))),
            ("exposed".to_owned(), texts(&assessment.after.exposed)),
            ("undetermined".to_owned(), texts(&assessment.after.undetermined)),
        ])),
        "valid_until" => or_dash(assessment.valid_until.map(|time| time.to_string())),
        "unrecognised" => {
            Value::from(assessment.unrecognised.iter().map(|one| one.pointer.clone()).collect::<Vec<_>>())
        }
        other => panic!("no answer {other}"),
    }
}

fn steps(plan: &Plan) -> Value {
    let mut groups: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for step in &plan.steps {
        groups.entry(step.group).or_default().push(step.hotfix.to_string());
    }
    Value::from(groups.into_values().map(Value::from).collect::<Vec<_>>())
}

fn guidance(group: &GroupGuidance) -> Value {
    let one = |action: &GuidanceAction| {
        let assumed = if action.assumed { " assumed" } else { "" };
        format!("{} {}{assumed}", action.action, action.level)
    };
    Value::from(group.actions.iter().map(one).collect::<Vec<_>>())
}

fn joined<T: ToString>(list: &[T]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn advisory(answer: &AdvisoryAnswer) -> String {
    let named = joined(&answer.missing_facts) + &joined(&answer.fixed_with);
    if named.is_empty() { answer.status.to_string() } else { format!("{}: {named}", answer.status) }
}

fn hotfix(answer: &HotfixAnswer) -> String {
    let need = answer.need.map(|need| format!(" {need}")).unwrap_or_default();
    let status = format!("{}{need}", answer.status);
    let named = match answer.status {
        HotfixStatus::Superseded => joined(&answer.superseded_by),
        HotfixStatus::NotApplicable => answer.reason.map(|reason| reason.to_string()).unwrap_or_default(),
        HotfixStatus::Undetermined => joined(&answer.missing_facts),
        HotfixStatus::Conflicting => joined(&answer.conflicts_with),
        HotfixStatus::Blocked => joined(&answer.blocked_by),
        HotfixStatus::Deferred => {
            return format!(
                "{status} until {}",
                answer.until.map(|time| time.to_string()).unwrap_or_default()
            );
        }
        HotfixStatus::Installed | HotfixStatus::Withdrawn | HotfixStatus::Applicable => String::new(),
    };
    if named.is_empty() { status } else { format!("{status}: {named}") }
}

/// Warnings are for people: the cases name a part of each.
fn compare_warnings(found: &mut Vec<String>, wanted: &Value, assessment: &Assessment) {
    for (id, parts) in wanted.as_table().into_iter().flatten() {
        let warnings: Vec<&String> = assessment
            .hotfixes
            .iter()
            .filter(|hotfix| hotfix.id == id.as_str())
            .flat_map(|hotfix| &hotfix.warnings)
            .collect();
        for part in parts.as_array().into_iter().flatten().map(shown) {
            if !warnings.iter().any(|warning| warning.contains(&part)) {
                found.push(format!("{id} does not warn of {part:?}: {warnings:?}"));
            }
        }
    }
}
