//! `hotfix check`: the newest catalogue, this host, and what the one means for the other.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::basis::Basis;
use super::collect::Machine;
use super::fetch::Asking;
use super::kept::Kept;
use super::poll::{Poll, Polled};
use super::standing::{Trouble, Trust};
use super::state::{Settings, State};
use super::view::{RoleLine, View};
use super::witness::{Witness, Witnessed};
use super::{Error, inventory, products};
use crate::assess::{Assessment, Goal, Question, assess};
use crate::model::{Id, Inventory, Source};
use crate::net::{self, Client};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Check {
    /// The inventory; left out: what the collectors find on this machine.
    pub inventory: Option<PathBuf>,
    /// The advisories that are asked about; none: all.
    pub advisories: Vec<Id>,
    /// Only advisories of the category `security`.
    pub security: bool,
    /// Ask no server.
    pub offline: bool,
    /// Whether more is asked of the catalogue than what it means for the host: to plan, or to explain.
    pub whole: bool,
    /// The second source to compare with; offline none is asked.
    pub witness: Option<Witness>,
    /// For how long after its expiry metadata is accepted.
    pub allow_stale: Option<SignedDuration>,
    /// The host's own id, by which its turn in a rollout is found.
    pub host_id: Option<String>,
    /// The product.
    pub product: Option<Id>,
    /// This machine.
    pub machine: Machine,
}

/// What came of it.
#[derive(Debug)]
pub struct Checked {
    /// The product.
    pub product: Id,
    /// The host.
    pub inventory: Inventory,
    /// The catalogue that was asked: the newest, or the last good one.
    pub view: Option<Box<View>>,
    /// What it means for the host.
    pub assessment: Option<Assessment>,
    /// What stands in the way of trusting it.
    pub trouble: Option<Trouble>,
    /// Whether the caller allowed for that.
    pub allowed: bool,
    /// Why the server was not reached, where it was not.
    pub not_reached: Option<net::Error>,
    /// What the witness showed; `None` where none was asked, or there was nothing to compare.
    pub witnessed: Option<Witnessed>,
    /// The server.
    pub server: String,
    /// The question.
    pub question: Question,
}

/// How far the answer can be trusted, as it is published.
#[derive(Debug, Serialize)]
pub struct TrustReport {
    /// In a word.
    pub state: Trust,
    /// The role at fault.
    pub role: Option<String>,
    /// The file at fault.
    pub file: Option<String>,
    /// The date that matters.
    pub date: Option<Timestamp>,
    /// In a sentence.
    pub message: Option<String>,
    /// Whether the caller allowed for the staleness.
    pub allowed: bool,
    /// The server.
    pub server: Option<String>,
    /// Why the server was not reached, where it was not.
    pub not_reached: Option<String>,
    /// What the witness showed.
    pub witness: Option<Witnessed>,
    /// When the catalogue was last found to be the newest.
    pub checked_at: Option<Timestamp>,
    /// The roles that the answer rests on.
    pub roles: Vec<RoleLine>,
}

impl Checked {
    /// Whether the answer counts: nothing stands in the way of trusting it, or it was allowed for.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.trouble.is_none() || self.allowed
    }

    /// The exit code: that of the verdict, or 1 where the answer cannot be trusted.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match &self.assessment {
            Some(assessment) if self.counts() => assessment.verdict().exit_code(),
            _ => 1,
        }
    }

    /// How far the answer can be trusted.
    #[must_use]
    pub fn trust(&self) -> TrustReport {
        let view = self.view.as_ref();
        TrustReport {
            allowed: self.allowed,
            server: Some(self.server.clone()),
            not_reached: self.not_reached.as_ref().map(ToString::to_string),
            witness: self.witnessed.clone(),
            checked_at: view.map(|view| view.memory.checked_at),
            roles: view.map(|view| view.roles(self.question.now)).unwrap_or_default(),
            ..TrustReport::of(self.trouble.as_ref())
        }
    }
}

impl TrustReport {
    /// What there is to say without a catalogue.
    #[must_use]
    pub fn of(trouble: Option<&Trouble>) -> Self {
        Self {
            state: trouble.map_or(Trust::Fresh, |trouble| trouble.trust),
            role: trouble.map(|trouble| trouble.role.clone()),
            file: trouble.and_then(|trouble| trouble.file.clone()),
            date: trouble.and_then(|trouble| trouble.date),
            message: trouble.map(|trouble| trouble.message.clone()),
            allowed: false,
            server: None,
            not_reached: None,
            witness: None,
            checked_at: None,
            roles: Vec::new(),
        }
    }
}

/// Asks the server unless told not to, verifies, and assesses.
///
/// # Errors
/// No server pinned, no readable inventory, no known product, no catalogue to ask, a state folder that cannot
/// be used. What the server offers and is refused is no error but the [`Checked::trouble`].
pub fn check(state: &State, check: &Check, now: Timestamp) -> Result<Checked, Error> {
    let given = check.inventory.as_deref().map(inventory::read).transpose()?;
    ask(state, check, given, Goal::Needed, now)
}

