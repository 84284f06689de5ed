//! The packs and deltas of the served state, made beside it: a release neither waits for them nor fails for
//! them, and a host that asks too early takes the slower way.
//!
//! They are kept in memory only. After a restart they are made again, in less time than it takes to be sure
//! of what a file on the disk holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use super::state::ServedState;
use crate::repository::pack;
use crate::trust::Digest;

/// For how many versions of the snapshot a file stays after it was last wanted.
const KEPT_SNAPSHOTS: u64 = 1;

/// A pack or delta.
#[derive(Debug, Clone)]
pub struct Packed {
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// Their SHA-256.
    pub sha256: Digest,
    last: u64,
}

/// The packs and deltas, and what the next of them are made of.
#[derive(Debug, Default)]
pub struct Packs {
    made: ArcSwap<BTreeMap<String, Packed>>,
    next: Mutex<Next>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct Next {
    state: Option<Arc<ServedState>>,
    closed: bool,
}

impl Packs {
    /// A file, by its path below the repository.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Packed> {
        self.made.load().get(path).cloned()
    }

    /// Makes what belongs to each state that is offered, until there will be no more. One that is offered
    /// while another is worked on takes its place.
    pub fn run(&self) {
        // What cannot be packed, so that it is not tried again and again.
        let mut hopeless = BTreeSet::new();
        let mut done = None;
        while let Some(state) = self.wait() {
            // A new timestamp changes nothing else.
            let version = state.snapshot.version("snapshot");
            if done != version && self.make(&state, &mut hopeless) {
                done = version;
            }
        }
    }

    /// The next state to make packs of.
    pub(super) fn offer(&self, state: Arc<ServedState>) {
        self.next().state = Some(state);
        self.bell.notify_one();
    }

    /// Ends [`Packs::run`].
    pub(super) fn close(&self) {
        self.next().closed = true;
        self.bell.notify_one();
    }

    fn next(&self) -> MutexGuard<'_, Next> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self) -> Option<Arc<ServedState>> {
        let next = self.next();
        let mut next = self
            .bell
            .wait_while(next, |next| next.state.is_none() && !next.closed)
            .unwrap_or_else(PoisonError::into_inner);
        if next.closed { None } else { next.state.take() }
    }

    /// Says whether everything was made, before there was something newer to do.
    fn make(&self, state: &ServedState, hopeless: &mut BTreeSet<String>) -> bool {
        let snapshot = &state.snapshot;
        let version = snapshot.version("snapshot").unwrap_or_default();
        let wanted = pack::listed(snapshot);
        let mut made = BTreeMap::clone(&self.made.load());
        made.retain(|_, packed| packed.last + KEPT_SNAPSHOTS >= version);
        hopeless.retain(|path| wanted.iter().any(|listed| listed.path() == *path));
        for listed in wanted {
            let path = listed.path();
            if let Some(packed) = made.get_mut(&path) {
                packed.last = version;
                continue;
            }
            let next = self.next();
            if next.closed || next.state.is_some() {
                return false;
            }
            drop(next);
            if hopeless.contains(&path) {
                continue;
            }
            match listed.make(snapshot) {
                Ok(None) => {}
                Ok(Some(bytes)) => {
                    tracing::debug!(bytes = bytes.len(), "made {path}");
                    let sha256 = Digest::of(&bytes);
                    made.insert(path, Packed { bytes: Arc::from(bytes), sha256, last: version });
                    self.made.store(Arc::new(made.clone()));
                }
                Err(error) => {
                    tracing::warn!("cannot make {path}, so hosts take the slower way: {error}");
                    hopeless.insert(path);
                }
            }
        }
        self.made.store(Arc::new(made));
        true
    }
}
