//! Reading fields out of a document so that every problem is found in one go and each names its place.
//!
//! A getter that finds something wrong notes the problem and answers a stand-in value; the document is
//! refused at the end if anything was noted, so that a stand-in is never seen.

use std::cell::RefCell;
use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::problem::{Level, Problem, Problems};
use super::source::Source;
use super::text::{forbidden, shown, suggest};
use super::{Condition, Id};
use crate::json::{Pointer, Table, Value};

/// How words and fields that are not known are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Refused: lint and server, so that a typing error is not published.
    Strict,
    /// Passed over or kept as *not known*: hosts, so that a new field never breaks a fleet.
    Lenient,
}

/// The most elements in a list of one document.
pub(super) const MAX_LIST: usize = 10_000;
/// The longest line of text (titles, names, reasons), in characters.
pub(super) const MAX_LINE_CHARS: usize = 1_000;
/// The longest text of several lines, in characters.
pub(super) const MAX_TEXT_CHARS: usize = 100_000;

/// One document being read.
pub(super) struct Decoder<'a> {
    pub(super) source: &'a Source,
    pub(super) mode: Mode,
    problems: RefCell<Vec<Problem>>,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(source: &'a Source, mode: Mode) -> Self {
        Self { source, mode, problems: RefCell::new(Vec::new()) }
    }

    /// The fields of the document's top level.
    pub(super) fn root(&self) -> Fields<'_, 'a> {
        self.table(self.source.value(), Pointer::root())
    }

    /// The fields of a value that has to be a table.
    pub(super) fn table<'d>(&'d self, value: &'a Value, at: Pointer) -> Fields<'d, 'a> {
        let table = value.as_table();
        if table.is_none() {
            self.wrong_kind(&at, value, "a table");
        }
        Fields { decoder: self, table, at, known: RefCell::default() }
    }

    pub(super) fn refuse(&self, at: &Pointer, message: impl Into<String>, remedy: impl Into<String>) {
        let problem = self.source.origin().problem(Level::Error, at.clone(), message.into(), remedy.into());
        self.problems.borrow_mut().push(problem);
    }

    pub(super) fn refuse_value(
        &self,
        at: &Pointer,
        value: &str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let mut problem =
            self.source.origin().problem(Level::Error, at.clone(), message.into(), remedy.into());
        problem.value = Some(shown(value));
        self.problems.borrow_mut().push(problem);
    }

    fn wrong_kind(&self, at: &Pointer, value: &Value, wanted: &str) {
        self.refuse(at, format!("is {}, not {wanted}", value.kind()), format!("Write {wanted}."));
    }

    /// The document, or all that is wrong with it.
    pub(super) fn finish<T>(self, document: T) -> Result<T, Problems> {
        let problems = self.problems.into_inner();
        if problems.is_empty() { Ok(document) } else { Err(Problems(problems)) }
    }

    /// An id. Here as below, the place is put together only where something is wrong there.
    pub(super) fn id(&self, value: &Value, at: impl Fn() -> Pointer) -> Id {
        let Some(text) = value.as_text() else {
            self.wrong_kind(&at(), value, "a string");
            return Id::none();
        };
        Id::new(text).unwrap_or_else(|| {
            let remedy = "Use 1 to 64 of A-Z a-z 0-9 . _ - and start with a letter or digit.";
            self.refuse_value(&at(), text, "is no identifier", remedy);
            Id::none()
        })
    }

    /// Text for people: no control characters, and of one line unless `lines`.
    pub(super) fn text(&self, value: &Value, at: impl Fn() -> Pointer, lines: bool) -> String {
        let Some(text) = value.as_text() else {
            self.wrong_kind(&at(), value, "a string");
            return String::new();
        };
        let longest = if lines { MAX_TEXT_CHARS } else { MAX_LINE_CHARS };
        if text.len() > longest && text.chars().count() > longest {
            self.refuse_value(&at(), text, format!("is longer than {longest} characters"), "Shorten it.");
        }
        // Most text is plain, which is seen sooner byte by byte.
        let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let is_bad = |c: &char| forbidden(*c) || (!lines && matches!(c, '\n' | '\t'));
        if let Some(bad) = if is_plain { None } else { text.chars().find(is_bad) } {
            let code = u32::from(bad);
            self.refuse_value(
                &at(),
                text,
                format!("holds the control character U+{code:04X}"),
                "Remove that character.",
            );
        }
        text.to_owned()
    }

    fn word<'v>(&self, value: &'v Value, at: impl Fn() -> Pointer, known: &[&str]) -> &'v str {
        let Some(word) = value.as_text() else {
            self.wrong_kind(&at(), value, "a string");
            return "";
        };
        if self.mode == Mode::Strict && !known.contains(&word) {
            let near = suggest(word, known.iter().copied());
            let remedy = match near {
                Some(near) => format!("Did you mean \"{near}\"? Known are {}.", known.join(", ")),
                None => format!("Write one of {}.", known.join(", ")),
            };
            self.refuse_value(&at(), word, "is not a word that is known here", remedy);
        }
        word
    }
}

