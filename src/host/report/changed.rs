//! What changed since the last check, for people.

use crate::assess::Changed;
use crate::host::terminal::{Page, Style};

/// What changed, as text, in colour or not.
#[must_use]
pub fn changed(changed: &Changed, colour: bool) -> String {
    let mut page = Page::new(colour);
    let since = changed.since.strftime("%Y-%m-%d %H:%M UTC");
    page.end().styled(Style::Bold, &format!("Since the last check ({since})"));
    page.line(if changed.is_empty() { ": nothing changed." } else { ":" });
    for line in changed.lines() {
        page.line(&format!("  {line}"));
    }
    page.into_text()
}
