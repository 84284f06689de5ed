//! What begins a row of an answer, in JSON: the same for every host but for the status in it, so made once, when it
//! is first written.

use super::piece::{AdvisoryPiece, HotfixPiece};

impl HotfixPiece {
    /// What its row begins with, up to its status.
    pub(super) fn head(&self) -> &Head {
        self.head.get_or_init(|| Head::of(self.id.as_str(), &self.title, "\""))
    }
}

impl AdvisoryPiece {
    /// What its row begins with, up to its reasons.
    pub(super) fn head(&self) -> &Head {
        self.head.get_or_init(|| {
            let (severity, category) = (quoted(self.severity.word()), quoted(self.category.word()));
            let after = format!("\",\"severity\":{severity},\"category\":{category},\"because\":[");
            Head::of(self.id.as_str(), &self.title, &after)
        })
    }
}

/// What a row begins with.
#[derive(Debug)]
pub(super) struct Head {
    text: Box<str>,
    /// Where in it the status belongs.
    status: usize,
}

impl Head {
    fn of(id: &str, title: &str, after: &str) -> Self {
        let mut text = format!("{{\"id\":{},\"title\":{},\"status\":\"", quoted(id), quoted(title));
        let status = text.len();
        text.push_str(after);
        Self { text: text.into(), status }
    }

    /// What stands before the status, and what behind it.
    pub(super) fn around_status(&self) -> (&str, &str) {
        self.text.split_at(self.status)
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
