//! Chooses a set of candidates: the least of those that meet all goals, by branch and bound.
//!
//! Whatever a goal is, a set that meets it holds one of the candidates that bring it nearer. So every branch
//! takes one of these and rules out those that its elder siblings took; each set is looked at once. A set
//! that has no valid order is tried with one more candidate that could make one of its own applicable.

use super::Effort;
use super::bound::{Cost, Node, Unmet};
use super::field::{Field, Ways};
use super::order::{self, Ends, Ordered};
use crate::assess::bits::Bits;
use crate::assess::host::Host;

/// What has to be met.
#[derive(Debug, Clone)]
pub(super) struct Aims<'c> {
    /// Goals that a set meets, whatever its order.
    pub(super) goals: Vec<Ways>,
    /// Goals that depend on the order.
    pub(super) ends: Ends<'c>,
}

/// Whether the least is wanted or any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Least,
    Any,
}

/// The sequence of the least set that meets the aims, or of any; `None` where there is none.
pub(super) fn choose<'c, H: Host<'c>>(
    field: &Field<'c, H>,
    aims: &Aims<'c>,
    wanted: Wanted,
    effort: &mut Effort,
) -> Option<Vec<usize>> {
    if field.cut {
        effort.fall_short();
    }
    let mut search = Search { field, aims, wanted, effort, best: None };
    search.branch(Node { chosen: Bits::none(field.count()), closed: Bits::none(field.count()) });
    search.best.map(|(_, sequence)| sequence)
}

struct Search<'s, 'c, H> {
    field: &'s Field<'c, H>,
    aims: &'s Aims<'c>,
    wanted: Wanted,
    effort: &'s mut Effort,
    best: Option<(Cost, Vec<usize>)>,
}

impl<'c, H: Host<'c>> Search<'_, 'c, H> {
    fn branch(&mut self, mut node: Node) {
        loop {
            if self.done() || !self.effort.spend() {
                return;
            }
            let Some(mut unmet) = self.unmet(&node) else { return };
            unmet.sort_by_key(|one| one.options.len());
            if self.cannot_better(&node, &unmet) {
                return;
            }
            let Some(first) = unmet.first() else { return self.leaf(&node) };
            let forced = (first.options.len() == 1).then(|| first.options.iter().next()).flatten();
            let Some(number) = forced else {
                let options = self.by_promise(&first.options, &unmet);
                return self.each(node, options);
            };
            self.take(&mut node, number);
        }
    }

    /// Branches over candidates of which one at least has to be chosen.
    fn each(&mut self, mut node: Node, options: Vec<usize>) {
        for number in options {
            let mut with = node.clone();
            self.take(&mut with, number);
            self.branch(with);
            node.closed.insert(number);
        }
    }

    fn done(&self) -> bool {
        self.wanted == Wanted::Any && self.best.is_some()
    }

    fn take(&self, node: &mut Node, number: usize) {
        node.chosen.insert(number);
        if let Some(conflicts) = self.field.conflicts.get(number) {
            node.closed.add(conflicts);
        }
    }

    /// What is unmet; `None` where something cannot be met any more.
    fn unmet(&self, node: &Node) -> Option<Vec<Unmet>> {
        let open = |set: &Bits| {
            let mut open = set.clone();
            open.take_away(&node.closed);
            (!open.is_empty()).then_some(open)
        };
        let mut out = Vec::new();
        for ways in &self.aims.goals {
            let met = |way: &Vec<Bits>| way.iter().all(|set| set.meets(&node.chosen));
            if ways.iter().any(met) {
                continue;
            }
            let mut unmet = Unmet { options: Bits::none(self.field.count()), least: usize::MAX };
            for way in ways {
                let missing = way.iter().filter(|set| !set.meets(&node.chosen));
                let Some(sets) = missing.map(open).collect::<Option<Vec<Bits>>>() else { continue };
                unmet.least = unmet.least.min(apart(&sets));
                sets.iter().for_each(|set| unmet.options.add(set));
            }
            if unmet.least == usize::MAX {
                return None;
            }
            out.push(unmet);
        }
        for number in node.chosen.iter() {
            for set in self.field.implied.get(number).into_iter().flatten() {
                if !set.meets(&node.chosen) {
                    out.push(Unmet { options: open(set)?, least: 1 });
                }
            }
        }
        Some(out)
    }

    /// Whether no set below the node is better than the best that was found.
    fn cannot_better(&self, node: &Node, unmet: &[Unmet]) -> bool {
        self.best.as_ref().is_some_and(|(best, _)| Cost::bound(self.field, node, unmet) >= *best)
    }

    /// Those that meet the most first, so that a good set is found early; then by id.
    fn by_promise(&self, options: &Bits, unmet: &[Unmet]) -> Vec<usize> {
        let meets = |number: usize| unmet.iter().filter(|one| one.options.contains(number)).count();
        let mut out: Vec<(std::cmp::Reverse<usize>, usize)> =
            options.iter().map(|number| (std::cmp::Reverse(meets(number)), number)).collect();
        out.sort_unstable();
        out.into_iter().map(|(_, number)| number).collect()
    }

    /// A set that meets every goal: it counts if it has a valid order.
    fn leaf(&mut self, node: &Node) {
        match order::order(self.field, &node.chosen, &self.aims.ends, self.effort) {
            Some(ordered) => self.note(node, ordered),
            None => {
                let enablers = self.enablers(node);
                self.each(node.clone(), enablers);
            }
        }
    }

    fn note(&mut self, node: &Node, ordered: Ordered) {
        let Ordered { restarts, sequence } = ordered;
        let cost = Cost::of(self.field, &node.chosen, restarts);
        if self.best.as_ref().is_none_or(|(best, _)| cost < *best) {
            self.best = Some((cost, sequence));
        }
    }

    /// What could make one of the chosen applicable that is not in any order: another that establishes a
    /// release, or provides a prerequisite or what a condition asks for.
    fn enablers(&self, node: &Node) -> Vec<usize> {
        let mut out = self.field.establishing.clone();
        for ground in &self.field.grounds {
            for number in node.chosen.iter() {
                ground.requires.get(number).into_iter().flatten().for_each(|set| out.add(set));
                ground.asked.get(number).into_iter().for_each(|set| out.add(set));
            }
        }
        out.take_away(&node.chosen);
        out.take_away(&node.closed);
        out.iter().collect()
    }
}

/// How many candidates it takes to meet all of these sets, at least: as many as share no candidate.
fn apart(sets: &[Bits]) -> usize {
    let mut used: Option<Bits> = None;
    let mut count = 0;
    for set in sets {
        match &mut used {
            Some(used) if used.meets(set) => {}
            Some(used) => {
                used.add(set);
                count += 1;
            }
            None => {
                used = Some(set.clone());
                count = 1;
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_shares_no_candidate() {
        let sets = |all: &[&[usize]]| -> Vec<Bits> {
            let set = |numbers: &&[usize]| {
                let mut bits = Bits::none(8);
                numbers.iter().for_each(|number| bits.insert(*number));
                bits
            };
            all.iter().map(set).collect()
        };
        assert_eq!(apart(&sets(&[])), 0);
        assert_eq!(apart(&sets(&[&[0, 1]])), 1);
        assert_eq!(apart(&sets(&[&[0, 1], &[1, 2]])), 1);
        assert_eq!(apart(&sets(&[&[0, 1], &[1, 2], &[2, 3], &[4]])), 3);
    }
}
