//! The assessment of an indexed host.

use std::sync::Arc;

use jiff::Timestamp;

use super::compiled::Compiled;
use super::host::{Covering, is_asked};
use super::need::Needs;
use super::set::Set;
use super::state::{State, roll_up};
use super::{judge, words};
use crate::assess::advisories::Advisories;
use crate::assess::advisory::nothing_stated;
use crate::assess::assessment::{
    ASSESSMENT_SCHEMA, AdvisoryAnswer, AdvisoryStatus, After, Assessment, CatalogueVersion, HotfixAnswer,
    HotfixStatus, Need,
};
use crate::assess::host::Host;
use crate::assess::plan::{self, CellGoal, Course, Seat};
use crate::assess::question::Question;
use crate::assess::verdict::{self, Beside};
use crate::assess::{
    after, asked, asks_for_the_unknown, published_plan, release, rollout, unrecognised, valid_until,
    withdrawn_installed,
};
use crate::model::{Catalogue, Hotfix, Id, Inventory};

/// An advisory that states something about the host, and how the host stands with it.
pub(super) struct Judged<'c> {
    pub(super) covering: Covering,
    pub(super) piece: &'c super::piece::AdvisoryPiece,
    pub(super) status: AdvisoryStatus,
}

/// What is decided about a host, before it is put into words.
pub(super) struct Decided<'d, 'c> {
    pub(super) seat: &'d Seat<State<'c>>,
    pub(super) judged: &'d [Judged<'c>],
    exposing: &'d [CellGoal<'c>],
    for_needs: &'d Course<'c, State<'c>>,
    course: &'d Course<'c, State<'c>>,
    pub(super) needs: Needs<'d, 'c>,
    /// The steps of the plan that is shown, by number.
    pub(super) steps: Vec<u32>,
}

/// Decides, and hands on what was decided.
pub(super) fn decide<T>(
    compiled: &Compiled,
    catalogue: &Catalogue,
    inventory: &Inventory,
    question: &Question,
    say: impl FnOnce(&Decided<'_, '_>) -> T,
) -> T {
    let seat = Seat { state: State::of(compiled, catalogue, inventory), question: question.clone() };
    let state = &seat.state;
    let judged = judge_all(state, question);

    let seats = std::slice::from_ref(&seat);
    let exposed = judged.iter().any(|one| one.status == AdvisoryStatus::Exposed);
    let exposing = if exposed { plan::exposing(seats) } else { Vec::new() };
    let for_needs = plan::for_needs(seats, &exposing);
    let as_asked = plan::as_asked(seats, &question.goal);
    let course = as_asked.as_ref().unwrap_or(&for_needs);

    let after_needs = for_needs.seats.first().unwrap_or(&seat);
    let needs = Needs::of(&judged, state, numbers(&for_needs, compiled), &after_needs.state);
    let steps = numbers(course, compiled);
    say(&Decided {
        seat: &seat,
        judged: &judged,
        exposing: &exposing,
        for_needs: &for_needs,
        course,
        needs,
        steps,
    })
}

/// What a catalogue means for a host. With a catalogue that was compiled as a whole, the advisories that state
/// nothing about the host are left until they are read.
pub(super) fn assess(
    compiled: &Compiled,
    whole: Option<&Arc<Compiled>>,
    catalogue: &Catalogue,
    inventory: &Inventory,
    question: &Question,
) -> Assessment {
    decide(compiled, catalogue, inventory, question, |decided| {
        let state = &decided.seat.state;
        let answer = |number: u32| {
            let status = judge::hotfix(number, state, question);
            decided.hotfix(number, status, decided.needs.need(number, status))
        };
        Assessment {
            advisories: advisories(decided.judged, state, whole, question),
            hotfixes: listed(state).into_iter().filter_map(answer).collect(),
            ..decided.beside_the_lists()
        }
    })
}

impl Decided<'_, '_> {
    /// The answer about a hotfix of a status and need.
    pub(super) fn hotfix(
        &self,
        number: u32,
        status: HotfixStatus,
        need: Option<(Need, Vec<String>)>,
    ) -> Option<HotfixAnswer> {
        let step = self.steps.contains(&number);
        words::hotfix(number, &self.seat.state, status, need, (step, &self.seat.question))
    }

    /// The answer without its advisories and hotfixes.
    pub(super) fn beside_the_lists(&self) -> Assessment {
        let Seat { state, question } = self.seat;
        let (catalogue, inventory) = (state.catalogue, state.inventory);
        let withdrawn =
            |number: &u32| state.compiled.hotfix(*number).is_some_and(|piece| piece.flags.withdrawn);
        let installed = state.installed.iter().filter(withdrawn);
        let beside = Beside {
            withdrawn: withdrawn_installed(
                catalogue,
                installed.filter_map(|number| state.document(number)),
                question,
            ),
            unsettled: state.release.is_none() || asks_for_the_unknown(catalogue, question),
        };
        let strange = |name: &str| state.strangers.contains(name);
        Assessment {
            schema: ASSESSMENT_SCHEMA,
            product: catalogue.product().id.clone(),
            catalogue: CatalogueVersion { roles: catalogue.roles().to_vec() },
            inventory: inventory.digest().to_owned(),
            as_of: question.now,
            valid_until: next_edge(self.seat, self.exposing, self.for_needs),
            release: release::answer(state),
            verdict: verdict::verdict(self.judged.iter().map(|one| one.status), beside),
            advisories: Vec::new().into(),
            hotfixes: Vec::new(),
            plan: published_plan(state, self.course),
            after: after_course(self.judged, self.seat, self.course),
            unrecognised: unrecognised::unrecognised(catalogue, inventory, strange),
        }
    }
}

