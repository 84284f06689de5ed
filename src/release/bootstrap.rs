//! The first state of a server: a root and targets that were signed offline, and the first holds, snapshot
//! and timestamp by the online keys, all in one transaction.

use jiff::Timestamp;

use super::error::ReleaseError;
use super::keys::OnlineKeys;
use super::lock::SigningLock;
use super::sign::{self, Above, Renew};
use crate::repository::{HOLDS_ROLE, Snapshot};
use crate::store::{Event, HighWaterMark, Store, StoreError};
use crate::trust::{Envelope, Limits, Root, Signed, Targets};

/// What a server begins with.
#[derive(Debug)]
pub struct Founding {
    /// The exact bytes of the first root.
    pub root: Vec<u8>,
    /// The exact bytes of the first targets role.
    pub targets: Vec<u8>,
}

/// Whether there is a root of trust already.
///
/// # Errors
/// The store's.
pub fn is_founded(store: &Store) -> Result<bool, StoreError> {
    store.read(|tx| Ok(!tx.newest_roles()?.is_empty()))
}

/// Writes the first state. With keys that have signed before, it is above all that they ever signed.
///
/// # Errors
/// [`ReleaseError::NotEmpty`] where there is one; files that a host would refuse; keys that the root does not
/// name.
pub fn bootstrap(
    store: &Store,
    _lock: &SigningLock,
    keys: &OnlineKeys,
    mark: &mut HighWaterMark,
    founding: Founding,
    now: Timestamp,
) -> Result<(), ReleaseError> {
    let limits = Limits::default();
    let root = Root::from_value(Envelope::parse(&founding.root, &limits)?.into_signed(), &limits)?;
    let targets = Targets::from_value(Envelope::parse(&founding.targets, &limits)?.into_signed(), &limits)?;
    keys.check(&root, &targets)?;
    let mut roles = vec![
        sign::record_of_bytes("root", root.header.version, founding.root, now)?,
        sign::record_of_bytes("targets", targets.header.version, founding.targets, now)?,
    ];
    if targets.delegations.as_ref().is_some_and(|delegations| delegations.role(HOLDS_ROLE).is_some()) {
        roles.push(sign::holds(Targets::new(mark.version(HOLDS_ROLE).saturating_add(1), now), keys, now)?);
    }
    let issued = sign::issue(&Above { before: None, mark }, roles, Renew::Snapshot, keys, now)?;
    Snapshot::assemble(issued.files, None, |_, _| None)?;
    let at = now.as_second();
    mark.forget("root");
    let raised = store.write(|tx| {
        if !tx.newest_roles()?.is_empty() {
            return Err(ReleaseError::NotEmpty);
        }
        issued.records.iter().try_for_each(|record| tx.add_role(record))?;
        let subject = format!("root {}", root.header.version);
        tx.add_audit(&Event::own("bootstrap", subject, String::new()), at)?;
        Ok::<_, ReleaseError>(mark.prepare(&issued.records)?)
    })?;
    Ok(mark.keep(raised)?)
}
