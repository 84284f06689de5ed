//! The forms of the assessment: the plain one, an index of the whole catalogue, and of the part that concerns the
//! host. They have to answer alike.

use std::sync::Arc;

use crate::assess::{self, Assessment, Index, Member, Pool, Question, Written, reference};
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

/// An answer as JSON, with what is told beside it.
pub(super) fn told(assessment: &Assessment) -> (String, Written) {
    let beside = Written { verdict: assessment.verdict(), valid_until: assessment.valid_until };
    (serde_json::to_string(assessment).unwrap(), beside)
}

/// The same as it is written at once.
pub(super) fn written(index: &Index, inventory: &Inventory, question: &Question) -> (String, Written) {
    let mut out = Vec::new();
    let beside = index.write(inventory, question, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), beside)
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
