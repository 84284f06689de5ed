//! Conditions, quantities and guidance as sentences for people, from a product's own names and units.
//!
//! Pure text, used by pages and terminal alike, so that both say the same.

use super::condition::{Comparison, Operator, VersionTest};
use super::product::{Fact, Feature};
use super::words::{Action, GuidanceLevel};
use super::{Condition, Product};

/// How the parts of a condition are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Joiner {
    /// All of them hold.
    All,
    /// Any of them holds.
    Any,
}

/// A condition as a short list of clauses, which reads better than one long sentence.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Clauses {
    /// How they are joined.
    pub joiner: Joiner,
    /// The clauses, without a full stop.
    pub parts: Vec<String>,
}

/// A missing fact, as what somebody has to find out.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Question {
    /// What is asked: "Is Space Reclamation (TRIM) in use?"
    pub ask: String,
    /// Where a person finds it.
    pub place: Option<String>,
}

/// An integer with its thousands grouped: `2,199,023,255,552`.
#[must_use]
pub fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::from(if value < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

const BINARY_UNITS: [(&str, u32); 6] =
    [("EiB", 60), ("PiB", 50), ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];

/// A number of bytes: in a binary unit where that is exact, and always as the exact number.
#[must_use]
pub fn bytes(value: i64) -> String {
    let exact = BINARY_UNITS
        .iter()
        .map(|(unit, shift)| (unit, 1_i64 << shift))
        .find(|(_, size)| value != 0 && value % size == 0);
    match exact {
        Some((unit, size)) => format!("{} {unit} ({} bytes)", grouped(value / size), grouped(value)),
        None if value == 1 => "1 byte".to_owned(),
        None => format!("{} bytes", grouped(value)),
    }
}

/// A number of bytes as a person estimates it: `118.4 MiB`. The exact number has to stand beside it.
#[must_use]
pub fn about_bytes(value: i64) -> String {
    let unit =
        BINARY_UNITS.iter().map(|(unit, shift)| (unit, 1_i64 << shift)).find(|(_, size)| value >= *size);
    match unit {
        None => bytes(value),
        Some((unit, size)) => {
            let tenths = (i128::from(value) * 10 + i128::from(size) / 2) / i128::from(size);
            match tenths % 10 {
                0 => format!("{} {unit}", tenths / 10),
                rest => format!("{}.{rest} {unit}", tenths / 10),
            }
        }
    }
}

/// A number with its unit.
#[must_use]
pub fn quantity(value: i64, unit: Option<&str>) -> String {
    match unit {
        Some("bytes") => bytes(value),
        Some(unit) => format!("{} {unit}", grouped(value)),
        None => grouped(value),
    }
}

/// A condition in one line: "Largest LUN that space reclamation runs on is above 2 TiB
/// (2,199,023,255,552 bytes)".
#[must_use]
pub fn condition(product: &Product, condition: &Condition) -> String {
    match condition {
        Condition::All(parts) => joined(product, parts, " and "),
        Condition::Any(parts) => joined(product, parts, " or "),
        Condition::Not(inner) => negated(product, inner),
        leaf => clause(product, leaf, true),
    }
}

/// The condition under which a cell bites, with its feature's being in use as the first clause. `None` where
/// neither is asked.
#[must_use]
pub fn cell_clauses(
    product: &Product,
    feature: Option<&Feature>,
    when: Option<&Condition>,
) -> Option<Clauses> {
    let mut in_use: Vec<String> =
        feature.map(|feature| format!("{} is in use", feature.name)).into_iter().collect();
    let clauses = match when {
        None => Clauses { joiner: Joiner::All, parts: in_use },
        Some(Condition::Any(parts)) if in_use.is_empty() => {
            let parts = parts.iter().map(|part| condition(product, part)).collect();
            Clauses { joiner: Joiner::Any, parts }
        }
        Some(Condition::All(parts)) => {
            in_use.extend(parts.iter().map(|part| condition(product, part)));
            Clauses { joiner: Joiner::All, parts: in_use }
        }
        Some(other) => {
            in_use.push(condition(product, other));
            Clauses { joiner: Joiner::All, parts: in_use }
        }
    };
    (!clauses.parts.is_empty()).then_some(clauses)
}

fn joined(product: &Product, parts: &[Condition], word: &str) -> String {
    parts.iter().map(|part| bracketed(product, part)).collect::<Vec<_>>().join(word)
}

/// A part of a longer sentence: in brackets where it is joined itself, so that nothing is read two ways.
fn bracketed(product: &Product, part: &Condition) -> String {
    match part {
        Condition::All(_) | Condition::Any(_) => format!("({})", condition(product, part)),
        other => condition(product, other),
    }
}

fn negated(product: &Product, inner: &Condition) -> String {
    match inner {
        Condition::All(_) | Condition::Any(_) => format!("not ({})", condition(product, inner)),
        Condition::Not(twice) => condition(product, twice),
        leaf => clause(product, leaf, false),
    }
}

/// A condition that holds no other, or its opposite.
fn clause(product: &Product, leaf: &Condition, holds: bool) -> String {
    let is = if holds { "is" } else { "is not" };
    match leaf {
        Condition::Feature(id) => {
            let name = product.feature(id.as_str()).map_or(id.as_str(), |feature| feature.name.as_str());
            format!("{name} {is} in use")
        }
        Condition::Hotfix(id) => format!("{id} {is} installed or rolled up by what is installed"),
        Condition::Release(id) => {
            let name = product.release(id.as_str()).map_or(id.as_str(), |release| release.name.as_str());
            format!("the release {is} {name}")
        }
        Condition::Fact(id, comparison) => {
            let fact = product.fact(id.as_str());
            let title = fact.and_then(|fact| fact.title.as_deref()).unwrap_or(id.as_str());
            format!("{title} {}", compared(fact, comparison, holds))
        }
        Condition::Package(name, None) => format!("the package {name} {is} installed"),
        Condition::Package(name, Some(test)) => package(name, test, holds),
        Condition::Unknown(word) => format!("a condition that is not known here holds ({word})"),
        joined @ (Condition::All(_) | Condition::Any(_) | Condition::Not(_)) => condition(product, joined),
    }
}

fn compared(fact: Option<&Fact>, comparison: &Comparison, holds: bool) -> String {
    let is = if holds { "is" } else { "is not" };
    let unit = fact.and_then(|fact| fact.unit.as_deref());
    match comparison {
        Comparison::Int(operator, value) => {
            let operator = if holds { *operator } else { opposite(*operator) };
            format!("{} {}", relation(operator), quantity(*value, unit))
        }
        Comparison::Text(operator, text) => {
            let operator = if holds { *operator } else { opposite(*operator) };
            format!("{} “{text}”", relation(operator))
        }
        Comparison::Bool(value) => format!("{is} {}", if *value { "true" } else { "false" }),
        Comparison::In(values) => match values.as_slice() {
            [one] => format!("{is} “{one}”"),
            many => {
                let list = many.iter().map(|value| format!("“{value}”")).collect::<Vec<_>>().join(", ");
                format!("{} of {list}", if holds { "is any" } else { "is none" })
            }
        },
    }
}

fn opposite(operator: Operator) -> Operator {
    match operator {
        Operator::Eq => Operator::Ne,
        Operator::Ne => Operator::Eq,
        Operator::Lt => Operator::Gte,
        Operator::Lte => Operator::Gt,
        Operator::Gt => Operator::Lte,
        Operator::Gte => Operator::Lt,
    }
}

fn relation(operator: Operator) -> &'static str {
    match operator {
        Operator::Eq => "is",
        Operator::Ne => "is not",
        Operator::Lt => "is below",
        Operator::Lte => "is at most",
        Operator::Gt => "is above",
        Operator::Gte => "is at least",
    }
}

