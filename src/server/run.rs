//! Starting, serving and ending.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use actix_web::http::KeepAlive;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{HttpServer, rt};

use super::api::assess::Answers;
use super::config::Config;
use super::listen::listen;
use super::middleware::around;
use super::pages::{PageError, Renderer};
use super::past::Pasts;
use super::routes::routes;
use super::state::{App, Listings};
use crate::durable::{self, Access};
use crate::release::{OnlineKeys, ReleaseError, Releases, SigningLock, is_founded};
use crate::store::{Store, StoreError};

/// How often it is looked whether something has to be signed anew.
const TICK: Duration = Duration::from_secs(30);
/// How often it is looked whether the database is back, where it went away during a change.
const SETTLE: Duration = Duration::from_secs(1);
/// How long an ending connection is waited for.
const DISCONNECT: Duration = Duration::from_secs(5);

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Nothing was ever published in this data folder.
    #[error(
        "{data} holds no root of trust: nothing was ever published from it\n  \
         To look around, run `hotfixd demo`: it makes development keys and loads the samples.\n  \
         To serve what was published elsewhere, give its data folder with --data and its online keys with --keys."
    )]
    NotFounded {
        /// The data folder.
        data: PathBuf,
    },
    /// The release room's.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key, a token or the address could not be kept.
    #[error(transparent)]
    File(#[from] crate::durable::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}\n  Choose another with --listen, or stop what uses it.")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The templates are wrong.
    #[error(transparent)]
    Pages(#[from] PageError),
    /// Anything else that the system refused.
    #[error("{0}")]
    System(String),
    /// The samples or development keys.
    #[error("{0}")]
    Demo(String),
}

/// Serves what was published, until it is told to end.
///
/// # Errors
/// A data folder without a root of trust; keys, files or an address that cannot be used.
pub fn serve(config: Config) -> Result<(), ServeError> {
    let (lock, store) = open(&config)?;
    if !is_founded(&store)? {
        return Err(ServeError::NotFounded { data: config.store.data });
    }
    let folder = config.keys.clone().unwrap_or_else(|| PathBuf::from("keys"));
    let keys = OnlineKeys::load(&folder).map_err(ReleaseError::from)?;
    let releases = Releases::open(Arc::clone(&store), lock, keys, config.clock.now())?;
    let app = app(config, releases, store)?;
    run(app, resign, |_| ())
}

/// Takes the data folder.
pub(super) fn open(config: &Config) -> Result<(SigningLock, Arc<Store>), ServeError> {
    let lock = SigningLock::acquire(&config.store.data)?;
    // Of the run before; scripts wait for this run's.
    let _ = std::fs::remove_file(config.store.data.join("listen"));
    Ok((lock, Arc::new(Store::open(config.store.clone())?)))
}

pub(super) fn app(config: Config, releases: Releases, store: Arc<Store>) -> Result<Data<App>, ServeError> {
    let mut run = [0; 4];
    getrandom::fill(&mut run).map_err(|error| ServeError::System(format!("no random bytes: {error}")))?;
    let answers_bytes = config.limits.assess_cache_bytes;
    Ok(Data::new(App {
        config,
        releases: Arc::new(releases),
        store,
        listings: Listings::default(),
        answers: Answers::new(answers_bytes),
        pasts: Pasts::default(),
        pages: Renderer::new()?,
        run: u32::from_be_bytes(run),
        requests: AtomicU64::new(0),
    }))
}

/// Signs anew what is due; what fails is tried again at the next tick, and meanwhile served as it is.
pub(super) fn resign(app: &App) {
    match app.releases.resign_if_due(app.now()) {
        Ok(true) => tracing::debug!("signed anew"),
        Ok(false) => {}
        Err(error) => tracing::error!("cannot sign anew: {error}"),
    }
}

/// Serves until SIGTERM or SIGINT. `tick` runs every now and then; `ready` once, with the address.
pub(super) fn run(
    app: Data<App>,
    tick: impl Fn(&App) + Send + Sync + 'static,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let limits = app.config.limits.clone();
    let address = app.config.listen;
    rt::System::new().block_on(async move {
        let served = app.clone();
        let mut server = HttpServer::new(move || {
            actix_web::App::new().app_data(served.clone()).wrap(from_fn(around)).configure(routes)
        })
        .client_request_timeout(limits.head)
        .client_disconnect_timeout(DISCONNECT)
        .keep_alive(KeepAlive::Timeout(limits.keep_alive))
        .max_connections(limits.connections)
        .shutdown_timeout(limits.shutdown.as_secs());
        if let Some(workers) = app.config.workers {
            server = server.workers(workers);
        }
        let refused = |error| ServeError::Listen { address, error };
        let listener = listen(address, limits.body).map_err(refused)?;
        let server = server.listen(listener).map_err(refused)?;
        let bound = server.addrs().first().copied().unwrap_or(address);
        let server = server.run();
        let text = format!("http://{bound}\n");
        durable::write(&app.config.store.data.join("listen"), text.as_bytes(), Access::Owner)?;
        eprintln!("hotfixd: listening on http://{bound}");
        ready(bound);
        // Only now, so that nobody waits for them.
        let packs = Arc::clone(app.releases.packs());
        let named = std::thread::Builder::new().name("packs".to_owned());
        named.spawn(move || packs.run()).map_err(|error| ServeError::System(error.to_string()))?;
        rt::spawn(ticking(app, tick));
        server.await.map_err(|error| ServeError::System(error.to_string()))
    })
}

async fn ticking(app: Data<App>, tick: impl Fn(&App) + Send + Sync + 'static) {
    let tick = Arc::new(tick);
    let mut next = Instant::now() + TICK;
    loop {
        rt::time::sleep(SETTLE).await;
        if app.releases.is_unsettled() {
            let app = app.clone();
            let _ = web::block(move || settle(&app)).await;
        }
        if Instant::now() >= next {
            next = Instant::now() + TICK;
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

/// Asks a running service whether it is ready: for container images without curl.
///
/// # Errors
/// In words, why it is not.
pub fn healthcheck(address: SocketAddr) -> Result<(), String> {
    let patience = Duration::from_secs(5);
    let failed = |error: io::Error| format!("{address}: {error}");
    let mut stream = TcpStream::connect_timeout(&address, patience).map_err(failed)?;
    stream.set_read_timeout(Some(patience)).map_err(failed)?;
    let request = format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut answer = String::new();
    stream.take(65_536).read_to_string(&mut answer).map_err(failed)?;
    match answer.lines().next() {
        Some(status) if status.starts_with("HTTP/1.1 200 ") => Ok(()),
        Some(status) => Err(format!("{address}: {status}")),
        None => Err(format!("{address}: no answer")),
    }
}
