//! The submission file: what a publisher hands to the server, and what it keeps for ever.
//!
//! Signed metadata and documents are carried as JSON strings, so that their exact bytes survive: both are
//! canonical JSON, and so UTF-8 text.

use std::collections::BTreeMap;

use crate::json::{self, Form, Table, Value};
use crate::model::Id;
use crate::trust::{Digest, Envelope, Limits};

/// The schema of a submission.
pub const SCHEMA: &str = "hotfixd/submission/1";

/// The signed metadata of one product's roles, with the documents that it adds or changes. Payloads go to
/// the server apart, by their SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The product.
    pub product: Id,
    /// The roles that it changes, with their exact signed bytes.
    pub roles: Vec<SubmittedRole>,
    /// The exact bytes of the documents that are new or changed, by target path.
    pub documents: BTreeMap<String, String>,
}

/// One role of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmittedRole {
    /// Its name.
    pub name: String,
    /// What it was built on; `None` where the role is new.
    pub built_on: Option<BuiltOn>,
    /// The exact signed metadata.
    pub metadata: String,
}

/// The state of a role that a submission was built on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltOn {
    /// Its version.
    pub version: u64,
    /// The SHA-256 of its exact bytes.
    pub sha256: Digest,
}

/// Why bytes are no submission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", place(.field))]
pub struct NotASubmission {
    /// The field, dotted; empty for the whole.
    pub field: String,
    /// What is wrong.
    pub reason: String,
}

/// Where it is, in front of what is wrong; nothing where it is the whole.
fn place(field: &str) -> String {
    if field.is_empty() { String::new() } else { format!("{field}: ") }
}

impl NotASubmission {
    fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

impl Submission {
    /// Reads a submission file. What it holds is not judged here: see `gates`.
    ///
    /// # Errors
    /// Bytes that are not JSON, or not of the schema, with the place.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotASubmission> {
        let value = json::parse(bytes).map_err(|error| NotASubmission::new("", error.to_string()))?;
        let fields = value.as_table().ok_or_else(|| NotASubmission::new("", "is no JSON object"))?;
        let known = ["schema", "product", "roles", "documents"];
        if let Some(name) = fields.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(NotASubmission::new(name, "is no field of a submission"));
        }
        if text(fields, "schema")? != SCHEMA {
            return Err(NotASubmission::new("schema", format!("is not \"{SCHEMA}\"")));
        }
        let product = Id::new(text(fields, "product")?)
            .ok_or_else(|| NotASubmission::new("product", "is no identifier"))?;
        let roles = fields.get("roles").and_then(Value::as_list).unwrap_or_default();
        if roles.is_empty() {
            return Err(NotASubmission::new("roles", "is no list of roles, or an empty one"));
        }
        let roles = roles
            .iter()
            .enumerate()
            .map(|(index, role)| parse_role(index, role))
            .collect::<Result<_, _>>()?;
        let documents = fields
            .get("documents")
            .and_then(Value::as_table)
            .ok_or_else(|| NotASubmission::new("documents", "is no object of documents by target path"))?;
        let documents = documents
            .iter()
            .map(|(path, value)| match value.as_text() {
                Some(text) => Ok((path.clone(), text.to_owned())),
                None => {
                    Err(NotASubmission::new(format!("documents.{path}"), "is no string with the exact bytes"))
                }
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { product, roles, documents })
    }

    /// The bytes of the file: canonical JSON.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let role = |role: &SubmittedRole| {
            let built_on = role.built_on.as_ref().map_or(Value::Null, |built_on| {
                let version = i64::try_from(built_on.version).unwrap_or(i64::MAX);
                Value::from([("sha256", built_on.sha256.to_string().into()), ("version", version.into())])
            });
            Value::from([
                ("built_on", built_on),
                ("metadata", role.metadata.as_str().into()),
                ("name", role.name.as_str().into()),
            ])
        };
        let documents: Table =
            self.documents.iter().map(|(path, text)| (path.clone(), text.as_str().into())).collect();
        let value = Value::from([
            ("documents", documents.into()),
            ("product", self.product.as_str().into()),
            ("roles", Value::List(self.roles.iter().map(role).collect())),
            ("schema", SCHEMA.into()),
        ]);
        json::canonical(&value, Form::Json)
    }

    /// Its id: what it would release, whoever signed it so far. Signatures added later do not change it.
    #[must_use]
    pub fn id(&self) -> String {
        let unsigned: Vec<u8> = self
            .roles
            .iter()
            .flat_map(|role| match Envelope::parse(role.metadata.as_bytes(), &Limits::default()) {
                Ok(envelope) => json::canonical(envelope.signed(), Form::Json),
                Err(_) => role.metadata.clone().into_bytes(),
            })
            .collect();
        let digest = Digest::of(&unsigned).to_string();
        format!("s-{}", digest.get(..16).unwrap_or(&digest))
    }
}

fn text<'t>(fields: &'t Table, name: &str) -> Result<&'t str, NotASubmission> {
    fields
        .get(name)
        .and_then(Value::as_text)
        .ok_or_else(|| NotASubmission::new(name, "is missing or no string"))
}

fn parse_role(index: usize, value: &Value) -> Result<SubmittedRole, NotASubmission> {
    let wrong = |field: &str, reason: &str| NotASubmission::new(format!("roles.{index}{field}"), reason);
    let fields = value.as_table().ok_or_else(|| wrong("", "is no object"))?;
    let built_on = match fields.get("built_on") {
        None | Some(Value::Null) => None,
        Some(built_on) => {
            let version =
                built_on.get("version").and_then(Value::as_int).and_then(|int| u64::try_from(int).ok());
            let sha256 = built_on.get("sha256").and_then(Value::as_text).and_then(|text| text.parse().ok());
            match (version, sha256) {
                (Some(version), Some(sha256)) => Some(BuiltOn { version, sha256 }),
                _ => return Err(wrong(".built_on", "is no version with its sha256")),
            }
        }
    };
    let text = |name: &str| {
        let value = fields.get(name).and_then(Value::as_text);
        value.map(str::to_owned).ok_or_else(|| wrong(&format!(".{name}"), "is missing or no string"))
    };
    Ok(SubmittedRole { name: text("name")?, built_on, metadata: text("metadata")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_submission_is_said_with_its_place_where_there_is_one() {
        let said = |bytes: &[u8]| Submission::parse(bytes).unwrap_err().to_string();
        assert!(said(b"").starts_with("line 1"), "{}", said(b""));
        assert!(said(b"{\"other\":1}").starts_with("other: is no field"), "{}", said(b"{\"other\":1}"));
    }
}
