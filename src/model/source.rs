//! Where a document comes from: a TOML file that a publisher wrote, or the canonical JSON that is signed.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::decode::Mode;
use super::problem::{Level, Problem, Problems};
use super::{Advisory, Hold, Hotfix, Id, Product};
use crate::json::{self, Form, Pointer, Table, Value};

/// What documents say to people alone, none of which they have to have. Answers only name documents, by id and title.
const PROSE: &[&str] = &[
    "acknowledgements",
    "cves",
    "cvss",
    "cwes",
    "description",
    "incidents",
    "references",
    "summary",
    "timeline",
];

/// A document's fields, with the file and, where it was authored by hand, the lines they stand on.
#[derive(Debug, Clone)]
pub struct Source {
    origin: Origin,
    value: Value,
}

/// Where a document comes from, for messages: all that is needed of a source once it is decoded.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    file: String,
    /// The document's id; empty where it has none.
    document: String,
    lines: BTreeMap<Pointer, usize>,
}

impl Source {
    /// Reads an authored document. Dates and times become the strings that are published.
    ///
    /// # Errors
    /// Text that is not TOML 1.0, a floating-point number, an integer beyond 64 bits, nesting beyond
    /// [`json::MAX_DEPTH`]; each with its line.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, Problems> {
        let root = DeTable::parse(text).map_err(|error| {
            let line = error.span().map(|span| Lines::of(text).at(span.start));
            refusal(file, line, Pointer::root(), error.message(), "Mend the TOML syntax there.")
        })?;
        let mut reader = TomlReader { file, starts: Lines::of(text), lines: BTreeMap::new() };
        let table = reader.table(root.get_ref(), &Pointer::root(), 0).map_err(|Problems(problems)| {
            // The document has a name, even where a value in it cannot be read.
            let named = |problem| Problem { document: id_of(root.get_ref()), ..problem };
            Problems(problems.into_iter().map(named).collect())
        })?;
        Ok(Self::new(file, Value::Table(table), reader.lines))
    }

    /// Reads a published document, or one that a program wrote.
    ///
    /// # Errors
    /// What [`json::parse`] refuses, with its line.
    pub fn from_json(file: &str, bytes: &[u8]) -> Result<Self, Problems> {
        Self::of_json(file, json::parse(bytes))
    }

    /// The same of a document that was read before, without the prose that no assessment depends on.
    pub(crate) fn without_prose(file: &str, bytes: &[u8]) -> Result<Self, Problems> {
        Self::of_json(file, json::parse_without(bytes, PROSE))
    }

    fn of_json(file: &str, value: Result<Value, json::ParseError>) -> Result<Self, Problems> {
        let value = value.map_err(|error| {
            let message = format!("{} (column {})", error.reason, error.column);
            refusal(file, Some(error.line), Pointer::root(), &message, "Mend the JSON there.")
        })?;
        Ok(Self::from_value(file, value))
    }

    /// A document that a program holds already.
    #[must_use]
    pub fn from_value(file: &str, value: Value) -> Self {
        Self::new(file, value, BTreeMap::new())
    }

    fn new(file: &str, value: Value, lines: BTreeMap<Pointer, usize>) -> Self {
        let origin = Origin { file: file.to_owned(), document: id_in(&value), lines };
        Self { origin, value }
    }

    /// The file or target path, for messages.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.origin.file
    }

    /// The fields.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The same document with one field of the top level set to another value.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        if let Value::Table(table) = &mut self.value {
            table.insert(name.to_owned(), value);
        }
        self.origin.document = id_in(&self.value);
        self
    }

    /// The line of a field, or of the nearest thing around it that has one.
    #[must_use]
    pub fn line(&self, field: &Pointer) -> Option<usize> {
        self.origin.line(field)
    }

    /// The bytes that are published and signed: canonical JSON.
    #[must_use]
    pub fn published_bytes(&self) -> Vec<u8> {
        json::canonical(&self.value, Form::Json)
    }

    /// Where it comes from.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Where it comes from, without what it says.
    pub(super) fn into_origin(self) -> Origin {
        self.origin
    }
}

impl Origin {
    /// Of a document that is told of by its id alone.
    pub(super) fn nowhere(id: &Id) -> Self {
        Self { file: id.to_string(), document: id.to_string(), lines: BTreeMap::new() }
    }

    /// The file or target path.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    fn line(&self, field: &Pointer) -> Option<usize> {
        if self.lines.is_empty() {
            return None;
        }
        let mut place = Some(field.clone());
        while let Some(pointer) = place {
            if let Some(line) = self.lines.get(&pointer) {
                return Some(*line);
            }
            place = pointer.parent();
        }
        None
    }

    /// A problem at a field of the document.
    pub(super) fn problem(&self, level: Level, field: Pointer, message: String, remedy: String) -> Problem {
        Problem {
            level,
            file: self.file.clone(),
            line: self.line(&field),
            document: self.document.clone(),
            value: None,
            field,
            message,
            remedy,
            absent: false,
        }
    }
}

