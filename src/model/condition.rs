//! The predicate language of the documents: closed, small, without loops, written as data.
//!
//! It is decoded here and evaluated in `assess`, in three values.

use super::Id;
use super::decode::{Decoder, MAX_LIST, Mode};
use super::words::PackageFormat;
use crate::json::{Pointer, Table, Value};

/// The deepest nesting of `all`, `any` and `not`, the outermost counted.
pub const MAX_DEPTH: usize = 8;

/// A predicate over an inventory and what is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Every one holds.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// The feature is in use.
    Feature(Id),
    /// The hotfix is provided: installed, or rolled up by one that is.
    Hotfix(Id),
    /// The host's release is this one.
    Release(Id),
    /// A comparison of a fact.
    Fact(Id, Comparison),
    /// A package is installed; with a version test, one of the format and version.
    Package(String, Option<VersionTest>),
    /// An operator that is not known here, by name: undetermined, whatever the host reports.
    Unknown(String),
}

/// What a fact is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// An integer.
    Int(Operator, i64),
    /// A string: only [`Operator::Eq`] and [`Operator::Ne`].
    Text(Operator, String),
    /// A boolean: only [`Operator::Eq`].
    Bool(bool),
    /// A string that is one of these, or a list of strings that has any of these.
    In(Vec<String>),
}

/// A comparison of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
}

impl Operator {
    const ALL: [(&'static str, Self); 6] = [
        ("eq", Self::Eq),
        ("ne", Self::Ne),
        ("lt", Self::Lt),
        ("lte", Self::Lte),
        ("gt", Self::Gt),
        ("gte", Self::Gte),
    ];

    /// The published word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, operator)| *operator == self).map_or("", |(word, _)| word)
    }

    /// Whether two values so ordered satisfy it.
    #[must_use]
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Eq => ordering.is_eq(),
            Self::Ne => ordering.is_ne(),
            Self::Lt => ordering.is_lt(),
            Self::Lte => ordering.is_le(),
            Self::Gt => ordering.is_gt(),
            Self::Gte => ordering.is_ge(),
        }
    }
}

/// A test of a package's version, by the rule of its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionTest {
    /// The format; only packages of it are looked at.
    pub format: PackageFormat,
    /// How the installed version compares with `version`.
    pub operator: Operator,
    /// The version.
    pub version: String,
}

impl Condition {
    /// Calls `visit` for this condition and every one inside it, with its place.
    pub fn walk(&self, at: &Pointer, visit: &mut impl FnMut(&Self, &Pointer)) {
        visit(self, at);
        match self {
            Self::All(inner) => {
                inner.iter().enumerate().for_each(|(i, c)| c.walk(&at.at("all").at(i), visit));
            }
            Self::Any(inner) => {
                inner.iter().enumerate().for_each(|(i, c)| c.walk(&at.at("any").at(i), visit));
            }
            Self::Not(inner) => inner.walk(&at.at("not"), visit),
            Self::Feature(_)
            | Self::Hotfix(_)
            | Self::Release(_)
            | Self::Fact(..)
            | Self::Package(..)
            | Self::Unknown(_) => {}
        }
    }
}

pub(super) fn decode(decoder: &Decoder<'_>, value: &Value, at: &Pointer) -> Condition {
    nested(decoder, value, at, 1)
}

fn unknown() -> Condition {
    Condition::Unknown(String::new())
}

