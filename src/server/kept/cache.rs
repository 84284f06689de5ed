//! Answers that were written for somebody, kept for who asks the same of the same state.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use actix_web::HttpRequest;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, StatusCode};

use super::Kept;
use crate::release::ServedState;
use crate::server::metrics::Route;
use crate::server::state::App;

/// The longest address that is kept, in bytes.
const LONGEST: usize = 512;
/// What an entry takes beside its bytes.
const OVERHEAD: usize = 512;

/// A cache in two halves: the newer one is filled, then takes the place of the older, which is forgotten.
#[derive(Debug)]
pub struct Cache {
    /// The most bytes that a half may take.
    half: usize,
    held: RwLock<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// What all of it was written from.
    state: Weak<ServedState>,
    newer: HashMap<Box<str>, Arc<Entry>>,
    older: HashMap<Box<str>, Arc<Entry>>,
    newer_bytes: usize,
}

/// An answer.
#[derive(Debug)]
pub(in crate::server) struct Entry {
    pub(in crate::server) kept: Arc<Kept>,
    pub(in crate::server) route: Route,
    /// The minute of which it is: pages say how long ago something was.
    minute: Option<i64>,
}

/// What the cache knows of a request.
pub(in crate::server) enum Look {
    /// Nothing, and it is not to be told.
    No,
    /// The answer.
    Hit(Arc<Entry>),
    /// Nothing yet.
    Miss(Asked),
}

/// What was asked, for when its answer is there.
pub(in crate::server) struct Asked {
    address: Box<str>,
    state: Arc<ServedState>,
    minute: i64,
    tags: Vec<HeaderValue>,
}

impl Cache {
    /// An empty one, of so many bytes; with none it keeps nothing.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self { half: bytes / 2, held: RwLock::default() }
    }

    /// Looks for the answer to a request. One that is not there will be written whole, so that it can be kept:
    /// what the client has is taken out of the request until then.
    pub(in crate::server) fn look(&self, app: &App, request: &mut ServiceRequest) -> Look {
        if self.half == 0 || !may_be_kept(request) {
            return Look::No;
        }
        let Some(address) = request.uri().path_and_query().map(PathAndQuery::as_str) else {
            return Look::No;
        };
        let (state, minute) = (app.served(), minute(app));
        if let Some(entry) = self.find(&state, address, minute) {
            return Look::Hit(entry);
        }
        let address = Box::from(address);
        let tags = request.headers_mut().remove(header::IF_NONE_MATCH).collect();
        Look::Miss(Asked { address, state, minute, tags })
    }

    fn find(&self, state: &Arc<ServedState>, address: &str, minute: i64) -> Option<Arc<Entry>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        if !std::ptr::eq(held.state.as_ptr(), Arc::as_ptr(state)) {
            return None;
        }
        let entry = held.newer.get(address).or_else(|| held.older.get(address))?;
        entry.minute.is_none_or(|of| of == minute).then(|| Arc::clone(entry))
    }

    /// Keeps the answer that a handler wrote, where it may be, and gives it as it was asked for.
    pub(in crate::server) async fn keep(
        &self,
        app: &App,
        asked: Asked,
        response: ServiceResponse,
    ) -> ServiceResponse {
        let control =
            response.headers().get(header::CACHE_CONTROL).map_or(&b""[..], |control| control.as_bytes());
        let fits = response.status() == StatusCode::OK
            && response.headers().contains_key(header::ETAG)
            && control.ends_with(b"no-cache") | control.ends_with(b"immutable");
        if !fits {
            return response;
        }
        let (request, response) = response.into_parts();
        let (mut head, body) = response.into_parts();
        let bytes = match actix_web::body::MessageBody::try_into_bytes(body) {
            Ok(bytes) => bytes,
            Err(body) => return ServiceResponse::new(request, head.set_body(body)),
        };
        let page = head
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|media| media.as_bytes().starts_with(b"text/html"));
        let headers = std::mem::replace(head.headers_mut(), HeaderMap::new());
        let Some(kept) = Kept::new(bytes.clone(), headers.clone()) else {
            *head.headers_mut() = headers;
            return ServiceResponse::new(request, head.set_body(actix_web::body::BoxBody::new(bytes)));
        };
        let kept = Arc::new(kept);
        let entry = Entry {
            kept: Arc::clone(&kept),
            route: Route::in_request(&request),
            minute: page.then_some(asked.minute),
        };
        // What was written while the state was swapped may be of either.
        if Arc::ptr_eq(&asked.state, &app.served()) && self.put(&asked, entry) {
            kept.prepare(request.headers()).await;
        }
        let answer = kept.answer(request.headers(), &asked.tags);
        ServiceResponse::new(request, answer)
    }

    /// Whether there was room for it.
    fn put(&self, asked: &Asked, entry: Entry) -> bool {
        // Its compressed form is never longer than it is itself.
        let bytes = entry.kept.len() * 2 + asked.address.len() + OVERHEAD;
        if bytes > self.half / 4 {
            return false;
        }
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if !std::ptr::eq(held.state.as_ptr(), Arc::as_ptr(&asked.state)) {
            *held = Held { state: Arc::downgrade(&asked.state), ..Held::default() };
        }
        if held.newer_bytes + bytes > self.half {
            held.older = std::mem::take(&mut held.newer);
            held.newer_bytes = 0;
        }
        held.newer_bytes += bytes;
        held.newer.insert(asked.address.clone(), Arc::new(entry));
        true
    }
}

/// Pages, lists, feeds and the like: what is the same for everybody. What hosts poll is ready anyway.
fn may_be_kept(request: &ServiceRequest) -> bool {
    let (uri, headers) = (request.uri(), request.headers());
    let path = uri.path();
    if path.starts_with("/tuf/") || path.starts_with("/health/") {
        return false;
    }
    let private = headers.contains_key(header::AUTHORIZATION) || headers.contains_key(header::COOKIE);
    let long = path.len() + uri.query().map_or(0, str::len) > LONGEST;
    // Nothing of an inventory is kept.
    let own = path.starts_with("/check") && uri.query().is_some();
    let plain = *request.method() == Method::GET || *request.method() == Method::HEAD;
    plain && !private && !long && !own
}

fn minute(app: &App) -> i64 {
    app.now().as_second().div_euclid(60)
}

impl Route {
    /// Where a request went.
    pub(in crate::server) fn in_request(request: &HttpRequest) -> Self {
        request.app_data::<Self>().copied().unwrap_or_else(Self::unmatched)
    }
}
