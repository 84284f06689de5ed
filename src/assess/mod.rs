//! What a catalogue means for a host: one pure function, the same on the server and on the host.
//!
//! No I/O, no clock, no randomness: the moment, the host's id and what is asked stand in the [`Question`].
//!
//! There are two forms. The plain one looks everything up in the documents, and is the reference; the indexed one
//! works on a compiled catalogue, and is what everybody asks. They share the search for plans and the words, by
//! the trait `host::Host`, and have to answer alike, always.
//!
//! | file | what it decides |
//! |---|---|
//! | `index/` | the indexed form: compiling, and all that is decided by number |
//! | `reference`, `state` | the plain form, and its host at one point of a plan |
//! | `release` | the release |
//! | `evaluate` | a condition, in three values |
//! | `advisory` | the status of an advisory: its worst cell |
//! | `hotfix`, `rollout` | the status of a hotfix, the first that holds |
//! | `plan/` | the steps, the least that remedy what can be remedied |
//! | `need` | what a hotfix is needed for, by the plan for needs |
//! | `listing`, `because`, `unrecognised` | the answer's words |
//! | `after`, `verdict` | what is left after the plan, and all of it in one word |
//! | `pool` | the same for the members of a pool, step by step |
//! | `changed/` | what is new, gone or different between two answers |
//! | `explain/` | how the answer to one advisory or hotfix came about, for people |
//! | `purpose`, `fixes` | what each step is for, and how what would remedy an exposure stands |

mod advisories;
mod advisory;
mod after;
mod assessment;
mod because;
mod bits;
mod changed;
mod evaluate;
pub mod explain;
mod fixes;
mod host;
mod hotfix;
mod index;
mod listing;
mod need;
mod plan;
mod pool;
mod purpose;
mod question;
pub mod reference;
mod release;
mod rollout;
mod state;
#[cfg(test)]
pub(crate) mod tests;
mod unrecognised;
mod verdict;

use std::collections::BTreeSet;

pub use advisories::Advisories;
pub use assessment::{
    ASSESSMENT_SCHEMA, AdvisoryAnswer, AdvisoryStatus, After, Assessment, CatalogueVersion, GroupGuidance,
    GuidanceAction, HotfixAnswer, HotfixStatus, Need, PendingAnswer, Plan, Reason, ReleaseAnswer,
    RemediationAnswer, RolloutAnswer, Step, Unrecognised,
};
pub use changed::{CHANGED_SCHEMA, Change, Changed, Essentials, PlanChange, Stand, between, changed, since};
pub use fixes::{Fix, fix, fixes};
pub use index::{Index, Written, assess, pool};
use jiff::Timestamp;
pub use pool::{Member, POOL_SCHEMA, Pool, PoolMember, PoolPending, PoolPlan, PoolStep};
pub use purpose::{Purpose, purposes};
pub use question::{Goal, Question};
pub use verdict::Verdict;

use crate::model::words::Category;
use crate::model::{Advisory, Catalogue, Hotfix, Id};
use host::Host;
use plan::{CellGoal, Course, Seat};

/// The advisories that a question asks about. A withdrawn one takes no part.
fn asked<'c>(catalogue: &'c Catalogue, question: &Question) -> impl Iterator<Item = &'c Advisory> {
    let (ids, security) = (question.advisories.clone(), question.security);
    catalogue
        .advisories()
        .values()
        .filter(|advisory| advisory.withdrawn.is_none())
        .filter(move |advisory| ids.as_ref().is_none_or(|ids| ids.contains(&advisory.id)))
        .filter(move |advisory| !security || may_be_security(&advisory.category))
}

/// A category that is not known here may be about security too.
fn may_be_security(category: &Category) -> bool {
    matches!(category, Category::Security | Category::Other(_))
}

/// Whether an advisory is asked for by its id that there is none of, or that the question itself leaves out as
/// not about security: nothing is said of it, which must not read like an answer.
fn asks_for_the_unknown(catalogue: &Catalogue, question: &Question) -> bool {
    let left_out =
        |one: &Advisory| question.security && !may_be_security(&one.category) && one.withdrawn.is_none();
    question.advisories.iter().flatten().any(|id| catalogue.advisories().get(id).is_none_or(left_out))
}

/// Whether a withdrawn hotfix is installed that has to do with the question: with any, or where it is
/// narrowed, with a fix of an advisory that is asked about.
fn withdrawn_installed<'c>(
    catalogue: &'c Catalogue,
    installed: impl Iterator<Item = &'c Hotfix>,
    question: &Question,
) -> bool {
    let mut withdrawn = installed.filter(|hotfix| hotfix.withdrawn.is_some()).peekable();
    if !question.narrowed() || withdrawn.peek().is_none() {
        return withdrawn.next().is_some();
    }
    let fixes: BTreeSet<&Id> = asked(catalogue, question)
        .flat_map(|advisory| &advisory.matrix)
        .flat_map(|cell| cell.alternatives().iter().flatten())
        .collect();
    let concerned = |hotfix: &Hotfix| {
        let rolled_up = catalogue.rolls_up(hotfix.id.as_str());
        fixes.iter().any(|fix| **fix == hotfix.id || rolled_up.contains(*fix))
    };
    withdrawn.any(concerned)
}

/// The plan as it is published.
fn published_plan<'c, H: Host<'c>>(state: &H, course: &Course<'c, H>) -> Plan {
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
fn before<'c>(state: &impl Host<'c>) -> Vec<PendingAnswer> {
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
fn valid_until<'c, H: Host<'c>>(
    seat: &Seat<H>,
    exposing: &[CellGoal<'c>],
    for_needs: &Course<'c, H>,
) -> Option<Timestamp> {
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
