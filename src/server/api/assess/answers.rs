//! Answers that were given already, for inventories that are sent again: a thousand equal hosts are judged once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use actix_web::web::Bytes;
use jiff::Timestamp;

use crate::release::ServedState;

/// A bounded memory of answers. It has two halves: where the younger is full it becomes the older, which is
/// dropped; what is asked for again moves to the younger.
#[derive(Debug)]
pub struct Answers {
    limit_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Whose answers they are.
    state: Weak<ServedState>,
    young: HashMap<Key, Answer>,
    old: HashMap<Key, Answer>,
    young_bytes: usize,
}

/// The query, a zero byte (which no address has), and the inventory as it was sent.
type Key = Bytes;

#[derive(Debug, Clone)]
struct Answer {
    bytes: Bytes,
    until: Timestamp,
}

impl Answers {
    /// A memory of at most so many bytes, inventories included.
    #[must_use]
    pub fn new(limit_bytes: usize) -> Self {
        Self { limit_bytes, kept: Mutex::default() }
    }

    /// The answer that was given to the same question of the same state, while it holds.
    pub(super) fn get(
        &self,
        state: &Arc<ServedState>,
        query: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Option<Bytes> {
        let key = key(query, body);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.state.as_ptr() != Arc::as_ptr(state) {
            return None;
        }
        if let Some(answer) = kept.young.get(&key) {
            return (answer.until > now).then(|| answer.bytes.clone());
        }
        let answer = kept.old.remove(&key)?;
        let bytes = (answer.until > now).then(|| answer.bytes.clone())?;
        self.keep(&mut kept, key, answer);
        Some(bytes)
    }

    /// Keeps an answer.
    pub(super) fn put(
        &self,
        state: &Arc<ServedState>,
        query: &str,
        body: &[u8],
        bytes: Bytes,
        until: Timestamp,
    ) {
        if size(body.len(), &bytes) > self.limit_bytes / 8 {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.state.as_ptr() != Arc::as_ptr(state) {
            *kept = Kept { state: Arc::downgrade(state), ..Kept::default() };
        }
        self.keep(&mut kept, key(query, body), Answer { bytes, until });
    }

    fn keep(&self, kept: &mut Kept, key: Key, answer: Answer) {
        let bytes = size(key.len(), &answer.bytes);
        if kept.young_bytes + bytes > self.limit_bytes / 2 {
            kept.old = std::mem::take(&mut kept.young);
            kept.young_bytes = 0;
        }
        kept.young_bytes += bytes;
        let length = key.len();
        if let Some(before) = kept.young.insert(key, answer) {
            kept.young_bytes = kept.young_bytes.saturating_sub(size(length, &before.bytes));
        }
    }
}

/// What an answer takes, about.
fn size(key_bytes: usize, answer: &[u8]) -> usize {
    key_bytes + answer.len() + 200
}

fn key(query: &str, body: &[u8]) -> Key {
    let mut key = Vec::with_capacity(query.len() + 1 + body.len());
    key.extend_from_slice(query.as_bytes());
    key.push(0);
    key.extend_from_slice(body);
    key.into()
}
