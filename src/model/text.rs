//! Rules for text that people will read, and help with words that were mistyped.

/// Whether a character must not stand in published text: control characters reach terminals and
/// databases, and bidirectional overrides make a line read otherwise than it is (CVE-2021-42574).
pub(super) fn forbidden(character: char) -> bool {
    let bidi = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    bidi || (character.is_control() && !matches!(character, '\n' | '\t'))
}

/// A value as a message shows it: quoted, harmless on a terminal, shortened.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut out: String = text.chars().take(LONGEST).collect::<String>().escape_debug().collect();
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    format!("\"{out}\"")
}

/// The known word nearest to one that was mistyped, if any is near.
#[must_use]
pub fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_ascii_lowercase();
    let budget = (word.len() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (distance(&lower, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= budget)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Damerau-Levenshtein distance (optimal string alignment) of two short words.
fn distance(left: &str, right: &str) -> usize {
    if left.len() > 64 || right.len() > 64 {
        return usize::MAX;
    }
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let get = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (get(&last, j) + usize::from(a != b)).min(get(&last, j + 1) + 1).min(get(&row, j) + 1);
            let swapped = i > 0 && j > 0 && left.get(i - 1) == Some(b) && right.get(j - 1) == Some(a);
            if swapped {
                best = best.min(get(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_nearest_word() {
        assert_eq!(suggest("hihg", ["critical", "high", "medium"]), Some("high"));
        assert_eq!(suggest("Severity", ["severity", "summary"]), Some("severity"));
        assert_eq!(suggest("zebra", ["critical", "high", "medium"]), None);
    }

    #[test]
    fn shows_hostile_text_harmlessly() {
        assert_eq!(shown("a\u{1b}[31m\"b"), r#""a\u{1b}[31m\"b""#);
        assert!(shown(&"x".repeat(500)).len() < 90);
    }
}
