//! The description of the API, for people.

use serde_json::Value;

use super::context::PageContext;
use super::frame::Frame;
use super::{PageError, Renderer};

#[derive(Debug, serde::Serialize)]
struct Docs {
    what: String,
    groups: Vec<Group>,
    schemas: Vec<Schema>,
}

#[derive(Debug, serde::Serialize)]
struct Group {
    name: String,
    what: String,
    operations: Vec<Operation>,
}

#[derive(Debug, serde::Serialize)]
struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    /// The address to try it at, where nothing has to be filled in.
    href: Option<String>,
    token: bool,
    body: Vec<Media>,
    parameters: Vec<Parameter>,
    answers: Vec<Answer>,
}

#[derive(Debug, serde::Serialize)]
struct Parameter {
    name: String,
    place: String,
    what: String,
    repeats: bool,
    values: Vec<String>,
}

#[derive(Debug, serde::Serialize)]
struct Answer {
    status: String,
    what: String,
    media: Vec<Media>,
}

/// A media type, and the schema of what it holds.
#[derive(Debug, serde::Serialize)]
struct Media {
    name: String,
    schema: Option<String>,
}

#[derive(Debug, serde::Serialize)]
struct Schema {
    name: String,
    json: String,
}

/// The page of an OpenAPI description.
///
/// # Errors
/// A template that does not fit its view.
pub fn docs(renderer: &Renderer, context: &PageContext, document: &Value) -> Result<String, PageError> {
    let operations = operations(document);
    let groups = list(document, "/tags").map(|tag| {
        let name = text(tag, "/name");
        let own = |(of, _): &&(String, Value)| *of == name;
        let operations = operations.iter().filter(own).map(|(_, view)| operation(context, view)).collect();
        Group { what: text(tag, "/description"), operations, name: name.clone() }
    });
    let schemas = table(document, "/components/schemas").map(|(name, schema)| Schema {
        name: name.clone(),
        json: serde_json::to_string_pretty(schema).unwrap_or_default(),
    });
    let view = Docs {
        what: text(document, "/info/description"),
        groups: groups.collect(),
        schemas: schemas.collect(),
    };
    let json = context.path(format_args!("/api/openapi.json"));
    let frame = Frame::new(context, "The API".to_owned(), "none").with_json(json);
    renderer.page("docs.html", &frame, &view)
}

/// Every operation with its tag; method and path are put into it.
fn operations(document: &Value) -> Vec<(String, Value)> {
    let mut out = Vec::new();
    for (path, methods) in table(document, "/paths") {
        for (method, operation) in table(methods, "") {
            let mut operation = operation.clone();
            if let Some(fields) = operation.as_object_mut() {
                fields.insert("method".to_owned(), Value::from(method.to_uppercase()));
                fields.insert("path".to_owned(), Value::from(path.as_str()));
            }
            out.push((text(&operation, "/tags/0"), operation));
        }
    }
    out
}

fn operation(context: &PageContext, view: &Value) -> Operation {
    let (method, path) = (text(view, "/method"), text(view, "/path"));
    let token = view.get("security").is_some();
    let plain = method == "GET" && !path.contains('{') && !token;
    Operation {
        id: text(view, "/operationId"),
        summary: text(view, "/summary"),
        href: plain.then(|| context.path(format_args!("{path}"))),
        token,
        body: media(view, "/requestBody/content"),
        parameters: list(view, "/parameters").map(parameter).collect(),
        answers: table(view, "/responses")
            .map(|(status, answer)| Answer {
                status: if status == "default" { "Else".to_owned() } else { status.clone() },
                what: text(answer, "/description"),
                media: media(answer, "/content"),
            })
            .collect(),
        method,
        path,
    }
}

fn parameter(view: &Value) -> Parameter {
    let schema = view.get("schema").unwrap_or(&Value::Null);
    let one = schema.get("items").unwrap_or(schema);
    let words = list(one, "/enum").filter_map(Value::as_str).map(str::to_owned);
    Parameter {
        name: text(view, "/name"),
        place: text(view, "/in"),
        what: text(view, "/description"),
        repeats: schema.get("items").is_some(),
        values: words.collect(),
    }
}

fn media(view: &Value, at: &str) -> Vec<Media> {
    let media = table(view, at).map(|(name, content)| Media {
        name: name.clone(),
        schema: content
            .pointer("/schema/$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.rsplit('/').next())
            .map(str::to_owned),
    });
    media.collect()
}

fn text(value: &Value, at: &str) -> String {
    value.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list<'v>(value: &'v Value, at: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(at).and_then(Value::as_array).into_iter().flatten()
}

fn table<'v>(value: &'v Value, at: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value.pointer(at).and_then(Value::as_object).into_iter().flatten()
}
