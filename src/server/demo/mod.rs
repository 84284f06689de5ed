//! `hotfixd demo`: a service to look at, with development keys and the samples. It holds every key, so it can
//! found the repository, publish the samples and sign anew what nears its end. `serve` never does.
//!
//! Killed at any point, the next start carries on: each key is whole or not there, the repository is founded
//! in one transaction, and the samples go the way of every submission.

mod founding;
mod keys;
mod renew;
mod samples;
mod token;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::config::Config;
use super::run::{self, ServeError};
use crate::release::{ReleaseError, Releases, bootstrap, is_founded};
use keys::DevelopmentKeys;

/// Founds the repository where there is none, loads the samples that are missing, and serves.
///
/// # Errors
/// Keys, files or an address that cannot be used.
pub fn demo(config: Config) -> Result<(), ServeError> {
    let (lock, store) = run::open(&config)?;
    let folder = config.keys.clone().unwrap_or_else(|| PathBuf::from("keys/dev"));
    let keys = DevelopmentKeys::ensure(&folder)?;
    let now = config.clock.now();
    if !is_founded(&store)? {
        bootstrap(&store, &lock, &keys.online(), founding::founding(&keys, now)?, now)?;
    }
    let env = config.store.data.join("first-run.env");
    token::ensure(&store, &env, now)?;
    let releases = Releases::open(Arc::clone(&store), lock, keys.online(), now)
        .map_err(|error| with_remedy(error, &folder, &config.store.data))?;
    samples::publish(&releases, &keys, now)?;
    let app = run::app(config, releases, store)?;
    renew::renew(&app.releases, &keys, now)?;
    let tick = move |app: &super::state::App| {
        run::resign(app);
        if let Err(error) = renew::renew(&app.releases, &keys, app.now()) {
            tracing::error!("cannot sign the samples anew: {error}");
        }
    };
    run::run(app, tick, move |address| banner(address, &folder, &env))
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

/// Where to look and how to publish.
fn banner(address: SocketAddr, keys: &Path, env: &Path) {
    let (keys, env) = (keys.display(), env.display());
    eprintln!(
        "\n\
         This is sample data, signed with development keys ({keys}): not for production.\n\
         \n\
         Look      http://{address}/\n          \
                   http://{address}/advisories/XS65-TRIM\n          \
                   http://{address}/check\n\
         Poll      hotfix init --server http://{address}\n          \
                   hotfix check --inventory INVENTORY.json\n\
         Publish   export HOTFIX_SERVER=http://{address} $(cat {env})\n          \
                   hotfix new hotfix XS65E099 --product xenserver --release 6.5\n          \
                   hotfix sign XS65E099.toml --key {keys}/publisher-xenserver.pem -o submission.json\n          \
                   hotfix submit submission.json\n          \
                   hotfix release ID\n\
         \n\
         Ctrl-C ends it; the data stays."
    );
}
