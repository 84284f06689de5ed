//! What the service does by itself, now and then: it signs anew what is due, sees whether the store is back, and
//! tells of what no request is told of.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::rt;
use actix_web::web::{self, Data};
use jiff::{SignedDuration, Timestamp};

use super::metrics::Told;
use super::problem::Problem;
use super::state::App;
use crate::durable::{self, Access};
use crate::release::ReleaseError;
use crate::store::StoreError;

/// How often it is looked whether something has to be signed anew.
const TICK: Duration = Duration::from_secs(30);
/// How often it is looked whether the store is back, while it fails or went away during a change.
const RETRY: Duration = Duration::from_secs(1);
/// A clock that moves so much between two looks is told of.
const JUMP: SignedDuration = SignedDuration::from_mins(1);

/// Looks after all of it, for ever.
pub(super) async fn ticking(app: Data<App>, tick: impl Fn(&App) + Send + Sync + 'static) {
    let tick = Arc::new(tick);
    let mut told = Told::new(app.now());
    let mut last = (Instant::now(), app.now());
    loop {
        rt::time::sleep(RETRY).await;
        if app.releases.is_unsettled() {
            let app = app.clone();
            let _ = web::block(move || settle(&app)).await;
        }
        if app.watch.failing().is_some() {
            let app = app.clone();
            let _ = web::block(move || retry(&app)).await;
        }
        if last.0.elapsed() >= TICK {
            last = look_at_clock(last, (Instant::now(), app.now()));
            told.tell(&app.metrics, app.now());
            let (app, tick) = (app.clone(), Arc::clone(&tick));
            let _ = web::block(move || tick(&app)).await;
        }
    }
}

fn settle(app: &App) {
    match app.releases.settle() {
        Ok(()) => tracing::info!("what is stored is served again"),
        Err(error) => tracing::debug!("what is stored is not known yet: {error}"),
    }
}

/// Signs anew what is due; what fails is tried again at the next tick, and meanwhile served as it is.
pub(super) fn resign(app: &App) {
    match app.releases.resign_if_due(app.now()) {
        Ok(true) => {
            tracing::debug!("signed anew");
            app.watch.worked(app.now());
        }
        Ok(false) => {}
        Err(error) => failed(app, error),
    }
}

fn failed(app: &App, error: ReleaseError) {
    let text = error.to_string();
    let code = Problem::from(error).code;
    if code.is_outage() {
        app.watch.failed(code, &text, app.now());
    } else {
        tracing::error!(code = code.word(), reason = text, "cannot sign anew");
    }
}

/// While the store fails: does what it has to be able to do, so that its healing is noticed though nobody hands
/// anything in.
fn retry(app: &App) {
    let probe = app.config.store.data.join(".probe");
    let written = durable::write(&probe, &[0; 4_096], Access::Owner).and_then(|()| durable::remove(&probe));
    let written = written.map_err(StoreError::from);
    // No version is taken for what cannot be written.
    let read = written.and_then(|()| app.store.read(|tx| tx.newest_version("timestamp").map(drop)));
    match read.map_err(ReleaseError::from).and_then(|()| app.releases.resign_timestamp(app.now())) {
        Ok(()) => app.watch.worked(app.now()),
        Err(error) => failed(app, error),
    }
}

/// Tells of a clock that went otherwise than time did.
fn look_at_clock(before: (Instant, Timestamp), now: (Instant, Timestamp)) -> (Instant, Timestamp) {
    let passed = SignedDuration::try_from(now.0 - before.0).unwrap_or_default();
    let moved = now.1.duration_since(before.1) - passed;
    if moved.abs() > JUMP {
        tracing::warn!(seconds = moved.as_secs(), "the clock was moved, or the machine slept");
    }
    now
}
