//! Asking the server for the newest catalogue: metadata by the rules of `trust`, then the documents that are
//! not here yet, then the good state is replaced. Whatever is refused on the way leaves it as it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Error;
use super::fetch::{Asking, Fetcher, Stop};
use super::holds::{Ends, remembered, shortened};
use super::standing::Trouble;
use super::state::Seen;
use super::view::{View, file_of, load_from, refused_role, wanted};
use crate::model::Id;
use crate::net;
use crate::repository::{
    HOLDS_ROLE, LoadError, MAX_DOCUMENT_BYTES, documents_of, fallen_revisions, holds_of,
};
use crate::trust::{Kind, Refusal, RoleKeys, TrustedSet};

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
    pub before: Option<&'a View>,
}

impl Poll<'_> {
    /// Asks, and once more where the repository changed meanwhile.
    ///
    /// # Errors
    /// The state folder, and a product that the server does not publish.
    pub fn run(&self) -> Result<Polled, Error> {
        let mut fetcher = Fetcher::new(self.asking);
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

    fn attempt(&self, fetcher: &mut Fetcher<'_>) -> Result<View, Stop> {
        let set = self.metadata(fetcher)?;
        self.check_revisions(&set)?;
        let documents = self.documents(&set, fetcher)?;
        let view = self.load(set, &documents)?;
        let Asking { state, lock, .. } = self.asking;
        state.keep_root(lock, &view.set.root().bytes)?;
        state.set_good(lock, self.product, &view.good())?;
        fetcher.keep_etag()?;
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
        let Some(before) = self.before else { return Ok(()) };
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

    /// Every document that is signed: from the last good state where it is there, else from the server. Those
    /// that are longer than anybody reads are left to be refused.
    fn documents(
        &self,
        set: &TrustedSet,
        fetcher: &mut Fetcher<'_>,
    ) -> Result<BTreeMap<String, Arc<[u8]>>, Stop> {
        let mut out = BTreeMap::new();
        let (product, metadata) = (self.product, |role: &str| set.role(role).map(|role| &role.metadata));
        let own = metadata(product.as_str()).into_iter().flat_map(|role| documents_of(product, role));
        let holds = metadata(HOLDS_ROLE).into_iter().flat_map(|role| holds_of(product, role));
        let own = own.map(|listed| (product.as_str(), listed));
        let listed = own.chain(holds.map(|listed| (HOLDS_ROLE, listed)));
        for (role, (path, file)) in listed.filter(|(_, (_, file))| file.length <= MAX_DOCUMENT_BYTES) {
            let known = self.before.and_then(|before| before.loaded.documents.get(path));
            let bytes = match known.filter(|bytes| file.check(bytes).is_ok()) {
                Some(bytes) => Arc::clone(bytes),
                None => fetcher.document(set, role, path, file)?,
            };
            out.insert(path.to_string(), bytes);
        }
        Ok(out)
    }

    fn load(&self, set: TrustedSet, documents: &BTreeMap<String, Arc<[u8]>>) -> Result<View, Stop> {
        let product = self.product;
        let mut loaded = match load_from(&set, product, |path| documents.get(path).cloned()) {
            Some(Ok(loaded)) => loaded,
            Some(Err(error)) => return Err(Stop::Refused(Box::new(unreadable(product, &error)))),
            None => {
                return Err(refused(product, Kind::NotInSnapshot, file_of(&set, product.as_str())));
            }
        };
        let now = self.asking.now;
        let checked_at = self.before.map_or(now, |before| before.checked_at.max(now));
        let mut seen = BTreeMap::new();
        for line in set.status() {
            let known = self.before.and_then(|before| before.seen.get(line.role));
            let known = known.filter(|seen| seen.version == line.version).copied();
            seen.insert(line.role.to_owned(), known.unwrap_or(Seen { version: line.version, at: now }));
        }
        let none = Ends::new();
        let hold_ends = remembered(self.before.map_or(&none, |before| &before.hold_ends), &loaded.catalogue);
        loaded.catalogue = Arc::new(shortened(Arc::unwrap_or_clone(loaded.catalogue), &hold_ends));
        Ok(View { set, loaded, checked_at, seen, hold_ends })
    }
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
