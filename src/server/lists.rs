//! The lists and the search as requests reach them.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::html::{catalogues, context, page, reader};
use super::listing::{Found, Query as Asked, Section};
use super::pages::{self, ListAsked, PageContext, Place, Run};
use super::problem::{Code, Problem};
use super::query::Query;
use super::state::App;
use crate::model::Catalogue;

/// The most rows of a page: all of a page stays below 100 KB.
const ROWS: u32 = 50;
/// The most pages that a search names.
const HITS: u32 = 20;
/// The longest text that is looked for, in characters.
const MAX_TEXT_CHARS: usize = 200;

/// `GET /advisories`
///
/// # Errors
/// A filter, value, order or cursor that is not known, with what is; the template's.
pub async fn advisories(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    list(&app, &request, Section::Advisories)
}

/// `GET /hotfixes`
///
/// # Errors
/// As [`advisories`].
pub async fn hotfixes(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    list(&app, &request, Section::Hotfixes)
}

fn list(app: &App, request: &HttpRequest, section: Section) -> Result<HttpResponse, Problem> {
    let (state, index) = (app.served(), app.index());
    let catalogues = catalogues(&state);
    let given = Query::pairs(request)?;
    let query = Asked::parse(&index, section, &of_list(&given), ROWS)?;
    let context = PageContext {
        run: run(&catalogues, &query)?,
        place: Some(Place::of(request.path(), kept(&given), &catalogues)),
        ..context(app, &state, None)
    };
    let later = given.iter().any(|(name, value)| name == "cursor" && !value.is_empty());
    let asked = ListAsked { index: &index, catalogues: &catalogues, query: &query, later };
    page(request, pages::list(&app.pages, &context, &asked))
}

/// The pairs as lists read them: a release that names its product stands for both.
fn of_list(given: &[(String, String)]) -> Vec<(String, String)> {
    let of = given.iter().filter(|(name, _)| name == "release").find_map(|(_, value)| value.split_once('/'));
    let Some((product, release)) = of else { return given.to_vec() };
    let others = given.iter().filter(|(name, _)| !matches!(name.as_str(), "release" | "product"));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    others.cloned().chain([pair("product", product), pair("release", release)]).collect()
}

/// The release that a list is filtered by, where it is one product's alone.
fn run(catalogues: &[&Catalogue], query: &Asked) -> Result<Option<Run>, Problem> {
    let Some(release) = query.value("release") else { return Ok(None) };
    let chosen: Vec<&str> = query.values("product").collect();
    let fits = |one: &&&Catalogue| {
        (chosen.is_empty() || chosen.iter().any(|id| one.product().id == **id))
            && one.product().release(release).is_some()
    };
    let mut fitting = catalogues.iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(own), None) => Ok(Run::chosen(catalogues, Some(own), release)?),
        _ => Ok(None),
    }
}

/// What stays when another release is chosen: a product might not have it, and pages begin anew.
fn kept(given: &[(String, String)]) -> Vec<(String, String)> {
    let goes = |name: &str| matches!(name, "release" | "product" | "cursor");
    given.iter().filter(|(name, value)| !goes(name) && !value.is_empty()).cloned().collect()
}

/// `GET /search?q=`: to the page that the text names, else to what holds its words.
///
/// # Errors
/// A text that is too long; a query that the page does not know; the template's.
pub async fn search(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["q", "release"])?;
    let q = query.one("q")?.unwrap_or_default();
    if q.chars().count() > MAX_TEXT_CHARS {
        let detail = format!("The text is longer than {MAX_TEXT_CHARS} characters.");
        return Err(Problem::new(Code::BadParameter, detail)
            .at("q")
            .remedy("Look for an id or a few words."));
    }
    let state = app.served();
    let context = reader((&app, &state, &request), &Query::pairs(&request)?, None, &["q"])?;
    let found = if q.trim().is_empty() { Found::Nothing } else { app.index().search(q, HITS) };
    if let Found::One(one) = &found {
        return Ok(HttpResponse::SeeOther()
            .insert_header((header::LOCATION, pages::destination(&context, one)))
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .finish());
    }
    page(&request, pages::search(&app.pages, &context, (&catalogues(&state), q), &found))
}
