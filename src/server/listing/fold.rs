//! Text as it is searched: words with their case folded.

use std::collections::BTreeSet;

/// Stands before each word of a text that is searched.
const BEFORE: char = '\n';

/// The words of a text: `CVE-2015-4106` is one.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !(c.is_alphanumeric() || joins(c)))
        .map(|word| word.trim_matches(joins))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

fn joins(c: char) -> bool {
    matches!(c, '-' | '.' | '_')
}

/// A text to search in, of the words of these, and the parts of those with a `-`, `.` or `_` in them.
pub(super) fn haystack<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut all = BTreeSet::new();
    for word in texts.into_iter().flat_map(words) {
        let parts = word.split(joins).filter(|part| !part.is_empty());
        all.extend(parts.map(str::to_owned));
        all.insert(word);
    }
    let mut out = String::new();
    for word in all {
        out.push(BEFORE);
        out.push_str(&word);
    }
    out
}

/// Makes of a word what is looked for in a [`haystack`]: words that begin with it.
pub(super) fn needle(word: &str) -> String {
    format!("{BEFORE}{word}")
}

/// What an address that is referred to is known by: `CTX142141` of `https://…/article/CTX142141`.
pub(super) fn last_segment(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next()?;
    let (_, rest) = path.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    path.rsplit('/').find(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_words_by_their_beginning_and_whole_ids() {
        let text = haystack(["XS65E005", "Data corruption (TRIM/UNMAP) on LUNs > 2 TiB", "CVE-2015-4106."]);
        let found = |wanted: &str| words(wanted).all(|word| text.contains(&needle(&word)));
        for good in ["xs65e005", "XS65", "unmap trim", "cve-2015-4106", "4106", "CVE-2015", "(tib)", ""] {
            assert!(found(good), "{good}");
        }
        for bad in ["65e005", "xs65e0055", "cve-2015-41066", "nothing trim"] {
            assert!(!found(bad), "{bad}");
        }
    }

    #[test]
    fn knows_an_address_by_its_last_part() {
        assert_eq!(last_segment("https://support.citrix.com/article/CTX142141"), Some("CTX142141"));
        assert_eq!(last_segment("https://a.example/b/c/?d=e/f#g"), Some("c"));
        assert_eq!(last_segment("https://a.example"), None);
    }
}
