//! The longer sentences of errors.

use crate::model::Problems;

/// Problems as one message: each with its place, the first ten of them.
pub(super) fn first_lines(problems: &Problems) -> String {
    const SHOWN: usize = 10;
    let all = &problems.0;
    let mut lines: Vec<String> = all
        .iter()
        .take(SHOWN)
        .map(|problem| {
            let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
            let field = match problem.field.dotted() {
                field if field.is_empty() => String::new(),
                field => format!("{field}: "),
            };
            format!("{}{line}: {field}{}", problem.file, problem.message)
        })
        .collect();
    if let Some(more) = all.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        lines.push(format!("… and {more} more"));
    }
    lines.join("\n")
}

/// What to do about an inventory that is not of the right form.
pub(super) fn inventory_remedy(problems: &Problems) -> String {
    match problems.0.first() {
        Some(problem) if !problem.remedy.is_empty() => problem.remedy.clone(),
        _ => "`hotfix inventory` prints one of the right form.".to_owned(),
    }
}

/// How to name the product.
pub(super) fn product_remedy(known: &[String]) -> String {
    match known {
        [] => "Give --product ID.".to_owned(),
        known => format!("Give --product with one of {}.", known.join(", ")),
    }
}
