//! A small layered layout: nodes in rows, every edge downwards, the same picture for the same graph.
//!
//! Rows are filled from the top, as many nodes each as a telephone is wide; the edges of one node that pass a
//! row share one way through it; a few sweeps put nodes near what they are joined to. Effort is bounded by the number of nodes, which the
//! caller bounds.

use std::collections::{BTreeMap, BTreeSet};

/// The width of a node, in pixels.
pub(super) const NODE_WIDTH: f64 = 85.0;
/// Its height.
pub(super) const NODE_HEIGHT: f64 = 30.0;
/// What the edges of a node that pass a row take of its width.
const PASSING_WIDTH: f64 = 6.0;
/// Between nodes of a row.
const GAP: f64 = 7.0;
/// From one row to the next.
const PITCH: f64 = 56.0;
/// Around the drawing, so that outlines are not cut off.
const MARGIN: f64 = 2.0;
/// The most nodes of a row.
const MOST_IN_ROW: usize = 3;
/// How often the rows are put in order again.
const SWEEPS: usize = 6;

/// Where everything stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// The size of the drawing.
    pub(super) width: f64,
    /// The size of the drawing.
    pub(super) height: f64,
    /// The upper left corner of each node, and its row.
    pub(super) nodes: Vec<(f64, f64, usize)>,
    /// The points through which each edge goes.
    pub(super) edges: Vec<Vec<(f64, f64)>>,
}

/// What stands in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Node(usize),
    /// Edges of a node on their way.
    Passing(usize),
}

/// Lays out `count` nodes with edges from upper to lower ones. Edges that lead nowhere, or in a circle, are
/// left undrawn.
pub(super) fn layout(count: usize, edges: &[(usize, usize)]) -> Layout {
    let row_of = rows_of(count, edges);
    let row = |node: usize| row_of.get(node).copied().unwrap_or_default();
    let rows_count = row_of.iter().max().map_or(0, |last| last + 1);
    let mut rows: Vec<Vec<Slot>> = vec![Vec::new(); rows_count];
    let mut put = |row: usize, slot: Slot| {
        if let Some(slots) = rows.get_mut(row) {
            slots.push(slot);
        }
    };
    (0..count).for_each(|node| put(row(node), Slot::Node(node)));
    let ways: BTreeSet<(usize, usize)> = edges
        .iter()
        .flat_map(|(from, to)| (row(*from) + 1..row(*to)).map(|between| (*from, between)))
        .collect();
    ways.iter().for_each(|(from, between)| put(*between, Slot::Passing(*from)));
    for sweep in 0..SWEEPS {
        order(&mut rows, edges, sweep % 2 == 0);
    }
    place(count, &rows, edges, &row_of)
}

/// The row of each node: below everything that leads to it, in the first row that has room.
fn rows_of(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut rows: Vec<Option<usize>> = vec![None; count];
    let mut used: Vec<usize> = Vec::new();
    // Each round places what stands below placed nodes alone: at most as many rounds as nodes.
    for _ in 0..count {
        let ready: Vec<(usize, usize)> = (0..count)
            .filter(|node| rows.get(*node) == Some(&None))
            .filter_map(|node| {
                let mut above = edges
                    .iter()
                    .filter(|(_, to)| *to == node)
                    .map(|(from, _)| rows.get(*from).copied().flatten());
                let lowest = above.try_fold(0, |lowest, row| row.map(|row| lowest.max(row + 1)))?;
                Some((lowest, node))
            })
            .collect();
        if ready.is_empty() {
            break;
        }
        for (lowest, node) in ready {
            let mut row = lowest;
            while used.get(row).is_some_and(|count| *count >= MOST_IN_ROW) {
                row += 1;
            }
            if used.len() <= row {
                used.resize(row + 1, 0);
            }
            if let (Some(used), Some(place)) = (used.get_mut(row), rows.get_mut(node)) {
                *used += 1;
                *place = Some(row);
            }
        }
    }
    rows.into_iter().map(Option::unwrap_or_default).collect()
}

/// Puts each row in the order of the middle of what its slots are joined to, from above or from below.
fn order(rows: &mut [Vec<Slot>], edges: &[(usize, usize)], downwards: bool) {
    let count = rows.len();
    for step in 1..count {
        let (here, there) = if downwards { (step, step - 1) } else { (count - 1 - step, count - step) };
        let Some(beside) = rows.get(there) else { continue };
        let at: BTreeMap<Key, f64> = positions(beside);
        let Some(slots) = rows.get_mut(here) else { continue };
        let own = positions(slots);
        let middle = |slot: &Slot| {
            let joined: Vec<f64> = neighbours(*slot, edges, downwards)
                .into_iter()
                .filter_map(|key| at.get(&key).copied())
                .collect();
            if joined.is_empty() {
                return own.get(&key(*slot)).copied().unwrap_or_default();
            }
            joined.iter().sum::<f64>() / size(joined.len())
        };
        slots.sort_by(|a, b| middle(a).total_cmp(&middle(b)).then_with(|| key(*a).cmp(&key(*b))));
    }
}

/// A slot as something to look up: nodes before edges.
type Key = (u8, usize);

fn key(slot: Slot) -> Key {
    match slot {
        Slot::Node(node) => (0, node),
        Slot::Passing(node) => (1, node),
    }
}

