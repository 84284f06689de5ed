//! What a hotfix rolls up, what rolls it up and what it needs first, as a drawing and as a list.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::context::PageContext;
use super::layered::{Layout, NODE_HEIGHT, NODE_WIDTH, layout};
use super::matrix::HotfixLink;
use crate::model::{Catalogue, Id};

/// The most hotfixes that are drawn; the others are counted.
const MOST: usize = 40;
/// The most characters of an id that a node shows.
const LABEL: usize = 11;

/// The drawing.
#[derive(Debug, serde::Serialize)]
pub(super) struct Graph {
    width: String,
    height: String,
    /// Which screens it is too wide for: `narrow`, `middle` or `wide`.
    size: &'static str,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    rolls: bool,
    needs: bool,
    /// How many more there are, above and below.
    more_above: usize,
    more_below: usize,
    /// The same as sentences.
    lines: Vec<Line>,
}

#[derive(Debug, serde::Serialize)]
struct Node {
    href: Option<String>,
    label: String,
    title: String,
    class: &'static str,
    x: String,
    y: String,
    text_x: String,
    text_y: String,
}

#[derive(Debug, serde::Serialize)]
struct Edge {
    path: String,
    head: String,
    needs: bool,
}

#[derive(Debug, serde::Serialize)]
struct Line {
    link: HotfixLink,
    rolls: Vec<HotfixLink>,
    needs: Vec<HotfixLink>,
}

/// The edges of a catalogue: what each rolls up without a detour, and what each needs first.
struct Edges<'c> {
    rolls: BTreeMap<&'c Id, Vec<&'c Id>>,
    rolled_by: BTreeMap<&'c Id, Vec<&'c Id>>,
    needs: BTreeMap<&'c Id, Vec<&'c Id>>,
}

impl<'c> Edges<'c> {
    fn of(catalogue: &'c Catalogue) -> Self {
        let (mut rolls, mut rolled_by, mut needs) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for hotfix in catalogue.hotfixes().values() {
            let all = hotfix.supersedes.as_deref().unwrap_or_default();
            let through = |id: &Id| all.iter().any(|other| catalogue.rolls_up(other.as_str()).contains(id));
            let direct: Vec<&Id> = all.iter().filter(|id| !through(id)).collect();
            for below in &direct {
                rolled_by.entry(*below).or_insert_with(Vec::new).push(&hotfix.id);
            }
            rolls.insert(&hotfix.id, direct);
            needs.insert(&hotfix.id, hotfix.requires.iter().flatten().collect());
        }
        Self { rolls, rolled_by, needs }
    }

    /// Everything around a hotfix, the nearest first; `true` for what stands above it.
    fn around(&self, id: &'c Id) -> Vec<(usize, bool, &'c Id)> {
        let up = |id: &Id| self.rolled_by.get(id).cloned().unwrap_or_default();
        let down = |id: &Id| {
            let lists = [self.rolls.get(id), self.needs.get(id)];
            lists.into_iter().flatten().flatten().copied().collect::<Vec<_>>()
        };
        let mut seen = BTreeSet::from([id]);
        let mut out = Vec::new();
        let (mut above, mut below) = (vec![id], vec![id]);
        for distance in 1.. {
            above = next(&above, &mut seen, up);
            below = next(&below, &mut seen, down);
            if above.is_empty() && below.is_empty() {
                break;
            }
            out.extend(above.iter().map(|id| (distance, true, *id)));
            out.extend(below.iter().map(|id| (distance, false, *id)));
        }
        out
    }
}

fn next<'c>(from: &[&'c Id], seen: &mut BTreeSet<&'c Id>, to: impl Fn(&Id) -> Vec<&'c Id>) -> Vec<&'c Id> {
    let found: BTreeSet<&Id> = from.iter().flat_map(|id| to(id)).filter(|id| !seen.contains(*id)).collect();
    seen.extend(found.iter().copied());
    found.into_iter().collect()
}

