//! The lists of what is published, as JSON and CSV.

use actix_web::http::header::{self, HeaderName};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::csv;
use crate::model::words::{Category, Channel, HotfixKind, Severity};
use crate::server::listing::{Page, ProductIndex, ProductQuery, Query as Asked, Row, Section, Status};
use crate::server::problem::Problem;
use crate::server::query::{Query, bad};
use crate::server::respond;
use crate::server::state::App;

/// A page of a list.
#[derive(Serialize)]
struct List<T> {
    items: Vec<T>,
    /// Where the next page begins: the `cursor` to ask for.
    next: Option<String>,
    /// How many items all pages have.
    total: usize,
    /// How many there are without any filter.
    of: usize,
}

#[derive(Serialize)]
struct ProductItem<'s> {
    id: &'s str,
    name: &'s str,
    vendor: &'s str,
    revision: i64,
    role_version: u64,
    expires: Timestamp,
    releases: Vec<&'s str>,
}

/// For how many of the releases that an advisory touches there is a fix.
#[derive(Serialize)]
struct Fixed {
    releases: usize,
    of: usize,
}

#[derive(Serialize)]
struct Item<'s> {
    product: &'s str,
    id: &'s str,
    revision: i64,
    title: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'s Severity>,
    /// What an advisory is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'s Category>,
    /// What the advisories that a hotfix fixes are about.
    #[serde(skip_serializing_if = "Option::is_none")]
    categories: Option<Vec<&'s Category>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'s HotfixKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'s Channel>,
    /// For the chosen release.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    /// Whether a fix is out for the chosen release.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedied: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<Fixed>,
    releases: Vec<&'s str>,
    published: Option<Date>,
    updated: Option<Date>,
    released: Option<Date>,
    released_at: Option<Timestamp>,
    withdrawn: bool,
}

/// `GET /api/v1/products`
///
/// # Errors
/// A query that is not known.
pub async fn products(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = ProductQuery::parse(&Query::pairs(&request)?, app.config.limits.page_items)?;
    let (state, index) = (app.served(), app.index());
    let page = index.product_page(&query);
    let item = |row: &&ProductIndex| {
        let published = state.snapshot.products().get(&row.id)?;
        let product = published.loaded.catalogue.product();
        Some(ProductItem {
            id: product.id.as_str(),
            name: &product.name,
            vendor: &product.vendor,
            revision: product.revision,
            role_version: published.targets.header.version,
            expires: published.targets.header.expires,
            releases: product.releases.iter().map(|release| release.id.as_str()).collect(),
        })
    };
    let items = page.rows.iter().filter_map(item).collect();
    respond::json(&request, &List { items, next: page.next, total: page.total, of: page.of })
}

/// `GET /api/v1/advisories`
///
/// # Errors
/// A query that is not known.
pub async fn advisories(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    list(&app, &request, Section::Advisories, None)
}

/// `GET /api/v1/advisories.csv`
///
/// # Errors
/// A query that is not known.
pub async fn advisories_csv(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    list(&app, &request, Section::Advisories, Some(Format::Csv))
}

/// `GET /api/v1/hotfixes`
///
/// # Errors
/// A query that is not known.
pub async fn hotfixes(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    list(&app, &request, Section::Hotfixes, None)
}

/// `GET /api/v1/hotfixes.csv`
///
/// # Errors
/// A query that is not known.
pub async fn hotfixes_csv(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    list(&app, &request, Section::Hotfixes, Some(Format::Csv))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
}

