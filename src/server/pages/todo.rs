//! What to do: a block for each affected release, written from the matrix.

use super::matrix::{Entry, ReleaseView, Scope};
use super::words::{Badge, cell_status};
use crate::model::advisory::Cell;
use crate::model::product::Release;
use crate::model::words::CellStatus;

/// What to do, and where there is nothing to do.
#[derive(Debug, serde::Serialize)]
pub(super) struct Todo {
    pub(super) blocks: Vec<Block>,
    pub(super) rest: Vec<Rest>,
}

/// Releases that the same cells touch, with these cells.
#[derive(Debug, serde::Serialize)]
pub(super) struct Block {
    releases: Vec<ReleaseView>,
    entries: Vec<Entry>,
    affected: bool,
}

/// Releases on which nothing is to be done, or of which nothing is stated.
#[derive(Debug, serde::Serialize)]
pub(super) struct Rest {
    badge: Badge,
    releases: Vec<ReleaseView>,
    unstated: bool,
}

/// Whether somebody has to act or wait because of a cell. A status that is not known here might ask so.
fn touches(cell: &Cell) -> bool {
    !matches!(cell.status, CellStatus::Fixed | CellStatus::KnownNotAffected)
}

/// What to do.
pub(super) fn todo(scope: &Scope<'_>) -> Todo {
    let mut groups: Vec<(Vec<&Cell>, Vec<&Release>)> = Vec::new();
    let mut rest: Vec<(Option<CellStatus>, Vec<&Release>)> = Vec::new();
    for release in scope.releases() {
        let touching: Vec<&Cell> = scope.advisory.cells(&release.id).filter(|cell| touches(cell)).collect();
        if touching.is_empty() {
            push(&mut rest, quiet(scope, release), release);
        } else {
            push(&mut groups, touching, release);
        }
    }
    let blocks = groups.into_iter().map(|(cells, releases)| block(scope, &cells, &releases)).collect();
    // What is not stated last: first what is known.
    rest.sort_by_key(|(status, _)| status.is_none());
    let rest = rest.into_iter().map(|(status, releases)| Rest {
        badge: status.as_ref().map_or_else(Badge::unstated, cell_status),
        releases: releases.iter().map(|release| scope.release(release)).collect(),
        unstated: status.is_none(),
    });
    Todo { blocks, rest: rest.collect() }
}

fn push<'r, K: PartialEq>(groups: &mut Vec<(K, Vec<&'r Release>)>, key: K, release: &'r Release) {
    match groups.iter_mut().find(|(known, _)| *known == key) {
        Some((_, releases)) => releases.push(release),
        None => groups.push((key, vec![release])),
    }
}

/// Fixed before not affected, since it says more; `None` where no cell covers the release.
fn quiet(scope: &Scope<'_>, release: &Release) -> Option<CellStatus> {
    let mut cells = scope.advisory.cells(&release.id).peekable();
    cells.peek()?;
    let fixed = cells.any(|cell| cell.status == CellStatus::Fixed);
    Some(if fixed { CellStatus::Fixed } else { CellStatus::KnownNotAffected })
}

fn block(scope: &Scope<'_>, cells: &[&Cell], releases: &[&Release]) -> Block {
    let entries =
        releases.first().map(|release| cells.iter().map(|cell| scope.entry(cell, release)).collect());
    Block {
        releases: releases.iter().map(|release| scope.release(release)).collect(),
        entries: entries.unwrap_or_default(),
        affected: cells.iter().any(|cell| cell.status == CellStatus::KnownAffected),
    }
}
