//! The sentences of an answer: short, plain, in lower case.

use super::evaluate::Truth;
use crate::model::Id;
use crate::model::condition::{Comparison, Operator, VersionTest};
use crate::model::inventory::{FactValue, Package};

/// Ids, joined for a sentence.
pub(super) fn list<T: ToString>(ids: impl IntoIterator<Item = T>) -> String {
    ids.into_iter().map(|id| id.to_string()).collect::<Vec<_>>().join(", ")
}

pub(super) fn feature(id: &Id, reported: Option<bool>) -> String {
    match reported {
        Some(true) => format!("{id} is in use"),
        Some(false) => format!("{id} is not in use"),
        None => format!("whether {id} is in use is not reported"),
    }
}

pub(super) fn provided(id: &Id, truth: &Truth) -> String {
    match truth {
        Truth::True => format!("{id} is provided"),
        Truth::False => format!("{id} is not provided"),
        Truth::Unknown(_) => not_reported("hotfixes"),
    }
}

pub(super) fn is_release(id: &Id, is: bool) -> String {
    if is { format!("the release is {id}") } else { format!("the release is not {id}") }
}

pub(super) fn not_reported(name: &str) -> String {
    match name {
        "hotfixes" => "what is installed is not reported".to_owned(),
        "packages" => "packages are not reported".to_owned(),
        other => format!("{other} is not reported"),
    }
}

/// A word that this version does not know: nothing is concluded from it.
pub(super) fn unknown_word(what: &str, word: &str) -> String {
    format!("the {what} \"{}\" is not known here: a newer hotfix is needed", word.escape_debug())
}

fn value(value: &FactValue) -> String {
    match value {
        FactValue::Int(int) => int.to_string(),
        FactValue::Bool(bool) => bool.to_string(),
        FactValue::Text(text) => format!("\"{text}\""),
        FactValue::Texts(texts) if texts.is_empty() => "empty".to_owned(),
        FactValue::Texts(texts) => list(texts.iter().map(|text| format!("\"{text}\""))),
    }
}

pub(super) fn compared(id: &Id, reported: &FactValue, comparison: &Comparison, holds: bool) -> String {
    let value = value(reported);
    match comparison {
        Comparison::Int(operator, with) => format!("{id} is {value}, {}", relation(*operator, with, holds)),
        Comparison::Text(operator, with) => {
            format!("{id} is {value}, {}", relation(*operator, format_args!("\"{with}\""), holds))
        }
        Comparison::Bool(_) => format!("{id} is {value}"),
        Comparison::In(with) => {
            let among = if holds { "among" } else { "not among" };
            format!("{id} is {value}, {among} {}", list(with.iter().map(|text| format!("\"{text}\""))))
        }
    }
}

/// How a value that satisfies the operator, or does not, stands to what it is compared with.
fn relation(operator: Operator, with: impl std::fmt::Display, holds: bool) -> String {
    let word = match (operator, holds) {
        (Operator::Gt, true) | (Operator::Lte, false) => "above",
        (Operator::Gt, false) | (Operator::Lte, true) => "not above",
        (Operator::Lt, true) | (Operator::Gte, false) => "below",
        (Operator::Lt, false) | (Operator::Gte, true) => "not below",
        (Operator::Eq, true) | (Operator::Ne, false) => return format!("as in {with}"),
        (Operator::Eq, false) | (Operator::Ne, true) => "other than",
    };
    format!("{word} {with}")
}

pub(super) fn package(name: &str, test: Option<&VersionTest>, matching: Option<&Package>) -> String {
    match (test, matching) {
        (None, Some(_)) => format!("the package {name} is installed"),
        (None, None) => format!("the package {name} is not installed"),
        (Some(_), Some(package)) => {
            let release = package.release.as_ref().map(|release| format!("-{release}")).unwrap_or_default();
            format!("the package {name} {}:{}{release} is installed", package.epoch, package.version)
        }
        (Some(test), None) => {
            let VersionTest { format, operator, version } = test;
            format!("no {format} package {name} is installed with a version {} {version}", operator.word())
        }
    }
}
