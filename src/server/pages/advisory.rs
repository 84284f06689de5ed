//! The page of an advisory.

use super::context::PageContext;
use super::frame::Frame;
use super::markdown::to_html;
use super::matrix::{Matrix, Scope, matrix};
use super::run::own_release;
use super::todo::{Todo, todo};
use super::words::{Badge, When, category, date, day, event, severity};
use super::{PageError, Renderer, proof};
use crate::model::advisory::{Cvss, Reference, TimelineNote};
use crate::model::words::TimelineEvent;
use crate::model::{Advisory, Catalogue};

#[derive(Debug, serde::Serialize)]
struct View {
    id: String,
    product: Named,
    title: String,
    summary: Option<String>,
    severity: Badge,
    category: String,
    revision: i64,
    published: Option<When>,
    withdrawn: Option<Withdrawn>,
    only: Option<String>,
    /// The release of another product that the reader runs.
    elsewhere: Option<String>,
    page: String,
    check: String,
    choices: Vec<Choice>,
    todo: Todo,
    matrix: Matrix,
    timeline: Vec<Note>,
    description: Option<String>,
    cvss: Vec<CvssView>,
    cves: Option<Vec<Outside>>,
    cwes: Option<Vec<Outside>>,
    references: Vec<Outside>,
    incidents: Vec<String>,
    acknowledgements: Vec<String>,
    proof: proof::Proof,
}

/// Something with a name and a page.
#[derive(Debug, serde::Serialize)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) id: String,
}

#[derive(Debug, serde::Serialize)]
struct Withdrawn {
    date: When,
    reason: String,
}

#[derive(Debug, serde::Serialize)]
struct Choice {
    id: String,
    name: String,
    selected: bool,
}

#[derive(Debug, serde::Serialize)]
struct Note {
    date: When,
    event: String,
    kind: &'static str,
    note: Option<String>,
    expected: Option<When>,
    overdue: bool,
}

#[derive(Debug, serde::Serialize)]
struct CvssView {
    version: String,
    vector: Option<String>,
    score: Option<String>,
}

/// A link that leaves the service, with the place it leads to.
#[derive(Debug, serde::Serialize)]
pub(super) struct Outside {
    pub(super) title: String,
    pub(super) url: Option<String>,
    pub(super) host: String,
}

/// The page of an advisory. The query may hold `release`, which narrows it to one release.
///
/// # Errors
/// A query that the page does not know, or a template that does not fit its view.
pub fn advisory(
    renderer: &Renderer,
    context: &PageContext,
    catalogue: &Catalogue,
    advisory: &Advisory,
    query: &[(String, String)],
) -> Result<String, PageError> {
    let product = catalogue.product();
    let only = own_release(context, catalogue, query)?;
    let scope = Scope { context, catalogue, advisory, only };
    let (product_id, id) = (product.id.as_str(), advisory.id.as_str());
    let json = context.path(format_args!("/api/v1/advisories/{product_id}/{id}"));
    let view = View {
        id: id.to_owned(),
        product: Named { name: product.name.clone(), id: product_id.to_owned() },
        title: advisory.title.clone(),
        summary: advisory.summary.clone(),
        severity: severity(&advisory.severity),
        category: category(&advisory.category),
        revision: advisory.revision,
        published: advisory.published.map(date),
        withdrawn: advisory
            .withdrawn
            .as_ref()
            .map(|withdrawn| Withdrawn { date: date(withdrawn.date), reason: withdrawn.reason.clone() }),
        elsewhere: context.run.as_ref().filter(|run| product.id != *run.product).map(|run| run.name.clone()),
        only: only.map(|release| release.name.clone()),
        page: context.path(format_args!("/advisories/{product_id}/{id}")),
        check: context.page(format_args!("/check?advisory={id}")),
        choices: choices(&scope),
        todo: todo(&scope),
        matrix: matrix(&scope),
        timeline: timeline(advisory, context),
        description: advisory.description.as_deref().map(to_html),
        cvss: advisory.cvss.iter().map(cvss).collect(),
        cves: advisory.cves.as_ref().map(|list| list.iter().map(|id| cve(id)).collect()),
        cwes: advisory.cwes.as_ref().map(|list| list.iter().map(|id| cwe(id)).collect()),
        references: references(&advisory.references),
        incidents: advisory.incidents.clone(),
        acknowledgements: advisory.acknowledgements.clone(),
        proof: proof::proof(context, json.clone(), advisory.revision, advisory.published),
    };
    let frame = Frame::new(context, format!("{id}: {}", advisory.title), "advisories").with_json(json);
    renderer.page("advisory.html", &frame, &view)
}

fn choices(scope: &Scope<'_>) -> Vec<Choice> {
    let chosen = scope.only.map(|release| &release.id);
    let releases = scope.catalogue.product().releases.iter().rev();
    releases
        .map(|release| Choice {
            id: release.id.to_string(),
            name: match &release.codename {
                Some(codename) => format!("{} ({codename})", release.name),
                None => release.name.clone(),
            },
            selected: chosen == Some(&release.id),
        })
        .collect()
}

/// The notes, newest first; of one day, the later in the document first.
fn timeline(advisory: &Advisory, context: &PageContext) -> Vec<Note> {
    let mut notes: Vec<&TimelineNote> = advisory.timeline.iter().rev().collect();
    notes.sort_by_key(|note| std::cmp::Reverse(note.date));
    let fixed = notes.iter().find(|note| note.event == TimelineEvent::Fixed).map(|note| note.date);
    let today = day(context.now);
    let view = |note: &TimelineNote| Note {
        date: date(note.date),
        event: event(&note.event),
        kind: match note.event {
            TimelineEvent::Fixed => "fixed",
            TimelineEvent::Withdrawn => "withdrawn",
            _ => "plain",
        },
        note: note.note.clone(),
        expected: note.expected.map(date),
        overdue: note.expected.is_some_and(|day| day < today && fixed.is_none_or(|fixed| fixed < note.date)),
    };
    notes.into_iter().map(view).collect()
}

fn cvss(cvss: &Cvss) -> CvssView {
    CvssView {
        version: cvss.version.clone(),
        vector: cvss.vector.clone(),
        score: cvss.score_tenths.map(|tenths| format!("{}.{}", tenths / 10, tenths % 10)),
    }
}

fn cve(id: &str) -> Outside {
    let known = id.strip_prefix("CVE-").is_some_and(digits_and_dashes);
    let url = known.then(|| format!("https://www.cve.org/CVERecord?id={id}"));
    Outside { title: id.to_owned(), url, host: "cve.org".to_owned() }
}

fn cwe(id: &str) -> Outside {
    let number = id.strip_prefix("CWE-").filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    let url = number.map(|number| format!("https://cwe.mitre.org/data/definitions/{number}.html"));
    Outside { title: id.to_owned(), url, host: "cwe.mitre.org".to_owned() }
}

fn digits_and_dashes(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// References with the host that they lead to. An address that is no web address is not linked.
pub(super) fn references(list: &[Reference]) -> Vec<Outside> {
    let view = |reference: &Reference| {
        let rest = reference.url.strip_prefix("https://").or_else(|| reference.url.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        Outside {
            title: reference.title.clone().unwrap_or_else(|| reference.url.clone()),
            url: rest.is_some().then(|| reference.url.clone()),
            host: host.to_owned(),
        }
    };
    list.iter().map(view).collect()
}
