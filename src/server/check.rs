//! `/check`: an inventory pasted or uploaded, the assessment as a page. Nothing is kept.

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::pages::{self, CheckInput};
use super::problem::Problem;
use super::query::Query;
use super::state::App;
use super::{body, form, html};

/// What a form has beside the inventory, in bytes.
const FIELDS_BYTES: usize = 64 * 1024;

/// `GET /check`
///
/// # Errors
/// A query that the page does not know; the template's.
pub async fn form(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (query, state) = (Query::pairs(&request)?, app.served());
    let context = html::reader((&app, &state, &request), &query, None, &["advisory"])?;
    html::page(&request, pages::check_form(&app.pages, &context, &html::catalogues(&state), &query))
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
    let longest = limits.inventory_bytes;
    let (status, page) = web::block(move || {
        let fields = form::fields(&content_type, &bytes)?;
        let state = app.served();
        let catalogues = html::catalogues(&state);
        let input = CheckInput::from_fields(fields, &catalogues)?;
        if input.inventory.len() > longest {
            return Err(body::too_long(longest as u64).at("inventory"));
        }
        let context = html::context(&app, &state, None);
        Ok(pages::check(&app.pages, &context, &catalogues, input)?)
    })
    .await??;
    Ok(HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::OK))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("text/html; charset=utf-8")
        .body(page))
}
