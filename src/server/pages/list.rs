//! The lists of advisories and hotfixes.

use super::context::PageContext;
use super::frame::Frame;
use super::standing::{Above, Fit, OnRelease};
use super::words::{Badge, When, category, date, kind, severity};
use super::{PageError, Renderer};
use crate::model::words::{Category, Channel, HotfixKind, Severity};
use crate::model::{Catalogue, Id};
use crate::server::listing::{Entry, Index, Page, Query, Row, Section, Sort, SortKey, Status};

#[derive(Debug, serde::Serialize)]
struct View {
    section: &'static str,
    title: &'static str,
    action: String,
    q: String,
    /// The release that is filtered by, as addresses name it.
    release: String,
    release_name: Option<String>,
    selects: Vec<Select>,
    year: String,
    narrowed: bool,
    chips: Vec<ChipView>,
    clear: String,
    total: usize,
    of: usize,
    unstated: Option<Hidden>,
    sorts: Vec<SortLink>,
    sort: Option<&'static str>,
    rows: Vec<RowView>,
    first: Option<String>,
    next: Option<String>,
    json: String,
    csv: String,
    atom: String,
    products: bool,
}

/// Rows that a default leaves out, and where they are.
#[derive(Debug, serde::Serialize)]
struct Hidden {
    count: usize,
    href: String,
}

#[derive(Debug, serde::Serialize)]
struct Select {
    name: &'static str,
    label: &'static str,
    any: &'static str,
    options: Vec<Choice>,
}

#[derive(Debug, serde::Serialize)]
struct Choice {
    value: String,
    name: String,
    selected: bool,
}

#[derive(Debug, serde::Serialize)]
struct ChipView {
    name: &'static str,
    value: String,
    href: String,
}

#[derive(Debug, serde::Serialize)]
struct SortLink {
    name: &'static str,
    href: String,
    /// `ascending` or `descending` where it is the order of this page.
    now: Option<&'static str>,
}

#[derive(Debug, serde::Serialize)]
struct RowView {
    id: String,
    title: String,
    href: String,
    severity: Option<Badge>,
    what: String,
    product: String,
    status: Option<Badge>,
    /// By what it is superseded, or in what it is included.
    by: Option<String>,
    /// Of an advisory without a chosen release: "2 of 3 fixed".
    tally: Option<String>,
    updated: Option<When>,
}

/// What a list is made from.
pub struct ListAsked<'a> {
    /// The index.
    pub index: &'a Index,
    /// The catalogues.
    pub catalogues: &'a [&'a Catalogue],
    /// The query.
    pub query: &'a Query,
    /// Whether the address begins in the middle.
    pub later: bool,
}

/// A list of advisories or hotfixes.
///
/// # Errors
/// A template that does not fit its view.
pub fn list(renderer: &Renderer, context: &PageContext, asked: &ListAsked<'_>) -> Result<String, PageError> {
    let query = asked.query;
    let section = query.section();
    let page = asked.index.page(query);
    let path = |link: &str| {
        let mark = if link.is_empty() { "" } else { "?" };
        context.path(format_args!("/{section}{mark}{link}"))
    };
    let view = View {
        section: section.word(),
        title: title(section),
        action: path(""),
        q: query.value("q").unwrap_or_default().to_owned(),
        release: chosen(context, query),
        release_name: release_name(asked),
        selects: selects(asked),
        year: query.value("year").unwrap_or_default().to_owned(),
        narrowed: query.filters().iter().any(|(name, _)| !matches!(*name, "q" | "release")),
        chips: query
            .chips()
            .into_iter()
            .map(|chip| ChipView {
                name: label(chip.name),
                value: shown(asked, chip.name, &chip.value),
                href: path(&chip.without),
            })
            .collect(),
        clear: path(""),
        total: page.total,
        of: page.of,
        unstated: (page.unstated > 0).then(|| Hidden {
            count: page.unstated,
            href: path(&format!("{}&status=not_stated", query.link())),
        }),
        sorts: sorts(query)
            .map(|(name, sort, now)| SortLink { name, href: path(&query.sorted(sort)), now })
            .collect(),
        sort: (query.sort() != Sort::DEFAULT).then(|| query.sort().word()),
        rows: rows(context, asked, &page),
        first: asked.later.then(|| path(&query.link())),
        next: page.next.as_ref().map(|next| path(&query.link_to(next))),
        json: data(context, section, "", query),
        csv: data(context, section, ".csv", query),
        atom: feed(context, section, query),
        products: asked.catalogues.len() > 1,
    };
    let frame = Frame::new(context, view.title.to_owned(), section.word()).with_json(view.json.clone());
    renderer.page("list.html", &frame, &view)
}

