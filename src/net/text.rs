//! Text from outside, made harmless for a terminal or a log.

/// The text without control characters and bidirectional overrides: each becomes `U+FFFD`. Line ends and
/// tabs become spaces, so that one message stays one line.
#[must_use]
pub fn harmless(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\r' | '\t' => ' ',
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
            character if character.is_control() => char::REPLACEMENT_CHARACTER,
            character => character,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn leaves_no_control_character() {
        assert_eq!(super::harmless("a\u{1b}[31m\r\nb\u{202e}\u{9b}é"), "a\u{fffd}[31m  b\u{fffd}\u{fffd}é");
    }
}
