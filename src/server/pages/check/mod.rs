//! The page that answers "am I affected?": an inventory in, the assessment in words out. Nothing is kept.

mod answer;
mod describe;
mod explained;
mod input;
mod link;
mod plan;
mod questions;
mod supplement;
mod words;

pub use answer::check_answer;
pub use input::{CheckAsked, CheckInput, Moment, refused_day};

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::PageContext;
use super::frame::Frame;
use super::{PageError, Renderer};
use crate::assess::{Assessment, Index, assess};
use crate::model::{Catalogue, Id, Problem, Problems};

/// The form, empty or with what was sent.
#[derive(Debug, serde::Serialize)]
struct Form {
    action: String,
    /// The release to start from.
    start: String,
    inventory: String,
    advisory: String,
    security: bool,
    as_of: String,
    changed_since: String,
    /// What is to be explained, with spaces between.
    explain: String,
    /// The last day that can be asked about.
    today: String,
    products: Vec<ProductChoices>,
    example: Option<String>,
}

#[derive(Debug, serde::Serialize)]
struct ProductChoices {
    id: String,
    name: String,
    releases: Vec<Choice>,
    advisories: Vec<Choice>,
    /// What a host of it is asked for, beside its release.
    fields: Vec<describe::Group>,
}

#[derive(Debug, serde::Serialize)]
struct Choice {
    value: String,
    name: String,
}

#[derive(Debug, serde::Serialize)]
struct FormView {
    form: Form,
    problems: Vec<ProblemView>,
}

/// What is wrong with what was sent, and where.
#[derive(Debug, serde::Serialize)]
struct ProblemView {
    place: String,
    line: Option<usize>,
    value: Option<String>,
    message: String,
    remedy: String,
}

/// The indexes that are kept of catalogues, by product.
pub type Indexes = BTreeMap<Id, Arc<Index>>;

/// The answer, by the index of the product where one is kept of the very catalogue: of that of a day there is none.
fn assessed(asked: &CheckAsked<'_>, indexes: &Indexes) -> Assessment {
    let kept = indexes.get(&asked.catalogue.product().id);
    match kept.filter(|index| std::ptr::eq(&raw const **index.catalogue(), asked.catalogue)) {
        Some(index) => index.assess(&asked.inventory, &asked.question),
        None => assess(asked.catalogue, &asked.inventory, &asked.question),
    }
}

/// The whole check: what was sent, as the page to answer with and its HTTP status (200, or 422 with the text
/// kept and its problems named).
///
/// # Errors
/// A template that does not fit its view.
pub fn check(
    renderer: &Renderer,
    context: &PageContext,
    (catalogues, indexes): (&[&Catalogue], &Indexes),
    input: CheckInput,
    moment: Moment<'_>,
) -> Result<(u16, String), PageError> {
    let (input, problems) = match input.asked(catalogues, moment) {
        Ok(asked) => {
            let assessment = assessed(&asked, indexes);
            return Ok((200, check_answer(renderer, context, catalogues, &asked, &assessment)?));
        }
        Err(refused) => *refused,
    };
    // Answers that cannot be read: what was answered without them, the answers kept to be mended.
    let without = CheckInput { answers: Vec::new(), ..input.clone() };
    let page = match without.asked(catalogues, moment) {
        Ok(asked) if !input.answers.is_empty() => {
            let assessment = assessed(&asked, indexes);
            let again = answer::Again { problems: &problems.0, answers: &input.answers };
            answer::page(renderer, context, catalogues, &asked, &assessment, &again)?
        }
        _ => check_refused(renderer, context, catalogues, &input, &problems)?,
    };
    Ok((422, page))
}

/// The empty form, with what the query chose already: `advisory`, `security`, `as_of`, `changed_since`, `explain`.
///
/// # Errors
/// A query that the page does not know, or a template that does not fit its view.
pub fn check_form(
    renderer: &Renderer,
    context: &PageContext,
    catalogues: &[&Catalogue],
    input: &CheckInput,
) -> Result<String, PageError> {
    if let Some(id) = &input.advisory
        && !catalogues.iter().any(|catalogue| catalogue.advisories().contains_key(id.as_str()))
    {
        let detail = format!("No product has an advisory “{id}”.");
        let remedy = "Leave it out to ask about every advisory.".to_owned();
        return Err(PageError::Query { detail, remedy });
    }
    page(renderer, context, catalogues, input, &[])
}

/// The form with what was sent and what is wrong with it, for status 422.
///
/// # Errors
/// A template that does not fit its view.
pub fn check_refused(
    renderer: &Renderer,
    context: &PageContext,
    catalogues: &[&Catalogue],
    input: &CheckInput,
    problems: &Problems,
) -> Result<String, PageError> {
    page(renderer, context, catalogues, input, &problems.0)
}

fn page(
    renderer: &Renderer,
    context: &PageContext,
    catalogues: &[&Catalogue],
    input: &CheckInput,
    problems: &[Problem],
) -> Result<String, PageError> {
    let problems: Vec<ProblemView> = problems.iter().map(problem).collect();
    let title = if problems.is_empty() { "Am I affected?" } else { "This could not be answered" };
    let frame = Frame::new(context, title.to_owned(), "check");
    renderer.page("check.html", &frame, &FormView { form: form(context, catalogues, input), problems })
}

fn form(context: &PageContext, catalogues: &[&Catalogue], input: &CheckInput) -> Form {
    Form {
        action: context.path(format_args!("/check")),
        start: context.run.as_ref().map(|run| format!("{}/{}", run.product, run.release)).unwrap_or_default(),
        inventory: input.inventory.clone(),
        advisory: input.advisory.clone().unwrap_or_default(),
        security: input.security,
        as_of: input.as_of.clone(),
        changed_since: input.changed_since.clone(),
        explain: input.explain.join(" "),
        today: words::day(context.now),
        products: catalogues.iter().map(|catalogue| choices(catalogue)).collect(),
        example: catalogues.first().map(|catalogue| input::example(catalogue.product())),
    }
}

fn choices(catalogue: &Catalogue) -> ProductChoices {
    let product = catalogue.product();
    let advisories = catalogue.advisories().values().filter(|advisory| advisory.withdrawn.is_none());
    ProductChoices {
        id: product.id.to_string(),
        name: product.name.clone(),
        fields: describe::groups(product),
        releases: product
            .releases
            .iter()
            .rev()
            .map(|release| Choice {
                value: format!("{}/{}", product.id, release.id),
                name: release.name.clone(),
            })
            .collect(),
        advisories: advisories
            .map(|advisory| Choice {
                value: advisory.id.to_string(),
                name: format!("{}: {}", advisory.id, advisory.title),
            })
            .collect(),
    }
}

fn problem(problem: &Problem) -> ProblemView {
    ProblemView {
        place: problem.field.dotted(),
        line: problem.line,
        value: problem.value.clone(),
        message: problem.message.clone(),
        remedy: problem.remedy.clone(),
    }
}
