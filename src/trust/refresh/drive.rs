//! The steps of a refresh.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Answer, Local, Outcome, Request, RoleResult, Wanted, Write};
use crate::trust::limits::Limits;
use crate::trust::names::{TIMESTAMP_FILE, local_file, metadata_file, root_file};
use crate::trust::refusal::{Kind, Refusal};
use crate::trust::verify::{TrustedSet, Update};
use crate::trust::walk::{self, Step};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Root,
    Timestamp,
    Snapshot,
    Targets,
    Roles,
    Done,
}

#[derive(Debug, Clone)]
struct Edge {
    role: String,
    delegator: String,
    depth: usize,
}

/// A refresh that is going on.
pub struct Refresh {
    set: TrustedSet,
    local: Local,
    wanted: Wanted,
    phase: Phase,
    pending: Option<(Request, Edge)>,
    /// Delegations still to follow, the next one last.
    stack: Vec<Edge>,
    seen: BTreeSet<(String, String)>,
    roots: usize,
    roles: Vec<RoleResult>,
    writes: Vec<Write>,
    failure: Option<Refusal>,
}

impl Refresh {
    /// Begins with the local copy, at the instant `now`.
    ///
    /// # Errors
    /// A local root that is not good: nothing can be trusted without it.
    pub fn new(
        mut local: Local,
        wanted: Wanted,
        now: jiff::Timestamp,
        limits: Limits,
    ) -> Result<Self, Refusal> {
        let set = TrustedSet::new(&std::mem::take(&mut local.root), now, limits)?;
        Ok(Self {
            set,
            local,
            wanted,
            phase: Phase::Root,
            pending: None,
            stack: Vec::new(),
            seen: BTreeSet::new(),
            roots: 0,
            roles: Vec::new(),
            writes: Vec::new(),
            failure: None,
        })
    }

    /// The file that is wanted next; `None` once the refresh has ended. Asked again before an answer was
    /// given, it is the same.
    pub fn next_request(&mut self) -> Option<Request> {
        while self.pending.is_none() && self.phase != Phase::Done {
            self.advance();
        }
        self.pending.as_ref().map(|(request, _)| request.clone())
    }

    /// Takes the answer to the request that was given last; without one it does nothing.
    pub fn supply(&mut self, answer: Answer) {
        let Some((request, edge)) = self.pending.take() else { return };
        let file = request.file;
        let bytes = match answer {
            Answer::Bytes(bytes) => Ok(bytes),
            // The one file that need not be there: no newer root.
            Answer::NotFound if self.phase == Phase::Root => {
                self.phase = Phase::Timestamp;
                return;
            }
            Answer::NotFound => Err(Kind::NotFound { file }.of(&edge.role, None)),
            Answer::Failed(reason) => Err(Kind::Unavailable { file, reason }.of(&edge.role, None)),
        };
        match self.phase {
            Phase::Root => self.take_root(bytes),
            Phase::Timestamp => self.take_timestamp(bytes),
            Phase::Snapshot => self.take_snapshot(bytes),
            Phase::Targets | Phase::Roles => {
                let result = bytes.and_then(|bytes| {
                    let update = self.set.update_delegated(&edge.role, &edge.delegator, &bytes)?;
                    Ok((update, bytes))
                });
                match result {
                    Ok((update, bytes)) => {
                        self.writes.push(Write::Put { file: local_file(&edge.role), bytes });
                        self.settle(&edge, Ok(update));
                    }
                    Err(refusal) => self.settle(&edge, Err(refusal)),
                }
            }
            Phase::Done => {}
        }
    }

    /// What may be written now, in this order.
    pub fn take_writes(&mut self) -> Vec<Write> {
        std::mem::take(&mut self.writes)
    }

    /// What is trusted so far.
    #[must_use]
    pub fn set(&self) -> &TrustedSet {
        &self.set
    }

    /// The end. One that is called before [`Refresh::next_request`] gave `None` counts as a failure.
    #[must_use]
    pub fn finish(self) -> Outcome {
        let unfinished =
            || Kind::OutOfTurn { why: "the refresh was not carried to its end" }.of("timestamp", None);
        let failure = self.failure.or_else(|| (self.phase != Phase::Done).then(unfinished));
        Outcome { set: self.set, roles: self.roles, writes: self.writes, failure }
    }

