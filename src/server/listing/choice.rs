//! What can be chosen: the two lists, the words of a status, the orders.

use std::fmt;

use crate::model::words::CellStatus;

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// Advisories.
    Advisories,
    /// Hotfixes.
    Hotfixes,
}

impl Section {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Advisories, Self::Hotfixes];

    /// As it stands in an address.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Advisories => "advisories",
            Self::Hotfixes => "hotfixes",
        }
    }

    /// The words that its `status` takes.
    #[must_use]
    pub fn statuses(self) -> &'static [&'static str] {
        match self {
            Self::Advisories => {
                &["affected", "under_investigation", "fixed", "not_affected", "not_stated", "withdrawn"]
            }
            Self::Hotfixes => &["released", "superseded", "withdrawn"],
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How a document stands: an advisory for one release, the worst of its cells first; or a hotfix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Hosts of the release are affected, maybe under a condition; a fix may be out.
    Affected,
    /// Nobody knows yet.
    UnderInvestigation,
    /// The release has the fix.
    Fixed,
    /// Hosts of the release are not affected.
    NotAffected,
    /// Nobody said: never the same as not affected.
    NotStated,
    /// It was taken back.
    Withdrawn,
    /// A hotfix that is out.
    Released,
    /// A hotfix that another one rolls up.
    Superseded,
}

impl Status {
    /// As it stands in an address and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Affected => "affected",
            Self::UnderInvestigation => "under_investigation",
            Self::Fixed => "fixed",
            Self::NotAffected => "not_affected",
            Self::NotStated => "not_stated",
            Self::Withdrawn => "withdrawn",
            Self::Released => "released",
            Self::Superseded => "superseded",
        }
    }

    pub(super) fn of_cell(status: &CellStatus) -> Self {
        match status {
            CellStatus::KnownAffected => Self::Affected,
            CellStatus::Fixed => Self::Fixed,
            CellStatus::KnownNotAffected => Self::NotAffected,
            // Nothing is concluded from a word that is not known.
            CellStatus::UnderInvestigation | CellStatus::Other(_) => Self::UnderInvestigation,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl serde::Serialize for Status {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// The date of the last change that the document states.
    Updated,
    /// The id.
    Id,
    /// The severity; of a hotfix the worst of what it fixes.
    Severity,
    /// The date on which it came out.
    Released,
}

/// An order. What has no date or severity stands at the end, whichever way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// From the newest, the worst or the last.
    pub descending: bool,
}

impl Sort {
    /// The newest changes first.
    pub const DEFAULT: Self = Self { key: SortKey::Updated, descending: true };
    /// Every order, as it stands in an address.
    pub const WORDS: &'static [&'static str] =
        &["-updated", "updated", "id", "-id", "-severity", "severity", "-released", "released"];

    pub(super) fn parse(word: &str) -> Option<Self> {
        let (descending, key) = match word.strip_prefix('-') {
            Some(key) => (true, key),
            None => (false, word),
        };
        let key = match key {
            "updated" => SortKey::Updated,
            "id" => SortKey::Id,
            "severity" => SortKey::Severity,
            "released" => SortKey::Released,
            _ => return None,
        };
        Some(Self { key, descending })
    }

    /// As it stands in an address.
    #[must_use]
    pub fn word(self) -> &'static str {
        match (self.key, self.descending) {
            (SortKey::Updated, true) => "-updated",
            (SortKey::Updated, false) => "updated",
            (SortKey::Id, true) => "-id",
            (SortKey::Id, false) => "id",
            (SortKey::Severity, true) => "-severity",
            (SortKey::Severity, false) => "severity",
            (SortKey::Released, true) => "-released",
            (SortKey::Released, false) => "released",
        }
    }
}
