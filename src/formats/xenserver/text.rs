//! The words of a document: short, ours, from the facts. What is inferred or approximate says so.

use super::Plan;
use super::dates::{Released, released};
use super::facts::Row;
use super::releases::{ALL_OF_6, made_by, of_branch};
use crate::formats::toml::wrap;
use crate::model::sentence::capital;

/// The widest line of a description.
const WIDTH: usize = 110;
/// The note of rows whose date is that of another project's package.
const SYNCED: &str = "first_seen_public is the date of the XCP-ng package synced from this hotfix";
/// A component may state what the hotfix depends on, or brings.
const ROLLS_UP: &str = ". Depends on and rolls-up ";
const DEPENDS: &str = ". Depends on ";

/// The hotfix that the component says this one brings.
pub(super) fn component_rolls_up(row: &Row) -> Option<&str> {
    Some(row.component.as_deref()?.split_once(ROLLS_UP)?.1)
}

/// The component alone, and the hotfix that it says is needed before.
pub(super) fn component(row: &Row) -> Option<(String, Option<&str>)> {
    let text = row.component.as_deref()?;
    let (text, needs) = match text.split_once(ROLLS_UP).or_else(|| text.split_once(DEPENDS)) {
        Some((text, needs)) => (text, Some(needs)),
        None => (text, None),
    };
    let text = text.trim_end_matches(". Limited availability hotfix");
    Some((text.split_whitespace().collect::<Vec<_>>().join(" "), needs))
}

/// `A`, `A and B`, `A, B and C`.
pub(super) fn and<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<T> = items.into_iter().collect();
    match items.split_last() {
        None => String::new(),
        Some((only, [])) => only.as_ref().to_owned(),
        Some((last, rest)) => {
            let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", rest.join(", "), last.as_ref())
        }
    }
}

/// The title of a hotfix.
pub(super) fn title(plan: &Plan<'_>, row: &Row) -> String {
    if let Some(made) = made_by(&plan.product, &row.id) {
        return made.name.clone();
    }
    let release = of_branch(&plan.product, row).map_or("XenServer", |release| release.name.as_str());
    let bulletins: Vec<&String> =
        row.advisories.iter().flatten().filter(|id| id.starts_with("CTX")).collect();
    let bulletins = if bulletins.is_empty() { String::new() } else { format!(" ({})", and(bulletins)) };
    let what = match (&row.name_description, component(row)) {
        (Some(label), _) => capital(label.split_once(": ").map_or(label.as_str(), |(_, what)| what)),
        (None, Some((text, _))) if text.to_ascii_lowercase().contains("fix") => capital(&text),
        (None, Some((text, _))) if row.is_security == Some(true) => {
            format!("Security fixes to {}", shortened(&text))
        }
        (None, Some((text, _))) => format!("Fixes to {}", shortened(&text)),
        (None, None) if row.is_security == Some(true) => "Security fixes".to_owned(),
        (None, None) => "Fixes".to_owned(),
    };
    format!("{what}{bulletins} for {release}")
}

/// At most three of a list of components.
fn shortened(components: &str) -> String {
    let all: Vec<&str> = components.split(", ").collect();
    match all.get(..3) {
        Some(first) if all.len() > 3 => format!("{} and {} more", first.join(", "), all.len() - 3),
        _ => and(all),
    }
}

/// The description of a hotfix: paragraphs of what is known.
pub(super) fn description(plan: &Plan<'_>, row: &Row, decisions: &[String]) -> String {
    let mut paragraphs = vec![lead(plan, row)];
    paragraphs.extend(security(plan, row));
    paragraphs.push(made_of(row));
    paragraphs.push(dates(row));
    paragraphs.extend(decisions.iter().cloned());
    paragraphs.extend(notes(row));
    folded(paragraphs)
}