fn nested(decoder: &Decoder<'_>, value: &Value, at: &Pointer, depth: usize) -> Condition {
    let Some(table) = value.as_table() else {
        decoder.refuse(
            at,
            format!("is {}, not a condition", value.kind()),
            "Write a table such as { feature = \"F\" }.",
        );
        return unknown();
    };
    if depth > MAX_DEPTH {
        decoder.refuse(at, format!("is nested deeper than {MAX_DEPTH}"), "Write the condition flatter.");
        return unknown();
    }
    let heads = ["all", "any", "not", "feature", "hotfix", "release", "fact", "package"];
    let mut present = heads.iter().filter_map(|head| table.get(head).map(|value| (*head, value)));
    let (Some((head, operand)), None) = (present.next(), present.next()) else {
        return without_head(decoder, table, at, &heads);
    };
    let place = at.at(head);
    let only = |condition| single(decoder, table, at, head, condition);
    match head {
        "all" => only(Condition::All(list(decoder, operand, &place, depth))),
        "any" => only(Condition::Any(list(decoder, operand, &place, depth))),
        "not" => only(Condition::Not(Box::new(nested(decoder, operand, &place, depth + 1)))),
        "feature" => only(Condition::Feature(decoder.id(operand, || place.clone()))),
        "hotfix" => only(Condition::Hotfix(decoder.id(operand, || place.clone()))),
        "release" => only(Condition::Release(decoder.id(operand, || place.clone()))),
        "fact" => fact(decoder, table, operand, at),
        _ => package(decoder, table, operand, at),
    }
}

/// No operator that is known, or several.
fn without_head(decoder: &Decoder<'_>, table: &Table, at: &Pointer, heads: &[&str]) -> Condition {
    let known: Vec<&str> = heads.iter().copied().filter(|head| table.contains_key(head)).collect();
    match (known.as_slice(), decoder.mode) {
        ([], Mode::Lenient) => Condition::Unknown(table.keys().next().cloned().unwrap_or_default()),
        ([], Mode::Strict) => {
            let name = table.keys().next().map_or_else(|| "nothing".to_owned(), |name| format!("`{name}`"));
            let remedy = format!("Start with one of {}.", heads.join(", "));
            decoder.refuse(at, format!("{name} is no operator of a condition"), remedy);
            unknown()
        }
        (several, _) => {
            let message = format!("has {} operators in one table: {}", several.len(), several.join(", "));
            decoder.refuse(at, message, "One operator per table; join tables by `all` or `any`.");
            unknown()
        }
    }
}

/// An operator that stands alone in its table. Another name beside it changes its meaning in a way that
/// is not known here.
fn single(decoder: &Decoder<'_>, table: &Table, at: &Pointer, head: &str, condition: Condition) -> Condition {
    match table.keys().find(|name| *name != head) {
        None => condition,
        Some(other) if decoder.mode == Mode::Lenient => Condition::Unknown(other.clone()),
        Some(other) => {
            decoder.refuse(
                &at.at(other),
                format!("does not belong beside `{head}`"),
                "One operator per table.",
            );
            unknown()
        }
    }
}

fn list(decoder: &Decoder<'_>, value: &Value, at: &Pointer, depth: usize) -> Vec<Condition> {
    let list = value.as_list().unwrap_or_default();
    if list.is_empty() || list.len() > MAX_LIST {
        let remedy = format!("List 1 to {MAX_LIST} conditions, or leave the condition out.");
        decoder.refuse(at, "is no list of conditions, or an empty one", remedy);
        return Vec::new();
    }
    list.iter().enumerate().map(|(index, value)| nested(decoder, value, &at.at(index), depth + 1)).collect()
}

/// The one comparison beside `fact` or `package`, by word; `Err` where there is not exactly one known.
fn comparison<'v>(table: &'v Table, beside: &[&str]) -> Result<Option<(&'v str, &'v Value)>, Vec<&'v str>> {
    let mut others = table.iter().filter(|(name, _)| !beside.contains(&name.as_str()));
    match (others.next(), others.next()) {
        (None, _) => Ok(None),
        (Some((name, value)), None) => Ok(Some((name, value))),
        (Some(_), Some(_)) => {
            Err(table.keys().map(String::as_str).filter(|name| !beside.contains(name)).collect())
        }
    }
}

