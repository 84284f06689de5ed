//! A document that was written by hand is kept as it is, and has to agree with the facts: every field that
//! the program would state, but for the words, is there and says the same.

use super::Error;
use crate::json::Value;
use crate::model::Source;

/// Fields that state at least what the facts do.
const AT_LEAST: [&str; 2] = ["fixes", "references"];
/// Fields that the facts decide. The others (title, summary, description, revision) are the author's.
const DECIDED: [&str; 19] = [
    "schema",
    "id",
    "uuid",
    "product",
    "kind",
    "releases",
    "establishes",
    "requires",
    "supersedes",
    "guidance",
    "channel",
    "released",
    "withdrawn",
    "category",
    "severity",
    "cvss",
    "cves",
    "timeline",
    "matrix",
];

/// Refuses a document that was written by hand where it says otherwise than the made one.
pub(super) fn agrees(path: &str, text: &str, made: &str) -> Result<(), Error> {
    let written = Source::from_toml(path, text)?;
    let made = Source::from_toml(path, made)?;
    for field in DECIDED.into_iter().chain(AT_LEAST) {
        let (says, facts) = (written.value().get(field), made.value().get(field));
        let same = match (says, facts) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(says), Some(facts)) if AT_LEAST.contains(&field) => holds(says, facts),
            (Some(says), Some(facts)) => says == facts,
        };
        if !same {
            let shown = |value: Option<&Value>| {
                value
                    .and_then(|value| serde_json::to_string(value).ok())
                    .unwrap_or_else(|| "left out".to_owned())
            };
            return Err(Error::Disagrees {
                file: path.to_owned(),
                field,
                says: shown(says),
                facts: shown(facts),
            });
        }
    }
    Ok(())
}

/// Whether a list has every element of another; of references the address decides.
fn holds(says: &Value, facts: &Value) -> bool {
    let key = |value: &Value| value.get("url").unwrap_or(value).clone();
    let said: Vec<Value> = says.as_list().unwrap_or_default().iter().map(key).collect();
    facts.as_list().unwrap_or_default().iter().all(|value| said.contains(&key(value)))
}
