//! The rules over a product's whole set of documents: one set, for lint, server and host.

mod graph;
mod references;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::problem::{Level, Problem};
use super::reach::Closure;
use super::source::{Document, Origin};
use super::text::{shown, suggest};
use super::{Advisory, Hold, Hotfix, Id, Mode, Product};
use crate::json::Pointer;

/// The documents of one product.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) product: Product,
    pub(super) advisories: BTreeMap<Id, Advisory>,
    pub(super) hotfixes: BTreeMap<Id, Hotfix>,
    pub(super) holds: Vec<Hold>,
    /// All that each hotfix rolls up, transitively.
    pub(super) rolls_up: Closure,
    /// Who conflicts with whom, both ways.
    pub(super) conflicts: BTreeMap<Id, BTreeSet<Id>>,
}

/// Where the documents of a set come from, and what was found wrong with them.
pub(super) struct Report<'a> {
    sources: BTreeMap<(Kind, Id), Cow<'a, Origin>>,
    problems: Vec<Problem>,
    /// Whether somebody will look at warnings.
    warns: bool,
}

/// The kinds of documents that can be named in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Product,
    Advisory,
    Hotfix,
    Hold,
}

impl Report<'_> {
    fn note(
        &mut self,
        level: Level,
        (kind, id): (Kind, &Id),
        at: Pointer,
        value: Option<&str>,
        text: [String; 2],
    ) {
        let [message, remedy] = text;
        if let Some(source) = self.sources.get(&(kind, id.clone())) {
            let problem = source.problem(level, at, message, remedy);
            self.problems.push(Problem { value: value.map(shown), ..problem });
        }
    }

    /// Refuses a name of something that is not among the documents, with the nearest that is.
    fn absent<'n>(
        &mut self,
        of: (Kind, &Id),
        at: Pointer,
        what: &str,
        id: &Id,
        known: impl Iterator<Item = &'n Id>,
    ) {
        let near = suggest(id.as_str(), known.map(Id::as_str)).map(|near| format!(" Did you mean {near}?"));
        let message = format!("there is no {what} {id}");
        let remedy = format!("Publish it, in this submission at the latest.{}", near.unwrap_or_default());
        let before = self.problems.len();
        self.note(Level::Error, of, at, Some(id.as_str()), [message, remedy]);
        self.problems.iter_mut().skip(before).for_each(|problem| problem.absent = true);
    }

    fn refuse(&mut self, of: (Kind, &Id), at: Pointer, value: Option<&str>, message: String, remedy: &str) {
        self.note(Level::Error, of, at, value, [message, remedy.to_owned()]);
    }

    fn warn(&mut self, of: (Kind, &Id), at: Pointer, value: Option<&str>, message: String, remedy: &str) {
        if self.warns {
            self.note(Level::Warning, of, at, value, [message, remedy.to_owned()]);
        }
    }
}

