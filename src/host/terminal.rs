//! What goes to a terminal: never a control byte from outside, and colours only where somebody looks.

use std::io::{IsTerminal, Write};

/// How a piece of text stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A heading.
    Bold,
    /// Something is needed.
    Red,
    /// Something is open.
    Yellow,
    /// Fixed, and nothing else.
    Green,
    /// Of less weight.
    Dim,
}

/// Text for a terminal or a pipe: the same words either way.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
    colour: bool,
}

impl Page {
    /// An empty page, in colour or not.
    #[must_use]
    pub fn new(colour: bool) -> Self {
        Self { text: String::new(), colour }
    }

    /// Adds text; whatever controls it holds are made harmless.
    pub fn put(&mut self, text: &str) -> &mut Self {
        self.text.push_str(&crate::net::harmless(text));
        self
    }

    /// Adds text that stands out.
    pub fn styled(&mut self, style: Style, text: &str) -> &mut Self {
        if !self.colour {
            return self.put(text);
        }
        let code = match style {
            Style::Bold => "1",
            Style::Red => "1;31",
            Style::Yellow => "33",
            Style::Green => "32",
            Style::Dim => "2",
        };
        self.text.push_str(&format!("\u{1b}[{code}m"));
        self.put(text);
        self.text.push_str("\u{1b}[0m");
        self
    }

    /// Ends the line.
    pub fn end(&mut self) -> &mut Self {
        self.text.push('\n');
        self
    }

    /// Adds a whole line.
    pub fn line(&mut self, text: &str) -> &mut Self {
        self.put(text).end()
    }

    /// The text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }
}

/// A value as JSON that is harmless on a terminal too: controls beyond ASCII and bidirectional overrides, which
/// JSON may hold as they are, are escaped.
#[must_use]
pub fn json_text(value: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    // Most text is plain, which is seen sooner byte by byte.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        text.push('\n');
        return text;
    }
    let escaped = |character: char| {
        let bidi = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        bidi || (character.is_control() && character != '\n')
    };
    let mut out = String::with_capacity(text.len() + 1);
    let mut plain_from = 0;
    for (at, character) in text.match_indices(escaped) {
        out.push_str(text.get(plain_from..at).unwrap_or_default());
        character.chars().for_each(|one| out.push_str(&format!("\\u{:04x}", u32::from(one))));
        plain_from = at + character.len();
    }
    out.push_str(text.get(plain_from..).unwrap_or_default());
    out.push('\n');
    out
}

/// Whether standard output takes colours: a terminal, and nothing that says otherwise.
#[must_use]
pub fn colours() -> bool {
    let says_no = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    std::io::stdout().is_terminal() && !says_no && !dumb
}

/// Writes data to standard output. A reader that has gone away is no error.
///
/// # Errors
/// Anything else that keeps it from being written, such as a full disk.
pub fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_holds_no_control_and_reads_the_same() {
        let value = serde_json::json!({ "a\u{9b}": "b\u{1b}\u{202e}\u{7f}\nc" });
        let text = json_text(&value);
        assert!(text.chars().all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}')), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn passes_no_control_on() {
        for colour in [false, true] {
            let mut page = Page::new(colour);
            page.styled(Style::Red, "a\u{1b}[2Jb").line("c\u{7}d");
            let text = page.into_text();
            assert_eq!(text.matches('\u{1b}').count(), if colour { 2 } else { 0 });
            assert!(text.ends_with("c\u{fffd}d\n"));
        }
    }
}
