//! The worked cases of `docs/semantics.md` are data: each is a small catalogue, an inventory and the answer
//! that the rules of `docs/domain.md` give. All differences of a case are reported at once, and every rule
//! has to be shown by a case.

mod compare;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use toml::{Table, Value};

use self::compare::{compare, compare_pool, differs};
use self::read::{Case, cases, catalogue, catalogues, inventory, pools, question, table};
use super::forms;
use crate::model::{Catalogue, Problem, Problems};

const DOMAIN: &str = include_str!("../../../../docs/domain.md");

#[test]
fn every_case_is_answered_as_it_is_written() {
    let catalogues = catalogues();
    let mut wrong = Vec::new();
    let cases = cases();
    assert!(cases.len() > 200, "only {} cases were read", cases.len());
    for case in &cases {
        let differences = differences(case, &catalogues);
        if !differences.is_empty() {
            wrong.push(format!("{} ({})\n  {}", case.name, case.rules.join(", "), differences.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn every_rule_is_shown_by_a_case() {
    let rules: BTreeSet<String> = DOMAIN
        .lines()
        .filter_map(|line| line.strip_prefix("- **")?.split_once("**"))
        .map(|(rule, _)| rule.to_owned())
        .collect();
    assert!(rules.len() > 100, "only {} rules were read", rules.len());
    let cited: BTreeSet<String> = cases().into_iter().flat_map(|case| case.rules).collect();
    let unknown: Vec<_> = cited.difference(&rules).collect();
    assert!(unknown.is_empty(), "cited, and not in docs/domain.md: {unknown:?}");
    let missing: Vec<_> = rules.difference(&cited).collect();
    assert!(missing.is_empty(), "shown by no case: {missing:?}");
}

/// Everything in which the answer differs from what is written.
fn differences(case: &Case, catalogues: &BTreeMap<String, Table>) -> Vec<String> {
    let answer = table(&case.data, "answer").unwrap_or_else(|| panic!("{}: no answer", case.name));
    let mut answer = answer.clone();
    let mut found = Vec::new();
    let read = catalogue(case, catalogues);
    if let Some(refused) = answer.remove("refused") {
        found.extend(refused_otherwise(&refused, &read));
    }
    if let Some(warned) = answer.remove("lint_warning") {
        let warnings = read.as_ref().map(Catalogue::warnings).unwrap_or_default();
        if !warnings.iter().any(|problem| names(&warned, problem)) {
            found.push(format!("lint does not warn of {warned}: {warnings:?}"));
        }
    }
    if let Some(place) = answer.remove("inventory_refused") {
        match inventory(case.data.get("inventory")) {
            Ok(_) => found.push(format!("the inventory is not refused at {place}")),
            Err(Problems(problems)) => {
                let places: Vec<String> = problems.iter().map(|problem| problem.field.to_string()).collect();
                differs(&mut found, "inventory_refused", &Value::from(places), &Value::from(vec![place]));
            }
        }
    }
    if answer.is_empty() {
        return found;
    }
    let catalogue = match read {
        Ok(catalogue) => catalogue,
        Err(problems) => {
            found.push(format!("the documents are refused: {problems}"));
            return found;
        }
    };
    if case.data.contains_key("member") {
        for (form, pool) in pools(case, &Arc::new(catalogue)) {
            let mut wrong = Vec::new();
            compare_pool(&mut wrong, &answer, &pool);
            found.extend(wrong.into_iter().map(|wrong| format!("{form}: {wrong}")));
        }
    } else {
        match inventory(case.data.get("inventory")) {
            Ok(inventory) => {
                for (form, assessment) in forms::assess(&Arc::new(catalogue), &inventory, &question(case)) {
                    let mut wrong = Vec::new();
                    compare(&mut wrong, &answer, &assessment);
                    found.extend(wrong.into_iter().map(|wrong| format!("{form}: {wrong}")));
                }
            }
            Err(problems) => found.push(format!("the inventory is refused: {problems}")),
        }
    }
    found
}

fn names(wanted: &Value, problem: &Problem) -> bool {
    let text = |name: &str| wanted.get(name).and_then(Value::as_str).unwrap_or_default();
    let (field, prefix) = (problem.field.dotted(), text("field"));
    problem.document == text("document")
        && field.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn refused_otherwise(refused: &Value, read: &Result<Catalogue, Problems>) -> Option<String> {
    match read {
        Ok(_) => Some(format!("not refused: {refused}")),
        Err(Problems(problems)) if problems.iter().any(|problem| names(refused, problem)) => None,
        Err(problems) => Some(format!("wanted {refused}, refused is\n{problems}")),
    }
}