fn judge_all<'c>(state: &State<'c>, question: &Question) -> Vec<Judged<'c>> {
    let judge = |covering: Covering| {
        let piece = state.compiled.advisories().get(covering.advisory as usize)?;
        let status = judge::advisory(piece, covering.places.iter(), state)?;
        Some(Judged { covering, piece, status })
    };
    state.covering(question).into_iter().filter_map(judge).collect()
}

fn numbers(course: &Course<'_, State<'_>>, compiled: &Compiled) -> Vec<u32> {
    let ids = course.steps.iter().map(|step| step.hotfix.id.as_str());
    ids.filter_map(|id| compiled.words.hotfixes.get(id)).collect()
}

/// What the host is after its plan. Where nothing is to be done it is what it was.
fn after_course<'c>(judged: &[Judged<'c>], seat: &Seat<State<'c>>, course: &Course<'c, State<'c>>) -> After {
    if let Some(last) =
        course.seats.first().filter(|_| !course.steps.is_empty() || seat.state.settled.is_some())
    {
        return after::after(last);
    }
    let of = |status: AdvisoryStatus| -> Vec<Id> {
        judged.iter().filter(|one| one.status == status).map(|one| one.piece.id.clone()).collect()
    };
    After {
        release: seat.state.release().cloned(),
        exposed: of(AdvisoryStatus::Exposed),
        undetermined: of(AdvisoryStatus::Undetermined),
    }
}

/// The next moment at which time alone changes an answer: most often every edge has passed. Where no step leads off
/// the release, only what installs on it can count, and most often none of that has an edge to come.
fn next_edge<'c>(
    seat: &Seat<State<'c>>,
    exposing: &[CellGoal<'c>],
    for_needs: &Course<'c, State<'c>>,
) -> Option<Timestamp> {
    let state = &seat.state;
    state.compiled.last_edge.filter(|last| *last > seat.question.now)?;
    let here = state.here()?;
    let leads_on = |number: &u32| state.compiled.hotfix(*number).is_some_and(|piece| piece.flags.establishes);
    let timed = |number: &u32| state.compiled.timed.contains(*number as usize);
    let edge = |hotfix: &Hotfix| rollout::next_edge(hotfix, state.catalogue, &seat.question).is_some();
    let comes = |number: &u32| timed(number) && state.document(*number).is_some_and(edge);
    let counts = here.hotfixes.iter().any(|number| leads_on(number) || comes(number));
    counts.then(|| valid_until(seat, exposing, for_needs)).flatten()
}

/// What is answered about every advisory that was asked about.
fn advisories(
    judged: &[Judged<'_>],
    state: &State<'_>,
    whole: Option<&Arc<Compiled>>,
    question: &Question,
) -> Advisories {
    let answer = |one: &Judged<'_>| {
        let document = state.catalogue.advisories().get(&one.piece.id)?;
        Some(words::advisory(document, one.piece, one.covering.places.iter(), one.status, state))
    };
    let stated: Vec<AdvisoryAnswer> = judged.iter().filter_map(answer).collect();
    let sentence = nothing_stated(state.release());
    let Some(whole) = whole.map(Arc::clone) else {
        let mut stated = stated.into_iter().peekable();
        let all = asked(state.catalogue, question).map(|document| {
            stated
                .next_if(|answer| answer.id == document.id)
                .unwrap_or_else(|| words::unstated(document, &sentence))
        });
        return all.collect::<Vec<_>>().into();
    };
    let (ids, security) = (question.advisories.clone(), question.security);
    let rest = move |stated: &[AdvisoryAnswer]| {
        let asked = whole.advisories().iter().filter(|piece| is_asked(piece, ids.as_ref(), security));
        let mut stated = stated.iter().peekable();
        let answer = |piece: &Arc<super::piece::AdvisoryPiece>| match stated.next_if(|one| one.id == piece.id)
        {
            Some(stated) => stated.clone(),
            None => words::unstated_piece(piece, &sentence),
        };
        asked.map(answer).collect()
    };
    Advisories::with(stated, Arc::new(rest))
}

/// The hotfixes that concern a host: those that name its release (or one that it may be), those that are
/// installed, and those that an installed one rolls up. By id.
pub(super) fn listed(state: &State<'_>) -> Vec<u32> {
    let compiled = state.compiled;
    let possible = state.possible();
    let here = possible.iter().filter_map(|release| compiled.here(*release));
    let mut out: Vec<u32> = here.flat_map(|here| here.hotfixes.iter().copied()).collect();
    let elsewhere = |number: &u32| {
        let piece = compiled.hotfix(*number);
        piece.is_some_and(|piece| !possible.iter().any(|release| piece.releases.contains(release)))
    };
    let before = out.len();
    // What is provided is installed or rolled up; what is ineffective provides nothing, and is listed.
    out.extend(state.provided.iter().filter(elsewhere));
    let mut ineffective = Set::default();
    for number in state.installed.iter().filter(|number| !state.provides_itself(*number)) {
        roll_up(compiled, number, &mut ineffective);
    }
    out.extend(ineffective.iter().filter(elsewhere));
    if out.len() > before || possible.len() > 1 {
        out.sort_unstable_by_key(|number| compiled.rank(*number));
        out.dedup();
    }
    out
}
