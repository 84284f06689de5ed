//! How the answer to one advisory or hotfix came about: the deciding reason first, the conditions with the host's
//! own values in them, what would settle what is open, and how what would remedy it stands.
//!
//! For people: the sentences are free to change. What decides is the plain form of the assessment.

mod advisory;
mod filled;
mod hotfix;
mod missing;
mod prose;

pub use filled::{Filled, Part};
pub use missing::{Missing, questions};
pub use prose::{Clause, Paragraph, Prose, Sentence};
use serde::Serialize;

use super::assessment::{AdvisoryStatus, Assessment, Need};
use super::fixes::Fix;
use super::host::Host;
use super::index::assess;
use super::question::Question;
use super::state::State;
use crate::model::words::{Category, Severity};
use crate::model::{Catalogue, Id, Inventory};

/// The most advisories and hotfixes that are explained at once to whoever asks over the network.
pub const MOST_EXPLAINED: usize = 32;

/// How an answer came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What was asked for.
    pub id: Id,
    /// `advisory` or `hotfix`.
    pub kind: &'static str,
    /// Its title.
    pub title: String,
    /// How the host stands with it, as of the assessment; `withdrawn` for an advisory that was taken back, and
    /// `not_applicable` for a hotfix that does not concern the host.
    pub status: &'static str,
    /// What the host needs a hotfix for.
    pub need: Option<Need>,
    /// Its place in the plan, from 1.
    pub step: Option<usize>,
    /// Why, in whole sentences, the deciding one first.
    pub because: Vec<String>,
    /// What a hotfix asks of a host beside its release.
    pub asks: Option<Filled>,
    /// The advisory itself; of a hotfix, those that it would remedy or does remedy.
    pub advisories: Vec<About>,
    /// What would settle it.
    pub missing: Vec<Missing>,
}

/// How a host stands with an advisory, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct About {
    /// The advisory.
    pub advisory: Id,
    /// Its title.
    pub title: String,
    /// How serious it is.
    pub severity: Severity,
    /// What it is about.
    pub category: Category,
    /// How the host stands with it.
    pub status: AdvisoryStatus,
    /// Why, in a sentence. Where the first rule asks for something, it goes on with that.
    pub because: String,
    /// What is stated of the host's release, what decides first.
    pub rules: Vec<Rule>,
    /// The sets of hotfixes that remedy it, each hotfix with how the host stands with it.
    pub fixes: Vec<Vec<Fix>>,
    /// What to do meanwhile.
    pub workaround: Option<String>,
    /// What would settle it.
    pub missing: Vec<Missing>,
}

/// What an advisory states of the host's release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// In a sentence: "XenServer 6.5 is affected".
    pub says: String,
    /// What follows from it alone for this host.
    pub status: AdvisoryStatus,
    /// Whether it decides the answer.
    pub decides: bool,
    /// What it asks of the host.
    pub asks: Option<Filled>,
    /// What the publisher adds.
    pub note: Option<String>,
}

/// Explains the parts of one answer.
pub struct Explainer<'c> {
    state: State<'c>,
    question: &'c Question,
    assessment: &'c Assessment,
}

impl<'c> Explainer<'c> {
    /// Of the answer that a catalogue gives to a question about a host.
    #[must_use]
    pub fn new(
        catalogue: &'c Catalogue,
        inventory: &'c Inventory,
        question: &'c Question,
        assessment: &'c Assessment,
    ) -> Self {
        Self { state: State::of(catalogue, inventory), question, assessment }
    }

    /// How the answer to an advisory or hotfix came about, by id or UUID. `None` where the catalogue has neither.
    #[must_use]
    pub fn explain(&self, id: &str) -> Option<Explanation> {
        let catalogue = self.state.catalogue();
        let Some(advisory) = catalogue.advisories().get(id) else {
            let hotfix = catalogue.find_hotfix(id)?;
            return Some(hotfix::explain(&self.state, self.assessment, hotfix));
        };
        if self.assessment.advisories.iter().any(|one| one.id == advisory.id) {
            return Some(advisory::explain(&self.state, self.assessment, advisory));
        }
        // Asked for by its name, so whatever the question was narrowed to.
        let whole = Question { advisories: None, security: false, ..self.question.clone() };
        let assessment = assess(catalogue, self.state.inventory(), &whole);
        Some(advisory::explain(&self.state, &assessment, advisory))
    }
}

/// Explains the answer to one advisory or hotfix, by id or UUID. `None` where the catalogue has neither. Whoever has
/// the answer, or asks for several, makes an [`Explainer`].
#[must_use]
pub fn explain(
    catalogue: &Catalogue,
    inventory: &Inventory,
    question: &Question,
    id: &str,
) -> Option<Explanation> {
    let assessment = assess(catalogue, inventory, question);
    Explainer::new(catalogue, inventory, question, &assessment).explain(id)
}

/// The place of a hotfix in the plan, from 1.
fn step(assessment: &Assessment, id: &Id) -> Option<usize> {
    assessment.plan.steps.iter().position(|step| step.hotfix == *id).map(|at| at + 1)
}
