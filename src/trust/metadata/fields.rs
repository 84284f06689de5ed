//! Reading a table field by field, so that each error names its place and what is left is kept.

use std::fmt;

use crate::json::{Pointer, Table, Value};

/// Metadata that is not of the form that TUF asks for: where, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The innermost first: places are put together on the way out, so that reading without errors costs nothing.
    steps: Vec<String>,
    reason: String,
}

impl Malformed {
    pub(crate) fn new(reason: impl fmt::Display) -> Self {
        Self { steps: Vec::new(), reason: reason.to_string() }
    }

    /// The same, of a value that stands at `step` of another.
    pub(crate) fn inside(mut self, step: impl fmt::Display) -> Self {
        // A name may be as long as the file: the place is for people.
        self.steps.push(step.to_string().chars().take(120).collect());
        self
    }

    /// Where, from the root of the file.
    #[must_use]
    pub fn place(&self) -> Pointer {
        self.steps.iter().rev().fold(Pointer::root(), |place, step| place.at(step))
    }

    /// What is wrong.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            write!(f, "the file {}", self.reason)
        } else {
            write!(f, "{:?} {}", self.place().dotted(), self.reason)
        }
    }
}

impl std::error::Error for Malformed {}

/// A foreign text for a message: cut, and escaped so that it carries nothing to a terminal.
pub(crate) fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(40).collect::<String>())
}

/// A table from which fields are taken.
pub(crate) struct Fields(Table);

impl Fields {
    pub(crate) fn of(value: Value) -> Result<Self, Malformed> {
        table(value).map(Self)
    }

    pub(crate) fn optional(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    pub(crate) fn take(&mut self, name: &str) -> Result<Value, Malformed> {
        self.0.remove(name).ok_or_else(|| Malformed::new("is missing").inside(name))
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<String, Malformed> {
        text(self.take(name)?).map_err(|error| error.inside(name))
    }

    pub(crate) fn table(&mut self, name: &str) -> Result<Table, Malformed> {
        table(self.take(name)?).map_err(|error| error.inside(name))
    }

    pub(crate) fn list(&mut self, name: &str) -> Result<Vec<Value>, Malformed> {
        list(self.take(name)?).map_err(|error| error.inside(name))
    }

    pub(crate) fn flag(&mut self, name: &str) -> Result<bool, Malformed> {
        let value = self.take(name)?;
        value.as_bool().ok_or_else(|| wrong("a boolean", &value).inside(name))
    }

    /// An integer of at least `least`.
    pub(crate) fn int(&mut self, name: &str, least: u64) -> Result<u64, Malformed> {
        let value = self.take(name)?;
        let int = value.as_int().ok_or_else(|| wrong("an integer", &value).inside(name))?;
        u64::try_from(int).ok().filter(|int| *int >= least).ok_or_else(|| {
            Malformed::new(format_args!("is {int}, and must be at least {least}")).inside(name)
        })
    }

    /// What was not taken.
    pub(crate) fn rest(self) -> Table {
        self.0
    }
}

fn wrong(wanted: &str, found: &Value) -> Malformed {
    Malformed::new(format_args!("is {}, and must be {wanted}", found.kind()))
}

pub(crate) fn text(value: Value) -> Result<String, Malformed> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(wrong("a string", &other)),
    }
}

pub(crate) fn table(value: Value) -> Result<Table, Malformed> {
    match value {
        Value::Table(table) => Ok(table),
        other => Err(wrong("a table", &other)),
    }
}

pub(crate) fn list(value: Value) -> Result<Vec<Value>, Malformed> {
    match value {
        Value::List(list) => Ok(list),
        other => Err(wrong("a list", &other)),
    }
}

/// Each element of a list of strings.
pub(crate) fn texts(list: Vec<Value>) -> Result<Vec<String>, Malformed> {
    list.into_iter()
        .enumerate()
        .map(|(index, value)| text(value).map_err(|error| error.inside(index)))
        .collect()
}

/// An unsigned integer as a value. Versions and lengths are read from 64 signed bits, so none is beyond them.
pub(crate) fn int(int: u64) -> Value {
    Value::Int(i64::try_from(int).unwrap_or(i64::MAX))
}
