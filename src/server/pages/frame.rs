//! What stands around every page: navigation, the age of what is shown, the stylesheet.

use sha2::{Digest, Sha256};

use super::context::{PageContext, Place, Role};
use super::words::{When, relative, time};

/// The one stylesheet, for `/static/style.css`.
pub const STYLE: &str = include_str!("../../../templates/static/style.css");

/// The stylesheet's path below the prefix, with its digest, so that it may be cached for ever.
#[must_use]
pub fn style_path() -> String {
    let digest = hex::encode(Sha256::digest(STYLE.as_bytes()));
    format!("/static/style.css?v={}", digest.get(..12).unwrap_or_default())
}

#[derive(Debug, serde::Serialize)]
pub(super) struct Frame {
    title: String,
    prefix: String,
    style: String,
    section: &'static str,
    now: When,
    roles: Vec<Age>,
    expired: bool,
    json: Option<String>,
    /// What the frame's own links end with, so that they carry the chosen release.
    carry: String,
    run: Option<RunView>,
    place: Option<PlaceView>,
}

/// The release that the reader runs.
#[derive(Debug, serde::Serialize)]
struct RunView {
    name: String,
    value: String,
    href: String,
}

/// The form that chooses it.
#[derive(Debug, serde::Serialize)]
struct PlaceView {
    path: String,
    forget: String,
    keep: Vec<(String, String)>,
    products: Vec<(String, Vec<Choice>)>,
}

#[derive(Debug, serde::Serialize)]
struct Choice {
    value: String,
    name: String,
    selected: bool,
}

/// How old a role is.
#[derive(Debug, serde::Serialize)]
struct Age {
    name: String,
    version: u64,
    signed: Option<When>,
    signed_ago: String,
    expires: When,
    expires_in: String,
    expired: bool,
}

impl Frame {
    /// The frame of a page with that title in that section of the navigation.
    pub(super) fn new(context: &PageContext, title: String, section: &'static str) -> Self {
        let roles: Vec<Age> = context.roles.iter().map(|role| age(role, context)).collect();
        Self {
            title: short(title),
            prefix: context.prefix.clone(),
            style: format!("{}{}", context.prefix, style_path()),
            section,
            now: time(context.now),
            expired: roles.iter().any(|role| role.expired),
            roles,
            json: None,
            carry: context.run.as_ref().map(|run| format!("?release={}", run.value)).unwrap_or_default(),
            run: context.run.as_ref().map(|run| RunView {
                name: run.name.clone(),
                value: run.value.clone(),
                href: context.release_href(&run.product, &run.release),
            }),
            place: context.place.as_ref().map(|place| place_view(context, place)),
        }
    }

    /// The same with the address of what the page shows as JSON.
    pub(super) fn with_json(self, json: String) -> Self {
        Self { json: Some(json), ..self }
    }
}

fn place_view(context: &PageContext, place: &Place) -> PlaceView {
    let chosen = context.run.as_ref().map(|run| run.value.as_str());
    let choice = |(value, name): &(String, String)| Choice {
        value: value.clone(),
        name: name.clone(),
        selected: chosen == Some(value.as_str()),
    };
    let products = place.products.iter();
    let path = context.path(format_args!("{}", place.path));
    PlaceView {
        forget: format!("{path}{}", query_of(&place.keep)),
        path,
        keep: place.keep.clone(),
        products: products.map(|(name, list)| (name.clone(), list.iter().map(choice).collect())).collect(),
    }
}

/// The query of an address with these parameters, its question mark included.
pub(super) fn query_of(pairs: &[(String, String)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        out.push(if out.is_empty() { '?' } else { '&' });
        out.push_str(&encoded(name));
        out.push('=');
        out.push_str(&encoded(value));
    }
    out
}

/// A text as a value in a query.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b':') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A title that fits where browsers and searches show one: at most 60 characters, cut between words.
fn short(title: String) -> String {
    const LONGEST: usize = 60;
    if title.chars().count() <= LONGEST {
        return title;
    }
    let cut: String = title.chars().take(LONGEST - 1).collect();
    let words = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{words}…")
}

fn age(role: &Role, context: &PageContext) -> Age {
    Age {
        name: role.name.clone(),
        version: role.version,
        signed: role.signed.map(time),
        signed_ago: role.signed.map(|signed| relative(signed, context.now)).unwrap_or_default(),
        expires: time(role.expires),
        expires_in: relative(role.expires, context.now),
        expired: role.expires <= context.now,
    }
}
