//! Where a page of a list ends: the place in the order of its last row, so that rows which come or go
//! meanwhile move no other row. A few bytes of a hash tell a cursor that was altered, or is of another list.

use std::cmp::Ordering;

use super::choice::{Sort, SortKey};
use crate::trust::Digest;

/// How many characters of the hash stand in a cursor.
const CHECK_CHARS: usize = 12;
/// The longest cursor.
pub(super) const MAX_CHARS: usize = 500;

/// A row's place in the order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position<'a> {
    /// 0 where the id is the very one that was searched for.
    pub(super) rank: u8,
    /// Whether it has nothing to be sorted by.
    pub(super) missing: bool,
    /// What it is sorted by.
    pub(super) key: i64,
    pub(super) id: &'a str,
    pub(super) product: &'a str,
}

impl Position<'_> {
    pub(super) fn compare(&self, other: &Self, sort: Sort) -> Ordering {
        let directed = |order: Ordering| if sort.descending { order.reverse() } else { order };
        let by_id = self.id.cmp(other.id);
        (self.rank, self.missing)
            .cmp(&(other.rank, other.missing))
            .then(directed(self.key.cmp(&other.key)))
            .then(if sort.key == SortKey::Id { directed(by_id) } else { by_id })
            .then_with(|| self.product.cmp(other.product))
    }

    /// As it stands in an address; `list` says which list it is of.
    pub(super) fn encode(&self, list: &str) -> String {
        let missing = u8::from(self.missing);
        let text = format!("{}|{missing}|{}|{}|{}", self.rank, self.key, self.product, self.id);
        format!("{}{}", check(list, &text), hex::encode(text))
    }
}

/// A position that was read from an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    rank: u8,
    missing: bool,
    key: i64,
    product: String,
    id: String,
}

impl Cursor {
    /// Reads what [`Position::encode`] wrote for the same list.
    pub(super) fn decode(cursor: &str, list: &str) -> Option<Self> {
        let (claimed, text) = cursor.split_at_checked(CHECK_CHARS)?;
        let text = String::from_utf8(hex::decode(text).ok()?).ok()?;
        if check(list, &text) != claimed {
            return None;
        }
        let mut parts = text.split('|');
        let mut next = || parts.next();
        let cursor = Self {
            rank: next()?.parse().ok()?,
            missing: next()? == "1",
            key: next()?.parse().ok()?,
            product: next()?.to_owned(),
            id: next()?.to_owned(),
        };
        // One spelling only.
        (cursor.position().encode(list).split_at_checked(CHECK_CHARS)?.1 == hex::encode(&text))
            .then_some(cursor)
    }

    pub(super) fn position(&self) -> Position<'_> {
        Position {
            rank: self.rank,
            missing: self.missing,
            key: self.key,
            id: &self.id,
            product: &self.product,
        }
    }
}

fn check(list: &str, text: &str) -> String {
    let digest = Digest::of(format!("hotfixd/cursor/1\n{list}\n{text}").as_bytes()).to_string();
    digest.get(..CHECK_CHARS).unwrap_or_default().to_owned()
}