/// Paragraphs and list items folded, with empty lines between them.
pub(super) fn folded(paragraphs: impl IntoIterator<Item = String>) -> String {
    let fold = |text: String| match text.strip_prefix("- ") {
        Some(item) => format!("- {}", wrap(item, WIDTH - 2).join("\n  ")),
        None => wrap(&text, WIDTH).join("\n"),
    };
    let folded: Vec<String> =
        paragraphs.into_iter().filter(|text| !text.trim().is_empty()).map(fold).collect();
    let mut out = String::new();
    for (index, text) in folded.iter().enumerate() {
        let after_item =
            index.checked_sub(1).and_then(|at| folded.get(at)).is_some_and(|t| t.starts_with("- "));
        if index > 0 {
            out.push_str(if after_item && text.starts_with("- ") { "\n" } else { "\n\n" });
        }
        out.push_str(text);
    }
    out
}

fn lead(plan: &Plan<'_>, row: &Row) -> String {
    let branch = of_branch(&plan.product, row);
    let name = branch.map_or("XenServer", |release| release.name.as_str());
    if made_by(&plan.product, &row.id).is_some() {
        return format!("Turns XenServer {} into {name}.", row.product_version.trim_end_matches(".0"));
    }
    match row.branch.as_str() {
        "Tech Preview" => format!("Of the Tech Preview of {name}."),
        _ if row.notes.iter().flatten().any(|note| note.contains(ALL_OF_6)) => {
            format!("Numbered with {name}, but for all of version 6.")
        }
        _ => format!("For {name}."),
    }
}

fn security(plan: &Plan<'_>, row: &Row) -> Option<String> {
    let cves = and(row.cves.iter().flatten());
    let bulletins = row.advisories.iter().flatten();
    let (known, other): (Vec<&String>, Vec<&String>) =
        bulletins.partition(|id| plan.facts.bulletins.contains_key(*id));
    let cves = if cves.is_empty() { String::new() } else { format!(" ({cves})") };
    match (known.is_empty(), other.is_empty()) {
        (false, _) => Some(format!("Named by {}{cves}.", and(known))),
        (true, false) => Some(format!("Named with {}{cves}, of which no more is known here.", and(other))),
        (true, true) if !cves.is_empty() => {
            Some(format!("Security: {}; no bulletin is known.", and(row.cves.iter().flatten())))
        }
        (true, true) => None,
    }
}

fn made_of(row: &Row) -> String {
    let fields = [
        ("Component", component(row).map(|(text, _)| text)),
        ("Codename", row.hotfix_codename.clone()),
        ("Internal build", row.internal_build.clone()),
        ("Availability", row.availability.clone()),
        ("Size of the download", row.download_size_bytes.map(|bytes| format!("{bytes} bytes"))),
        (
            "Size",
            row.installed_or_patch_size_bytes
                .map(|bytes| format!("{bytes} bytes, of the file or once installed: it is not known which")),
        ),
    ];
    let said: Vec<String> =
        fields.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}.", value?))).collect();
    said.join(" ")
}

fn dates(row: &Row) -> String {
    let synced = row.notes.iter().flatten().any(|note| note == SYNCED);
    let seen = row.first_seen_public.as_deref().map(|date| match synced {
        true => format!("First seen in public on {date}, as a package of XCP-ng made from it."),
        false => format!("First seen in public on {date}."),
    });
    let known = match released(row) {
        Released::On(date) => Some(format!("Released on {date}.")),
        Released::About(date, basis) => Some(format!("Released about {date} (approximate: {basis}).")),
        Released::Contradicted(date, _) => Some(format!(
            "Released on {date} according to one source, which the day it was first seen contradicts."
        )),
        Released::Unknown => None,
    };
    known.into_iter().chain(seen).collect::<Vec<_>>().join(" ")
}

/// What the row notes, but for what is said elsewhere.
fn notes(row: &Row) -> Vec<String> {
    let notes: Vec<String> = row.notes.iter().flatten().filter(|note| *note != SYNCED).cloned().collect();
    if notes.is_empty() {
        return Vec::new();
    }
    std::iter::once("Noted of it:".to_owned())
        .chain(notes.iter().map(|note| format!("- {}", capital(note))))
        .collect()
}
