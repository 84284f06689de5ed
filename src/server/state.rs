//! What every handler is given.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use jiff::Timestamp;

use super::api::assess::Answers;
use super::config::Config;
use super::kept::{Cache, MetadataFiles};
use super::listing::{Index, ProductIndex};
use super::metrics::{Metrics, Watch};
use super::pages::Renderer;
use super::past::Pasts;
use super::problem::Problem;
use super::request_id::RequestIds;
use crate::model::{Catalogue, Id};
use crate::release::{Releases, ServedState};
use crate::repository::Published;
use crate::store::Store;

/// The service.
#[derive(Debug)]
pub struct App {
    /// The configuration.
    pub config: Config,
    /// Submissions, releases and the served state.
    pub releases: Arc<Releases>,
    /// The store, for what is not in the served state.
    pub store: Arc<Store>,
    /// What lists need of the served state.
    pub listings: Listings,
    /// Answers that were given, for inventories that are sent again.
    pub answers: Answers,
    /// The catalogues of earlier days that were asked for.
    pub pasts: Pasts,
    /// The signed files, ready to be sent.
    pub metadata_files: MetadataFiles,
    /// Pages, lists and feeds that were written for somebody.
    pub cache: Cache,
    /// The templates.
    pub pages: Renderer,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Where metrics are listened for, where that is an address of their own.
    pub metrics_address: ArcSwapOption<SocketAddr>,
    /// Whether the store does what it is asked.
    pub watch: Watch,
    /// The ids of requests.
    pub request_ids: RequestIds,
    /// When the service was started.
    pub started: Timestamp,
}

impl App {
    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.config.clock.now()
    }

    /// What is served now.
    #[must_use]
    pub fn served(&self) -> Arc<ServedState> {
        self.releases.served()
    }

    /// What lists need of what is served now.
    #[must_use]
    pub fn index(&self) -> Arc<Index> {
        self.listings.of(&self.served())
    }
}

/// What lists need of the served state, made when it is first asked for after a release, and then only for
/// the products that changed.
#[derive(Debug, Default)]
pub struct Listings {
    made: Mutex<Made>,
}

#[derive(Debug, Default)]
struct Made {
    products: Vec<(Arc<Published>, Arc<ProductIndex>)>,
    index: Arc<Index>,
}

impl Listings {
    fn of(&self, state: &ServedState) -> Arc<Index> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let products = state.snapshot.products();
        let same = made.products.len() == products.len()
            && made.products.iter().zip(products.values()).all(|((made, _), now)| Arc::ptr_eq(made, now));
        if !same {
            let product = |published: &Arc<Published>| {
                let kept = made.products.iter().find(|(made, _)| Arc::ptr_eq(made, published));
                let index = match kept {
                    Some((_, index)) => Arc::clone(index),
                    None => Arc::new(ProductIndex::of(&published.loaded.catalogue, |path| {
                        state.released.get(path).copied()
                    })),
                };
                (Arc::clone(published), index)
            };
            let products: Vec<_> = products.values().map(product).collect();
            let index = Index::new(products.iter().map(|(_, index)| Arc::clone(index)).collect());
            *made = Made { products, index: Arc::new(index) };
        }
        Arc::clone(&made.index)
    }
}

/// The catalogue of a product.
pub(super) fn catalogue<'s>(state: &'s ServedState, product: &str) -> Result<&'s Catalogue, Problem> {
    let published = Id::new(product).and_then(|id| state.snapshot.products().get(&id));
    match published {
        Some(published) => Ok(&published.loaded.catalogue),
        None => Err(Problem::not_found(format_args!("product {}", shown(product)))),
    }
}

/// A text from outside as a message shows it.
pub(super) fn shown(text: &str) -> String {
    let mut out: String = text.chars().take(80).collect::<String>().escape_debug().collect();
    if text.chars().nth(80).is_some() {
        out.push('…');
    }
    out
}
