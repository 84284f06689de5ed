//! Whether the service lives, and whether it can do its work. The first never touches the database.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data};
use actix_web::{HttpResponse, Responder};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::problem::Problem;
use super::respond;
use super::state::App;
use crate::ops::disk::{LITTLE_BYTES, free_bytes};
use crate::release::{LostRole, ServedState};
use crate::store::StoreError;

/// So far may the clock stand before what was signed, since clocks are corrected.
const CLOCK_GRACE: SignedDuration = SignedDuration::from_mins(1);
/// The roles without which no host takes anything.
const TOP_ROLES: [&str; 4] = ["root", "targets", "snapshot", "timestamp"];

/// How something is, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Good,
    Warning,
    Failing,
}

#[derive(Serialize)]
struct Ready {
    status: &'static str,
    checks: Vec<Check>,
    roles: Vec<RoleHealth>,
    warnings: Vec<String>,
}

/// Something that was looked at.
#[derive(Serialize)]
struct Check {
    name: &'static str,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'static str>,
}

#[derive(Serialize)]
struct RoleHealth {
    role: String,
    version: Option<u64>,
    expires: Timestamp,
    state: &'static str,
}

impl Check {
    /// `wrong` is what is, if anything, and how bad that is.
    fn new(name: &'static str, wrong: Option<(State, String)>, remedy: &'static str) -> Self {
        match wrong {
            None => Self { name, state: State::Good, detail: None, remedy: None },
            Some((state, detail)) => Self { name, state, detail: Some(detail), remedy: Some(remedy) },
        }
    }
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
    let (now, state) = (app.now(), app.served());
    let roles = roles(&state, now);
    let checks = vec![
        database_check(&database),
        storage_check(&app),
        roles_check(&roles),
        lost_check(&app),
        Check::new(
            "clock",
            clock(&state, now).map(|detail| (State::Warning, detail)),
            "Set the machine's clock, and let it be kept (chrony, systemd-timesyncd).",
        ),
    ];
    let worst = checks.iter().map(|check| check.state).max();
    let (status, word) = match worst {
        Some(State::Failing) => (StatusCode::SERVICE_UNAVAILABLE, "failing"),
        Some(State::Warning) => (StatusCode::OK, "warning"),
        Some(State::Good) | None => (StatusCode::OK, "ready"),
    };
    let warnings = checks.iter().filter_map(|check| check.detail.clone()).collect();
    respond::fresh(status, &Ready { status: word, checks, roles, warnings })
}

fn database_check(database: &Result<(), StoreError>) -> Check {
    let wrong = database.as_ref().err().map(|error| {
        let kind = match error {
            StoreError::Busy => "busy",
            StoreError::Unavailable(_) => "away",
            StoreError::Damaged(_) => "damaged",
            StoreError::ReadOnly(_) => "not accessible",
            _ => "failed",
        };
        (State::Failing, format!("the database cannot be read ({kind})"))
    });
    Check::new(
        "database",
        wrong,
        "Look at the database and at the service's log; what is served stays served.",
    )
}

fn storage_check(app: &App) -> Check {
    let failing = app.watch.failing().map(|(code, since)| {
        (State::Warning, format!("nothing can be written since {since}: {}", code.row().2.to_lowercase()))
    });
    let little = || {
        let free = free_bytes(&app.config.store.data).filter(|free| *free < LITTLE_BYTES)?;
        Some((State::Warning, format!("only {} MiB are left for the data folder", free >> 20)))
    };
    let remedy = "Make room where the data folder is, or let it be written; it heals without a restart.";
    Check::new("storage", failing.or_else(little), remedy)
}

fn lost_check(app: &App) -> Check {
    let lost: Vec<String> = app.releases.lost().iter().map(LostRole::sentence).collect();
    let wrong = (!lost.is_empty()).then(|| (State::Warning, lost.join("; ")));
    Check::new("versions", wrong, "Let those whose role it is hand in again what they released last.")
}

fn roles_check(roles: &[RoleHealth]) -> Check {
    let told: Vec<String> = roles
        .iter()
        .filter(|role| role.state != "good")
        .map(|role| format!("{} is {}: it expires on {}", role.role, role.state, role.expires))
        .collect();
    let refused = roles.iter().any(|role| role.state == "expired" && TOP_ROLES.contains(&&*role.role));
    let state = if refused { State::Failing } else { State::Warning };
    Check::new(
        "roles",
        (!told.is_empty()).then(|| (state, told.join("; "))),
        "Let its keyholders sign it anew; the service itself signs timestamp, snapshot and holds, so look at its log for these.",
    )
}

/// Every role with its end.
fn roles(state: &ServedState, now: Timestamp) -> Vec<RoleHealth> {
    let role = |(role, expires): (String, Timestamp)| {
        let word = match expires.duration_since(now) {
            left if left <= SignedDuration::ZERO => "expired",
            left if left <= window(&role) => "expiring",
            _ => "good",
        };
        RoleHealth { version: state.snapshot.version(&role), role, expires, state: word }
    };
    state.snapshot.expiries().into_iter().map(role).collect()
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

/// Whether hosts take what is served, as far as its dates go.
pub(super) fn is_current(state: &ServedState, now: Timestamp) -> bool {
    state.snapshot.expiries().iter().all(|(role, expires)| !TOP_ROLES.contains(&&**role) || *expires > now)
}

/// What is wrong with the clock: it stands before what was signed already.
pub(super) fn clock(state: &ServedState, now: Timestamp) -> Option<String> {
    let newest = state.issued.values().max()?;
    let back = newest.duration_since(now);
    (back > CLOCK_GRACE)
        .then(|| format!("the clock stands at {now}, before {newest}, when something was signed"))
}