    fn advance(&mut self) {
        match self.phase {
            Phase::Root => self.ask_root(),
            Phase::Timestamp => {
                if let Some(bytes) = self.local.timestamp.take() {
                    // One that does not verify any more is no floor; the new one decides.
                    let _ = self.set.load_local_timestamp(&bytes);
                }
                self.ask(TIMESTAMP_FILE.to_owned(), top("timestamp"), self.set.limits().timestamp_bytes);
            }
            Phase::Snapshot => self.ask_snapshot(),
            Phase::Targets => {
                self.follow(top("targets"));
            }
            Phase::Roles => match self.next_edge() {
                Some(edge) => self.follow(edge),
                None => self.phase = Phase::Done,
            },
            Phase::Done => {}
        }
    }

    fn ask(&mut self, file: String, edge: Edge, max_bytes: usize) {
        let role = edge.role.clone();
        self.pending = Some((Request { file, role, max_bytes }, edge));
    }

    fn fail(&mut self, refusal: Refusal) {
        self.failure = Some(refusal);
        self.phase = Phase::Done;
    }

    fn ask_root(&mut self) {
        let limits = self.set.limits();
        let next = self.set.root().metadata.header.version.saturating_add(1);
        if self.roots >= limits.roots {
            // What was followed is written, so that the next refresh goes on from there.
            let refusal = Kind::TooMany { limit: limits.roots }.of("root", Some(next));
            return self.fail(refusal);
        }
        let max_bytes = limits.root_bytes;
        self.ask(root_file(next), top("root"), max_bytes);
    }

    fn take_root(&mut self, bytes: Result<Vec<u8>, Refusal>) {
        let lifted = self.set.floors_lifted();
        match bytes.and_then(|bytes| self.set.update_root(&bytes).map(|()| bytes)) {
            Ok(bytes) => {
                self.roots += 1;
                if self.set.floors_lifted() && !lifted {
                    // Before the root: a client that is stopped in between must not keep raised floors.
                    for role in ["timestamp", "snapshot"] {
                        self.writes.push(Write::Remove { file: local_file(role) });
                    }
                }
                self.writes.push(Write::Put { file: local_file("root"), bytes });
            }
            Err(refusal) => self.fail(refusal),
        }
    }

    fn take_timestamp(&mut self, bytes: Result<Vec<u8>, Refusal>) {
        match bytes.and_then(|bytes| Ok((self.set.update_timestamp(&bytes)?, bytes))) {
            Ok((update, bytes)) => {
                if update == Update::New {
                    self.writes.push(Write::Put { file: local_file("timestamp"), bytes });
                }
                self.phase = Phase::Snapshot;
            }
            Err(refusal) => self.fail(refusal),
        }
    }

    fn ask_snapshot(&mut self) {
        if let Some(bytes) = self.local.snapshot.take()
            && self.set.load_local_snapshot(&bytes).unwrap_or(false)
        {
            self.phase = Phase::Targets;
            return;
        }
        match self.set.wanted_snapshot() {
            Ok(meta) => {
                let consistent = self.set.root().metadata.consistent_snapshot;
                let file = metadata_file("snapshot", meta.version, consistent);
                let max_bytes = at_most(meta.length, self.set.limits().snapshot_bytes);
                self.ask(file, top("snapshot"), max_bytes);
            }
            Err(refusal) => self.fail(refusal),
        }
    }

    fn take_snapshot(&mut self, bytes: Result<Vec<u8>, Refusal>) {
        match bytes.and_then(|bytes| self.set.update_snapshot(&bytes).map(|_| bytes)) {
            Ok(bytes) => {
                self.writes.push(Write::Put { file: local_file("snapshot"), bytes });
                self.phase = Phase::Targets;
            }
            Err(refusal) => self.fail(refusal),
        }
    }

