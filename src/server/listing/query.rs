//! What an address asks of a list.

use jiff::civil::Date;

use super::choice::{Section, Sort};
use super::cursor::{self, Cursor};
use super::fold;
use super::index::Index;
use crate::model::suggest;
use crate::model::words::{Category, Channel, HotfixKind, Severity};

/// The most parameters that are read.
pub const MAX_FILTERS: usize = 50;
/// The longest text that is searched for, in characters.
const MAX_TEXT_CHARS: usize = 200;
/// How many items a page has, if nobody says.
const DEFAULT_LIMIT: u32 = 100;
/// How many of the values that are known a message names.
const NAMED: usize = 40;

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Product,
    Release,
    Words(&'static [&'static str]),
    Statuses,
    Year,
    Day,
    Text,
    Limit,
    Cursor,
}

/// A parameter: its name, what it takes, whether it may be repeated (any of the values will do), and which
/// list has it.
struct Parameter(&'static str, Takes, bool, Option<Section>);

/// Every parameter, in the order in which links write them.
const PARAMETERS: &[Parameter] = &[
    Parameter("q", Takes::Text, false, None),
    Parameter("product", Takes::Product, true, None),
    Parameter("release", Takes::Release, false, None),
    Parameter("status", Takes::Statuses, true, None),
    Parameter("severity", Takes::Words(Severity::WORDS), true, None),
    Parameter("category", Takes::Words(Category::WORDS), true, None),
    Parameter("kind", Takes::Words(HotfixKind::WORDS), true, Some(Section::Hotfixes)),
    Parameter("channel", Takes::Words(Channel::WORDS), true, Some(Section::Hotfixes)),
    Parameter("year", Takes::Year, false, None),
    Parameter("since", Takes::Day, false, None),
    Parameter("until", Takes::Day, false, None),
    Parameter("sort", Takes::Words(Sort::WORDS), false, None),
    Parameter("limit", Takes::Limit, false, None),
    Parameter("cursor", Takes::Cursor, false, None),
];

/// A parameter of a list, for those who describe it.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// The words that it takes, where it takes only some.
    pub words: Option<&'static [&'static str]>,
    /// Whether it may be repeated.
    pub repeats: bool,
    /// Whether it takes an integer.
    pub integer: bool,
}

/// What is wrong with a query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail} {remedy}")]
pub struct QueryError {
    /// Whether the parameter itself is not known; else its value is at fault.
    pub unknown: bool,
    /// The parameter.
    pub name: String,
    /// What is wrong, as a sentence.
    pub detail: String,
    /// What is known, as a sentence.
    pub remedy: String,
}

impl QueryError {
    /// The same where one more parameter is known beside those of the list.
    #[must_use]
    pub fn also(mut self, name: &str) -> Self {
        if self.unknown
            && let Some(known) = self.remedy.strip_suffix('.')
        {
            self.remedy = format!("{known}, {name}.");
        }
        self
    }
}

/// What an address asks of a list, valid for the index that it was read with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub(super) section: Section,
    /// Filters by name, in the order of the table, then by value.
    pub(super) filters: Vec<(&'static str, String)>,
    pub(super) words: Option<Vec<String>>,
    pub(super) first_day: Option<Date>,
    pub(super) last_day: Option<Date>,
    pub(super) sort: Sort,
    pub(super) limit: u32,
    pub(super) default_limit: u32,
    pub(super) cursor: Option<Cursor>,
}

