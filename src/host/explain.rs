//! `--explain ID`: how an answer came about, and what would settle one that is open.

use serde::Serialize;

use super::Error;
use super::check::Checked;
use crate::assess::{Assessment, Question, assess};
use crate::model::condition::Condition;
use crate::model::inventory::FactValue;
use crate::model::words::{CellStatus, FactType};
use crate::model::{Advisory, Catalogue, Hotfix, Id, Inventory, Product, sentence, suggest};

/// How an answer came about.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// What was asked for.
    pub id: Id,
    /// `advisory` or `hotfix`.
    pub kind: &'static str,
    /// Its title.
    pub title: String,
    /// How the host stands.
    pub status: String,
    /// Why, the deciding reason first.
    pub because: Vec<String>,
    /// What the publisher states, a sentence for each rule that covers this host.
    pub states: Vec<String>,
    /// What those rules ask of a host, and what this one says.
    pub values: Vec<Reported>,
    /// What would settle it.
    pub missing: Vec<Missing>,
}

/// Something that a rule asks of a host.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Reported {
    /// The feature, fact, hotfix or package.
    pub id: String,
    /// What this host says of it; `None`: nothing.
    pub value: Option<String>,
}

/// Something that would settle an answer.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// What is missing, by id.
    pub id: String,
    /// As a question.
    pub ask: String,
    /// Where a person finds it.
    pub place: Option<String>,
    /// How it is written into an inventory.
    pub write: String,
}

/// Explains the answer to one advisory or hotfix.
///
/// # Errors
/// An id that the catalogue does not know.
pub fn explain(checked: &Checked, id: &Id) -> Result<Explanation, Error> {
    let none = || Error::NothingLocal { product: checked.product.clone() };
    let catalogue = &checked.view.as_ref().ok_or_else(none)?.loaded.catalogue;
    // Asked for by name, so whatever the question was narrowed to.
    let question = Question { advisories: None, security: false, ..checked.question.clone() };
    let assessment = assess(catalogue, &checked.inventory, &question);
    if let Some(advisory) = catalogue.advisories().get(id) {
        return Ok(of_advisory(checked, catalogue, &assessment, advisory));
    }
    if let Some(hotfix) = catalogue.find_hotfix(id.as_str()) {
        return Ok(of_hotfix(checked, catalogue, &assessment, hotfix));
    }
    let known = catalogue.advisories().keys().chain(catalogue.hotfixes().keys());
    let near = suggest(id.as_str(), known.map(Id::as_str)).map(str::to_owned);
    Err(Error::NoSuchDocument { product: checked.product.clone(), id: id.clone(), near })
}

fn of_advisory(
    checked: &Checked,
    catalogue: &Catalogue,
    assessment: &Assessment,
    advisory: &Advisory,
) -> Explanation {
    let product = catalogue.product();
    let answer = assessment.advisories.iter().find(|answer| answer.id == advisory.id);
    let mut states = Vec::new();
    let mut values = Vec::new();
    let release = assessment.release.id.as_ref();
    for cell in advisory.matrix.iter().filter(|cell| release.is_none_or(|id| cell.releases.contains(id))) {
        let feature = cell.feature.as_ref().and_then(|id| product.feature(id.as_str()));
        let clauses = sentence::cell_clauses(product, feature, cell.when.as_ref());
        let condition = clauses.map(|clauses| {
            let word = if clauses.joiner == sentence::Joiner::All { " and " } else { " or " };
            format!(" where {}", clauses.parts.join(word))
        });
        let on: Vec<&str> = cell.releases.iter().map(Id::as_str).collect();
        let status = standing(&cell.status);
        states.push(format!("{status} on {}{}", on.join(", "), condition.unwrap_or_default()));
        if let Some(id) = &cell.feature {
            push(&mut values, reported_feature(&checked.inventory, id.as_str()));
        }
        if let Some(when) = &cell.when {
            collect(product, &checked.inventory, when, &mut values);
        }
    }
    if states.is_empty() {
        states.push("nothing of this host's release".to_owned());
    }
    let missing = answer.map(|answer| answer.missing_facts.as_slice()).unwrap_or_default();
    Explanation {
        id: advisory.id.clone(),
        kind: "advisory",
        title: advisory.title.clone(),
        status: answer.map_or("withdrawn", |answer| answer.status.word()).to_owned(),
        because: answer.map(|answer| answer.because.clone()).unwrap_or_default(),
        states,
        values,
        missing: questions(product, missing),
    }
}

fn standing(status: &CellStatus) -> &str {
    match status {
        CellStatus::KnownAffected => "affected",
        CellStatus::KnownNotAffected => "not affected",
        CellStatus::Fixed => "fixed",
        CellStatus::UnderInvestigation => "under investigation",
        CellStatus::Other(word) => word,
    }
}

