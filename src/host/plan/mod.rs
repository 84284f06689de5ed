//! `hotfix plan`: the ordered steps for a host, or for the members of a pool, with what each is for, and what
//! stays open after them and why.

mod args;
mod members;
mod outlook;

use jiff::Timestamp;
use serde::Serialize;

pub use args::PlanArgs;
pub use members::{MAX_MEMBERS, Named};
pub use outlook::{Left, Open, Outlook, TakenBack, Unreachable};

use members::{Members, One};

use super::check::{Check, Checked, ask};
use super::state::State;
use super::{Error, inventory};
use crate::assess::{
    Assessment, Goal, GroupGuidance, Member, PendingAnswer, Pool, Purpose, Question, Verdict, assess, pool,
    purposes,
};
use crate::model::words::Action;
use crate::model::{Catalogue, Id, Inventory, suggest};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Ask {
    /// As of a check; its inventory is that of the first member.
    pub check: Check,
    /// The members of a pool, the coordinator among them; none or one: a host by itself.
    pub members: Vec<Named>,
    /// The name of the coordinator; left out: the first member.
    pub coordinator: Option<String>,
    /// What to plan for.
    pub goal: Goal,
}

/// What came of it.
#[derive(Debug)]
pub struct Planned {
    /// How far it can be trusted, and the answer for the host, or the pool's coordinator.
    pub checked: Checked,
    /// The plan; `None` where there is no catalogue to ask.
    pub plan: Option<Steps>,
    /// What it means for the host, or each member, the coordinator first.
    pub hosts: Vec<Outlook>,
    /// The members that differ from the coordinator today, in release or in what is installed.
    pub differ: Vec<String>,
    /// Why the target is not reached, where it is not.
    pub unreachable: Option<Unreachable>,
}

/// The plan.
#[derive(Debug, Serialize)]
pub struct Steps {
    /// What still waits, and is carried out before the first step.
    pub before: Vec<Waiting>,
    /// The steps.
    pub steps: Vec<PlannedStep>,
    /// What is to be done after each group, on every host that took a step of it.
    pub guidance: Vec<GroupGuidance>,
    /// Bytes to download, once for a pool; `None`: not known.
    pub download_bytes: Option<i64>,
    /// Bytes that have to be free on each host; `None`: not known.
    pub space_bytes: Option<i64>,
    /// Pairs of hotfixes that stand against each other.
    pub conflicts: Vec<[Id; 2]>,
    /// Whether no better plan exists.
    pub optimal: bool,
}

/// An action that still waits on a host.
#[derive(Debug, Serialize)]
pub struct Waiting {
    /// The member of a pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The hotfix that waits for it.
    pub hotfix: String,
    /// The action.
    pub action: Action,
}

/// A step.
#[derive(Debug, Serialize)]
pub struct PlannedStep {
    /// The hotfix that is installed.
    pub hotfix: Id,
    /// Its title.
    pub title: String,
    /// Its group, from 1: between groups mandatory actions are carried out.
    pub group: usize,
    /// The members of a pool that take it, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// What it is for.
    #[serde(flatten)]
    pub purpose: Purpose,
    /// Bytes to download; `None`: not known.
    pub download_bytes: Option<i64>,
    /// Where it is a live patch: what has to run for it to apply.
    pub live_patch_base: Option<String>,
    /// What somebody should know before carrying it out.
    pub warnings: Vec<String>,
}

/// What a plan amounts to: the first that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The answer cannot be trusted, or there is none.
    Error,
    /// The target cannot be reached.
    Unreachable,
    /// Something that is needed cannot be planned.
    Left,
    /// Facts are missing, or the host has no release.
    Undetermined,
    /// There are steps, or a restart, and nothing is left open after them.
    Steps,
    /// Nothing is to be done.
    Nothing,
}

