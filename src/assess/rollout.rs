//! What keeps a hotfix back for a time: its rollout, and holds.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::assessment::RolloutAnswer;
use super::question::Question;
use crate::model::hotfix::Rollout;
use crate::model::{Catalogue, Hold, Hotfix, Id};

const SECONDS_PER_HOUR: u128 = 3600;

/// Why and until when a hotfix is kept back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deferral {
    pub(super) until: Timestamp,
    pub(super) because: Vec<String>,
}

/// When a host's turn comes: start + hours × (the first 8 bytes, big-endian, of SHA-256 over the host's id,
/// a zero byte and the hotfix's id) / 2^64, rounded up to the second. It depends on nothing else, so it
/// never flips back, and different hotfixes start with different hosts.
pub(super) fn turn(rollout: &Rollout, hotfix: &Id, host: &str) -> Timestamp {
    let digest = Sha256::new()
        .chain_update(host.as_bytes())
        .chain_update([0])
        .chain_update(hotfix.as_str().as_bytes())
        .finalize();
    let share = digest.iter().take(8).fold(0_u128, |share, byte| (share << 8) | u128::from(*byte));
    let length = u128::from(rollout.hours.unsigned_abs()) * SECONDS_PER_HOUR;
    let seconds = (length * share).div_ceil(1 << 64);
    let delay = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    rollout.start.checked_add(delay).unwrap_or(Timestamp::MAX)
}

/// What keeps a hotfix back at the moment that is asked about: until the later of turn and hold.
pub(super) fn deferral(hotfix: &Hotfix, catalogue: &Catalogue, question: &Question) -> Option<Deferral> {
    let waits = hotfix.rollout.as_ref().and_then(|rollout| {
        let (until, sentence) = match &question.host {
            Some(host) => (turn(rollout, &hotfix.id, host), "this host's turn in the rollout comes at"),
            None => (rollout.start, "its rollout starts at"),
        };
        (question.now < until).then(|| (until, format!("{sentence} {until}")))
    });
    let held = holds(hotfix, catalogue)
        .filter(|hold| hold.since <= question.now && question.now < hold.ends())
        .map(|hold| (hold.ends(), format!("held until {}: {}", hold.ends(), hold.reason)));
    let reasons: Vec<(Timestamp, String)> = waits.into_iter().chain(held).collect();
    let until = reasons.iter().map(|(until, _)| *until).max()?;
    Some(Deferral { until, because: reasons.into_iter().map(|(_, sentence)| sentence).collect() })
}

/// The next moment after the one that is asked about at which a rollout or a hold begins or ends to keep
/// this hotfix back.
pub(super) fn next_edge(hotfix: &Hotfix, catalogue: &Catalogue, question: &Question) -> Option<Timestamp> {
    let rollout = hotfix.rollout.iter().flat_map(|rollout| match &question.host {
        Some(host) => vec![turn(rollout, &hotfix.id, host)],
        None => vec![rollout.start, rollout.end()],
    });
    let held = holds(hotfix, catalogue)
        .filter(|hold| hold.since < hold.ends())
        .flat_map(|hold| [hold.since, hold.ends()]);
    rollout.chain(held).filter(|edge| *edge > question.now).min()
}

/// The rollout as it is shown: while it still keeps the hotfix back, or may.
pub(super) fn shown(hotfix: &Hotfix, question: &Question) -> Option<RolloutAnswer> {
    let rollout = hotfix.rollout.as_ref()?;
    let (start, end) = (rollout.start, rollout.end());
    let over = question.host.as_ref().map_or(end, |host| turn(rollout, &hotfix.id, host));
    (question.now < over).then_some(RolloutAnswer { start, end })
}

/// The holds on this revision of the hotfix.
fn holds<'c>(hotfix: &'c Hotfix, catalogue: &'c Catalogue) -> impl Iterator<Item = &'c Hold> {
    catalogue
        .holds()
        .iter()
        .filter(|hold| hold.hotfix == hotfix.id && hold.hotfix_revision == hotfix.revision)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> Id {
        Id::new(text).unwrap()
    }

    #[test]
    fn a_turn_is_the_share_of_the_hours_rounded_up() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let rollout = Rollout { start, hours: 72 };
        // The first 8 bytes of SHA-256("host-1\0H1"), worked out apart from this code.
        let share = u128::from(u64::from_be_bytes(
            Sha256::digest(b"host-1\0H1").as_slice().get(..8).unwrap().try_into().unwrap(),
        ));
        let exact = 72 * 3600 * share;
        let floor = exact >> 64;
        let seconds = if floor << 64 == exact { floor } else { floor + 1 };
        let came = turn(&rollout, &id("H1"), "host-1");
        assert_eq!(i128::from(came.as_second() - start.as_second()), i128::try_from(seconds).unwrap());
        assert_ne!(came, turn(&rollout, &id("H2"), "host-1"));
        assert_ne!(came, turn(&rollout, &id("H1"), "host-2"));
    }

    #[test]
    fn turns_stay_within_the_rollout() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let none = Rollout { start, hours: 0 };
        let year = Rollout { start, hours: 8784 };
        for host in 0..500 {
            let host = host.to_string();
            assert_eq!(turn(&none, &id("H1"), &host), start);
            let came = turn(&year, &id("H1"), &host);
            assert!(start <= came && came <= year.end());
        }
    }
}
