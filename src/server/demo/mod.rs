//! `hotfixd demo`: a service to look at, with development keys and the samples. It holds every key, so it can
//! found the repository, publish the samples and sign anew what nears its end. `serve` never does.
//!
//! Killed at any point, the next start carries on: each key is whole or not there, the repository is founded
//! in one transaction, and the samples go the way of every submission.

mod banner;
mod founding;
mod keys;
mod publish;
mod renew;
mod samples;
mod token;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::config::Config;
use super::run::{self, ServeError};
use super::state::App;
use super::upkeep;
use crate::release::{ReleaseError, Releases, bootstrap, is_founded};
use crate::store::HighWaterMark;
use keys::DevelopmentKeys;
use publish::Publisher;
use samples::Sample;

/// Founds the repository where there is none, loads the samples that are missing, and serves.
///
/// # Errors
/// Keys, files or an address that cannot be used.
pub fn demo(config: Config) -> Result<(), ServeError> {
    let (lock, store) = run::open(&config)?;
    let folder = config.keys.clone().unwrap_or_else(|| PathBuf::from("keys/dev"));
    let samples = samples::of(config.samples);
    let keys = DevelopmentKeys::ensure(&folder, samples)?;
    let mut mark = HighWaterMark::open(&folder)?;
    let now = config.clock.now();
    if !is_founded(&store)? {
        let founding = founding::founding(&keys, mark.version("targets").saturating_add(1), now)?;
        bootstrap(&store, &lock, &keys.online(), &mut mark, founding, now)?;
    }
    let env = config.store.data.join("first-run.env");
    token::ensure(&store, &env, now)?;
    let releases = Releases::open(Arc::clone(&store), lock, keys.online(), mark, now)
        .map_err(|error| with_remedy(error, &folder, &config.store.data))?;
    founding::delegate_missing(&releases, &keys, now)?;
    Publisher { releases: &releases, store: &store, keys: &keys, now }.publish(samples)?;
    let app = run::app(config, releases, store)?;
    let waiting = keep(&app, &keys, samples)?;
    let tick = move |app: &App| {
        upkeep::resign(app);
        if let Err(error) = keep(app, &keys, samples) {
            tracing::error!("cannot sign the samples anew: {error}");
        }
    };
    let ready = |address| eprintln!("{}", banner::text(address, &folder, &env, waiting.as_deref()));
    run::run(app, tick, ready)
}

/// Signs anew what nears its end. That supersedes what waits for a signature, which is then handed in again: its
/// id is answered.
fn keep(app: &App, keys: &DevelopmentKeys, samples: &[Sample]) -> Result<Option<String>, ServeError> {
    let publisher = Publisher { releases: &app.releases, store: &app.store, keys, now: app.now() };
    renew::renew(&publisher)?;
    publisher.leave_waiting(samples)
}

fn with_remedy(error: ReleaseError, keys: &Path, data: &Path) -> ServeError {
    match error {
        ReleaseError::Untrusted { .. } => ServeError::Demo(format!(
            "{error}\n  {} was founded with other keys than those in {}: put these back with --keys, or move \
             both folders away to begin anew.",
            data.display(),
            keys.display()
        )),
        error => error.into(),
    }
}
