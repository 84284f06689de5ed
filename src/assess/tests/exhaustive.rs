//! Every valid sequence of steps on a small catalogue, found by asking for statuses only: the search that makes
//! plans has no part in it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::generate::{self, Documents};
use super::question;
use crate::assess::{AdvisoryStatus, Assessment, HotfixStatus, Question, assess};
use crate::model::words::Severity;
use crate::model::{Catalogue, Id};

/// The question about nothing but hotfixes: quick, since there is nothing to plan for.
pub(super) fn statuses_only() -> Question {
    Question { advisories: Some(BTreeSet::new()), ..question() }
}

/// The host's inventory after a step, its guidance carried out.
pub(super) fn carried_out(documents: &Documents, inventory: &Value, hotfix: &str) -> Value {
    let mut after = inventory.clone();
    after.as_object_mut().unwrap().remove("pending");
    let mut installed = installed(inventory);
    installed.insert(hotfix.to_owned());
    after["hotfixes"] = json!(installed);
    let document = documents.find("hotfix", hotfix).unwrap();
    let releases = documents.0[0]["releases"].as_array().unwrap();
    if let Some(release) = releases.iter().find(|release| release["id"] == document["establishes"]) {
        after["version"] = release["reports"]["version"].clone();
    }
    after
}

/// What is installed, what is pending among it.
pub(super) fn installed(inventory: &Value) -> BTreeSet<String> {
    let list = |name: &str| inventory[name].as_array().cloned().unwrap_or_default();
    let pending = list("pending").into_iter().map(|pending| pending["hotfix"].clone());
    list("hotfixes").into_iter().chain(pending).map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// What is installed, and on which version.
type Installed = (Vec<String>, String);
/// The release, and what can be installed next.
type Standing = (Option<Id>, Vec<String>);

/// Every valid sequence from a host.
pub(super) struct Exhaustive<'d> {
    documents: &'d Documents,
    catalogue: &'d Catalogue,
    statuses: BTreeMap<Installed, Standing>,
    found: Vec<Sequence>,
}

/// A valid sequence, and whether the release stayed throughout.
#[derive(Debug, Clone)]
struct Sequence {
    steps: Vec<String>,
    stays: bool,
    provided: BTreeSet<String>,
}

/// In the order of what counts; bytes that are not known come last.
type Cost = (bool, usize, usize, (bool, i64), Vec<String>, Vec<String>);

impl<'d> Exhaustive<'d> {
    pub(super) fn of(documents: &'d Documents, catalogue: &'d Catalogue, inventory: &Value) -> Self {
        let mut all = Self { documents, catalogue, statuses: BTreeMap::new(), found: Vec::new() };
        let mut host = inventory.clone();
        host["hotfixes"] = json!(installed(inventory));
        host.as_object_mut().unwrap().remove("pending");
        all.walk(&host, &mut Vec::new(), true);
        all
    }

    fn walk(&mut self, host: &Value, steps: &mut Vec<String>, stays: bool) {
        let (release, applicable) = self.look(host);
        self.found.push(Sequence { steps: steps.clone(), stays, provided: self.provided(host) });
        for hotfix in applicable {
            let after = carried_out(self.documents, host, &hotfix);
            let same = self.look(&after).0 == release;
            steps.push(hotfix);
            self.walk(&after, steps, stays && same);
            steps.pop();
        }
    }

    /// The release of a host, and what can be installed on it.
    fn look(&mut self, host: &Value) -> (Option<Id>, Vec<String>) {
        let key = (installed(host).into_iter().collect(), host["version"].to_string());
        if let Some(known) = self.statuses.get(&key) {
            return known.clone();
        }
        let assessment = assess(self.catalogue, &generate::inventory(host), &statuses_only());
        let applicable = assessment.hotfixes.iter().filter(|one| one.status == HotfixStatus::Applicable);
        let found = (assessment.release.id.clone(), applicable.map(|one| one.id.to_string()).collect());
        self.statuses.insert(key, found.clone());
        found
    }

    fn provided(&self, host: &Value) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        for id in installed(host) {
            if let Some(hotfix) = self.catalogue.find_hotfix(&id).filter(|hotfix| !hotfix.ineffective()) {
                out.extend(self.catalogue.rolls_up(&id).iter().map(ToString::to_string));
                out.insert(hotfix.id.to_string());
            }
        }
        out
    }

    /// The steps of the least plan for the exposures that can be remedied together.
    pub(super) fn least(&self, assessment: &Assessment) -> Vec<String> {
        let release = assessment.release.id.clone().unwrap();
        let mut exposed: Vec<(Severity, String)> = assessment
            .advisories
            .iter()
            .filter(|one| one.status == AdvisoryStatus::Exposed)
            .map(|one| (one.severity.clone(), one.id.to_string()))
            .collect();
        exposed.sort();
        let remedies = |sequence: &Sequence, advisory: &str| {
            let matrix = self.documents.find("advisory", advisory).unwrap()["matrix"].as_array().unwrap();
            let covers =
                |cell: &&Value| cell["releases"].as_array().unwrap().contains(&json!(release.as_str()));
            let sets =
                matrix.iter().find(covers).unwrap()["fixed_by"].as_array().cloned().unwrap_or_default();
            let provided = |id: &Value| sequence.provided.contains(id.as_str().unwrap());
            sets.iter().any(|set| set.as_array().unwrap().iter().all(provided))
        };
        let mut remaining: Vec<&Sequence> = self.found.iter().collect();
        for (_, advisory) in &exposed {
            let with: Vec<&Sequence> =
                remaining.iter().copied().filter(|sequence| remedies(sequence, advisory)).collect();
            if !with.is_empty() {
                remaining = with;
            }
        }
        let costs = remaining.into_iter().map(|sequence| self.cost(sequence));
        costs.min().map(|(.., steps)| steps).unwrap()
    }

    fn cost(&self, sequence: &Sequence) -> Cost {
        let steps = &sequence.steps;
        let mut sorted = steps.clone();
        sorted.sort();
        let bytes = steps.iter().try_fold(0, |sum, id| {
            Some(sum + self.documents.find("hotfix", id).unwrap()["payloads"][0]["bytes"].as_i64()?)
        });
        let bytes = (bytes.is_none(), bytes.unwrap_or_default());
        (!sequence.stays, steps.len(), self.restarts(steps), bytes, sorted, steps.clone())
    }

    /// The groups after which the host is restarted.
    fn restarts(&self, steps: &[String]) -> usize {
        let mut groups = vec![false];
        let (mut later, mut ended) = (false, false);
        for id in steps {
            if ended {
                groups.push(false);
            }
            let guidance = &self.documents.find("hotfix", id).unwrap()["guidance"];
            let (action, level) = (&guidance[0]["action"], &guidance[0]["level"]);
            ended = level == "mandatory";
            *groups.last_mut().unwrap() |= ended && action == "RebootHost";
            later |= guidance.is_null() || (level == "recommended" && action == "RebootHost");
        }
        *groups.last_mut().unwrap() |= later;
        groups.into_iter().filter(|restart| *restart).count()
    }
}
