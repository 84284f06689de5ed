//! Between the database's types and ours. What cannot be turned back was not written by us: the database is
//! damaged.

use crate::trust::Digest;

use super::error::StoreError;

/// The digest of a column.
pub(super) fn digest(column: &'static str, text: &str) -> Result<Digest, StoreError> {
    text.parse().map_err(|_| damaged(column, text))
}

/// The version of a column.
pub(super) fn version(column: &'static str, number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| damaged(column, &number.to_string()))
}

/// A version or a length as a column holds it.
pub(super) fn number(what: &'static str, number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Mismatch(format!("{what} {number} is beyond 63 bits")))
}

/// A text to look up by. PostgreSQL takes no NUL, and nothing is kept under a name with one.
pub(super) fn key(text: &str) -> Result<&str, StoreError> {
    if text.contains('\0') { Err(StoreError::NotFound) } else { Ok(text) }
}

/// A text that came from outside, as it is kept: without NUL, which PostgreSQL takes none of.
pub(super) fn kept(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

pub(super) fn damaged(column: &'static str, found: &str) -> StoreError {
    let shown: String = found.chars().take(40).collect();
    StoreError::Damaged(format!("{column} holds {shown:?}"))
}

/// Defines an enum that a column holds as a word.
macro_rules! column_words {
    ($(#[$meta:meta])* $name:ident in $column:literal { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every word.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// As the column and the API spell it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The value that a word spells.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The value that the column holds.
            pub(super) fn read(word: &str) -> Result<Self, $crate::store::StoreError> {
                Self::from_word(word).ok_or_else(|| $crate::store::rows::damaged($column, word))
            }
        }
    };
}
pub(super) use column_words;
