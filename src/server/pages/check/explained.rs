//! Why each answer is what it is: folded below its row, and in full where it was asked for.

use super::input::CheckAsked;
use crate::assess::explain::{Explainer, Explanation, Prose};
use crate::assess::{AdvisoryAnswer, AdvisoryStatus, Assessment, HotfixAnswer, Reason};

/// The most advisories, and hotfixes, that are explained below their rows, the first ones; any can be asked about.
const ROWS: usize = 100;
/// The most advisories of one hotfix that are explained below its row.
const ADVISORIES: usize = 4;

/// An explanation as the page shows it.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct Explained {
    id: String,
    prose: Prose,
    /// How many advisories are explained only where the whole is asked for.
    more: usize,
}

/// Explains the answers of one page.
pub(super) struct Explaining<'a>(Explainer<'a>);

impl<'a> Explaining<'a> {
    pub(super) fn new(asked: &'a CheckAsked<'_>, assessment: &'a Assessment) -> Self {
        Self(Explainer::new(asked.catalogue, &asked.inventory, &asked.question, assessment))
    }

    /// What was asked for by its id, in full.
    pub(super) fn asked(&self, ids: &[String]) -> Vec<Explained> {
        ids.iter().filter_map(|id| self.0.explain(id)).map(|one| Explained::new(&one, usize::MAX)).collect()
    }

    /// Why the host stands with an advisory as it does, where something is stated of its release; `row`: its place
    /// on the page, from 0.
    pub(super) fn advisory(&self, row: usize, answer: &AdvisoryAnswer) -> Option<Explained> {
        self.row(row, answer.id.as_str(), answer.status != AdvisoryStatus::Unstated)
    }

    /// Why the host stands with a hotfix as it does, where it is one for its release and channel.
    pub(super) fn hotfix(&self, row: usize, answer: &HotfixAnswer) -> Option<Explained> {
        self.row(row, answer.id.as_str(), !matches!(answer.reason, Some(Reason::Release | Reason::Channel)))
    }

    fn row(&self, row: usize, id: &str, relevant: bool) -> Option<Explained> {
        let explanation = if relevant && row < ROWS { self.0.explain(id) } else { None };
        explanation.map(|one| Explained::new(&one, ADVISORIES))
    }
}

impl Explained {
    fn new(explanation: &Explanation, most: usize) -> Self {
        let mut prose = explanation.prose();
        let about = |prose: &Prose| prose.paragraphs.iter().filter(|one| one.advisory.is_some()).count();
        let all = about(&prose);
        let own = prose.paragraphs.len() - all;
        prose.paragraphs.truncate(own.saturating_add(most));
        Self { id: explanation.id.to_string(), more: all - about(&prose), prose }
    }
}
