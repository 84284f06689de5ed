//! For Prometheus: a file for the node exporter's textfile collector.

use std::fmt::Write;

use crate::assess::{AdvisoryStatus, HotfixStatus, Verdict};
use crate::host::Error;
use crate::host::check::Checked;
use crate::host::standing::Trust;
use crate::host::witness::Outcome;

/// The metrics of an answer.
#[must_use]
pub fn prometheus(checked: &Checked) -> String {
    let mut out = String::new();
    let now = checked.question.now;
    let product = checked.product.as_str();
    let trust = checked.trust();
    let flag = |set: bool| u8::from(set).to_string();
    family(
        &mut out,
        "hotfix_check_up",
        "Whether there is an answer that counts.",
        [(format!("product=\"{product}\""), flag(checked.counts() && checked.assessment.is_some()))],
    );
    family(
        &mut out,
        "hotfix_check_timestamp_seconds",
        "When the check ran.",
        [(format!("product=\"{product}\""), now.as_second().to_string())],
    );
    let states = [Trust::Fresh, Trust::Stale, Trust::Refused, Trust::Clock];
    family(
        &mut out,
        "hotfix_trust_state",
        "How far the answer can be trusted: 1 for the state that holds.",
        states.map(|state| (format!("state=\"{}\"", state.word()), flag(trust.state == state))),
    );
    if let Some(witnessed) = &trust.witness {
        family(
            &mut out,
            "hotfix_witness_state",
            "How the witness stands to what is here: 1 for the state that holds.",
            Outcome::ALL
                .map(|state| (format!("state=\"{}\"", state.word()), flag(witnessed.outcome == state))),
        );
    }
    family(
        &mut out,
        "hotfix_role_expiry_timestamp_seconds",
        "When the signature of a role expires.",
        trust
            .roles
            .iter()
            .map(|role| (format!("role=\"{}\"", escaped(&role.name)), role.expires.as_second().to_string())),
    );
    let Some(assessment) = &checked.assessment else { return out };
    family(
        &mut out,
        "hotfix_check_verdict",
        "The answer: 1 for the verdict that holds.",
        Verdict::ALL
            .iter()
            .map(|verdict| (format!("verdict=\"{verdict}\""), flag(assessment.verdict() == *verdict))),
    );
    family(
        &mut out,
        "hotfix_advisories",
        "Advisories by how this host stands.",
        AdvisoryStatus::ALL.iter().map(|status| {
            let count = assessment.advisories.iter().filter(|answer| answer.status == *status).count();
            (format!("status=\"{status}\""), count.to_string())
        }),
    );
    family(
        &mut out,
        "hotfix_hotfixes",
        "Hotfixes by how this host stands.",
        HotfixStatus::ALL.iter().map(|status| {
            let count = assessment.hotfixes.iter().filter(|answer| answer.status == *status).count();
            (format!("status=\"{status}\""), count.to_string())
        }),
    );
    family(
        &mut out,
        "hotfix_plan_steps",
        "Steps of the plan.",
        [(String::new(), assessment.plan.steps.len().to_string())],
    );
    out
}

/// The metrics of an error that left nothing to assess.
#[must_use]
pub fn error(error: &Error) -> String {
    let mut out = String::new();
    family(
        &mut out,
        "hotfix_check_up",
        "Whether there is an answer that counts.",
        [(format!("code=\"{}\"", escaped(error.code())), "0".to_owned())],
    );
    out
}

fn family(out: &mut String, name: &str, help: &str, samples: impl IntoIterator<Item = (String, String)>) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in samples {
        let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
        let _ = writeln!(out, "{name}{labels} {value}");
    }
}

fn escaped(text: &str) -> String {
    crate::net::harmless(text).replace('\\', "\\\\").replace('"', "\\\"")
}
