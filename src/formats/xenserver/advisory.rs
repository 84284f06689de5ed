//! A bulletin's document.

use std::collections::BTreeSet;

use super::facts::Bulletin;
use super::matrix::{Basis, Cell};
use super::text::{and, folded};
use super::{MADE, Plan};
use crate::formats::toml::{Writer, quoted};
use crate::model::words::{CellStatus, Severity};

/// How many CVEs a summary names.
const FEW: usize = 4;

/// The document of a bulletin.
pub(super) fn document(plan: &Plan<'_>, bulletin: &Bulletin, cells: &[Cell<'_>]) -> String {
    let mut out = Writer::new();
    out.comment(MADE.trim_start_matches("# "));
    out.comment(&format!("Sources: {}.", bulletin.sources.join("; ")));
    out.text("schema", "hotfixd/advisory/1");
    out.text("id", &bulletin.id);
    out.raw("revision", "1");
    out.text("product", plan.product.id.as_str());
    out.text("title", &bulletin.title);
    out.text("category", "security");
    out.text("severity", severity(bulletin).word());
    out.text("summary", &summary(plan, bulletin, cells));
    out.long("description", &description(plan, bulletin, cells));
    if let Some(tenths) = bulletin.score_tenths() {
        out.list("cvss", &[format!("{{ version = \"2.0\", score_tenths = {tenths} }}")]);
    }
    if !bulletin.cves.is_empty() {
        out.texts("cves", &bulletin.cves);
    }
    let title = quoted(&format!("{}: the bulletin", bulletin.id));
    out.list("references", &[format!("{{ title = {title}, url = {} }}", quoted(&bulletin.url))]);
    if let Some(date) = &bulletin.published {
        out.head("[[timeline]]");
        out.raw("date", date);
        out.text("event", if cells.is_empty() { "note" } else { "fixed" });
        let basis = bulletin.published_basis.as_deref().unwrap_or("no basis is given");
        out.text("note", &format!("The bulletin was published. The date is approximate: {basis}."));
    }
    cells.iter().for_each(|cell| matrix(plan, cell, &mut out));
    out.finish()
}

/// The worst of what is said of single CVEs and of what the score means by NVD's ranges for version 2.
pub(super) fn severity(bulletin: &Bulletin) -> Severity {
    let rated =
        bulletin.cve_detail.values().filter_map(|rating| rating.severity.as_deref()).map(|word| match word {
            "High" => Severity::High,
            "Medium" => Severity::Medium,
            "Low" => Severity::Low,
            _ => Severity::Unknown,
        });
    let scored = bulletin.score_tenths().map(|tenths| match tenths {
        70.. => Severity::High,
        40..70 => Severity::Medium,
        _ => Severity::Low,
    });
    rated.chain(scored).min().unwrap_or(Severity::Unknown)
}

fn summary(plan: &Plan<'_>, bulletin: &Bulletin, cells: &[Cell<'_>]) -> String {
    let cves = match bulletin.cves.get(..FEW) {
        Some(first) if bulletin.cves.len() > FEW => {
            format!("{} and {} more", first.join(", "), bulletin.cves.len() - FEW)
        }
        _ if bulletin.cves.is_empty() => "A security update".to_owned(),
        _ => and(&bulletin.cves),
    };
    let lines: BTreeSet<usize> =
        cells.iter().filter_map(|cell| plan.product.position(&cell.release)).collect();
    let named =
        |at: Option<&usize>| at.and_then(|at| plan.product.releases.get(*at)).map(|release| &release.name);
    match (named(lines.first()), named(lines.last())) {
        (Some(first), Some(last)) if first == last => format!("{cves}, in {first}."),
        (Some(first), Some(last)) => format!("{cves}, in releases from {first} to {last}."),
        _ => format!("{cves}. Which releases and hotfixes it is about is not known."),
    }
}

fn description(plan: &Plan<'_>, bulletin: &Bulletin, cells: &[Cell<'_>]) -> String {
    let mut said = vec![match cells.is_empty() {
        true => format!("{} is known by its title and CVEs alone: no hotfix is named with it.", bulletin.id),
        false => "A security bulletin of the vendor. What it says of each vulnerability is to be read there; the matrix says which hotfixes fix it on which release.".to_owned(),
    }];
    let rated: Vec<String> = bulletin
        .cve_detail
        .iter()
        .filter_map(|(cve, rating)| Some(format!("{cve} {}", rating.severity.as_deref()?.to_lowercase())))
        .collect();
    if !rated.is_empty() {
        said.push(format!("Rated: {}.", rated.join(", ")));
    }
    if severity(bulletin) != Severity::Unknown {
        let from = match (rated.is_empty(), bulletin.score_tenths()) {
            (true, _) => "the score of CVSS 2",
            (false, None) => "the ratings of its CVEs",
            (false, Some(_)) => "the score of CVSS 2 and the ratings of its CVEs, the worst of them",
        };
        said.push(format!("The severity is inferred from {from}."));
    }
    if plan.is_main() && bulletin.fixes.values().flatten().any(|id| id.starts_with("XS602ECC")) {
        said.push("Its hotfixes for 6.0.2 Common Criteria are filed under that product.".to_owned());
    }
    folded(said)
}

fn matrix(plan: &Plan<'_>, cell: &Cell<'_>, out: &mut Writer) {
    out.head("[[matrix]]");
    out.text("feature", "*");
    out.texts("releases", [&cell.release]);
    out.text("status", cell.status.word());
    let set: Vec<String> = cell.fixed_by.iter().map(|id| quoted(id)).collect();
    out.raw("fixed_by", &format!("[[{}]]", set.join(", ")));
    let note = note(plan, cell);
    if !note.is_empty() {
        out.text("note", &note.join(" "));
    }
}

fn note(plan: &Plan<'_>, cell: &Cell<'_>) -> Vec<String> {
    let mut said = Vec::new();
    match &cell.basis {
        Basis::Named => {}
        Basis::LaterRelease(later) => said.push(format!(
            "The version that hosts of {} report is named, with a fix for {} alone: taken as affected, and fixed by moving there (inferred).",
            cell.release,
            plan.name(later),
        )),
        Basis::Pack(pack) => {
            let what = if cell.fixed_by.len() > 1 { "all of them" } else { "it" };
            said.push(format!("{pack}, which makes a host this release, rolls up {what} (inferred)."));
        }
    }
    if cell.fixed_by.len() > 1 && cell.status == CellStatus::KnownAffected {
        said.push(format!(
            "{} are named without saying whether all are needed, and none rolls up another: all are taken as needed (inferred).",
            and(&cell.fixed_by)
        ));
    }
    for id in &cell.rolled_up {
        said.push(format!(
            "{id} is named too; {} rolls it up, and is taken as the fix (inferred).",
            and(&cell.fixed_by)
        ));
    }
    said
}
