//! How far a download is: on a terminal only.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// How often it is shown.
const EVERY: Duration = Duration::from_millis(100);

/// A line on standard error that is written over.
pub(super) struct Progress {
    name: String,
    length: u64,
    shown: Option<Instant>,
    on: bool,
}

impl Progress {
    /// For a file of that name and length.
    pub(super) fn new(name: &str, length: u64) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Self { name: name.to_owned(), length, shown: None, on: std::io::stderr().is_terminal() && !dumb }
    }

    /// So many bytes are here.
    pub(super) fn show(&mut self, have: u64) {
        if self.on && self.shown.is_none_or(|shown| shown.elapsed() >= EVERY) {
            self.shown = Some(Instant::now());
            self.line(&line(&self.name, have, self.length));
        }
    }

    fn line(&self, text: &str) {
        let _ = write!(std::io::stderr(), "\r{text:<78}\r");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            self.line("");
        }
    }
}

fn line(name: &str, have: u64, length: u64) -> String {
    let percent = have.saturating_mul(100).checked_div(length).unwrap_or(100);
    let name: String = name.chars().take(40).collect();
    format!("{name} {percent:>3} %  {} of {}", size(have), size(length))
}

fn size(bytes: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = bytes.saturating_mul(10) / unit;
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn says_how_far_it_is() {
        assert_eq!(super::line("a.iso", 1_234_567, 2_500_000_000), "a.iso   0 %  1.2 MB of 2.5 GB");
        assert_eq!(super::line("a.iso", 999, 999), "a.iso 100 %  999 B of 999 B");
        assert_eq!(super::line("empty", 0, 0), "empty 100 %  0 B of 0 B");
    }
}
