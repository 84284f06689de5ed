//! The advisory document: what is wrong, and the matrix of whom it touches.

use jiff::civil::Date;

use super::decode::{Decoder, Fields, Mode};
use super::problem::Problems;
use super::source::Source;
use super::words::{Category, CellStatus, RemediationKind, Severity, TimelineEvent};
use super::{Condition, Id};

/// An advisory.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Advisory {
    /// Its id.
    pub id: Id,
    /// The product that it is about.
    pub product: Id,
    /// Rises with every change.
    pub revision: i64,
    /// The publisher's date of this revision.
    pub published: Option<Date>,
    /// Its title.
    pub title: String,
    /// It in a sentence.
    pub summary: Option<String>,
    /// It at length, in Markdown.
    pub description: Option<String>,
    /// What it is about.
    pub category: Category,
    /// How serious it is.
    pub severity: Severity,
    /// CVSS vectors, one for each version of CVSS.
    pub cvss: Vec<Cvss>,
    /// CVE ids.
    pub cves: Option<Vec<String>>,
    /// CWE ids.
    pub cwes: Option<Vec<String>>,
    /// Where else to read.
    pub references: Vec<Reference>,
    /// Incident tickets.
    pub incidents: Vec<String>,
    /// Whom to thank.
    pub acknowledgements: Vec<String>,
    /// Dated notes, in the order of the document.
    pub timeline: Vec<TimelineNote>,
    /// Who is affected.
    pub matrix: Vec<Cell>,
    /// Set when it was taken back.
    pub withdrawn: Option<AdvisoryWithdrawal>,
}

/// A CVSS score as its vector and the version of CVSS that it is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cvss {
    /// `2.0`, `3.0`, `3.1` or `4.0`.
    pub version: String,
    /// The vector.
    pub vector: Option<String>,
    /// The base score in tenths (there are no fractions in documents).
    pub score_tenths: Option<i64>,
}

/// Where else to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What is there.
    pub title: Option<String>,
    /// An `http` or `https` address.
    pub url: String,
}

/// A dated note of how things stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineNote {
    /// The date.
    pub date: Date,
    /// What happened.
    pub event: TimelineEvent,
    /// In words.
    pub note: Option<String>,
    /// The date that was promised.
    pub expected: Option<Date>,
}

/// Why and when an advisory was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisoryWithdrawal {
    /// When.
    pub date: Date,
    /// Why.
    pub reason: String,
}

/// A cell of the matrix: a feature, or the whole product, on some releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The feature; `None` is the whole product, written `*`.
    pub feature: Option<Id>,
    /// The releases.
    pub releases: Vec<Id>,
    /// How they stand.
    pub status: CellStatus,
    /// The condition under which it bites.
    pub when: Option<Condition>,
    /// Alternatives of sets of hotfixes: all of any one set remedy it. `None`: not known.
    pub fixed_by: Option<Vec<Vec<Id>>>,
    /// What can be expected where there is no fix.
    pub remediation: Option<Remediation>,
    /// What to do meanwhile.
    pub workaround: Option<String>,
    /// Anything else.
    pub note: Option<String>,
}

/// What can be expected where there is no fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remediation {
    /// What.
    pub kind: RemediationKind,
    /// When.
    pub date: Option<Date>,
}

impl Cell {
    /// The alternatives; empty where none is stated.
    #[must_use]
    pub fn alternatives(&self) -> &[Vec<Id>] {
        self.fixed_by.as_deref().unwrap_or_default()
    }
}

impl Advisory {
    /// An advisory of which only this is known: in a part of a catalogue, one that states nothing about the hosts that
    /// the part is for.
    #[must_use]
    pub(crate) fn named(id: Id, product: Id, title: String, severity: Severity, category: Category) -> Self {
        Self {
            id,
            product,
            revision: 1,
            published: None,
            title,
            summary: None,
            description: None,
            category,
            severity,
            cvss: Vec::new(),
            cves: None,
            cwes: None,
            references: Vec::new(),
            incidents: Vec::new(),
            acknowledgements: Vec::new(),
            timeline: Vec::new(),
            matrix: Vec::new(),
            withdrawn: None,
        }
    }

    /// Reads an advisory document.
    ///
    /// # Errors
    /// Every problem of the document, each with its place.
    pub fn decode(source: &Source, mode: Mode) -> Result<Self, Problems> {
        let decoder = Decoder::new(source, mode);
        let root = decoder.root();
        root.schema("hotfixd/advisory/1");
        let advisory = Self {
            id: root.id("id"),
            product: root.id("product"),
            revision: root.int("revision", 1),
            published: root.opt_date("published"),
            title: root.line("title"),
            summary: root.opt_line("summary"),
            description: root.opt_text("description"),
            category: root.word("category", Category::WORDS),
            severity: root.opt_word("severity", Severity::WORDS).unwrap_or(Severity::Unknown),
            cvss: root.tables("cvss").into_iter().map(cvss).collect(),
            cves: root.opt_lines("cves"),
            cwes: root.opt_lines("cwes"),
            references: references(&root),
            incidents: root.opt_lines("incidents").unwrap_or_default(),
            acknowledgements: root.opt_lines("acknowledgements").unwrap_or_default(),
            timeline: root.tables("timeline").into_iter().map(timeline).collect(),
            matrix: root.tables("matrix").into_iter().map(cell).collect(),
            withdrawn: root.opt_table("withdrawn").map(withdrawal),
        };
        root.finish();
        decoder.finish(advisory)
    }

