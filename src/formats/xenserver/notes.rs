//! The notes on what was decided: prose by hand in `notes.md`, its numbers and lists from the plan.

use std::collections::{BTreeMap, BTreeSet};

use super::dates::{Released, released};
use super::facts::Row;
use super::hotfix::{needs, through};
use super::matrix::{Basis, Cell};
use super::releases::{COMMON_CRITERIA, product_of};
use super::text::{and, component};
use super::{Error, MADE, Plan, advisory};
use crate::model::words::{CellStatus, Severity};

const TEMPLATE: &str = include_str!("notes.md");

/// The notes, for what is about to be kept.
pub(super) fn text(plan: &Plan<'_>, files: &BTreeMap<String, String>) -> Result<String, Error> {
    let mut fills = Fills(BTreeMap::new());
    filed(plan, files, &mut fills);
    prerequisites(plan, &mut fills);
    roll_ups(plan, &mut fills);
    matrices(plan, &mut fills);
    bulletins(plan, &mut fills);
    rows(plan, &mut fills);
    fills.into(TEMPLATE)
}

/// What stands in the places of the template.
struct Fills(BTreeMap<&'static str, String>);

impl Fills {
    fn set(&mut self, name: &'static str, value: &impl ToString) {
        self.0.insert(name, value.to_string());
    }

    /// Ids, and their number.
    fn ids<T: AsRef<str>>(&mut self, name: &'static str, ids: impl IntoIterator<Item = T>) {
        self.set(name, &and(ids));
    }

    fn into(self, template: &str) -> Result<String, Error> {
        let mut out = String::with_capacity(template.len() * 2);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            let value = self.0.get(name).ok_or_else(|| Error::Word {
                id: "notes.md".to_owned(),
                field: "place",
                value: name.to_owned(),
            })?;
            out.push_str(before);
            out.push_str(value);
            rest = after;
        }
        out.push_str(rest);
        Ok(folded(&out))
    }
}

/// Paragraphs and list items folded anew, as the filled places made them longer.
fn folded(text: &str) -> String {
    let mut blocks: Vec<String> = Vec::new();
    for line in text.lines() {
        let begins = line.is_empty() || line.starts_with("- ") || line.starts_with('#');
        match blocks.last_mut() {
            Some(last) if !begins && !last.is_empty() && !last.starts_with('#') => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            _ => blocks.push(line.to_owned()),
        }
    }
    let fold = |block: &String| match block.strip_prefix("- ") {
        Some(item) => format!("- {}", crate::formats::toml::wrap(item, 118).join("\n  ")),
        None => crate::formats::toml::wrap(block, 120).join("\n"),
    };
    blocks.iter().map(fold).collect::<Vec<_>>().join("\n") + "\n"
}

fn all<'f>(plan: &Plan<'f>) -> impl Iterator<Item = &'f Row> + use<'f> {
    plan.facts.hotfixes.values()
}

fn filed(plan: &Plan<'_>, files: &BTreeMap<String, String>, fills: &mut Fills) {
    let common_criteria = || all(plan).filter(|row| product_of(row) == COMMON_CRITERIA);
    fills.set("rows", &all(plan).count());
    fills.set("main-rows", &plan.rows().count());
    fills.set("cc-rows", &common_criteria().count());
    fills.set("bulletins", &plan.facts.bulletins.len());
    let ids: BTreeSet<&str> = common_criteria().map(|row| row.id.as_str()).collect();
    let names_one = |ids_named: &BTreeMap<String, Vec<String>>| {
        ids_named.values().flatten().any(|id| ids.contains(id.as_str()))
    };
    fills.set("cc-bulletins", &plan.facts.bulletins.values().filter(|one| names_one(&one.fixes)).count());
    let by_hand = files.iter().filter(|(path, text)| path.ends_with(".toml") && !text.starts_with(MADE));
    let by_hand: Vec<&str> = by_hand.map(|(path, _)| path.as_str()).collect();
    fills.ids("by-hand", by_hand.iter().map(|path| format!("`{path}`")));
    let without_row = by_hand
        .iter()
        .filter_map(|path| path.split_once('/')?.1.strip_suffix(".toml"))
        .filter(|id| !plan.facts.hotfixes.contains_key(*id) && !plan.facts.bulletins.contains_key(*id));
    fills.ids("without-row", without_row);
    fills.set("releases", &plan.product.releases.len());
    fills.ids("packs", plan.product.releases.iter().filter_map(|release| release.marker.as_ref()));
    fills.ids("tech-preview", plan.rows().filter(|row| row.branch == "Tech Preview").map(|row| &row.id));
    let noted = |row: &&Row| row.notes.iter().flatten().any(|note| note.contains("applies to all 6.x"));
    fills.ids("all-of-6", plan.rows().filter(noted).map(|row| &row.id));
}

fn prerequisites(plan: &Plan<'_>, fills: &mut Fills) {
    let inferred = |row: &&Row| row.requires_inferred.is_some();
    let of_cu1 = |row: &&Row| row.requires_inferred.iter().flatten().any(|id| id == "XS82ECU1");
    fills.set("inferred", &all(plan).filter(inferred).count());
    fills.set("needs-cu1", &all(plan).filter(of_cu1).count());
    fills.ids("stated", all(plan).filter(|row| row.requires.is_some()).map(|row| &row.id));
    let says: Vec<&Row> =
        plan.rows().filter(|row| component(row).is_some_and(|(_, needs)| needs.is_some())).collect();
    let (asked, brought): (Vec<&Row>, Vec<&Row>) = says.iter().partition(|row| needs(plan, row).is_some());
    fills.set("depends-count", &says.len());
    fills.ids("depends", asked.iter().map(|row| &row.id));
    fills.ids("depends-brought", brought.iter().map(|row| &row.id));
}

