//! What a catalogue means for a host: one pure function, the same on the server and on the host.
//!
//! No I/O, no clock, no randomness: the moment, the host's id and what is asked stand in the [`Question`].
//! This is the plain form, which stays as the reference for any faster one.
//!
//! | file | what it decides |
//! |---|---|
//! | `state`, `release` | what is installed and provided, and the release that follows |
//! | `evaluate` | a condition, in three values |
//! | `advisory` | the status of an advisory: its worst cell |
//! | `hotfix`, `rollout` | the status of a hotfix, the first that holds |
//! | `plan/` | the steps, the least that remedy what can be remedied |
//! | `need` | what a hotfix is needed for, by the plan for needs |
//! | `listing`, `because`, `unrecognised` | the answer's words |
//! | `after`, `verdict` | what is left after the plan, and all of it in one word |
//! | `pool` | the same for the members of a pool, step by step |

mod advisory;
mod after;
mod assessment;
mod because;
mod evaluate;
mod hotfix;
mod listing;
mod need;
mod plan;
mod pool;
mod question;
mod release;
mod rollout;
mod state;
mod unrecognised;
mod verdict;

use std::collections::BTreeSet;

pub use assessment::{
    ASSESSMENT_SCHEMA, AdvisoryAnswer, AdvisoryStatus, After, Assessment, CatalogueVersion, GroupGuidance,
    GuidanceAction, HotfixAnswer, HotfixStatus, Need, PendingAnswer, Plan, Reason, ReleaseAnswer,
    RemediationAnswer, RolloutAnswer, Step, Unrecognised,
};
use jiff::Timestamp;
pub use pool::{Member, POOL_SCHEMA, Pool, PoolMember, PoolPending, PoolPlan, PoolStep, pool};
pub use question::{Goal, Question};
pub use verdict::Verdict;

use crate::model::words::Category;
use crate::model::{Advisory, Catalogue, Hotfix, Id, Inventory};
use advisory::JudgedAdvisory;
use hotfix::JudgedHotfix;
use need::Needs;
use plan::{CellGoal, Course, Seat};
use state::State;
use verdict::Beside;

/// What a catalogue means for a host.
#[must_use]
pub fn assess(catalogue: &Catalogue, inventory: &Inventory, question: &Question) -> Assessment {
    let state = State::of(catalogue, inventory);
    let seat = Seat { state: state.clone(), question: question.clone() };
    let advisories: Vec<JudgedAdvisory<'_>> =
        asked(catalogue, question).map(|one| advisory::judge(one, &state)).collect();
    let hotfixes: Vec<JudgedHotfix<'_>> =
        hotfix::listed(&state).map(|one| hotfix::judge(one, &state, question)).collect();

    let seats = std::slice::from_ref(&seat);
    let exposing = plan::exposing(seats);
    let for_needs = plan::for_needs(seats, &exposing);
    let as_asked = plan::as_asked(seats, &question.goal);
    let course = as_asked.as_ref().unwrap_or(&for_needs);
    let last = course.seats.first().unwrap_or(&seat);

    let needed: BTreeSet<&Id> = for_needs.steps.iter().map(|step| &step.hotfix.id).collect();
    let after_needs = for_needs.seats.first().unwrap_or(&seat);
    let needs = Needs::of(&advisories, &state, needed, &after_needs.state);
    let steps: BTreeSet<&Id> = course.steps.iter().map(|step| &step.hotfix.id).collect();
    let answer_hotfix = |judged: &JudgedHotfix<'_>| {
        listing::answer(judged, needs.need(judged), steps.contains(&judged.hotfix.id), question)
    };
    let statuses = advisories.iter().map(|judged| judged.status);
    let beside = Beside {
        withdrawn: withdrawn_installed(&state, question),
        unsettled: state.release().is_none() || asks_for_the_unknown(catalogue, question),
    };
    Assessment {
        schema: ASSESSMENT_SCHEMA,
        product: catalogue.product().id.clone(),
        catalogue: CatalogueVersion { roles: catalogue.roles().to_vec() },
        inventory: inventory.digest().to_owned(),
        as_of: question.now,
        valid_until: valid_until(&seat, &exposing, &for_needs),
        release: release::answer(&state),
        verdict: verdict::verdict(statuses, beside),
        advisories: advisories.iter().map(|judged| advisory::answer(judged, &state)).collect(),
        hotfixes: hotfixes.iter().map(answer_hotfix).collect(),
        plan: published_plan(&state, course),
        after: after::after(last),
        unrecognised: unrecognised::unrecognised(catalogue, inventory),
    }
}