/// Draws what is around a hotfix; `None` where it stands alone.
pub(super) fn graph(context: &PageContext, catalogue: &Catalogue, id: &Id) -> Option<Graph> {
    let (id, _) = catalogue.hotfixes().get_key_value(id)?;
    let known = Edges::of(catalogue);
    let around = known.around(id);
    if around.is_empty() {
        return None;
    }
    let (drawn, left) = around.split_at(around.len().min(MOST - 1));
    let mut ids: Vec<&Id> = drawn.iter().map(|(_, _, id)| *id).chain([id]).collect();
    ids.sort();
    let place = |id: &Id| ids.binary_search(&id).ok();
    let mut edges: Vec<(usize, usize, bool)> = Vec::new();
    for (from, of) in ids.iter().enumerate() {
        let lists = [(known.rolls.get(of), false), (known.needs.get(of), true)];
        for (list, needs) in lists {
            let to = list.into_iter().flatten().filter_map(|id| place(id));
            edges.extend(to.map(|to| (from, to, needs)));
        }
    }
    let pairs: Vec<(usize, usize)> = edges.iter().map(|(from, to, _)| (*from, *to)).collect();
    let layout = layout(ids.len(), &pairs);
    let links: Vec<HotfixLink> = ids.iter().map(|id| HotfixLink::new(context, catalogue, id)).collect();
    Some(Graph {
        width: format!("{:.0}", layout.width.ceil()),
        height: format!("{:.0}", layout.height.ceil()),
        size: match layout.width {
            width if width <= 288.0 => "narrow",
            width if width <= 600.0 => "middle",
            _ => "wide",
        },
        nodes: nodes(&links, id, &layout),
        edges: edges
            .iter()
            .zip(&layout.edges)
            .filter_map(|((_, _, needs), line)| drawn_edge(line, *needs))
            .collect(),
        rolls: edges.iter().any(|(_, _, needs)| !needs),
        needs: edges.iter().any(|(_, _, needs)| *needs),
        more_above: left.iter().filter(|(_, above, _)| *above).count(),
        more_below: left.iter().filter(|(_, above, _)| !above).count(),
        lines: lines(&links, &edges, &layout),
    })
}

fn nodes(links: &[HotfixLink], here: &Id, layout: &Layout) -> Vec<Node> {
    let node = |(link, (x, y, _)): (&HotfixLink, &(f64, f64, usize))| Node {
        href: link.href.clone().filter(|_| *here != *link.id),
        label: label(&link.id, link.withdrawn),
        title: format!("{}: {}{}", link.id, link.title, if link.withdrawn { " (withdrawn)" } else { "" }),
        class: match (*here == *link.id, link.withdrawn) {
            (true, _) => "here",
            (false, true) => "gone",
            (false, false) => "other",
        },
        x: number(*x),
        y: number(*y),
        text_x: number(x + NODE_WIDTH / 2.0),
        text_y: number(y + NODE_HEIGHT / 2.0 + 4.5),
    };
    links.iter().zip(&layout.nodes).map(node).collect()
}

fn label(id: &str, withdrawn: bool) -> String {
    let mark = if withdrawn { "× " } else { "" };
    let room = LABEL - mark.chars().count();
    if id.chars().count() <= room {
        return format!("{mark}{id}");
    }
    format!("{mark}{}…", id.chars().take(room - 1).collect::<String>())
}

/// A coordinate: tenths of a pixel are enough.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A line through points, with a head at its end: straight past nodes, curved between rows.
fn drawn_edge(points: &[(f64, f64)], needs: bool) -> Option<Edge> {
    let ((first_x, first_y), (last_x, last_y)) = (points.first()?, points.last()?);
    let mut path = format!("M{} {}", number(*first_x), number(*first_y));
    for pair in points.windows(2) {
        let [(from_x, from_y), (to_x, to_y)] = pair else { continue };
        let end = if to_y == last_y { to_y - 5.0 } else { *to_y };
        if (from_x - to_x).abs() < 0.05 {
            let _ = write!(path, "V{}", number(end));
        } else {
            let middle = number((from_y + end) / 2.0);
            let (from, to) = (number(*from_x), number(*to_x));
            let _ = write!(path, "C{from} {middle} {to} {middle} {to} {}", number(end));
        }
    }
    let head = format!("M{} {}l-4 -7h8z", number(*last_x), number(*last_y));
    Some(Edge { path, head, needs })
}

/// The edges as sentences, from the top of the drawing to its bottom.
fn lines(links: &[HotfixLink], edges: &[(usize, usize, bool)], layout: &Layout) -> Vec<Line> {
    let mut order: Vec<usize> = (0..links.len()).collect();
    order.sort_by_key(|index| layout.nodes.get(*index).map(|(_, _, row)| *row));
    let line = |from: usize| {
        let to = |needs: bool| {
            let of = edges.iter().filter(move |(start, _, kind)| *start == from && *kind == needs);
            of.filter_map(|(_, to, _)| links.get(*to).cloned()).collect::<Vec<_>>()
        };
        let (rolls, needs) = (to(false), to(true));
        let link = links.get(from).filter(|_| !rolls.is_empty() || !needs.is_empty())?;
        Some(Line { link: link.clone(), rolls, needs })
    };
    order.into_iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_labels_within_their_nodes() {
        assert_eq!(label("XS62ESP1068", false), "XS62ESP1068");
        assert_eq!(label("XS62ESP1068", true), "× XS62ESP1…");
        assert_eq!(label("a-very-long-identifier", false), "a-very-lon…");
        assert_eq!(number(12.0), "12");
        assert_eq!(number(12.25), "12.2");
    }
}
