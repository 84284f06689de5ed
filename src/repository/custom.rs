//! The `custom` object beside a target: what a client needs to choose without a download.

use crate::json::{Table, Value};
use crate::model::words::CellStatus;
use crate::model::{Advisory, Document, Hotfix, Id};

/// The `custom` object of a document: kind, id, revision, and what tells at a glance whether to look.
#[must_use]
pub fn custom(document: &Document) -> Value {
    let mut out = Table::new();
    let mut put = |name: &str, value: Value| drop(out.insert(name.to_owned(), value));
    put("id", document.id().as_str().into());
    match document {
        Document::Product(product) => {
            put("kind", "product".into());
            put("revision", product.revision.into());
        }
        Document::Advisory(advisory) => {
            put("kind", "advisory".into());
            put("revision", advisory.revision.into());
            put("severity", advisory.severity.word().into());
            put("status", advisory_status(advisory).into());
            put("releases", advisory_releases(advisory));
        }
        Document::Hotfix(hotfix) => {
            put("kind", "hotfix".into());
            put("revision", hotfix.revision.into());
            put("status", hotfix_status(hotfix).into());
            put("releases", hotfix.releases.iter().map(Id::as_str).collect::<Vec<_>>().into());
            if let Some(rollout) = &hotfix.rollout {
                put(
                    "rollout",
                    Value::from([
                        ("hours", rollout.hours.into()),
                        ("start", rollout.start.to_string().into()),
                    ]),
                );
            }
        }
        Document::Hold(hold) => {
            put("kind", "hold".into());
            put("hotfix_revision", hold.hotfix_revision.into());
            put("until", hold.ends().to_string().into());
        }
    }
    Value::Table(out)
}

fn hotfix_status(hotfix: &Hotfix) -> &'static str {
    if hotfix.withdrawn.is_some() { "withdrawn" } else { "released" }
}

/// The worst of the matrix: a release that is affected, one that may be, else fixed or not affected.
fn advisory_status(advisory: &Advisory) -> &'static str {
    let any = |status: CellStatus| advisory.matrix.iter().any(|cell| cell.status == status);
    if advisory.withdrawn.is_some() {
        "withdrawn"
    } else if any(CellStatus::KnownAffected) {
        "known_affected"
    } else if any(CellStatus::UnderInvestigation) {
        "under_investigation"
    } else if any(CellStatus::Fixed) {
        "fixed"
    } else if any(CellStatus::KnownNotAffected) {
        "known_not_affected"
    } else {
        "unstated"
    }
}

fn advisory_releases(advisory: &Advisory) -> Value {
    let mut releases: Vec<&str> =
        advisory.matrix.iter().flat_map(|cell| &cell.releases).map(Id::as_str).collect();
    releases.sort_unstable();
    releases.dedup();
    releases.into()
}
