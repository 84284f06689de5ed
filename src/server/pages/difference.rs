//! What changed from one revision of a document to another: field by field and cell by cell, in words.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{self, Line};
use super::words::{cell_status, expected};
use crate::json::{Form, Table, Value, canonical};
use crate::model::advisory::Cell;
use crate::model::sentence::{self, Joiner};
use crate::model::{Advisory, Catalogue, Mode, Product, Source};

/// The longest value that is shown as it is; a longer one is compared line by line.
const SHORT: usize = 160;

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Change {
    /// The field, as people call it.
    pub(super) field: String,
    /// What it was; `None`: not stated.
    pub(super) was: Option<String>,
    /// What it is; `None`: not stated any more.
    pub(super) now: Option<String>,
    /// Of a list, what is new in it.
    pub(super) added: Vec<String>,
    /// Of a list, what is not in it any more.
    pub(super) removed: Vec<String>,
    /// Of a long text, its lines.
    pub(super) lines: Vec<Line>,
}

impl Change {
    fn of(field: &str) -> Self {
        let (added, removed, lines) = (Vec::new(), Vec::new(), Vec::new());
        Self { field: field.to_owned(), was: None, now: None, added, removed, lines }
    }

    /// In a few words, for a list of changes.
    pub(super) fn short(&self) -> String {
        let field = self.field.to_lowercase();
        match (&self.was, &self.now) {
            (Some(was), Some(now)) if was.len() + now.len() < 60 => format!("{field}: {was} → {now}"),
            _ => field,
        }
    }
}

/// What differs between two revisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub(super) struct Difference {
    /// Fields, in the order in which pages show them.
    pub(super) fields: Vec<Change>,
    /// Cells of an advisory's matrix: where, and what.
    pub(super) cells: Vec<Change>,
    /// The document line by line, as indented JSON.
    pub(super) raw: Vec<Line>,
}

/// The fields as people call them, in the order of the pages.
const FIELDS: &[(&str, &str)] = &[
    ("title", "Title"),
    ("summary", "Summary"),
    ("withdrawn", "Withdrawn"),
    ("severity", "Severity"),
    ("category", "Category"),
    ("kind", "Kind"),
    ("channel", "Channel"),
    ("releases", "Installs on"),
    ("when", "Installs only when"),
    ("requires", "Prerequisites"),
    ("supersedes", "Rolls up"),
    ("conflicts", "Conflicts with"),
    ("fixes", "Fixes"),
    ("guidance", "Post-update actions"),
    ("live_patch", "Live patch"),
    ("establishes", "Makes the host"),
    ("rollout", "Rollout"),
    ("payloads", "Files"),
    ("installed_bytes", "Size installed, in bytes"),
    ("space_bytes", "Space while installing, in bytes"),
    ("timeline", "Timeline"),
    ("description", "Description"),
    ("cvss", "CVSS"),
    ("cves", "CVE"),
    ("cwes", "CWE"),
    ("references", "References"),
    ("incidents", "Incidents"),
    ("acknowledgements", "Thanks"),
    ("uuid", "UUID"),
    ("released", "Released"),
    ("published", "Published"),
];

/// Compares two revisions of a document, as canonical JSON.
pub(super) fn compare(catalogue: &Catalogue, before: &str, after: &str) -> Difference {
    let [old, new] = [before, after].map(|text| Source::from_json("", text.as_bytes()).ok());
    let table = |source: &Option<Source>| {
        source.as_ref().and_then(|source| source.value().as_table()).cloned().unwrap_or_default()
    };
    Difference {
        fields: fields(&table(&old), &table(&new)),
        cells: match (matrix(catalogue, old.as_ref()), matrix(catalogue, new.as_ref())) {
            (Some(old), Some(new)) => cells(&old, &new),
            _ => Vec::new(),
        },
        raw: lines::compare(&indented(before), &indented(after)),
    }
}

/// A document as indented JSON.
pub(super) fn indented(text: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| text.to_owned())
}

fn fields(old: &Table, new: &Table) -> Vec<Change> {
    // The revision is what the page is about, and the matrix is compared cell by cell.
    let told = |name: &str| !matches!(name, "schema" | "id" | "product" | "revision" | "matrix");
    let known = FIELDS.iter().map(|(name, label)| (*name, *label));
    let names: BTreeSet<&str> = old.keys().chain(new.keys()).map(String::as_str).collect();
    let others = names.into_iter().filter(|name| told(name) && FIELDS.iter().all(|(known, _)| known != name));
    known
        .chain(others.map(|name| (name, name)))
        .filter(|(name, _)| old.get(name) != new.get(name))
        .map(|(name, label)| change(label, old.get(name), new.get(name)))
        .collect()
}

