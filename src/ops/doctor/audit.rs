//! The audit: its chain, and what it says of the other tables.

use std::collections::BTreeMap;

use super::rows::each;
use super::{Doctor, RESTORE};
use crate::store::{Reader, Store, StoreError};

/// An entry, beside its action and its subject.
pub(super) struct Entry {
    pub(super) at: i64,
    pub(super) actor: String,
    pub(super) detail: String,
}

/// What the audit says, by action and subject, in order.
#[derive(Default)]
pub(super) struct Audit(BTreeMap<(String, String), Vec<Entry>>);

impl Audit {
    pub(super) fn read(tx: &mut Reader<'_>) -> Result<Self, StoreError> {
        let mut audit = Self::default();
        each(tx, "audit", |row| {
            let key = (row.text("action").to_owned(), row.text("subject").to_owned());
            let (actor, detail) = (row.text("actor").to_owned(), row.text("detail").to_owned());
            audit.0.entry(key).or_default().push(Entry { at: row.number("at"), actor, detail });
        })?;
        Ok(audit)
    }

    /// The entries of an action on a subject.
    pub(super) fn said(&self, action: &str, subject: &str) -> &[Entry] {
        self.0.get(&(action.to_owned(), subject.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// The entries of an action, with their subjects.
    pub(super) fn all(&self, action: &str) -> impl Iterator<Item = (&str, &Entry)> {
        let of_action = self.0.iter().filter(move |((name, _), _)| name == action);
        of_action
            .flat_map(|((_, subject), entries)| entries.iter().map(move |entry| (subject.as_str(), entry)))
    }
}

impl Doctor {
    pub(super) fn audit(&mut self, store: &Store) {
        match store.read(|tx| tx.verify_audit()) {
            Ok(entries) => {
                self.ok("audit", format!("{entries} entries, each with the hash of the one before"));
            }
            Err(error) => self.fail("audit", error.to_string(), RESTORE),
        }
    }
}
