//! The rows of an answer that are common, in JSON. Ids and the sentences made of them need no escape.

use serde::Serialize;

use super::head::Head;
use super::judge;
use super::piece::{AdvisoryPiece, CellPiece, HotfixPiece, Stated};
use super::state::State;
use super::words::{complete, shown_alternatives};
use crate::assess::advisory::{self, nothing_stated};
use crate::assess::assessment::{AdvisoryStatus, HotfixStatus, Need};
use crate::assess::because;
use crate::assess::listing::REQUIRES_NOT_STATED;
use crate::model::Id;

/// Rows that are written, one after the other.
pub(super) struct Rows<'o, 's, 'c> {
    state: &'s State<'c>,
    out: &'o mut Vec<u8>,
    first: bool,
    /// Numbers that are looked at and forgotten.
    scratch: Vec<u32>,
}

/// The end of the row of an advisory of which no cell covers the host.
pub(super) struct Unstated(String);

impl Unstated {
    /// On a release, or on none.
    pub(super) fn on(release: Option<&Id>) -> Self {
        Self(format!("\"{}\"{AFTER_BECAUSE}{NO_FIXES}{NOTHING_MORE}", nothing_stated(release)))
    }
}

const AFTER_BECAUSE: &str = "],\"missing_facts\":[],\"fixed_by\":[";
const NO_FIXES: &str = "],\"fixed_with\":[";
const NOTHING_MORE: &str = "],\"workaround\":null,\"remediation\":null,\"note\":null}";

impl<'o, 's, 'c> Rows<'o, 's, 'c> {
    /// Rows about a host.
    pub(super) fn of(state: &'s State<'c>, out: &'o mut Vec<u8>) -> Self {
        Self { state, out, first: true, scratch: Vec::new() }
    }

    /// Begins a row.
    pub(super) fn begin(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
    }

    /// Writes a row that was put into words.
    pub(super) fn put(&mut self, row: &impl Serialize) -> serde_json::Result<()> {
        serde_json::to_writer(&mut *self.out, row)
    }

    /// The row of a hotfix that is no step and of which nothing is said but its status; false, and nothing written, where
    /// more is to be said.
    pub(super) fn hotfix(&mut self, piece: &HotfixPiece, status: HotfixStatus, need: Option<Need>) -> bool {
        let flags = piece.flags;
        let mut providers = std::mem::take(&mut self.scratch);
        providers.clear();
        match status {
            HotfixStatus::Installed if !flags.withdrawn => {}
            HotfixStatus::Superseded => self.state.providers_into(piece.number, &mut providers),
            HotfixStatus::Applicable if !flags.rollout => {}
            _ => return false,
        }
        self.head(piece.head(), status.word());
        self.all(&[",\"need\":"]);
        match need {
            Some(need) => self.all(&["\"", need.word(), "\""]),
            None => self.all(&["null"]),
        }
        self.all(&[",\"because\":["]);
        match status {
            HotfixStatus::Installed => self.all(&["\"installed\""]),
            HotfixStatus::Superseded => {
                self.all(&["\"rolled up by "]);
                self.ids(&providers, ", ");
                self.all(&["\""]);
            }
            _ => {}
        }
        self.all(&["],\"missing_facts\":[],\"until\":null,\"rollout\":null,\"warnings\":["]);
        if !flags.requires_stated {
            self.all(&["\"", REQUIRES_NOT_STATED, "\""]);
        }
        self.all(&["],\"superseded_by\":["]);
        self.quoted(&providers);
        let withdrawn = if flags.withdrawn { "true}" } else { "false}" };
        self.all(&["],\"conflicts_with\":[],\"blocked_by\":[],\"reason\":null,\"withdrawn\":", withdrawn]);
        self.scratch = providers;
        true
    }

    /// The row of an advisory of which no cell covers the host.
    pub(super) fn unstated(&mut self, piece: &AdvisoryPiece, end: &Unstated) {
        self.head(piece.head(), AdvisoryStatus::Unstated.word());
        self.all(&[&end.0]);
    }

    /// The row of an advisory of which the cells at these places cover the host, and one alone decides; false, and
    /// nothing written, where more is to be said.
    pub(super) fn advisory(
        &mut self,
        piece: &AdvisoryPiece,
        places: impl Iterator<Item = u32>,
        status: AdvisoryStatus,
    ) -> bool {
        let cells = places.filter_map(|place| piece.cells.get(place as usize));
        let mut standing = cells.filter(|cell| judge::cell(cell, self.state) == status);
        let (Some(cell), None) = (standing.next(), standing.next()) else { return false };
        let Some(release) = self.state.release.and_then(|id| self.state.compiled.words.releases.id(id))
        else {
            return false;
        };
        let mut with = Vec::new();
        let because = match (status, cell.status) {
            _ if cell.says_more => return false,
            (AdvisoryStatus::Fixed, _) => match complete(cell, self.state) {
                Some(found) => {
                    with = found;
                    None
                }
                None => Some(format!("{release} has the fix")),
            },
            (AdvisoryStatus::NotExposed, Stated::NotAffected) if cell.feature.is_none() => {
                Some(format!("{release} is stated to be not affected"))
            }
            (AdvisoryStatus::Exposed | AdvisoryStatus::UnderInvestigation, _)
            | (AdvisoryStatus::NotExposed, Stated::Affected | Stated::UnderInvestigation) => {
                match self.bites(cell, release) {
                    Some(sentence) => Some(sentence),
                    None => return false,
                }
            }
            _ => return false,
        };
        self.head(piece.head(), status.word());
        match because {
            Some(sentence) => self.all(&["\"", &sentence, "\""]),
            None => {
                self.all(&["\""]);
                self.ids(&with, ", ");
                self.all(&[" is installed\""]);
            }
        }
        if status == AdvisoryStatus::Exposed && cell.alternatives.is_empty() {
            self.all(&[",\"", advisory::NO_FIX, "\""]);
        }
        self.all(&[AFTER_BECAUSE]);
        for (place, set) in shown_alternatives(cell).into_iter().enumerate() {
            self.all(&[if place == 0 { "[" } else { ",[" }]);
            self.quoted(set);
            self.all(&["]"]);
        }
        self.all(&[NO_FIXES]);
        self.quoted(&with);
        self.all(&[NOTHING_MORE]);
        true
    }

    /// Why a cell without a further condition concerns the host or not.
    fn bites(&self, cell: &CellPiece, release: &Id) -> Option<String> {
        match (cell.feature, &cell.when) {
            (None, None) => Some(advisory::everyone(release)),
            (Some(feature), None) => {
                let id = self.state.compiled.words.features.id(feature)?;
                Some(because::feature(id, self.state.reports_feature(feature)))
            }
            _ => None,
        }
    }

    /// What a row begins with, with its status.
    fn head(&mut self, head: &Head, status: &str) {
        let (before, after) = head.around_status();
        self.all(&[before, status, after]);
    }

    fn all(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.out.extend_from_slice(part.as_bytes()));
    }

    fn ids(&mut self, numbers: &[u32], between: &str) {
        for (place, id) in numbers.iter().filter_map(|number| self.state.id(*number)).enumerate() {
            let before = if place == 0 { "" } else { between };
            self.out.extend_from_slice(before.as_bytes());
            self.out.extend_from_slice(id.as_str().as_bytes());
        }
    }

    fn quoted(&mut self, numbers: &[u32]) {
        if !numbers.is_empty() {
            self.all(&["\""]);
            self.ids(numbers, "\",\"");
            self.all(&["\""]);
        }
    }
}
