//! Writing a document as TOML that is pleasant to read: the order is the caller's, long text stands in lines
//! of its own, lists are folded where they grow long.

/// The widest line, in characters.
const WIDTH: usize = 110;

/// A document as it grows.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
}

impl Writer {
    /// An empty document.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> String {
        self.out
    }

    /// A comment, folded.
    pub fn comment(&mut self, text: &str) {
        for line in wrap(text, WIDTH - 2) {
            self.line(&format!("# {line}"));
        }
    }

    /// An empty line and the head of a table, such as `[[matrix]]`.
    pub fn head(&mut self, head: &str) {
        self.out.push('\n');
        self.line(head);
    }

    /// A field with a string.
    pub fn text(&mut self, name: &str, value: &str) {
        self.line(&format!("{name} = {}", quoted(value)));
    }

    /// A field whose value is TOML already: a number, a date, an inline table.
    pub fn raw(&mut self, name: &str, value: &str) {
        self.line(&format!("{name} = {value}"));
    }

    /// A field with a text of several lines, kept as it is.
    pub fn long(&mut self, name: &str, value: &str) {
        let value = value.trim_end();
        if value.contains("'''") {
            self.text(name, value);
        } else {
            self.line(&format!("{name} = '''\n{value}\n'''"));
        }
    }

    /// A field with a list of strings.
    pub fn texts<T: AsRef<str>>(&mut self, name: &str, values: impl IntoIterator<Item = T>) {
        let items: Vec<String> = values.into_iter().map(|value| quoted(value.as_ref())).collect();
        let flat = format!("{name} = [{}]", items.join(", "));
        if flat.chars().count() <= WIDTH {
            return self.line(&flat);
        }
        self.line(&format!("{name} = ["));
        for line in fold(items.iter().map(|item| format!("{item},")), WIDTH - 4) {
            self.line(&format!("    {line}"));
        }
        self.line("]");
    }

    /// A field with a list of values that are TOML already, one a line.
    pub fn list(&mut self, name: &str, values: &[String]) {
        let flat = format!("{name} = [{}]", values.join(", "));
        if values.len() < 2 && flat.chars().count() <= WIDTH {
            return self.line(&flat);
        }
        self.line(&format!("{name} = ["));
        for value in values {
            self.line(&format!("    {value},"));
        }
        self.line("]");
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }
}

/// A string as TOML writes it: the literal form where it needs no escape for that.
#[must_use]
pub fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) && !text.contains('\'') && !text.contains(char::is_control) {
        return format!("'{text}'");
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Text folded at its spaces; a word longer than the width stands alone.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    fold(text.split_whitespace().map(str::to_owned), width)
}

fn fold(words: impl Iterator<Item = String>, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let hostile = "a \"quote\", a \\ backslash, ''' and\nlines\u{1}";
        let mut writer = Writer::new();
        writer.comment(&"a long comment ".repeat(20));
        writer.text("one", hostile);
        writer.long("two", hostile);
        writer.long("three", "first\n\nsecond\n");
        writer.texts("four", (0..40).map(|index| format!("XS65ESP1{index:03}")));
        writer.texts::<&str>("five", []);
        let text = writer.finish();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        let table: ::toml::Table = text.parse().unwrap();
        assert_eq!(table["one"].as_str(), Some(hostile));
        assert_eq!(table["two"].as_str(), Some(hostile));
        assert_eq!(table["three"].as_str(), Some("first\n\nsecond\n"));
        assert_eq!(table["four"].as_array().unwrap().len(), 40);
        assert_eq!(table["five"].as_array().unwrap().len(), 0);
    }
}
