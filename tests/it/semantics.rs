//! The worked cases of `docs/semantics.md` are data: each is a small catalogue, an inventory and the answer
//! that the rules of `docs/domain.md` give. All differences of a case are reported at once, and every rule
//! has to be shown by a case.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hotfixd::assess::{self, Assessment, Goal, HotfixAnswer, HotfixStatus, Member, Pool, Question};
use hotfixd::model::{Catalogue, Id, Inventory, Mode, Problems, Source};
use toml::{Table, Value};

use crate::forms;

const DOMAIN: &str = include_str!("../../docs/domain.md");
const SEMANTICS: &str = include_str!("../../docs/semantics.md");

/// A worked case, as it is written.
struct Case {
    name: String,
    rules: Vec<String>,
    data: Table,
}

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

/// The TOML blocks under headings of the third level, with what stands between heading and block.
fn blocks() -> Vec<(String, String, Table)> {
    let mut out = Vec::new();
    for section in SEMANTICS.split("\n### ").skip(1) {
        let (heading, rest) = section.split_once('\n').unwrap_or((section, ""));
        let Some((prose, block)) = rest.split_once("```toml\n") else {
            panic!("{heading}: no block");
        };
        let (block, _) =
            block.split_once("```").unwrap_or_else(|| panic!("{heading}: the block does not end"));
        let table = block.parse().unwrap_or_else(|error| panic!("{heading}: {error}"));
        out.push((heading.to_owned(), prose.to_owned(), table));
    }
    out
}

fn catalogues() -> BTreeMap<String, Table> {
    let named = |(heading, _, table): (String, String, Table)| {
        Some((heading.strip_prefix("catalogue ")?.trim().to_owned(), table))
    };
    blocks().into_iter().filter_map(named).collect()
}

fn cases() -> Vec<Case> {
    let mut names = BTreeSet::new();
    let mut out = Vec::new();
    for (name, prose, data) in blocks() {
        if name.starts_with("catalogue ") {
            continue;
        }
        let rules = prose
            .lines()
            .find_map(|line| line.strip_prefix("Rules: "))
            .unwrap_or_else(|| panic!("{name}: names no rule"));
        let rules = rules.trim_end_matches('.').split(',').map(|rule| rule.trim().to_owned()).collect();
        assert!(names.insert(name.split(' ').next().map(str::to_owned)), "{name}: the number is taken");
        out.push(Case { name, rules, data });
    }
    out
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

fn names(wanted: &Value, problem: &hotfixd::model::Problem) -> bool {
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

fn table<'t>(of: &'t Table, name: &str) -> Option<&'t Table> {
    of.get(name).and_then(Value::as_table)
}

fn list<'t>(of: &'t Table, name: &str) -> &'t [Value] {
    of.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The case's catalogue: the one that it uses, with its own documents added or put in place of others.