/// A list in the format of its address, else in the one that `format` says.
fn list(
    app: &App,
    request: &HttpRequest,
    section: Section,
    fixed: Option<Format>,
) -> Result<HttpResponse, Problem> {
    let mut pairs = Query::pairs(request)?;
    let format = match fixed {
        Some(format) => format,
        None => take_format(&mut pairs)?,
    };
    let limits = &app.config.limits;
    let most = if format == Format::Csv { limits.csv_rows } else { limits.page_items };
    // A spreadsheet takes the whole list.
    if format == Format::Csv && !pairs.iter().any(|(name, _)| name == "limit") {
        pairs.push(("limit".to_owned(), most.to_string()));
    }
    let index = app.index();
    let query = Asked::parse(&index, section, &pairs, most).map_err(|error| match fixed {
        Some(_) => error,
        None => error.also("format"),
    })?;
    let page = index.page(&query);
    let mut more = Vec::new();
    if let Some(next) = &page.next {
        let format = if fixed.is_none() && format == Format::Csv { "&format=csv" } else { "" };
        more.push((header::LINK, format!("<?{}{format}>; rel=\"next\"", query.link_to(next))));
    }
    match format {
        Format::Json => {
            let items = page.rows.iter().map(item).collect();
            let list = List { items, next: page.next, total: page.total, of: page.of };
            respond::json_with(request, &list, &more)
        }
        Format::Csv => table(request, &page, section, more),
    }
}

/// Takes `format` out of the pairs.
fn take_format(pairs: &mut Vec<(String, String)>) -> Result<Format, Problem> {
    let mut formats = pairs.iter().filter(|(name, value)| name == "format" && !value.is_empty());
    let format = match formats.next().map(|(_, value)| value.as_str()) {
        None | Some("json") => Format::Json,
        Some("csv") => Format::Csv,
        Some(other) => return Err(bad("format", other, "`json` or `csv`")),
    };
    if let Some((_, again)) = formats.next() {
        return Err(bad("format", again, "`format` once"));
    }
    pairs.retain(|(name, _)| name != "format");
    Ok(format)
}

fn item<'s>(row: &Row<'s>) -> Item<'s> {
    let entry = row.entry;
    let advisory = entry.section == Section::Advisories;
    Item {
        product: entry.product.as_str(),
        id: entry.id.as_str(),
        revision: entry.revision,
        title: &entry.title,
        severity: entry.severity.as_ref(),
        category: entry.categories.first().filter(|_| advisory),
        categories: (!advisory).then(|| entry.categories.iter().collect()),
        kind: entry.kind.as_ref(),
        channel: entry.channel.as_ref(),
        status: row.standing.map(|standing| standing.status),
        remedied: row.standing.filter(|_| advisory && !entry.withdrawn()).map(|standing| standing.remedied),
        fixed: row.tally().map(|tally| Fixed { releases: tally.fixed, of: tally.of }),
        releases: entry.releases.iter().map(crate::model::Id::as_str).collect(),
        published: entry.published,
        updated: entry.updated,
        released: entry.released,
        released_at: entry.served_at,
        withdrawn: entry.withdrawn(),
    }
}

/// The columns of a list as CSV.
const COLUMNS: [&str; 15] = [
    "product",
    "id",
    "revision",
    "title",
    "severity",
    "category",
    "kind",
    "channel",
    "status",
    "fixed",
    "releases",
    "published",
    "updated",
    "released",
    "released_at",
];

fn table(
    request: &HttpRequest,
    page: &Page<'_>,
    section: Section,
    mut more: Vec<(HeaderName, String)>,
) -> Result<HttpResponse, Problem> {
    let csv = csv::write(&COLUMNS, page.rows.iter().map(cells))?;
    more.push((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{section}.csv\"")));
    Ok(respond::tagged(request, csv, "text/csv; charset=utf-8; header=present", &more))
}

fn cells(row: &Row<'_>) -> Vec<String> {
    let entry = row.entry;
    let word = |word: Option<&str>| word.unwrap_or_default().to_owned();
    let date = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let categories: Vec<&str> = entry.categories.iter().map(Category::word).collect();
    let releases: Vec<&str> = entry.releases.iter().map(crate::model::Id::as_str).collect();
    vec![
        entry.product.to_string(),
        entry.id.to_string(),
        entry.revision.to_string(),
        entry.title.clone(),
        word(entry.severity.as_ref().map(Severity::word)),
        categories.join(" "),
        word(entry.kind.as_ref().map(HotfixKind::word)),
        word(entry.channel.as_ref().map(Channel::word)),
        word(row.standing.map(|standing| standing.status.word())),
        row.tally().map(|tally| tally.to_string()).unwrap_or_default(),
        releases.join(" "),
        date(entry.published),
        date(entry.updated),
        date(entry.released),
        entry.served_at.map(|at| at.to_string()).unwrap_or_default(),
    ]
}
