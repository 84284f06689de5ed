//! What an indexed host is told: the common answers from what was compiled, the rest in the words of the plain form.

use std::sync::Arc;

use super::judge;
use super::piece::{AdvisoryPiece, CellPiece, HotfixPiece, Stated};
use super::state::State;
use crate::assess::advisory;
use crate::assess::assessment::{AdvisoryAnswer, AdvisoryStatus, HotfixAnswer, HotfixStatus, Need, Reason};
use crate::assess::because::list;
use crate::assess::hotfix;
use crate::assess::listing::{self, REQUIRES_NOT_STATED, RESTART_NOT_STATED};
use crate::assess::question::Question;
use crate::assess::rollout;
use crate::model::advisory::Cell;
use crate::model::{Advisory, Id};

/// The answer about a hotfix. `step`: it is a step of the plan that is shown.
pub(super) fn hotfix(
    number: u32,
    state: &State<'_>,
    status: HotfixStatus,
    need: Option<(Need, Vec<String>)>,
    (step, question): (bool, &Question),
) -> Option<HotfixAnswer> {
    let piece = state.compiled.hotfix(number)?;
    let mut answer = HotfixAnswer {
        id: piece.id.clone(),
        title: Arc::clone(&piece.title),
        status,
        need: None,
        because: Vec::new(),
        missing_facts: Vec::new(),
        until: None,
        rollout: None,
        warnings: warnings(piece, step),
        superseded_by: Vec::new(),
        conflicts_with: Vec::new(),
        blocked_by: Vec::new(),
        reason: None,
        withdrawn: piece.flags.withdrawn,
    };
    match status {
        HotfixStatus::Installed if !piece.flags.withdrawn => answer.because.push("installed".to_owned()),
        HotfixStatus::Superseded => {
            answer.superseded_by = ids(state, state.providers_of(number));
            answer.because.push(format!("rolled up by {}", list(&answer.superseded_by)));
        }
        HotfixStatus::NotApplicable if !on_its_release(piece, state) => {
            let releases = piece.releases.iter().filter_map(|id| state.compiled.words.releases.id(*id));
            let on = state.release.and_then(|id| state.compiled.words.releases.id(id));
            let on = on.map_or("no release", Id::as_str);
            answer.because.push(format!("it installs on {}; the host is on {on}", list(releases)));
            answer.reason = Some(Reason::Release);
        }
        HotfixStatus::Blocked => {
            let mut missing: Vec<u32> =
                piece.requires.iter().copied().filter(|other| !state.provides_now(*other)).collect();
            missing.sort_unstable();
            missing.dedup();
            answer.blocked_by = ids(state, missing);
            answer.blocked_by.sort_unstable();
            answer.because.push(format!("requires {}, which is not installed", list(&answer.blocked_by)));
        }
        HotfixStatus::Applicable => {
            let document = piece.flags.rollout.then(|| state.document(number)).flatten();
            answer.rollout = document.and_then(|document| rollout::shown(document, question));
        }
        _ => {
            let judged = hotfix::judge(state.document(number)?, state, question);
            debug_assert!(judged.standing.status() == status, "{}: {status}", piece.id);
            return Some(listing::answer(&judged, need, step, question));
        }
    }
    if let Some((need, what_for)) = need {
        answer.need = Some(need);
        answer.because.extend(what_for);
    }
    Some(answer)
}

fn on_its_release(piece: &HotfixPiece, state: &State<'_>) -> bool {
    state.release.is_some_and(|release| piece.releases.contains(&release))
}

fn ids(state: &State<'_>, numbers: Vec<u32>) -> Vec<Id> {
    numbers.into_iter().filter_map(|number| state.id(number).cloned()).collect()
}

fn warnings(piece: &HotfixPiece, step: bool) -> Vec<String> {
    let requires = (!piece.flags.requires_stated).then_some(REQUIRES_NOT_STATED);
    let restart = (step && !piece.flags.guidance_stated).then_some(RESTART_NOT_STATED);
    requires.into_iter().chain(restart).map(str::to_owned).collect()
}

/// The answer about an advisory of which the cells at these places cover the host, and the worst of them is so.
pub(super) fn advisory(
    document: &Advisory,
    piece: &AdvisoryPiece,
    places: impl Iterator<Item = u32>,
    status: AdvisoryStatus,
    state: &State<'_>,
) -> AdvisoryAnswer {
    let cells = places.filter_map(|place| Some((place, piece.cells.get(place as usize)?)));
    let mut standing = cells.filter(|(_, cell)| judge::cell(cell, state) == status);
    let told = match (standing.next(), standing.next()) {
        (Some((place, cell)), None) if !cell.says_more => {
            document.matrix.get(place as usize).and_then(|stated| told(cell, stated, status, state))
        }
        _ => None,
    };
    told.map_or_else(
        || advisory::answer(&advisory::judge(document, state), state),
        |told| AdvisoryAnswer {
            because: told.because,
            fixed_by: told.fixed_by,
            fixed_with: told.fixed_with,
            ..bare(piece, status)
        },
    )
}

