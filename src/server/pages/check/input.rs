//! What was sent to the check page, and what is asked by it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::supplement;
use crate::assess::Question;
use crate::assess::explain::MOST_EXPLAINED;
use crate::json::{Pointer, Value};
use crate::model::product::Product;
use crate::model::words::FactType;
use crate::model::{Catalogue, Id, Inventory, Level, Past, Problem, Problems, Source, suggest};
use crate::server::pages::PageError;

/// The name of an inventory in messages.
const FILE: &str = "inventory";
/// What stands before the id of a missing fact in the name of its field.
const ANSWER: &str = "answer:";

/// What was sent to the check page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckInput {
    /// The inventory, as JSON.
    pub inventory: String,
    /// The one advisory that is asked about.
    pub advisory: Option<String>,
    /// Whether only security advisories are asked about.
    pub security: bool,
    /// The day whose catalogue is asked; empty: today's.
    pub as_of: String,
    /// The day since which is asked what changed; empty: not asked.
    pub changed_since: String,
    /// The advisories and hotfixes whose answers are to be explained, by id or UUID.
    pub explain: Vec<String>,
    /// Facts that were found out, by id, to be put into the inventory.
    pub answers: Vec<(String, String)>,
}

/// The moment for which is answered.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'c> {
    /// The moment: the end of the day, where one is asked about.
    pub at: Timestamp,
    /// The day, with what was published by then.
    pub day: Option<(Date, &'c Past)>,
    /// The end of the day since which is asked what changed, with what was published by then.
    pub since: Option<(Timestamp, &'c Past)>,
}

/// A question that can be answered.
#[derive(Debug)]
pub struct CheckAsked<'c> {
    /// What was sent, with the answers put into the inventory.
    pub input: CheckInput,
    /// The catalogue of the inventory's product.
    pub catalogue: &'c Catalogue,
    /// The inventory.
    pub inventory: Inventory,
    /// What to ask of [`crate::assess::assess`].
    pub question: Question,
    /// The moment that it is about.
    pub moment: Moment<'c>,
}

impl CheckInput {
    /// Reads the fields of the form, decoded: `inventory`, `file` (the text of an uploaded file, which stands
    /// in for an empty `inventory`), `start` (a release without an inventory), `advisory`, `security`, `as_of` (a
    /// day), `changed_since` (a day before it), `explain` (ids with spaces between, any number of times), and `answer:ID` for facts that were missing.
    ///
    /// # Errors
    /// A field that the form does not have.
    pub fn from_fields(
        fields: impl IntoIterator<Item = (String, String)>,
        catalogues: &[&Catalogue],
    ) -> Result<Self, PageError> {
        let mut input = Self::default();
        let (mut file, mut start) = (String::new(), String::new());
        for (name, value) in fields {
            match name.as_str() {
                "inventory" => input.inventory = value.replace("\r\n", "\n"),
                "file" => file = value,
                "start" => start = value,
                "advisory" => input.advisory = Some(value).filter(|value| !value.is_empty()),
                "security" => input.security = !value.is_empty(),
                "changed_since" => value.trim().clone_into(&mut input.changed_since),
                "explain" => input.explain.extend(value.split_whitespace().map(str::to_owned)),
                "as_of" => value.trim().clone_into(&mut input.as_of),
                other => {
                    let Some(id) = other.strip_prefix(ANSWER) else {
                        let detail = format!("“{other}” is no field of this form.");
                        let remedy =
                            "Known are inventory, file, start, advisory, security, as_of, changed_since, explain and answer:ID."
                                .to_owned();
                        return Err(PageError::Query { detail, remedy });
                    };
                    if !value.trim().is_empty() {
                        input.answers.push((id.to_owned(), value));
                    }
                }
            }
        }
        if !file.trim().is_empty() {
            input.inventory = file;
        }
        if input.inventory.trim().is_empty() && !start.is_empty() {
            input.inventory = started(&start, catalogues)?;
        }
        Ok(input)
    }

