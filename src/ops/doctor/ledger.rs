//! What was handed in and released, and by whose tokens: each row by the bytes that it holds and by the audit, whose
//! entries carry the hash of the one before.

use std::collections::{BTreeMap, BTreeSet};

use super::audit::Audit;
use super::rows::{Row, each};
use super::signed::SignedFiles;
use crate::repository::Submission;
use crate::store::{Event, Reader, Scope, StoreError, SubmissionState, TokenRecord};

/// Submissions, releases and tokens.
#[derive(Default)]
pub(super) struct Ledger {
    /// The product of each submission that was released.
    released: BTreeMap<String, String>,
    pub(super) submissions: u64,
    pub(super) releases: u64,
    pub(super) wrong: Vec<String>,
    pub(super) tokens: u64,
    /// Those that were made before the audit told of it.
    pub(super) unknown_tokens: u64,
    pub(super) wrong_tokens: Vec<String>,
}

impl Ledger {
    pub(super) fn read(tx: &mut Reader<'_>, audit: &Audit, files: &SignedFiles) -> Result<Self, StoreError> {
        let mut ledger = Self::default();
        ledger.submissions = each(tx, "submissions", |row| ledger.submission(row, audit))?;
        let mut before = (0, 0);
        ledger.releases = each(tx, "releases", |row| {
            ledger.release(row, (audit, files), before);
            before = (row.number("sequence"), row.number("timestamp_version"));
        })?;
        for id in std::mem::take(&mut ledger.released).into_keys() {
            ledger.wrong.push(format!("{id} is said to be released, and no release has it"));
        }
        ledger.tokens(tx, audit)?;
        Ok(ledger)
    }

    fn submission(&mut self, row: &Row, audit: &Audit) {
        let id = row.text("id");
        let mut wrong = Vec::new();
        if !row.is_whole("body", "digest") {
            wrong.push("has changed");
        } else {
            match Submission::parse(row.text("body").as_bytes()) {
                Ok(body) if body.id() == id && body.product.as_str() == row.text("product") => {}
                _ => wrong.push("is another by what it says"),
            }
        }
        match audit.said("submit", id).first() {
            Some(entry)
                if entry.at == row.number("submitted_at") && entry.actor == row.text("submitted_by") => {}
            _ => wrong.push("was not handed in then or by whom it says"),
        }
        match SubmissionState::from_word(row.text("state")) {
            Some(SubmissionState::Released) => {
                self.released.insert(id.to_owned(), row.text("product").to_owned());
            }
            Some(_) => {}
            None => wrong.push("has a state that is none"),
        }
        self.wrong.extend(wrong.into_iter().map(|wrong| format!("submission {id} {wrong}")));
    }

    /// A release, beside the number and the timestamp of the one before it.
    fn release(
        &mut self,
        row: &Row,
        (audit, files): (&Audit, &SignedFiles),
        (last, last_timestamp): (i64, i64),
    ) {
        let (number, at) = (row.number("sequence"), row.number("released_at"));
        let (submission, product) = (row.text("submission_id"), row.text("product"));
        let role = row.number("role_version");
        let (snapshot, timestamp) = (row.number("snapshot_version"), row.number("timestamp_version"));
        let told = format!("{product} version {role}, release {number}");
        let fits = number == last + 1
            && audit.said("release", submission).iter().any(|entry| entry.at == at && entry.detail == told)
            && files.issued_at(product, role) == Some(at)
            && files.first_listed(product, role) == Some(snapshot)
            && timestamp > last_timestamp
            && files.announces(timestamp, snapshot);
        if self.released.remove(submission).as_deref() != Some(product) || !fits {
            self.wrong.push(format!("release {number} of {submission} is not what was released"));
        }
    }

    /// Each token as the audit has it; and each that the audit has.
    fn tokens(&mut self, tx: &mut Reader<'_>, audit: &Audit) -> Result<(), StoreError> {
        let made = audit.all(TokenRecord::MADE);
        let mut made: BTreeSet<(String, i64, String)> =
            made.map(|(name, entry)| (name.to_owned(), entry.at, entry.detail.clone())).collect();
        let mut unknown = Vec::new();
        self.tokens = each(tx, "tokens", |row| {
            let told = told_of(row);
            if !told.as_ref().is_some_and(|told| made.remove(told)) {
                unknown.push(row.text("name").to_owned());
            }
        })?;
        self.unknown_tokens = unknown.len() as u64;
        if !made.is_empty() {
            let names: BTreeSet<String> = made.into_iter().map(|(name, ..)| name).collect();
            self.wrong_tokens =
                names.iter().map(|name| format!("a token of {name} is not as it was made")).collect();
        }
        Ok(())
    }
}

/// What the audit says of a token that was made so.
fn told_of(row: &Row) -> Option<(String, i64, String)> {
    let record = TokenRecord {
        name: row.text("name").to_owned(),
        scope: Scope::from_word(row.text("scope"))?,
        created_at: row.number("created_at"),
        expires_at: row.number("expires_at"),
        last_used_at: None,
        revoked_at: None,
    };
    let Event { subject, detail, .. } = record.made(&row.text("hash").parse().ok()?);
    Some((subject, record.created_at, detail))
}
