//! A host at one point of a plan, as conditions and the search for plans see it.

use super::assessment::AdvisoryStatus;
use super::evaluate::Truth;
use super::question::Question;
use super::release::Found;
use crate::model::advisory::Cell;
use crate::model::product::Release;
use crate::model::{Advisory, Catalogue, Hotfix, Id, Inventory};

/// What is known of a host at one point of a plan. There are two forms: the plain one, which looks everything
/// up in the documents, and the indexed one. What is said in words, and the search for plans, is the same for
/// both.
pub(super) trait Host<'c>: Clone {
    /// The catalogue.
    fn catalogue(&self) -> &'c Catalogue;

    /// The inventory, as it was at the start.
    fn inventory(&self) -> &'c Inventory;

    /// The version that the host reports at this point.
    fn version(&self) -> Option<&'c str>;

    /// The build that the host reports at this point.
    fn build(&self) -> Option<&'c str>;

    /// The release, or why there is none.
    fn found(&self) -> &Found<'c>;

    /// Whether the host says what is installed; otherwise only what is pending is known to be.
    fn complete(&self) -> bool;

    /// Whether a hotfix is itself installed.
    fn is_installed(&self, id: &Id) -> Truth;

    /// Whether two hosts are known to have the same installed.
    fn same_installed(&self, other: &Self) -> bool;

    /// Whether a hotfix of that name is known to be installed, published or not.
    fn has_by_name(&self, id: &Id) -> bool;

    /// Whether a hotfix is provided: installed, or rolled up by one that is.
    fn provided(&self, id: &Id) -> Truth;

    /// The installed hotfixes that provide this one, itself among them where it is installed; by id.
    fn providers(&self, id: &Id) -> Vec<&'c Id>;

    /// Whether an installed hotfix still waits for an action.
    fn is_pending(&self, id: &Id) -> bool;

    /// Carries out a step, its guidance too. A release that is established states what the host reports from
    /// then on; what it does not state stays.
    fn install(&mut self, hotfix: &'c Hotfix);

    /// The host once everything that waited for a restart has had it.
    #[must_use]
    fn restarted(self) -> Self;

    /// The release of an id.
    fn release_of(&self, id: &Id) -> Option<&'c Release>;

    /// The releases of which hosts report a version, in the product's order.
    fn reporting(&self, version: &str) -> Vec<&'c Release>;

    /// The hotfixes that install on a release, by id.
    fn installing_on(&self, release: &'c Id) -> Vec<&'c Hotfix>;

    /// The hotfixes that provide one once they are installed: itself, and those that roll it up; by id.
    fn providing(&self, id: &Id) -> Vec<&'c Id>;

    /// The hotfixes that establish a release, by id.
    fn establishing(&self) -> Vec<&'c Hotfix>;

    /// Whether a hotfix can be installed at this point.
    fn takes(&self, hotfix: &'c Hotfix, question: &Question) -> bool;

    /// How the host stands with the advisories that are asked about and that state something about it, by id.
    fn statuses(&self, question: &Question) -> Vec<(&'c Id, AdvisoryStatus)>;

    /// The cells that expose the host, of the advisories that are asked about, each with its place.
    fn exposing(&self, question: &Question) -> Vec<(&'c Advisory, usize, &'c Cell)>;

    /// The release, where it is settled and the host matches one.
    fn release(&self) -> Option<&'c Id> {
        match self.found() {
            Found::Release(id) => Some(id),
            Found::Nothing | Found::Unsettled { .. } => None,
        }
    }

    /// The installed hotfixes that provide this one and wait for nothing.
    fn settled_providers(&self, id: &Id) -> Vec<&'c Id> {
        self.providers(id).into_iter().filter(|id| !self.is_pending(id)).collect()
    }
}
