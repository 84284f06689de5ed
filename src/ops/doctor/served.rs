//! What would be served, by the rules of hosts, and how it stands with keys, dates and versions.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::{Doctor, Level, RESTORE};
use crate::release::{OWN_ROLES, OnlineKeys, ServedState, lost};
use crate::store::{HighWaterMark, Store};

/// A role with less than this left is told of: the server's own are signed anew long before.
const EXPIRING: SignedDuration = SignedDuration::from_hours(14 * 24);

impl Doctor {
    /// What would be served, by the rules of hosts, and how it stands with keys, dates and versions.
    pub(super) fn served(&mut self, store: &Store, keys: &Path, now: Timestamp) {
        let state = match ServedState::load(store) {
            Ok(Some(state)) => state,
            Ok(None) => {
                return self.note(
                    Level::Warn,
                    "repository",
                    "nothing was ever published",
                    "Start the service once.",
                );
            }
            Err(error) => return self.fail("repository", error.to_string(), RESTORE),
        };
        let snapshot = &state.snapshot;
        self.ok(
            "repository",
            format!("{} products; every signature and hash holds", snapshot.products().len()),
        );
        let remedy = "Put the online keys that the root trusts into the folder that --keys names.";
        match OnlineKeys::load(keys) {
            Err(error) => self.fail("online keys", error.to_string(), remedy),
            Ok(online) => match online.check(snapshot.root(), snapshot.targets()) {
                Err(error) => self.fail("online keys", error.to_string(), remedy),
                Ok(()) => self.ok("online keys", "are those that the root and targets trust"),
            },
        }
        for (role, expires) in snapshot.expiries() {
            let remedy = match role.as_str() {
                "root" | "targets" => "Its keepers have to sign it anew.",
                own if OWN_ROLES.contains(&own) => "The service signs it anew while it runs: start it.",
                _ => "Its publisher has to sign it anew: `hotfix sign` and `hotfix submit`.",
            };
            let left = expires.duration_since(now);
            if left <= SignedDuration::ZERO {
                self.fail("expiry", format!("{role} expired at {expires}"), remedy);
            } else if left < EXPIRING && !OWN_ROLES.contains(&role.as_str()) {
                self.note(Level::Warn, "expiry", format!("{role} expires at {expires}"), remedy);
            }
        }
        if self.checks.iter().all(|check| check.name != "expiry") {
            self.ok("expiry", "no role is near its end");
        }
        let newest = state.issued.values().max().copied().unwrap_or(now);
        if newest.duration_since(now) > SignedDuration::from_mins(1) {
            let text = format!("it is {now} here, and something was signed at {newest}");
            self.note(Level::Warn, "clock", text, "Set the machine's clock, and let it be kept.");
        } else {
            self.ok("clock", "is not behind what was signed");
        }
        self.versions(&state, keys);
    }

    fn versions(&mut self, state: &ServedState, keys: &Path) {
        let mark = match HighWaterMark::open(keys) {
            Ok(mark) => mark,
            Err(error) => {
                return self.fail(
                    "versions",
                    error.to_string(),
                    "See docs/operations.md, “After a restore”.",
                );
            }
        };
        if mark.is_new() {
            let text = format!("{} is not there yet", mark.path().display());
            return self.note(Level::Warn, "versions", text, "The service makes it when it starts.");
        }
        let lost: Vec<String> = lost(&state.snapshot, &mark)
            .iter()
            .map(|lost| format!("{} {} was issued, and is not here", lost.role, lost.issued))
            .collect();
        if lost.is_empty() {
            self.ok("versions", "nothing that is known to have been issued is missing");
        } else {
            let remedy = "Their publishers have to submit again (docs/operations.md, “After a restore”).";
            self.note(Level::Warn, "versions", lost.join("; "), remedy);
        }
    }
}