    /// Takes a role from what is at hand, else asks for it.
    fn follow(&mut self, edge: Edge) {
        self.seen.insert((edge.role.clone(), edge.delegator.clone()));
        if let Some(accepted) = self.set.role(&edge.role) {
            // Accepted under another delegator: the same bytes must satisfy this one.
            let bytes = accepted.bytes.clone();
            let result = self.set.update_delegated(&edge.role, &edge.delegator, &bytes);
            return self.settle(&edge, result);
        }
        let (file, max_bytes, known) = match self.set.meta(&edge.role) {
            Ok(meta) => {
                let consistent = self.set.root().metadata.consistent_snapshot;
                let file = metadata_file(&edge.role, meta.version, consistent);
                (file, at_most(meta.length, self.set.limits().role_bytes), meta.sha256.is_some())
            }
            Err(refusal) => return self.settle(&edge, Err(refusal)),
        };
        if let Some(bytes) = self.local.roles.remove(&edge.role) {
            let mut bytes = Cow::Owned(bytes);
            let taken = self.set.take_delegated(&edge.role, &edge.delegator, &mut bytes);
            if taken.is_err() {
                // Another delegator may take them.
                self.local.roles.insert(edge.role.clone(), bytes.into_owned());
            }
            match taken {
                Ok(_) => return self.settle(&edge, Ok(Update::Unchanged)),
                // These are the very bytes that the snapshot means: fetching would not make them younger.
                Err(refusal) if known && matches!(refusal.kind, Kind::Expired { .. }) => {
                    return self.settle(&edge, Err(refusal));
                }
                Err(_) => {}
            }
        }
        self.ask(file, edge, max_bytes);
    }

    fn settle(&mut self, edge: &Edge, result: Result<Update, Refusal>) {
        let (accepted, failed) = (result.is_ok(), result.clone().err());
        self.roles.push(RoleResult { role: edge.role.clone(), delegator: edge.delegator.clone(), result });
        if self.phase == Phase::Targets {
            match failed {
                Some(refusal) => return self.fail(refusal),
                None => self.phase = Phase::Roles,
            }
        }
        if accepted {
            self.descend(edge);
        }
    }

    /// Puts the wanted delegations of a role on the stack, so that the first is followed next.
    fn descend(&mut self, from: &Edge) {
        let Wanted::Roles(wanted) = &self.wanted else { return };
        let limit = self.set.limits().delegation_depth;
        let delegations = self.set.role(&from.role).and_then(|role| role.metadata.delegations.as_ref());
        for role in delegations.iter().flat_map(|delegations| &delegations.roles).rev() {
            if !wanted(&role.name) {
                continue;
            }
            let edge = Edge { role: role.name.clone(), delegator: from.role.clone(), depth: from.depth + 1 };
            if edge.depth > limit {
                let result = Err(Kind::TooDeep { limit }.of(&edge.role, None));
                self.roles.push(RoleResult { role: edge.role, delegator: edge.delegator, result });
            } else {
                self.stack.push(edge);
            }
        }
    }

    fn next_edge(&mut self) -> Option<Edge> {
        let edge = match &self.wanted {
            Wanted::TopLevel => return None,
            Wanted::Roles(_) => loop {
                let edge = self.stack.pop()?;
                if !self.seen.contains(&(edge.role.clone(), edge.delegator.clone())) {
                    break edge;
                }
            },
            Wanted::Path(path) => match walk::find(&self.set, path) {
                Ok(Step::Need { role, delegator }) => {
                    let edge = Edge { role: role.to_owned(), delegator: delegator.to_owned(), depth: 0 };
                    // Refused before, and needed still: nobody after it may answer in its place.
                    if self.seen.contains(&(edge.role.clone(), edge.delegator.clone())) {
                        return None;
                    }
                    edge
                }
                Ok(Step::Found(_) | Step::Absent { .. }) => return None,
                Err(refusal) => {
                    self.failure = Some(refusal);
                    return None;
                }
            },
        };
        let limit = self.set.limits().delegations;
        if self.seen.len() > limit {
            self.stack.clear();
            let result = Err(Kind::TooMany { limit }.of(&edge.role, None));
            self.roles.push(RoleResult { role: edge.role, delegator: edge.delegator, result });
            return None;
        }
        Some(edge)
    }
}

fn top(role: &str) -> Edge {
    Edge { role: role.to_owned(), delegator: "root".to_owned(), depth: 0 }
}

fn at_most(length: Option<u64>, limit: usize) -> usize {
    length.and_then(|length| usize::try_from(length).ok()).map_or(limit, |length| length.min(limit))
}
