//! What a role says of its documents, as far as the documents tell: the text that the role's metadata is
//! compressed against. Where the guess is wrong the pack is a little longer, and nothing else.
//!
//! Frozen by `hotfixd/pack/1`: writer and reader must reckon the same bytes.

use super::Documents;
use crate::json::{self, Form, Table, Value};
use crate::trust::TargetFile;

/// The names of a document that stand beside its target too.
const COPIED: &[&str] = &["id", "releases", "revision", "severity"];

/// For each document, in the order of the paths, `"PATH":{"custom":{…},"hashes":{"sha256":"…"},"length":N},`.
pub(super) fn derived(documents: &Documents) -> Vec<u8> {
    let mut out = Vec::with_capacity(documents.len().saturating_mul(256));
    for (path, bytes) in documents {
        let file = TargetFile::of(bytes, Some(custom(bytes)));
        out.extend_from_slice(&json::canonical(&path.as_str().into(), Form::Tuf));
        out.push(b':');
        out.extend_from_slice(&json::canonical(&file.to_value(), Form::Tuf));
        out.push(b',');
    }
    out
}

/// What probably stands beside a document's target: `kind` out of `hotfixd/KIND/N`, a status, and what both
/// have by the same name.
fn custom(bytes: &[u8]) -> Value {
    let mut out = Table::new();
    let Ok(Value::Table(document)) = json::parse(bytes) else { return Value::Table(out) };
    let kind = document.get("schema").and_then(Value::as_text).and_then(|schema| schema.split('/').nth(1));
    if let Some(kind) = kind {
        out.insert("kind".to_owned(), kind.into());
    }
    out.insert("status".to_owned(), "released".into());
    for (name, value) in document {
        if COPIED.contains(&name.as_str()) {
            out.insert(name, value);
        }
    }
    Value::Table(out)
}
