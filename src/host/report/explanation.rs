//! An explanation, for people.

use crate::assess::explain::{Explanation, Missing, Paragraph, Sentence};
use crate::host::terminal::{Page, Style};

/// An explanation as text, in colour or not.
#[must_use]
pub fn explanation(explanation: &Explanation, colour: bool) -> String {
    let prose = explanation.prose();
    let mut page = Page::new(colour);
    page.end().styled(Style::Bold, &prose.heading).end();
    page.line(&format!("  {}", prose.title));
    for paragraph in &prose.paragraphs {
        put_paragraph(&mut page, paragraph);
    }
    if !prose.missing.is_empty() {
        page.end().line("  To settle it, find out:");
        prose.missing.iter().for_each(|one| put_question(&mut page, one, 4));
    }
    page.into_text()
}

fn put_paragraph(page: &mut Page, paragraph: &Paragraph) {
    page.end();
    if let (Some(id), Some(about)) = (&paragraph.advisory, &paragraph.about) {
        page.put("  ").styled(Style::Bold, id.as_str()).line(&format!(": {about}"));
    }
    for Sentence { says, clauses } in &paragraph.sentences {
        page.line(&format!("  {says}"));
        for clause in clauses {
            page.line(&format!("    {:3}  {}", clause.holds, clause.says));
        }
    }
}

/// Something to find out: how to get it, and where it goes.
pub(super) fn put_question(page: &mut Page, missing: &Missing, indent: usize) {
    page.line(&format!("{:indent$}{}", "", missing.ask));
    let mut put = |name: &str, text: &Option<String>| {
        if let Some(text) = text {
            page.line(&format!("{:indent$}  {name}: {text}", ""));
        }
    };
    put("where", &missing.place);
    put("command, on the host", &missing.command);
    put("in the inventory", &missing.write);
}
