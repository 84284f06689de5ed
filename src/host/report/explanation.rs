//! An explanation, for people.

use crate::host::explain::Explanation;
use crate::host::terminal::{Page, Style};

/// An explanation as text, in colour or not.
#[must_use]
pub fn explanation(explanation: &Explanation, colour: bool) -> String {
    let mut page = Page::new(colour);
    page.end().styled(Style::Bold, &format!("Why: {} is {}", explanation.id, explanation.status)).end();
    page.line(&format!("  {}", explanation.title));
    put(&mut page, "Decided by", &explanation.because);
    put(&mut page, "The publisher states", &explanation.states);
    let values: Vec<String> = explanation
        .values
        .iter()
        .map(|value| format!("{}: {}", value.id, value.value.as_deref().unwrap_or("not reported")))
        .collect();
    put(&mut page, "This host says", &values);
    for missing in &explanation.missing {
        page.line(&format!("  To settle it: {}", missing.ask));
        if let Some(place) = &missing.place {
            page.line(&format!("    Where: {place}"));
        }
        page.line(&format!("    In the inventory: {}", missing.write));
    }
    page.into_text()
}

fn put(page: &mut Page, heading: &str, lines: &[String]) {
    if !lines.is_empty() {
        page.line(&format!("  {heading}:"));
        for line in lines {
            page.line(&format!("    {line}"));
        }
    }
}