    /// The product that the inventory names, where it can be read.
    #[must_use]
    pub fn product(&self) -> Option<String> {
        let source = Source::from_json(FILE, self.inventory.as_bytes()).ok()?;
        source.value().get("product")?.as_text().map(str::to_owned)
    }

    /// Reads the inventory, puts the answers in, and finds its catalogue.
    ///
    /// # Errors
    /// What was sent and what is wrong with it.
    pub fn asked<'c>(
        self,
        catalogues: &[&'c Catalogue],
        moment: Moment<'c>,
    ) -> Result<CheckAsked<'c>, Box<(Self, Problems)>> {
        match self.read(catalogues, moment) {
            Ok((catalogue, inventory, question, text)) => {
                let input = Self { inventory: text.unwrap_or(self.inventory), answers: Vec::new(), ..self };
                Ok(CheckAsked { input, catalogue, inventory, question, moment })
            }
            Err(problems) => Err(Box::new((self, problems))),
        }
    }

    #[allow(clippy::type_complexity)]
    fn read<'c>(
        &self,
        catalogues: &[&'c Catalogue],
        moment: Moment<'c>,
    ) -> Result<(&'c Catalogue, Inventory, Question, Option<String>), Problems> {
        if self.inventory.trim().is_empty() {
            let remedy = "Paste it, choose its file, or start from a release.";
            return Err(refusal(Pointer::root(), None, "There is no inventory", remedy));
        }
        let source = Source::from_json(FILE, self.inventory.as_bytes())?;
        let catalogue = catalogue_of(&source, catalogues)?;
        let then = moment.day.map(|(_, past)| &past.catalogue);
        let catalogue = then.filter(|then| then.product().id == catalogue.product().id).unwrap_or(catalogue);
        let (source, text) = if self.answers.is_empty() {
            (source, None)
        } else {
            let value = supplement::supplement(source.value(), catalogue.product(), &self.answers)?;
            let text = serde_json::to_string_pretty(&value).unwrap_or_default();
            (Source::from_value(FILE, value), Some(text))
        };
        let inventory = Inventory::decode(&source)?;
        let mut question = Question::at(moment.at);
        question.security = self.security;
        if let Some(id) = &self.advisory {
            let Some(advisory) = catalogue.advisories().get(id.as_str()) else {
                let name = &catalogue.product().name;
                let message = match moment.day {
                    None => format!("{name} has no such advisory"),
                    Some((date, _)) => format!("{name} had no such advisory by {date}"),
                };
                let remedy = "Choose one of its advisories, or all.";
                return Err(refusal(Pointer::root().at("advisory"), Some(id), &message, remedy));
            };
            question.advisories = Some(BTreeSet::from([advisory.id.clone()]));
        }
        self.explainable(catalogue)?;
        Ok((catalogue, inventory, question, text))
    }
}

impl CheckInput {
    /// Refuses to explain what the catalogue does not have, or too much at once.
    fn explainable(&self, catalogue: &Catalogue) -> Result<(), Problems> {
        let place = Pointer::root().at("explain");
        if self.explain.len() > MOST_EXPLAINED {
            let message = format!("At most {MOST_EXPLAINED} advisories and hotfixes are explained at once");
            return Err(refusal(place, None, &message, "Ask for the others in a request of their own."));
        }
        let (advisories, hotfixes) = (catalogue.advisories(), catalogue.hotfixes());
        let known = |id: &String| advisories.contains_key(id.as_str()) || catalogue.find_hotfix(id).is_some();
        let Some(id) = self.explain.iter().find(|id| !known(id)) else { return Ok(()) };
        let message = format!("{} has no such advisory or hotfix", catalogue.product().name);
        let near = suggest(id, advisories.keys().chain(hotfixes.keys()).map(Id::as_str));
        let remedy = near.map_or_else(|| "Leave it out.".to_owned(), |near| format!("Did you mean {near}?"));
        Err(refusal(place, Some(id), &message, &remedy))
    }
}

