//! `/check`: an inventory pasted, uploaded, filled in or linked to, the assessment as a page. Nothing is kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;

use super::pages::{self, CheckInput, Moment};
use super::past::{Day, Failure, day};
use super::problem::Problem;
use super::query::{Query, twice};
use super::state::App;
use super::{body, form, html};
use crate::model::{Id, Past, PastError, Problems};
use crate::release::ServedState;

/// What a form has beside the inventory, in bytes.
const FIELDS_BYTES: usize = 64 * 1024;

/// `GET /check`: the empty form; with an inventory in the address, its answer.
///
/// # Errors
/// A query that the page does not know; the template's.
pub async fn form(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (query, state) = (Query::pairs(&request)?, app.served());
    let fields: Vec<_> = query.iter().filter(|(name, _)| name != "release").cloned().collect();
    once(&fields)?;
    if fields.iter().any(|(name, value)| ["inventory", "start"].contains(&name.as_str()) && !value.is_empty())
    {
        return Ok(written(web::block(move || answered(&app, fields)).await??));
    }
    let input = CheckInput::from_fields(fields, &html::catalogues(&state))?;
    let context = html::reader(
        (&app, &state, &request),
        &query,
        None,
        &["advisory", "security", "as_of", "changed_since", "explain"],
    )?;
    html::page(&request, pages::check_form(&app.pages, &context, &html::catalogues(&state), &input))
}

/// `POST /check`
///
/// # Errors
/// A body that is no form, is too long or comes too slowly; a field that the form does not have.
pub async fn answer(app: Data<App>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    Query::of(&request, &[])?;
    let limits = &app.config.limits;
    // Both the pasted and the uploaded inventory, one of them percent-encoded.
    let most = limits.inventory_bytes.saturating_mul(3).saturating_add(FIELDS_BYTES);
    let bytes = body::read(&request, payload, most, limits.body).await?;
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    Ok(written(web::block(move || answered(&app, form::fields(&content_type, &bytes)?)).await??))
}

/// Refuses a field that is given twice, but for what may be.
fn once(fields: &[(String, String)]) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    match fields.iter().find(|(name, _)| name != "explain" && !seen.insert(name)) {
        None => Ok(()),
        Some((name, _)) => Err(twice(name)),
    }
}

fn written((status, page): (u16, String)) -> HttpResponse {
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::OK))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("text/html; charset=utf-8")
        .body(page)
}

/// The answer to what was sent, with its status.
fn answered(app: &App, fields: Vec<(String, String)>) -> Result<(u16, String), Problem> {
    let longest = app.config.limits.inventory_bytes;
    let state = app.served();
    let catalogues = html::catalogues(&state);
    let input = CheckInput::from_fields(fields, &catalogues)?;
    if input.inventory.len() > longest {
        return Err(body::too_long(longest as u64).at("inventory"));
    }
    let context = html::context(app, &state, None);
    match days(app, &state, &input, context.now) {
        Err(Refusal::Day(problem)) => {
            Ok((422, pages::check_refused(&app.pages, &context, &catalogues, &input, &problem)?))
        }
        Err(Refusal::Problem(problem)) => Err(problem),
        Ok([day, since]) => {
            let moment = Moment {
                at: day.as_ref().map_or(context.now, |(day, _)| day.at),
                day: day.as_ref().map(|(day, past)| (day.date, &**past)),
                since: since.as_ref().map(|(day, past)| (day.at, &**past)),
            };
            Ok(pages::check(&app.pages, &context, (&catalogues, &state.indexes), input, moment)?)
        }
    }
}

/// A day, and what was published by then.
type Dated = (Day, Arc<Past>);

/// Why the catalogue of a day is not to be had.
enum Refusal {
    /// The day is at fault.
    Day(Problems),
    /// Something else.
    Problem(Problem),
}

/// What was published by the days that are asked about: the one of the answer, and the one since which is asked what
/// changed. `None`: today, not asked, or the product cannot be read, which the answer then says.
fn days(
    app: &App,
    state: &ServedState,
    input: &CheckInput,
    now: Timestamp,
) -> Result<[Option<Dated>; 2], Refusal> {
    let fields = [("as_of", &input.as_of), ("changed_since", &input.changed_since)];
    let refused =
        |(name, text): (&str, &String), remedy: &str| Refusal::Day(pages::refused_day(name, text, remedy));
    let read = |field: (&'static str, &String)| match field.1.is_empty() {
        true => Ok(None),
        false => day(field.1, now).map_err(|remedy| refused(field, remedy)),
    };
    let [as_of, since] = fields.map(read);
    let (as_of, since) = (as_of?, since?);
    let before = |since: Day| as_of.is_none_or(|day| since.date < day.date);
    if !input.changed_since.is_empty() && !since.is_some_and(before) {
        return Err(refused(fields[1], "Name a day before the one that is asked about."));
    }
    let published = input.product().and_then(|id| state.snapshot.products().get(&Id::new(&id)?));
    let past = |field, day: Option<Day>| {
        let (Some(day), Some(published)) = (day, published) else { return Ok(None) };
        match app.pasts.of(&app.store, published, day.date) {
            Ok(past) => Ok(Some((day, past))),
            Err(Failure::Past(error @ PastError::Nothing { .. })) => {
                Err(refused(field, &format!("Name a later day: {error}.")))
            }
            Err(failure) => Err(Refusal::Problem(failure.of(field.0))),
        }
    };
    Ok([past(fields[0], as_of)?, past(fields[1], since)?])
}
