//! A condition as a flat list of operations, evaluated in three values without a name being looked up or a word
//! being said. What is missing, and why, is asked of the document only where it has to be told.

use super::names::Names;
use crate::assess::evaluate::{compare, has_package};
use crate::model::condition::{Comparison, Operator, VersionTest};
use crate::model::inventory::FactValue;
use crate::model::product::Product;
use crate::model::words::FactType;
use crate::model::{Condition, Id, Inventory};

/// A value of three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    True,
    False,
    Unknown,
}

impl Value {
    pub(super) fn known(bool: bool) -> Self {
        if bool { Self::True } else { Self::False }
    }

    fn of(known: Option<bool>) -> Self {
        known.map_or(Self::Unknown, Self::known)
    }

    /// True where both are, false where one is.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }
}

/// A condition, the outermost operation first.
#[derive(Debug, Clone)]
pub(super) struct Program {
    operations: Box<[Operation]>,
}

/// An operation. Those that join others say where they end.
#[derive(Debug, Clone)]
enum Operation {
    All {
        end: u32,
    },
    Any {
        end: u32,
    },
    Not,
    Feature(u32),
    Hotfix(u32),
    Release(u32),
    Int(u32, Operator, i64),
    Fact(u32, Box<Comparison>),
    Package(Box<(String, Option<VersionTest>)>),
    /// Undetermined, whatever the host reports.
    Unknown,
}

/// What conditions ask for, by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Vocabulary {
    pub(super) hotfixes: Names,
    pub(super) releases: Names,
    pub(super) features: Names,
    pub(super) facts: Names,
    types: Vec<Option<FactType>>,
}

impl Vocabulary {
    /// The words of a product, its releases and features in its order.
    pub(super) fn of(product: &Product) -> Self {
        let mut words = Self::default();
        for release in &product.releases {
            words.releases.number(&release.id);
        }
        for feature in &product.features {
            words.features.number(&feature.id);
            for fact in &feature.facts {
                words.facts.number(&fact.id);
                words.types.push(Some(fact.kind.clone()));
            }
        }
        words
    }

    /// The type that the product states of a fact.
    pub(super) fn kind(&self, fact: u32) -> Option<&FactType> {
        self.types.get(fact as usize)?.as_ref()
    }
}

impl Program {
    pub(super) fn of(condition: &Condition, words: &mut Vocabulary) -> Self {
        let mut operations = Vec::new();
        compile(condition, words, &mut operations);
        Self { operations: operations.into() }
    }

    pub(super) fn value(&self, host: &impl Reported) -> Value {
        evaluate(&self.operations, &mut 0, host)
    }
}

fn compile(condition: &Condition, words: &mut Vocabulary, out: &mut Vec<Operation>) {
    let mut joined = |parts: &[Condition], join: fn(u32) -> Operation| {
        let at = out.len();
        out.push(Operation::Unknown);
        parts.iter().for_each(|part| compile(part, words, out));
        let end = u32::try_from(out.len()).unwrap_or(u32::MAX);
        out.get_mut(at).into_iter().for_each(|placed| *placed = join(end));
    };
    match condition {
        Condition::All(parts) => joined(parts, |end| Operation::All { end }),
        Condition::Any(parts) => joined(parts, |end| Operation::Any { end }),
        Condition::Not(part) => {
            out.push(Operation::Not);
            compile(part, words, out);
        }
        Condition::Feature(id) => out.push(Operation::Feature(words.features.number(id))),
        Condition::Hotfix(id) => out.push(Operation::Hotfix(words.hotfixes.number(id))),
        Condition::Release(id) => out.push(Operation::Release(words.releases.number(id))),
        Condition::Fact(id, comparison) => out.push(fact(id, comparison, words)),
        Condition::Package(name, test) => {
            out.push(Operation::Package(Box::new((name.clone(), test.clone()))));
        }
        Condition::Unknown(_) => out.push(Operation::Unknown),
    }
}

fn fact(id: &Id, comparison: &Comparison, words: &mut Vocabulary) -> Operation {
    let number = words.facts.number(id);
    match (words.kind(number), comparison) {
        (Some(FactType::Other(_)), _) => Operation::Unknown,
        (_, Comparison::Int(operator, with)) => Operation::Int(number, *operator, *with),
        (_, comparison) => Operation::Fact(number, Box::new(comparison.clone())),
    }
}

/// What a condition is evaluated on, by number. A fact of another type than the product states is none.
pub(super) trait Reported {
    fn feature(&self, number: u32) -> Option<bool>;
    fn fact(&self, number: u32) -> Option<&FactValue>;
    fn provides(&self, hotfix: u32) -> Value;
    fn is_on(&self, release: u32) -> bool;
    fn inventory(&self) -> &Inventory;
}

/// The value of the operation at a place, which is then that after it.
fn evaluate(operations: &[Operation], at: &mut usize, host: &impl Reported) -> Value {
    let Some(operation) = operations.get(*at) else { return Value::Unknown };
    *at += 1;
    match operation {
        Operation::All { end } => joined(operations, (at, *end), host, Value::False),
        Operation::Any { end } => joined(operations, (at, *end), host, Value::True),
        Operation::Not => match evaluate(operations, at, host) {
            Value::True => Value::False,
            Value::False => Value::True,
            Value::Unknown => Value::Unknown,
        },
        Operation::Feature(number) => Value::of(host.feature(*number)),
        Operation::Hotfix(number) => host.provides(*number),
        Operation::Release(number) => Value::known(host.is_on(*number)),
        Operation::Int(number, operator, with) => match host.fact(*number) {
            Some(FactValue::Int(value)) => Value::known(operator.holds(value.cmp(with))),
            _ => Value::Unknown,
        },
        Operation::Fact(number, comparison) => {
            Value::of(host.fact(*number).and_then(|value| compare(value, comparison)))
        }
        Operation::Package(test) => {
            let (name, test) = &**test;
            Value::of(has_package(name, test.as_ref(), host.inventory()))
        }
        Operation::Unknown => Value::Unknown,
    }
}

/// The first part with the settling value decides alone; else any that is unknown; else the other value.
fn joined(
    operations: &[Operation],
    (at, end): (&mut usize, u32),
    host: &impl Reported,
    settling: Value,
) -> Value {
    let end = end as usize;
    let mut value = if settling == Value::False { Value::True } else { Value::False };
    while *at < end {
        let part = evaluate(operations, at, host);
        if part == settling {
            *at = end;
            return settling;
        }
        if part == Value::Unknown {
            value = Value::Unknown;
        }
    }
    value
}
