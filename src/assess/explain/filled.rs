//! A condition as a sentence with a host's own values filled in: "the largest LUN is 3 TiB, more than 2 TiB".

use serde::Serialize;

use crate::assess::because::list;
use crate::assess::evaluate::{self, Truth};
use crate::assess::host::Host;
use crate::assess::state::State;
use crate::model::advisory::Cell;
use crate::model::condition::{Comparison, Operator, VersionTest};
use crate::model::inventory::{FactValue, Package};
use crate::model::product::Fact;
use crate::model::words::PackageFormat;
use crate::model::{Condition, Id, sentence};

/// A condition with a host's values in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filled {
    /// The whole as one sentence, without a full stop.
    pub says: String,
    /// Whether it holds; `None`: facts are missing.
    pub holds: Option<bool>,
    /// How the parts are joined: `all` or `any` of them has to hold.
    pub joined: &'static str,
    /// Its parts, each with whether it holds; those that decide first.
    pub parts: Vec<Part>,
}

/// A part of a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// As a sentence, with the host's value.
    pub says: String,
    /// Whether it holds as it is asked for; `None`: a fact is missing.
    pub holds: Option<bool>,
}

/// What a cell asks of a host: that its feature be in use, and its condition. `None` where it asks nothing.
pub(super) fn of_cell(cell: &Cell, state: &State<'_>) -> Option<Filled> {
    let feature = cell.feature.clone().map(Condition::Feature);
    match (feature, &cell.when) {
        (None, None) => None,
        (None, Some(when)) => Some(fill(when, state)),
        (Some(feature), None) => Some(fill(&feature, state)),
        (Some(feature), Some(Condition::All(parts))) => Some(fill(
            &Condition::All(std::iter::once(feature).chain(parts.iter().cloned()).collect()),
            state,
        )),
        (Some(feature), Some(when)) => Some(fill(&Condition::All(vec![feature, when.clone()]), state)),
    }
}

/// A condition with the host's values in it.
pub(super) fn fill(condition: &Condition, state: &State<'_>) -> Filled {
    let (joined, inner): (&str, &[Condition]) = match condition {
        Condition::All(inner) => ("all", inner),
        Condition::Any(inner) => ("any", inner),
        one => ("all", std::slice::from_ref(one)),
    };
    let part = |part: &Condition| Part { says: says(part, state), holds: holds(part, state) };
    let mut parts: Vec<Part> = inner.iter().map(part).collect();
    let whole = holds(condition, state);
    parts.sort_by_key(|part| part.holds != whole);
    Filled { says: says(condition, state), holds: whole, joined, parts }
}

fn holds(condition: &Condition, state: &State<'_>) -> Option<bool> {
    match evaluate::evaluate(condition, state).truth {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Unknown(_) => None,
    }
}

fn says(condition: &Condition, state: &State<'_>) -> String {
    let join = |parts: &[Condition], word: &str| {
        let part = |part: &Condition| match part {
            Condition::All(_) | Condition::Any(_) => format!("({})", says(part, state)),
            other => says(other, state),
        };
        parts.iter().map(part).collect::<Vec<_>>().join(word)
    };
    match condition {
        Condition::All(parts) => join(parts, ", and "),
        Condition::Any(parts) => join(parts, ", or "),
        Condition::Not(inner) => match &**inner {
            Condition::All(_) | Condition::Any(_) => format!("not ({})", says(inner, state)),
            leaf if holds(leaf, state) == Some(true) => {
                format!("{}; asked for is the opposite", says(leaf, state))
            }
            leaf => says(leaf, state),
        },
        Condition::Feature(id) => feature(id, state),
        Condition::Hotfix(id) => hotfix(id, state),
        Condition::Release(id) => release(id, state),
        Condition::Fact(id, comparison) => fact(id, comparison, state),
        Condition::Package(name, test) => package(name, test.as_ref(), condition, state),
        Condition::Unknown(word) => {
            format!("the publisher asks for “{}”, which this version does not know", word.escape_debug())
        }
    }
}

fn feature(id: &Id, state: &State<'_>) -> String {
    let known = state.catalogue().product().feature(id.as_str());
    let name = known.map_or(id.as_str(), |feature| feature.name.as_str());
    match state.inventory().features.get(id.as_str()) {
        Some(true) => format!("{name} is in use"),
        Some(false) => format!("{name} is not in use"),
        None => format!("whether {name} is in use is not reported"),
    }
}

fn hotfix(id: &Id, state: &State<'_>) -> String {
    let providers = state.providers(id);
    match state.provided(id) {
        Truth::True if providers.contains(&id) => format!("{id} is installed"),
        Truth::True => format!("{id} is rolled up by {}, which is installed", list(providers)),
        Truth::False => format!("{id} is not installed"),
        Truth::Unknown(_) => format!("whether {id} is installed is not reported"),
    }
}

fn release(id: &Id, state: &State<'_>) -> String {
    match state.release() {
        Some(own) if own == id => format!("the release is {}", name(id, state)),
        Some(own) => format!("the release is {}, not {}", name(own, state), name(id, state)),
        None => "the release is not known".to_owned(),
    }
}

/// A release by the name that people know.
pub(super) fn name<'s>(id: &'s Id, state: &State<'s>) -> &'s str {
    state.catalogue().product().release(id.as_str()).map_or(id.as_str(), |release| release.name.as_str())
}

