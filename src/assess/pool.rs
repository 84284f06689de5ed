//! A pool: its members take the same steps, each on every member before the next.

use serde::Serialize;

use super::assessment::{After, GroupGuidance};
use crate::model::words::Action;
use crate::model::{Id, Inventory};

/// The schema of a [`Pool`].
pub const POOL_SCHEMA: &str = "hotfixd/pool/1";

/// A member of a pool.
#[derive(Debug, Clone, Copy)]
pub struct Member<'i> {
    /// Its own id.
    pub host: &'i str,
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
    /// The members, the coordinator first, then by host id.
    pub members: Vec<PoolMember>,
    /// The members whose release or installed hotfixes differ from the coordinator's today.
    pub differ: Vec<String>,
    /// What to do.
    pub plan: PoolPlan,
}

/// A member, before and after the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PoolMember {
    /// Its own id.
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
