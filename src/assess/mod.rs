//! What a catalogue means for a host: one pure function, the same on the server and on the host.
//!
//! No I/O, no clock, no randomness: the moment, the host's id and what is asked stand in the [`Question`].

mod assessment;
mod pool;
mod question;
mod verdict;

pub use assessment::{
    ASSESSMENT_SCHEMA, AdvisoryAnswer, AdvisoryStatus, After, Assessment, CatalogueVersion, GroupGuidance,
    GuidanceAction, HotfixAnswer, HotfixStatus, Need, PendingAnswer, Plan, Reason, ReleaseAnswer,
    RemediationAnswer, RolloutAnswer, Step, Unrecognised,
};
pub use pool::{Member, POOL_SCHEMA, Pool, PoolMember, PoolPending, PoolPlan, PoolStep};
pub use question::{Goal, Question};
pub use verdict::Verdict;

use crate::model::{Catalogue, Inventory};

/// What a catalogue means for a host.
#[must_use]
pub fn assess(catalogue: &Catalogue, inventory: &Inventory, question: &Question) -> Assessment {
    Assessment {
        schema: ASSESSMENT_SCHEMA,
        product: catalogue.product().id.clone(),
        catalogue: CatalogueVersion { roles: catalogue.roles().to_vec() },
        inventory: inventory.digest().to_owned(),
        as_of: question.now,
        valid_until: None,
        release: ReleaseAnswer { id: None, because: Vec::new(), missing_facts: Vec::new() },
        advisories: Vec::new(),
        hotfixes: Vec::new(),
        plan: Plan::default(),
        after: After::default(),
        unrecognised: Vec::new(),
        verdict: verdict::verdict([], verdict::Beside { withdrawn: false, unsettled: true }),
    }
}
