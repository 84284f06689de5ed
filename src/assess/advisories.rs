//! The advisories of an answer. Of those that state nothing about a host there may be very many: they are put into
//! words when somebody reads them.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::Serialize;

use super::assessment::{AdvisoryAnswer, AdvisoryStatus};

/// Every advisory that was asked about, by id.
#[derive(Clone)]
pub struct Advisories {
    stated: Vec<AdvisoryAnswer>,
    rest: Option<Arc<Rest>>,
    all: OnceLock<Vec<AdvisoryAnswer>>,
}

/// Puts the others between those that state something.
pub(super) type Rest = dyn Fn(&[AdvisoryAnswer]) -> Vec<AdvisoryAnswer> + Send + Sync;

impl Advisories {
    /// These, and others that are put between them when they are read.
    pub(super) fn with(stated: Vec<AdvisoryAnswer>, rest: Arc<Rest>) -> Self {
        Self { stated, rest: Some(rest), all: OnceLock::new() }
    }

    /// Those of which a cell covers the host, or may; by id. The others need not be put into words for it.
    pub fn stated(&self) -> impl Iterator<Item = &AdvisoryAnswer> {
        self.stated.iter().filter(|answer| answer.status != AdvisoryStatus::Unstated)
    }
}

impl From<Vec<AdvisoryAnswer>> for Advisories {
    fn from(all: Vec<AdvisoryAnswer>) -> Self {
        Self { stated: all, rest: None, all: OnceLock::new() }
    }
}

impl Deref for Advisories {
    type Target = [AdvisoryAnswer];

    fn deref(&self) -> &[AdvisoryAnswer] {
        match &self.rest {
            None => &self.stated,
            Some(rest) => self.all.get_or_init(|| rest(&self.stated)),
        }
    }
}

impl<'a> IntoIterator for &'a Advisories {
    type Item = &'a AdvisoryAnswer;
    type IntoIter = std::slice::Iter<'a, AdvisoryAnswer>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Advisories {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl std::fmt::Debug for Advisories {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for Advisories {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
