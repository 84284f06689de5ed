//! A hotfix's document.

use std::collections::BTreeSet;

use super::dates::{Released, released};
use super::facts::Row;
use super::releases::{installs_on, made_by, of_branch};
use super::text::{and, component, component_rolls_up, description, title};
use super::{Error, MADE, Plan};
use crate::formats::toml::{Writer, quoted};
use crate::model::sentence::capital;
use crate::model::words::Action;

/// The document of a row.
pub(super) fn document(plan: &Plan<'_>, row: &Row) -> Result<String, Error> {
    let releases = installs_on(&plan.product, row)?;
    let requires = requires(plan, row)?;
    let guidance = guidance(row)?;
    let kind = kind(plan, row)?;
    let mut out = Writer::new();
    out.comment(MADE.trim_start_matches("# "));
    out.comment(&unknown(plan, row));
    out.comment(&format!("Sources: {}.", row.sources.join("; ")));
    out.text("schema", "hotfixd/hotfix/1");
    out.text("id", &row.id);
    if let Some(uuid) = &row.uuid {
        out.text("uuid", uuid);
    }
    out.raw("revision", "1");
    out.text("product", plan.product.id.as_str());
    out.text("kind", kind);
    out.text("title", &title(plan, row));
    out.long("description", &description(plan, row, &decisions(plan, row)));
    out.texts("releases", &releases);
    if let Some(made) = made_by(&plan.product, &row.id) {
        out.text("establishes", made.id.as_str());
    }
    if let Some(fixes) = plan.fixes.get(row.id.as_str()) {
        out.texts("fixes", fixes);
    }
    if let Some(requires) = requires {
        out.texts("requires", requires);
    }
    if let Some(direct) = plan.graph.direct.get(row.id.as_str()).filter(|set| !set.is_empty()) {
        out.texts("supersedes", direct);
    }
    if let Some(guidance) = guidance {
        out.list("guidance", &guidance);
    }
    out.text("channel", if row.branch == "Tech Preview" { "beta" } else { "release" });
    if let Released::On(date) = released(row) {
        out.raw("released", date);
    }
    withdrawn(plan, row, &mut out);
    references(plan, row, &mut out);
    Ok(out.finish())
}