fn change(label: &str, old: Option<&Value>, new: Option<&Value>) -> Change {
    let mut change = Change::of(label);
    if let (Some(Value::List(old)), Some(Value::List(new))) = (old, new) {
        change.added = new.iter().filter(|one| !old.contains(one)).map(said).collect();
        change.removed = old.iter().filter(|one| !new.contains(one)).map(said).collect();
        if !change.added.is_empty() || !change.removed.is_empty() {
            return change;
        }
    }
    let (was, now) = (old.map(said), new.map(said));
    let long =
        |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > SHORT || text.contains('\n'));
    if long(&was) || long(&now) {
        change.lines = lines::compare(&was.unwrap_or_default(), &now.unwrap_or_default());
        return change;
    }
    Change { was, now, ..change }
}

/// A value as a person reads it.
fn said(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(yes) => (if *yes { "yes" } else { "no" }).to_owned(),
        Value::Int(number) => sentence::grouped(*number),
        Value::Text(text) => text.clone(),
        Value::List(list) if list.is_empty() => "none".to_owned(),
        Value::List(list) => list.iter().map(said).collect::<Vec<_>>().join(", "),
        Value::Table(table) if table.values().all(|value| !matches!(value, Value::Table(_))) => {
            let parts =
                table.iter().map(|(name, value)| format!("{}: {}", name.replace('_', " "), said(value)));
            parts.collect::<Vec<_>>().join("; ")
        }
        Value::Table(_) => String::from_utf8_lossy(&canonical(value, Form::Json)).into_owned(),
    }
}

/// What an advisory says of each release and feature, in the product's order: a sentence for each cell.
type Matrix = BTreeMap<(usize, String), (String, Vec<String>)>;

fn matrix(catalogue: &Catalogue, source: Option<&Source>) -> Option<Matrix> {
    let advisory = Advisory::decode(source?, Mode::Lenient).ok()?;
    let product = catalogue.product();
    let mut matrix = Matrix::new();
    for cell in &advisory.matrix {
        let feature = cell
            .feature
            .as_ref()
            .map(|id| product.feature(id.as_str()).map_or(id.to_string(), |feature| feature.name.clone()));
        for id in &cell.releases {
            let release = product.release(id.as_str()).map_or(id.as_str(), |release| release.name.as_str());
            let place = match &feature {
                Some(feature) => format!("{release}, {feature}"),
                None => format!("{release}, the whole product"),
            };
            let order = product.releases.len() - product.position(id.as_str()).map_or(0, |at| at + 1);
            let key = (order, format!("{id} {}", cell.feature.as_ref().map_or("~", |id| id.as_str())));
            matrix.entry(key).or_insert_with(|| (place, Vec::new())).1.push(cell_said(product, cell));
        }
    }
    Some(matrix)
}

fn cells(old: &Matrix, new: &Matrix) -> Vec<Change> {
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    keys.into_iter()
        .filter(|key| old.get(*key) != new.get(*key))
        .map(|key| {
            let place = new.get(key).or_else(|| old.get(key)).map(|(place, _)| place.as_str());
            let said = |matrix: &Matrix| matrix.get(key).map(|(_, cells)| cells.join(" And: "));
            Change { was: said(old), now: said(new), ..Change::of(place.unwrap_or_default()) }
        })
        .collect()
}

/// A cell in words.
fn cell_said(product: &Product, cell: &Cell) -> String {
    let mut parts = vec![cell_status(&cell.status).word];
    if let Some(clauses) = sentence::cell_clauses(product, None, cell.when.as_ref()) {
        let joiner = if clauses.joiner == Joiner::All { " and " } else { " or " };
        parts.push(format!("when {}", clauses.parts.join(joiner)));
    }
    let fixes: Vec<String> = cell
        .alternatives()
        .iter()
        .map(|set| set.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "))
        .collect();
    if !fixes.is_empty() {
        parts.push(format!("fixed by {}", fixes.join(" or ")));
    }
    let mut said = format!("{}.", parts.join(", "));
    if let Some(remediation) = &cell.remediation {
        said = format!("{said} {}", expected(&remediation.kind, remediation.date));
    }
    for (name, text) in [("Workaround", &cell.workaround), ("Note", &cell.note)] {
        if let Some(text) = text {
            said = format!("{said} {name}: {text}");
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        Source::from_json("", text.as_bytes()).unwrap().value().as_table().cloned().unwrap()
    }

    #[test]
    fn says_what_changed_of_each_kind_of_field() {
        let old = table(r#"{"severity": "high", "fixes": ["A", "B"], "revision": 1, "summary": "x"}"#);
        let new = table(r#"{"severity": "critical", "fixes": ["B", "C"], "revision": 2, "extra": true}"#);
        let changes = fields(&old, &new);
        let named: Vec<&str> = changes.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(named, ["Summary", "Severity", "Fixes", "extra"]);
        assert_eq!((changes[0].was.as_deref(), changes[0].now.as_deref()), (Some("x"), None));
        assert_eq!(changes[1].short(), "severity: high → critical");
        assert_eq!(
            (&changes[2].added[..], &changes[2].removed[..]),
            (&["C".to_owned()][..], &["A".to_owned()][..])
        );
        assert_eq!(changes[3].now.as_deref(), Some("yes"));
    }
}