#[allow(clippy::cast_precision_loss)]
fn size(count: usize) -> f64 {
    count as f64
}

/// Where each slot stands in its row, from 0 to 1.
fn positions(slots: &[Slot]) -> BTreeMap<Key, f64> {
    let of = size(slots.len());
    slots.iter().enumerate().map(|(index, slot)| (key(*slot), (size(index) + 0.5) / of)).collect()
}

/// What a slot is joined to in the row above, or below. Not all of it stands there.
fn neighbours(slot: Slot, edges: &[(usize, usize)], above: bool) -> Vec<Key> {
    let from = |node: usize| edges.iter().filter(move |(from, _)| *from == node);
    match slot {
        Slot::Node(node) if above => {
            let to = edges.iter().filter(|(_, to)| *to == node);
            to.flat_map(|(from, _)| [(0, *from), (1, *from)]).collect()
        }
        Slot::Passing(node) if above => vec![(0, node), (1, node)],
        Slot::Node(node) | Slot::Passing(node) => {
            from(node).map(|(_, to)| (0, *to)).chain([(1, node)]).collect()
        }
    }
}

fn width(slot: Slot) -> f64 {
    match slot {
        Slot::Node(_) => NODE_WIDTH,
        Slot::Passing(_) => PASSING_WIDTH,
    }
}

/// Turns rows into places: each row in the middle of the drawing.
fn place(count: usize, rows: &[Vec<Slot>], edges: &[(usize, usize)], row_of: &[usize]) -> Layout {
    let row_width = |slots: &Vec<Slot>| slots.iter().map(|slot| width(*slot) + GAP).sum::<f64>() - GAP;
    let inner = rows.iter().map(row_width).fold(0.0, f64::max);
    let mut nodes = vec![(0.0, 0.0, 0); count];
    let mut passing: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for (row, slots) in rows.iter().enumerate() {
        let mut x = MARGIN + (inner - row_width(slots)) / 2.0;
        for slot in slots {
            match slot {
                Slot::Node(node) => {
                    if let Some(place) = nodes.get_mut(*node) {
                        *place = (x, MARGIN + size(row) * PITCH, row);
                    }
                }
                Slot::Passing(node) => {
                    passing.insert((*node, row), x + PASSING_WIDTH / 2.0);
                }
            }
            x += width(*slot) + GAP;
        }
    }
    let row = |node: usize| row_of.get(node).copied().unwrap_or_default();
    let corner =
        |node: usize| nodes.get(node).map(|(x, y, _)| (x + NODE_WIDTH / 2.0, *y)).unwrap_or_default();
    let line = |(from, to): &(usize, usize)| {
        if row(*from) >= row(*to) {
            return Vec::new();
        }
        let ((start, top), (end, bottom)) = (corner(*from), corner(*to));
        let mut points = vec![(start, top + NODE_HEIGHT)];
        for between in row(*from) + 1..row(*to) {
            let x = passing.get(&(*from, between)).copied().unwrap_or(start);
            let y = MARGIN + size(between) * PITCH;
            points.extend([(x, y), (x, y + NODE_HEIGHT)]);
        }
        points.push((end, bottom));
        points
    };
    Layout {
        width: inner + 2.0 * MARGIN,
        height: size(rows.len().saturating_sub(1)) * PITCH + NODE_HEIGHT + 2.0 * MARGIN,
        edges: edges.iter().map(line).collect(),
        nodes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leads_every_edge_downwards_and_keeps_rows_short() {
        let edges: Vec<(usize, usize)> = (1..20).map(|to| (0, to)).chain([(3, 19), (19, 20)]).collect();
        let drawn = layout(21, &edges);
        for ((from, to), points) in edges.iter().zip(&drawn.edges) {
            assert!(drawn.nodes[*from].2 < drawn.nodes[*to].2);
            assert!(points.len() >= 2 && points.windows(2).all(|pair| pair[0].1 <= pair[1].1));
        }
        let rows = drawn.nodes.iter().map(|(_, _, row)| *row);
        let mut counts = BTreeMap::new();
        rows.for_each(|row| *counts.entry(row).or_insert(0) += 1);
        assert!(counts.values().all(|count| *count <= MOST_IN_ROW), "{counts:?}");
        assert_eq!(drawn, layout(21, &edges));
    }

    #[test]
    fn overlaps_nothing() {
        let edges = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3), (3, 4), (0, 4)];
        let drawn = layout(5, &edges);
        for (index, one) in drawn.nodes.iter().enumerate() {
            for other in drawn.nodes.iter().skip(index + 1) {
                let apart = (one.0 - other.0).abs() >= NODE_WIDTH || (one.1 - other.1).abs() >= NODE_HEIGHT;
                assert!(apart, "{one:?} {other:?}");
            }
            assert!(one.0 >= 0.0 && one.0 + NODE_WIDTH <= drawn.width);
            assert!(one.1 >= 0.0 && one.1 + NODE_HEIGHT <= drawn.height);
        }
    }

    #[test]
    fn draws_nothing_of_a_circle() {
        let drawn = layout(3, &[(0, 1), (1, 2), (2, 1)]);
        assert_eq!(drawn.nodes.len(), 3);
        assert_eq!(layout(0, &[]).nodes.len(), 0);
    }
}
