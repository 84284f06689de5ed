//! How the hotfixes that would remedy an advisory stand on a host.

use serde::Serialize;

use super::assessment::{AdvisoryAnswer, Assessment, HotfixAnswer, HotfixStatus};
use super::because::list;
use crate::model::{Catalogue, Id};

/// A hotfix that would remedy an advisory, alone or with others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// The hotfix.
    pub hotfix: Id,
    /// How the host stands with it; `None`: it is not for the host's release.
    pub status: Option<HotfixStatus>,
    /// The same, to be read after its id: "can be installed now".
    pub says: String,
}

/// The sets of hotfixes that an answer names, each hotfix with its status.
#[must_use]
pub fn fixes(catalogue: &Catalogue, assessment: &Assessment, answer: &AdvisoryAnswer) -> Vec<Vec<Fix>> {
    let set = |set: &Vec<Id>| set.iter().map(|id| fix(catalogue, assessment, id)).collect();
    answer.fixed_by.iter().map(set).collect()
}

/// A hotfix with how the host stands with it.
#[must_use]
pub fn fix(catalogue: &Catalogue, assessment: &Assessment, id: &Id) -> Fix {
    let stands = assessment.hotfixes.iter().find(|one| one.id == *id);
    Fix { hotfix: id.clone(), status: stands.map(|one| one.status), says: says(catalogue, id, stands) }
}

/// How a host stands with a hotfix, to be read after its id.
pub(super) fn says(catalogue: &Catalogue, id: &Id, stands: Option<&HotfixAnswer>) -> String {
    let Some(answer) = stands else {
        return match catalogue.hotfixes().get(id) {
            Some(hotfix) => format!("installs on {}, which this host is not", list(&hotfix.releases)),
            None => "is not published".to_owned(),
        };
    };
    let because = || answer.because.first().map(|reason| format!(": {reason}")).unwrap_or_default();
    match answer.status {
        HotfixStatus::Installed if answer.withdrawn => "is installed, and was withdrawn".to_owned(),
        HotfixStatus::Installed => "is installed".to_owned(),
        HotfixStatus::Superseded => {
            format!("is rolled up by {}, which is installed", list(&answer.superseded_by))
        }
        HotfixStatus::Withdrawn => answer
            .because
            .first()
            .cloned()
            .map_or_else(|| "was withdrawn".to_owned(), |reason| format!("was {reason}")),
        HotfixStatus::NotApplicable => format!("is not for this host{}", because()),
        HotfixStatus::Undetermined => {
            format!("may be for this host or not; missing is {}", list(&answer.missing_facts))
        }
        HotfixStatus::Conflicting => {
            format!("conflicts with {}, which is installed", list(&answer.conflicts_with))
        }
        HotfixStatus::Blocked => format!("needs {} first, which is not installed", list(&answer.blocked_by)),
        HotfixStatus::Deferred => format!("is kept back for now{}", because()),
        HotfixStatus::Applicable => "can be installed now".to_owned(),
    }
}
