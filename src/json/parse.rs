//! Reading JSON strictly: what a lenient reader would paper over is refused, with its place.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::table::Table;
use super::value::Value;

/// The deepest nesting of arrays and objects that is read.
pub const MAX_DEPTH: usize = 64;

/// Why bytes were not read, with line and column (both from 1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct ParseError {
    /// What is wrong.
    pub reason: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in bytes, from 1; 0 where the line ended.
    pub column: usize,
}

/// Reads one JSON value and nothing after it.
///
/// # Errors
/// Text that is not UTF-8 or not JSON (RFC 8259), a fraction, an integer beyond 64 bits, a name
/// given twice in one object, and nesting beyond [`MAX_DEPTH`].
pub fn parse(bytes: &[u8]) -> Result<Value, ParseError> {
    parse_without(bytes, &[])
}

/// The same without some members of the outermost object, which are read over. Only for what was read whole before:
/// of what is read over, nothing but that it is JSON is seen.
///
/// # Errors
/// As [`parse`].
pub fn parse_without(bytes: &[u8], left_out: &'static [&'static str]) -> Result<Value, ParseError> {
    if let Err(error) = std::str::from_utf8(bytes) {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        return Err(ParseError { reason: "not UTF-8 text".to_owned(), line, column });
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let seed = Seed { left_out, ..Seed::at_depth(0) };
    seed.deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| describe(&error))
}

fn describe(error: &serde_json::Error) -> ParseError {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let reason = match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    };
    ParseError { reason, line: line.max(1), column }
}

/// Reads a value as [`parse`] does where it stands inside something that is read otherwise.
#[derive(Clone, Copy)]
pub struct Seed {
    depth: usize,
    /// Members of the object that is read, not of those inside it.
    left_out: &'static [&'static str],
}

impl Seed {
    /// For a value that stands so many levels deep.
    #[must_use]
    pub fn at_depth(depth: usize) -> Self {
        Self { depth: MAX_DEPTH.saturating_sub(depth), left_out: &[] }
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, left_out: &[] }),
            None => Err(E::custom(format_args!("nested deeper than {MAX_DEPTH} levels"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, bool: bool) -> Result<Value, E> {
        Ok(Value::Bool(bool))
    }

    fn visit_i64<E>(self, int: i64) -> Result<Value, E> {
        Ok(Value::Int(int))
    }

    fn visit_u64<E: serde::de::Error>(self, int: u64) -> Result<Value, E> {
        i64::try_from(int)
            .map(Value::Int)
            .map_err(|_| E::custom(format_args!("the number {int} is beyond 64 bits")))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Value, E> {
        Err(E::custom("a number that is not a 64-bit integer"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let seed = self.deeper()?;
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(seed)? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let seed = self.deeper()?;
        let mut members = Members::InOrder(Vec::new());
        while let Some(name) = map.next_key::<String>()? {
            if self.left_out.contains(&name.as_str()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if members.has(&name) {
                let shown: String = name.chars().take(64).collect();
                return Err(A::Error::custom(format_args!("the name {shown:?} is given twice")));
            }
            members.put(name, map.next_value_seed(seed)?);
        }
        Ok(Value::Table(members.into_table()))
    }
}

/// Members as they come. Canonical ones come in order and are put side by side; for others there is a tree, so
/// that no order of many names takes the square of their number.
enum Members {
    InOrder(Vec<(String, Value)>),
    Tree(BTreeMap<String, Value>),
}

impl Members {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::InOrder(list) => match list.last() {
                Some((last, _)) if last.as_str() < name => false,
                _ => list.binary_search_by(|(other, _)| other.as_str().cmp(name)).is_ok(),
            },
            Self::Tree(tree) => tree.contains_key(name),
        }
    }

    fn put(&mut self, name: String, value: Value) {
        match self {
            Self::InOrder(list) if list.last().is_none_or(|(last, _)| *last < name) => {
                list.push((name, value));
            }
            Self::InOrder(list) => {
                let tree = std::mem::take(list).into_iter().chain([(name, value)]).collect();
                *self = Self::Tree(tree);
            }
            Self::Tree(tree) => drop(tree.insert(name, value)),
        }
    }

    fn into_table(self) -> Table {
        match self {
            Self::InOrder(list) => Table(list),
            Self::Tree(tree) => Table(tree.into_iter().collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_two_readers_could_read_differently() {
        for (text, reason) in [
            (r#"{"a":1,"a":2}"#, "the name \"a\" is given twice"),
            ("1.5", "a number that is not a 64-bit integer"),
            ("-0", "a number that is not a 64-bit integer"),
            ("1e3", "a number that is not a 64-bit integer"),
            ("9223372036854775808", "the number 9223372036854775808 is beyond 64 bits"),
            ("1e400", "number out of range"),
            (r#""\ud800""#, "unexpected end of hex escape"),
            ("[1] 2", "trailing characters"),
            ("", "EOF while parsing a value"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.reason, reason, "{text}");
        }
        assert_eq!(parse(b"[\n\xff]").unwrap_err().line, 2);
    }

    #[test]
    fn leaves_out_what_is_named_and_no_more() {
        let text = br#"{"a":{"b":1,"c":2},"b":[{"a":1}],"c":"d"}"#;
        let value = parse_without(text, &["b", "d"]).unwrap();
        assert_eq!(value, parse(br#"{"a":{"b":1,"c":2},"c":"d"}"#).unwrap());
        assert!(parse_without(br#"{"b":[}"#, &["b"]).is_err());
    }

    #[test]
    fn bounds_depth() {
        let nest = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(nest(MAX_DEPTH).as_bytes()).is_ok());
        for depth in [MAX_DEPTH + 1, 200_000] {
            let error = parse(nest(depth).as_bytes()).unwrap_err();
            assert_eq!(error.reason, "nested deeper than 64 levels");
        }
    }
}
