//! Links that ask the same question again: everything is in the address, and nothing is kept here.

use super::super::context::PageContext;
use super::super::frame::query_of;
use super::input::CheckAsked;
use super::words;
use crate::json::{self, Form};
use crate::model::Source;

/// The longest address that every browser, mail program and proxy passes on, in characters.
const MAX_LINK: usize = 6_000;

/// The addresses under which an answer is had again.
#[derive(Debug, serde::Serialize)]
pub(super) struct Link {
    /// The same question, asked of what is published by the day on which it is followed.
    again: Option<String>,
    /// The same question of the catalogue of the day of this answer.
    then: Option<String>,
    /// That day.
    date: String,
    /// Whether it fits into an address.
    short: bool,
    /// The inventory, as it stands in an address.
    inventory: String,
}

impl Link {
    pub(super) fn to(context: &PageContext, asked: &CheckAsked<'_>) -> Self {
        let date = words::day(asked.moment.at);
        let inventory = compact(asked).unwrap_or_default();
        let again = address(context, asked, &inventory, None);
        let then = address(context, asked, &inventory, Some(&date));
        Self {
            short: then.is_some(),
            then,
            again: again.filter(|_| asked.moment.day.is_none()),
            date,
            inventory,
        }
    }
}

/// The inventory without what is only there for the eye.
fn compact(asked: &CheckAsked<'_>) -> Option<String> {
    let source = Source::from_json("inventory", asked.input.inventory.as_bytes()).ok()?;
    String::from_utf8(json::canonical(source.value(), Form::Json)).ok()
}

/// `None` where the inventory is too long for an address.
fn address(
    context: &PageContext,
    asked: &CheckAsked<'_>,
    inventory: &str,
    day: Option<&str>,
) -> Option<String> {
    let mut pairs = vec![("inventory".to_owned(), inventory.to_owned())];
    pairs.extend(asked.input.advisory.iter().map(|id| ("advisory".to_owned(), id.clone())));
    pairs.extend(asked.input.security.then(|| ("security".to_owned(), "yes".to_owned())));
    pairs.extend(day.map(|day| ("as_of".to_owned(), day.to_owned())));
    let since = Some(&asked.input.changed_since).filter(|since| !since.is_empty());
    pairs.extend(since.map(|since| ("changed_since".to_owned(), since.clone())));
    pairs.extend(asked.input.explain.iter().map(|id| ("explain".to_owned(), id.clone())));
    let link = context.path(format_args!("/check{}", query_of(&pairs)));
    (link.len() <= MAX_LINK).then_some(link)
}
