//! Feeds of what was released, newest first, with every filter of the lists.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::config::PublicUrl;
use super::listing::{Index, Query as Asked, Row, Section, Status};
use super::problem::{Code, Problem};
use super::query::Query;
use super::respond;
use super::state::App;
use crate::formats::atom::{Entry, Feed};
use crate::model::Id;
use crate::model::words::{Category, HotfixKind, Severity};
use crate::release::ServedState;
use crate::trust::Digest;

/// How many entries a feed has, if nobody says.
const ENTRIES: u32 = 50;
/// What the address of a list has and that of a feed has not.
const OF_LISTS: [&str; 2] = ["sort", "cursor"];

/// `GET /feeds/advisories.atom`
///
/// # Errors
/// A query that is not known.
pub async fn advisories(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    feed(&app, &request, Section::Advisories)
}

/// `GET /feeds/hotfixes.atom`
///
/// # Errors
/// A query that is not known.
pub async fn hotfixes(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    feed(&app, &request, Section::Hotfixes)
}

fn feed(app: &App, request: &HttpRequest, section: Section) -> Result<HttpResponse, Problem> {
    let mut pairs = Query::pairs(request)?;
    if let Some((name, _)) = pairs.iter().find(|(name, _)| OF_LISTS.contains(&name.as_str())) {
        let detail = format!("A feed has no {name}: it is newest first, and its entries are bounded.");
        return Err(Problem::new(Code::UnknownParameter, detail).at(name.clone()));
    }
    let most = app.config.limits.page_items;
    if !pairs.iter().any(|(name, value)| name == "limit" && !value.is_empty()) {
        pairs.push(("limit".to_owned(), most.min(ENTRIES).to_string()));
    }
    let (state, index) = (app.served(), app.index());
    let query = Asked::parse(&index, section, &pairs, most)?;
    let links = Links::new(app.config.public_url.as_ref());
    let xml = written(&state, &index, &query, &links).to_xml();
    let xml = xml.map_err(|error| Problem::inside(Code::Internal, &error))?;
    Ok(respond::tagged(request, xml, "application/atom+xml; charset=utf-8", &[]))
}

/// How addresses are written: below the public address where it is configured; else relative to the
/// service's own, since what a request says of its host may be forged.
struct Links {
    root: String,
    base: Option<String>,
}

impl Links {
    fn new(public: Option<&PublicUrl>) -> Self {
        match public {
            Some(PublicUrl { origin, prefix }) => Self { root: format!("{origin}{prefix}/"), base: None },
            None => Self { root: String::new(), base: Some("../".to_owned()) },
        }
    }

    fn to(&self, path: std::fmt::Arguments<'_>) -> String {
        format!("{}{path}", self.root)
    }
}

fn written(state: &ServedState, index: &Index, query: &Asked, links: &Links) -> Feed {
    let section = query.section();
    let rows = index.newest(query, query.limit() as usize);
    let tag = tag(state);
    let filters = query.filter_link();
    let filtered = if filters.is_empty() { String::new() } else { format!("?{filters}") };
    let entries: Vec<Entry> = rows.iter().map(|row| entry(index, row, (&tag, links))).collect();
    // One without entries has not changed since the service delegated to its publishers.
    let begun = state.issued.get("targets").copied().unwrap_or_default();
    let updated = entries.iter().map(|entry| entry.updated).max().unwrap_or(begun);
    Feed {
        id: format!("{tag}feeds/{section}.atom{filtered}"),
        title: title(query),
        author: "hotfixd".to_owned(),
        updated,
        base: links.base.clone(),
        address: links.to(format_args!("feeds/{section}.atom{filtered}")),
        page: links.to(format_args!("{section}{filtered}")),
        entries,
    }
}

/// What the ids of a service's feeds begin with: the repository's first root names it, whatever its address
/// and its keys become.
fn tag(state: &ServedState) -> String {
    let roots = &state.snapshot.files().roots;
    let first = roots.first_key_value().map(|(_, root)| Digest::of(root).to_string()).unwrap_or_default();
    format!("tag:{}.hotfixd.invalid,2026:", first.get(..16).unwrap_or_default())
}

fn title(query: &Asked) -> String {
    let section = match query.section() {
        Section::Advisories => "Advisories",
        Section::Hotfixes => "Hotfixes",
    };
    let filters = query.filters().iter().map(|(name, value)| format!(" · {name} {value}"));
    format!("{section}{}", filters.collect::<String>())
}

fn entry(index: &Index, row: &Row<'_>, (tag, links): (&str, &Links)) -> Entry {
    let document = row.entry;
    let (section, product, id) = (document.section, &document.product, &document.id);
    let withdrawn = if document.withdrawn() { "Withdrawn: " } else { "" };
    let mut categories = vec![("urn:hotfixd:product", product.to_string())];
    categories.extend(
        document.severity.iter().map(|severity| ("urn:hotfixd:severity", severity.word().to_owned())),
    );
    categories.extend(
        document.categories.iter().map(|category| ("urn:hotfixd:category", category.word().to_owned())),
    );
    categories.extend(document.kind.iter().map(|kind| ("urn:hotfixd:kind", kind.word().to_owned())));
    categories.extend(document.releases.iter().map(|id| ("urn:hotfixd:release", id.to_string())));
    Entry {
        id: format!("{tag}{section}/{product}/{id}"),
        title: format!("{withdrawn}{id}: {}", document.title),
        author: index.vendor(product.as_str()).unwrap_or_default().to_owned(),
        updated: document.served_at.unwrap_or_default(),
        page: links.to(format_args!("{section}/{product}/{id}")),
        json: links.to(format_args!("api/v1/{section}/{product}/{id}")),
        summary: summary(row),
        categories,
    }
}

/// What a reader of the list of entries has to know.
fn summary(row: &Row<'_>) -> String {
    let document = row.entry;
    let mut parts = Vec::new();
    if let Some(kind) = &document.kind {
        parts.push(HotfixKind::word(kind).replace('-', " "));
    }
    if let Some(severity) = &document.severity {
        let of = if document.kind.is_some() { "fixes: " } else { "severity: " };
        parts.push(format!("{of}{}", Severity::word(severity)));
    }
    if document.kind.is_none() {
        parts.extend(document.categories.iter().map(Category::word).map(str::to_owned));
    }
    match (row.standing.map(|standing| standing.status), row.tally()) {
        (Some(Status::Withdrawn), _) => parts.push("withdrawn".to_owned()),
        (Some(status), _) if document.kind.is_none() => {
            parts.push(format!("status for the release: {}", status.word().replace('_', " ")));
        }
        (_, Some(tally)) => parts.push(format!("releases: {tally}")),
        _ => {}
    }
    let releases: Vec<&str> = document.releases.iter().map(Id::as_str).collect();
    if !releases.is_empty() {
        parts.push(format!("for {}", releases.join(", ")));
    }
    parts.push(format!("revision {}", document.revision));
    let facts = parts.join("; ");
    match &document.summary {
        Some(summary) => format!("{summary} ({facts})"),
        None => format!(
            "{}{}.",
            facts.get(..1).unwrap_or_default().to_uppercase(),
            facts.get(1..).unwrap_or_default()
        ),
    }
}
