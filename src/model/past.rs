//! The catalogue as it was published by a day, from the revisions that are kept: "were we exposed on 9 February?".
//!
//! A revision counts from the day that its publisher states (a hotfix without one from the day it was released
//! on), else from the day on which the one who kept it took it in. What was not published by then is left out,
//! and so is every mention of it: a fix that came later remedies nothing yet, and a release whose marker came
//! later is none that a host could have been.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::source::Document;
use super::{Advisory, Catalogue, Condition, Hotfix, Id, Product, rules};

/// A revision of a document that was kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What it says.
    pub document: Document,
    /// The day on which it was taken in, by the record of who kept it.
    pub taken: Date,
}

/// A catalogue of an earlier day.
#[derive(Debug, Clone)]
pub struct Past {
    /// The documents that were published by then.
    pub catalogue: Catalogue,
    /// How many advisories and hotfixes of today were not published by then.
    pub later: usize,
    /// How many of these state no day of their own, so that only the record says so.
    pub undated: usize,
}

/// Why there is no catalogue of a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PastError {
    /// No advisory and no hotfix was published by then.
    #[error("nothing was published by {date}; the first is of {first}")]
    Nothing {
        /// The day that was asked about.
        date: Date,
        /// The day of the first document.
        first: Date,
    },
    /// There is no revision of the product's document, or none of anything else.
    #[error("no revision is kept")]
    Unknown,
    /// The revisions of that day do not make one catalogue.
    #[error("the documents of {date} contradict each other: {problem}")]
    Contradiction {
        /// The day that was asked about.
        date: Date,
        /// The first rule that they break.
        problem: String,
    },
}

impl Kept {
    /// The day from which it counts.
    #[must_use]
    pub fn day(&self) -> Date {
        self.stated().unwrap_or(self.taken)
    }

    /// The day that its publisher states.
    fn stated(&self) -> Option<Date> {
        match &self.document {
            Document::Product(product) => product.published,
            Document::Advisory(advisory) => advisory.published,
            Document::Hotfix(hotfix) => hotfix.published.or(hotfix.released),
            Document::Hold(_) => None,
        }
    }
}

/// The newest revision of each document that was published by a day.
#[derive(Default)]
struct Chosen {
    product: Option<Product>,
    advisories: BTreeMap<Id, Advisory>,
    hotfixes: BTreeMap<Id, Hotfix>,
    later: BTreeMap<Id, bool>,
}

impl Past {
    /// Puts together what was published by the end of a day. Of each document the last of the revisions (in the
    /// order given) that counts by then is taken; of the product, which everything else refers to, the first one
    /// where none does. Holds are left out: they lasted for days.
    ///
    /// # Errors
    /// Nothing was published by then, or what was does not fit together.
    pub fn of(revisions: Vec<Kept>, date: Date) -> Result<Self, PastError> {
        let others = |kept: &&Kept| matches!(kept.document, Document::Advisory(_) | Document::Hotfix(_));
        let first = revisions.iter().filter(others).map(Kept::day).min().ok_or(PastError::Unknown)?;
        if first > date {
            return Err(PastError::Nothing { date, first });
        }
        let Chosen { product, mut advisories, mut hotfixes, later } = choose(revisions, date);
        let mut product = product.ok_or(PastError::Unknown)?;
        without_unmet(&mut hotfixes);
        product.retain_releases(|release| release.marker.as_ref().is_none_or(|id| hotfixes.contains_key(id)));
        let releases: BTreeSet<Id> = product.releases.iter().map(|release| release.id.clone()).collect();
        hotfixes.values_mut().for_each(|hotfix| hotfix.releases.retain(|id| releases.contains(id)));
        let there = There { hotfixes: hotfixes.keys().cloned().collect(), releases };
        advisories.values_mut().for_each(|advisory| there.prune_advisory(advisory));
        hotfixes.values_mut().for_each(|hotfix| there.prune_hotfix(hotfix, &advisories));
        let counts = (later.len(), later.values().filter(|undated| **undated).count());
        match rules::assemble(product, advisories, hotfixes) {
            Ok(set) => Ok(Self { catalogue: Catalogue::of_set(set), later: counts.0, undated: counts.1 }),
            Err(problem) => Err(PastError::Contradiction { date, problem }),
        }
    }
}

