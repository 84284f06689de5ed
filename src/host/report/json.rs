//! For programs: one document, on errors too.

use serde::Serialize;

use super::CHECK_SCHEMA;
use crate::assess::{Assessment, Changed};
use crate::host::Error;
use crate::host::check::{Checked, TrustReport};
use crate::host::explain::Explanation;
use crate::host::terminal::json_text;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    verdict: &'a str,
    exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    trust: Option<TrustReport>,
    assessment: Option<&'a Assessment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<&'a Explanation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<&'a Changed>,
}

/// An answer. One that cannot be trusted has the verdict `error`, and says why.
#[must_use]
pub fn json(checked: &Checked, explanation: Option<&Explanation>, changed: Option<&Changed>) -> String {
    let counted = checked.assessment.as_ref().filter(|_| checked.counts());
    let trouble = checked.trouble.as_ref();
    json_text(&Document {
        schema: CHECK_SCHEMA,
        verdict: counted.map_or("error", |assessment| assessment.verdict().word()),
        exit: checked.exit_code(),
        code: trouble.map(|trouble| trouble.code.as_str()),
        message: trouble.map(|trouble| trouble.message.clone()),
        remedy: trouble.map(|trouble| trouble.remedy.clone()),
        trust: Some(checked.trust()),
        assessment: checked.assessment.as_ref(),
        explanation,
        changed,
    })
}

/// An error that left nothing to assess.
#[must_use]
pub fn error(error: &Error) -> String {
    json_text(&Document {
        schema: CHECK_SCHEMA,
        verdict: "error",
        exit: 1,
        code: Some(error.code()),
        message: Some(error.to_string()),
        remedy: Some(error.remedy()),
        trust: match error {
            Error::Refused(trouble) => Some(TrustReport::of(Some(trouble))),
            _ => None,
        },
        assessment: None,
        explanation: None,
        changed: None,
    })
}