fn package(name: &str, test: &VersionTest, holds: bool) -> String {
    let version = &test.version;
    let which = match test.operator {
        Operator::Eq => format!("in version {version}"),
        Operator::Ne => format!("in another version than {version}"),
        Operator::Lt => format!("older than {version}"),
        Operator::Lte => format!("in version {version} or older"),
        Operator::Gt => format!("newer than {version}"),
        Operator::Gte => format!("in version {version} or newer"),
    };
    let which = format!("the package {name} ({}) is installed {which}", test.format);
    if holds { which } else { format!("not ({which})") }
}

/// What has to be found out where an assessment names this as missing.
#[must_use]
pub fn question(product: &Product, missing: &str) -> Question {
    let found = |ask: String, feature: &Feature| {
        let place = match (&feature.label, &feature.place) {
            (Some(label), Some(place)) => Some(format!("“{label}”: {place}")),
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (None, None) => None,
        };
        Question { ask, place }
    };
    if let Some(feature) = product.feature(missing) {
        return found(format!("Is {} in use?", feature.name), feature);
    }
    let carrier = product.features.iter().find_map(|feature| {
        feature.facts.iter().find(|fact| fact.id == *missing).map(|fact| (feature, fact))
    });
    if let Some((feature, fact)) = carrier {
        let title = fact.title.as_deref().unwrap_or(missing);
        let unit = fact.unit.as_ref().map(|unit| format!(", in {unit}")).unwrap_or_default();
        return found(format!("{title}{unit}"), feature);
    }
    let (ask, place) = match missing {
        "hotfixes" => ("Which hotfixes are installed?", Some("their ids or UUIDs, all of them; [] is none")),
        "packages" => ("Which packages are installed?", Some("name, version, release and format of each")),
        "version" => ("Which version does the host report?", None),
        "build" => ("Which build does the host report?", None),
        other => (other, None),
    };
    Question { ask: ask.to_owned(), place: place.map(str::to_owned) }
}

