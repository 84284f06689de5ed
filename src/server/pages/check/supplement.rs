//! Answers to what was missing, put into an inventory.

use super::input::refusal;
use crate::json::{Pointer, Table, Value};
use crate::model::Problems;
use crate::model::product::{Fact, Product};
use crate::model::words::FactType;

/// The inventory with the answers in it.
pub(super) fn supplement(
    inventory: &Value,
    product: &Product,
    answers: &[(String, String)],
) -> Result<Value, Problems> {
    let mut table = inventory.as_table().cloned().unwrap_or_default();
    let mut problems = Vec::new();
    for (id, answer) in answers {
        let answer = answer.trim();
        let placed = if let Some(fact) = product.fact(id) {
            fact_value(fact, answer).map(|value| inside(&mut table, "facts", id, value))
        } else if product.feature(id).is_some() {
            yes_or_no(answer).map(|value| inside(&mut table, "features", id, value))
        } else {
            plain_field(id, answer).map(|value| drop(table.insert(id.clone(), value)))
        };
        if let Err(remedy) = placed {
            let at = Pointer::root().at("answer").at(id);
            problems.extend(refusal(at, Some(answer), "The answer could not be read", &remedy).0);
        }
    }
    if problems.is_empty() { Ok(Value::Table(table)) } else { Err(Problems(problems)) }
}

/// The value of a field of the inventory itself.
fn plain_field(id: &str, answer: &str) -> Result<Value, String> {
    match id {
        "hotfixes" => Ok(ids(answer)),
        "version" | "build" => Ok(answer.into()),
        _ => Err("There is no field for it here: add it to the inventory.".to_owned()),
    }
}

fn inside(table: &mut Table, folder: &str, id: &str, value: Value) {
    let folder = table.get_or_insert(folder, Value::Table(Table::new()));
    if let Value::Table(inner) = folder {
        inner.insert(id.to_owned(), value);
    }
}

/// `none`, or ids with spaces or commas between them.
fn ids(answer: &str) -> Value {
    if answer.eq_ignore_ascii_case("none") || answer == "[]" {
        return Value::List(Vec::new());
    }
    let parts = answer.split([' ', ',', ';', '\n', '\t']).filter(|part| !part.is_empty());
    Value::List(parts.map(Value::from).collect())
}

fn yes_or_no(answer: &str) -> Result<Value, String> {
    match answer.to_ascii_lowercase().as_str() {
        "yes" | "true" => Ok(Value::Bool(true)),
        "no" | "false" => Ok(Value::Bool(false)),
        _ => Err("Choose yes or no.".to_owned()),
    }
}

fn fact_value(fact: &Fact, answer: &str) -> Result<Value, String> {
    match fact.kind {
        FactType::Integer if fact.unit.as_deref() == Some("bytes") => {
            bytes(answer).map(Value::Int).ok_or_else(|| {
                "Write a number of bytes, or one with KiB, MiB, GiB, TiB or PiB, such as 3 TiB.".to_owned()
            })
        }
        FactType::Integer => {
            plain(answer).map(Value::Int).ok_or_else(|| "Write a whole number, such as 1500.".to_owned())
        }
        FactType::Boolean => yes_or_no(answer),
        FactType::Texts => Ok(Value::List(answer.split(',').map(|part| part.trim().into()).collect())),
        FactType::Text | FactType::Other(_) => Ok(answer.into()),
    }
}

/// A whole number, its thousands grouped or not.
fn plain(text: &str) -> Option<i64> {
    let digits: String =
        text.chars().filter(|c| !matches!(c, ',' | '_' | ' ' | '\u{a0}' | '\u{202f}')).collect();
    digits.parse().ok()
}

/// A number of bytes, or one with a binary unit, which may have decimals where they come out whole.
fn bytes(text: &str) -> Option<i64> {
    const UNITS: [(&str, u32); 5] = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40), ("PiB", 50)];
    let lower = text.to_ascii_lowercase();
    let unit = UNITS.iter().find(|(unit, _)| lower.ends_with(&unit.to_ascii_lowercase()));
    let Some((unit, shift)) = unit else {
        return plain(lower.trim_end_matches("bytes").trim());
    };
    let number = lower.get(..lower.len() - unit.len())?.trim();
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if decimals.len() > 6 || decimals.bytes().any(|byte| !byte.is_ascii_digit()) {
        return None;
    }
    let scale = 10_i128.pow(u32::try_from(decimals.len()).ok()?);
    let fraction: i128 = if decimals.is_empty() { 0 } else { decimals.parse().ok()? };
    let scaled = i128::from(plain(whole)?).checked_mul(scale)?.checked_add(fraction)?;
    let total = scaled.checked_mul(1_i128 << shift)?;
    (total % scale == 0 && scaled >= 0).then(|| i64::try_from(total / scale).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_as_people_write_them() {
        for (text, size) in [
            ("3298534883328", Some(3_298_534_883_328)),
            ("3,298,534,883,328 bytes", Some(3_298_534_883_328)),
            ("3 TiB", Some(3_298_534_883_328)),
            ("2.5tib", Some(2_748_779_069_440)),
            ("1.1 KiB", None),
            ("3 TB", None),
            ("-1 TiB", None),
            ("", None),
            ("999999999999 PiB", None),
            ("é TiB", None),
        ] {
            assert_eq!(bytes(text), size, "{text}");
        }
    }

    #[test]
    fn reads_ids_and_none() {
        assert_eq!(ids("None"), Value::List(vec![]));
        assert_eq!(ids("A, B\nC"), Value::List(vec!["A".into(), "B".into(), "C".into()]));
    }
}
