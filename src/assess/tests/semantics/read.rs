//! The cases as they are written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use toml::{Table, Value};

use super::forms;
use crate::assess::{Goal, Member, Pool, Question};
use crate::model::{Catalogue, Id, Inventory, Mode, Problems, Source};

const SEMANTICS: &str = include_str!("../../../../docs/semantics.md");

/// A worked case, as it is written.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) rules: Vec<String>,
    pub(super) data: Table,
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

pub(super) fn catalogues() -> BTreeMap<String, Table> {
    let named = |(heading, _, table): (String, String, Table)| {
        Some((heading.strip_prefix("catalogue ")?.trim().to_owned(), table))
    };
    blocks().into_iter().filter_map(named).collect()
}

pub(super) fn cases() -> Vec<Case> {
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

pub(super) fn table<'t>(of: &'t Table, name: &str) -> Option<&'t Table> {
    of.get(name).and_then(Value::as_table)
}

fn list<'t>(of: &'t Table, name: &str) -> &'t [Value] {
    of.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The case's catalogue: the one that it uses, with its own documents added or put in place of others.
pub(super) fn catalogue(case: &Case, catalogues: &BTreeMap<String, Table>) -> Result<Catalogue, Problems> {
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

pub(super) fn inventory(data: Option<&Value>) -> Result<Inventory, Problems> {
    let mut document = data.and_then(Value::as_table).cloned().unwrap_or_default();
    document.entry("schema").or_insert(Value::from("hotfixd/inventory/1"));
    document.entry("product").or_insert(Value::from("p"));
    Inventory::decode(&source("inventory", &document)?)
}

pub(super) fn question(case: &Case) -> Question {
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

pub(super) fn pools(case: &Case, catalogue: &Arc<Catalogue>) -> [(&'static str, Pool); 3] {
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
pub(super) fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
