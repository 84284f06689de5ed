//! A plan for programs: `hotfixd/plan/1`, one document, on errors too.

use serde::Serialize;

use super::PLAN_SCHEMA;
use crate::assess::Goal;
use crate::host::Error;
use crate::host::check::TrustReport;
use crate::host::plan::{Outcome, Outlook, Planned, Steps, Unreachable};
use crate::host::terminal::json_text;
use crate::model::Id;

#[derive(Default, Serialize)]
struct Document<'a> {
    schema: &'static str,
    outcome: &'static str,
    exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    trust: Option<TrustReport>,
    product: Option<&'a Id>,
    asked: Option<Asked<'a>>,
    plan: Option<&'a Steps>,
    hosts: &'a [Outlook],
    differ: &'a [String],
    unreachable: Option<&'a Unreachable>,
}

/// The question.
#[derive(Serialize)]
struct Asked<'a> {
    plan: &'static str,
    target: Option<&'a Id>,
    advisories: Option<Vec<&'a Id>>,
    security: bool,
}

/// A plan. One that cannot be trusted has the outcome `error`, and says why.
#[must_use]
pub fn plan_json(planned: &Planned) -> String {
    let (checked, outcome) = (&planned.checked, planned.outcome());
    let trouble = checked.trouble.as_ref();
    let question = &checked.question;
    let (plan, target) = match &question.goal {
        Goal::Needed => ("needed", None),
        Goal::All => ("all", None),
        Goal::Target(release) => ("target", Some(release)),
    };
    let advisories = question.advisories.as_ref().map(|ids| ids.iter().collect());
    json_text(&Document {
        schema: PLAN_SCHEMA,
        outcome: outcome.word(),
        exit: outcome.exit_code(),
        code: trouble.map(|trouble| trouble.code.as_str()),
        message: trouble.map(|trouble| trouble.message.clone()),
        remedy: trouble.map(|trouble| trouble.remedy.clone()),
        trust: Some(checked.trust()),
        product: Some(&checked.product),
        asked: Some(Asked { plan, target, advisories, security: question.security }),
        plan: planned.plan.as_ref(),
        hosts: &planned.hosts,
        differ: &planned.differ,
        unreachable: planned.unreachable.as_ref(),
    })
}

/// An error that left nothing to plan.
#[must_use]
pub fn error(error: &Error) -> String {
    json_text(&Document {
        schema: PLAN_SCHEMA,
        outcome: Outcome::Error.word(),
        exit: Outcome::Error.exit_code(),
        code: Some(error.code()),
        message: Some(error.to_string()),
        remedy: Some(error.remedy()),
        trust: match error {
            Error::Refused(trouble) => Some(TrustReport::of(Some(trouble))),
            _ => None,
        },
        ..Document::default()
    })
}
