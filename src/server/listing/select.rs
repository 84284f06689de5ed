//! Answering a query: which rows, in which order, which page of them.

use super::choice::{Sort, SortKey, Status};
use super::cursor::Position;
use super::entry::{Entry, Standing, Tally};
use super::fold;
use super::index::Index;
use super::query::Query;
use crate::model::words::Severity;

/// A row of a list.
#[derive(Debug, Clone, Copy)]
pub struct Row<'i> {
    /// The document.
    pub entry: &'i Entry,
    /// How it stands for the release that was chosen; a hotfix by itself; `None` for an advisory where no
    /// release was chosen.
    pub standing: Option<Standing>,
}

impl Row<'_> {
    /// For how many of the releases that an advisory touches there is a fix, where no release was chosen.
    #[must_use]
    pub fn tally(&self) -> Option<Tally> {
        if self.standing.is_some() { None } else { self.entry.tally() }
    }
}

/// A page of a list.
#[derive(Debug)]
pub struct Page<'i> {
    /// Its rows.
    pub rows: Vec<Row<'i>>,
    /// How many rows all pages have.
    pub total: usize,
    /// How many there are without any filter.
    pub of: usize,
    /// How many of the chosen release's products were left out only because they say nothing of that release:
    /// `status=not_stated` shows them.
    pub unstated: usize,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
}

impl Index {
    /// The page that a query asks for.
    #[must_use]
    pub fn page(&self, query: &Query) -> Page<'_> {
        let mut unstated = 0;
        let mut rows: Vec<(Position<'_>, &Entry)> = Vec::new();
        for entry in self.entries(query.section) {
            match query.judge(self, entry) {
                Judged::In => rows.push((query.position(entry), entry)),
                Judged::Unstated => unstated += 1,
                Judged::Out => {}
            }
        }
        let total = rows.len();
        if let Some(cursor) = &query.cursor {
            let after = cursor.position();
            rows.retain(|(position, _)| position.compare(&after, query.sort).is_gt());
        }
        rows.sort_unstable_by(|(a, _), (b, _)| a.compare(b, query.sort));
        let limit = query.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|(position, _)| position.encode(&query.list()));
        let rows = rows.into_iter().map(|(_, entry)| query.row(entry)).collect();
        Page { rows, total, of: self.len(query.section), unstated, next }
    }

    /// Every row of a query in the order in which the service released them, newest first; at most so many.
    #[must_use]
    pub fn newest(&self, query: &Query, most: usize) -> Vec<Row<'_>> {
        let entries = self.entries(query.section);
        let mut rows: Vec<&Entry> = entries.filter(|entry| query.judge(self, entry) == Judged::In).collect();
        let date = |entry: &Entry| (entry.served_at, entry.updated);
        rows.sort_by(|a, b| date(b).cmp(&date(a)).then_with(|| a.id.cmp(&b.id)));
        rows.into_iter().take(most).map(|entry| query.row(entry)).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judged {
    In,
    /// Out, but only because it says nothing of the release.
    Unstated,
    Out,
}

impl Query {
    fn row<'i>(&self, entry: &'i Entry) -> Row<'i> {
        let standing = match (self.value("release"), entry.status) {
            (Some(release), _) => Some(entry.standing(release)),
            (None, Some(_)) => Some(entry.standing("")),
            (None, None) => None,
        };
        Row { entry, standing }
    }

    fn judge(&self, index: &Index, entry: &Entry) -> Judged {
        let any =
            |name: &str, is: &dyn Fn(&str) -> bool| self.value(name).is_none() || self.values(name).any(is);
        let fits = any("product", &|wanted| entry.product == *wanted)
            && any("severity", &|wanted| entry.severity.as_ref().is_some_and(|is| is.word() == wanted))
            && any("category", &|wanted| entry.categories.iter().any(|is| is.word() == wanted))
            && any("kind", &|wanted| entry.kind.as_ref().is_some_and(|is| is.word() == wanted))
            && any("channel", &|wanted| entry.channel.as_ref().is_some_and(|is| is.word() == wanted))
            && self.in_time(entry)
            && self.words.as_ref().is_none_or(|words| holds(entry, words));
        if fits { self.judge_release(index, entry) } else { Judged::Out }
    }

    /// By release and status together: a status is that for the chosen release, else for any.
    fn judge_release(&self, index: &Index, entry: &Entry) -> Judged {
        let wanted = |status: Status| self.values("status").any(|word| word == status.word());
        let narrowed = self.value("status").is_some();
        let Some(release) = self.value("release") else {
            let fits = match entry.status {
                Some(status) => wanted(status),
                None if entry.standings.is_empty() => wanted(Status::NotStated),
                None => entry.standings.values().any(|standing| wanted(standing.status)),
            };
            return if fits || !narrowed { Judged::In } else { Judged::Out };
        };
        if index.release_name(entry.product.as_str(), release).is_none() {
            return Judged::Out;
        }
        let status = entry.standing(release).status;
        let said = entry.releases.iter().any(|id| id == release);
        match (said, narrowed) {
            // A hotfix stands by itself, but installs on some releases only.
            (false, true) if entry.kind.is_none() && wanted(Status::NotStated) && !entry.withdrawn() => {
                Judged::In
            }
            (false, false) if entry.kind.is_none() && !entry.withdrawn() => Judged::Unstated,
            (false, _) => Judged::Out,
            (true, false) => Judged::In,
            (true, true) => {
                if wanted(status) {
                    Judged::In
                } else {
                    Judged::Out
                }
            }
        }
    }

    fn in_time(&self, entry: &Entry) -> bool {
        let after = self.first_day.is_none_or(|first| entry.updated.is_some_and(|day| day >= first));
        after && self.last_day.is_none_or(|last| entry.updated.is_some_and(|day| day <= last))
    }

    fn position<'i>(&self, entry: &'i Entry) -> Position<'i> {
        let key = key(entry, self.sort);
        Position {
            rank: u8::from(!self.value("q").is_some_and(|text| names(entry, text))),
            missing: key.is_none(),
            key: key.unwrap_or_default(),
            id: entry.id.as_str(),
            product: entry.product.as_str(),
        }
    }
}

/// Whether a text is the very id or UUID of a document.
fn names(entry: &Entry, text: &str) -> bool {
    let folded = text.trim().to_lowercase();
    entry.folded_id == folded || entry.uuid.as_ref().is_some_and(|uuid| *uuid == folded)
}

/// Whether a document has every word; one without any letter or digit, nothing has.
fn holds(entry: &Entry, words: &[String]) -> bool {
    !words.is_empty() && words.iter().all(|word| entry.haystack.contains(&fold::needle(word)))
}

fn key(entry: &Entry, sort: Sort) -> Option<i64> {
    let day = |date: jiff::civil::Date| {
        i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
    };
    match sort.key {
        SortKey::Updated => entry.updated.map(day),
        SortKey::Released => entry.released.map(day),
        SortKey::Id => Some(0),
        SortKey::Severity => Some(match entry.severity.as_ref()? {
            Severity::Critical => 5,
            Severity::High => 4,
            Severity::Medium => 3,
            Severity::Low => 2,
            Severity::None => 1,
            Severity::Unknown | Severity::Other(_) => return None,
        }),
    }
}
