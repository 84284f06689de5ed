//! The answer in one word, and the exit code of `hotfix check`.

use serde::Serialize;

use super::assessment::{AdvisoryStatus, Assessment, statuses};

statuses! {
    /// The answer in one word: the first that holds.
    Verdict {
        /// Exposed, with or without a fix.
        Exposed = "exposed",
        /// A fix is installed and waits for a restart.
        AwaitingRestart = "awaiting_restart",
        /// A hotfix is installed that was taken back.
        Withdrawn = "withdrawn",
        /// Facts are missing, or the host matches no release.
        Undetermined = "undetermined",
        /// The publisher does not know yet.
        UnderInvestigation = "under_investigation",
        /// Fixed.
        Fixed = "fixed",
        /// Not affected.
        NotExposed = "not_exposed",
        /// Nothing that was asked about speaks of the host's release.
        Unstated = "unstated",
    }
}

impl Verdict {
    /// The exit code of `hotfix check`: 100 something is needed, 110 undetermined, 0 nothing.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Exposed | Self::AwaitingRestart | Self::Withdrawn => 100,
            Self::Undetermined => 110,
            Self::UnderInvestigation | Self::Fixed | Self::NotExposed | Self::Unstated => 0,
        }
    }
}

impl Assessment {
    /// The answer in one word, narrowed as the question was.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }
}

/// What decides a verdict beside the advisories.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside {
    /// A hotfix is installed that was taken back and has to do with what was asked.
    pub(super) withdrawn: bool,
    /// The host has no release, or an advisory was asked about that the catalogue does not know: it may be
    /// newer than the catalogue, and "not affected" would be a guess.
    pub(super) unsettled: bool,
}

/// The verdict over the advisories that were asked about.
pub(super) fn verdict(statuses: impl IntoIterator<Item = AdvisoryStatus>, beside: Beside) -> Verdict {
    let worst = statuses.into_iter().map(of_status).min().unwrap_or(Verdict::Unstated);
    let withdrawn = beside.withdrawn.then_some(Verdict::Withdrawn);
    let unsettled = beside.unsettled.then_some(Verdict::Undetermined);
    [Some(worst), withdrawn, unsettled].into_iter().flatten().min().unwrap_or(worst)
}

fn of_status(status: AdvisoryStatus) -> Verdict {
    match status {
        AdvisoryStatus::Exposed => Verdict::Exposed,
        AdvisoryStatus::Undetermined => Verdict::Undetermined,
        AdvisoryStatus::AwaitingRestart => Verdict::AwaitingRestart,
        AdvisoryStatus::UnderInvestigation => Verdict::UnderInvestigation,
        AdvisoryStatus::Fixed => Verdict::Fixed,
        AdvisoryStatus::NotExposed => Verdict::NotExposed,
        AdvisoryStatus::Unstated => Verdict::Unstated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_first_that_holds() {
        use AdvisoryStatus as A;
        let plain = Beside { withdrawn: false, unsettled: false };
        let of = |statuses: &[A], beside| verdict(statuses.iter().copied(), beside);
        assert_eq!(of(&[], plain), Verdict::Unstated);
        assert_eq!(of(&[A::Fixed, A::NotExposed], plain), Verdict::Fixed);
        // An exit code of 110 must not hide a restart that is due.
        assert_eq!(of(&[A::Undetermined, A::AwaitingRestart], plain), Verdict::AwaitingRestart);
        assert_eq!(of(&[A::Undetermined, A::Fixed], Beside { withdrawn: true, ..plain }), Verdict::Withdrawn);
        assert_eq!(of(&[A::Unstated], Beside { unsettled: true, ..plain }), Verdict::Undetermined);
        let codes: Vec<u8> = Verdict::ALL.iter().map(|verdict| verdict.exit_code()).collect();
        assert_eq!(codes, [100, 100, 100, 110, 0, 0, 0, 0]);
    }
}
