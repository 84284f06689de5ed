//! What changed between two answers: what is new, gone or different. Applied to the first it gives the second.

mod lines;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::assessment::{AdvisoryStatus, Assessment, HotfixStatus, Need};
use super::index::assess;
use super::question::Question;
use super::verdict::Verdict;
use crate::json::{Table, Value};
use crate::model::{Catalogue, Id, Inventory};

/// The schema of a [`Changed`].
pub const CHANGED_SCHEMA: &str = "hotfixd/changed/1";

/// What an answer comes to: enough to say later what changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Essentials {
    /// The moment that was asked about.
    pub as_of: Timestamp,
    /// The answer in a word.
    pub verdict: Verdict,
    /// The host's release.
    pub release: Option<Id>,
    /// The advisories that state something of the host.
    pub advisories: BTreeMap<Id, AdvisoryStatus>,
    /// The hotfixes that concern the host.
    pub hotfixes: BTreeMap<Id, Stand>,
    /// The steps of the plan.
    pub steps: Vec<Id>,
}

/// How a host stands with a hotfix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stand {
    /// Its status.
    pub status: HotfixStatus,
    /// What it is needed for.
    pub need: Option<Need>,
}

/// Something that was one thing and is another; `None`: it was or is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change<T> {
    /// The advisory or hotfix; left out for what there is one of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// What it was.
    pub before: Option<T>,
    /// What it is.
    pub after: Option<T>,
}

/// What changed between two answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// [`CHANGED_SCHEMA`].
    pub schema: &'static str,
    /// The moment of the first.
    pub since: Timestamp,
    /// The moment of the second.
    pub until: Timestamp,
    /// The verdict, where it is another.
    pub verdict: Option<Change<Verdict>>,
    /// The release, where it is another.
    pub release: Option<Change<Id>>,
    /// The advisories with which the host stands otherwise, by id. One that stated or states nothing of the host
    /// has no status there.
    pub advisories: Vec<Change<AdvisoryStatus>>,
    /// The hotfixes with which the host stands otherwise, by id. One that did not or does not concern the host has
    /// no status there.
    pub hotfixes: Vec<Change<Stand>>,
    /// The steps of the plan, where they are others.
    pub plan: Option<PlanChange>,
}

/// How a plan changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanChange {
    /// The steps that it has in the end.
    pub steps: Vec<Id>,
    /// Those of them that are new, in order.
    pub added: Vec<Id>,
    /// The steps that it has no longer, in their order.
    pub removed: Vec<Id>,
}

impl Essentials {
    /// What an answer comes to.
    #[must_use]
    pub fn of(assessment: &Assessment) -> Self {
        let hotfix =
            |one: &super::HotfixAnswer| (one.id.clone(), Stand { status: one.status, need: one.need });
        Self {
            as_of: assessment.as_of,
            verdict: assessment.verdict(),
            release: assessment.release.id.clone(),
            advisories: assessment.advisories.stated().map(|one| (one.id.clone(), one.status)).collect(),
            hotfixes: assessment.hotfixes.iter().map(hotfix).collect(),
            steps: assessment.plan.steps.iter().map(|step| step.hotfix.clone()).collect(),
        }
    }

    /// As it is kept.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let advisory = |(id, status): (&Id, &AdvisoryStatus)| (id.to_string(), status.word().into());
        let hotfix = |(id, stand): (&Id, &Stand)| {
            let need = stand.need.map(|need| format!(" {need}")).unwrap_or_default();
            (id.to_string(), format!("{}{need}", stand.status).into())
        };
        let advisories: Table = self.advisories.iter().map(advisory).collect();
        let hotfixes: Table = self.hotfixes.iter().map(hotfix).collect();
        let steps: Vec<Value> = self.steps.iter().map(|id| id.as_str().into()).collect();
        let release = self.release.as_ref().map_or("", |id| id.as_str());
        Value::from([
            ("as_of", self.as_of.to_string().into()),
            ("verdict", self.verdict.word().into()),
            ("release", release.into()),
            ("advisories", advisories.into()),
            ("hotfixes", hotfixes.into()),
            ("steps", steps.into()),
        ])
    }

    /// Reads what [`Essentials::to_value`] made; `None` for anything else.
    #[must_use]
    pub fn read(value: &Value) -> Option<Self> {
        let status = |text: &str| AdvisoryStatus::ALL.iter().find(|one| one.word() == text).copied();
        let stand = |text: &str| {
            let (status, need) =
                text.split_once(' ').map_or((text, None), |(status, need)| (status, Some(need)));
            let status = HotfixStatus::ALL.iter().find(|one| one.word() == status).copied()?;
            let need = match need {
                Some(need) => Some(Need::ALL.iter().find(|one| one.word() == need).copied()?),
                None => None,
            };
            Some(Stand { status, need })
        };
        let text = |name: &str| value.get(name).and_then(Value::as_text);
        let release = text("release")?;
        let verdict = text("verdict")?;
        let entry = |(id, value): (&String, &Value)| Some((Id::new(id)?, value.as_text()?.to_owned()));
        let entries = |name: &str| -> Option<Vec<(Id, String)>> {
            value.get(name)?.as_table()?.iter().map(entry).collect()
        };
        Some(Self {
            as_of: text("as_of")?.parse().ok()?,
            verdict: Verdict::ALL.iter().find(|one| one.word() == verdict).copied()?,
            release: if release.is_empty() { None } else { Some(Id::new(release)?) },
            advisories: entries("advisories")?
                .into_iter()
                .map(|(id, text)| Some((id, status(&text)?)))
                .collect::<Option<_>>()?,
            hotfixes: entries("hotfixes")?
                .into_iter()
                .map(|(id, text)| Some((id, stand(&text)?)))
                .collect::<Option<_>>()?,
            steps: value
                .get("steps")?
                .as_list()?
                .iter()
                .map(|step| Id::new(step.as_text()?))
                .collect::<Option<_>>()?,
        })
    }
}

