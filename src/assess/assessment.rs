//! The answer, in the names and the order in which it is published (`hotfixd/assessment/1`).
//!
//! Fields may be added; a name that is here stays. `because` is for people: its wording is free.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::advisories::Advisories;
use super::verdict::Verdict;
use crate::model::words::{Action, Category, GuidanceLevel, RemediationKind, Severity};
use crate::model::{Id, RoleVersion};

/// The schema of an [`Assessment`].
pub const ASSESSMENT_SCHEMA: &str = "hotfixd/assessment/1";

/// What a catalogue means for a host.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assessment {
    /// [`ASSESSMENT_SCHEMA`].
    pub schema: &'static str,
    /// The product.
    pub product: Id,
    /// What the catalogue was made from.
    pub catalogue: CatalogueVersion,
    /// The SHA-256 of the inventory's canonical JSON, in lower-case hex.
    pub inventory: String,
    /// The moment that was asked about.
    pub as_of: Timestamp,
    /// The next moment at which time alone changes an answer; `None`: there is none.
    pub valid_until: Option<Timestamp>,
    /// The host's release.
    pub release: ReleaseAnswer,
    /// Every advisory that was asked about, by id.
    pub advisories: Advisories,
    /// Every hotfix that concerns the host, by id.
    pub hotfixes: Vec<HotfixAnswer>,
    /// What to do.
    pub plan: Plan,
    /// What the host will be after it.
    pub after: After,
    /// What the inventory says that the catalogue does not know, by place.
    pub unrecognised: Vec<Unrecognised>,
    #[serde(skip)]
    pub(super) verdict: Verdict,
}

/// What a catalogue was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogueVersion {
    /// The signed roles.
    pub roles: Vec<RoleVersion>,
}

/// The host's release, or why it has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseAnswer {
    /// The release; `None`: it matches none, or facts are missing.
    pub id: Option<Id>,
    /// Why.
    pub because: Vec<String>,
    /// What would settle it, sorted; empty where it is settled.
    pub missing_facts: Vec<String>,
}

/// How a host stands with an advisory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdvisoryAnswer {
    /// The advisory.
    pub id: Id,
    /// Its title.
    pub title: Arc<str>,
    /// How the host stands: its worst cell.
    pub status: AdvisoryStatus,
    /// How serious the advisory is.
    pub severity: Severity,
    /// What it is about.
    pub category: Category,
    /// Why.
    pub because: Vec<String>,
    /// What would settle it, sorted; empty unless it is undetermined.
    pub missing_facts: Vec<String>,
    /// Sets of hotfixes, each of which remedies all cells of that status; empty: no fix is stated.
    pub fixed_by: Vec<Vec<Id>>,
    /// The installed hotfixes that fix it, sorted.
    pub fixed_with: Vec<Id>,
    /// What to do meanwhile.
    pub workaround: Option<String>,
    /// What can be expected where there is no fix.
    pub remediation: Option<RemediationAnswer>,
    /// What the publisher adds.
    pub note: Option<String>,
}

/// What can be expected where there is no fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemediationAnswer {
    /// What.
    pub kind: RemediationKind,
    /// When, where it is known.
    pub date: Option<Date>,
}

/// Defines an enum of published words, in their order.
macro_rules! statuses {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every one, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The published word.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
    };
}
pub(super) use statuses;

statuses! {
    /// How a host stands with an advisory, worst first.
    AdvisoryStatus {
        /// Affected, and no fix is complete.
        Exposed = "exposed",
        /// Facts are missing.
        Undetermined = "undetermined",
        /// The fix is installed; what runs is still the old.
        AwaitingRestart = "awaiting_restart",
        /// The publisher does not know yet.
        UnderInvestigation = "under_investigation",
        /// Fixed.
        Fixed = "fixed",
        /// Not affected.
        NotExposed = "not_exposed",
        /// No cell covers the host's release.
        Unstated = "unstated",
    }
}

statuses! {
    /// How a host stands with a hotfix: the first that holds.
    HotfixStatus {
        /// Installed.
        Installed = "installed",
        /// Not installed, but rolled up by what is.
        Superseded = "superseded",
        /// Taken back, and never a step.
        Withdrawn = "withdrawn",
        /// Not for this host.
        NotApplicable = "not_applicable",
        /// Facts are missing.
        Undetermined = "undetermined",
        /// Something installed stands in the way.
        Conflicting = "conflicting",
        /// Prerequisites are missing.
        Blocked = "blocked",
        /// Its turn has not come, or it is held.
        Deferred = "deferred",
        /// It can be installed now.
        Applicable = "applicable",
    }
}

