//! The description of every URL (OpenAPI 3.1), and the page to read it.

mod operations;
mod schemas;
mod table;

use std::sync::OnceLock;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use self::operations::OPERATIONS;
use self::table::{Asks, Group, LINES, Operation};
use super::config::PublicUrl;
use super::html;
use super::listing;
use super::pages;
use super::problem::Problem;
use super::query::Query;
use super::respond;
use super::state::App;

/// Every route by its pattern, with whom it is for.
pub fn routes() -> &'static [(&'static str, &'static str)] {
    static ROUTES: OnceLock<Vec<(&str, &str)>> = OnceLock::new();
    ROUTES.get_or_init(|| {
        let mut all: Vec<_> = OPERATIONS.iter().map(|one| (one.path, one.group.words().0)).collect();
        all.sort_unstable();
        all.dedup_by_key(|(path, _)| *path);
        all
    })
}

/// `GET /api/openapi.json`
///
/// # Errors
/// A query.
pub async fn json(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    Query::of(&request, &[])?;
    respond::json(&request, &document(app.config.public_url.as_ref()))
}

/// `GET /api/docs`
///
/// # Errors
/// A query; the template's.
pub async fn page(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    Query::of(&request, &["release"])?;
    let (document, state) = (document(app.config.public_url.as_ref()), app.served());
    let context = html::reader((&app, &state, &request), &Query::pairs(&request)?, None, &[])?;
    html::page(&request, pages::docs(&app.pages, &context, &document))
}

/// The description.
#[must_use]
pub fn document(public: Option<&PublicUrl>) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in OPERATIONS {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(operation.method.to_owned(), described(operation));
        }
    }
    let tags = Group::ALL.map(|group| {
        let (name, description) = group.words();
        json!({ "name": name, "description": description })
    });
    let server =
        public.map_or_else(|| "/".to_owned(), |PublicUrl { origin, prefix }| format!("{origin}{prefix}"));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "hotfixd",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Hotfixes and advisories, signed by their publishers.",
            "description": "What is served here informs people and tools. Hosts decide from what publishers \
                            signed, below /tuf/. A parameter that is not known is refused, and every error is \
                            a problem with a stable code, the field at fault and what to do.",
            "license": { "name": "MIT or Apache 2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": server }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas::schemas(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A publisher's token. It only admits: signatures decide what is published.",
                },
            },
        },
    })
}

fn described(operation: &Operation) -> Value {
    let mut out = json!({
        "tags": [operation.group.words().0],
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": parameters(operation),
        "responses": responses(operation),
    });
    let Some(fields) = out.as_object_mut() else { return out };
    if let Some((media, schema)) = operation.body {
        // What is released without a body is released as it is.
        let required = operation.id != "release";
        fields.insert(
            "requestBody".to_owned(),
            json!({ "required": required, "content": content(media, schema) }),
        );
    }
    if let Some(Value::Object(media)) = fields
        .get_mut("requestBody")
        .and_then(|body| body.pointer_mut("/content"))
        .filter(|_| operation.lines)
    {
        media.insert(LINES.to_owned(), json!({}));
    }
    if operation.token {
        fields.insert("security".to_owned(), json!([{ "token": [] }]));
    }
    out
}

fn content(media: &str, schema: Option<&str>) -> Value {
    let schema = match schema {
        Some(name) => json!({ "schema": { "$ref": format!("#/components/schemas/{name}") } }),
        None => json!({}),
    };
    json!({ media: schema })
}

fn responses(operation: &Operation) -> Value {
    let mut responses: Map<String, Value> = Map::new();
    for (status, media, schema) in operation.answers.iter().flatten() {
        let what = match status {
            201 => "It is kept.",
            206 => "The range that was asked for.",
            503 => "It cannot.",
            _ => "Here it is.",
        };
        let answer = responses
            .entry(status.to_string())
            .or_insert_with(|| json!({ "description": what, "content": {} }));
        if let (Some(all), Value::Object(one)) = (answer.pointer_mut("/content"), content(media, *schema)) {
            all.as_object_mut().into_iter().for_each(|all| all.extend(one.clone()));
        }
    }
    if operation.cached {
        responses
            .insert("304".to_owned(), json!({ "description": "What `If-None-Match` names is still so." }));
    }
    let problem = content("application/problem+json", Some("Problem"));
    responses.insert("default".to_owned(), json!({ "description": "It was not done.", "content": problem }));
    Value::Object(responses)
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let in_path = operation.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let mut all: Vec<Value> = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    match operation.asks {
        Asks::These(these) => all.extend(these.iter().map(|(name, what)| {
            let schema = match *name {
                "limit" => json!({ "type": "integer" }),
                "security" => json!({ "type": "boolean" }),
                "as_of" | "changed_since" => json!({ "type": "string", "format": "date" }),
                "advisory" | "explain" => json!({ "type": "array", "items": { "type": "string" } }),
                _ => json!({ "type": "string" }),
            };
            json!({ "name": name, "in": "query", "description": what, "schema": schema })
        })),
        Asks::List(section, feed) => {
            let known = listing::Query::known(section);
            all.extend(known.filter(|known| !feed || !["sort", "cursor"].contains(&known.name)).map(filter));
            if !feed && !operation.path.ends_with(".csv") {
                let schema = json!({ "enum": ["json", "csv"], "default": "json" });
                let what = "As JSON or CSV.";
                all.push(json!({ "name": "format", "in": "query", "description": what, "schema": schema }));
            }
        }
    }
    all
}

/// A parameter of a list.
fn filter(known: listing::Known) -> Value {
    let what = match known.name {
        "q" => "Words and ids: all of them must be there.",
        "product" => "A product.",
        "release" => "A release: what says something of it, and how it stands there.",
        "status" => "How it stands: for the release, where one is given.",
        "severity" => "How serious; a hotfix as what it fixes.",
        "category" => "What it is about; a hotfix as what it fixes.",
        "kind" => "What kind of hotfix.",
        "channel" => "How stable.",
        "year" => "The year of the last change that the document states.",
        "since" => "The first day of that change.",
        "until" => "The last day of that change.",
        "sort" => "The order; `-` turns it round.",
        "limit" => "How many items at most.",
        "cursor" => "What `next` said for this list.",
        _ => "",
    };
    let one = match (known.words, known.integer, known.name) {
        (Some(words), ..) => json!({ "enum": words }),
        (None, true, _) => json!({ "type": "integer" }),
        (None, false, "since" | "until") => json!({ "type": "string", "format": "date" }),
        (None, false, _) => json!({ "type": "string" }),
    };
    let schema = if known.repeats { json!({ "type": "array", "items": one }) } else { one };
    json!({ "name": known.name, "in": "query", "description": what, "schema": schema })
}
