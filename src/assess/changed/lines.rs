//! What changed in words, a line for each thing, the same on the host and by the service.

use std::fmt::Display;

use super::{Change, Changed, Stand};
use crate::model::Id;

/// The most lines of one kind.
const SHOWN: usize = 12;

impl Changed {
    /// What is new, gone or different, in lines without an end: the verdict, the release, advisories, hotfixes, the
    /// plan. Of many advisories or hotfixes the first are named. None: nothing changed.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut out = Vec::new();
        if let Some(verdict) = &self.verdict {
            out.push(format!("verdict: {}", moved(verdict, "none", words)));
        }
        if let Some(release) = &self.release {
            out.push(format!("release: {}", moved(release, "not known", Id::to_string)));
        }
        put(&mut out, &self.advisories, words);
        put(&mut out, &self.hotfixes, stand);
        if let Some(plan) = &self.plan {
            let now = if plan.steps.is_empty() { "no steps".to_owned() } else { ids(&plan.steps) };
            out.push(format!("plan: {now}"));
            for (what, steps) in [("new in the plan", &plan.added), ("no longer in the plan", &plan.removed)]
            {
                if !steps.is_empty() && *steps != plan.steps {
                    out.push(format!("{what}: {}", ids(steps)));
                }
            }
        }
        out
    }
}

fn put<T>(out: &mut Vec<String>, changes: &[Change<T>], say: impl Fn(&T) -> String) {
    out.extend(changes.iter().take(SHOWN).map(|change| {
        let id = change.id.as_ref().map(Id::as_str).unwrap_or_default();
        match (&change.before, &change.after) {
            (None, Some(after)) => format!("{id}: new, {}", say(after)),
            (Some(before), None) => format!("{id}: gone, was {}", say(before)),
            _ => format!("{id}: {}", moved(change, "", &say)),
        }
    }));
    if let more @ 1.. = changes.len().saturating_sub(SHOWN) {
        out.push(format!("and {more} more of these"));
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