statuses! {
    /// What a host needs a hotfix for.
    Need {
        /// It is a step, or would be one but for what stands in its way.
        Needed = "needed",
        /// It would remedy an exposure too.
        Alternative = "alternative",
        /// It would remedy what is undetermined.
        Undetermined = "undetermined",
        /// Nothing that is known.
        Optional = "optional",
    }
}

statuses! {
    /// Why a hotfix is not for a host.
    Reason {
        /// It does not install on the host's release.
        Release = "release",
        /// The host's channel does not show it.
        Channel = "channel",
        /// Its further condition is false.
        Condition = "condition",
    }
}

/// How a host stands with a hotfix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HotfixAnswer {
    /// The hotfix.
    pub id: Id,
    /// Its title.
    pub title: Arc<str>,
    /// How the host stands.
    pub status: HotfixStatus,
    /// What the host needs it for; `None` where it is installed, superseded, withdrawn or not applicable.
    pub need: Option<Need>,
    /// Why.
    pub because: Vec<String>,
    /// What would settle it, sorted; empty unless it is undetermined.
    pub missing_facts: Vec<String>,
    /// Until when it is deferred.
    pub until: Option<Timestamp>,
    /// Its rollout, while that keeps it back or may, and nothing else does.
    pub rollout: Option<RolloutAnswer>,
    /// What somebody should know before installing it, or because it is installed.
    pub warnings: Vec<String>,
    /// The installed hotfixes that provide it, where it is superseded; sorted.
    pub superseded_by: Vec<Id>,
    /// What is installed and stands in its way, where it is conflicting; sorted.
    pub conflicts_with: Vec<Id>,
    /// The prerequisites that are missing, where it is blocked; sorted.
    pub blocked_by: Vec<Id>,
    /// Why it is not applicable, where it is not.
    pub reason: Option<Reason>,
    /// Whether it was taken back, installed or not.
    pub withdrawn: bool,
}

/// When a rollout starts and ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RolloutAnswer {
    /// Before it nobody's turn has come.
    pub start: Timestamp,
    /// From then on everybody's has.
    pub end: Timestamp,
}

/// Ordered steps, and what they take.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The actions that still wait on the host and are carried out before the first step.
    pub before: Vec<PendingAnswer>,
    /// The steps.
    pub steps: Vec<Step>,
    /// What is to be done after each group, by group.
    pub guidance: Vec<GroupGuidance>,
    /// Bytes to download; `None`: not known.
    pub download_bytes: Option<i64>,
    /// Bytes that have to be free: the most that one group needs; `None`: not known.
    pub space_bytes: Option<i64>,
    /// Pairs of hotfixes that stand against each other, where not all exposures can be remedied together.
    pub conflicts: Vec<[Id; 2]>,
    /// Whether the search ended within its bound, so that no better plan exists.
    pub optimal: bool,
}

/// An action that still waits on the host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PendingAnswer {
    /// The hotfix, as the host named it where the catalogue does not know it.
    pub hotfix: String,
    /// The action.
    pub action: Action,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The hotfix that is installed.
    pub hotfix: Id,
    /// Its group, from 1: between groups mandatory actions are carried out.
    pub group: usize,
    /// What somebody should know before carrying it out.
    pub warnings: Vec<String>,
}

/// What is to be done after a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupGuidance {
    /// The group, from 1.
    pub group: usize,
    /// The actions, the heaviest first.
    pub actions: Vec<GuidanceAction>,
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuidanceAction {
    /// What.
    pub action: Action,
    /// How strongly.
    pub level: GuidanceLevel,
    /// Whether nobody stated it: the guidance of a step is not known. Unattended, treat it as mandatory.
    pub assumed: bool,
}

/// What the host will be after the plan. Facts, features and packages are taken to stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct After {
    /// Its release.
    pub release: Option<Id>,
    /// The exposures left.
    pub exposed: Vec<Id>,
    /// The advisories left undetermined.
    pub undetermined: Vec<Id>,
}

/// Something in the inventory that the catalogue does not know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unrecognised {
    /// Its place in the inventory: a JSON pointer (RFC 6901).
    pub pointer: String,
    /// Why it is listed.
    pub why: String,
}
