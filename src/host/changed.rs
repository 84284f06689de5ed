//! What changed since the last check of the same host, asked the same.

use super::Error;
use super::check::Checked;
use super::state::State;
use crate::assess::{Changed, Essentials, changed};
use crate::json::{self, Form, Value};
use crate::trust::Digest;

/// What changed since the last check that counted, and keeps this one for the next. `None` where there was none, or
/// this one does not count. A check that asked no server keeps nothing, and says only what is different.
///
/// # Errors
/// A state folder that cannot be read or written.
pub fn since_last(
    state: &State,
    checked: &Checked,
    given: bool,
    asked: bool,
) -> Result<Option<Changed>, Error> {
    let Some(assessment) = checked.assessment.as_ref().filter(|_| checked.counts()) else { return Ok(None) };
    let key = key(checked, given);
    let now = Essentials::of(assessment);
    let compare = |last: Option<Essentials>| last.map(|last| changed(&last, &now));
    if !asked {
        return Ok(compare(state.last_check(&key)?).filter(|changed| !changed.is_empty()));
    }
    let lock = state.lock()?;
    let changed = compare(state.last_check(&key)?);
    state.set_last_check(&lock, &key, &now)?;
    Ok(changed)
}

/// Which checks are compared: those of the same product and question, of this machine, or of an inventory that was
/// given and is the same.
fn key(checked: &Checked, given: bool) -> String {
    let question = &checked.question;
    let host = if given { checked.inventory.digest() } else { "this machine" };
    let advisories: Option<Vec<Value>> =
        question.advisories.as_ref().map(|ids| ids.iter().map(|id| id.as_str().into()).collect());
    let key = Value::from([
        ("product", checked.product.as_str().into()),
        ("host", host.into()),
        ("id", question.host.as_deref().unwrap_or_default().into()),
        ("advisories", advisories.map_or(Value::Null, Value::from)),
        ("security", question.security.into()),
    ]);
    Digest::of(&json::canonical(&key, Form::Json)).to_string()
}
