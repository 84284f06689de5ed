//! A query as an address, and that address with one filter more or less.

use std::fmt::Write as _;

use super::choice::Sort;
use super::query::Query;

/// A filter that is on, with the query of an address at which it is not.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Chip {
    /// The filter.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// The query without it.
    pub without: String,
}

impl Query {
    /// The query in its one spelling, without a cursor: `severity=high&sort=id`. Empty where nothing is asked.
    #[must_use]
    pub fn link(&self) -> String {
        write(self.pairs(&self.filters))
    }

    /// The same with a cursor.
    #[must_use]
    pub fn link_to(&self, cursor: &str) -> String {
        write(self.pairs(&self.filters).chain([("cursor", cursor.to_owned())]))
    }

    /// The same without one value of a filter.
    #[must_use]
    pub fn without(&self, name: &str, value: &str) -> String {
        let kept: Vec<_> =
            self.filters.iter().filter(|(known, is)| *known != name || is != value).cloned().collect();
        write(self.pairs(&kept))
    }

    /// The same in another order.
    #[must_use]
    pub fn sorted(&self, sort: Sort) -> String {
        Self { sort, ..self.clone() }.link()
    }

    /// The filters without order and size, as feeds take them.
    #[must_use]
    pub fn filter_link(&self) -> String {
        write(self.filters.iter().cloned())
    }

    /// Every filter that is on.
    #[must_use]
    pub fn chips(&self) -> Vec<Chip> {
        let chip = |(name, value): &(&'static str, String)| Chip {
            name,
            value: value.clone(),
            without: self.without(name, value),
        };
        self.filters.iter().map(chip).collect()
    }

    /// What a cursor is bound to: list, filters and order.
    pub(super) fn list(&self) -> String {
        format!("{}?{}&sort={}", self.section, self.filter_link(), self.sort.word())
    }

    fn pairs<'q>(
        &'q self,
        filters: &'q [(&'static str, String)],
    ) -> impl Iterator<Item = (&'static str, String)> {
        let sort = (self.sort != Sort::DEFAULT).then(|| ("sort", self.sort.word().to_owned()));
        let limit = (self.limit != self.default_limit).then(|| ("limit", self.limit.to_string()));
        filters.iter().cloned().chain(sort).chain(limit)
    }
}

/// Writes `application/x-www-form-urlencoded`.
fn write(pairs: impl Iterator<Item = (&'static str, String)>) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        for byte in value.bytes() {
            match byte {
                b' ' => out.push('+'),
                b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
                _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
                _ => drop(write!(out, "%{byte:02X}")),
            }
        }
    }
    out
}
