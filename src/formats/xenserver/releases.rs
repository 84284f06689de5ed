//! Which product and which release a row is filed under. The releases are the product document's; from a
//! row come its version and its branch.

use super::Error;
use super::facts::Row;
use crate::model::product::Release;
use crate::model::{Id, Product};

/// The product that holds everything but the Common Criteria edition.
pub(super) const MAIN: &str = "xenserver";
/// The Common Criteria edition of 6.0.2: it reports what 6.0.2 reports, and no marker tells the two apart.
pub(super) const COMMON_CRITERIA: &str = "xenserver-cc";
/// What a row notes that was for every release of version 6.
pub(super) const ALL_OF_6: &str = "applies to all 6.x";

/// The id of the product that a row belongs to.
pub(super) fn product_of(row: &Row) -> &'static str {
    if row.branch == "Common Criteria" { COMMON_CRITERIA } else { MAIN }
}

/// `7.0` is reported as `7.0.0`: bulletins write it so, and so do all earlier versions.
pub(super) fn reported(version: &str) -> String {
    if version.matches('.').count() == 1 { format!("{version}.0") } else { version.to_owned() }
}

/// The release of which the row's branch is the name.
pub(super) fn of_branch<'p>(product: &'p Product, row: &Row) -> Result<&'p Release, Error> {
    let version = reported(&row.product_version);
    let found = match row.branch.as_str() {
        "RTM" | "Common Criteria" | "Tech Preview" => {
            product.releases.iter().find(|release| release.marker.is_none() && release.version == version)
        }
        pack => {
            let digits = row.product_version.trim_end_matches(".0").replace('.', "");
            let marker = format!("XS{digits}E{pack}");
            product
                .releases
                .iter()
                .find(|release| release.marker.as_ref().is_some_and(|id| *id == marker.as_str()))
        }
    };
    found.ok_or_else(|| Error::NoRelease {
        id: row.id.clone(),
        version: row.product_version.clone(),
        branch: row.branch.clone(),
    })
}

/// The release that a pack makes, if the row is one's.
pub(super) fn made_by<'p>(product: &'p Product, id: &str) -> Option<&'p Release> {
    product.releases.iter().find(|release| release.marker.as_ref().is_some_and(|marker| *marker == id))
}

/// The release just before another in its line: what a pack installs on.
fn before<'p>(product: &'p Product, release: &Release) -> Option<&'p Release> {
    let at = product.position(release.id.as_str())?;
    product.releases.iter().take(at).rev().find(|earlier| earlier.line == release.line)
}

/// The releases that a row's hotfix installs on, in order.
pub(super) fn installs_on(product: &Product, row: &Row) -> Result<Vec<Id>, Error> {
    let branch = of_branch(product, row)?;
    if row.notes.iter().flatten().any(|note| note.contains(ALL_OF_6)) {
        let six = product.releases.iter().filter(|release| release.version.starts_with("6."));
        return Ok(six.map(|release| release.id.clone()).collect());
    }
    Ok(match made_by(product, &row.id) {
        Some(made) => before(product, made).map(|earlier| earlier.id.clone()).into_iter().collect(),
        None => vec![branch.id.clone()],
    })
}
