//! The plain form of the assessment: every document is looked at, and everything is looked up by name. It stays as
//! the reference that the indexed form has to agree with, always.

use std::collections::BTreeSet;

use super::advisory::{self, JudgedAdvisory};
use super::assessment::{ASSESSMENT_SCHEMA, Assessment, CatalogueVersion};
use super::host::Host;
use super::hotfix::{self, JudgedHotfix};
use super::need::Needs;
use super::plan::{self, Seat};
use super::pool::{Member, Pool, pool_of};
use super::question::Question;
use super::state::State;
use super::verdict::{self, Beside};
use super::{
    after, asked, asks_for_the_unknown, listing, published_plan, release, unrecognised, valid_until,
    withdrawn_installed,
};
use crate::model::{Catalogue, Hotfix, Id, Inventory};

/// What a catalogue means for a host.
#[must_use]
pub fn assess(catalogue: &Catalogue, inventory: &Inventory, question: &Question) -> Assessment {
    let state = State::of(catalogue, inventory);
    let seat = Seat { state: state.clone(), question: question.clone() };
    let advisories: Vec<JudgedAdvisory<'_>> =
        asked(catalogue, question).map(|one| advisory::judge(one, &state)).collect();
    let hotfixes: Vec<JudgedHotfix<'_>> =
        listed(&state).map(|one| hotfix::judge(one, &state, question)).collect();

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
    let installed = state.installed().iter().filter_map(|id| catalogue.hotfixes().get(*id));
    let beside = Beside {
        withdrawn: withdrawn_installed(catalogue, installed, question),
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
        advisories: advisories
            .iter()
            .map(|judged| advisory::answer(judged, &state))
            .collect::<Vec<_>>()
            .into(),
        hotfixes: hotfixes.iter().map(answer_hotfix).collect(),
        plan: published_plan(&state, course),
        after: after::after(last),
        unrecognised: unrecognised::unrecognised(catalogue, inventory, |name| {
            catalogue.find_hotfix(name).is_none()
        }),
    }
}

/// What a catalogue means for a pool. Each member is asked about by its own host id.
#[must_use]
pub fn pool<'c>(catalogue: &'c Catalogue, members: &[Member<'c>], question: &Question) -> Pool {
    pool_of(catalogue, members, question, |inventory| State::of(catalogue, inventory))
}

/// The hotfixes that concern a host: those that name its release (or one that it may be), those that are
/// installed, and those that an installed one rolls up.
fn listed<'c>(state: &State<'c>) -> impl Iterator<Item = &'c Hotfix> {
    let catalogue = state.catalogue();
    let possible = state.found().possible();
    let installed = state.installed().clone();
    let rolled_up: BTreeSet<&Id> = installed.iter().flat_map(|id| catalogue.rolls_up(id.as_str())).collect();
    catalogue.hotfixes().values().filter(move |hotfix| {
        hotfix.releases.iter().any(|release| possible.contains(&release))
            || installed.contains(&hotfix.id)
            || rolled_up.contains(&hotfix.id)
    })
}
