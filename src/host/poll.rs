//! Asking the server for the newest catalogue: metadata by the rules of `trust`, then the documents that are
//! not here yet, then the good state is replaced. Whatever is refused on the way leaves it as it was.

use std::collections::BTreeMap;

use super::Error;
use super::fetch::{Asking, Fetcher, Stop};
use super::holds::{Ends, remembered, shortened};
use super::kept::Kept;
use super::outline::outline;
use super::standing::Trouble;
use super::state::{Memory, Seen};
use super::view::{View, file_of, refused_role, wanted};
use crate::model::{Catalogue, Id, Mode};
use crate::net;
use crate::repository::{
    HOLDS_ROLE, LoadError, MAX_DOCUMENT_BYTES, Place, Reader, fallen_revisions, listed, within_delegation,
};
use crate::trust::{Kind, Refusal, RoleKeys, TargetPath, TrustedSet};

/// What came of a poll.
#[derive(Debug)]
pub enum Polled {
    /// The newest catalogue, verified and kept.
    Taken(Box<View>),
    /// The server could not be asked, for reasons that say nothing of what it publishes.
    NotReached(net::Error),
    /// What it offered was refused.
    Refused(Box<Trouble>),
}

/// One poll for one product.
pub struct Poll<'a> {
    /// Whom to ask, on whose behalf.
    pub asking: Asking<'a>,
    /// The product.
    pub product: &'a Id,
    /// The last good state of the product.
    pub before: Option<&'a mut Kept>,
}

