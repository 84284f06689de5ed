//! What a plan means for one host: what it is before and after, and what stays open and why.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::assess::explain::{Missing, questions};
use crate::assess::{AdvisoryStatus, After, Assessment, Fix, Goal, HotfixStatus, Verdict, fix, fixes};
use crate::model::words::Severity;
use crate::model::{Catalogue, Id};

/// What a plan means for one host.
#[derive(Debug, Serialize)]
pub struct Outlook {
    /// The member of a pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Whether it is the pool's coordinator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coordinator: Option<bool>,
    /// Its release today.
    pub release: Option<Id>,
    /// Why.
    pub because: Vec<String>,
    /// What would settle its release, where that is not known.
    pub missing: Vec<Missing>,
    /// How it stands today, in a word.
    pub verdict: &'static str,
    /// How many advisories it stands with in which way, those that were asked about.
    pub advisories: BTreeMap<&'static str, usize>,
    /// What it will be after the plan.
    pub after: After,
    /// The exposures that are left after it, and why.
    pub left: Vec<Left>,
    /// The advisories that stay undetermined.
    pub undetermined: Vec<Open>,
    /// Hotfixes that are installed and were taken back, with what their publisher says.
    pub withdrawn: Vec<TakenBack>,
    #[serde(skip)]
    taken_back: bool,
    #[serde(skip)]
    ways: Vec<Fix>,
}

/// An exposure that is left after the plan.
#[derive(Debug, Serialize)]
pub struct Left {
    /// The advisory.
    pub advisory: Id,
    /// Its title.
    pub title: String,
    /// How serious it is.
    pub severity: Severity,
    /// Whether the host is not exposed to it today: it comes with the release that the plan leads to.
    pub new: bool,
    /// The sets of hotfixes that would remedy it, each hotfix with how it stands today.
    pub fixes: Vec<Vec<Fix>>,
    /// What to do meanwhile.
    pub workaround: Option<String>,
}

/// A hotfix that is installed and was taken back.
#[derive(Debug, Serialize)]
pub struct TakenBack {
    /// The hotfix.
    pub hotfix: Id,
    /// Why, and what to do.
    pub says: Vec<String>,
}

/// An advisory that stays undetermined.
#[derive(Debug, Serialize)]
pub struct Open {
    /// The advisory.
    pub advisory: Id,
    /// Its title.
    pub title: String,
    /// How serious it is.
    pub severity: Severity,
    /// What would settle it.
    pub missing: Vec<Missing>,
}

/// Why a target is not reached.
#[derive(Debug, Serialize)]
pub struct Unreachable {
    /// The target.
    pub target: Id,
    /// The hosts that do not reach it; a host by itself has no name.
    pub hosts: Vec<Option<String>>,
    /// Whether the host is beyond it already: nothing leads back.
    pub beyond: bool,
    /// The hotfixes that lead to it, each with how the first of these hosts stands with it.
    pub ways: Vec<Fix>,
}

impl Outlook {
    pub(super) fn of(
        catalogue: &Catalogue,
        member: Option<(&String, bool)>,
        assessment: &Assessment,
        after: &After,
        goal: &Goal,
    ) -> Self {
        let product = catalogue.product();
        let count = |status: &AdvisoryStatus| {
            let count = assessment.advisories.iter().filter(|answer| answer.status == *status).count();
            (status.word(), count)
        };
        let withdrawn = assessment
            .hotfixes
            .iter()
            .filter(|answer| answer.withdrawn && answer.status == HotfixStatus::Installed)
            .map(|answer| TakenBack { hotfix: answer.id.clone(), says: answer.warnings.clone() });
        Self {
            host: member.map(|(name, _)| name.clone()),
            coordinator: member.map(|(_, coordinator)| coordinator),
            release: assessment.release.id.clone(),
            because: assessment.release.because.clone(),
            missing: questions(product, &assessment.release.missing_facts),
            verdict: assessment.verdict().word(),
            advisories: AdvisoryStatus::ALL.iter().map(count).filter(|(_, count)| *count > 0).collect(),
            after: after.clone(),
            left: after.exposed.iter().map(|id| left(catalogue, assessment, id)).collect(),
            undetermined: after.undetermined.iter().map(|id| open(catalogue, assessment, id)).collect(),
            withdrawn: withdrawn.collect(),
            taken_back: assessment.verdict() == Verdict::Withdrawn,
            ways: ways(catalogue, assessment, goal),
        }
    }

    /// Whether something is needed that the plan does not do.
    pub(super) fn needs_more(&self) -> bool {
        !self.left.is_empty() || self.taken_back
    }

    /// Whether something cannot be said of it.
    pub(super) fn is_open(&self) -> bool {
        self.release.is_none()
            || !self.undetermined.is_empty()
            || self.verdict == Verdict::Undetermined.word()
    }
}

/// The hotfixes that lead to the target, with how the host stands with each.
fn ways(catalogue: &Catalogue, assessment: &Assessment, goal: &Goal) -> Vec<Fix> {
    let Goal::Target(target) = goal else { return Vec::new() };
    let all = catalogue.hotfixes().values();
    let leading = all.filter(|hotfix| hotfix.establishes.as_ref() == Some(target));
    leading.map(|hotfix| fix(catalogue, assessment, &hotfix.id)).collect()
}

/// Why the target is not reached; `None` where it is, where there is none, and where a host has no release.
pub(super) fn unreachable(catalogue: &Catalogue, goal: &Goal, hosts: &[Outlook]) -> Option<Unreachable> {
    let Goal::Target(target) = goal else { return None };
    let short = |host: &&Outlook| host.release.is_some() && host.after.release.as_ref() != Some(target);
    let first = hosts.iter().find(short)?;
    let place = |release: Option<&Id>| release.and_then(|id| catalogue.product().position(id.as_str()));
    Some(Unreachable {
        target: target.clone(),
        hosts: hosts.iter().filter(short).map(|host| host.host.clone()).collect(),
        beyond: place(first.release.as_ref()) > place(Some(target)),
        ways: first.ways.clone(),
    })
}

fn left(catalogue: &Catalogue, assessment: &Assessment, id: &Id) -> Left {
    let today = assessment.advisories.iter().find(|answer| answer.id == *id);
    let exposed = today.filter(|answer| answer.status == AdvisoryStatus::Exposed);
    let advisory = catalogue.advisories().get(id);
    Left {
        advisory: id.clone(),
        title: advisory.map(|advisory| advisory.title.clone()).unwrap_or_default(),
        severity: advisory.map_or(Severity::Low, |advisory| advisory.severity.clone()),
        new: exposed.is_none(),
        fixes: exposed.map(|answer| fixes(catalogue, assessment, answer)).unwrap_or_default(),
        workaround: exposed.and_then(|answer| answer.workaround.clone()),
    }
}

fn open(catalogue: &Catalogue, assessment: &Assessment, id: &Id) -> Open {
    let today = assessment.advisories.iter().find(|answer| answer.id == *id);
    let advisory = catalogue.advisories().get(id);
    Open {
        advisory: id.clone(),
        title: advisory.map(|advisory| advisory.title.clone()).unwrap_or_default(),
        severity: advisory.map_or(Severity::Low, |advisory| advisory.severity.clone()),
        missing: today
            .map(|answer| questions(catalogue.product(), &answer.missing_facts))
            .unwrap_or_default(),
    }
}
