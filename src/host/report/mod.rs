//! An answer of `hotfix check`, in the forms that people and tools read.

mod changed;
mod explanation;
mod json;
mod nagios;
mod pinned;
mod plan;
mod plan_json;
mod prometheus;
mod text;
mod witness;

pub use changed::changed;
pub use explanation::explanation;
pub use json::{error as json_error, json};
pub use nagios::{error as nagios_error, nagios};
pub use pinned::pinned;
pub use plan::plan;
pub use plan_json::{error as plan_json_error, plan_json};
pub use prometheus::{error as prometheus_error, prometheus};
pub use text::text;
pub use witness::witness_warning;

use jiff::{SignedDuration, Timestamp};

/// The schema of the JSON form.
pub const CHECK_SCHEMA: &str = "hotfixd/check/1";

/// The schema of the JSON form of a plan.
pub const PLAN_SCHEMA: &str = "hotfixd/plan/1";

/// A length of time as people say it: its two largest units at most, cut off.
fn span(length: SignedDuration) -> String {
    let minutes = length.as_secs().unsigned_abs() / 60;
    let (days, hours) = (minutes / 1_440, minutes / 60 % 24);
    match (days, hours, minutes % 60) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => counted(minutes, "minute"),
        (0, hours, _) => counted(hours, "hour"),
        (1..=2, hours @ 1.., _) => format!("{} and {}", counted(days, "day"), counted(hours, "hour")),
        (days, _, _) => counted(days, "day"),
    }
}

fn counted(count: u64, unit: &str) -> String {
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// "3 days ago".
fn ago(at: Timestamp, now: Timestamp) -> String {
    let length = now.duration_since(at);
    if length.is_negative() { format!("in {}", span(length)) } else { format!("{} ago", span(length)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_lengths_as_people_do() {
        for (seconds, said) in [
            (0, "less than a minute"),
            (60, "1 minute"),
            (3_599, "59 minutes"),
            (7_200, "2 hours"),
            (86_400, "1 day"),
            (90_000, "1 day and 1 hour"),
            (-864_000, "10 days"),
        ] {
            assert_eq!(span(SignedDuration::from_secs(seconds)), said);
        }
    }
}