fn kind(plan: &Plan<'_>, row: &Row) -> Result<&'static str, Error> {
    match (made_by(&plan.product, &row.id), row.branch.get(..2)) {
        (None, _) => Ok("hotfix"),
        (Some(_), Some("SP")) => Ok("service-pack"),
        (Some(_), Some("CU")) => Ok("cumulative-update"),
        (Some(_), _) => Err(word(row, "branch", &row.branch)),
    }
}

fn word(row: &Row, field: &'static str, value: &str) -> Error {
    Error::Word { id: row.id.clone(), field, value: value.to_owned() }
}

/// The fields that are left out because nothing is known.
fn unknown(plan: &Plan<'_>, row: &Row) -> String {
    let missing = [
        ("uuid", row.uuid.is_none()),
        ("formal prerequisites", row.requires.is_none() && needs(plan, row).is_none()),
        ("what it rolls up", plan.graph.direct.get(row.id.as_str()).is_none_or(BTreeSet::is_empty)),
        ("what it fixes", !plan.fixes.contains_key(row.id.as_str())),
        ("guidance", row.after_apply_guidance.is_none()),
        ("size", row.download_size_bytes.or(row.installed_or_patch_size_bytes).is_none()),
        ("the day of its release", !matches!(released(row), Released::On(_))),
    ];
    let missing = missing.into_iter().filter(|(_, missing)| *missing).map(|(name, _)| name);
    format!("Not known, and so left out: {}.", and(missing))
}

/// The hotfix that the component says this one depends on, unless this one brings it.
pub(super) fn needs<'r>(plan: &Plan<'_>, row: &'r Row) -> Option<&'r str> {
    let (_, needs) = component(row)?;
    needs.filter(|id| !plan.graph.rolls_up(&row.id, id))
}

/// The prerequisites that are stated: `None` where nothing is.
fn requires<'r>(plan: &Plan<'_>, row: &'r Row) -> Result<Option<Vec<&'r str>>, Error> {
    if let Some(needs) = needs(plan, row) {
        return Ok(Some(vec![needs]));
    }
    let Some(stated) = &row.requires else { return Ok(None) };
    let release = of_branch(&plan.product, row)?;
    // The version itself is no hotfix: the releases say it.
    let hotfixes = stated.iter().filter(|name| **name != format!("XenServer {}", release.version));
    match hotfixes.clone().find(|id| !plan.facts.hotfixes.contains_key(*id)) {
        Some(id) => Err(word(row, "requires", id)),
        None => Ok(Some(hotfixes.map(String::as_str).collect())),
    }
}

fn guidance(row: &Row) -> Result<Option<Vec<String>>, Error> {
    match row.after_apply_guidance.as_deref() {
        None => Ok(None),
        Some("none") => Ok(Some(Vec::new())),
        Some(old) => {
            let action = Action::from_old_feed(old).ok_or_else(|| word(row, "after_apply_guidance", old))?;
            Ok(Some(vec![format!("{{ action = {}, level = \"mandatory\" }}", quoted(action.word()))]))
        }
    }
}

/// What was concluded or left out, in words.
pub(super) fn decisions(plan: &Plan<'_>, row: &Row) -> Vec<String> {
    let mut said = Vec::new();
    let branch = of_branch(&plan.product, row).map(|release| release.name.clone()).unwrap_or_default();
    if let Some(inferred) = &row.requires_inferred {
        said.push(format!("Needs {} (inferred): it is filed under {branch}.", and(inferred)));
    }
    if made_by(&plan.product, &row.id).is_some() {
        said.push("That it installs on the release before is inferred.".to_owned());
    }
    if let Some((_, Some(needs))) = component(row) {
        said.push(match plan.graph.rolls_up(&row.id, needs) {
            true => format!("It depends on {needs}, and brings it: it rolls it up."),
            false => format!("It depends on {needs}; whether on anything else is not known."),
        });
    }
    let cut: Vec<&str> =
        plan.graph.cut.iter().filter(|(id, _)| *id == row.id).map(|(_, pack)| *pack).collect();
    if !cut.is_empty() {
        let cut = and(cut);
        said.push(format!(
            "The facts also say that it rolls up {cut}. That contradicts its release, which {cut} ends, and is left out."
        ));
    }
    let through = through(plan, row);
    if !through.is_empty() {
        said.push(format!(
            "Through these it also rolls up {}, which the facts do not say of it.",
            and(through)
        ));
    }
    for (bulletin, cells) in &plan.matrices {
        if let Some(cell) = cells.iter().find(|cell| cell.rolled_up.contains(row.id.as_str())) {
            said.push(format!(
                "{bulletin} names it beside {}, which rolls it up and alone is taken as the fix (inferred).",
                and(&cell.fixed_by)
            ));
        }
    }
    said
}

/// What a hotfix rolls up through others, though its row does not say so.
pub(super) fn through<'f>(plan: &Plan<'f>, row: &Row) -> BTreeSet<&'f str> {
    let stated = |id: &str| {
        let said =
            row.supersedes.iter().flatten().any(|other| other == id) || component_rolls_up(row) == Some(id);
        let by = plan.facts.hotfixes.get(id).and_then(|other| other.superseded_by.as_ref());
        said || by.is_some_and(|by| by.contains(&row.id))
    };
    let all = plan.graph.all.get(row.id.as_str()).into_iter().flatten();
    all.copied().filter(|id| !stated(id)).collect()
}

/// The facts say that two were withdrawn, and what to install instead, but not when.
fn withdrawn(plan: &Plan<'_>, row: &Row, out: &mut Writer) {
    if row.availability.as_deref() != Some("withdrawn") {
        return;
    }
    let note = row.notes.iter().flatten().next().map_or("withdrawn", String::as_str);
    let later = row.superseded_by.iter().flatten().find(|id| note.contains(id.as_str()));
    let date = later.and_then(|id| plan.facts.hotfixes.get(id)).and_then(|row| row.release_date.as_deref());
    let Some(date) = date else { return };
    let by = later.map(|id| format!(", replaced_by = {}", quoted(id))).unwrap_or_default();
    let reason = format!("{}. The day is inferred: it is that of its replacement.", capital(note));
    out.raw("withdrawn", &format!("{{ date = {date}, reason = {}{by} }}", quoted(&reason)));
}

fn references(plan: &Plan<'_>, row: &Row, out: &mut Writer) {
    let mut list = Vec::new();
    let mut add = |title: &str, url: &str| {
        list.push(format!("{{ title = {}, url = {} }}", quoted(title), quoted(url)));
    };
    if let (Some(article), Some(url)) = (&row.ctx_article, &row.article_url) {
        add(&format!("{article}: the vendor's article on {}", row.id), url);
    }
    if let Some(url) = &row.download_url {
        let file = url.rsplit('/').next().filter(|file| file.ends_with(".zip")).unwrap_or(&row.id);
        add(&format!("{file}, from the vendor"), url);
    }
    for id in row.advisories.iter().flatten() {
        match (plan.facts.bulletins.get(id), id.strip_prefix("XSA-")) {
            (Some(bulletin), _) => add(&format!("{id}: the bulletin"), &bulletin.url),
            (None, Some(number)) => {
                let url = format!("https://xenbits.xen.org/xsa/advisory-{number}.html");
                add(&format!("{id}: the Xen Project's advisory"), &url);
            }
            (None, None) => {
                add(&format!("{id}: the bulletin"), &format!("https://support.citrix.com/article/{id}"));
            }
        }
    }
    if !list.is_empty() {
        out.list("references", &list);
    }
}
