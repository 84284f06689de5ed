//! A pool: its members take the same steps, each on every member before the next.

use serde::Serialize;

use super::assessment::{After, GroupGuidance, PendingAnswer};
use super::host::Host;
use super::plan::{self, Course, Seat};
use super::question::Question;
use super::{after, listing};
use crate::model::words::Action;
use crate::model::{Catalogue, Hotfix, Id, Inventory};

/// The schema of a [`Pool`].
pub const POOL_SCHEMA: &str = "hotfixd/pool/1";

/// A member of a pool.
#[derive(Debug, Clone, Copy)]
pub struct Member<'i> {
    /// What it is called.
    pub host: &'i str,
    /// Its own id, by which its turn in a rollout is found; `None`: not known.
    pub id: Option<&'i str>,
    /// Whether it is the coordinator, which takes every step first.
    pub coordinator: bool,
    /// What it says of itself.
    pub inventory: &'i Inventory,
}

/// What a catalogue means for a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pool {
    /// [`POOL_SCHEMA`].
    pub schema: &'static str,
    /// The product.
    pub product: Id,
    /// The members, the coordinator first, then by name.
    pub members: Vec<PoolMember>,
    /// The members whose release or installed hotfixes differ from the coordinator's today.
    pub differ: Vec<String>,
    /// What to do.
    pub plan: PoolPlan,
}

/// A member, before and after the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PoolMember {
    /// What it is called.
    pub host: String,
    /// Whether it is the coordinator.
    pub coordinator: bool,
    /// Its release today.
    pub release: Option<Id>,
    /// What it will be after the plan.
    pub after: After,
}

/// Ordered steps over a pool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PoolPlan {
    /// The actions that still wait on members and are carried out before the first step.
    pub before: Vec<PoolPending>,
    /// The steps.
    pub steps: Vec<PoolStep>,
    /// What is to be done after each group on the members that took its steps, by group.
    pub guidance: Vec<GroupGuidance>,
    /// Bytes to download, once for the pool; `None`: not known.
    pub download_bytes: Option<i64>,
    /// Bytes that have to be free on a member: the most that one group needs; `None`: not known.
    pub space_bytes: Option<i64>,
    /// Pairs of hotfixes that stand against each other, where not all exposures can be remedied together.
    pub conflicts: Vec<[Id; 2]>,
    /// Whether the search ended within its bound, so that no better plan exists.
    pub optimal: bool,
}

/// An action that still waits on a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PoolPending {
    /// The member.
    pub host: String,
    /// The hotfix, as the member named it where the catalogue does not know it.
    pub hotfix: String,
    /// The action.
    pub action: Action,
}

/// A step of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PoolStep {
    /// The hotfix that is installed.
    pub hotfix: Id,
    /// Its group, from 1: between groups mandatory actions are carried out.
    pub group: usize,
    /// The members that take it, in order: the coordinator first.
    pub members: Vec<String>,
    /// What somebody should know before carrying it out.
    pub warnings: Vec<String>,
}

/// What a catalogue means for a pool, of which each member is asked about by its own id.
pub(super) fn pool_of<'c, H: Host<'c>>(
    catalogue: &'c Catalogue,
    members: &[Member<'c>],
    question: &Question,
    state: impl Fn(&'c Inventory) -> H,
) -> Pool {
    let mut members = members.to_vec();
    members.sort_by_key(|member| (!member.coordinator, member.host));
    let seats: Vec<Seat<H>> = members
        .iter()
        .map(|member| Seat {
            state: state(member.inventory),
            question: Question { host: member.id.map(str::to_owned), ..question.clone() },
        })
        .collect();
    let course = plan::as_asked(&seats, &question.goal)
        .unwrap_or_else(|| plan::for_needs(&seats, &plan::exposing(&seats)));
    let answers = members.iter().zip(&seats).zip(&course.seats).map(|((member, today), last)| PoolMember {
        host: member.host.to_owned(),
        coordinator: member.coordinator,
        release: today.state.release().cloned(),
        after: after::after(last),
    });
    Pool {
        schema: POOL_SCHEMA,
        product: catalogue.product().id.clone(),
        members: answers.collect(),
        differ: differ(&members, &seats),
        plan: published(&members, &seats, &course),
    }
}

/// The members whose release, or what is installed, is not the coordinator's.
fn differ<'c, H: Host<'c>>(members: &[Member<'_>], seats: &[Seat<H>]) -> Vec<String> {
    let Some(first) = seats.first() else { return Vec::new() };
    let differs = |seat: &Seat<H>| {
        let (one, other) = (&first.state, &seat.state);
        one.found() != other.found() || !one.same_installed(other)
    };
    let differing = members.iter().zip(seats).filter(|(_, seat)| differs(seat));
    differing.map(|(member, _)| member.host.to_owned()).collect()
}

fn published<'c, H: Host<'c>>(members: &[Member<'_>], seats: &[Seat<H>], course: &Course<'c, H>) -> PoolPlan {
    let hotfixes: Vec<&Hotfix> = course.steps.iter().map(|step| step.hotfix).collect();
    let taking = plan::taking(&hotfixes);
    let host = |number: &usize| members.get(*number).map(|member| member.host.to_owned());
    let steps = course.steps.iter().zip(&taking.groups).map(|(step, group)| PoolStep {
        hotfix: step.hotfix.id.clone(),
        group: *group,
        members: step.seats.iter().filter_map(host).collect(),
        warnings: listing::step_warnings(step.hotfix),
    });
    let waiting = members.iter().zip(seats).flat_map(|(member, seat)| {
        super::before(&seat.state).into_iter().map(|PendingAnswer { hotfix, action }| PoolPending {
            host: member.host.to_owned(),
            hotfix,
            action,
        })
    });
    PoolPlan {
        before: waiting.collect(),
        steps: steps.collect(),
        guidance: taking.guidance,
        download_bytes: taking.download_bytes,
        space_bytes: taking.space_bytes,
        conflicts: course.conflicts.iter().map(|pair| pair.map(Id::clone)).collect(),
        optimal: course.optimal,
    }
}
