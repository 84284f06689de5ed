//! The one who issues: it holds the lock, the online keys and the served state.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use jiff::Timestamp;

use super::error::ReleaseError;
use super::keys::OnlineKeys;
use super::lock::SigningLock;
use super::packs::Packs;
use super::sign::{self, Issued, Renew};
use super::standing::{self, LostRole};
use super::state::ServedState;
use crate::repository::gates::{self, Review};
use crate::repository::{HOLDS_ROLE, KEPT_VERSIONS, Submission};
use crate::store::{Event, HighWaterMark, Store, StoreError, Writer};
use crate::trust::{
    Digest, Envelope, Limits, Root, Signed, TargetFile, TargetPath, Targets, TopRole, author,
};

/// Submissions, releases and the served state.
#[derive(Debug)]
pub struct Releases {
    pub(super) store: Arc<Store>,
    keys: OnlineKeys,
    pub(super) mark: Mutex<HighWaterMark>,
    /// What was lost when the process began.
    pub(super) lost: Vec<LostRole>,
    served: ArcSwap<ServedState>,
    packs: Arc<Packs>,
    turn: Mutex<()>,
    /// Whether what is stored may be further than what is served.
    unsettled: AtomicBool,
    _lock: SigningLock,
}

impl Releases {
    /// Reads the newest state and signs its timestamp anew, above all that was ever issued.
    ///
    /// # Errors
    /// [`ReleaseError::Empty`] where nothing was ever published; stored files that do not fit together; keys
    /// that may not sign.
    pub fn open(
        store: Arc<Store>,
        lock: SigningLock,
        keys: OnlineKeys,
        mut mark: HighWaterMark,
        now: Timestamp,
    ) -> Result<Self, ReleaseError> {
        let state = ServedState::load(&store)?.ok_or(ReleaseError::Empty)?;
        keys.check(state.snapshot.root(), state.snapshot.targets())?;
        let lost = standing::compare(&state.snapshot, &mut mark)?;
        let (served, mark) = (ArcSwap::from_pointee(state), Mutex::new(mark));
        let releases = Self {
            store,
            keys,
            mark,
            lost,
            served,
            packs: Arc::default(),
            turn: Mutex::new(()),
            unsettled: AtomicBool::new(false),
            _lock: lock,
        };
        releases.resign(Some(Renew::Timestamp), now)?;
        Ok(releases)
    }

    /// What is served now.
    #[must_use]
    pub fn served(&self) -> Arc<ServedState> {
        self.served.load_full()
    }

    /// The packs and deltas of what is served: somebody has to [`Packs::run`] them.
    #[must_use]
    pub fn packs(&self) -> &Arc<Packs> {
        &self.packs
    }

    /// Signs anew whatever is due: the timestamp hourly, the snapshot and the holds before they expire. Says
    /// whether anything was.
    ///
    /// # Errors
    /// The store's; the served state stays.
    pub fn resign_if_due(&self, now: Timestamp) -> Result<bool, ReleaseError> {
        self.resign(None, now)
    }

    /// Signs the timestamp anew, due or not: everything that the service itself writes was written then.
    ///
    /// # Errors
    /// The store's; the served state stays.
    pub fn resign_timestamp(&self, now: Timestamp) -> Result<(), ReleaseError> {
        self.resign(Some(Renew::Timestamp), now).map(drop)
    }

    fn resign(&self, at_least: Option<Renew>, now: Timestamp) -> Result<bool, ReleaseError> {
        let turn = self.turn()?;
        let state = self.served();
        let (holds_due, due) = sign::due(&state.snapshot, now);
        let behind = |role: &str| self.is_behind(&state.snapshot, role);
        let holds_due = holds_due || behind(HOLDS_ROLE);
        let due = if holds_due || behind("snapshot") {
            Some(Renew::Snapshot)
        } else {
            due.or_else(|| behind("timestamp").then_some(Renew::Timestamp))
        };
        let Some(renew) = due.or(at_least) else { return Ok(false) };
        if behind("timestamp") {
            tracing::warn!("the database is behind what was issued: what is signed now is above it");
        }
        let mut changed = Vec::new();
        if let Some(holds) = state.snapshot.holds().filter(|_| holds_due) {
            let mut next = holds.clone();
            next.header.version = self.next_version(HOLDS_ROLE);
            changed.push(sign::holds(next, &self.keys, now)?);
        }
        self.commit(&turn, changed, renew, now, |_| None, |_, _| Ok(()))?;
        Ok(true)
    }

    /// Takes a new root or targets role that was signed offline.
    ///
    /// # Errors
    /// One that may not follow the one that is served, or that hosts would refuse.
    pub fn install(&self, role: TopRole, bytes: Vec<u8>, now: Timestamp) -> Result<(), ReleaseError> {
        let turn = self.turn()?;
        let state = self.served();
        let limits = Limits::default();
        let envelope = Envelope::parse(&bytes, &limits)?;
        let (root, targets) = (state.snapshot.root(), state.snapshot.targets());
        let value = envelope.signed().clone();
        let version = match role {
            TopRole::Root => {
                let next = Root::from_value(value, &limits)?;
                if !author::root_signers(Some(root), &envelope)?.enough() {
                    let text = "the root is not signed by enough keys of the root before and of its own";
                    return Err(ReleaseError::Install(text.to_owned()));
                }
                self.keys.check(&next, targets)?;
                self.follows(role, root.header.version, next.header.version, &bytes)?
            }
            TopRole::Targets => {
                let next = Targets::from_value(value, &limits)?;
                self.keys.check(root, &next)?;
                self.follows(role, targets.header.version, next.header.version, &bytes)?
            }
            TopRole::Snapshot | TopRole::Timestamp => {
                return Err(ReleaseError::Install(format!("the server signs {role} itself")));
            }
        };
        let record = sign::record_of_bytes(role.name(), version, bytes, now)?;
        let event = Event::own("install", format!("{role} {version}"), String::new());
        self.commit(
            &turn,
            vec![record],
            Renew::Snapshot,
            now,
            |_| None,
            |tx, _| tx.add_audit(&event, now.as_second()),
        )
    }