    /// The cells that cover a release, in the order of the matrix.
    pub fn cells<'a>(&'a self, release: &'a Id) -> impl Iterator<Item = &'a Cell> {
        self.matrix.iter().filter(move |cell| cell.releases.contains(release))
    }
}

/// The `references` of a document.
pub(super) fn references(root: &Fields<'_, '_>) -> Vec<Reference> {
    let one = |fields: Fields<'_, '_>| {
        let reference = Reference { title: fields.opt_line("title"), url: fields.line("url") };
        refuse_other_schemes(&fields, "url", &reference.url);
        fields.finish();
        reference
    };
    root.tables("references").into_iter().map(one).collect()
}

/// Refuses an address that is not a web page: it becomes a link.
pub(super) fn refuse_other_schemes(fields: &Fields<'_, '_>, name: &str, url: &str) {
    let web = url.starts_with("https://") || url.starts_with("http://");
    if !(web
        && url.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\')))
    {
        let remedy = "Write an address that starts with https:// or http://, percent-encoded.";
        fields.decoder.refuse_value(&fields.at(name), url, "is no web address", remedy);
    }
}

fn cvss(fields: Fields<'_, '_>) -> Cvss {
    let cvss = Cvss {
        version: fields.line("version"),
        vector: fields.opt_line("vector"),
        score_tenths: fields.opt_int("score_tenths", 0),
    };
    if fields.decoder.mode == Mode::Strict && !["2.0", "3.0", "3.1", "4.0"].contains(&cvss.version.as_str()) {
        let remedy = "Write one of 2.0, 3.0, 3.1, 4.0.";
        fields.decoder.refuse_value(&fields.at("version"), &cvss.version, "is no version of CVSS", remedy);
    }
    if cvss.score_tenths.is_some_and(|score| score > 100) {
        fields.decoder.refuse(&fields.at("score_tenths"), "is above 100", "7.8 is written 78.");
    }
    fields.finish();
    cvss
}

fn timeline(fields: Fields<'_, '_>) -> TimelineNote {
    let note = TimelineNote {
        date: fields.date("date"),
        event: fields.word("event", TimelineEvent::WORDS),
        note: fields.opt_text("note"),
        expected: fields.opt_date("expected"),
    };
    fields.finish();
    note
}

fn withdrawal(fields: Fields<'_, '_>) -> AdvisoryWithdrawal {
    let withdrawal = AdvisoryWithdrawal { date: fields.date("date"), reason: fields.line("reason") };
    fields.finish();
    withdrawal
}

fn cell(fields: Fields<'_, '_>) -> Cell {
    let whole = fields.get("feature").is_some_and(|value| value.as_text() == Some("*"));
    let cell = Cell {
        feature: if whole { None } else { Some(fields.id("feature")) },
        releases: fields.opt_ids("releases").unwrap_or_default(),
        status: fields.word("status", CellStatus::WORDS),
        when: fields.opt_condition("when"),
        fixed_by: alternatives(&fields),
        remediation: fields.opt_table("remediation").map(remediation),
        workaround: fields.opt_text("workaround"),
        note: fields.opt_text("note"),
    };
    if cell.releases.is_empty() {
        fields.decoder.refuse(
            &fields.at("releases"),
            "names no release",
            "List the releases that the cell covers.",
        );
    }
    check_cell(&fields, &cell);
    fields.finish();
    cell
}

/// What may stand beside which status.
fn check_cell(fields: &Fields<'_, '_>, cell: &Cell) {
    let refuse = |name: &str, remedy: &str| {
        let message = format!("does not belong on a {} cell", cell.status);
        fields.decoder.refuse(&fields.at(name), message, remedy);
    };
    let conditional = matches!(
        cell.status,
        CellStatus::KnownAffected | CellStatus::UnderInvestigation | CellStatus::Other(_)
    );
    let fixable = matches!(cell.status, CellStatus::KnownAffected | CellStatus::Fixed | CellStatus::Other(_));
    if cell.when.is_some() && !conditional {
        refuse("when", "A condition says when a host is affected: known_affected or under_investigation.");
    }
    if cell.fixed_by.is_some() && !fixable {
        refuse("fixed_by", "Fixes belong on known_affected and fixed.");
    }
    if cell.remediation.is_some() && !cell.alternatives().is_empty() {
        let remedy = "A remediation says what comes where there is no fix: remove it, or fixed_by.";
        fields.decoder.refuse(&fields.at("remediation"), "stands beside a fix", remedy);
    }
    if cell.remediation.is_some() && !conditional {
        refuse("remediation", "It says what comes where there is no fix yet.");
    }
}

fn alternatives(fields: &Fields<'_, '_>) -> Option<Vec<Vec<Id>>> {
    let list = fields.opt_list("fixed_by")?;
    let mut out = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let at = || fields.at("fixed_by").at(index);
        let set = fields.ids_of(fields.list_at(value, at), at);
        if set.is_empty() {
            let remedy =
                "Each alternative lists the hotfixes that are all needed: [[\"A\"], [\"B\", \"C\"]].";
            fields.decoder.refuse(&at(), "is no set of hotfixes, or an empty one", remedy);
        }
        out.push(set);
    }
    Some(out)
}

fn remediation(fields: Fields<'_, '_>) -> Remediation {
    let remediation =
        Remediation { kind: fields.word("kind", RemediationKind::WORDS), date: fields.opt_date("date") };
    fields.finish();
    remediation
}