fn id_in(value: &Value) -> String {
    value.get("id").and_then(Value::as_text).unwrap_or_default().to_owned()
}

/// The `id` of a document; empty where it has none.
fn id_of(root: &DeTable<'_>) -> String {
    match root.get("id").map(Spanned::get_ref) {
        Some(DeValue::String(id)) => id.to_string(),
        _ => String::new(),
    }
}

fn refusal(file: &str, line: Option<usize>, field: Pointer, message: &str, remedy: &str) -> Problems {
    Problems(vec![Problem {
        level: Level::Error,
        file: file.to_owned(),
        line,
        document: String::new(),
        field,
        value: None,
        message: message.trim().replace('\n', " "),
        remedy: remedy.to_owned(),
        absent: false,
    }])
}

/// Where the lines of a text begin: counting them anew for every field would take the square of its length.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    /// The line, from 1, on which an offset stands.
    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset) + 1
    }
}

struct TomlReader<'a> {
    file: &'a str,
    starts: Lines,
    lines: BTreeMap<Pointer, usize>,
}

impl TomlReader<'_> {
    fn table(&mut self, table: &DeTable<'_>, at: &Pointer, depth: usize) -> Result<Table, Problems> {
        let mut out = Table::new();
        for (name, value) in table {
            let place = at.at(name.get_ref());
            self.lines.insert(place.clone(), self.starts.at(name.span().start));
            out.insert(name.get_ref().to_string(), self.value(value, &place, depth + 1)?);
        }
        Ok(out)
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, at: &Pointer, depth: usize) -> Result<Value, Problems> {
        let line = self.starts.at(value.span().start);
        let refuse =
            |message: &str, remedy: &str| refusal(self.file, Some(line), at.clone(), message, remedy);
        if depth > json::MAX_DEPTH {
            return Err(refuse("nested too deeply", "No document needs this."));
        }
        Ok(match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Boolean(bool) => Value::Bool(*bool),
            DeValue::Integer(int) => i64::from_str_radix(int.as_str(), int.radix())
                .map(Value::Int)
                .map_err(|_| refuse("a number beyond 64 bits", "Write a smaller integer."))?,
            DeValue::Float(_) => {
                return Err(refuse(
                    "a floating-point number",
                    "Write an integer: documents have no fractions.",
                ));
            }
            DeValue::Datetime(time) => Value::Text(time.to_string()),
            DeValue::Array(list) => {
                let mut out = Vec::new();
                for (index, element) in list.iter().enumerate() {
                    let place = at.at(index);
                    self.lines.insert(place.clone(), self.starts.at(element.span().start));
                    out.push(self.value(element, &place, depth + 1)?);
                }
                Value::List(out)
            }
            DeValue::Table(table) => Value::Table(self.table(table, at, depth)?),
        })
    }
}

/// A document of any kind. It is taken apart at once, so that its size does not matter.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone)]
pub enum Document {
    /// A product.
    Product(Product),
    /// An advisory.
    Advisory(Advisory),
    /// A hotfix.
    Hotfix(Hotfix),
    /// A hold on a hotfix.
    Hold(Hold),
}

impl Document {
    /// Decodes a document by its `schema`.
    ///
    /// # Errors
    /// Every problem of the document, each with its place.
    pub fn decode(source: &Source, mode: Mode) -> Result<Self, Problems> {
        const SCHEMAS: [&str; 4] =
            ["hotfixd/product/1", "hotfixd/advisory/1", "hotfixd/hotfix/1", "hotfixd/hold/1"];
        match source.value().get("schema").and_then(Value::as_text) {
            Some("hotfixd/product/1") => Product::decode(source, mode).map(Self::Product),
            Some("hotfixd/advisory/1") => Advisory::decode(source, mode).map(Self::Advisory),
            Some("hotfixd/hotfix/1") => Hotfix::decode(source, mode).map(Self::Hotfix),
            Some("hotfixd/hold/1") => Hold::decode(source, mode).map(Self::Hold),
            other => {
                let field = Pointer::root().at("schema");
                let message = match other {
                    Some(word) => format!("{} is no schema that is known here", super::text::shown(word)),
                    None => "missing: it says what kind of document this is".to_owned(),
                };
                let remedy =
                    format!("Write one of {}.", SCHEMAS.map(|word| format!("\"{word}\"")).join(", "));
                Err(Problems(vec![source.origin().problem(Level::Error, field, message, remedy)]))
            }
        }
    }

    /// Its id; a hold has that of its hotfix, a product its own.
    #[must_use]
    pub fn id(&self) -> &Id {
        match self {
            Self::Product(product) => &product.id,
            Self::Advisory(advisory) => &advisory.id,
            Self::Hotfix(hotfix) => &hotfix.id,
            Self::Hold(hold) => &hold.hotfix,
        }
    }

    /// The product that it belongs to.
    #[must_use]
    pub fn product(&self) -> &Id {
        match self {
            Self::Product(product) => &product.id,
            Self::Advisory(advisory) => &advisory.product,
            Self::Hotfix(hotfix) => &hotfix.product,
            Self::Hold(hold) => &hold.product,
        }
    }
}