/// What changed between two answers.
#[must_use]
pub fn changed(before: &Essentials, after: &Essentials) -> Changed {
    let plan = || {
        let (old, new): (BTreeSet<&Id>, BTreeSet<&Id>) =
            (before.steps.iter().collect(), after.steps.iter().collect());
        PlanChange {
            steps: after.steps.clone(),
            added: after.steps.iter().filter(|id| !old.contains(id)).cloned().collect(),
            removed: before.steps.iter().filter(|id| !new.contains(id)).cloned().collect(),
        }
    };
    Changed {
        schema: CHANGED_SCHEMA,
        since: before.as_of,
        until: after.as_of,
        verdict: one(Some(&before.verdict), Some(&after.verdict)),
        release: one(before.release.as_ref(), after.release.as_ref()),
        advisories: each(&before.advisories, &after.advisories),
        hotfixes: each(&before.hotfixes, &after.hotfixes),
        plan: (before.steps != after.steps).then(plan),
    }
}

/// What another catalogue of the same product means for a host, against what the first means.
#[must_use]
pub fn between(before: &Catalogue, after: &Catalogue, inventory: &Inventory, question: &Question) -> Changed {
    let of = |catalogue| Essentials::of(&assess(catalogue, inventory, question));
    changed(&of(before), &of(after))
}

/// What changed for a host since a moment, by the catalogue of then.
#[must_use]
pub fn since(
    (moment, catalogue): (Timestamp, &Catalogue),
    inventory: &Inventory,
    question: &Question,
    now: &Assessment,
) -> Changed {
    let then = Question { now: moment, ..question.clone() };
    changed(&Essentials::of(&assess(catalogue, inventory, &then)), &Essentials::of(now))
}

fn one<T: PartialEq + Clone>(before: Option<&T>, after: Option<&T>) -> Option<Change<T>> {
    (before != after).then(|| Change { id: None, before: before.cloned(), after: after.cloned() })
}

/// By id, those that are new, gone or different.
fn each<T: PartialEq + Clone>(before: &BTreeMap<Id, T>, after: &BTreeMap<Id, T>) -> Vec<Change<T>> {
    let ids: BTreeSet<&Id> = before.keys().chain(after.keys()).collect();
    let change =
        |id: &Id| one(before.get(id), after.get(id)).map(|change| Change { id: Some(id.clone()), ..change });
    ids.into_iter().filter_map(change).collect()
}

impl Changed {
    /// Whether nothing is new, gone or different.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.verdict.is_none()
            && self.release.is_none()
            && self.advisories.is_empty()
            && self.hotfixes.is_empty()
            && self.plan.is_none()
    }

    /// The second answer, from the first.
    #[must_use]
    pub fn apply(&self, before: &Essentials) -> Essentials {
        let mut after = before.clone();
        after.as_of = self.until;
        if let Some(verdict) = self.verdict.as_ref().and_then(|change| change.after) {
            after.verdict = verdict;
        }
        if let Some(release) = &self.release {
            after.release.clone_from(&release.after);
        }
        put(&mut after.advisories, &self.advisories);
        put(&mut after.hotfixes, &self.hotfixes);
        if let Some(plan) = &self.plan {
            after.steps.clone_from(&plan.steps);
        }
        after
    }
}

fn put<T: Clone>(all: &mut BTreeMap<Id, T>, changes: &[Change<T>]) {
    for change in changes {
        match (&change.id, &change.after) {
            (Some(id), Some(after)) => drop(all.insert(id.clone(), after.clone())),
            (Some(id), None) => drop(all.remove(id)),
            (None, _) => {}
        }
    }
}
