//! `POST /api/v1/assess`: an inventory in, the assessment out, by the function that hosts run too.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use crate::assess::{Goal, Question};
use crate::model::{Catalogue, Id, Inventory, Source, suggest};
use crate::server::problem::{Code, Problem};
use crate::server::query::{Query, bad};
use crate::server::state::{App, shown};
use crate::server::{body, respond};

const PARAMETERS: &[&str] = &["advisory", "security", "plan", "target", "host"];

/// `POST /api/v1/assess`
///
/// # Errors
/// A body that is no inventory; a product, advisory or release that is not known; a query that is not.
pub async fn post(app: Data<App>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, PARAMETERS)?;
    let limits = &app.config.limits;
    let bytes = body::read(&request, payload, limits.inventory_bytes, limits.body).await?;
    let (now, state) = (app.now(), app.served());
    let assessment = web::block(move || {
        let inventory = Inventory::decode(&Source::from_json("inventory", &bytes)?)?;
        let Some(index) = state.indexes.get(&inventory.product) else {
            let known: Vec<&str> = state.indexes.keys().map(Id::as_str).collect();
            let detail = format!("Nothing is published here of the product {}.", inventory.product);
            let remedy = format!("Products here are {}.", known.join(", "));
            return Err(Problem::new(Code::Invalid, detail).at("product").remedy(remedy));
        };
        Ok(index.assess(&inventory, &question(&query, index.catalogue(), Question::at(now))?))
    })
    .await??;
    respond::fresh(StatusCode::OK, &assessment)
}

/// The question that a query asks of a product.
fn question(query: &Query, catalogue: &Catalogue, mut question: Question) -> Result<Question, Problem> {
    let advisories: BTreeSet<Id> =
        query.all("advisory").map(|text| advisory(text, catalogue)).collect::<Result<_, _>>()?;
    question.advisories = (!advisories.is_empty()).then_some(advisories);
    question.security = query.flag("security")?;
    question.host = query.one("host")?.map(str::to_owned).filter(|host| !host.is_empty());
    question.goal = match (query.one("plan")?, query.one("target")?) {
        (None | Some("needed"), None) => Goal::Needed,
        (Some("all"), None) => Goal::All,
        (None, Some(target)) => Goal::Target(release(target, catalogue)?),
        (Some(_), Some(_)) => {
            let detail = "plan and target cannot be given together.";
            return Err(Problem::new(Code::BadParameter, detail).at("target"));
        }
        (Some(other), None) => return Err(bad("plan", other, "`needed` or `all`")),
    };
    Ok(question)
}

fn advisory(text: &str, catalogue: &Catalogue) -> Result<Id, Problem> {
    if let Some((id, _)) = catalogue.advisories().get_key_value(text) {
        return Ok(id.clone());
    }
    let near = suggest(text, catalogue.advisories().keys().map(Id::as_str));
    let near =
        near.map_or_else(|| "See /api/v1/advisories.".to_owned(), |near| format!("Did you mean {near}?"));
    let detail = format!("{} has no advisory {}.", catalogue.product().name, shown(text));
    Err(Problem::new(Code::BadParameter, detail).at("advisory").remedy(near))
}

fn release(text: &str, catalogue: &Catalogue) -> Result<Id, Problem> {
    let product = catalogue.product();
    match product.release(text) {
        Some(release) => Ok(release.id.clone()),
        None => {
            let known: Vec<&str> = product.releases.iter().map(|release| release.id.as_str()).collect();
            Err(bad("target", text, &format!("one of {}", known.join(", "))))
        }
    }
}