impl Query {
    /// The names that a list's parameters have.
    pub fn names(section: Section) -> impl Iterator<Item = &'static str> {
        parameters(section).map(|Parameter(name, ..)| *name)
    }

    /// The parameters that a list has.
    pub fn known(section: Section) -> impl Iterator<Item = Known> {
        parameters(section).map(move |Parameter(name, takes, repeats, _)| Known {
            name,
            words: match takes {
                Takes::Words(words) => Some(words),
                Takes::Statuses => Some(section.statuses()),
                _ => None,
            },
            repeats: *repeats,
            integer: matches!(takes, Takes::Year | Takes::Limit),
        })
    }

    /// Everything of a list.
    #[must_use]
    pub fn all(section: Section, most: u32) -> Self {
        let default_limit = DEFAULT_LIMIT.min(most);
        Self {
            section,
            filters: Vec::new(),
            words: None,
            first_day: None,
            last_day: None,
            sort: Sort::DEFAULT,
            limit: default_limit,
            default_limit,
            cursor: None,
        }
    }

    /// Reads the pairs of an address. A parameter without a value, as forms send them, is as if left out.
    ///
    /// # Errors
    /// The first name, value or repetition that is not known, with what is.
    pub fn parse(
        index: &Index,
        section: Section,
        pairs: &[(String, String)],
        most: u32,
    ) -> Result<Self, QueryError> {
        if let Some((name, _)) = pairs.get(MAX_FILTERS) {
            let detail = format!("{} parameters are more than the {MAX_FILTERS} that are read.", pairs.len());
            return Err(wrong(name, detail, "Leave some out.".to_owned()));
        }
        let mut query = Self::all(section, most);
        let mut cursor = None;
        for (name, value) in pairs {
            let parameter = parameters(section).find(|Parameter(known, ..)| known == name);
            let Some(Parameter(name, takes, repeats, _)) = parameter else {
                return Err(unknown(name, section));
            };
            if value.is_empty() {
                continue;
            }
            if !repeats && (query.value(name).is_some() || (*name == "cursor" && cursor.is_some())) {
                return Err(wrong(name, format!("{name} is given twice."), "Give it once.".to_owned()));
            }
            if *takes == Takes::Cursor {
                cursor = Some(value.clone());
                continue;
            }
            check(index, section, (name, *takes), value, most)?;
            query.filters.push((name, value.clone()));
        }
        query.read(index, cursor.as_deref())?;
        Ok(query)
    }

    /// Takes out of the filters what is none, and looks at those that depend on others.
    fn read(&mut self, index: &Index, cursor: Option<&str>) -> Result<(), QueryError> {
        let place = |name: &str| PARAMETERS.iter().position(|Parameter(known, ..)| *known == name);
        self.filters.sort_by(|a, b| (place(a.0), &a.1).cmp(&(place(b.0), &b.1)));
        self.filters.dedup();
        if let Some(sort) = self.value("sort").and_then(Sort::parse) {
            self.sort = sort;
        }
        if let Some(limit) = self.value("limit").and_then(|limit| limit.parse().ok()) {
            self.limit = limit;
        }
        self.filters.retain(|(name, _)| !matches!(*name, "sort" | "limit"));
        self.check_release(index)?;
        self.words = self.value("q").map(|text| fold::words(text).collect());
        self.read_days()?;
        if let Some(cursor) = cursor {
            let read = (cursor.len() <= cursor::MAX_CHARS).then(|| Cursor::decode(cursor, &self.list()));
            self.cursor = Some(read.flatten().ok_or_else(|| {
                let remedy = "Write what `next` said for this very list, or leave it out to begin anew.";
                wrong("cursor", "The cursor is not one of this list.".to_owned(), remedy.to_owned())
            })?);
        }
        Ok(())
    }

    fn check_release(&self, index: &Index) -> Result<(), QueryError> {
        let Some(release) = self.value("release") else { return Ok(()) };
        let chosen: Vec<&str> = self.values("product").collect();
        let products = || {
            let products = index.products.iter();
            products.filter(|product| chosen.is_empty() || chosen.contains(&product.id.as_str()))
        };
        let known = || products().flat_map(|product| &product.releases).map(|(id, _)| id.as_str());
        if known().any(|known| known == release) {
            Ok(())
        } else {
            Err(no_value("release", release, known()))
        }
    }

    fn read_days(&mut self) -> Result<(), QueryError> {
        let day = |name: &str| self.value(name).and_then(|text| text.parse::<Date>().ok());
        let (since, until) = (day("since"), day("until"));
        let year = self.value("year").and_then(|year| year.parse::<i16>().ok());
        if year.is_some() && (since.is_some() || until.is_some()) {
            let detail = "year stands beside since or until.".to_owned();
            return Err(wrong("year", detail, "Write the one or the others.".to_owned()));
        }
        if since.zip(until).is_some_and(|(since, until)| since > until) {
            let detail = "since is after until.".to_owned();
            return Err(wrong("since", detail, "Write the earlier day first.".to_owned()));
        }
        let edge = |month, day| year.and_then(|year| Date::new(year, month, day).ok());
        self.first_day = since.or_else(|| edge(1, 1));
        self.last_day = until.or_else(|| edge(12, 31));
        Ok(())
    }

    /// Which list.
    #[must_use]
    pub fn section(&self) -> Section {
        self.section
    }

    /// The order.
    #[must_use]
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// How many items a page has at most.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// The filters by name and value, in the order in which links write them.
    #[must_use]
    pub fn filters(&self) -> &[(&'static str, String)] {
        &self.filters
    }

    /// The first value of a filter.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.filters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a filter.
    pub fn values<'q>(&'q self, name: &'q str) -> impl Iterator<Item = &'q str> {
        self.filters.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

fn parameters(section: Section) -> impl Iterator<Item = &'static Parameter> {
    PARAMETERS.iter().filter(move |Parameter(.., only)| only.is_none_or(|only| only == section))
}

/// Looks at a value by itself.
fn check(
    index: &Index,
    section: Section,
    (name, takes): (&str, Takes),
    value: &str,
    most: u32,
) -> Result<(), QueryError> {
    let one_of = |known: &[&str]| {
        if known.contains(&value) { Ok(()) } else { Err(no_value(name, value, known.iter().copied())) }
    };
    let when = |fits: bool, allowed: &str| {
        if fits { Ok(()) } else { Err(wrong(name, cannot_be(name, value), format!("Write {allowed}."))) }
    };
    match takes {
        Takes::Product => {
            let known: Vec<&str> = index.products.iter().map(|product| product.id.as_str()).collect();
            one_of(&known)
        }
        Takes::Words(known) => one_of(known),
        Takes::Statuses => one_of(section.statuses()),
        Takes::Year => {
            let digits = value.len() == 4 && value.bytes().all(|byte| byte.is_ascii_digit());
            when(digits, "a year with four digits, such as 2015")
        }
        Takes::Day => {
            let day = value.len() == 10 && value.parse::<Date>().is_ok();
            when(day, "a day as YYYY-MM-DD, such as 2015-03-08")
        }
        Takes::Text => {
            let fits = value.chars().count() <= MAX_TEXT_CHARS;
            when(fits, &format!("at most {MAX_TEXT_CHARS} characters"))
        }
        Takes::Limit => {
            let fits = value.parse().is_ok_and(|limit: u32| (1..=most).contains(&limit));
            when(fits, &format!("an integer from 1 to {most}"))
        }
        // Depend on other parameters.
        Takes::Release | Takes::Cursor => Ok(()),
    }
}

pub(super) fn wrong(name: &str, detail: String, remedy: String) -> QueryError {
    QueryError { unknown: false, name: shown(name), detail, remedy }
}

fn unknown(name: &str, section: Section) -> QueryError {
    let known = || Query::names(section);
    let near = suggest(name, known()).map(|near| format!("Did you mean `{near}`? ")).unwrap_or_default();
    let remedy = format!("{near}Known are {}.", known().collect::<Vec<_>>().join(", "));
    let detail = format!("The parameter `{}` is not known for {section}.", shown(name));
    QueryError { unknown: true, name: shown(name), detail, remedy }
}

/// A value that is none of those which are known.
fn no_value<'k>(name: &str, value: &str, known: impl Iterator<Item = &'k str>) -> QueryError {
    let known: Vec<&str> = known.collect();
    let near = suggest(value, known.iter().copied());
    let near = near.map(|near| format!("Did you mean `{near}`? ")).unwrap_or_default();
    let named: Vec<&str> = known.iter().copied().take(NAMED).collect();
    let more = if known.len() > NAMED { ", …" } else { "" };
    let remedy = format!("{near}Known are {}{more}.", named.join(", "));
    wrong(name, cannot_be(name, value), remedy)
}

fn cannot_be(name: &str, value: &str) -> String {
    format!("{name} = \"{}\" cannot be.", shown(value))
}

/// A text from outside as a message shows it.
fn shown(text: &str) -> String {
    crate::server::state::shown(text)
}
