//! The signed roles: what is served of each, and which version comes next.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::server::problem::Problem;
use crate::server::query::Query;
use crate::server::respond;
use crate::server::state::App;

/// `GET /api/v1/roles`
///
/// # Errors
/// A query.
pub async fn list(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    Query::of(&request, &[])?;
    // A release that is being written is waited for.
    let releases = Arc::clone(&app.releases);
    let items = web::block(move || releases.standing()).await?;
    respond::fresh(StatusCode::OK, &serde_json::json!({ "items": items }))
}
