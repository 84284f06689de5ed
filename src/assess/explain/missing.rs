//! What would settle an answer that is open, and how somebody gets and writes it.

use serde::Serialize;

use crate::assess::evaluate::NEWER_HOTFIX;
use crate::model::words::FactType;
use crate::model::{Product, sentence};

/// Something that would settle an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// What is missing, by id.
    pub id: String,
    /// As a question.
    pub ask: String,
    /// Where a person finds it.
    pub place: Option<String>,
    /// A command that tells it, on the host.
    pub command: Option<String>,
    /// How it is written into an inventory; `None`: it is nothing that an inventory says.
    pub write: Option<String>,
}

/// What would settle an answer, as questions.
#[must_use]
pub fn questions(product: &Product, missing: &[String]) -> Vec<Missing> {
    missing.iter().map(|id| question(product, id)).collect()
}

fn question(product: &Product, id: &String) -> Missing {
    if id == NEWER_HOTFIX {
        return Missing {
            id: id.clone(),
            ask: "What does the publisher state that this version does not know?".to_owned(),
            place: Some("a newer version of hotfix knows it".to_owned()),
            command: None,
            write: None,
        };
    }
    let question = sentence::question(product, id);
    let stated = match product.feature(id) {
        Some(feature) => feature.command.clone(),
        None => product.fact(id).and_then(|fact| fact.command.clone()),
    };
    let collected = matches!(id.as_str(), "hotfixes" | "packages" | "version" | "build");
    Missing {
        id: id.clone(),
        ask: question.ask,
        place: question.place,
        command: stated.or_else(|| collected.then(|| "hotfix inventory".to_owned())),
        write: Some(written(product, id)),
    }
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