/// The advisories that a question asks about. A withdrawn one takes no part.
fn asked<'c>(catalogue: &'c Catalogue, question: &Question) -> impl Iterator<Item = &'c Advisory> {
    let (ids, security) = (question.advisories.clone(), question.security);
    catalogue
        .advisories()
        .values()
        .filter(|advisory| advisory.withdrawn.is_none())
        .filter(move |advisory| ids.as_ref().is_none_or(|ids| ids.contains(&advisory.id)))
        .filter(move |advisory| !security || may_be_security(advisory))
}

/// A category that is not known here may be about security too.
fn may_be_security(advisory: &Advisory) -> bool {
    matches!(advisory.category, Category::Security | Category::Other(_))
}

/// Whether an advisory is asked for by its id that there is none of, or that the question itself leaves out as
/// not about security: nothing is said of it, which must not read like an answer.
fn asks_for_the_unknown(catalogue: &Catalogue, question: &Question) -> bool {
    let left_out = |one: &Advisory| question.security && !may_be_security(one) && one.withdrawn.is_none();
    question.advisories.iter().flatten().any(|id| catalogue.advisories().get(id).is_none_or(left_out))
}

/// Whether a withdrawn hotfix is installed that has to do with the question: with any, or where it is
/// narrowed, with a fix of an advisory that is asked about.
fn withdrawn_installed(state: &State<'_>, question: &Question) -> bool {
    let catalogue = state.catalogue();
    let fixes: BTreeSet<&Id> = asked(catalogue, question)
        .flat_map(|advisory| &advisory.matrix)
        .flat_map(|cell| cell.alternatives().iter().flatten())
        .collect();
    let concerned = |hotfix: &Hotfix| {
        let rolled_up = catalogue.rolls_up(hotfix.id.as_str());
        !question.narrowed() || fixes.iter().any(|fix| **fix == hotfix.id || rolled_up.contains(*fix))
    };
    let installed = state.installed().iter().filter_map(|id| catalogue.hotfixes().get(*id));
    installed.filter(|hotfix| hotfix.withdrawn.is_some()).any(concerned)
}

/// The plan as it is published.
fn published_plan(state: &State<'_>, course: &Course<'_>) -> Plan {
    let hotfixes: Vec<&Hotfix> = course.steps.iter().map(|step| step.hotfix).collect();
    let taking = plan::taking(&hotfixes);
    let steps = hotfixes.iter().zip(&taking.groups).map(|(hotfix, group)| Step {
        hotfix: hotfix.id.clone(),
        group: *group,
        warnings: listing::step_warnings(hotfix),
    });
    Plan {
        before: before(state),
        steps: steps.collect(),
        guidance: taking.guidance,
        download_bytes: taking.download_bytes,
        space_bytes: taking.space_bytes,
        conflicts: course.conflicts.iter().map(|pair| pair.map(Id::clone)).collect(),
        optimal: course.optimal,
    }
}

/// What still waits on a host, by hotfix and action.
fn before(state: &State<'_>) -> Vec<PendingAnswer> {
    let pending = state.inventory().pending.iter().map(|pending| {
        let known = state.catalogue().find_hotfix(&pending.hotfix);
        let hotfix = known.map_or_else(|| pending.hotfix.clone(), |hotfix| hotfix.id.to_string());
        PendingAnswer { hotfix, action: pending.action.clone() }
    });
    let sorted: BTreeSet<PendingAnswer> = pending.collect();
    sorted.into_iter().collect()
}

/// The next edge of a rollout or a hold that can change an answer: of a hotfix that could be a step if it
/// were not kept back for a time. One that installs on other releases only counts where a plan leads, or
/// would have to lead, beyond this one.
fn valid_until(seat: &Seat<'_>, exposing: &[CellGoal<'_>], for_needs: &Course<'_>) -> Option<Timestamp> {
    let (state, question) = (&seat.state, &seat.question);
    let left = || {
        let after = for_needs.seats.first().map(|seat| after::after(seat).exposed).unwrap_or_default();
        exposing.iter().any(|goal| after.contains(&goal.advisory.id))
    };
    let beyond = matches!(question.goal, Goal::Target(_)) || left();
    let counts =
        |hotfix: &&Hotfix| beyond || state.release().is_some_and(|release| hotfix.releases.contains(release));
    plan::reachable_in_time(seat)
        .into_iter()
        .filter(counts)
        .filter_map(|hotfix| rollout::next_edge(hotfix, state.catalogue(), question))
        .min()
}