    /// The version of a role that is installed. Roots come without a gap, since hosts go from each to the next;
    /// targets go above all that was ever issued. What was lost may come again, as it was.
    fn follows(&self, role: TopRole, current: u64, next: u64, bytes: &[u8]) -> Result<u64, ReleaseError> {
        let mark = self.mark.lock().unwrap_or_else(PoisonError::into_inner);
        let issued = mark.version(role.name());
        let again = next == issued && !mark.is_ahead_of(role.name(), next, bytes);
        let wanted = match role {
            TopRole::Root => current.saturating_add(1),
            _ if again => next,
            _ => current.max(issued).saturating_add(1),
        };
        if next == wanted && (again || next != issued) {
            return Ok(next);
        }
        let lost = match issued > current {
            true => format!("; {issued} was issued and is lost here"),
            false => String::new(),
        };
        let text =
            format!("{role} has version {next}, and {wanted}, which follows {current}, is wanted{lost}");
        Err(ReleaseError::Install(text))
    }

    /// One at a time: whoever reads the state to write the next one holds this meanwhile. The state is what is
    /// stored.
    ///
    /// # Errors
    /// The store's, where that has to be read first.
    pub(super) fn turn(&self) -> Result<MutexGuard<'_, ()>, ReleaseError> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_unsettled() {
            let state = ServedState::load(&self.store)?.ok_or(ReleaseError::Empty)?;
            let mut mark = self.mark.lock().unwrap_or_else(PoisonError::into_inner);
            standing::compare(&state.snapshot, &mut mark)?;
            drop(mark);
            self.swap(state);
            self.unsettled.store(false, Ordering::Release);
        }
        Ok(turn)
    }

    /// Whether the database went away before it said whether a change was kept, or was changed by another:
    /// [`Releases::settle`] finds out.
    #[must_use]
    pub fn is_unsettled(&self) -> bool {
        self.unsettled.load(Ordering::Acquire)
    }

    /// Serves what is stored, where that may be further than what is served.
    ///
    /// # Errors
    /// The store's; it is to be tried again.
    pub fn settle(&self) -> Result<(), ReleaseError> {
        self.turn().map(drop)
    }

    /// Issues the next state, raises the mark, writes it all with `also` in one transaction, and swaps it in.
    pub(super) fn commit<T>(
        &self,
        _turn: &MutexGuard<'_, ()>,
        changed: Vec<crate::store::RoleRecord>,
        renew: Renew,
        now: Timestamp,
        fetch: impl Fn(&TargetPath) -> Option<Arc<[u8]>>,
        also: impl FnOnce(&mut Writer<'_>, &ServedState) -> Result<T, StoreError>,
    ) -> Result<T, ReleaseError> {
        let state = self.served();
        let mut mark = self.mark.lock().unwrap_or_else(PoisonError::into_inner);
        let above = sign::Above { before: Some(&state.snapshot), mark: &mark };
        let Issued { files, records } = sign::issue(&above, changed, renew, &self.keys, now)?;
        let next = state.next(files, &records, fetch)?;
        let written = self.store.write(|tx| {
            if tx.newest_version("timestamp")? != state.snapshot.version("timestamp") {
                return Err(StoreError::Moved);
            }
            records.iter().try_for_each(|record| tx.add_role(record))?;
            tx.forget_timestamps(KEPT_VERSIONS)?;
            Ok::<_, StoreError>((also(tx, &next)?, mark.prepare(&records)?))
        });
        if matches!(written, Err(StoreError::Unconfirmed(_) | StoreError::Moved)) {
            self.unsettled.store(true, Ordering::Release);
        }
        let (out, raised) = written?;
        // What the database refuses leaves no mark, and nothing is served before it is in place. Where that fails
        // now, at the last step, the state is served all the same: it is the database's.
        if let Err(error) = mark.keep(raised) {
            tracing::error!("the high-water mark could not be put in its place: {error}");
        }
        drop(mark);
        self.swap(next);
        Ok(out)
    }

    fn swap(&self, next: ServedState) {
        let next = Arc::new(next);
        self.served.store(Arc::clone(&next));
        self.packs.offer(next);
    }

    /// Tries every gate on a submission.
    pub(super) fn review(
        &self,
        state: &ServedState,
        submission: &Submission,
        now: Timestamp,
    ) -> Result<Review, ReleaseError> {
        let failure = RefCell::new(None);
        let blob = |sha256: &Digest| match self.store.read(|tx| tx.blob(sha256)) {
            Ok((bytes, _)) => self.store.blob_files().holds(sha256).then_some(bytes),
            Err(StoreError::NotFound) => None,
            Err(error) => {
                *failure.borrow_mut() = Some(error);
                None
            }
        };
        let fetch = |path: &TargetPath, _: &TargetFile| state.document(path);
        let issued = self.issued(submission.product.as_str());
        let review = gates::review(&state.snapshot, submission, issued.as_ref(), blob, fetch, now);
        match failure.into_inner() {
            Some(error) => Err(error.into()),
            None => Ok(review),
        }
    }
}

impl Drop for Releases {
    fn drop(&mut self) {
        self.packs.close();
    }
}
