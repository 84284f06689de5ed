//! For Nagios and its kin: one line with performance data, and exit codes of its own.

use crate::assess::{AdvisoryStatus, Need, Verdict};
use crate::host::Error;
use crate::host::check::Checked;
use crate::net::harmless;

const OK: u8 = 0;
const WARNING: u8 = 1;
const CRITICAL: u8 = 2;
const UNKNOWN: u8 = 3;

/// The line and the exit code. What cannot be trusted or decided is `UNKNOWN`.
#[must_use]
pub fn nagios(checked: &Checked) -> (String, u8) {
    let Some(assessment) = &checked.assessment else {
        let message = checked.trouble.as_ref().map(|trouble| trouble.message.as_str());
        return line(UNKNOWN, message.unwrap_or("nothing to assess"), "");
    };
    let count = |status: AdvisoryStatus| {
        assessment.advisories.iter().filter(|answer| answer.status == status).count()
    };
    let needed = assessment.hotfixes.iter().filter(|answer| answer.need == Some(Need::Needed)).count();
    let data = format!(
        "exposed={};;0 undetermined={};;0 awaiting_restart={};;0 hotfixes_needed={needed};;0",
        count(AdvisoryStatus::Exposed),
        count(AdvisoryStatus::Undetermined),
        count(AdvisoryStatus::AwaitingRestart),
    );
    if let Some(trouble) = checked.trouble.as_ref().filter(|_| !checked.allowed) {
        return line(UNKNOWN, &trouble.message, &data);
    }
    let steps: Vec<&str> = assessment.plan.steps.iter().map(|step| step.hotfix.as_str()).collect();
    let install = if steps.is_empty() { String::new() } else { format!("; install {}", steps.join(", ")) };
    let named = |status: AdvisoryStatus| super::text::summary(assessment, status);
    let (code, text) = match assessment.verdict() {
        Verdict::Exposed => (CRITICAL, format!("exposed to {}{install}", named(AdvisoryStatus::Exposed))),
        Verdict::AwaitingRestart => {
            (WARNING, format!("waiting for a restart: {}", named(AdvisoryStatus::AwaitingRestart)))
        }
        Verdict::Withdrawn => (WARNING, "a withdrawn hotfix is installed".to_owned()),
        Verdict::Undetermined => (UNKNOWN, format!("undetermined: {}", named(AdvisoryStatus::Undetermined))),
        Verdict::UnderInvestigation => {
            (OK, format!("under investigation: {}", named(AdvisoryStatus::UnderInvestigation)))
        }
        Verdict::Fixed | Verdict::NotExposed => (OK, "nothing is needed".to_owned()),
        // That nothing speaks of the release does not make it safe.
        Verdict::Unstated => (OK, "nothing is stated of this release".to_owned()),
    };
    let silent = checked.witnessed.as_ref().filter(|witnessed| witnessed.outcome.is_silent());
    let unseen = silent.map(|silent| format!("; {}", silent.message)).unwrap_or_default();
    line(code, &format!("{text}{unseen}"), &data)
}

/// An error that left nothing to assess.
#[must_use]
pub fn error(error: &Error) -> (String, u8) {
    line(UNKNOWN, &error.to_string(), "")
}

fn line(code: u8, text: &str, data: &str) -> (String, u8) {
    let word = match code {
        OK => "OK",
        WARNING => "WARNING",
        CRITICAL => "CRITICAL",
        _ => "UNKNOWN",
    };
    // A bar would begin the performance data.
    let text = harmless(text).replace('|', "/");
    let bar = if data.is_empty() { "" } else { "|" };
    (format!("HOTFIX {word} - {text}{bar}{data}\n"), code)
}