/// An action after installing, as what somebody does: "restart the host".
#[must_use]
pub fn action(action: &Action) -> String {
    match action {
        Action::RebootHost => "restart the host".to_owned(),
        Action::RebootHostOnLivePatchFailure => "restart the host if the live patch fails".to_owned(),
        Action::RebootHostOnKernelLivePatchFailure => {
            "restart the host if the kernel’s live patch fails".to_owned()
        }
        Action::RebootHostOnXenLivePatchFailure => "restart the host if Xen’s live patch fails".to_owned(),
        Action::EvacuateHost => "move every virtual machine off the host".to_owned(),
        Action::RestartToolstack => "restart the toolstack".to_owned(),
        Action::RestartDeviceModel => "restart the device models of the virtual machines".to_owned(),
        Action::RestartVm => "restart the virtual machines".to_owned(),
        Action::Other(word) => format!("“{word}”, which is not known here: restart the host"),
    }
}

/// How strongly an action is asked for, in words.
#[must_use]
pub fn level(level: &GuidanceLevel) -> String {
    match level {
        GuidanceLevel::Mandatory => "required".to_owned(),
        GuidanceLevel::Recommended => "recommended".to_owned(),
        GuidanceLevel::Full => "for the full effect".to_owned(),
        GuidanceLevel::Livepatch => "where the live patch is used".to_owned(),
        GuidanceLevel::Other(word) => word.clone(),
    }
}

/// A sentence's first letter made a capital.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Hotfix, Mode, Source};

    fn product() -> Product {
        let text = include_str!("../../samples/first-light/product.toml");
        Product::decode(&Source::from_toml("product.toml", text).unwrap(), Mode::Strict).unwrap()
    }

    fn said(when: &str) -> String {
        let head = "schema = \"hotfixd/hotfix/1\"\nid = \"H\"\nrevision = 1\nproduct = \"xenserver\"\nkind = \"hotfix\"\n";
        let text = format!("{head}title = \"T\"\nreleases = [\"6.5\"]\nwhen = {when}\n");
        let source = Source::from_toml("h.toml", &text).unwrap();
        condition(&product(), &Hotfix::decode(&source, Mode::Strict).unwrap().when.unwrap())
    }

    #[test]
    fn says_quantities_exactly() {
        assert_eq!(bytes(2_199_023_255_552), "2 TiB (2,199,023,255,552 bytes)");
        assert_eq!(bytes(2_199_023_255_553), "2,199,023,255,553 bytes");
        assert_eq!(bytes(0), "0 bytes");
        assert_eq!(bytes(i64::MIN), "-8 EiB (-9,223,372,036,854,775,808 bytes)");
        assert_eq!(about_bytes(124_151_398), "118.4 MiB");
        assert_eq!(about_bytes(1023), "1,023 bytes");
        assert_eq!(about_bytes(i64::MAX), "8 EiB");
        assert_eq!(quantity(-1500, Some("seconds")), "-1,500 seconds");
    }

    #[test]
    fn says_conditions_in_the_products_own_names() {
        assert_eq!(
            said(r#"{ fact = "storage.trim.largest_lun_bytes", gt = 2199023255552 }"#),
            "Largest LUN that space reclamation runs on is above 2 TiB (2,199,023,255,552 bytes)"
        );
        assert_eq!(
            said(r#"{ not = { fact = "storage.trim.largest_lun_bytes", gt = 1 } }"#),
            "Largest LUN that space reclamation runs on is at most 1 byte"
        );
        assert_eq!(
            said(
                r#"{ any = [{ feature = "storage.trim" }, { all = [{ hotfix = "A" }, { release = "6.5" }] }] }"#
            ),
            "Space Reclamation (TRIM) is in use or (A is installed or rolled up by what is installed and the \
             release is XenServer 6.5)"
        );
        assert_eq!(
            said(r#"{ not = { any = [{ feature = "storage.trim" }, { package = "n" }] } }"#),
            "not (Space Reclamation (TRIM) is in use or the package n is installed)"
        );
        assert_eq!(
            said(r#"{ package = "xen", format = "rpm", lt = "4.4-1" }"#),
            "the package xen (rpm) is installed older than 4.4-1"
        );
    }

    #[test]
    fn asks_for_what_is_missing() {
        let asked = question(&product(), "storage.trim.largest_lun_bytes");
        assert_eq!(asked.ask, "Largest LUN that space reclamation runs on, in bytes");
        assert_eq!(asked.place.as_deref(), Some("“Reclaim freed space”: XenCenter, the host's Storage tab"));
        assert_eq!(question(&product(), "storage.trim").ask, "Is Space Reclamation (TRIM) in use?");
    }
}
