//! The indexed form of the assessment. The catalogue is compiled once: ids become numbers, sets of hotfixes sets of
//! bits, conditions flat programs; and every release knows the hotfixes and cells that concern it. So a host costs
//! what concerns its own release, not what the catalogue holds. It answers what the plain form answers, always.

mod answer;
mod build;
mod compiled;
mod edges;
mod head;
mod host;
mod json;
mod judge;
mod names;
mod need;
mod piece;
mod program;
mod release;
mod rows;
mod set;
mod slice;
mod state;
mod words;

use std::sync::Arc;

use super::Assessment;
use super::pool::{Member, Pool, pool_of};
use super::question::Question;
use crate::model::{Catalogue, Inventory};
use compiled::Compiled;
pub use json::Written;
use state::State;

/// A catalogue that was compiled, to be asked about many hosts.
#[derive(Debug)]
pub struct Index {
    catalogue: Arc<Catalogue>,
    compiled: Arc<Compiled>,
}

impl Index {
    /// Compiles a catalogue.
    #[must_use]
    pub fn new(catalogue: Arc<Catalogue>) -> Self {
        let compiled = Arc::new(whole(&catalogue, None));
        Self { catalogue, compiled }
    }

    /// The index of a later catalogue of the same product: a document that did not change is not compiled again.
    #[must_use]
    pub fn update(&self, catalogue: Arc<Catalogue>) -> Self {
        let compiled = Arc::new(whole(&catalogue, Some((&self.compiled, &self.catalogue))));
        Self { catalogue, compiled }
    }

    /// The catalogue.
    #[must_use]
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// How many documents were compiled to make it; those that an earlier index had are not among them.
    #[must_use]
    pub fn compiled(&self) -> usize {
        self.compiled.count
    }

    /// What the catalogue means for a host.
    #[must_use]
    pub fn assess(&self, inventory: &Inventory, question: &Question) -> Assessment {
        answer::assess(&self.compiled, Some(&self.compiled), &self.catalogue, inventory, question)
    }

    /// Writes what the catalogue means for a host, as JSON: the bytes of what [`Index::assess`] answers, sooner.
    ///
    /// # Errors
    /// What cannot be written as JSON, which nothing in an answer is.
    pub fn write(
        &self,
        inventory: &Inventory,
        question: &Question,
        out: &mut Vec<u8>,
    ) -> serde_json::Result<Written> {
        json::write(&self.compiled, &self.catalogue, inventory, question, out)
    }

    /// What the catalogue means for a pool. Each member is asked about by its own id.
    #[must_use]
    pub fn pool<'c>(&'c self, members: &[Member<'c>], question: &Question) -> Pool {
        let state = |inventory| State::of(&self.compiled, &self.catalogue, inventory);
        pool_of(&self.catalogue, members, question, state)
    }
}

fn whole(catalogue: &Catalogue, before: Option<(&Compiled, &Catalogue)>) -> Compiled {
    Compiled::of(catalogue, catalogue.hotfixes().values(), catalogue.advisories().values(), before)
}

/// What a catalogue means for a host. Only what concerns the host is compiled; whoever asks about more than one
/// makes an [`Index`].
#[must_use]
pub fn assess(catalogue: &Catalogue, inventory: &Inventory, question: &Question) -> Assessment {
    let compiled = slice::of(catalogue, &[inventory]);
    answer::assess(&compiled, None, catalogue, inventory, question)
}

/// What a catalogue means for a pool. Each member is asked about by its own id.
#[must_use]
pub fn pool<'c>(catalogue: &'c Catalogue, members: &[Member<'c>], question: &Question) -> Pool {
    let inventories: Vec<&Inventory> = members.iter().map(|member| member.inventory).collect();
    let compiled = slice::of(catalogue, &inventories);
    // The compiled part lives no longer than this call, and so must what is borrowed from it.
    let members: Vec<Member<'_>> = members.to_vec();
    pool_of(catalogue, &members, question, |inventory| State::of(&compiled, catalogue, inventory))
}
