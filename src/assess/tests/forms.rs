//! The forms of the assessment: the plain one, an index of the whole catalogue, and of the part that concerns the
//! host. They have to answer alike.

use std::sync::Arc;

use crate::assess::{self, Assessment, Index, Member, Pool, Question, reference};
use crate::model::{Catalogue, Inventory};

/// What every form answers about a host, the plain one first.
pub(super) fn assess(
    catalogue: &Arc<Catalogue>,
    inventory: &Inventory,
    question: &Question,
) -> [(&'static str, Assessment); 3] {
    [
        ("plain", reference::assess(catalogue, inventory, question)),
        ("indexed", Index::new(Arc::clone(catalogue)).assess(inventory, question)),
        ("for one host", assess::assess(catalogue, inventory, question)),
    ]
}

/// What every form answers about a pool.
pub(super) fn pool<'c>(
    catalogue: &'c Arc<Catalogue>,
    members: &[Member<'c>],
    question: &Question,
) -> [(&'static str, Pool); 3] {
    [
        ("plain", reference::pool(catalogue, members, question)),
        ("indexed", Index::new(Arc::clone(catalogue)).pool(members, question)),
        ("for one pool", assess::pool(catalogue, members, question)),
    ]
}
