//! The answer as JSON, without the structure that is otherwise made of it: the same bytes as those of the
//! [`Assessment`], for a server that answers many hosts. What is said of most hotfixes and advisories is written as it
//! is decided (`rows`); what is rare is put into words first.

use jiff::Timestamp;
use serde::Serialize;

use super::answer::{Decided, decide, listed};
use super::compiled::Compiled;
use super::host::is_asked;
use super::rows::{Rows, Unstated};
use super::{judge, words};
use crate::assess::assessment::Assessment;
use crate::assess::question::Question;
use crate::assess::verdict::Verdict;
use crate::model::{Catalogue, Inventory};

/// An answer that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The answer in one word.
    pub verdict: Verdict,
    /// The next moment at which time alone changes it; `None`: there is none.
    pub valid_until: Option<Timestamp>,
}

/// Writes what a catalogue, compiled as a whole, means for a host.
pub(super) fn write(
    compiled: &Compiled,
    catalogue: &Catalogue,
    inventory: &Inventory,
    question: &Question,
    out: &mut Vec<u8>,
) -> serde_json::Result<Written> {
    decide(compiled, catalogue, inventory, question, |decided| {
        let Assessment {
            schema,
            product,
            catalogue,
            inventory,
            as_of,
            valid_until,
            release,
            advisories: _,
            hotfixes: _,
            plan,
            after,
            unrecognised,
            verdict,
        } = decided.beside_the_lists();
        put(out, "{\"schema\":", &schema)?;
        put(out, ",\"product\":", &product)?;
        put(out, ",\"catalogue\":", &catalogue)?;
        put(out, ",\"inventory\":", &inventory)?;
        put(out, ",\"as_of\":", &as_of)?;
        put(out, ",\"valid_until\":", &valid_until)?;
        put(out, ",\"release\":", &release)?;
        out.extend_from_slice(b",\"advisories\":[");
        advisories(decided, out)?;
        out.extend_from_slice(b"],\"hotfixes\":[");
        hotfixes(decided, out)?;
        put(out, "],\"plan\":", &plan)?;
        put(out, ",\"after\":", &after)?;
        put(out, ",\"unrecognised\":", &unrecognised)?;
        out.push(b'}');
        Ok(Written { verdict, valid_until })
    })
}

fn put(out: &mut Vec<u8>, name: &str, value: &impl Serialize) -> serde_json::Result<()> {
    out.extend_from_slice(name.as_bytes());
    serde_json::to_writer(out, value)
}

fn advisories(decided: &Decided<'_, '_>, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let (state, question) = (&decided.seat.state, &decided.seat.question);
    let unstated = Unstated::on(state.release.and_then(|id| state.compiled.words.releases.id(id)));
    let mut judged = decided.judged.iter().peekable();
    let mut rows = Rows::of(state, out);
    for (number, piece) in (0_u32..).zip(state.compiled.advisories()) {
        let stated = judged.next_if(|one| one.covering.advisory == number);
        if stated.is_none() && !is_asked(piece, question.advisories.as_ref(), question.security) {
            continue;
        }
        rows.begin();
        let Some(one) = stated else {
            rows.unstated(piece, &unstated);
            continue;
        };
        if !rows.advisory(piece, one.covering.places.iter(), one.status) {
            let document = state.catalogue.advisories().get(&piece.id);
            let answer = document.map(|document| {
                words::advisory(document, piece, one.covering.places.iter(), one.status, state)
            });
            rows.put(&answer)?;
        }
    }
    Ok(())
}

fn hotfixes(decided: &Decided<'_, '_>, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let (state, question) = (&decided.seat.state, &decided.seat.question);
    let mut rows = Rows::of(state, out);
    for number in listed(state) {
        let Some(piece) = state.compiled.hotfix(number) else { continue };
        let status = judge::hotfix(number, state, question);
        let need = decided.needs.need(number, status);
        let said = need.as_ref().is_some_and(|(_, what_for)| !what_for.is_empty());
        rows.begin();
        let common = !said && !decided.steps.contains(&number);
        if !(common && rows.hotfix(piece, status, need.as_ref().map(|(need, _)| *need))) {
            rows.put(&decided.hotfix(number, status, need))?;
        }
    }
    Ok(())
}