fn catalogue_of<'c>(source: &Source, catalogues: &[&'c Catalogue]) -> Result<&'c Catalogue, Problems> {
    let known: Vec<&str> = catalogues.iter().map(|catalogue| catalogue.product().id.as_str()).collect();
    let Some(product) = source.value().get("product").and_then(Value::as_text) else {
        let remedy = format!("Add \"product\": one of {}.", known.join(", "));
        return Err(refusal(Pointer::root().at("product"), None, "The product is missing", &remedy));
    };
    let found = catalogues.iter().find(|catalogue| catalogue.product().id == *product);
    found.copied().ok_or_else(|| {
        let near = suggest(product, known.iter().copied()).map(|near| format!("Did you mean {near}? "));
        let remedy = match known.as_slice() {
            [] => "No product is published here yet.".to_owned(),
            known => format!("{}Known are {}.", near.unwrap_or_default(), known.join(", ")),
        };
        refusal(Pointer::root().at("product"), Some(product), "No such product is published here", &remedy)
    })
}

/// What is wrong with a day that was given in a field.
#[must_use]
pub fn refused_day(field: &str, text: &str, remedy: &str) -> Problems {
    let known = "There is no answer for that day";
    refusal(Pointer::root().at(field), Some(text), known, remedy)
}

/// One thing that is wrong with what was sent.
pub(super) fn refusal(field: Pointer, value: Option<&str>, message: &str, remedy: &str) -> Problems {
    Problems(vec![Problem {
        level: Level::Error,
        file: FILE.to_owned(),
        line: None,
        document: String::new(),
        field,
        absent: false,
        value: value.map(|value| value.chars().take(80).collect()),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    }])
}

/// The inventory of a host of which only the release is known: what the release reports. The page then asks
/// for what is missing.
fn started(start: &str, catalogues: &[&Catalogue]) -> Result<String, PageError> {
    let found = start.split_once('/').and_then(|(product, release)| {
        let catalogue = catalogues.iter().find(|catalogue| catalogue.product().id == *product)?;
        Some((catalogue.product(), catalogue.product().release(release)?))
    });
    let Some((product, release)) = found else {
        let detail = format!("No product has a release “{start}”.");
        return Err(PageError::Query { detail, remedy: "Choose one from the list.".to_owned() });
    };
    let mut value = Value::from([
        ("schema", "hotfixd/inventory/1".into()),
        ("product", product.id.as_str().into()),
        ("version", release.version.as_str().into()),
    ]);
    if let (Value::Table(table), Some(build)) = (&mut value, &release.build) {
        table.insert("build".to_owned(), build.as_str().into());
    }
    Ok(serde_json::to_string_pretty(&value).unwrap_or_default())
}

/// An inventory to write one's own by, with the product's own names.
pub(super) fn example(product: &Product) -> String {
    let release = product.releases.last();
    let facts = product.features.iter().take(2).flat_map(|feature| &feature.facts);
    let fact = |kind: &FactType| match kind {
        FactType::Integer => Value::Int(3_298_534_883_328),
        FactType::Boolean => Value::Bool(true),
        FactType::Texts => Value::List(vec!["…".into()]),
        FactType::Text | FactType::Other(_) => "…".into(),
    };
    let features = product.features.iter().take(2);
    let value = Value::from([
        ("schema", "hotfixd/inventory/1".into()),
        ("product", product.id.as_str().into()),
        ("version", release.map_or("", |release| release.version.as_str()).into()),
        ("hotfixes", Value::List(Vec::new())),
        ("features", Value::Table(features.map(|feature| (feature.id.to_string(), true.into())).collect())),
        ("facts", Value::Table(facts.map(|one| (one.id.to_string(), fact(&one.kind))).collect())),
    ]);
    serde_json::to_string_pretty(&value).unwrap_or_default()
}
