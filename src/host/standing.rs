//! How far an answer can be trusted, and what stands in the way of trusting it more.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Error;
use super::view::View;
use crate::trust::{Kind, Refusal};

/// How far this machine's clock may have gone back since the last good check before that is reported.
pub const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// How far an answer can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// Everything is signed, current and unexpired.
    Fresh,
    /// Signed, but a role has expired.
    Stale,
    /// What the server offered was refused; the answer is the last good one.
    Refused,
    /// This machine's clock is behind an earlier check, so that nothing can be said of expiry.
    Clock,
}

impl Trust {
    /// The published word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Refused => "refused",
            Self::Clock => "clock",
        }
    }
}

/// What stands in the way of trusting an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// How far the answer can be trusted.
    pub trust: Trust,
    /// A stable word for programs.
    pub code: String,
    /// The role at fault.
    pub role: String,
    /// The file at fault, as the server names it.
    pub file: Option<String>,
    /// The date that matters: of an expiry, or of the earlier check.
    pub date: Option<Timestamp>,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Trouble {
    /// What was refused of what the server offered.
    #[must_use]
    pub fn refused(refusal: &Refusal, file: String) -> Self {
        let (trust, date) = match refusal.kind {
            Kind::Expired { on } => (Trust::Stale, Some(on)),
            _ => (Trust::Refused, None),
        };
        let remedy = match (trust, &refusal.kind) {
            (Trust::Stale, _) => expired_remedy(&refusal.role),
            (_, Kind::RolledBack { what, from, .. }) => fallen_remedy(what, *from),
            _ => REFUSED.to_owned(),
        };
        let code = format!("metadata_{}", refusal.kind.code().replace('-', "_"));
        let message = format!("{file}: {refusal}");
        Self { trust, code, role: refusal.role.clone(), file: Some(file), date, message, remedy }
    }

    /// A document that was refused.
    #[must_use]
    pub fn document(role: &str, file: &str, code: &str, reason: &str) -> Self {
        Self {
            trust: Trust::Refused,
            code: format!("document_{code}"),
            role: role.to_owned(),
            file: Some(file.to_owned()),
            date: None,
            message: format!("{file}, signed by {role}: {reason}"),
            remedy: REFUSED.to_owned(),
        }
    }

    /// A root made for development, from a server that is not this machine.
    #[must_use]
    pub fn development(server: &str, version: u64) -> Self {
        let error = Error::Development { server: server.to_owned(), version };
        Self {
            trust: Trust::Refused,
            code: error.code().to_owned(),
            role: "root".to_owned(),
            file: Some(crate::trust::names::root_file(version)),
            date: None,
            message: error.to_string(),
            remedy: error.remedy(),
        }
    }

    /// Whether the repository may just have changed under the refresh, so that it may begin once more.
    #[must_use]
    pub fn may_be_a_race(&self) -> bool {
        const RACES: [&str; 9] = [
            "metadata_not_found",
            "metadata_hash",
            "metadata_length",
            "metadata_version",
            "metadata_expired",
            "document_missing",
            "document_changed",
            "metadata_threshold",
            "metadata_unsigned",
        ];
        RACES.contains(&self.code.as_str())
    }

    /// Whether a staleness of at most `allowed` is all that is wrong.
    #[must_use]
    pub fn is_allowed(&self, allowed: Option<SignedDuration>, now: Timestamp) -> bool {
        let (Trust::Stale, Some(date), Some(allowed)) = (self.trust, self.date, allowed) else {
            return false;
        };
        now.duration_since(date) <= allowed
    }
}

/// What is wrong with an answer from this view at this moment, without any server: an expired role, or a
/// clock that went back.
#[must_use]
pub fn standing(view: &View, now: Timestamp) -> Option<Trouble> {
    behind(view.memory.checked_at, now).or_else(|| expired(view, now))
}

/// A clock that went back since an earlier check.
#[must_use]
pub fn behind(checked_at: Timestamp, now: Timestamp) -> Option<Trouble> {
    if checked_at.duration_since(now) <= CLOCK_TOLERANCE {
        return None;
    }
    Some(Trouble {
        trust: Trust::Clock,
        code: "clock_behind".to_owned(),
        role: "timestamp".to_owned(),
        file: None,
        date: Some(checked_at),
        message: format!(
            "this machine's clock says {now}, which is before the last good check at {checked_at}"
        ),
        remedy: "Set this machine's clock. Until then nothing can be said of what has expired.".to_owned(),
    })
}

/// The role that expired first, of those that have.
fn expired(view: &View, now: Timestamp) -> Option<Trouble> {
    let line = view.set.expired(now).min_by_key(|line| line.expires)?;
    let (role, version, date) = (line.role.to_owned(), line.version, line.expires);
    Some(Trouble {
        trust: Trust::Stale,
        code: "metadata_expired".to_owned(),
        file: Some(view.file_of(&role)),
        date: Some(date),
        message: format!("{}: {role} version {version} expired on {date}", view.file_of(&role)),
        remedy: expired_remedy(&role),
        role,
    })
}

const REFUSED: &str = "Tell whoever runs the server; nothing of it was taken. A mirror or proxy in between can be at fault too.";

/// A server that was put back from an older backup has lost what was released since.
fn fallen_remedy(what: &str, from: u64) -> String {
    match what.strip_prefix("the role ") {
        Some("targets") | None => REFUSED.to_owned(),
        Some(role) => format!(
            "Tell whoever runs the server: if it lost {role} version {from}, the publisher of {role} must submit \
             again, and this host carries on by itself. Nothing of it was taken; this is the last good answer."
        ),
    }
}

fn expired_remedy(role: &str) -> String {
    let whose = match role {
        "timestamp" | "snapshot" | "holds" => "The server signs it by itself: tell whoever runs it",
        "root" | "targets" => "Tell whoever runs the server: its keepers sign it anew",
        _ => "Tell the publisher, who signs it anew",
    };
    format!("{whose}. If this machine's clock is wrong, set it. --allow-stale DURATION accepts it meanwhile.")
}