fn title(section: Section) -> &'static str {
    match section {
        Section::Advisories => "Advisories",
        Section::Hotfixes => "Hotfixes",
    }
}

fn data(context: &PageContext, section: Section, suffix: &str, query: &Query) -> String {
    let link = query.link();
    let mark = if link.is_empty() { "" } else { "?" };
    context.path(format_args!("/api/v1/{section}{suffix}{mark}{link}"))
}

fn feed(context: &PageContext, section: Section, query: &Query) -> String {
    let link = query.filter_link();
    let mark = if link.is_empty() { "" } else { "?" };
    context.path(format_args!("/feeds/{section}.atom{mark}{link}"))
}

fn chosen(context: &PageContext, query: &Query) -> String {
    let run = context.run.as_ref().map(|run| run.value.clone());
    run.unwrap_or_else(|| query.value("release").unwrap_or_default().to_owned())
}

fn release_name(asked: &ListAsked<'_>) -> Option<String> {
    asked.query.value("release").map(|id| shown(asked, "release", id))
}

/// The orders that a list offers: another press turns the one that is on.
fn sorts(query: &Query) -> impl Iterator<Item = (&'static str, Sort, Option<&'static str>)> {
    let all = [("Updated", SortKey::Updated), ("Severity", SortKey::Severity), ("Id", SortKey::Id)];
    let sort = query.sort();
    all.into_iter().map(move |(name, key)| {
        let descending = if sort.key == key { !sort.descending } else { key != SortKey::Id };
        let now = (sort.key == key).then_some(if sort.descending { "descending" } else { "ascending" });
        (name, Sort { key, descending }, now)
    })
}

fn label(name: &'static str) -> &'static str {
    match name {
        "q" => "words",
        other => other,
    }
}

/// A filter's value as the page names it.
fn shown(asked: &ListAsked<'_>, name: &str, value: &str) -> String {
    match name {
        "product" => asked.index.product_name(value).unwrap_or(value).to_owned(),
        "release" => {
            let mut products = asked.catalogues.iter().filter(|one| {
                let mut only = asked.query.values("product").peekable();
                only.peek().is_none() || only.any(|id| one.product().id == *id)
            });
            let found = products.find_map(|one| one.product().release(value));
            found.map_or(value, |release| release.name.as_str()).to_owned()
        }
        "severity" => severity(&Severity::from(value)).word,
        "category" => category(&Category::from(value)),
        "kind" => kind(&HotfixKind::from(value)),
        "status" => status(value).to_owned(),
        _ => value.to_owned(),
    }
}

fn status(word: &str) -> &str {
    match word {
        "affected" => "Affected",
        "under_investigation" => "Under investigation",
        "fixed" => "Fixed",
        "not_affected" => "Not affected",
        "not_stated" => "Not stated",
        "withdrawn" => "Withdrawn",
        "released" => "Current",
        "superseded" => "Superseded",
        other => other,
    }
}

fn selects(asked: &ListAsked<'_>) -> Vec<Select> {
    let words = |name: &'static str, words: &[&str]| -> Vec<Choice> {
        let choice = |word: &&str| Choice {
            value: (*word).to_owned(),
            name: shown(asked, name, word),
            selected: asked.query.values(name).any(|value| value == *word),
        };
        words.iter().map(choice).collect()
    };
    let section = asked.query.section();
    let products: Vec<&str> = asked.catalogues.iter().map(|one| one.product().id.as_str()).collect();
    let select = |name: &'static str, label, any, options| Select { name, label, any, options };
    let mut out = vec![
        select("status", "Status", "Any status", words("status", section.statuses())),
        select("severity", "Severity", "Any severity", words("severity", Severity::WORDS)),
        select("category", "About", "Anything", words("category", Category::WORDS)),
    ];
    if section == Section::Hotfixes {
        out.push(select("kind", "Kind", "Any kind", words("kind", HotfixKind::WORDS)));
        out.push(select("channel", "Channel", "Any channel", words("channel", Channel::WORDS)));
    }
    if products.len() > 1 {
        out.push(select("product", "Product", "Every product", words("product", &products)));
    }
    out
}

