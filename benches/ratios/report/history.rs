//! A run as JSON, and as one line of the history.

use serde_json::{Value, json as value};

use super::{Goal, Outcome, Row};

/// The schema of a run.
pub(crate) const SCHEMA: &str = "hotfixd/bench/1";

/// A run: when, of what, on what, and its rows. Names no machine and no path.
#[must_use]
pub(crate) fn json(date: &str, commit: &str, cpu: &str, rows: &[Row]) -> Value {
    let rows: Vec<Value> = rows.iter().map(row).collect();
    value!({ "schema": SCHEMA, "date": date, "commit": commit, "cpu": cpu, "rows": rows })
}

fn row(row: &Row) -> Value {
    let (goal, limit) = match row.spec.goal {
        Goal::AtMost(limit) => ("at-most", Some(limit)),
        Goal::AtLeast(limit) => ("at-least", Some(limit)),
        Goal::None => ("none", None),
    };
    let (why, steady) = match &row.outcome {
        Outcome::Skipped { why } | Outcome::Failed { why } => (Some(why.as_str()), None),
        Outcome::Measured { steady, .. } => (None, steady.map(|steady| digits(steady.apart()))),
    };
    value!({
        "id": row.spec.id,
        "what": row.spec.what,
        "baseline": row.spec.baseline,
        "unit": row.spec.unit.word(),
        "measured": row.value().map(digits),
        "goal": goal,
        "limit": limit,
        "result": row.verdict(),
        "baseline_apart": steady,
        "why": why,
        "note": row.note,
    })
}

/// The same in one line, without what the documentation says anyway.
#[must_use]
pub(crate) fn history_line(run: &Value) -> String {
    let mut run = run.clone();
    for row in run.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(row) = row.as_object_mut() {
            row.retain(|name, value| {
                matches!(name.as_str(), "id" | "measured" | "unit" | "limit" | "result" | "baseline_apart")
                    && !value.is_null()
            });
        }
    }
    format!("{run}\n")
}

/// No more digits than mean something: four.
fn digits(value: f64) -> f64 {
    let scale = 10_f64.powf(3.0 - value.abs().max(f64::MIN_POSITIVE).log10().floor());
    let rounded = (value * scale).round() / scale;
    if rounded.is_finite() { rounded } else { value }
}
