//! The signed files of the served state, ready to be sent.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::web::Bytes;
use arc_swap::ArcSwap;

use super::Kept;
use crate::release::ServedState;
use crate::server::respond::{IMMUTABLE, REVALIDATE};
use crate::trust::Digest;

/// The files below the metadata folder. They are made ready when one is first asked for after a release; those that
/// stayed the same are taken over.
#[derive(Debug, Default)]
pub struct MetadataFiles {
    made: ArcSwap<Made>,
}

#[derive(Debug, Default)]
struct Made {
    state: Weak<ServedState>,
    files: HashMap<String, File>,
}

#[derive(Debug, Clone)]
struct File {
    bytes: Arc<[u8]>,
    kept: Arc<Kept>,
}

impl MetadataFiles {
    /// A file of a state.
    pub(in crate::server) fn get(&self, state: &Arc<ServedState>, name: &str) -> Option<Arc<Kept>> {
        let made = self.made.load();
        if std::ptr::eq(made.state.as_ptr(), Arc::as_ptr(state)) {
            return made.files.get(name).map(|file| Arc::clone(&file.kept));
        }
        let next = Arc::new(Made::next(&made, state));
        self.made.store(Arc::clone(&next));
        next.files.get(name).map(|file| Arc::clone(&file.kept))
    }
}

impl Made {
    fn next(before: &Self, state: &Arc<ServedState>) -> Self {
        let file = |(name, bytes, immutable): (String, &Arc<[u8]>, bool)| {
            let same = before.files.get(&name).filter(|file| Arc::ptr_eq(&file.bytes, bytes));
            let file = same.cloned().or_else(|| File::new(bytes, immutable))?;
            Some((name, file))
        };
        let files = state.snapshot.metadata_files().filter_map(file).collect();
        Self { state: Arc::downgrade(state), files }
    }
}

impl File {
    fn new(bytes: &Arc<[u8]>, immutable: bool) -> Option<Self> {
        // The name of a file with its version says which bytes it has, but only within this repository.
        let digest = Digest::of(bytes).to_string();
        let cache = if immutable { IMMUTABLE } else { REVALIDATE };
        let etag = HeaderValue::try_from(format!("\"{}\"", digest.get(..32)?)).ok()?;
        let mut headers = HeaderMap::with_capacity(3);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        headers.insert(header::ETAG, etag);
        let kept = Kept::new(Bytes::from_owner(Arc::clone(bytes)), headers)?;
        Some(Self { bytes: Arc::clone(bytes), kept: Arc::new(kept) })
    }
}
