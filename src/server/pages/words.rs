//! Statuses as word, glyph and colour, and dates as people and machines read them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use crate::model::sentence;
use crate::model::words::{
    Category, CellStatus, Channel, HotfixKind, RemediationKind, Severity, TimelineEvent,
};

/// A status: its word, a glyph that tells it apart without colour, and the class that colours it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Badge {
    pub(super) word: String,
    pub(super) glyph: &'static str,
    pub(super) class: &'static str,
}

impl Badge {
    pub(super) fn new(word: &str, glyph: &'static str, class: &'static str) -> Self {
        Self { word: word.to_owned(), glyph, class }
    }

    /// What nobody stated.
    pub(super) fn unstated() -> Self {
        Self::new("Not stated", "?", "unknown")
    }
}

/// A moment or day in UTC.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct When {
    pub(super) datetime: String,
    pub(super) text: String,
}

pub(super) fn date(date: Date) -> When {
    When { datetime: date.to_string(), text: date.strftime("%-d %B %Y").to_string() }
}

pub(super) fn time(time: Timestamp) -> When {
    let utc = Offset::UTC.to_datetime(time);
    When {
        datetime: utc.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        text: utc.strftime("%-d %B %Y, %H:%M UTC").to_string(),
    }
}

/// The day of a moment, in UTC.
pub(super) fn day(time: Timestamp) -> Date {
    Offset::UTC.to_datetime(time).date()
}

/// How far a moment is from now, beside its date: "3 hours ago", "in 12 days".
pub(super) fn relative(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs();
    let size = seconds.unsigned_abs();
    let (count, unit) = match size {
        0..=59 => return "now".to_owned(),
        60..=5_399 => ((size + 30) / 60, "minute"),
        5_400..=129_599 => ((size + 1_800) / 3_600, "hour"),
        _ => ((size + 43_200) / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if seconds > 0 { format!("{count} {unit}{plural} ago") } else { format!("in {count} {unit}{plural}") }
}

pub(super) fn severity(severity: &Severity) -> Badge {
    match severity {
        Severity::Critical => Badge::new("Critical", "●●●●", "sev-critical"),
        Severity::High => Badge::new("High", "●●●○", "sev-high"),
        Severity::Medium => Badge::new("Medium", "●●○○", "sev-medium"),
        Severity::Low => Badge::new("Low", "●○○○", "sev-low"),
        Severity::None => Badge::new("No harm", "○○○○", "sev-low"),
        Severity::Unknown => Badge::new("Severity not stated", "?", "unknown"),
        Severity::Other(word) => Badge::new(word, "?", "unknown"),
    }
}

pub(super) fn category(category: &Category) -> String {
    match category {
        Category::Security => "Security".to_owned(),
        Category::DataLoss => "Data loss".to_owned(),
        Category::Stability => "Stability".to_owned(),
        Category::Performance => "Performance".to_owned(),
        Category::Functional => "Functional".to_owned(),
        Category::Other(word) => word.clone(),
    }
}

pub(super) fn cell_status(status: &CellStatus) -> Badge {
    match status {
        CellStatus::KnownAffected => Badge::new("Affected", "!", "bad"),
        CellStatus::KnownNotAffected => Badge::new("Not affected", "–", "calm"),
        CellStatus::Fixed => Badge::new("Fixed", "✓", "fixed"),
        CellStatus::UnderInvestigation => Badge::new("Under investigation", "…", "wait"),
        CellStatus::Other(word) => Badge::new(&format!("{word} (not known here)"), "?", "unknown"),
    }
}

pub(super) fn event(event: &TimelineEvent) -> String {
    match event {
        TimelineEvent::Reported => "Reported".to_owned(),
        TimelineEvent::UnderInvestigation => "Under investigation".to_owned(),
        TimelineEvent::FixUnderTest => "Fix under test".to_owned(),
        TimelineEvent::Fixed => "Fixed".to_owned(),
        TimelineEvent::Withdrawn => "Withdrawn".to_owned(),
        TimelineEvent::Note => "Note".to_owned(),
        TimelineEvent::Other(word) => word.clone(),
    }
}

pub(super) fn kind(kind: &HotfixKind) -> String {
    match kind {
        HotfixKind::Hotfix => "Hotfix".to_owned(),
        HotfixKind::ServicePack => "Service pack".to_owned(),
        HotfixKind::CumulativeUpdate => "Cumulative update".to_owned(),
        HotfixKind::LivePatch => "Live patch".to_owned(),
        HotfixKind::Other(word) => word.clone(),
    }
}

pub(super) fn channel(channel: &Channel) -> String {
    match channel {
        Channel::Release => "Release: for everybody".to_owned(),
        Channel::Beta => "Beta: nearly ready".to_owned(),
        Channel::Alpha => "Alpha: early".to_owned(),
        Channel::Nightly => "Nightly: built last night".to_owned(),
        Channel::Other(word) => word.clone(),
    }
}

/// A size as a person estimates it, and exactly.
pub(super) fn size(bytes: i64) -> String {
    let (about, exact) = (sentence::about_bytes(bytes), sentence::grouped(bytes));
    if bytes < 1024 { about } else { format!("{about}, {exact} bytes") }
}

/// What can be expected where there is no fix.
pub(super) fn expected(kind: &RemediationKind, day: Option<Date>) -> String {
    match (kind, day) {
        (RemediationKind::FixPlanned, Some(day)) => format!("A fix is planned for {}.", date(day).text),
        (RemediationKind::FixPlanned, None) => "A fix is planned; no date is stated.".to_owned(),
        (RemediationKind::NoneAvailable, _) => "There is no fix.".to_owned(),
        (RemediationKind::NoFixPlanned, _) => "There is no fix, and none is planned.".to_owned(),
        (RemediationKind::Other(word), _) => format!("No fix is named ({word})."),
    }
}
