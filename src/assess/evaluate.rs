//! Conditions, in three values (Kleene), each with its reasons and with exactly those missing facts that
//! could still change the answer.

use std::collections::BTreeSet;

use super::because;
use super::host::Host;
use crate::model::condition::{Comparison, VersionTest};
use crate::model::inventory::{FactValue, Package};
use crate::model::version::{self, Evr};
use crate::model::words::FactType;
use crate::model::{Condition, Id, Inventory};

/// What is named as missing where a word or an operator is not known to this version.
pub(super) const NEWER_HOTFIX: &str = "newer-hotfix";

/// Names of missing facts.
pub(super) type Missing = BTreeSet<String>;

/// A value of three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    /// It depends on these facts, which are missing.
    Unknown(Missing),
}

/// A value with its reasons, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) truth: Truth,
    pub(super) because: Vec<String>,
}

impl Truth {
    pub(super) fn missing(name: impl Into<String>) -> Self {
        Self::Unknown(BTreeSet::from([name.into()]))
    }

    /// True or false; with a reason it is a [`Judged`].
    pub(super) fn known(bool: bool) -> Self {
        if bool { Self::True } else { Self::False }
    }

    pub(super) fn because(self, sentence: String) -> Judged {
        Judged { truth: self, because: vec![sentence] }
    }
}

/// True where all are, false where one is: then nothing that is missing beside it matters.
pub(super) fn all(parts: Vec<Judged>) -> Judged {
    settle(parts, &Truth::False)
}

/// True where one is, false where all are.
fn any(parts: Vec<Judged>) -> Judged {
    settle(parts, &Truth::True)
}

/// The first part with the settling value decides alone; else the parts that are unknown; else all parts.
fn settle(parts: Vec<Judged>, settling: &Truth) -> Judged {
    if let Some(part) = parts.iter().find(|part| part.truth == *settling) {
        return part.clone();
    }
    let mut missing = Missing::new();
    let mut because = Vec::new();
    for part in &parts {
        if let Truth::Unknown(names) = &part.truth {
            missing.extend(names.iter().cloned());
            because.extend(part.because.iter().cloned());
        }
    }
    if !missing.is_empty() {
        return Judged { truth: Truth::Unknown(missing), because };
    }
    let truth = Truth::known(*settling == Truth::False);
    Judged { truth, because: parts.into_iter().flat_map(|part| part.because).collect() }
}

/// The value of a condition on a host whose release is settled.
pub(super) fn evaluate<'c>(condition: &Condition, state: &impl Host<'c>) -> Judged {
    evaluate_with(condition, &|part| leaf(part, state))
}

/// The value that a condition may still take while steps are carried out: what is provided stays so, what is
/// `coming` may be provided or not, and so may the release change where it `may_move`. False is for ever.
pub(super) fn foresee<'c>(
    condition: &Condition,
    state: &impl Host<'c>,
    coming: &dyn Fn(&Id) -> bool,
    may_move: bool,
) -> Truth {
    let open = |part: &Condition| match part {
        Condition::Hotfix(id) => coming(id) && state.provided(id) != Truth::True,
        Condition::Release(_) => may_move,
        _ => false,
    };
    let part = |part: &Condition| match open(part) {
        true => Truth::missing("the steps to come").because(String::new()),
        false => leaf(part, state),
    };
    evaluate_with(condition, &part).truth
}

fn evaluate_with(condition: &Condition, leaf: &dyn Fn(&Condition) -> Judged) -> Judged {
    match condition {
        Condition::All(inner) => all(inner.iter().map(|part| evaluate_with(part, leaf)).collect()),
        Condition::Any(inner) => any(inner.iter().map(|part| evaluate_with(part, leaf)).collect()),
        Condition::Not(inner) => {
            let Judged { truth, because } = evaluate_with(inner, leaf);
            let truth = match truth {
                Truth::True => Truth::False,
                Truth::False => Truth::True,
                Truth::Unknown(missing) => Truth::Unknown(missing),
            };
            Judged { truth, because }
        }
        part => leaf(part),
    }
}

fn leaf<'c>(part: &Condition, state: &impl Host<'c>) -> Judged {
    match part {
        Condition::Feature(id) => feature(id, state),
        Condition::Hotfix(id) => {
            let truth = state.provided(id);
            let sentence = because::provided(id, &truth);
            truth.because(sentence)
        }
        Condition::Release(id) => {
            let is = state.release() == Some(id);
            Truth::known(is).because(because::is_release(id, is))
        }
        Condition::Fact(id, comparison) => fact(id, comparison, state),
        Condition::Package(name, test) => package(name, test.as_ref(), state),
        Condition::Unknown(operator) => {
            Truth::missing(NEWER_HOTFIX).because(because::unknown_word("operator", operator))
        }
        joined @ (Condition::All(_) | Condition::Any(_) | Condition::Not(_)) => evaluate(joined, state),
    }
}

/// Whether a feature is in use.
pub(super) fn feature<'c>(id: &Id, state: &impl Host<'c>) -> Judged {
    let reported = state.inventory().features.get(id.as_str()).copied();
    let truth = reported.map_or_else(|| Truth::missing(id.as_str()), Truth::known);
    truth.because(because::feature(id, reported))
}

