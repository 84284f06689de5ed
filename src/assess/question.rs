//! What is asked of a host.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::model::Id;

/// The question: at what moment, for which host, about what, and what to plan for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The moment that is asked about.
    pub now: Timestamp,
    /// The host's own id, by which its turn in a rollout is found; `None`: not known.
    pub host: Option<String>,
    /// The advisories that are asked about; `None`: all of the product.
    pub advisories: Option<BTreeSet<Id>>,
    /// Only advisories of the category `security`.
    pub security: bool,
    /// What to plan for.
    pub goal: Goal,
}

/// What to plan for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// What remedies the exposures.
    Needed,
    /// Every hotfix that is applicable now, without changing the release.
    All,
    /// What reaches that release, then what is needed there.
    Target(Id),
}

impl Question {
    /// Everything about a host without an id, at a moment; planned for is what is needed.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { now, host: None, advisories: None, security: false, goal: Goal::Needed }
    }

    /// The same question about a host by its id.
    #[must_use]
    pub fn of(self, host: &str) -> Self {
        Self { host: Some(host.to_owned()), ..self }
    }

    /// Whether it asks about fewer advisories than the product has.
    #[must_use]
    pub fn narrowed(&self) -> bool {
        self.advisories.is_some() || self.security
    }
}
