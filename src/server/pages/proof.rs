//! Where a document comes from: formats, signers, digest, revisions, and how to verify it.

use jiff::civil::Date;

use super::context::PageContext;
use super::words::{When, date, day, time};

#[derive(Debug, serde::Serialize)]
pub(super) struct Proof {
    json: String,
    /// Its exact bytes, where they are known.
    signed: Option<Signed>,
    pub(super) revisions: Vec<RevisionView>,
    /// The page that lists them.
    all: Option<String>,
    server: String,
}

#[derive(Debug, serde::Serialize)]
struct Signed {
    target: String,
    file: String,
    href: String,
    url: String,
    sha256: String,
    bytes: String,
    role: Option<RoleView>,
}

#[derive(Debug, serde::Serialize)]
struct RoleView {
    name: String,
    version: u64,
    signers: Vec<String>,
    expires: When,
}

#[derive(Debug, serde::Serialize)]
pub(super) struct RevisionView {
    revision: i64,
    at: Option<When>,
    sha256: Option<String>,
    current: bool,
    href: Option<String>,
}

/// What proves the document that the context is about.
pub(super) fn proof(context: &PageContext, json: String, revision: i64, published: Option<Date>) -> Proof {
    let signed = context.document.as_ref().map(|facts| {
        let path = hashed(&facts.target, &facts.sha256);
        let role = context.roles.first().map(|role| RoleView {
            name: role.name.clone(),
            version: role.version,
            signers: role.signers.clone(),
            expires: time(role.expires),
        });
        Signed {
            file: facts.target.rsplit('/').next().unwrap_or_default().to_owned(),
            target: facts.target.clone(),
            href: context.path(format_args!("/tuf/targets/{path}")),
            url: format!("{}/tuf/targets/{path}", context.server()),
            sha256: facts.sha256.clone(),
            bytes: crate::model::sentence::grouped(i64::try_from(facts.bytes).unwrap_or(i64::MAX)),
            role,
        }
    });
    let page = page(context, &json);
    let mut revisions = revisions(context, revision, published);
    for held in &mut revisions {
        held.href = page.as_ref().map(|page| context.page(format_args!("{page}/{}", held.revision)));
    }
    let all = page.map(|page| context.page(format_args!("{page}")));
    Proof { json, signed, revisions, all, server: context.server() }
}

/// The path of the page that lists the revisions; products have none.
fn page(context: &PageContext, json: &str) -> Option<String> {
    let document = json.strip_prefix(context.path(format_args!("/api/v1")).as_str())?;
    (!document.starts_with("/products/")).then(|| format!("{document}/revisions"))
}

/// A target's path as it is served: its digest stands before its file name.
pub(super) fn hashed(target: &str, sha256: &str) -> String {
    match target.rsplit_once('/') {
        Some((folder, file)) => format!("{folder}/{sha256}.{file}"),
        None => format!("{sha256}.{target}"),
    }
}

/// The revisions, newest first; at least the one that is shown.
fn revisions(context: &PageContext, revision: i64, published: Option<Date>) -> Vec<RevisionView> {
    let held = context.document.as_ref().map(|facts| facts.revisions.as_slice()).unwrap_or_default();
    let mut out: Vec<RevisionView> = held
        .iter()
        .map(|held| RevisionView {
            revision: held.revision,
            at: held.at.map(|at| date(day(at))),
            sha256: held.sha256.clone(),
            current: held.revision == revision,
            href: None,
        })
        .collect();
    if !out.iter().any(|held| held.current) {
        let sha256 = context.document.as_ref().map(|facts| facts.sha256.clone());
        out.push(RevisionView { revision, at: published.map(date), sha256, current: true, href: None });
    }
    out.sort_by_key(|held| std::cmp::Reverse(held.revision));
    out
}
