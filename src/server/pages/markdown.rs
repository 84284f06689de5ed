//! A publisher's Markdown as HTML that can do no harm.
//!
//! Twice safe: raw HTML in it becomes text before it is HTML, and what comes out passes a cleaner that knows
//! the few tags that remain. Images become their description: nothing is fetched from elsewhere.

use std::collections::{HashMap, HashSet};

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The tags that remain; every attribute but a link's address is dropped.
const TAGS: [&str; 22] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
];

/// The HTML of a text in Markdown. Its headings start below the page's own.
pub(super) fn to_html(markdown: &str) -> String {
    let parser = Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let mut last = HeadingLevel::H2;
    let events = parser.filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Heading { level, .. }) => {
            last = below(level, last);
            Some(Event::Start(Tag::Heading { level: last, id: None, classes: Vec::new(), attrs: Vec::new() }))
        }
        Event::End(TagEnd::Heading(_)) => Some(Event::End(TagEnd::Heading(last))),
        Event::FootnoteReference(name) => Some(Event::Text(CowStr::from(format!("[{name}]")))),
        other => Some(other),
    });
    let mut out = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut out, events);
    let mut tags: HashSet<&str> = TAGS.into();
    tags.insert("ul");
    ammonia::Builder::empty()
        .tags(tags)
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("nofollow noopener noreferrer"))
        .clean(&out)
        .to_string()
}

/// A heading's level on the page: at least 3, and never more than one below the heading before it.
fn below(level: HeadingLevel, last: HeadingLevel) -> HeadingLevel {
    let wanted = (level as usize + 2).min(last as usize + 1).clamp(3, 6);
    HeadingLevel::try_from(wanted).unwrap_or(HeadingLevel::H6)
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn keeps_what_helps_to_read() {
        assert_eq!(to_html("a **b** *c* `d`"), "<p>a <strong>b</strong> <em>c</em> <code>d</code></p>\n");
        assert_eq!(
            to_html("[x](https://a.example/?b=1&c=2)"),
            "<p><a href=\"https://a.example/?b=1&amp;c=2\" rel=\"nofollow noopener noreferrer\">x</a></p>\n"
        );
    }

    #[test]
    fn starts_headings_below_the_pages_and_skips_none() {
        assert_eq!(to_html("### A\n# B\n## C"), "<h3>A</h3>\n<h3>B</h3>\n<h4>C</h4>\n");
    }

    #[test]
    fn makes_hostile_text_harmless() {
        for hostile in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "a <b onclick=\"alert(1)\">c</b>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html,<script>)",
            "[x](//evil.example)",
            "![x](https://evil.example/pixel.png)",
            "<svg><style><img src=x onerror=alert(1)>",
            "<javascript:alert(1)>",
            "[x]: javascript:alert(1)\n\n[x]",
            "`<script>`\n\n    <script>\n\n<!-- --><iframe src=x>",
        ] {
            let html = to_html(hostile);
            let tags =
                ["<script", "<img", "<svg", "<iframe", "<style", "<b ", "href=\"j", "href=\"d", "href=\"/"];
            assert!(tags.iter().all(|tag| !html.to_lowercase().contains(tag)), "{hostile}\n{html}");
        }
        assert_eq!(to_html("![a pixel](https://evil.example/p.png)"), "<p>a pixel</p>\n");
    }
}
