//! What changed since the last check, for people.

use std::fmt::Display;

use crate::assess::{Change, Changed, Stand};
use crate::host::terminal::{Page, Style};
use crate::model::Id;

/// The most lines of one kind.
const SHOWN: usize = 12;

/// What changed, as text, in colour or not.
#[must_use]
pub fn changed(changed: &Changed, colour: bool) -> String {
    let mut page = Page::new(colour);
    let since = changed.since.strftime("%Y-%m-%d %H:%M UTC");
    page.end().styled(Style::Bold, &format!("Since the last check ({since})"));
    if changed.is_empty() {
        page.line(": nothing changed.");
        return page.into_text();
    }
    page.line(":");
    if let Some(verdict) = &changed.verdict {
        page.line(&format!("  verdict: {}", moved(verdict, "none", words)));
    }
    if let Some(release) = &changed.release {
        page.line(&format!("  release: {}", moved(release, "not known", Id::to_string)));
    }
    put(&mut page, &changed.advisories, words);
    put(&mut page, &changed.hotfixes, stand);
    if let Some(plan) = &changed.plan {
        let now = if plan.steps.is_empty() { "no steps".to_owned() } else { ids(&plan.steps) };
        page.line(&format!("  plan: {now}"));
        for (what, steps) in [("new in it", &plan.added), ("no longer in it", &plan.removed)] {
            if !steps.is_empty() && *steps != plan.steps {
                page.line(&format!("    {what}: {}", ids(steps)));
            }
        }
    }
    page.into_text()
}

fn put<T>(page: &mut Page, changes: &[Change<T>], say: impl Fn(&T) -> String) {
    for change in changes.iter().take(SHOWN) {
        let id = change.id.as_ref().map(Id::as_str).unwrap_or_default();
        page.line(&match (&change.before, &change.after) {
            (None, Some(after)) => format!("  {id}: new, {}", say(after)),
            (Some(before), None) => format!("  {id}: gone, was {}", say(before)),
            _ => format!("  {id}: {}", moved(change, "", &say)),
        });
    }
    if let more @ 1.. = changes.len().saturating_sub(SHOWN) {
        page.line(&format!("  and {more} more of these"));
    }
}

fn moved<T>(change: &Change<T>, none: &str, say: impl Fn(&T) -> String) -> String {
    let of = |one: &Option<T>| one.as_ref().map_or_else(|| none.to_owned(), &say);
    format!("{}, was {}", of(&change.after), of(&change.before))
}

/// A published word as people read it.
fn words(word: &impl Display) -> String {
    word.to_string().replace('_', " ")
}

fn stand(stand: &Stand) -> String {
    match stand.need {
        Some(need) => format!("{} and {}", words(&stand.status), words(&need)),
        None => words(&stand.status),
    }
}

fn ids(ids: &[Id]) -> String {
    ids.iter().map(Id::as_str).collect::<Vec<_>>().join(", then ")
}