fn fact<'c>(id: &Id, comparison: &Comparison, state: &impl Host<'c>) -> Judged {
    let stated = state.catalogue().product().fact(id.as_str()).map(|fact| &fact.kind);
    if let Some(FactType::Other(word)) = stated {
        return Truth::missing(NEWER_HOTFIX).because(because::unknown_word("type of fact", word));
    }
    let value = state.inventory().facts.get(id.as_str()).filter(|value| of_type(value, stated));
    let Some(value) = value else {
        return Truth::missing(id.as_str()).because(because::not_reported(id.as_str()));
    };
    match compare(value, comparison) {
        Some(holds) => Truth::known(holds).because(because::compared(id, value, comparison, holds)),
        None => Truth::missing(id.as_str()).because(because::not_reported(id.as_str())),
    }
}

/// Whether a value is of the type that the product states.
pub(super) fn of_type(value: &FactValue, stated: Option<&FactType>) -> bool {
    match stated {
        Some(FactType::Integer) => matches!(value, FactValue::Int(_)),
        Some(FactType::Boolean) => matches!(value, FactValue::Bool(_)),
        Some(FactType::Text) => matches!(value, FactValue::Text(_)),
        Some(FactType::Texts) => matches!(value, FactValue::Texts(_)),
        Some(FactType::Other(_)) | None => true,
    }
}

/// `None` where the two cannot be compared; the rules over a catalogue refuse that.
pub(super) fn compare(value: &FactValue, comparison: &Comparison) -> Option<bool> {
    Some(match (value, comparison) {
        (FactValue::Int(value), Comparison::Int(operator, with)) => operator.holds(value.cmp(with)),
        (FactValue::Text(value), Comparison::Text(operator, with)) => operator.holds(value.cmp(with)),
        (FactValue::Bool(value), Comparison::Bool(with)) => value == with,
        (FactValue::Text(value), Comparison::In(list)) => list.contains(value),
        (FactValue::Texts(values), Comparison::In(list)) => values.iter().any(|value| list.contains(value)),
        _ => return None,
    })
}

fn package<'c>(name: &str, test: Option<&VersionTest>, state: &impl Host<'c>) -> Judged {
    let Some(packages) = &state.inventory().packages else {
        return Truth::missing("packages").because(because::not_reported("packages"));
    };
    let matching = matching(name, test, packages);
    Truth::known(matching.is_some()).because(because::package(name, test, matching))
}

/// Whether a host has a package; `None` where it does not say what it has.
pub(super) fn has_package(name: &str, test: Option<&VersionTest>, inventory: &Inventory) -> Option<bool> {
    let packages = inventory.packages.as_ref()?;
    Some(matching(name, test, packages).is_some())
}

fn matching<'p>(name: &str, test: Option<&VersionTest>, packages: &'p [Package]) -> Option<&'p Package> {
    let mut named = packages.iter().filter(|package| package.name == name);
    named.find(|package| test.is_none_or(|test| matches(package, test)))
}

fn matches(package: &Package, test: &VersionTest) -> bool {
    let installed = Evr {
        epoch: u64::try_from(package.epoch).unwrap_or(0),
        version: &package.version,
        release: package.release.as_deref(),
    };
    let compared =
        Evr::parse(&test.version).and_then(|with| version::compare(&test.format, &installed, &with));
    package.format == test.format && compared.is_some_and(|order| test.operator.holds(order))
}

/// Whether a condition's value can change while a plan is carried out: whether it asks for a hotfix or a
/// release.
pub(super) fn follows_the_plan(condition: &Condition) -> bool {
    let mut found = false;
    condition.walk(&crate::json::Pointer::root(), &mut |part, _| {
        found |= matches!(part, Condition::Hotfix(_) | Condition::Release(_));
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(truth: Truth) -> Judged {
        truth.because(String::new())
    }

    #[test]
    fn names_only_what_could_still_change_the_answer() {
        let unknown = |name: &str| judged(Truth::missing(name));
        let known = |bool| judged(Truth::known(bool));
        assert_eq!(all(vec![unknown("a"), known(false)]).truth, Truth::False);
        assert_eq!(any(vec![unknown("a"), known(true)]).truth, Truth::True);
        assert_eq!(all(vec![unknown("a"), known(true)]).truth, Truth::missing("a"));
        assert_eq!(any(vec![unknown("a"), known(false)]).truth, Truth::missing("a"));
        assert_eq!(all(vec![known(true)]).truth, Truth::True);
        assert_eq!(any(vec![known(false)]).truth, Truth::False);
        let inner = any(vec![known(true), unknown("a")]);
        assert_eq!(all(vec![inner, unknown("b")]).truth, Truth::missing("b"));
    }

    #[test]
    fn a_plan_changes_what_asks_for_a_hotfix_or_a_release() {
        let id = |text| Id::new(text).unwrap();
        let feature = || Condition::Feature(id("F"));
        let within = |part| Condition::All(vec![feature(), Condition::Not(Box::new(part))]);
        assert!(follows_the_plan(&within(Condition::Hotfix(id("H1")))));
        assert!(follows_the_plan(&within(Condition::Release(id("R1")))));
        assert!(!follows_the_plan(&within(feature())));
    }
}
