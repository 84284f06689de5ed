//! The service's clock: the one place of this room that asks the machine for the time.

use jiff::{SignedDuration, Timestamp};

/// Tells the time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clock {
    offset: SignedDuration,
}

impl Clock {
    /// The machine's clock, put forward by so many seconds (back, where negative). Anything but 0 is for
    /// tests.
    #[must_use]
    pub fn with_offset_seconds(seconds: i64) -> Self {
        Self { offset: SignedDuration::from_secs(seconds) }
    }

    /// The time, in whole seconds, as everything that is signed or answered states it.
    #[must_use]
    pub fn now(self) -> Timestamp {
        let now = Timestamp::now();
        let moved = now.checked_add(self.offset).unwrap_or(now);
        Timestamp::from_second(moved.as_second()).unwrap_or(moved)
    }
}
