//! The wall clock: read here, once for each command, and handed down.

use jiff::{SignedDuration, Timestamp};

/// The variable by which tests move the clock: seconds, with a sign, added to what the machine says.
pub const OFFSET_VARIABLE: &str = "HOTFIX_CLOCK_OFFSET_SECONDS";

/// The present time, in whole seconds.
#[must_use]
pub fn now() -> Timestamp {
    let offset = std::env::var(OFFSET_VARIABLE).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    let now = Timestamp::now();
    let moved = now.checked_add(SignedDuration::from_secs(offset)).unwrap_or(now);
    Timestamp::from_second(moved.as_second()).unwrap_or(moved)
}
