//! Which numbers of hosts are tried.

/// How near the most that is served well and the least that is not have to come: a ratio.
const NEAR: f64 = 1.08;

/// The most hosts that are tried.
const MOST: u64 = 1 << 32;

/// Doubling, then halving what lies between. Whatever else the machine does makes a step worse and never better, so one
/// that went badly is tried once more before it is believed.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    next: u64,
    well: Option<u64>,
    badly: Option<u64>,
    doubted: bool,
}

impl Search {
    /// From so many hosts on.
    pub(crate) fn from(hosts: u64) -> Self {
        Self { next: hosts.clamp(1, MOST), well: None, badly: None, doubted: false }
    }

    /// How many to try next; nothing where the answer is known.
    pub(crate) fn next(&self) -> Option<u64> {
        match (self.well, self.badly) {
            (Some(well), Some(badly)) if badly as f64 <= well as f64 * NEAR => None,
            (Some(well), _) if self.next <= well => None,
            (None, _) if self.next == 0 => None,
            _ => Some(self.next),
        }
    }

    /// What came of it.
    pub(crate) fn tried(&mut self, is_well: bool) {
        if !is_well && !self.doubted {
            self.doubted = true;
            return;
        }
        self.doubted = false;
        if is_well {
            self.well = Some(self.next);
        } else {
            self.badly = Some(self.next);
        }
        self.next = match (self.well, self.badly) {
            (Some(well), None) => well.saturating_mul(2).min(MOST),
            (Some(well), Some(badly)) => well + (badly - well) / 2,
            (None, Some(badly)) => badly / 2,
            (None, None) => self.next,
        };
    }

    /// The most that were served well.
    pub(crate) fn most(&self) -> Option<u64> {
        self.well
    }
}
