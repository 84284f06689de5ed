//! Prometheus' text format, version 0.0.4.

use std::fmt::{Display, Write as _};

/// The media type.
pub(super) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Metrics as they are written: a family at a time, then its samples.
#[derive(Debug, Default)]
pub(super) struct Text {
    out: String,
    family: &'static str,
}

impl Text {
    /// Begins a family that only rises.
    pub(super) fn counter(&mut self, name: &'static str, help: &str) {
        self.begin(name, "counter", help);
    }

    /// Begins a family that rises and falls.
    pub(super) fn gauge(&mut self, name: &'static str, help: &str) {
        self.begin(name, "gauge", help);
    }

    /// Begins a family of buckets.
    pub(super) fn histogram(&mut self, name: &'static str, help: &str) {
        self.begin(name, "histogram", help);
    }

    fn begin(&mut self, name: &'static str, kind: &str, help: &str) {
        self.family = name;
        let _ = write!(self.out, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// Adds a sample to the family.
    pub(super) fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.part("", labels, value);
    }

    /// Adds a sample whose name is the family's with an ending.
    pub(super) fn part(&mut self, ending: &str, labels: &[(&str, &str)], value: impl Display) {
        self.out.push_str(self.family);
        self.out.push_str(ending);
        for (at, (name, text)) in labels.iter().enumerate() {
            let _ = write!(self.out, "{}{name}=\"", if at == 0 { '{' } else { ',' });
            text.chars().for_each(|c| self.escaped(c));
            self.out.push('"');
        }
        let end = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.out, "{end} {value}");
    }

    /// Label values hold any character but those of control, which are replaced.
    fn escaped(&mut self, c: char) {
        match c {
            '\\' => self.out.push_str("\\\\"),
            '"' => self.out.push_str("\\\""),
            c if c.is_control() => self.out.push('\u{fffd}'),
            c => self.out.push(c),
        }
    }

    /// Everything that was written.
    pub(super) fn into_string(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_label_or_its_line() {
        let mut out = Text::default();
        out.gauge("a", "What it is.");
        out.sample(&[("b", "x\"} 1\nc 2\\\u{1b}"), ("d", "")], 3);
        let expected =
            "# HELP a What it is.\n# TYPE a gauge\na{b=\"x\\\"} 1\u{fffd}c 2\\\\\u{fffd}\",d=\"\"} 3\n";
        assert_eq!(out.into_string(), expected);
    }
}
