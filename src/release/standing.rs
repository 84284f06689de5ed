//! How what is stored stands beside what was ever issued: roles of which a newer version was lost, and the
//! versions that come next.

use std::sync::PoisonError;

use jiff::Timestamp;
use serde::Serialize;

use super::error::ReleaseError;
use super::service::Releases;
use crate::repository::{HOLDS_ROLE, Snapshot};
use crate::store::{HighWaterMark, RoleRecord};
use crate::trust::MetaFile;

/// The roles that the server signs by itself.
pub const OWN_ROLES: [&str; 3] = ["snapshot", "timestamp", HOLDS_ROLE];

/// A role of which a newer version was issued than is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LostRole {
    /// The role.
    pub role: String,
    /// The highest version that was issued.
    pub issued: u64,
    /// The newest version that is here; 0 where there is none.
    pub here: u64,
}

impl LostRole {
    /// Which role lost what, and what mends it, as one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { role, issued, here } = self;
        let here = match here {
            0 => "nothing of it is here".to_owned(),
            here => format!("the newest here is {here}"),
        };
        match role.as_str() {
            "root" | "targets" => {
                format!("{role} {issued} was installed, {here}: its keepers must install it again")
            }
            _ => format!(
                "{role} {issued} was released, {here}: its publisher must submit again; hotfix sign builds \
                 version {}",
                issued.saturating_add(1)
            ),
        }
    }
}

/// A role: what is served of it, and what comes next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleStanding {
    /// The role.
    pub role: String,
    /// The version that is served; 0 where there is none.
    pub version: u64,
    /// The highest version that was ever issued.
    pub issued: u64,
    /// The version that is taken next.
    pub next: u64,
    /// When the one that is served expires.
    pub expires: Option<Timestamp>,
    /// Where a newer version was lost: what to do.
    pub lost: Option<String>,
}

impl Releases {
    /// The roles of which a newer version was issued than is served.
    #[must_use]
    pub fn lost(&self) -> Vec<LostRole> {
        let state = self.served();
        let still = |lost: &&LostRole| state.snapshot.version(&lost.role).unwrap_or_default() == lost.here;
        self.lost.iter().filter(still).cloned().collect()
    }

    /// The version of a role that comes next: above the one that is served, and above all that were issued.
    #[must_use]
    pub fn next_version(&self, role: &str) -> u64 {
        let served = self.served().snapshot.version(role).unwrap_or_default();
        served.max(self.issued(role).map_or(0, |issued| issued.version)).saturating_add(1)
    }

    /// Every role that is served, or of which something was lost.
    #[must_use]
    pub fn standing(&self) -> Vec<RoleStanding> {
        let (state, lost) = (self.served(), self.lost());
        let expiries = state.snapshot.expiries();
        let mut names: Vec<String> =
            expiries.keys().cloned().chain(lost.iter().map(|lost| lost.role.clone())).collect();
        names.sort();
        names.dedup();
        let one = |role: String| RoleStanding {
            version: state.snapshot.version(&role).unwrap_or_default(),
            issued: self.next_version(&role).saturating_sub(1),
            next: self.next_version(&role),
            expires: expiries.get(&role).copied(),
            lost: lost.iter().find(|lost| lost.role == role).map(LostRole::sentence),
            role,
        };
        names.into_iter().map(one).collect()
    }

    /// What was issued last of a role, by the high-water mark.
    pub(super) fn issued(&self, role: &str) -> Option<MetaFile> {
        self.mark.lock().unwrap_or_else(PoisonError::into_inner).of(role).cloned()
    }

    /// Whether something was issued of a role that is not what is served.
    pub(super) fn is_behind(&self, snapshot: &Snapshot, role: &str) -> bool {
        let version = snapshot.version(role).unwrap_or_default();
        let mark = self.mark.lock().unwrap_or_else(PoisonError::into_inner);
        mark.is_ahead_of(role, version, bytes(snapshot, role))
    }
}

/// Holds the mark beside what is stored. The mark rises where the database is ahead; where the mark is, the
/// roles that the server cannot sign by itself are answered.
pub(super) fn compare(snapshot: &Snapshot, mark: &mut HighWaterMark) -> Result<Vec<LostRole>, ReleaseError> {
    let rising: Vec<RoleRecord> = roles(snapshot)
        .filter(|(role, version, _)| *version > mark.version(role))
        .map(|(role, version, bytes)| RoleRecord {
            name: role.to_owned(),
            version,
            body: String::from_utf8_lossy(bytes).into_owned(),
            issued_at: 0,
        })
        .collect();
    let (is_new, rises) = (mark.is_new(), !rising.is_empty());
    let lost = lost(snapshot, mark);
    if is_new || rises {
        mark.raise(&rising)?;
    }
    let path = mark.path().display();
    if is_new {
        tracing::info!("made {path} from the database: versions that are issued next are above it");
    } else if rises {
        tracing::warn!("the database holds newer versions than {path}, which was raised");
    }
    for lost in &lost {
        tracing::warn!("{}", lost.sentence());
    }
    Ok(lost)
}

/// The roles of which a newer version was issued than is in a snapshot, but for those that the server signs by
/// itself.
#[must_use]
pub fn lost(snapshot: &Snapshot, mark: &HighWaterMark) -> Vec<LostRole> {
    let mut lost = Vec::new();
    for (role, issued) in mark.roles() {
        let here = snapshot.version(role).unwrap_or_default();
        let own = OWN_ROLES.contains(&role.as_str());
        if own || !is_trusted(snapshot, role) || !mark.is_ahead_of(role, here, bytes(snapshot, role)) {
            continue;
        }
        lost.push(LostRole { role: role.clone(), issued: issued.version, here });
    }
    lost
}

/// A role that nobody is trusted with any more is missed by nobody.
fn is_trusted(snapshot: &Snapshot, role: &str) -> bool {
    matches!(role, "root" | "targets") || snapshot.product_roles().any(|known| known == role)
}

fn bytes<'s>(snapshot: &'s Snapshot, role: &str) -> &'s [u8] {
    let files = snapshot.files();
    match role {
        "root" => files.roots.last_key_value().map_or(&[], |(_, bytes)| bytes),
        "timestamp" => &files.timestamp,
        "snapshot" => &files.snapshot,
        _ => files.roles.get(role).map_or(&[], |bytes| bytes),
    }
}

fn roles(snapshot: &Snapshot) -> impl Iterator<Item = (&str, u64, &[u8])> {
    let top = ["root", "timestamp", "snapshot"].into_iter();
    top.chain(snapshot.files().roles.keys().map(String::as_str))
        .filter_map(|role| Some((role, snapshot.version(role)?, bytes(snapshot, role))))
}
