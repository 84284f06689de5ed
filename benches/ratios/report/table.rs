//! The table on the terminal.

use super::{Goal, Outcome, Row, Verdict};

/// The rows as a table with a column for each question: what, how much, how much was to be reached, whether
/// it was. Rows that say nothing give their reason below.
#[must_use]
pub(crate) fn table(rows: &[Row]) -> String {
    let head = ["row", "measured", "goal", "", "seen"].map(str::to_owned);
    let mut lines = vec![head];
    lines.extend(rows.iter().map(|row| {
        let unit = row.spec.unit;
        let goal = match row.spec.goal {
            Goal::AtMost(limit) => format!("<= {}", unit.show(limit)),
            Goal::AtLeast(limit) => format!(">= {}", unit.show(limit)),
            Goal::None => String::new(),
        };
        let measured = row.value().map_or_else(|| "-".to_owned(), |value| unit.show(value));
        [row.spec.id.to_owned(), measured, goal, row.verdict().to_string(), row.spec.seen.to_owned()]
    }));
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..5).map(width).collect();
    let mut out = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    let reasons: Vec<String> = rows.iter().filter_map(reason).collect();
    if !reasons.is_empty() {
        out.push('\n');
        reasons.iter().for_each(|reason| out.push_str(reason));
    }
    out
}

/// Why a row says nothing, or what there is to say of how it was measured.
fn reason(row: &Row) -> Option<String> {
    let text = match (&row.outcome, row.verdict()) {
        (Outcome::Skipped { why }, _) => format!("skipped: {why}"),
        (Outcome::Failed { why }, _) => format!("failed: {why}"),
        (Outcome::Measured { steady: Some(steady), .. }, Verdict::Inconclusive) => {
            let percent = (steady.apart() - 1.0) * 100.0;
            format!("inconclusive: the baseline differs from itself by {percent:.0} %. {}", row.note)
        }
        (Outcome::Measured { .. }, _) if row.note.is_empty() => return None,
        (Outcome::Measured { .. }, _) => row.note.clone(),
    };
    Some(format!("{}: {}\n", row.spec.id, text.trim_end()))
}
