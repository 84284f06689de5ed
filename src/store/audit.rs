//! The record of who did what, when: append-only, each entry carrying the hash of the one before it. It
//! holds no secret.

use diesel::prelude::*;

use super::error::StoreError;
use super::rows;
use super::schema::audit::{self, dsl};
use super::{Reader, Writer};
use crate::json::{Form, Value, canonical};
use crate::trust::Digest;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Who did it: the name of a token, or `hotfixd`.
    pub actor: String,
    /// What was done, such as `release`.
    pub action: &'static str,
    /// To what.
    pub subject: String,
    /// With what outcome, as JSON or a sentence.
    pub detail: String,
}

impl Event {
    /// Something that the service did by itself.
    #[must_use]
    pub fn own(action: &'static str, subject: String, detail: String) -> Self {
        Self { actor: "hotfixd".to_owned(), action, subject, detail }
    }
}

/// An entry of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, from 1, without gaps.
    pub seq: i64,
    /// When, in seconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// With what outcome.
    pub detail: String,
    /// The hash of the entry before; of the first, that of nothing.
    pub previous: Digest,
    /// The SHA-256 of the canonical JSON of all the above.
    pub hash: Digest,
}

impl AuditEntry {
    fn reckon(&self) -> Digest {
        let value = Value::from([
            ("seq", self.seq.into()),
            ("at", self.at.into()),
            ("actor", self.actor.as_str().into()),
            ("action", self.action.as_str().into()),
            ("subject", self.subject.as_str().into()),
            ("detail", self.detail.as_str().into()),
            ("previous", self.previous.to_string().into()),
        ]);
        Digest::of(&canonical(&value, Form::Json))
    }
}

type Row = (i64, i64, String, String, String, String, String, String);

fn entry(row: Row) -> Result<AuditEntry, StoreError> {
    let (seq, at, actor, action, subject, detail, previous, hash) = row;
    let previous = rows::digest("audit.previous", &previous)?;
    let hash = rows::digest("audit.hash", &hash)?;
    Ok(AuditEntry { seq, at, actor, action, subject, detail, previous, hash })
}

impl Reader<'_> {
    fn last_audit(&mut self) -> Result<Option<AuditEntry>, StoreError> {
        let row: Option<Row> = dsl::audit.order(audit::seq.desc()).first(self.connection).optional()?;
        row.map(entry).transpose()
    }

    /// Entries after number `after`, in order, at most `limit`.
    ///
    /// # Errors
    /// The database's.
    pub fn audit(&mut self, after: i64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let rows: Vec<Row> = dsl::audit
            .filter(audit::seq.gt(after))
            .order(audit::seq)
            .limit(i64::from(limit))
            .load(self.connection)?;
        rows.into_iter().map(entry).collect()
    }

    /// Walks the whole chain. Answers how many entries it has.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] naming the first entry that does not fit; the database's.
    pub fn verify_audit(&mut self) -> Result<i64, StoreError> {
        let (mut last, mut previous) = (0, Digest::of(b""));
        loop {
            let entries = self.audit(last, 1_000)?;
            let Some(newest) = entries.last().map(|entry| entry.seq) else { return Ok(last) };
            for entry in entries {
                if entry.seq != last + 1 || entry.previous != previous || entry.hash != entry.reckon() {
                    return Err(StoreError::Damaged(format!("audit entry {} does not fit", entry.seq)));
                }
                (last, previous) = (entry.seq, entry.hash);
            }
            last = newest;
        }
    }
}

impl Writer<'_> {
    /// Adds an entry.
    ///
    /// # Errors
    /// The database's.
    pub fn add_audit(&mut self, event: &Event, at: i64) -> Result<(), StoreError> {
        let last = self.last_audit()?;
        let (seq, previous) = last.map_or((0, Digest::of(b"")), |entry| (entry.seq, entry.hash));
        let mut entry = AuditEntry {
            seq: seq + 1,
            at,
            actor: rows::kept(&event.actor),
            action: event.action.to_owned(),
            subject: rows::kept(&event.subject),
            detail: rows::kept(&event.detail),
            previous,
            hash: previous,
        };
        entry.hash = entry.reckon();
        diesel::insert_into(dsl::audit)
            .values((
                audit::seq.eq(entry.seq),
                audit::at.eq(entry.at),
                audit::actor.eq(&entry.actor),
                audit::action.eq(&entry.action),
                audit::subject.eq(&entry.subject),
                audit::detail.eq(&entry.detail),
                audit::previous.eq(entry.previous.to_string()),
                audit::hash.eq(entry.hash.to_string()),
            ))
            .execute(self.connection)?;
        Ok(())
    }
}
