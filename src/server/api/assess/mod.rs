//! `POST /api/v1/assess`: an inventory in, the assessment out, by the function that hosts run too; or many
//! inventories, a line each, answered line by line.

mod answers;
mod question;
mod stream;

pub use answers::Answers;

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::{self, Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;

use self::question::Asked;
use crate::assess::explain::{Explainer, Explanation};
use crate::assess::{Assessment, Changed, assess, since as changed_since};
use crate::model::{Catalogue, Id, Inventory, Source};
use crate::release::ServedState;
use crate::server::body;
use crate::server::past::Day;
use crate::server::problem::{Code, Problem};
use crate::server::query::Query;
use crate::server::state::App;

/// How long an answer may be given again, in seconds, where nothing else ends it.
const AGAIN_SECONDS: i64 = 60;

/// `POST /api/v1/assess`
///
/// # Errors
/// A body that is no inventory; a product, advisory, release or day that is not known; a query that is not.
pub async fn post(app: Data<App>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, question::PARAMETERS)?;
    let (now, state) = (app.now(), app.served());
    let asked = Asked::read(query, now)?;
    if is_lines(&request) {
        body::check_head(&request, app.config.limits.batch_bytes)?;
        return Ok(stream::answer(app, state, asked, payload));
    }
    let limits = &app.config.limits;
    let bytes = body::read(&request, payload, limits.inventory_bytes, limits.body).await?;
    let text = request.query_string();
    if let Some(known) = app.answers.get(&state, text, &bytes, now) {
        return Ok(json(known));
    }
    let (inventory, of) = (bytes.clone(), Arc::clone(&state));
    let service = Data::clone(&app);
    let (answer, until) = web::block(move || judge(&service, &of, &asked, &inventory, now)).await??;
    let answer = Bytes::from(answer);
    app.answers.put(&state, text, &bytes, answer.clone(), until);
    Ok(json(answer))
}

fn json(answer: Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/json")
        .body(answer)
}

/// Whether the body is one inventory a line.
fn is_lines(request: &HttpRequest) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    ["application/x-ndjson", "application/ndjson", "application/jsonl"]
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known))
}

/// An assessment with what was asked for beside it.
#[derive(serde::Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    assessment: &'a Assessment,
    /// How the answers came about that were asked for by `explain`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    explanations: Vec<Explanation>,
    /// What changed since the day that was asked for by `changed_since`.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<Difference>,
}

/// What changed, and the same in words.
#[derive(serde::Serialize)]
struct Difference {
    #[serde(flatten)]
    changed: Changed,
    says: Vec<String>,
}

/// The assessment of one inventory in JSON, and until when it may be given again.
fn judge(
    app: &App,
    state: &ServedState,
    asked: &Asked,
    bytes: &[u8],
    now: Timestamp,
) -> Result<(Vec<u8>, Timestamp), Problem> {
    let inventory = Inventory::decode(&Source::from_json("inventory", bytes)?)?;
    let Some(index) = state.indexes.get(&inventory.product) else {
        let known: Vec<&str> = state.indexes.keys().map(Id::as_str).collect();
        let detail = format!("Nothing is published here of the product {}.", inventory.product);
        let remedy = match known.as_slice() {
            [] => "No product is published here yet.".to_owned(),
            known => format!("Products here are {}.", known.join(", ")),
        };
        return Err(Problem::new(Code::Invalid, detail).at("product").remedy(remedy));
    };
    let published = state.snapshot.products().get(&inventory.product);
    let past_of = |day: Option<Day>, parameter: &'static str| match day.zip(published) {
        None => Ok(None),
        Some((day, published)) => {
            let past = app.pasts.of(&app.store, published, day.date);
            past.map(Some).map_err(|failure| failure.of(parameter))
        }
    };
    let past = past_of(asked.day(), "as_of")?;
    let catalogue: &Catalogue = past.as_ref().map_or(index.catalogue(), |past| &past.catalogue);
    let question = asked.question(catalogue, now)?;
    let mut json = Vec::new();
    let plain = past.is_none() && asked.since().is_none() && !asked.explains();
    let edge = if plain {
        index.write(&inventory, &question, &mut json).map(|written| written.valid_until)
    } else {
        let assessment = match past {
            None => index.assess(&inventory, &question),
            Some(_) => assess(catalogue, &inventory, &question),
        };
        let explainer = || Explainer::new(catalogue, &inventory, &question, &assessment);
        let answer = Answer {
            assessment: &assessment,
            explanations: asked.explanations(catalogue, explainer)?,
            changed: past_of(asked.since(), "changed_since")?.zip(asked.since()).map(|(past, since)| {
                let then = (since.at, &past.catalogue);
                let changed = changed_since(then, &inventory, &question, &assessment);
                Difference { says: changed.lines(), changed }
            }),
        };
        serde_json::to_writer(&mut json, &answer).map(|()| assessment.valid_until)
    };
    let edge = edge.map_err(|error| Problem::inside(Code::Internal, &error))?;
    let until = now.saturating_add(jiff::SignedDuration::from_secs(AGAIN_SECONDS)).unwrap_or(now);
    Ok((json, edge.map_or(until, |edge| edge.min(until))))
}