fn fact(id: &Id, comparison: &Comparison, state: &State<'_>) -> String {
    let known = state.catalogue().product().fact(id.as_str());
    let title = known.and_then(|fact| fact.title.as_deref()).map_or_else(|| id.to_string(), lower);
    let Some(value) = state.inventory().facts.get(id.as_str()) else {
        return format!("{title} is not reported");
    };
    if !evaluate::of_type(value, known.map(|fact| &fact.kind)) {
        return format!("{title} is reported as {}, which is of another type", shown(value, known));
    }
    let is = shown(value, known);
    match (comparison, value) {
        (Comparison::Int(operator, with), FactValue::Int(value)) => {
            let with = size(*with, known);
            match stands(*operator, operator.holds(value.cmp(&int(comparison)))) {
                Some(word) => format!("{title} is {is}, {word} {with}"),
                None => format!("{title} is {is}"),
            }
        }
        (Comparison::Text(operator, with), FactValue::Text(value)) => {
            match stands(*operator, operator.holds(value.cmp(with))) {
                Some(word) => format!("{title} is {is}, {word} “{with}”"),
                None => format!("{title} is {is}"),
            }
        }
        (Comparison::In(with), value) => {
            let among = match value {
                FactValue::Text(text) => with.contains(text),
                FactValue::Texts(texts) => texts.iter().any(|text| with.contains(text)),
                FactValue::Int(_) | FactValue::Bool(_) => false,
            };
            let of = list(with.iter().map(|text| format!("“{text}”")));
            format!("{title} is {is}, {} {of}", if among { "one of" } else { "none of" })
        }
        (Comparison::Bool(_), _) => format!("{title}: {is}"),
        _ => format!("{title} is {is}"),
    }
}

fn int(comparison: &Comparison) -> i64 {
    match comparison {
        Comparison::Int(_, with) => *with,
        Comparison::Text(..) | Comparison::Bool(_) | Comparison::In(_) => 0,
    }
}

/// How a value stands to what it is compared with; `None` where it is that.
fn stands(operator: Operator, holds: bool) -> Option<&'static str> {
    Some(match (operator, holds) {
        (Operator::Gt, true) => "more than",
        (Operator::Gt, false) => "not more than",
        (Operator::Lt, true) => "less than",
        (Operator::Lt, false) => "not less than",
        (Operator::Gte, true) => "at least",
        (Operator::Gte, false) => "less than",
        (Operator::Lte, true) => "at most",
        (Operator::Lte, false) => "more than",
        (Operator::Eq, false) | (Operator::Ne, true) => "not",
        (Operator::Eq, true) | (Operator::Ne, false) => return None,
    })
}

fn shown(value: &FactValue, fact: Option<&Fact>) -> String {
    match value {
        FactValue::Int(int) => size(*int, fact),
        FactValue::Bool(bool) => bool.to_string(),
        FactValue::Text(text) => format!("“{text}”"),
        FactValue::Texts(texts) if texts.is_empty() => "an empty list".to_owned(),
        FactValue::Texts(texts) => list(texts.iter().map(|text| format!("“{text}”"))),
    }
}

/// A number with its unit; bytes as people say them where that is exact.
fn size(value: i64, fact: Option<&Fact>) -> String {
    let said = sentence::quantity(value, fact.and_then(|fact| fact.unit.as_deref()));
    said.split_once(" (").map_or_else(|| said.clone(), |(short, _)| short.to_owned())
}

/// A title within a sentence: its first letter small, unless it begins with an abbreviation.
fn lower(title: &str) -> String {
    let mut chars = title.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), second) if second.is_none_or(|c| !c.is_uppercase()) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => title.to_owned(),
    }
}

fn package(name: &str, test: Option<&VersionTest>, whole: &Condition, state: &State<'_>) -> String {
    let Some(packages) = &state.inventory().packages else {
        return format!("whether the package {name} is installed is not reported");
    };
    let looked_at =
        |package: &&Package| package.name == name && test.is_none_or(|test| package.format == test.format);
    let found: Vec<String> = packages.iter().filter(looked_at).map(version).collect();
    let Some(test) = test else {
        let is = if found.is_empty() { "is not" } else { "is" };
        return format!("the package {name} {is} installed");
    };
    if found.is_empty() {
        return format!("no {} package {name} is installed", format_name(&test.format));
    }
    let holds = holds(whole, state) == Some(true);
    let word = match (test.operator, holds) {
        (Operator::Lt, true) | (Operator::Gte, false) => "older than",
        (Operator::Lt, false) => "not older than",
        (Operator::Gt, true) | (Operator::Lte, false) => "newer than",
        (Operator::Gt, false) => "not newer than",
        (Operator::Gte, true) => "not older than",
        (Operator::Lte, true) => "not newer than",
        (Operator::Eq, true) | (Operator::Ne, false) => {
            return format!("the package {name} {} is installed", found.join(" and "));
        }
        (Operator::Eq, false) | (Operator::Ne, true) => "not",
    };
    format!("the package {name} {} is installed, {word} {}", found.join(" and "), test.version)
}

fn version(package: &Package) -> String {
    let epoch = if package.epoch == 0 { String::new() } else { format!("{}:", package.epoch) };
    let release = package.release.as_ref().map(|release| format!("-{release}")).unwrap_or_default();
    format!("{epoch}{}{release}", package.version)
}

fn format_name(format: &PackageFormat) -> &str {
    match format {
        PackageFormat::Rpm => "RPM",
        PackageFormat::Dpkg => "Debian",
        PackageFormat::Other(word) => word,
    }
}
