//! What is made of rounds: the least of each, their ratio, and whether the baseline agrees with itself.

/// By how much a baseline that is measured twice may differ from itself.
pub(crate) const STEADY: f64 = 1.10;

/// The least of some figures; not a number where there is none. Whatever disturbs a round only adds to it.
#[must_use]
pub(crate) fn least(rounds: &[f64]) -> f64 {
    rounds.iter().copied().filter(|value| value.is_finite()).fold(f64::NAN, f64::min)
}

/// A baseline measured twice in the same rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Steady {
    /// The least of the first.
    pub(crate) first: f64,
    /// The least of the second.
    pub(crate) second: f64,
}

impl Steady {
    /// How much the larger is above the smaller: 1 where they agree.
    #[must_use]
    pub(crate) fn apart(self) -> f64 {
        self.first.max(self.second) / self.first.min(self.second)
    }

    /// Whether a figure may rest on it.
    #[must_use]
    pub(crate) fn holds(self) -> bool {
        self.apart() <= STEADY
    }
}

/// Interleaved rounds of something and of its baseline, which comes before and after it each time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Compared {
    /// The baseline, first.
    pub(crate) baseline: Vec<f64>,
    /// What it is compared with.
    pub(crate) ours: Vec<f64>,
    /// The baseline, again.
    pub(crate) again: Vec<f64>,
}

impl Compared {
    /// Rounds of three closures, in turn.
    ///
    /// # Errors
    /// The first that any of them has.
    pub(crate) fn rounds<E>(
        rounds: usize,
        mut baseline: impl FnMut() -> Result<f64, E>,
        mut ours: impl FnMut() -> Result<f64, E>,
    ) -> Result<Self, E> {
        let mut compared = Self::default();
        for _ in 0..rounds {
            compared.baseline.push(baseline()?);
            compared.ours.push(ours()?);
            compared.again.push(baseline()?);
        }
        Ok(compared)
    }

    /// The least of ours over the least of the baseline.
    #[must_use]
    pub(crate) fn ratio(&self) -> f64 {
        let steady = self.steady();
        least(&self.ours) / steady.first.min(steady.second)
    }

    /// How the baseline agrees with itself.
    #[must_use]
    pub(crate) fn steady(&self) -> Steady {
        Steady { first: least(&self.baseline), second: least(&self.again) }
    }
}
