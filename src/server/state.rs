//! What every handler is given.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

use super::config::Config;
use super::pages::Renderer;
use super::problem::Problem;
use crate::model::{Catalogue, Id};
use crate::release::{Releases, ServedState};
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
    /// The templates.
    pub pages: Renderer,
    /// What request ids begin with, so that those of two runs differ.
    pub run: u32,
    /// How many requests there were.
    pub requests: AtomicU64,
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

    /// The next request's id.
    #[must_use]
    pub fn request_id(&self) -> String {
        format!("{:08x}-{:x}", self.run, self.requests.fetch_add(1, Ordering::Relaxed))
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
