//! Rows and blobs: each by the digest that it carries, or by what else says the same.

use serde_json::Value;

use super::audit::Audit;
use super::ledger::Ledger;
use super::signed::{Documents, SignedFiles};
use super::{Doctor, RESTORE};
use crate::durable;
use crate::store::{BlobState, Reader, Store, StoreError};
use crate::trust::Digest;
use crate::trust::sha256::Hasher;

/// A row as the store writes it.
pub(super) struct Row(Value);

impl Row {
    pub(super) fn text(&self, column: &str) -> &str {
        self.0.get(column).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn number(&self, column: &str) -> i64 {
        self.0.get(column).and_then(Value::as_i64).unwrap_or_default()
    }

    /// Whether a column's text is what the digest in another says.
    pub(super) fn is_whole(&self, column: &str, digest: &str) -> bool {
        Digest::of(self.text(column).as_bytes()).to_string() == self.text(digest)
    }
}

/// Looks at each row of a table, and says how many there are.
pub(super) fn each(tx: &mut Reader<'_>, table: &str, mut look: impl FnMut(&Row)) -> Result<u64, StoreError> {
    tx.dump(table, |line| {
        look(&Row(serde_json::from_str(line).unwrap_or_default()));
        Ok(())
    })
}

impl Doctor {
    /// Documents and signed files, then what was handed in and released, then tokens: all of one moment.
    pub(super) fn rows(&mut self, store: &Store) {
        let looked = store.read(|tx| {
            let audit = Audit::read(tx)?;
            let files = SignedFiles::read(tx, &audit)?;
            let documents = Documents::read(tx, &files)?;
            let ledger = Ledger::read(tx, &audit, &files)?;
            Ok::<_, StoreError>((files, documents, ledger))
        });
        let (files, documents, ledger) = match looked {
            Ok(looked) => looked,
            Err(error) => return self.fail("rows", error.to_string(), RESTORE),
        };
        let counts = format!("{} revisions of documents, {} signed files", documents.count, files.count());
        self.told("rows", [files.wrong, documents.wrong].concat(), format!("{counts}: as they were signed"));
        let counts = format!("{} handed in, {} released", ledger.submissions, ledger.releases);
        self.told("submissions", ledger.wrong, format!("{counts}: as the audit has them"));
        let counts = match ledger.unknown_tokens {
            0 => format!("{}: as they were made", ledger.tokens),
            older => format!("{}, of which {older} were made before the audit told of tokens", ledger.tokens),
        };
        self.told("tokens", ledger.wrong_tokens, counts);
    }

    pub(super) fn blobs(&mut self, store: &Store) {
        let mut wrong = Vec::new();
        let looked = store.read(|tx| {
            each(tx, "blobs", |row| {
                if let Some(why) = wrong_blob(store, row) {
                    wrong.push(format!("{} {why}", row.text("sha256")));
                }
            })
        });
        match looked {
            Ok(count) => self.told("blobs", wrong, format!("{count} files have their SHA-256")),
            Err(error) => self.fail("blobs", error.to_string(), RESTORE),
        }
    }

    /// What is wrong, or that all is well.
    fn told(&mut self, name: &'static str, mut wrong: Vec<String>, well: String) {
        if wrong.is_empty() {
            return self.ok(name, well);
        }
        let more = wrong.len().saturating_sub(MOST_TOLD);
        wrong.truncate(MOST_TOLD);
        if more > 0 {
            wrong.push(format!("and {more} more"));
        }
        self.fail(name, wrong.join("; "), RESTORE);
    }
}

/// So many things that are wrong are told one by one.
const MOST_TOLD: usize = 100;

/// What is wrong with a blob, by its file.
fn wrong_blob(store: &Store, row: &Row) -> Option<String> {
    let Ok(sha256) = row.text("sha256").parse::<Digest>() else { return Some("is no SHA-256".to_owned()) };
    if BlobState::from_word(row.text("state")).is_none() {
        return Some("has a state that is none".to_owned());
    }
    let (mut file, length) = match store.blob_files().read(&sha256) {
        Ok(opened) => opened,
        Err(StoreError::NotFound) => return Some("is gone".to_owned()),
        Err(error) => return Some(error.to_string()),
    };
    let mut hasher = Hasher::new();
    let read = durable::pieces(
        &mut file,
        |error| error.to_string(),
        |piece| {
            hasher.update(piece);
            Ok(())
        },
    );
    if let Err(error) = read {
        return Some(error);
    }
    let is_whole = i64::try_from(length) == Ok(row.number("bytes")) && hasher.finish() == sha256;
    (!is_whole).then(|| "has changed".to_owned())
}