/// The same of an inventory that was read, planned for what is wanted.
pub(super) fn ask(
    state: &State,
    check: &Check,
    given: Option<Inventory>,
    goal: Goal,
    now: Timestamp,
) -> Result<Checked, Error> {
    let (product, kept, polled, server) = match &given {
        given if check.offline => offline(state, check, given.as_ref())?,
        given => asked(state, check, given.as_ref(), now)?,
    };
    let inventory = match given {
        Some(inventory) => inventory,
        None => collected(&check.machine, &product)?,
    };
    let host = match (&check.host_id, &check.inventory) {
        (Some(id), _) => Some(id.clone()),
        (None, None) => check.machine.host_id(),
        (None, Some(_)) => None,
    };
    let advisories = (!check.advisories.is_empty()).then(|| check.advisories.iter().cloned().collect());
    let question = Question { now, host, advisories, security: check.security, goal };
    let before = |kept: Kept| match check.whole {
        true => kept.into_view(),
        false => kept.into_view_of(&inventory, &question),
    };
    let mut basis = Basis::of(&product, kept, polled, before)?;
    if let Some(witness) = check.witness.as_ref().filter(|_| !check.offline) {
        let again = || {
            let (product, kept, polled, _) = asked(state, check, Some(&inventory), now)?;
            Basis::of(&product, kept, polled, before)
        };
        basis = basis.beside(witness, state, &product, now, again)?;
    }
    let trouble = basis.trouble(now);
    let allowed = trouble.as_ref().is_some_and(|trouble| trouble.is_allowed(check.allow_stale, now));
    let Basis { view, not_reached, witnessed, .. } = basis;
    let assessment = view.as_ref().map(|view| assess(&view.catalogue, &inventory, &question));
    Ok(Checked {
        product,
        inventory,
        view,
        assessment,
        trouble,
        allowed,
        not_reached,
        witnessed,
        server,
        question,
    })
}

/// The product, what is kept of it, what came of asking, and the server.
type Found = (Id, Option<Kept>, Option<Polled>, String);

/// What is here, with no other file opened where the product is known.
fn offline(state: &State, check: &Check, given: Option<&Inventory>) -> Result<Found, Error> {
    let said = said(check, given)?;
    let settings = if said.is_none() { Some(state.settings()?) } else { None };
    let known = match (said, &settings) {
        (Some(product), _) => Some(product),
        (None, Some(settings)) if settings.product.is_some() => settings.product.clone(),
        (None, _) => products::local(state, &check.machine)?,
    };
    let product = known.ok_or_else(|| Error::ProductUnknown { known: names(&state.products()) })?;
    let kept = Kept::open_to_read(state, &product)?;
    let server = match kept.as_ref().and_then(|kept| kept.memory.server.clone()) {
        Some(server) => server,
        None => settings.map_or_else(|| state.settings(), Ok)?.server.to_string(),
    };
    let kept = kept.ok_or_else(|| Error::NothingLocal { product: product.clone() })?;
    Ok((product, Some(kept), None, server))
}

/// What the server has.
fn asked(state: &State, check: &Check, given: Option<&Inventory>, now: Timestamp) -> Result<Found, Error> {
    let settings = state.settings()?;
    if let Some(witness) = check.witness.as_ref().filter(|witness| witness.url == settings.server) {
        return Err(Error::Witness {
            reason: format!("{}: the server is no witness of itself", witness.url),
            remedy: "Name another source with --witness: a mirror, or the server behind one.".to_owned(),
        });
    }
    let known = product(state, check, &settings, given)?;
    let (product, kept, polled) = online(state, check, &settings, known, now)?;
    Ok((product, kept, Some(polled), settings.server.to_string()))
}

pub(super) type Asked = (Id, Option<Kept>, Polled);

/// Finds out the product if nobody said, and asks the server for its catalogue.
pub(super) fn online(
    state: &State,
    check: &Check,
    settings: &Settings,
    known: Option<Id>,
    now: Timestamp,
) -> Result<Asked, Error> {
    let client = Client::new(settings.server.clone(), net::Limits::default())?;
    let lock = state.lock()?;
    let development = settings.allow_development || settings.server.is_loopback();
    let asking = Asking { state, lock: &lock, client: &client, development, now };
    let product = match known {
        Some(product) => product,
        None => products::remote(asking, &check.machine)?,
    };
    let mut kept = Kept::open(state, &product)?;
    let polled = Poll { asking, product: &product, before: kept.as_mut() }.run()?;
    Ok((product, kept, polled))
}

/// The product that somebody said, or that what is here tells.
pub(super) fn product(
    state: &State,
    check: &Check,
    settings: &Settings,
    given: Option<&Inventory>,
) -> Result<Option<Id>, Error> {
    match said(check, given)? {
        Some(product) => Ok(Some(product)),
        None if settings.product.is_some() => Ok(settings.product.clone()),
        None => products::local(state, &check.machine),
    }
}

/// The product that somebody said.
fn said(check: &Check, given: Option<&Inventory>) -> Result<Option<Id>, Error> {
    match (given, &check.product) {
        (Some(inventory), Some(asked)) if inventory.product != *asked => {
            let found = inventory.product.clone();
            Err(Error::OtherProduct { found, asked: asked.clone() })
        }
        (Some(inventory), _) => Ok(Some(inventory.product.clone())),
        (None, asked) => Ok(asked.clone()),
    }
}

/// What the collectors find, as an inventory.
fn collected(machine: &Machine, product: &Id) -> Result<Inventory, Error> {
    let source = Source::from_value("this machine", machine.inventory(product)?);
    Inventory::decode(&source).map_err(Error::Inventory)
}

pub(super) fn names(products: &[Id]) -> Vec<String> {
    products.iter().map(ToString::to_string).collect()
}
