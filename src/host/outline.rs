//! The outline of what is kept of a product: whom each document can concern, and what an answer says of an advisory
//! that states nothing about its host. It is written once every document was verified and the rules over all of them
//! hold, so that a check reads the documents that can concern its host and no other.
//!
//! Form: a line with who wrote it, then one for each target of the product's role, by path. Releases are numbers by
//! the product's order, hotfixes by their lines.

use std::collections::BTreeMap;

use crate::model::words::{Category, Severity};
use crate::model::{Advisory, Catalogue, Hotfix, Id, Product};
use crate::repository::Place;
use crate::trust::Targets;

/// Another version may have other rules, or another form, whose number comes last: it reads everything.
const WRITER: &str = concat!("hotfix ", env!("CARGO_PKG_VERSION"), " 2");

/// What a line says of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'o> {
    /// The product's own document.
    Product,
    /// A hotfix.
    Hotfix { releases: Numbers<'o>, rolls_up: Numbers<'o>, establishes: Numbers<'o>, uuid: &'o str },
    /// An advisory.
    Advisory { releases: Numbers<'o>, named: &'o str },
    /// A document that everybody reads.
    Always,
    /// None of the product's documents.
    Other,
}

/// Numbers as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers<'o>(&'o str);

impl Numbers<'_> {
    /// They, in order.
    pub(super) fn iter(self) -> impl Iterator<Item = usize> {
        self.0.split(',').filter_map(|number| number.parse().ok())
    }
}

/// The outline of a catalogue that was made from a role.
pub(super) fn outline(role: &Targets, catalogue: &Catalogue) -> String {
    let product = catalogue.product();
    let place = |path: &str| Place::parse(path).filter(|place| place.published_by() == Some(&product.id));
    let places: Vec<Option<Place>> = role.targets.keys().map(|path| place(path.as_str())).collect();
    let lines: BTreeMap<&Id, usize> = (places.iter().enumerate())
        .filter_map(|(line, place)| match place {
            Some(Place::Hotfix { id, .. }) => Some((id, line)),
            _ => None,
        })
        .collect();
    let mut out = format!("{WRITER}\n");
    for place in &places {
        match place {
            Some(Place::Product { .. }) => out.push('p'),
            Some(Place::Hotfix { id, .. }) => match catalogue.hotfixes().get(id) {
                Some(hotfix) => put_hotfix(&mut out, hotfix, product, &lines),
                None => out.push('r'),
            },
            Some(Place::Advisory { id, .. }) => match catalogue.advisories().get(id) {
                Some(advisory) if advisory.withdrawn.is_none() => put_advisory(&mut out, advisory, product),
                _ => out.push('r'),
            },
            Some(Place::Payload { .. } | Place::Hold { .. }) | None => out.push('-'),
        }
        out.push('\n');
    }
    out
}

fn put_hotfix(out: &mut String, hotfix: &Hotfix, product: &Product, lines: &BTreeMap<&Id, usize>) {
    out.push(if hotfix.establishes.is_some() { 'e' } else { 'h' });
    put_numbers(out, releases(&hotfix.releases, product));
    put_numbers(out, hotfix.supersedes.iter().flatten().filter_map(|id| lines.get(id).copied()));
    put_numbers(out, releases(hotfix.establishes.as_slice(), product));
    out.push(' ');
    out.push_str(hotfix.uuid.as_deref().unwrap_or("-"));
}

fn put_advisory(out: &mut String, advisory: &Advisory, product: &Product) {
    let named = (&advisory.title, &advisory.severity, &advisory.category);
    let named = serde_json::to_string(&named).unwrap_or_default();
    let mut covered: Vec<usize> =
        advisory.matrix.iter().flat_map(|cell| releases(&cell.releases, product)).collect();
    covered.sort_unstable();
    covered.dedup();
    out.push('a');
    put_numbers(out, covered.into_iter());
    out.push(' ');
    out.push_str(&named);
}

fn releases<'a>(ids: &'a [Id], product: &'a Product) -> impl Iterator<Item = usize> {
    ids.iter().filter_map(|id| product.position(id.as_str()))
}

fn put_numbers(out: &mut String, mut numbers: impl Iterator<Item = usize>) {
    out.push(' ');
    match numbers.next() {
        Some(first) => out.push_str(&first.to_string()),
        None => out.push('-'),
    }
    for number in numbers {
        out.push(',');
        out.push_str(&number.to_string());
    }
}

/// The lines of an outline; `None` of one that another version wrote.
pub(super) fn lines(outline: &str) -> Option<std::str::Lines<'_>> {
    outline.strip_prefix(WRITER)?.strip_prefix('\n').map(str::lines)
}

/// What a line says; `None` of one that this version does not write.
pub(super) fn line(text: &str) -> Option<Line<'_>> {
    let mut words = text.splitn(5, ' ');
    let kind = words.next()?;
    Some(match kind {
        "p" => Line::Product,
        "r" => Line::Always,
        "-" => Line::Other,
        "h" | "e" => Line::Hotfix {
            releases: Numbers(words.next()?),
            rolls_up: Numbers(words.next()?),
            establishes: Numbers(words.next()?),
            uuid: words.next()?,
        },
        "a" => {
            let (releases, named) = text.strip_prefix("a ")?.split_once(' ')?;
            Line::Advisory { releases: Numbers(releases), named }
        }
        _ => return None,
    })
}

/// Whether a line is of a hotfix that establishes a release.
pub(super) fn establishes(text: &str) -> bool {
    text.starts_with('e')
}

/// Whether a line is of an advisory.
pub(super) fn is_advisory(text: &str) -> bool {
    text.starts_with('a')
}

/// The advisory of a line and id, with no more than the line says.
pub(super) fn named(product: &Id, id: &str, named: &str) -> Option<Advisory> {
    let (title, severity, category): (String, String, String) = serde_json::from_str(named).ok()?;
    let (severity, category) = (Severity::from(severity.as_str()), Category::from(category.as_str()));
    Some(Advisory::named(Id::new(id)?, product.clone(), title, severity, category))
}