impl Outcome {
    /// The published word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Unreachable => "unreachable",
            Self::Left => "left",
            Self::Undetermined => Verdict::Undetermined.word(),
            Self::Steps => "steps",
            Self::Nothing => "nothing",
        }
    }

    /// The exit code of `hotfix plan`.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Error => 1,
            Self::Unreachable | Self::Left => 100,
            Self::Undetermined => 110,
            Self::Steps | Self::Nothing => 0,
        }
    }
}

impl Planned {
    /// What the plan amounts to.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let Some(plan) = self.plan.as_ref().filter(|_| self.checked.counts()) else { return Outcome::Error };
        let any = |holds: fn(&Outlook) -> bool| self.hosts.iter().any(holds);
        match () {
            () if self.unreachable.is_some() => Outcome::Unreachable,
            () if any(Outlook::needs_more) => Outcome::Left,
            () if any(Outlook::is_open) => Outcome::Undetermined,
            () if plan.steps.is_empty() && plan.before.is_empty() => Outcome::Nothing,
            () => Outcome::Steps,
        }
    }
}

/// Asks the server unless told not to, verifies, and plans.
///
/// # Errors
/// As of [`super::check::check`]; a target that the product does not have; members that are no pool.
pub fn plan(state: &State, ask_for: &Ask, now: Timestamp) -> Result<Planned, Error> {
    let members = Members::read(ask_for)?;
    let given = match members.all.iter().find(|one| one.coordinator) {
        Some(coordinator) => Some(coordinator.inventory.clone()),
        None => ask_for.check.inventory.as_deref().map(inventory::read).transpose()?,
    };
    let checked = ask(state, &ask_for.check, given, ask_for.goal.clone(), now)?;
    members.are_of(&checked.product)?;
    let (Some(view), Some(assessment)) = (&checked.view, &checked.assessment) else {
        return Ok(Planned { checked, plan: None, hosts: vec![], differ: vec![], unreachable: None });
    };
    let catalogue = &view.catalogue;
    if let Goal::Target(release) = &ask_for.goal {
        known_release(catalogue, release)?;
    }
    let (hosts, steps, differ) = match members.all.is_empty() {
        true => {
            let (question, inventory) = (&checked.question, &checked.inventory);
            let steps = of_host(catalogue, inventory, question, assessment);
            (
                vec![Outlook::of(catalogue, None, assessment, &assessment.after, &question.goal)],
                steps,
                Vec::new(),
            )
        }
        false => of_pool(catalogue, &members.all, &checked.question),
    };
    let unreachable = outlook::unreachable(catalogue, &ask_for.goal, &hosts);
    Ok(Planned { plan: Some(steps), hosts, differ, unreachable, checked })
}

/// The release that was named, or an error with the one that may have been meant.
fn known_release(catalogue: &Catalogue, release: &Id) -> Result<(), Error> {
    let product = catalogue.product();
    if product.release(release.as_str()).is_some() {
        return Ok(());
    }
    let known = || product.releases.iter().map(|release| release.id.as_str());
    Err(Error::NoSuchRelease {
        product: product.id.clone(),
        release: release.clone(),
        near: suggest(release.as_str(), known()).map(str::to_owned),
        known: known().map(str::to_owned).collect(),
    })
}

/// The plan of a host by itself.
fn of_host(
    catalogue: &Catalogue,
    inventory: &Inventory,
    question: &Question,
    assessment: &Assessment,
) -> Steps {
    let plan = &assessment.plan;
    let ids: Vec<Id> = plan.steps.iter().map(|step| step.hotfix.clone()).collect();
    let purposes = purposes(catalogue, inventory, question, &ids);
    let step = |(step, purpose): (&crate::assess::Step, Purpose)| {
        planned(catalogue, &step.hotfix, step.group, &step.warnings, Vec::new(), purpose)
    };
    let waiting = |pending: &PendingAnswer| Waiting {
        host: None,
        hotfix: pending.hotfix.clone(),
        action: pending.action.clone(),
    };
    Steps {
        before: plan.before.iter().map(waiting).collect(),
        steps: plan.steps.iter().zip(purposes).map(step).collect(),
        guidance: plan.guidance.clone(),
        download_bytes: plan.download_bytes,
        space_bytes: plan.space_bytes,
        conflicts: plan.conflicts.clone(),
        optimal: plan.optimal,
    }
}