/// What is said of a cell that stands alone.
struct Told {
    because: Vec<String>,
    fixed_by: Vec<Vec<Id>>,
    fixed_with: Vec<Id>,
}

fn told(cell: &CellPiece, stated: &Cell, status: AdvisoryStatus, state: &State<'_>) -> Option<Told> {
    let release = state.release.and_then(|id| state.compiled.words.releases.id(id))?;
    let mut fixed_with = Vec::new();
    let because = match (status, cell.status) {
        (AdvisoryStatus::Exposed, _) => {
            let mut because = bites(stated, release, state);
            because.extend(cell.alternatives.is_empty().then(|| advisory::NO_FIX.to_owned()));
            because
        }
        (AdvisoryStatus::NotExposed, Stated::Affected | Stated::UnderInvestigation)
        | (AdvisoryStatus::UnderInvestigation, _) => bites(stated, release, state),
        (AdvisoryStatus::NotExposed, Stated::NotAffected) => vec![advisory::not_affected(stated, release)],
        (AdvisoryStatus::Fixed, _) => match complete(cell, state) {
            Some(with) => {
                fixed_with = ids(state, with);
                vec![format!("{} is installed", list(&fixed_with))]
            }
            None => vec![format!("{release} has the fix")],
        },
        _ => return None,
    };
    Some(Told { because, fixed_by: fixed_by(cell, state), fixed_with })
}

fn bites(stated: &Cell, release: &Id, state: &State<'_>) -> Vec<String> {
    match (&stated.feature, &stated.when) {
        (None, None) => vec![advisory::everyone(release)],
        _ => advisory::each_once(advisory::bites(stated, state).because),
    }
}

/// The installed hotfixes that complete the first alternative which waits for nothing, by id: each member itself
/// where it is installed, else what rolls it up.
pub(super) fn complete(cell: &CellPiece, state: &State<'_>) -> Option<Vec<u32>> {
    let set = cell.alternatives.iter().find(|set| set.iter().all(|id| state.settles(*id)))?;
    let mut with: Vec<u32> = Vec::new();
    for member in set {
        let waits = |provider: &u32| state.pending.contains(*provider);
        if state.provides_itself(*member) && !waits(member) {
            with.push(*member);
        } else {
            with.extend(state.providers_of(*member).into_iter().filter(|provider| !waits(provider)));
        }
    }
    with.sort_unstable_by_key(|number| state.compiled.rank(*number));
    with.dedup();
    Some(with)
}

fn fixed_by(cell: &CellPiece, state: &State<'_>) -> Vec<Vec<Id>> {
    shown_alternatives(cell).into_iter().map(|set| ids(state, set.to_vec())).collect()
}

/// The alternatives as they are shown, each once.
pub(super) fn shown_alternatives(cell: &CellPiece) -> Vec<&[u32]> {
    let mut shown: Vec<&[u32]> = Vec::new();
    for set in &cell.alternatives {
        if !shown.contains(&&**set) && shown.len() < advisory::MAX_ALTERNATIVES {
            shown.push(set);
        }
    }
    shown
}

/// The answer about an advisory of which no cell covers the host.
pub(super) fn unstated_piece(piece: &AdvisoryPiece, sentence: &str) -> AdvisoryAnswer {
    AdvisoryAnswer { because: vec![sentence.to_owned()], ..bare(piece, AdvisoryStatus::Unstated) }
}

/// The same of one that was not compiled.
pub(super) fn unstated(document: &Advisory, sentence: &str) -> AdvisoryAnswer {
    AdvisoryAnswer {
        id: document.id.clone(),
        title: Arc::from(document.title.as_str()),
        status: AdvisoryStatus::Unstated,
        severity: document.severity.clone(),
        category: document.category.clone(),
        because: vec![sentence.to_owned()],
        missing_facts: Vec::new(),
        fixed_by: Vec::new(),
        fixed_with: Vec::new(),
        workaround: None,
        remediation: None,
        note: None,
    }
}

fn bare(piece: &AdvisoryPiece, status: AdvisoryStatus) -> AdvisoryAnswer {
    AdvisoryAnswer {
        id: piece.id.clone(),
        title: Arc::clone(&piece.title),
        status,
        severity: piece.severity.clone(),
        category: piece.category.clone(),
        because: Vec::new(),
        missing_facts: Vec::new(),
        fixed_by: Vec::new(),
        fixed_with: Vec::new(),
        workaround: None,
        remediation: None,
        note: None,
    }
}
