//! What a submission changes, document by document.

use std::collections::BTreeMap;

use super::paths::Place;
use crate::json::Value;
use crate::trust::{TargetFile, TargetPath, Targets};

/// One document or file that a role adds or changes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// Its target path.
    pub path: String,
    /// `product`, `advisory`, `hotfix`, or `payload`.
    pub kind: &'static str,
    /// The id of the document, or of the hotfix that the file is of.
    pub id: String,
    /// The revision that is published now; `None` where it is new.
    pub from: Option<i64>,
    /// The revision to come; `None` for a file.
    pub to: Option<i64>,
}

/// What differs from one version of a role to the next, by path.
#[must_use]
pub fn changes(old: Option<&Targets>, new: &Targets) -> Vec<Change> {
    let none = BTreeMap::new();
    let before: &BTreeMap<TargetPath, TargetFile> = old.map_or(&none, |old| &old.targets);
    let revision = |file: &TargetFile| file.custom.as_ref()?.get("revision").and_then(Value::as_int);
    let changed = new.targets.iter().filter(|(path, file)| before.get(*path) != Some(*file));
    changed
        .filter_map(|(path, file)| {
            let place = Place::parse(path.as_str())?;
            let (kind, id) = match (&place, place.identity()) {
                (_, Some((kind, id))) => (kind, id.to_string()),
                (Place::Payload { id, .. }, _) => ("payload", id.to_string()),
                _ => return None,
            };
            let from = before.get(path).and_then(revision);
            Some(Change { path: path.to_string(), kind, id, from, to: revision(file) })
        })
        .collect()
}
