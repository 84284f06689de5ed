//! What was published by a day: put together from the kept revisions when somebody asks, and remembered for a
//! while, since who asks about a day asks about several hosts.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::problem::{Code, Problem};
use crate::model::{Document, Kept, Mode, Past, PastError, Problems, Source};
use crate::repository::Published;
use crate::store::{DocumentKind, DocumentRevision, Store, StoreError};
use crate::trust::Digest;

/// How many catalogues of days are remembered.
const REMEMBERED: usize = 4;

/// A day that somebody asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The day, in UTC.
    pub date: Date,
    /// Its last second.
    pub at: Timestamp,
}

/// Why there is no catalogue of a day.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There is none.
    #[error(transparent)]
    Past(#[from] PastError),
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A kept revision cannot be read.
    #[error(transparent)]
    Document(#[from] Problems),
}

/// Reads a day; today's catalogue is the one that is served, so today is `None`.
///
/// # Errors
/// What would be right.
pub fn day(text: &str, now: Timestamp) -> Result<Option<Day>, &'static str> {
    let date: Date = text.parse().map_err(|_| "Write a day as 2015-02-09.")?;
    if date.to_string() != text {
        return Err("Write a day as 2015-02-09.");
    }
    let today = Offset::UTC.to_datetime(now).date();
    if date >= today {
        return if date == today { Ok(None) } else { Err("Name a day that has come.") };
    }
    let at = Offset::UTC.to_timestamp(date.at(23, 59, 59, 0));
    Ok(Some(Day { date, at: at.map_err(|_| "Write a day as 2015-02-09.")? }))
}

/// The catalogues that are remembered, the last asked for first.
#[derive(Debug, Default)]
pub struct Pasts {
    made: Mutex<Vec<Made>>,
}

#[derive(Debug)]
struct Made {
    role: Digest,
    date: Date,
    past: Arc<Past>,
}

impl Pasts {
    /// What a product had published by the end of a day.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn of(&self, store: &Store, published: &Published, date: Date) -> Result<Arc<Past>, Failure> {
        let is_it = |made: &Made| made.role == published.digest && made.date == date;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = made.iter().position(is_it) {
            let found = made.remove(at);
            let past = Arc::clone(&found.past);
            made.insert(0, found);
            return Ok(past);
        }
        drop(made);
        let rows = store.read(|tx| tx.product_history(&published.role))?;
        let holds = |row: &DocumentRevision| row.kind == DocumentKind::Hold;
        let kept: Vec<Kept> = rows.iter().filter(|row| !holds(row)).map(kept).collect::<Result<_, _>>()?;
        let past = Arc::new(Past::of(kept, date)?);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.insert(0, Made { role: published.digest, date, past: Arc::clone(&past) });
        made.truncate(REMEMBERED);
        Ok(past)
    }
}

fn kept(row: &DocumentRevision) -> Result<Kept, Problems> {
    let source = Source::from_json(&row.path, row.body.as_bytes())?;
    let taken = Timestamp::from_second(row.released_at).unwrap_or_default();
    let document = Document::decode(&source, Mode::Lenient)?;
    Ok(Kept { document, taken: Offset::UTC.to_datetime(taken).date() })
}

impl Failure {
    /// The same as the answer to a request that named the day in this parameter.
    #[must_use]
    pub fn of(self, parameter: &str) -> Problem {
        match self {
            Self::Past(error @ (PastError::Nothing { .. } | PastError::Unknown)) => {
                let detail = format!("There is no answer for that day: {error}.");
                Problem::new(Code::BadParameter, detail).at(parameter).remedy("Name a later day.")
            }
            Self::Past(error) => Problem::inside(Code::Internal, &error),
            Self::Store(error) => error.into(),
            Self::Document(error) => Problem::inside(Code::StorageDamaged, &error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_that_has_come() {
        let now: Timestamp = "2026-11-25T00:00:00Z".parse().unwrap();
        let at = |text| day(text, now).map(|day| day.map(|day| day.at.to_string()));
        assert_eq!(at("2015-02-09"), Ok(Some("2015-02-09T23:59:59Z".to_owned())));
        assert_eq!(at("2026-11-25"), Ok(None));
        assert_eq!(at("2026-11-26"), Err("Name a day that has come."));
        for wrong in ["", "9 February", "2015-2-9", "2015-02-30", "2015-02-09T00:00:00Z", "20150209"] {
            assert_eq!(at(wrong), Err("Write a day as 2015-02-09."), "{wrong}");
        }
    }
}