impl Poll<'_> {
    /// Asks, and once more where the repository changed meanwhile.
    ///
    /// # Errors
    /// The state folder, and a product that the server does not publish.
    pub fn run(mut self) -> Result<Polled, Error> {
        let mut fetcher = Fetcher::new(self.asking).knowing(self.before.as_deref());
        let mut result = self.attempt(&mut fetcher);
        if let Err(Stop::Refused(trouble)) = &result
            && trouble.may_be_a_race()
            && fetcher.has_changed_underneath()
        {
            result = self.attempt(&mut fetcher.again());
        }
        match result {
            Ok(view) => Ok(Polled::Taken(Box::new(view))),
            Err(Stop::NotReached(error)) => Ok(Polled::NotReached(error)),
            Err(Stop::Refused(trouble)) => Ok(Polled::Refused(trouble)),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    fn attempt(&mut self, fetcher: &mut Fetcher<'_>) -> Result<View, Stop> {
        let set = self.metadata(fetcher)?;
        self.check_revisions(&set)?;
        let (documents, catalogue) = self.documents(&set, fetcher)?;
        let role = set.role(self.product.as_str()).map(|role| &role.metadata);
        let outline = role.map(|role| outline(role, &catalogue)).unwrap_or_default();
        let (view, Asking { state, lock, .. }) = (self.view(set, catalogue, fetcher), self.asking);
        state.keep_root(lock, &view.set.root().bytes)?;
        state.set_good(lock, self.product, &view.memory, &view.set, (&outline, &documents))?;
        Ok(view)
    }

    /// The whole set, or what was refused of it.
    fn metadata(&self, fetcher: &mut Fetcher<'_>) -> Result<TrustedSet, Stop> {
        let product = self.product;
        let (set, roles) = fetcher.refresh(&[HOLDS_ROLE, product.as_str()], wanted(product))?;
        if let Some(refusal) = refused_role(&roles) {
            return Err(fetcher.stop(&set, refusal));
        }
        if set.role(product.as_str()).is_some() {
            return Ok(set);
        }
        if self.before.is_some() {
            let kind = Kind::NotDelegated { delegator: "targets".to_owned() };
            return Err(refused(product, kind, file_of(&set, "targets")));
        }
        Err(Stop::Failed(Error::NoSuchProduct {
            server: self.asking.client.server().to_string(),
            product: product.clone(),
            known: delegated(&set),
        }))
    }

    /// Refuses a role in which the revision of a document falls, unless the keys of its delegation changed.
    fn check_revisions(&self, set: &TrustedSet) -> Result<(), Stop> {
        let product = self.product.as_str();
        let Some(before) = self.before.as_deref() else { return Ok(()) };
        let (Some(old), Some(new)) = (before.set.role(product), set.role(product)) else { return Ok(()) };
        let same_keys = match (keys_of(&before.set, product), keys_of(set, product)) {
            (Some(old), Some(new)) => old.has_same_keys(&new),
            _ => false,
        };
        match fallen_revisions(&old.metadata, &new.metadata).first() {
            Some((path, from, to)) if same_keys => {
                let reason = format!("would fall from revision {from} to {to}");
                Err(Stop::Refused(Box::new(Trouble::document(product, path.as_str(), "revision", &reason))))
            }
            _ => Ok(()),
        }
    }

    /// Every document that is signed, one after the other by path, and the catalogue that they make: from the
    /// last good state where it is there, else from the server.
    fn documents(
        &mut self,
        set: &TrustedSet,
        fetcher: &mut Fetcher<'_>,
    ) -> Result<(Vec<u8>, Catalogue), Stop> {
        let product = self.product;
        let (Some(role), Some(targets)) = (set.role(product.as_str()), set.role("targets")) else {
            return Err(refused(product, Kind::NotInSnapshot, file_of(set, product.as_str())));
        };
        let unreadable = |error: LoadError| Stop::Refused(Box::new(unreadable(product, &error)));
        within_delegation(product.as_str(), &targets.metadata, &role.metadata).map_err(unreadable)?;
        let holds = set.role(HOLDS_ROLE).map(|holds| &holds.metadata);
        let listed = listed(product, &role.metadata, holds);
        // No longer one is asked for.
        if let Some((path, file)) = listed.iter().find(|(_, file)| file.length > MAX_DOCUMENT_BYTES) {
            let (path, length) = ((*path).clone(), file.length);
            return Err(unreadable(LoadError::TooLong { path, length }));
        }
        let (mut reader, mut all) = (Reader::new(Mode::Lenient), Vec::new());
        for (path, file) in listed {
            let known = self.before.as_deref_mut().and_then(|before| before.document(path));
            match known.filter(|bytes| file.check(bytes).is_ok()) {
                Some(bytes) => {
                    reader.read(path, bytes).map_err(unreadable)?;
                    all.extend_from_slice(bytes);
                }
                None => {
                    let signer = if holds_path(path) { HOLDS_ROLE } else { product.as_str() };
                    let bytes = fetcher.document(set, signer, path, file)?;
                    reader.read(path, &bytes).map_err(unreadable)?;
                    all.extend_from_slice(&bytes);
                }
            }
        }
        let catalogue = reader.finish(product, (product.as_str(), &role.metadata), holds);
        Ok((all, catalogue.map_err(unreadable)?))
    }

    fn view(&self, set: TrustedSet, catalogue: Catalogue, fetcher: &Fetcher<'_>) -> View {
        let (now, before) = (self.asking.now, self.before.as_deref().map(|before| &before.memory));
        let checked_at = before.map_or(now, |before| before.checked_at.max(now));
        let mut seen = BTreeMap::new();
        for line in set.status() {
            let known = before.and_then(|before| before.seen.get(line.role));
            let known = known.filter(|seen| seen.version == line.version).copied();
            seen.insert(line.role.to_owned(), known.unwrap_or(Seen { version: line.version, at: now }));
        }
        let none = Ends::new();
        let hold_ends = remembered(before.map_or(&none, |before| &before.hold_ends), &catalogue);
        let catalogue = shortened(catalogue, &hold_ends);
        let server = Some(self.asking.client.server().to_string());
        let etag = fetcher.etag().map(str::to_owned);
        View { set, catalogue, memory: Memory { server, checked_at, etag, seen, hold_ends } }
    }
}

fn holds_path(path: &TargetPath) -> bool {
    matches!(Place::parse(path.as_str()), Some(Place::Hold { .. }))
}

fn refused(product: &Id, kind: Kind, file: String) -> Stop {
    let refusal = Refusal { role: product.to_string(), version: None, kind };
    Stop::Refused(Box::new(Trouble::refused(&refusal, file)))
}

fn keys_of(set: &TrustedSet, role: &str) -> Option<RoleKeys> {
    set.role("targets")?.metadata.delegations.as_ref()?.role_keys(role)
}

/// The products that a set delegates to.
pub(super) fn delegated(set: &TrustedSet) -> Vec<String> {
    let targets = set.role("targets").and_then(|targets| targets.metadata.delegations.as_ref());
    let names = targets.into_iter().flat_map(|delegations| &delegations.roles).map(|role| &role.name);
    names.filter(|name| *name != HOLDS_ROLE && Id::new(name).is_some()).cloned().collect()
}

fn unreadable(product: &Id, error: &LoadError) -> Trouble {
    let file = error.path().map_or_else(|| product.to_string(), ToString::to_string);
    let reason = net::harmless(&error.to_string());
    if matches!(error, LoadError::Outside { .. }) {
        return Trouble::document(product.as_str(), &file, "outside", &reason);
    }
    let mut trouble = Trouble::document(product.as_str(), &file, "unreadable", &reason);
    trouble.remedy =
        "It is signed, but cannot be read here: look for a newer hotfix, and tell the publisher.".to_owned();
    trouble
}
