//! Whether the service lives, and whether it can do its work. The first never touches the database.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data};
use actix_web::{HttpResponse, Responder};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::problem::Problem;
use super::respond;
use super::state::App;
use crate::store::StoreError;

#[derive(Serialize)]
struct Ready {
    status: &'static str,
    roles: Vec<RoleHealth>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct RoleHealth {
    role: String,
    version: Option<u64>,
    expires: Timestamp,
    state: &'static str,
}

/// `GET /health/live`
pub async fn live() -> impl Responder {
    HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .json(serde_json::json!({ "status": "live" }))
}

/// `GET /health/ready`: 503 while the database cannot be read, or hosts would refuse what is served.
///
/// # Errors
/// None; what is wrong is said in the answer.
pub async fn ready(app: Data<App>) -> Result<HttpResponse, Problem> {
    let store = std::sync::Arc::clone(&app.store);
    let database = web::block(move || store.read(|tx| tx.role_versions("timestamp", 1).map(drop))).await?;
    let (roles, mut warnings) = roles(&app);
    let refused = roles.iter().any(|role| {
        role.state == "expired" && matches!(role.role.as_str(), "root" | "targets" | "snapshot" | "timestamp")
    });
    if let Err(error) = &database {
        tracing::error!("the database cannot be read: {error}");
        warnings.push(format!("the database cannot be read ({})", kind(error)));
    }
    let (status, word) = match (refused || database.is_err(), warnings.is_empty()) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "failing"),
        (false, false) => (StatusCode::OK, "warning"),
        (false, true) => (StatusCode::OK, "ready"),
    };
    respond::fresh(status, &Ready { status: word, roles, warnings })
}

/// Every role, and a warning for each that nears its end.
fn roles(app: &App) -> (Vec<RoleHealth>, Vec<String>) {
    let (now, state) = (app.now(), app.served());
    let (mut roles, mut warnings) = (Vec::new(), Vec::new());
    for (role, expires) in state.snapshot.expiries() {
        let word = match expires.duration_since(now) {
            left if left <= SignedDuration::ZERO => "expired",
            left if left <= window(&role) => "expiring",
            _ => "good",
        };
        if word != "good" {
            warnings.push(format!("{role} is {word}: it expires on {expires}"));
        }
        roles.push(RoleHealth { version: state.snapshot.version(&role), role, expires, state: word });
    }
    (roles, warnings)
}

/// How long before its end a role's expiry is told of.
fn window(role: &str) -> SignedDuration {
    SignedDuration::from_hours(match role {
        "timestamp" => 6,
        "snapshot" => 12,
        "holds" => 3 * 24,
        "root" | "targets" => 30 * 24,
        _ => 14 * 24,
    })
}

fn kind(error: &StoreError) -> &'static str {
    match error {
        StoreError::Busy => "busy",
        StoreError::Unavailable(_) => "away",
        StoreError::Damaged(_) => "damaged",
        StoreError::ReadOnly(_) => "not accessible",
        _ => "failed",
    }
}
