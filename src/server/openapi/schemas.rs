//! What bodies hold, as JSON Schema. Documents are described to their identity: their rules are more than a
//! schema can say, and `hotfix lint` tells them.

use serde_json::{Map, Value, json};

use crate::model::words::{Category, Channel, HotfixKind, Severity};
use crate::server::listing::Section;
use crate::server::problem::Code;

/// Every schema, by name.
pub(super) fn schemas() -> Map<String, Value> {
    let mut all = documents();
    all.extend(lists());
    all.extend(publishing());
    all
}

fn named(list: impl IntoIterator<Item = (&'static str, Value)>) -> Map<String, Value> {
    list.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A value or null.
fn maybe(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

fn day() -> Value {
    json!({ "type": "string", "format": "date" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// An object with these fields, all of them there but those whose name ends with `?`.
fn object(fields: &[(&str, Value)]) -> Value {
    let required: Vec<&str> =
        fields.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    let properties: Map<String, Value> =
        fields.iter().map(|(name, schema)| (name.trim_end_matches('?').to_owned(), schema.clone())).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

fn document(schema: &str, what: &str, fields: &[(&str, Value)]) -> Value {
    let common = [("schema", json!({ "const": schema }))];
    let mut object = object(&[&common[..], fields].concat());
    if let Some(object) = object.as_object_mut() {
        object.insert("description".to_owned(), Value::from(what));
    }
    object
}

fn documents() -> Map<String, Value> {
    let own = |more: &[(&'static str, Value)]| {
        [&[("id", text()), ("revision", json!({ "type": "integer", "minimum": 1 }))], more].concat()
    };
    let of_product =
        |more: &[(&'static str, Value)]| own(&[&[("product", text()), ("title", text())], more].concat());
    let object = json!({ "type": "object" });
    let objects = json!({ "type": "array", "items": object });
    named([
        (
            "Product",
            document(
                "hotfixd/product/1",
                "A product: what all other documents refer to.",
                &own(&[("name", text()), ("vendor", text()), ("releases?", objects.clone())]),
            ),
        ),
        (
            "Advisory",
            document(
                "hotfixd/advisory/1",
                "What is wrong, and the matrix of whom it touches.",
                &of_product(&[
                    ("category", json!({ "enum": Category::WORDS })),
                    ("matrix?", objects.clone()),
                ]),
            ),
        ),
        (
            "Hotfix",
            document(
                "hotfixd/hotfix/1",
                "A hotfix, service pack, cumulative update or live patch.",
                &of_product(&[("kind", json!({ "enum": HotfixKind::WORDS })), ("releases", texts())]),
            ),
        ),
        (
            "Inventory",
            document(
                "hotfixd/inventory/1",
                "What a host says of itself. Fields that are not known are kept and listed.",
                &[
                    ("product", text()),
                    ("version?", text()),
                    ("hotfixes?", texts()),
                    ("features?", json!({ "type": "object" })),
                    ("facts?", json!({ "type": "object" })),
                ],
            ),
        ),
        (
            "Assessment",
            document(
                "hotfixd/assessment/1",
                "What the catalogue means for a host. Fields may be added; a name that is here stays.",
                &[
                    ("product", text()),
                    ("inventory", text()),
                    ("as_of", time()),
                    ("valid_until", maybe(&time())),
                    ("release", json!({ "type": "object" })),
                    ("advisories", objects.clone()),
                    ("hotfixes", objects.clone()),
                    ("plan", json!({ "type": "object" })),
                    ("after", json!({ "type": "object" })),
                    ("unrecognised", objects.clone()),
                    ("explanations?", json!({ "type": "array", "items": reference("Explanation") })),
                    ("changed?", reference("Changed")),
                ],
            ),
        ),
        ("Explanation", explanation()),
        (
            "Changed",
            document(
                "hotfixd/changed/1",
                "What is new, gone or different between two answers: `before` and `after` are null for what was \
                 not there or is not. `says` has it in words, which are free to change.",
                &[
                    ("since", time()),
                    ("until", time()),
                    ("verdict", maybe(&object.clone())),
                    ("release", maybe(&object.clone())),
                    ("advisories", objects.clone()),
                    ("hotfixes", objects),
                    ("plan", maybe(&object)),
                    ("says", texts()),
                ],
            ),
        ),
        ("Problem", problem()),
    ])
}

fn explanation() -> Value {
    let objects = json!({ "type": "array", "items": { "type": "object" } });
    let mut explanation = object(&[
        ("id", text()),
        ("kind", json!({ "enum": ["advisory", "hotfix"] })),
        ("title", text()),
        ("status", text()),
        ("need", maybe(&text())),
        ("step", maybe(&count())),
        ("because", texts()),
        ("asks", maybe(&json!({ "type": "object" }))),
        ("advisories", objects.clone()),
        ("missing", objects),
    ]);
    if let Some(explanation) = explanation.as_object_mut() {
        let what = "How an answer came about, as `hotfix check --explain` has it: the deciding reason first, the \
                    conditions with the host's own values, what would settle what is open. Its sentences are for \
                    people, and free to change.";
        explanation.insert("description".to_owned(), Value::from(what));
    }
    explanation
}

fn problem() -> Value {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.word()).collect();
    let mut problem = object(&[
        ("type", text()),
        ("title", text()),
        ("status", json!({ "type": "integer", "minimum": 400, "maximum": 599 })),
        ("code", json!({ "enum": codes })),
        ("detail", text()),
        ("field?", text()),
        ("problems?", json!({ "type": "array", "items": { "type": "object" } })),
        ("gates?", json!({ "type": "array", "items": reference("Gate") })),
        ("current_version?", count()),
        ("next_version?", count()),
        ("remedy", text()),
        ("request_id", text()),
    ]);
    if let Some(problem) = problem.as_object_mut() {
        let what = "Why a request was not done (RFC 9457): the code is stable, the remedy says what to do.";
        problem.insert("description".to_owned(), Value::from(what));
    }
    problem
}

fn list(item: &Value) -> Value {
    object(&[
        ("items", json!({ "type": "array", "items": item })),
        ("next", maybe(&text())),
        ("total", count()),
        ("of", count()),
    ])
}

fn lists() -> Map<String, Value> {
    let severity = json!({ "enum": Severity::WORDS });
    let category = json!({ "enum": Category::WORDS });
    let common = [
        ("product", text()),
        ("id", text()),
        ("revision", count()),
        ("title", text()),
        ("releases", texts()),
        ("published", maybe(&day())),
        ("updated", maybe(&day())),
        ("released", maybe(&day())),
        ("released_at", maybe(&time())),
        ("withdrawn", json!({ "type": "boolean" })),
    ];
    let advisory = [
        ("severity", severity.clone()),
        ("category", category.clone()),
        ("status?", json!({ "enum": Section::Advisories.statuses() })),
        ("remedied?", json!({ "type": "boolean" })),
        ("fixed?", object(&[("releases", count()), ("of", count())])),
    ];
    let hotfix = [
        ("severity?", severity),
        ("categories", json!({ "type": "array", "items": category })),
        ("kind", json!({ "enum": HotfixKind::WORDS })),
        ("channel", json!({ "enum": Channel::WORDS })),
        ("status", json!({ "enum": Section::Hotfixes.statuses() })),
    ];
    let product = [
        ("id", text()),
        ("name", text()),
        ("vendor", text()),
        ("revision", count()),
        ("role_version", count()),
        ("expires", time()),
        ("releases", texts()),
    ];
    let revision = object(&[
        ("revision", count()),
        ("sha256", text()),
        ("published", maybe(&day())),
        ("released_at", time()),
        ("role", text()),
        ("role_version", count()),
    ]);
    named([
        ("ProductList", list(&object(&product))),
        ("AdvisoryList", list(&object(&[&common[..], &advisory[..]].concat()))),
        ("HotfixList", list(&object(&[&common[..], &hotfix[..]].concat()))),
        ("RevisionList", pages(&revision)),
    ])
}

/// A list that is not counted.
fn pages(item: &Value) -> Value {
    object(&[("items", json!({ "type": "array", "items": item })), ("next", maybe(&text()))])
}

fn gate() -> Value {
    object(&[
        ("gate", text()),
        ("outcome", json!({ "enum": ["passed", "waiting", "failed", "untried"] })),
        ("detail", text()),
        ("problems", json!({ "type": "array", "items": { "type": "object" } })),
    ])
}

fn ready() -> Value {
    let check = object(&[
        ("name", text()),
        ("state", json!({ "enum": ["good", "warning", "failing"] })),
        ("detail?", text()),
        ("remedy?", text()),
    ]);
    let role = object(&[
        ("role", text()),
        ("version", maybe(&count())),
        ("expires", time()),
        ("state", json!({ "enum": ["good", "expiring", "expired"] })),
    ]);
    object(&[
        ("status", json!({ "enum": ["ready", "warning", "failing"] })),
        ("checks", json!({ "type": "array", "items": check })),
        ("roles", json!({ "type": "array", "items": role })),
        ("warnings", texts()),
    ])
}

fn role() -> Value {
    object(&[
        ("role", text()),
        ("version", count()),
        ("issued", count()),
        ("next", count()),
        ("expires", maybe(&time())),
        ("lost", maybe(&text())),
    ])
}

fn publishing() -> Map<String, Value> {
    let view = object(&[
        ("id", text()),
        ("product", text()),
        ("state", text()),
        ("submitted_at", time()),
        ("submitted_by", text()),
        ("updated_at", time()),
        ("digest", text()),
        ("gates?", json!({ "type": "array", "items": reference("Gate") })),
        ("signatures?", json!({ "type": "object" })),
        ("changes?", json!({ "type": "array", "items": { "type": "object" } })),
        ("release", maybe(&json!({ "type": "object" }))),
    ]);
    named([
        ("Submission", json!({ "type": "object", "description": "What `hotfix sign` writes." })),
        ("SubmissionView", view),
        ("SubmissionList", pages(&reference("SubmissionView"))),
        ("Gate", gate()),
        ("RoleList", object(&[("items", json!({ "type": "array", "items": role() }))])),
        ("Signature", object(&[("keyid", text()), ("sig", text())])),
        ("Release", object(&[("digest?", text())])),
        ("Blob", object(&[("sha256", text()), ("bytes", count()), ("state", text())])),
        ("Health", object(&[("status", text())])),
        ("Ready", ready()),
    ])
}
