//! What a witness showed, for people.

use crate::host::check::Checked;
use crate::host::terminal::{Page, Style};
use crate::model::sentence::capital;

/// A line on the witness, unless the trouble has said it already.
pub(super) fn put_witness(page: &mut Page, checked: &Checked, indent: &str) {
    let Some(witnessed) = &checked.witnessed else { return };
    if checked.trouble.as_ref().is_some_and(|trouble| trouble.message == witnessed.message) {
        return;
    }
    let text = format!("{indent}{}", capital(&witnessed.message));
    match witnessed.outcome.is_silent() {
        true => page.styled(Style::Yellow, &text).end(),
        false => page.line(&text),
    };
}

/// What is to be said beside an answer that counts without the witness: that it showed nothing.
#[must_use]
pub fn witness_warning(checked: &Checked) -> Option<String> {
    let witnessed = checked.witnessed.as_ref().filter(|witnessed| witnessed.outcome.is_silent())?;
    let said = checked.trouble.as_ref().is_some_and(|trouble| trouble.message == witnessed.message);
    (!said).then(|| format!("nothing was compared: {}", crate::net::harmless(&witnessed.message)))
}