/// The fields of one table of a document.
pub(super) struct Fields<'d, 'a> {
    pub(super) decoder: &'d Decoder<'a>,
    table: Option<&'a Table>,
    at: Pointer,
    known: RefCell<BTreeSet<&'static str>>,
}

impl<'d, 'a> Fields<'d, 'a> {
    /// The place of a field.
    pub(super) fn at(&self, name: &str) -> Pointer {
        self.at.at(name)
    }

    /// The place of the table itself.
    pub(super) fn here(&self) -> &Pointer {
        &self.at
    }

    /// The value of a field, marking it as known where that is asked in the end.
    pub(super) fn get(&self, name: &'static str) -> Option<&'a Value> {
        if self.decoder.mode == Mode::Strict {
            self.known.borrow_mut().insert(name);
        }
        self.table.and_then(|table| table.get(name))
    }

    fn required(&self, name: &'static str) -> Option<&'a Value> {
        let value = self.get(name);
        if value.is_none() && self.table.is_some() {
            self.decoder.refuse(&self.at(name), "missing", format!("Add `{name} = …`."));
        }
        value
    }

    pub(super) fn id(&self, name: &'static str) -> Id {
        self.required(name).map_or_else(Id::none, |value| self.decoder.id(value, || self.at(name)))
    }

    pub(super) fn opt_id(&self, name: &'static str) -> Option<Id> {
        self.get(name).map(|value| self.decoder.id(value, || self.at(name)))
    }

    /// One line of text.
    pub(super) fn line(&self, name: &'static str) -> String {
        let value = self.required(name).map(|value| self.decoder.text(value, || self.at(name), false));
        if value.as_deref().is_some_and(|text| text.trim().is_empty()) {
            self.decoder.refuse(
                &self.at(name),
                "is empty",
                "Say something, or leave the field out where it may be.",
            );
        }
        value.unwrap_or_default()
    }

    pub(super) fn opt_line(&self, name: &'static str) -> Option<String> {
        self.get(name).map(|value| self.decoder.text(value, || self.at(name), false))
    }

    /// Text of several lines.
    pub(super) fn opt_text(&self, name: &'static str) -> Option<String> {
        self.get(name).map(|value| self.decoder.text(value, || self.at(name), true))
    }

    pub(super) fn opt_bool(&self, name: &'static str) -> Option<bool> {
        let value = self.get(name)?;
        if value.as_bool().is_none() {
            self.decoder.wrong_kind(&self.at(name), value, "true or false");
        }
        value.as_bool()
    }

    /// An integer that is not below `least`.
    pub(super) fn opt_int(&self, name: &'static str, least: i64) -> Option<i64> {
        let value = self.get(name)?;
        let Some(int) = value.as_int() else {
            self.decoder.wrong_kind(&self.at(name), value, "an integer");
            return None;
        };
        if int < least {
            let remedy = format!("Write an integer of at least {least}.");
            self.decoder.refuse_value(&self.at(name), &int.to_string(), "is too small", remedy);
        }
        Some(int)
    }

    pub(super) fn int(&self, name: &'static str, least: i64) -> i64 {
        self.required(name);
        self.opt_int(name, least).unwrap_or(least)
    }

    pub(super) fn opt_date(&self, name: &'static str) -> Option<Date> {
        let text = self.text_value(name)?;
        let date = (text.len() == 10).then(|| text.parse().ok()).flatten();
        if date.is_none() {
            self.decoder.refuse_value(&self.at(name), text, "is no date", "Write a date such as 2015-02-20.");
        }
        date
    }

    pub(super) fn date(&self, name: &'static str) -> Date {
        self.required(name);
        self.opt_date(name).unwrap_or_default()
    }

    pub(super) fn opt_time(&self, name: &'static str) -> Option<Timestamp> {
        let text = self.text_value(name)?;
        let time: Option<Timestamp> = text.parse().ok();
        if time.is_none_or(|time| time.subsec_nanosecond() != 0) {
            let remedy = "Write whole seconds in UTC, such as 2026-01-01T00:00:00Z.";
            self.decoder.refuse_value(&self.at(name), text, "is no time", remedy);
        }
        time
    }

    pub(super) fn time(&self, name: &'static str) -> Timestamp {
        self.required(name);
        self.opt_time(name).unwrap_or_default()
    }

    fn text_value(&self, name: &'static str) -> Option<&'a str> {
        let value = self.get(name)?;
        if value.as_text().is_none() {
            self.decoder.wrong_kind(&self.at(name), value, "a string");
        }
        value.as_text()
    }

    /// A word of a closed vocabulary.
    pub(super) fn word<W: for<'w> From<&'w str>>(&self, name: &'static str, known: &[&str]) -> W {
        W::from(self.required(name).map_or("", |value| self.decoder.word(value, || self.at(name), known)))
    }

    pub(super) fn opt_word<W: for<'w> From<&'w str>>(&self, name: &'static str, known: &[&str]) -> Option<W> {
        self.get(name).map(|value| W::from(self.decoder.word(value, || self.at(name), known)))
    }

    /// The elements of a list; `None` where the field is left out.
    pub(super) fn opt_list(&self, name: &'static str) -> Option<&'a [Value]> {
        let value = self.get(name)?;
        Some(self.list_at(value, || self.at(name)))
    }

    /// The elements of a value that has to be a list.
    pub(super) fn list_at(&self, value: &'a Value, at: impl Fn() -> Pointer) -> &'a [Value] {
        let Some(list) = value.as_list() else {
            self.decoder.wrong_kind(&at(), value, "a list");
            return &[];
        };
        if list.len() > MAX_LIST {
            let remedy = format!("{MAX_LIST} are the most.");
            self.decoder.refuse(&at(), format!("has {} elements", list.len()), remedy);
            return &[];
        }
        list
    }

    /// A list of ids, each once.
    pub(super) fn opt_ids(&self, name: &'static str) -> Option<Vec<Id>> {
        let list = self.opt_list(name)?;
        Some(self.ids_of(list, || self.at(name)))
    }

    /// The ids of a list that stands at a place.
    pub(super) fn ids_of(&self, list: &'a [Value], at: impl Fn() -> Pointer) -> Vec<Id> {
        let mut seen = BTreeSet::new();
        let id = |(index, value): (usize, &'a Value)| {
            let at = || at().at(index);
            let id = self.decoder.id(value, at);
            if list.len() > 1 && !seen.insert(value) {
                self.decoder.refuse_value(&at(), id.as_str(), "is listed twice", "Remove one of them.");
            }
            id
        };
        list.iter().enumerate().map(id).collect()
    }

    /// A list of lines of text.
    pub(super) fn opt_lines(&self, name: &'static str) -> Option<Vec<String>> {
        let list = self.opt_list(name)?.iter().enumerate();
        let line = |(index, value)| self.decoder.text(value, || self.at(name).at(index), false);
        Some(list.map(line).collect())
    }

    /// A table inside this one.
    pub(super) fn opt_table(&self, name: &'static str) -> Option<Fields<'d, 'a>> {
        let value = self.get(name)?;
        Some(self.decoder.table(value, self.at(name)))
    }

    /// A list of tables; empty where the field is left out.
    pub(super) fn tables(&self, name: &'static str) -> Vec<Fields<'d, 'a>> {
        self.opt_tables(name).unwrap_or_default()
    }

    pub(super) fn opt_tables(&self, name: &'static str) -> Option<Vec<Fields<'d, 'a>>> {
        let list = self.opt_list(name)?.iter().enumerate();
        let at = self.at(name);
        Some(list.map(|(index, value)| self.decoder.table(value, at.at(index))).collect())
    }

    pub(super) fn opt_condition(&self, name: &'static str) -> Option<Condition> {
        self.get(name).map(|value| super::condition::decode(self.decoder, value, &self.at(name)))
    }

    /// The names of the fields, for tables whose names the document chooses.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a String> + use<'a> {
        self.table.into_iter().flat_map(|table| table.keys())
    }

    /// Checks the schema, which says what the document is.
    pub(super) fn schema(&self, wanted: &str) {
        let field = self.required("schema");
        if let Some(found) = field.filter(|value| value.as_text() != Some(wanted)) {
            let text = found.as_text().unwrap_or_default();
            self.decoder.refuse_value(
                &self.at("schema"),
                text,
                "is another schema",
                format!("Write \"{wanted}\"."),
            );
        }
    }

    /// Refuses the fields that nobody asked for (strict mode), with the nearest known name.
    pub(super) fn finish(self) {
        if self.decoder.mode == Mode::Lenient {
            return;
        }
        let known = self.known.borrow();
        for name in self.names().filter(|name| !known.contains(name.as_str())) {
            let remedy = match suggest(name, known.iter().copied()) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!(
                    "Remove it. Known here are {}.",
                    known.iter().copied().collect::<Vec<_>>().join(", ")
                ),
            };
            self.decoder.refuse(&self.at(name), "is no field of this document", remedy);
        }
    }
}