fn of_hotfix(
    checked: &Checked,
    catalogue: &Catalogue,
    assessment: &Assessment,
    hotfix: &Hotfix,
) -> Explanation {
    let product = catalogue.product();
    let answer = assessment.hotfixes.iter().find(|answer| answer.id == hotfix.id);
    let on: Vec<&str> = hotfix.releases.iter().map(Id::as_str).collect();
    let mut states = vec![format!("installs on {}", on.join(", "))];
    let mut values = Vec::new();
    if let Some(when) = &hotfix.when {
        states.push(format!("where {}", sentence::condition(product, when)));
        collect(product, &checked.inventory, when, &mut values);
    }
    let missing = answer.map(|answer| answer.missing_facts.as_slice()).unwrap_or_default();
    Explanation {
        id: hotfix.id.clone(),
        kind: "hotfix",
        title: hotfix.title.clone(),
        status: answer.map_or("not for this host's release", |answer| answer.status.word()).to_owned(),
        because: answer.map(|answer| answer.because.clone()).unwrap_or_default(),
        states,
        values,
        missing: questions(product, missing),
    }
}

/// What a condition asks of a host, in its order, each once.
fn collect(product: &Product, inventory: &Inventory, condition: &Condition, out: &mut Vec<Reported>) {
    condition.walk(&crate::json::Pointer::root(), &mut |condition, _| match condition {
        Condition::Feature(id) => push(out, reported_feature(inventory, id.as_str())),
        Condition::Fact(id, _) => {
            let unit = product.fact(id.as_str()).and_then(|fact| fact.unit.as_deref());
            let value = inventory.facts.get(id.as_str()).map(|value| shown(value, unit));
            push(out, Reported { id: id.to_string(), value });
        }
        Condition::Package(name, _) => {
            let packages = inventory.packages.as_ref();
            let value = packages.map(|all| match all.iter().find(|package| package.name == *name) {
                None => "not installed".to_owned(),
                Some(package) => match &package.release {
                    Some(release) => format!("{}:{}-{release}", package.epoch, package.version),
                    None => format!("{}:{}", package.epoch, package.version),
                },
            });
            push(out, Reported { id: name.clone(), value });
        }
        Condition::All(_)
        | Condition::Any(_)
        | Condition::Not(_)
        | Condition::Hotfix(_)
        | Condition::Release(_)
        | Condition::Unknown(_) => {}
    });
}

fn push(out: &mut Vec<Reported>, reported: Reported) {
    if !out.contains(&reported) {
        out.push(reported);
    }
}

fn reported_feature(inventory: &Inventory, id: &str) -> Reported {
    let word = |in_use: &bool| if *in_use { "in use" } else { "not in use" }.to_owned();
    Reported { id: id.to_owned(), value: inventory.features.get(id).map(word) }
}

fn shown(value: &FactValue, unit: Option<&str>) -> String {
    match value {
        FactValue::Int(int) => sentence::quantity(*int, unit),
        FactValue::Bool(bool) => bool.to_string(),
        FactValue::Text(text) => text.clone(),
        FactValue::Texts(texts) => texts.join(", "),
    }
}

/// What would settle an answer, as questions.
#[must_use]
pub fn questions(product: &Product, missing: &[String]) -> Vec<Missing> {
    let one = |id: &String| {
        let question = sentence::question(product, id);
        Missing { id: id.clone(), ask: question.ask, place: question.place, write: written(product, id) }
    };
    missing.iter().map(one).collect()
}

/// How a fact is written into an inventory.
fn written(product: &Product, id: &str) -> String {
    if product.feature(id).is_some() {
        return format!("\"features\": {{ \"{id}\": true or false }}");
    }
    match (product.fact(id).map(|fact| &fact.kind), id) {
        (Some(FactType::Integer), _) => format!("\"facts\": {{ \"{id}\": NUMBER }}"),
        (Some(FactType::Boolean), _) => format!("\"facts\": {{ \"{id}\": true or false }}"),
        (Some(FactType::Texts), _) => format!("\"facts\": {{ \"{id}\": [\"TEXT\"] }}"),
        (Some(FactType::Text | FactType::Other(_)), _) => format!("\"facts\": {{ \"{id}\": \"TEXT\" }}"),
        (None, "hotfixes") => "\"hotfixes\": [\"ID or UUID\"]".to_owned(),
        (None, "packages") => "\"packages\": [{ \"name\": …, \"version\": …, \"format\": … }]".to_owned(),
        (None, other) => format!("\"{other}\": \"TEXT\""),
    }
}
