//! Starting, serving and ending.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::KeepAlive;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{HttpServer, rt};
use arc_swap::ArcSwapOption;

use super::api::assess::Answers;
use super::config::{Config, MetricsAccess};
use super::kept::{Cache, MetadataFiles};
use super::listen::listen;
use super::metrics::{Metrics, Watch};
use super::middleware::around;
use super::pages::{PageError, Renderer};
use super::past::Pasts;
use super::request_id::RequestIds;
use super::routes::routes;
use super::state::{App, Listings};
use super::upkeep::{resign, ticking};
use crate::durable::{self, Access};
use crate::release::{OnlineKeys, ReleaseError, Releases, SigningLock, is_founded};
use crate::store::{HighWaterMark, Store, StoreError};

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
    let mark = HighWaterMark::open(&folder)?;
    let releases = Releases::open(Arc::clone(&store), lock, keys, mark, config.clock.now())?;
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
    let answers_bytes = config.limits.assess_cache_bytes;
    let cache_bytes = config.limits.page_cache_bytes;
    let mut key = [0; 8];
    getrandom::fill(&mut key).map_err(|error| ServeError::System(format!("no random bytes: {error}")))?;
    let started = config.clock.now();
    Ok(Data::new(App {
        config,
        releases: Arc::new(releases),
        store,
        listings: Listings::default(),
        answers: Answers::new(answers_bytes),
        pasts: Pasts::default(),
        metadata_files: MetadataFiles::default(),
        cache: Cache::new(cache_bytes),
        pages: Renderer::new()?,
        metrics: Arc::new(Metrics::default()),
        metrics_address: ArcSwapOption::empty(),
        watch: Watch::default(),
        request_ids: RequestIds::new(u64::from_be_bytes(key)),
        started,
    }))
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
        let (served, connected) = (app.clone(), Arc::clone(&app.metrics));
        let mut server = HttpServer::new(move || {
            // In a box, so that a connection that waits holds no room for the largest of requests.
            let around = from_fn(|request, next| Box::pin(around(request, next)));
            actix_web::App::new().app_data(served.clone()).wrap(around).configure(routes)
        })
        .on_connect(move |connection, data| {
            let stream = connection.downcast_ref::<rt::net::TcpStream>();
            data.insert(connected.connected(stream.and_then(|stream| stream.local_addr().ok())));
        })
        .tcp_nodelay(true)
        .client_request_timeout(limits.head)
        .client_disconnect_timeout(DISCONNECT)
        .keep_alive(KeepAlive::Timeout(limits.keep_alive))
        .max_connections(limits.connections)
        .shutdown_timeout(limits.shutdown.as_secs());
        if let Some(workers) = app.config.workers {
            server = server.workers(workers);
        }
        let bind = |address| {
            let refused = |error| ServeError::Listen { address, error };
            let listener = listen(address, limits.body).map_err(refused)?;
            let bound = listener.local_addr().map_err(refused)?;
            Ok::<_, ServeError>((listener, bound))
        };
        let (listener, bound) = bind(address)?;
        let refused = |error| ServeError::Listen { address, error };
        let mut server = server.listen(listener).map_err(refused)?;
        if let MetricsAccess::Own(own) = app.config.metrics {
            let (listener, bound) = bind(own)?;
            app.metrics_address.store(Some(Arc::new(bound)));
            server = server.listen(listener).map_err(refused)?;
            tracing::info!(address = %bound, "metrics are listened for");
        }
        let server = server.run();
        eprintln!("hotfixd: listening on http://{bound}");
        let version = app.served().snapshot.version("timestamp").unwrap_or_default();
        tracing::info!(address = %bound, version = env!("CARGO_PKG_VERSION"), timestamp = version, "ready");
        ready(bound);
        let text = format!("http://{bound}\n");
        durable::write(&app.config.store.data.join("listen"), text.as_bytes(), Access::Owner)?;
        // Only now, so that nobody waits for them.
        let packs = Arc::clone(app.releases.packs());
        let named = std::thread::Builder::new().name("packs".to_owned());
        named.spawn(move || packs.run()).map_err(|error| ServeError::System(error.to_string()))?;
        rt::spawn(ticking(app, tick));
        server.await.map_err(|error| ServeError::System(error.to_string()))?;
        tracing::info!("ended");
        Ok(())
    })
}
