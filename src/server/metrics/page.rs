//! `GET /metrics`: who may read it, and what is asked for only then.

use std::net::SocketAddr;

use actix_web::http::header;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;

use super::counts::Connection;
use super::process;
use super::text::{MEDIA_TYPE, Text};
use crate::ops::disk::free_bytes;
use crate::server::config::MetricsAccess;
use crate::server::health;
use crate::server::problem::{Code, Problem};
use crate::server::query::Query;
use crate::server::state::App;
use crate::store::{Reader, StoreError, SubmissionState, Totals};

/// What a proxy on the same machine would add, whose readers are not the machine's own.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// `GET /metrics`
///
/// # Errors
/// One who may not read them; a query.
pub async fn metrics(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    admit(&app, &request)?;
    Query::of(&request, &[])?;
    let text = web::block(move || {
        // Clippy's shorter form is not general enough for the compiler.
        #[allow(clippy::redundant_closure_for_method_calls)]
        let totals = app.store.read(|tx: &mut Reader<'_>| tx.totals());
        write(&app, totals)
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type(MEDIA_TYPE)
        .body(text.await?))
}

fn admit(app: &App, request: &HttpRequest) -> Result<(), Problem> {
    let loopback = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    let forwarded = FORWARDED.iter().any(|name| request.headers().contains_key(*name));
    let admitted = match app.config.metrics {
        MetricsAccess::Any => true,
        MetricsAccess::Loopback => loopback && !forwarded,
        MetricsAccess::Own(_) => {
            let local = request.conn_data::<Connection>().and_then(|connection| connection.local);
            let own = app.metrics_address.load().as_deref().map(SocketAddr::port);
            own.is_some() && local.map(|local| local.port()) == own
        }
        MetricsAccess::Off => return Err(Problem::not_found("page or file at /metrics")),
    };
    if admitted {
        return Ok(());
    }
    let detail = "The metrics are not given to this address.";
    let remedy =
        "Ask from the machine itself, or set `metrics` to `any`, or to an ADDRESS:PORT of their own.";
    Err(Problem::new(Code::Forbidden, detail).remedy(remedy))
}

fn write(app: &App, totals: Result<Totals, StoreError>) -> String {
    let (mut out, now) = (Text::default(), app.now());
    out.gauge("hotfixd_build_info", "The version that runs.");
    out.sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    app.metrics.write(&mut out);
    out.gauge("hotfixd_ready", "1 while the database is read and hosts take what is served.");
    out.sample(&[], u8::from(totals.is_ok() && health::is_current(&app.served(), now)));
    roles(&mut out, app, now);
    store(&mut out, app, totals);
    process::write(&mut out, app.started);
    out.into_string()
}

fn roles(out: &mut Text, app: &App, now: Timestamp) {
    let state = app.served();
    let expiries = state.snapshot.expiries();
    out.gauge("hotfixd_role_version", "The version of a role that is served.");
    for role in expiries.keys() {
        out.sample(&[("role", role)], state.snapshot.version(role).unwrap_or_default());
    }
    out.gauge("hotfixd_role_expires_timestamp_seconds", "When a role expires, in seconds since 1970.");
    for (role, expires) in &expiries {
        out.sample(&[("role", role)], expires.as_second());
    }
    for (name, help, role) in [
        ("hotfixd_snapshot_age_seconds", "How long ago the snapshot was signed.", "snapshot"),
        ("hotfixd_timestamp_age_seconds", "How long ago the timestamp was signed.", "timestamp"),
    ] {
        if let Some(issued) = state.issued.get(role) {
            out.gauge(name, help);
            out.sample(&[], now.duration_since(*issued).as_secs());
        }
    }
    out.gauge("hotfixd_clock_problem", "1 where the clock stands before what was signed already.");
    out.sample(&[], u8::from(health::clock(&state, now).is_some()));
}

fn store(out: &mut Text, app: &App, totals: Result<Totals, StoreError>) {
    out.gauge("hotfixd_database_up", "1 where the database was read just now.");
    out.sample(&[], u8::from(totals.is_ok()));
    out.gauge("hotfixd_store_failing", "1 since a write failed, until one succeeds.");
    out.sample(&[], u8::from(app.watch.failing().is_some()));
    let (writes, waited) = app.store.waits().read();
    out.counter("hotfixd_store_writes_total", "Transactions that were to write.");
    out.sample(&[], writes);
    out.counter(
        "hotfixd_store_write_wait_seconds_total",
        "How long they waited for their turn: one writes at a time.",
    );
    out.sample(&[], waited.as_secs_f64());
    if let Ok(totals) = totals {
        out.gauge("hotfixd_release_submissions", "Submissions that are kept, by how far they came.");
        for word in SubmissionState::WORDS {
            let count = totals.submissions.iter().find(|(state, _)| state.word() == *word);
            out.sample(&[("state", word)], count.map_or(0, |(_, count)| *count));
        }
        out.gauge("hotfixd_blobs", "Files of hotfixes that are kept.");
        out.sample(&[], totals.blobs);
        out.gauge("hotfixd_blob_bytes", "Bytes of the files of hotfixes that are kept.");
        out.sample(&[], totals.blob_bytes);
    }
    if let Some(bytes) = free_bytes(&app.config.store.data) {
        out.gauge("hotfixd_data_free_bytes", "Bytes that may still be written to the data folder.");
        out.sample(&[], bytes);
    }
}
