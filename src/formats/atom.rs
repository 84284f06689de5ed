//! Atom feeds (RFC 4287). All text is text: nothing that a document says becomes markup, and characters that
//! XML does not have are replaced.

use std::io;

use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// A feed.
#[derive(Debug, Clone)]
pub struct Feed {
    /// What names it for ever.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Who publishes it.
    pub author: String,
    /// When anything in it last changed.
    pub updated: Timestamp,
    /// What relative addresses are relative to; `None` where all are absolute.
    pub base: Option<String>,
    /// Its own address.
    pub address: String,
    /// The page that shows the same.
    pub page: String,
    /// Its entries, newest first.
    pub entries: Vec<Entry>,
}

/// An entry of a feed.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What names it for ever, whatever its revision.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Who publishes it.
    pub author: String,
    /// When it last changed.
    pub updated: Timestamp,
    /// The page of it.
    pub page: String,
    /// It as JSON.
    pub json: String,
    /// It in a sentence or two.
    pub summary: String,
    /// What it is filed under: scheme and term.
    pub categories: Vec<(&'static str, String)>,
}

impl Feed {
    /// The feed as it is sent.
    ///
    /// # Errors
    /// None while memory lasts.
    pub fn to_xml(&self) -> io::Result<Vec<u8>> {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        let mut feed = writer.create_element("feed").with_attribute(("xmlns", "http://www.w3.org/2005/Atom"));
        if let Some(base) = &self.base {
            feed = feed.with_attribute(("xml:base", text(base).as_str()));
        }
        feed.write_inner_content(|writer| {
            element(writer, "id", &self.id)?;
            element(writer, "title", &self.title)?;
            element(writer, "updated", &time(self.updated))?;
            author(writer, &self.author)?;
            link(writer, "self", "application/atom+xml", &self.address)?;
            link(writer, "alternate", "text/html", &self.page)?;
            element(writer, "generator", "hotfixd")?;
            self.entries.iter().try_for_each(|entry| entry.write(writer))
        })?;
        let mut out = writer.into_inner();
        out.push(b'\n');
        Ok(out)
    }
}

impl Entry {
    fn write(&self, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
        writer.create_element("entry").write_inner_content(|writer| {
            element(writer, "id", &self.id)?;
            element(writer, "title", &self.title)?;
            element(writer, "updated", &time(self.updated))?;
            author(writer, &self.author)?;
            link(writer, "alternate", "text/html", &self.page)?;
            link(writer, "alternate", "application/json", &self.json)?;
            for (scheme, term) in &self.categories {
                writer
                    .create_element("category")
                    .with_attribute(("scheme", *scheme))
                    .with_attribute(("term", text(term).as_str()))
                    .write_empty()?;
            }
            element(writer, "summary", &self.summary)
        })?;
        Ok(())
    }
}

fn element(writer: &mut Writer<Vec<u8>>, name: &str, content: &str) -> io::Result<()> {
    writer.create_element(name).write_text_content(BytesText::new(&text(content))).map(drop)
}

fn author(writer: &mut Writer<Vec<u8>>, name: &str) -> io::Result<()> {
    writer.create_element("author").write_inner_content(|writer| element(writer, "name", name)).map(drop)
}

fn link(writer: &mut Writer<Vec<u8>>, rel: &str, media: &str, href: &str) -> io::Result<()> {
    let link = writer.create_element("link").with_attribute(("rel", rel)).with_attribute(("type", media));
    link.with_attribute(("href", text(href).as_str())).write_empty().map(drop)
}

/// To the second, in UTC.
fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Text of characters that XML 1.0 has, and none that steer a terminal or turn a line round.
fn text(text: &str) -> String {
    let fits = |c: char| {
        let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}');
        !turns && (!c.is_control() || matches!(c, '\n' | '\t'))
    };
    text.chars().map(|c| if fits(c) { c } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let harm = "<script>\u{0}\u{1b}[31m]]>&\"'\u{202e}\u{ffff}";
        let entry = Entry {
            id: "tag:a,2026:x".to_owned(),
            title: harm.to_owned(),
            author: harm.to_owned(),
            updated: Timestamp::UNIX_EPOCH,
            page: format!("a?{harm}"),
            json: "b".to_owned(),
            summary: harm.to_owned(),
            categories: vec![("urn:x", harm.to_owned())],
        };
        let feed = Feed {
            id: "tag:a,2026:y".to_owned(),
            title: harm.to_owned(),
            author: "a".to_owned(),
            updated: Timestamp::UNIX_EPOCH,
            base: Some("../".to_owned()),
            address: "c".to_owned(),
            page: "d".to_owned(),
            entries: vec![entry],
        };
        let xml = String::from_utf8(feed.to_xml().unwrap()).unwrap();
        assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns="), "{xml}");
        assert!(!xml.contains("<script") && !xml.contains("]]>"), "{xml}");
        assert!(!xml.contains(|c: char| c.is_control() && c != '\n'), "{xml:?}");
        assert!(xml.contains("<title>&lt;script&gt;\u{fffd}\u{fffd}[31m]]&gt;&amp;"), "{xml}");
        assert!(xml.contains("<updated>1970-01-01T00:00:00Z</updated>"), "{xml}");
    }
}