fn fact(decoder: &Decoder<'_>, table: &Table, operand: &Value, at: &Pointer) -> Condition {
    let id = decoder.id(operand, || at.at("fact"));
    let (word, value) = match comparison(table, &["fact"]) {
        Ok(Some(found)) => found,
        Ok(None) => {
            decoder.refuse(at, "compares the fact with nothing", "Add one of eq, ne, lt, lte, gt, gte, in.");
            return unknown();
        }
        Err(words) => return several(decoder, &words, at),
    };
    let operator = Operator::ALL.iter().find(|(known, _)| *known == word).map(|(_, operator)| *operator);
    let compared = match (operator, value) {
        (Some(operator), Value::Int(int)) => Some(Comparison::Int(operator, *int)),
        (Some(operator @ (Operator::Eq | Operator::Ne)), Value::Text(text)) => {
            Some(Comparison::Text(operator, text.clone()))
        }
        (Some(Operator::Eq), Value::Bool(bool)) => Some(Comparison::Bool(*bool)),
        (None, Value::List(list)) if word == "in" && !list.is_empty() && list.len() <= MAX_LIST => list
            .iter()
            .map(|value| value.as_text().map(str::to_owned))
            .collect::<Option<_>>()
            .map(Comparison::In),
        _ => None,
    };
    match compared {
        Some(comparison) => Condition::Fact(id, comparison),
        None if decoder.mode == Mode::Lenient => Condition::Unknown(word.to_owned()),
        None => {
            let remedy = "eq, ne, lt, lte, gt, gte take an integer; eq and ne a string; eq a boolean; \
                          in a list of strings, not empty.";
            decoder.refuse(
                &at.at(word),
                format!("compares the fact with {} in a way that is not known", value.kind()),
                remedy,
            );
            unknown()
        }
    }
}

fn package(decoder: &Decoder<'_>, table: &Table, operand: &Value, at: &Pointer) -> Condition {
    let name = decoder.text(operand, || at.at("package"), false);
    let format = table.get("format");
    let (word, value) = match (comparison(table, &["package", "format"]), format) {
        (Ok(None), None) => return Condition::Package(name, None),
        (Ok(Some(found)), Some(_)) => found,
        (Err(words), _) => return several(decoder, &words, at),
        (Ok(other), _) => {
            if let (Mode::Lenient, Some((word, _))) = (decoder.mode, other) {
                return Condition::Unknown(word.to_owned());
            }
            let remedy =
                "Write { package = \"n\" } or { package = \"n\", format = \"rpm\", lt = \"1:2-3\" }.";
            decoder.refuse(at, "needs both a format and a comparison, or neither", remedy);
            return unknown();
        }
    };
    let operator = Operator::ALL.iter().find(|(known, _)| *known == word).map(|(_, operator)| *operator);
    let format = format.and_then(Value::as_text).map(PackageFormat::from);
    match (operator, format, value.as_text()) {
        (Some(operator), Some(format @ (PackageFormat::Rpm | PackageFormat::Dpkg)), Some(version)) => {
            if !super::version::well_formed(&format, version) {
                let remedy = "Write epoch:version-release, such as 1:2.6-3.el7; the epoch may be left out.";
                decoder.refuse_value(&at.at(word), version, format!("is no {format} version"), remedy);
            }
            Condition::Package(name, Some(VersionTest { format, operator, version: version.to_owned() }))
        }
        _ if decoder.mode == Mode::Lenient => Condition::Unknown(word.to_owned()),
        _ => {
            let remedy = "format is rpm or dpkg; beside it one of eq, ne, lt, lte, gt, gte with a version as a string.";
            decoder.refuse(at, "compares the package in a way that is not known", remedy);
            unknown()
        }
    }
}

fn several(decoder: &Decoder<'_>, words: &[&str], at: &Pointer) -> Condition {
    let known =
        words.iter().all(|word| *word == "in" || Operator::ALL.iter().any(|(known, _)| known == word));
    if decoder.mode == Mode::Lenient && !known {
        return Condition::Unknown(words.join(", "));
    }
    let message = format!("has several comparisons in one table: {}", words.join(", "));
    decoder.refuse(at, message, "One comparison per table; join tables by `all`.");
    unknown()
}
