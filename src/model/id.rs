//! Identifiers.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// The longest identifier, in bytes.
pub(super) const MAX_ID_BYTES: usize = 64;

/// The id of a product, a release, a feature, a fact, an advisory or a hotfix; the name of a release line
/// or of a payload file. 1 to 64 of `A-Z a-z 0-9 . _ -`, the first a letter or digit. Compared bytewise. A copy
/// shares the text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(Arc<str>);

impl Id {
    /// The identifier, if the text is one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut bytes = text.bytes();
        let first = bytes.next()?;
        let rest_fits = bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        (first.is_ascii_alphanumeric() && rest_fits && text.len() <= MAX_ID_BYTES)
            .then(|| Self(Arc::from(text)))
    }

    /// What stands where a document had no identifier; such a document is refused, so nobody sees it.
    pub(super) fn none() -> Self {
        Self(Arc::from(""))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text with its case folded, in which identifiers are unique.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl serde::Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Id {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Id {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Id {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

#[cfg(test)]
mod tests {
    use super::Id;

    #[test]
    fn takes_only_safe_names() {
        for good in ["XS65E005", "6.5-sp1", "a", "storage.trim.largest_lun_bytes", "0", &"x".repeat(64)] {
            assert!(Id::new(good).is_some(), "{good}");
        }
        for bad in ["", ".", "..", "-a", "_a", "a/b", "a b", "é", "a\0", "a%2f", &"x".repeat(65)] {
            assert!(Id::new(bad).is_none(), "{bad:?}");
        }
    }
}