fn roll_ups(plan: &Plan<'_>, fills: &mut Fills) {
    let edges: usize = all(plan).filter_map(|row| row.supersedes.as_ref()).map(Vec::len).sum();
    // Those of the other product are direct by the same rule; their number is not asked of its plan.
    let graph = super::Graph::of_all(plan.facts, &plan.product);
    fills.set("edges", &edges);
    fills.set("direct", &graph.direct.values().map(BTreeSet::len).sum::<usize>());
    fills.ids("cut", plan.graph.cut.iter().map(|(id, pack)| format!("{id} rolls up {pack}")));
    let more: Vec<String> = plan
        .rows()
        .map(|row| (row, through(plan, row)))
        .filter(|(_, more)| !more.is_empty())
        .map(|(row, more)| format!("{} ({})", row.id, more.into_iter().collect::<Vec<_>>().join(", ")))
        .collect();
    fills.set("through-count", &more.len());
    fills.ids("through", more);
}

fn matrices(plan: &Plan<'_>, fills: &mut Fills) {
    let other = super::matrix::pairs_elsewhere(plan.facts, &plan.product);
    let cells = || plan.matrices.iter().flat_map(|(id, cells)| cells.iter().map(move |cell| (*id, cell)));
    let listed = |wanted: &dyn Fn(&Cell<'_>) -> bool| -> Vec<String> {
        let found = cells().filter(|(_, cell)| wanted(cell));
        found.map(|(id, cell)| format!("{id} on {}", cell.release)).collect()
    };
    let named = |cell: &Cell<'_>| cell.basis == Basis::Named;
    let sets_elsewhere: Vec<&String> =
        other.iter().filter(|(_, count)| **count > 1).map(|(pair, _)| pair).collect();
    let mut sets = listed(&|cell| named(cell) && cell.fixed_by.len() > 1);
    sets.extend(sets_elsewhere.into_iter().cloned());
    fills.set("pairs", &(listed(&named).len() + other.len()));
    fills.set("sets", &sets.len());
    fills.ids("sets-list", sets);
    let reduced = cells().filter(|(_, cell)| !cell.rolled_up.is_empty());
    let reduced: Vec<String> = reduced
        .map(|(id, cell)| {
            format!("{id} on {} ({}, not {})", cell.release, and(&cell.fixed_by), and(&cell.rolled_up))
        })
        .collect();
    fills.set("reduced-count", &reduced.len());
    fills.ids("reduced", reduced);
    let later = listed(&|cell| matches!(cell.basis, Basis::LaterRelease(_)));
    fills.set("later-count", &later.len());
    fills.ids("later", later);
    let fixed = listed(&|cell| cell.status == CellStatus::Fixed);
    fills.set("fixed-count", &fixed.len());
    fills.ids("fixed", fixed);
    fills.ids("no-fix", plan.facts.bulletins.values().filter(|one| one.fixes.is_empty()).map(|one| &one.id));
}

fn bulletins(plan: &Plan<'_>, fills: &mut Fills) {
    let bulletins = || plan.facts.bulletins.values();
    let named = all(plan).flat_map(|row| row.advisories.iter().flatten());
    let other: BTreeSet<&String> = named.filter(|id| !plan.facts.bulletins.contains_key(*id)).collect();
    fills.set("other-count", &other.len());
    fills.ids("other", other);
    let unnamed = all(plan).filter(|row| row.is_security == Some(true) && row.advisories.is_none());
    fills.ids("unnamed", unnamed.map(|row| &row.id));
    fills.set("scored", &bulletins().filter(|one| one.score_tenths().is_some()).count());
    let unscored = bulletins().filter(|one| advisory::severity(one) == Severity::Unknown);
    fills.ids("unscored", unscored.map(|one| &one.id));
    fills.ids("no-cves", bulletins().filter(|one| one.cves.is_empty()).map(|one| &one.id));
    fills.set("published", &bulletins().filter(|one| one.published.is_some()).count());
}

fn rows(plan: &Plan<'_>, fills: &mut Fills) {
    let of = |wanted: &dyn Fn(&Row) -> bool| -> Vec<&String> {
        all(plan).filter(|row| wanted(row)).map(|row| &row.id).collect()
    };
    fills.set("dated", &of(&|row| matches!(released(row), Released::On(_))).len());
    fills.set("about", &of(&|row| matches!(released(row), Released::About(..))).len());
    fills.ids("contradicted", of(&|row| matches!(released(row), Released::Contradicted(..))));
    fills.set("uuids", &of(&|row| row.uuid.is_some()).len());
    let guidance = of(&|row| row.after_apply_guidance.is_some());
    fills.set("guidance-count", &guidance.len());
    fills.ids("guidance", guidance);
    let availability = all(plan).filter_map(|row| Some(format!("{} {}", row.id, row.availability.as_ref()?)));
    fills.ids("availability", availability);
    fills.ids("withdrawn", of(&|row| row.availability.as_deref() == Some("withdrawn")));
}
