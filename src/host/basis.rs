//! What an answer is made from, and what stands in the way of trusting it.

use jiff::Timestamp;

use super::Error;
use super::kept::Kept;
use super::poll::Polled;
use super::standing::{Trouble, Trust, standing};
use super::state::State;
use super::view::View;
use super::witness::{Outcome, Witness, Witnessed};
use crate::model::Id;
use crate::net;

/// What an answer is made from.
pub(super) struct Basis {
    /// The catalogue: the newest, or the last good one.
    pub(super) view: Option<Box<View>>,
    /// What was refused of what the server offered.
    refused: Option<Trouble>,
    /// Why the server was not reached, where it was not.
    pub(super) not_reached: Option<net::Error>,
    /// What the witness showed, where one was asked and there is something to compare.
    pub(super) witnessed: Option<Witnessed>,
}

impl Basis {
    /// What came of a poll, or what is here where there was none, as it is read.
    ///
    /// # Errors
    /// Nothing came, and nothing is here.
    pub(super) fn of(
        product: &Id,
        kept: Option<Kept>,
        polled: Option<Polled>,
        read: impl FnOnce(Kept) -> Option<View>,
    ) -> Result<Self, Error> {
        let before = || kept.and_then(read).map(Box::new);
        let (view, refused, not_reached) = match polled {
            Some(Polled::Taken(view)) => (Some(view), None, None),
            Some(Polled::Refused(trouble)) => (before(), Some(*trouble), None),
            Some(Polled::NotReached(error)) => match before() {
                Some(view) => (Some(view), None, Some(error)),
                None => return Err(error.into()),
            },
            None => match before() {
                Some(view) => (Some(view), None, None),
                None => return Err(Error::NothingLocal { product: product.clone() }),
            },
        };
        Ok(Self { view, refused, not_reached, witnessed: None })
    }

    /// The same, beside a witness. Where that has something newer than the server just gave, the server is asked
    /// once more: it may have published in between.
    ///
    /// # Errors
    /// A state folder that cannot be used, and those of asking again.
    pub(super) fn beside(
        self,
        witness: &Witness,
        state: &State,
        product: &Id,
        now: Timestamp,
        again: impl FnOnce() -> Result<Self, Error>,
    ) -> Result<Self, Error> {
        let Some(view) = &self.view else { return Ok(self) };
        let testimony = witness.ask(&state.local(&[])?.root, &view.set, product);
        let compared = |basis: &Self| basis.view.as_ref().map(|view| testimony.beside(&view.set, now));
        let witnessed = compared(&self);
        let is_ahead = witnessed.as_ref().is_some_and(|witnessed| witnessed.outcome == Outcome::Ahead);
        if !is_ahead || self.refused.is_some() || self.not_reached.is_some() {
            return Ok(Self { witnessed, ..self });
        }
        let basis = again()?;
        let witnessed = compared(&basis);
        Ok(Self { witnessed, ..basis })
    }

    /// What stands in the way of trusting it. What the witness shows outweighs that a role has expired, which may
    /// be allowed for.
    pub(super) fn trouble(&self, now: Timestamp) -> Option<Trouble> {
        let here = self.view.as_ref().and_then(|view| standing(view, now));
        let shown = self.witnessed.as_ref().and_then(Witnessed::trouble);
        match worse(self.refused.clone(), here) {
            Some(trouble) if trouble.trust != Trust::Stale => Some(trouble),
            stale => shown.or(stale),
        }
    }
}

/// What stands in the way: of what came, and of what is answered from. Where what came has only expired, the
/// answer is from the older copy that is here, and how far that one has expired is what has to be allowed.
fn worse(came: Option<Trouble>, here: Option<Trouble>) -> Option<Trouble> {
    match (came, here) {
        (Some(came), Some(here)) if came.trust == Trust::Stale => {
            let newer = here.trust == Trust::Stale && here.date >= came.date;
            Some(if newer { came } else { here })
        }
        (came, here) => came.or(here),
    }
}
