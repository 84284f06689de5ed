//! The pages to browse by: products, releases, lists, the search.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::html::{facts, page, reader};
use super::pages;
use super::problem::Problem;
use super::query::Query;
use super::state::{App, catalogue, shown};
use crate::store::DocumentKind;

/// `GET /products/{id}`
///
/// # Errors
/// No such product; a query that the page does not know; the template's.
pub async fn product(
    app: Data<App>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (state, id) = (app.served(), id.into_inner());
    Query::of(&request, &["release"])?;
    let catalogue = catalogue(&state, &id)?;
    let facts = facts(&app, &state, (&id, DocumentKind::Product, &id)).await?;
    let context = reader((&app, &state, &request), &Query::pairs(&request)?, Some((&id, facts)), &[])?;
    page(&request, pages::product(&app.pages, &context, catalogue))
}

/// `GET /products/{product}/releases/{id}`
///
/// # Errors
/// No such release; a query that the page does not know; the template's.
pub async fn release(
    app: Data<App>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (state, (product, id)) = (app.served(), path.into_inner());
    Query::of(&request, &["release"])?;
    let catalogue = catalogue(&state, &product)?;
    let Some(release) = catalogue.product().release(&id) else {
        return Err(Problem::not_found(format_args!("release {} of {product}", shown(&id))));
    };
    let facts = facts(&app, &state, (&product, DocumentKind::Product, &product)).await?;
    let context = reader((&app, &state, &request), &Query::pairs(&request)?, Some((&product, facts)), &[])?;
    page(&request, pages::release(&app.pages, &context, catalogue, release))
}
