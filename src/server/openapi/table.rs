//! What an operation is, written so that a table of them can be read.

use crate::server::listing::Section;

/// Whom an operation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    People,
    Hosts,
    Tools,
    Publishers,
    Operators,
}

impl Group {
    pub(super) const ALL: [Self; 5] =
        [Self::Tools, Self::Publishers, Self::Hosts, Self::People, Self::Operators];

    /// Its name and what it has.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::People => ("people", "Pages, complete without scripts, and feeds."),
            Self::Hosts => ("hosts", "What hosts poll, and verify for themselves."),
            Self::Tools => ("tools", "What is published, and what it means for an inventory."),
            Self::Publishers => ("publishers", "Handing in. The token only admits; signatures decide."),
            Self::Operators => ("operators", "How the service is."),
        }
    }
}

/// One JSON document a line.
pub(super) const LINES: &str = "application/x-ndjson";

/// The parameters of an address.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asks {
    /// By name, with what they are.
    These(&'static [(&'static str, &'static str)]),
    /// Those of a list; of its feed, where so said.
    List(Section, bool),
}

/// What comes back: status, media type, and the schema of JSON.
pub(super) type Answer = (u16, &'static str, Option<&'static str>);

/// An operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) group: Group,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) asks: Asks,
    /// The media type of the body, and the schema of JSON.
    pub(super) body: Option<(&'static str, Option<&'static str>)>,
    /// Whether many may be sent, a line each, and are answered line by line.
    pub(super) lines: bool,
    /// At most three.
    pub(super) answers: [Option<Answer>; 3],
    /// Whether it has an `ETag` and answers 304.
    pub(super) cached: bool,
    pub(super) token: bool,
}

pub(super) const fn get(
    path: &'static str,
    group: Group,
    id: &'static str,
    summary: &'static str,
) -> Operation {
    Operation {
        method: "get",
        path,
        group,
        id,
        summary,
        asks: Asks::These(&[]),
        body: None,
        lines: false,
        answers: [None; 3],
        cached: false,
        token: false,
    }
}

pub(super) const fn post(
    path: &'static str,
    group: Group,
    id: &'static str,
    summary: &'static str,
) -> Operation {
    Operation { method: "post", ..get(path, group, id, summary) }
}

pub(super) const fn put(
    path: &'static str,
    group: Group,
    id: &'static str,
    summary: &'static str,
) -> Operation {
    Operation { method: "put", ..get(path, group, id, summary) }
}

impl Operation {
    pub(super) const fn query(self, these: &'static [(&'static str, &'static str)]) -> Self {
        Self { asks: Asks::These(these), ..self }
    }

    pub(super) const fn list(self, section: Section) -> Self {
        Self { asks: Asks::List(section, false), ..self }
    }

    pub(super) const fn feed(self, section: Section) -> Self {
        Self { asks: Asks::List(section, true), ..self }.cached().answer(200, "application/atom+xml", None)
    }

    pub(super) const fn body(self, media: &'static str, schema: Option<&'static str>) -> Self {
        Self { body: Some((media, schema)), ..self }
    }

    pub(super) const fn lines(self) -> Self {
        Self { lines: true, ..self }.answer(200, LINES, None)
    }

    pub(super) const fn answer(self, status: u16, media: &'static str, schema: Option<&'static str>) -> Self {
        let answers = match self.answers {
            [None, ..] => [Some((status, media, schema)), None, None],
            [first, None, _] => [first, Some((status, media, schema)), None],
            [first, second, _] => [first, second, Some((status, media, schema))],
        };
        Self { answers, ..self }
    }

    pub(super) const fn json(self, schema: &'static str) -> Self {
        self.answer(200, "application/json", Some(schema))
    }

    pub(super) const fn page(self) -> Self {
        self.answer(200, "text/html", None)
    }

    pub(super) const fn cached(self) -> Self {
        Self { cached: true, ..self }
    }

    pub(super) const fn token(self) -> Self {
        Self { token: true, ..self }
    }
}