fn choose(revisions: Vec<Kept>, date: Date) -> Chosen {
    let mut chosen = Chosen::default();
    let mut dated_product = false;
    for kept in revisions {
        let (counts, undated) = (kept.day() <= date, kept.stated().is_none());
        match kept.document {
            Document::Product(product) if counts || chosen.product.is_none() => {
                if counts || !dated_product {
                    chosen.product = Some(product);
                }
                dated_product |= counts;
            }
            Document::Advisory(advisory) if counts => {
                chosen.later.remove(&advisory.id);
                chosen.advisories.insert(advisory.id.clone(), advisory);
            }
            Document::Hotfix(hotfix) if counts => {
                chosen.later.remove(&hotfix.id);
                chosen.hotfixes.insert(hotfix.id.clone(), hotfix);
            }
            Document::Advisory(Advisory { id, .. }) if !chosen.advisories.contains_key(&id) => {
                chosen.later.insert(id, undated);
            }
            Document::Hotfix(Hotfix { id, .. }) if !chosen.hotfixes.contains_key(&id) => {
                chosen.later.insert(id, undated);
            }
            _ => {}
        }
    }
    chosen
}

/// Takes out what could not be installed yet, since something that it requires was not out.
fn without_unmet(hotfixes: &mut BTreeMap<Id, Hotfix>) {
    loop {
        let unmet = |hotfix: &&Hotfix| hotfix.requires.iter().flatten().any(|id| !hotfixes.contains_key(id));
        let gone: Vec<Id> = hotfixes.values().filter(unmet).map(|hotfix| hotfix.id.clone()).collect();
        if gone.is_empty() {
            return;
        }
        hotfixes.retain(|id, _| !gone.contains(id));
    }
}

/// What there was.
struct There {
    hotfixes: BTreeSet<Id>,
    releases: BTreeSet<Id>,
}

impl There {
    fn prune_advisory(&self, advisory: &mut Advisory) {
        for cell in &mut advisory.matrix {
            cell.releases.retain(|id| self.releases.contains(id));
            if let Some(alternatives) = &mut cell.fixed_by {
                alternatives.retain(|ids| ids.iter().all(|id| self.hotfixes.contains(id)));
            }
            if let Some(when) = &mut cell.when {
                self.prune_condition(when);
            }
        }
        advisory.matrix.retain(|cell| !cell.releases.is_empty());
    }

    fn prune_hotfix(&self, hotfix: &mut Hotfix, advisories: &BTreeMap<Id, Advisory>) {
        if let Some(ids) = &mut hotfix.supersedes {
            ids.retain(|id| self.hotfixes.contains(id));
        }
        if let Some(ids) = &mut hotfix.fixes {
            ids.retain(|id| advisories.contains_key(id));
        }
        if hotfix.establishes.as_ref().is_some_and(|id| !self.releases.contains(id)) {
            hotfix.establishes = None;
        }
        if let Some(withdrawn) = &mut hotfix.withdrawn
            && withdrawn.replaced_by.as_ref().is_some_and(|id| !self.hotfixes.contains(id))
        {
            withdrawn.replaced_by = None;
        }
        if let Some(when) = &mut hotfix.when {
            self.prune_condition(when);
        }
    }

    /// What was not out is installed nowhere: `any` of nothing is false.
    fn prune_condition(&self, condition: &mut Condition) {
        match condition {
            Condition::All(inner) | Condition::Any(inner) => {
                inner.iter_mut().for_each(|inner| self.prune_condition(inner));
            }
            Condition::Not(inner) => self.prune_condition(inner),
            Condition::Hotfix(id) if !self.hotfixes.contains(id) => *condition = Condition::Any(Vec::new()),
            Condition::Release(id) if !self.releases.contains(id) => *condition = Condition::Any(Vec::new()),
            Condition::Hotfix(_)
            | Condition::Release(_)
            | Condition::Feature(_)
            | Condition::Fact(..)
            | Condition::Package(..)
            | Condition::Unknown(_) => {}
        }
    }
}