/// Checks every rule over the set. The set is `None` where there is no product, or another's documents. A host,
/// which reads leniently, can do nothing about a warning: it is spared them.
pub(super) fn check(documents: Vec<(Cow<'_, Origin>, Document)>, mode: Mode) -> (Vec<Problem>, Option<Set>) {
    let warns = mode == Mode::Strict;
    let mut report = Report { sources: BTreeMap::new(), problems: Vec::new(), warns };
    let Some(set) = collect(documents, &mut report) else { return (report.problems, None) };
    references::product(&set, &mut report);
    set.advisories.values().for_each(|advisory| references::advisory(&set, advisory, &mut report));
    set.hotfixes.values().for_each(|hotfix| references::hotfix(&set, hotfix, &mut report));
    set.holds.iter().for_each(|hold| references::hold(&set, hold, &mut report));
    unique(&set, &mut report);
    graph::check(&set, &mut report);
    (report.problems, Some(set))
}

/// Puts a part of a set together of which every rule holds.
pub(super) fn part(
    documents: Vec<(Cow<'_, Origin>, Document)>,
    named: Vec<Advisory>,
) -> (Vec<Problem>, Option<Set>) {
    let mut report = Report { sources: BTreeMap::new(), problems: Vec::new(), warns: false };
    let mut set = collect(documents, &mut report);
    if let Some(set) = &mut set {
        set.advisories.extend(named.into_iter().map(|advisory| (advisory.id.clone(), advisory)));
        set.holds.retain(|hold| set.hotfixes.contains_key(&hold.hotfix));
    }
    (report.problems, set)
}

/// Puts documents together whose references hold already. What is left to check is the graph.
pub(super) fn assemble(
    product: Product,
    advisories: BTreeMap<Id, Advisory>,
    hotfixes: BTreeMap<Id, Hotfix>,
) -> Result<Set, String> {
    let rolls_up = Closure::of(&hotfixes, graph::superseded);
    let conflicts = symmetric_conflicts(&hotfixes);
    let set = Set { product, advisories, hotfixes, holds: Vec::new(), rolls_up, conflicts };
    let nowhere = |id: &Id| ((Kind::Hotfix, id.clone()), Cow::Owned(Origin::nowhere(id)));
    let sources = set.hotfixes.keys().map(nowhere).collect();
    let mut report = Report { sources, problems: Vec::new(), warns: false };
    graph::check(&set, &mut report);
    match report.problems.iter().find(|problem| problem.level == Level::Error) {
        None => Ok(set),
        Some(problem) => Err(format!("{}: {}", problem.file, problem.message)),
    }
}

fn collect<'a>(documents: Vec<(Cow<'a, Origin>, Document)>, report: &mut Report<'a>) -> Option<Set> {
    let mut products = documents.iter().filter(|(_, document)| matches!(document, Document::Product(_)));
    let Some((_, Document::Product(product))) = products.next() else {
        report.problems.extend(documents.first().map(|(source, _)| {
            let remedy = "Give the product's document too, or --server.".to_owned();
            let at = Pointer::root().at("product");
            let problem = source.problem(Level::Error, at, "its product is not here".to_owned(), remedy);
            Problem { absent: true, ..problem }
        }));
        return None;
    };
    let product = product.clone();
    let mut set = Set {
        product,
        advisories: BTreeMap::new(),
        hotfixes: BTreeMap::new(),
        holds: Vec::new(),
        rolls_up: Closure::default(),
        conflicts: BTreeMap::new(),
    };
    for (source, document) in documents {
        if *document.product() != set.product.id {
            let message = format!("is of the product {}, not {}", document.product(), set.product.id);
            let remedy = "Documents refer only to documents of their own product.".to_owned();
            report.problems.push(source.problem(
                Level::Error,
                Pointer::root().at("product"),
                message,
                remedy,
            ));
            continue;
        }
        let (kind, id) = match &document {
            Document::Product(product) => (Kind::Product, product.id.clone()),
            Document::Advisory(advisory) => (Kind::Advisory, advisory.id.clone()),
            Document::Hotfix(hotfix) => (Kind::Hotfix, hotfix.id.clone()),
            Document::Hold(hold) => (Kind::Hold, hold.hotfix.clone()),
        };
        if let Some(other) = report.sources.get(&(kind, id.clone())) {
            let message = format!("is given twice: {} has it too", other.file());
            let remedy = "Keep one of them.".to_owned();
            report.problems.push(source.problem(Level::Error, Pointer::root().at("id"), message, remedy));
            continue;
        }
        report.sources.insert((kind, id), source);
        match document {
            Document::Product(_) => {}
            Document::Advisory(advisory) => drop(set.advisories.insert(advisory.id.clone(), advisory)),
            Document::Hotfix(hotfix) => drop(set.hotfixes.insert(hotfix.id.clone(), hotfix)),
            Document::Hold(hold) => set.holds.push(hold),
        }
    }
    set.rolls_up = Closure::of(&set.hotfixes, graph::superseded);
    set.conflicts = symmetric_conflicts(&set.hotfixes);
    Some(set)
}

/// Ids, UUIDs and payload names are unique within the product.
fn unique(set: &Set, report: &mut Report<'_>) {
    let mut seen: BTreeMap<String, &Id> = BTreeMap::new();
    for id in set.advisories.keys() {
        refuse_taken(&mut seen, id.folded(), id, (Kind::Advisory, "id"), id.as_str(), report);
    }
    let mut ids: BTreeMap<String, &Id> = BTreeMap::new();
    let mut uuids: BTreeMap<String, &Id> = BTreeMap::new();
    let mut files: BTreeMap<String, &Id> = BTreeMap::new();
    for (id, hotfix) in &set.hotfixes {
        refuse_taken(&mut ids, id.folded(), id, (Kind::Hotfix, "id"), id.as_str(), report);
        if let Some(uuid) = &hotfix.uuid {
            refuse_taken(&mut uuids, uuid.clone(), id, (Kind::Hotfix, "uuid"), uuid, report);
        }
        for payload in hotfix.payloads.iter().flatten() {
            let file = &payload.file;
            refuse_taken(&mut files, file.folded(), id, (Kind::Hotfix, "payloads"), file.as_str(), report);
        }
    }
}

fn refuse_taken<'s>(
    seen: &mut BTreeMap<String, &'s Id>,
    key: String,
    id: &'s Id,
    (kind, field): (Kind, &str),
    value: &str,
    report: &mut Report<'_>,
) {
    if let Some(other) = seen.insert(key, id).filter(|other| *other != id) {
        let message = format!("is taken by {other} (unique within a product, case folded)");
        report.refuse((kind, id), Pointer::root().at(field), Some(value), message, "Choose another.");
    }
}

/// Who conflicts with whom, both ways.
fn symmetric_conflicts(hotfixes: &BTreeMap<Id, Hotfix>) -> BTreeMap<Id, BTreeSet<Id>> {
    let mut out: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
    for hotfix in hotfixes.values() {
        for other in hotfix.conflicts.iter().flatten() {
            out.entry(hotfix.id.clone()).or_default().insert(other.clone());
            out.entry(other.clone()).or_default().insert(hotfix.id.clone());
        }
    }
    out
}