fn catalogue(case: &Case, catalogues: &BTreeMap<String, Table>) -> Result<Catalogue, Problems> {
    let used = case.data.get("use").and_then(Value::as_str);
    let used = used.map(|name| {
        catalogues.get(name).unwrap_or_else(|| panic!("{}: no catalogue {name}", case.name)).clone()
    });
    let layers: Vec<Table> = used.into_iter().chain([case.data.clone()]).collect();
    let mut documents: BTreeMap<(&str, String), Table> = BTreeMap::new();
    for layer in &layers {
        if let Some(product) = table(layer, "product") {
            documents.insert(("product", String::new()), product.clone());
        }
        for (kind, key) in [("advisory", "id"), ("hotfix", "id"), ("hold", "hotfix")] {
            for document in list(layer, kind) {
                let document = document.as_table().unwrap_or_else(|| panic!("{}: {kind}", case.name));
                let id = document.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                documents.insert((kind, id), document.clone());
            }
        }
    }
    let mut sources = Vec::new();
    let mut problems = Vec::new();
    for ((kind, id), document) in documents {
        match source(&format!("{kind}-{id}"), &filled_in(kind, &id, document)) {
            Ok(source) => sources.push(source),
            Err(Problems(found)) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    let lenient = case.data.get("lenient").and_then(Value::as_bool) == Some(true);
    Catalogue::read(&sources, if lenient { Mode::Lenient } else { Mode::Strict })
}

fn source(file: &str, document: &Table) -> Result<Source, Problems> {
    Source::from_toml(file, &toml::to_string(document).expect("a table can be written"))
}

/// What every document needs and no case is about.
fn filled_in(kind: &str, id: &str, mut document: Table) -> Table {
    let mut add = |name: &str, value: Value| {
        document.entry(name).or_insert(value);
    };
    add("schema", Value::from(format!("hotfixd/{kind}/1")));
    if kind != "hold" {
        add("revision", Value::from(1));
    }
    if kind == "product" {
        for name in ["id", "name", "vendor"] {
            add(name, Value::from("p"));
        }
        let releases = document.get_mut("releases").and_then(Value::as_array_mut);
        for release in releases.into_iter().flatten().filter_map(Value::as_table_mut) {
            let name = release.get("id").cloned().unwrap_or_else(|| Value::from("?"));
            release.entry("name").or_insert(name);
            release.entry("line").or_insert(Value::from("1"));
        }
        return document;
    }
    add("product", Value::from("p"));
    if kind != "hold" {
        add("title", Value::from(id));
    }
    if kind == "advisory" {
        add("category", Value::from("stability"));
        add("severity", Value::from("high"));
    }
    if kind == "hotfix" {
        add("kind", Value::from("hotfix"));
    }
    document
}

fn inventory(data: Option<&Value>) -> Result<Inventory, Problems> {
    let mut document = data.and_then(Value::as_table).cloned().unwrap_or_default();
    document.entry("schema").or_insert(Value::from("hotfixd/inventory/1"));
    document.entry("product").or_insert(Value::from("p"));
    Inventory::decode(&source("inventory", &document)?)
}

fn question(case: &Case) -> Question {
    let now = case.data.get("now").map_or("2026-01-01T00:00:00Z".to_owned(), shown);
    let mut question = Question::at(now.parse().unwrap_or_else(|error| panic!("{}: {error}", case.name)));
    question.host = case.data.get("host").and_then(Value::as_str).map(str::to_owned);
    let Some(asked) = table(&case.data, "question") else { return question };
    let id = |value: &Value| Id::new(value.as_str().unwrap_or_default()).expect("an id");
    question.advisories =
        asked.get("advisories").and_then(Value::as_array).map(|l| l.iter().map(id).collect());
    question.security = asked.get("security").and_then(Value::as_bool).unwrap_or(false);
    question.goal = match (asked.get("plan").and_then(Value::as_str), asked.get("target")) {
        (_, Some(target)) => Goal::Target(id(target)),
        (Some("all"), None) => Goal::All,
        (Some("needed") | None, None) => Goal::Needed,
        (Some(other), None) => panic!("{}: no plan {other}", case.name),
    };
    question
}

fn pools(case: &Case, catalogue: &Arc<Catalogue>) -> [(&'static str, Pool); 3] {
    let members: Vec<(String, bool, Inventory)> = list(&case.data, "member")
        .iter()
        .map(|member| {
            let host = member.get("host").and_then(Value::as_str).unwrap_or_default().to_owned();
            let coordinator = member.get("coordinator").and_then(Value::as_bool).unwrap_or(false);
            let inventory = inventory(member.get("inventory"));
            (host, coordinator, inventory.unwrap_or_else(|problems| panic!("{}: {problems}", case.name)))
        })
        .collect();
    let members: Vec<Member<'_>> = members
        .iter()
        .map(|(host, coordinator, inventory)| Member {
            host,
            id: Some(host),
            coordinator: *coordinator,
            inventory,
        })
        .collect();
    forms::pool(catalogue, &members, &question(case))
}

/// A value as it is written, without quotes.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn differs(found: &mut Vec<String>, name: &str, is: &Value, wanted: &Value) {
    if is != wanted {
        found.push(format!("{name}\n    wanted {wanted}\n    is     {is}"));
    }
}

fn compare_pool(found: &mut Vec<String>, answer: &Table, pool: &Pool) {
    for (name, wanted) in answer {
        let is = match name.as_str() {
            "pool" => {
                let step = |step: &assess::PoolStep| {
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

fn compare(found: &mut Vec<String>, answer: &Table, assessment: &Assessment) {
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
            let pair = |one: &assess::AdvisoryAnswer| (one.id.to_string(), Value::from(advisory(one)));
            Value::from(assessment.advisories.iter().map(pair).collect::<Table>())
        }
        "hotfixes" => {
            let pair = |one: &HotfixAnswer| (one.id.to_string(), Value::from(hotfix(one)));
            Value::from(assessment.hotfixes.iter().map(pair).collect::<Table>())
        }
        "plan" => steps(plan),
        "plan_conflicts" => Value::from(plan.conflicts.iter().map(|pair| texts(pair)).collect::<Vec<_>>()),
        "before" => {
            let one = |pending: &assess::PendingAnswer| {
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

fn steps(plan: &assess::Plan) -> Value {
    let mut groups: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for step in &plan.steps {
        groups.entry(step.group).or_default().push(step.hotfix.to_string());
    }
    Value::from(groups.into_values().map(Value::from).collect::<Vec<_>>())
}

fn guidance(group: &assess::GroupGuidance) -> Value {
    let one = |action: &assess::GuidanceAction| {
        let assumed = if action.assumed { " assumed" } else { "" };
        format!("{} {}{assumed}", action.action, action.level)
    };
    Value::from(group.actions.iter().map(one).collect::<Vec<_>>())
}

fn joined<T: ToString>(list: &[T]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn advisory(answer: &assess::AdvisoryAnswer) -> String {
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