fn rows(context: &PageContext, asked: &ListAsked<'_>, page: &Page<'_>) -> Vec<RowView> {
    let above: Vec<Above<'_>> = match asked.query.section() {
        Section::Hotfixes => asked.catalogues.iter().map(|one| Above::of(one)).collect(),
        Section::Advisories => Vec::new(),
    };
    page.rows.iter().map(|row| view(context, asked, &above, row)).collect()
}

fn view(context: &PageContext, asked: &ListAsked<'_>, above: &[Above<'_>], row: &Row<'_>) -> RowView {
    let entry = row.entry;
    let place = asked.catalogues.iter().position(|one| one.product().id == entry.product);
    let catalogue = place.and_then(|place| asked.catalogues.get(place)).copied();
    let (badge, by) = catalogue
        .and_then(|catalogue| on_release(asked, catalogue, place.and_then(|place| above.get(place)), entry))
        .unwrap_or_else(|| (entry.status.map(by_itself), None));
    RowView {
        id: entry.id.to_string(),
        title: entry.title.clone(),
        href: href(context, entry),
        severity: entry.severity.as_ref().map(severity),
        what: match &entry.kind {
            Some(known) => kind(known),
            None => entry.categories.first().map(category).unwrap_or_default(),
        },
        product: catalogue.map(|one| one.product().name.clone()).unwrap_or_default(),
        status: badge,
        by,
        tally: row.tally().map(|tally| tally.to_string()),
        updated: entry.updated.map(date),
    }
}

fn href(context: &PageContext, entry: &Entry) -> String {
    match entry.section {
        Section::Advisories => context.advisory_href(entry.product.as_str(), entry.id.as_str()),
        Section::Hotfixes => context.hotfix_href(entry.product.as_str(), entry.id.as_str()),
    }
}

/// How a document stands on the release that is filtered by, and by what it is superseded there.
fn on_release(
    asked: &ListAsked<'_>,
    catalogue: &Catalogue,
    above: Option<&Above<'_>>,
    entry: &Entry,
) -> Option<(Option<Badge>, Option<String>)> {
    let release = catalogue.product().release(asked.query.value("release")?)?;
    if let Some(advisory) = catalogue.advisories().get(&entry.id).filter(|_| entry.kind.is_none()) {
        let withdrawn = advisory.withdrawn.as_ref().map(|_| by_itself(Status::Withdrawn));
        let badge = withdrawn.unwrap_or_else(|| OnRelease::of(catalogue, advisory, &release.id).badge());
        return Some((Some(badge), None));
    }
    let fit = above?.fit(catalogue, catalogue.hotfixes().get(&entry.id)?, release);
    let by: Vec<&str> = match &fit {
        Fit::Superseded(by) => by.iter().map(Id::as_str).collect(),
        Fit::Included(id) => vec![id.as_str()],
        _ => Vec::new(),
    };
    let by = (!by.is_empty()).then(|| format!("{} {}", fit.joiner(), by.join(", ")));
    Some((Some(fit.badge()), by))
}

fn by_itself(status: Status) -> Badge {
    match status {
        Status::Withdrawn => Badge::new("Withdrawn", "×", "withdrawn"),
        Status::Superseded => Badge::new("Superseded", "↑", "calm"),
        Status::Released => Badge::new("Current", "•", "calm"),
        Status::Affected => OnRelease::Unfixed.badge(),
        Status::UnderInvestigation => OnRelease::Open.badge(),
        Status::Fixed => OnRelease::Fixed.badge(),
        Status::NotAffected => OnRelease::NotAffected.badge(),
        Status::NotStated => OnRelease::Unstated.badge(),
    }
}