/// The plan of a pool, what it means for each member, and the members that differ today.
fn of_pool(catalogue: &Catalogue, all: &[One], question: &Question) -> (Vec<Outlook>, Steps, Vec<String>) {
    let member = |one: &'_ One| -> (String, Option<String>) { (one.name.clone(), one.id.clone()) };
    let names: Vec<(String, Option<String>)> = all.iter().map(member).collect();
    let members: Vec<Member<'_>> = all
        .iter()
        .zip(&names)
        .map(|(one, (host, id))| Member {
            host,
            id: id.as_deref(),
            coordinator: one.coordinator,
            inventory: &one.inventory,
        })
        .collect();
    let answer = pool(catalogue, &members, question);
    let mut purposes_of: Vec<Purpose> = vec![Purpose::default(); answer.plan.steps.len()];
    let mut hosts = Vec::new();
    for seat in &answer.members {
        let Some(one) = all.iter().find(|one| one.name == seat.host) else { continue };
        let question = Question { host: one.id.clone(), ..question.clone() };
        let own = assess(catalogue, &one.inventory, &question);
        hosts.push(Outlook::of(
            catalogue,
            Some((&seat.host, seat.coordinator)),
            &own,
            &seat.after,
            &question.goal,
        ));
        let taken: Vec<usize> = taken(&answer, &seat.host);
        let ids: Vec<Id> = taken
            .iter()
            .filter_map(|at| answer.plan.steps.get(*at))
            .map(|step| step.hotfix.clone())
            .collect();
        for (at, purpose) in taken.iter().zip(purposes(catalogue, &one.inventory, &question, &ids)) {
            purposes_of.get_mut(*at).into_iter().for_each(|joined| joined.join(purpose.clone()));
        }
    }
    let plan = answer.plan;
    let step = |(step, purpose): (crate::assess::PoolStep, Purpose)| {
        planned(catalogue, &step.hotfix, step.group, &step.warnings, step.members, purpose)
    };
    let waiting = |pending: crate::assess::PoolPending| Waiting {
        host: Some(pending.host),
        hotfix: pending.hotfix,
        action: pending.action,
    };
    let steps = Steps {
        before: plan.before.into_iter().map(waiting).collect(),
        steps: plan.steps.into_iter().zip(purposes_of).map(step).collect(),
        guidance: plan.guidance,
        download_bytes: plan.download_bytes,
        space_bytes: plan.space_bytes,
        conflicts: plan.conflicts,
        optimal: plan.optimal,
    };
    (hosts, steps, answer.differ)
}

/// The steps of a pool's plan that a member takes, by number.
fn taken(pool: &Pool, host: &String) -> Vec<usize> {
    let steps = pool.plan.steps.iter().enumerate();
    steps.filter(|(_, step)| step.members.contains(host)).map(|(at, _)| at).collect()
}

fn planned(
    catalogue: &Catalogue,
    id: &Id,
    group: usize,
    warnings: &[String],
    members: Vec<String>,
    purpose: Purpose,
) -> PlannedStep {
    let hotfix = catalogue.hotfixes().get(id);
    PlannedStep {
        hotfix: id.clone(),
        title: hotfix.map(|hotfix| hotfix.title.clone()).unwrap_or_default(),
        group,
        members,
        purpose,
        download_bytes: hotfix.and_then(crate::model::Hotfix::download_bytes),
        live_patch_base: hotfix.and_then(|hotfix| Some(hotfix.live_patch.as_ref()?.base.clone())),
        warnings: warnings.to_vec(),
    }
}
