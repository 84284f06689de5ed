//! When a hotfix was released: a date stands in its field only where it is neither approximate nor contradicted.

use super::facts::Row;

/// What the facts say of the day of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Released<'f> {
    /// This day.
    On(&'f str),
    /// About this day, on this basis.
    About(&'f str, &'f str),
    /// This day by one source, though it was seen in public before.
    Contradicted(&'f str, &'f str),
    /// Nothing.
    Unknown,
}

const APPROXIMATE: &str = "approx: ";

/// What the row says.
pub(super) fn released(row: &Row) -> Released<'_> {
    let Some(date) = row.release_date.as_deref() else { return Released::Unknown };
    let basis = row.release_date_basis.as_deref().unwrap_or("approx: no basis is given");
    match (basis.strip_prefix(APPROXIMATE), row.first_seen_public.as_deref()) {
        (Some(basis), _) => Released::About(date, basis),
        (None, Some(seen)) if seen < date => Released::Contradicted(date, seen),
        (None, _) => Released::On(date),
    }
}
