//! The hotfix document.

use jiff::Timestamp;
use jiff::civil::Date;

use super::advisory::{Reference, references, refuse_other_schemes};
use super::decode::{Decoder, Fields, Mode};
use super::problem::Problems;
use super::source::Source;
use super::words::{Action, Channel, GuidanceLevel, HotfixKind};
use super::{Condition, Id};

/// The longest rollout, in hours (a year).
const MAX_ROLLOUT_HOURS: i64 = 8_784;

/// A hotfix, service pack, cumulative update or live patch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hotfix {
    /// Its id.
    pub id: Id,
    /// The UUID by which hosts may name it, in lower case.
    pub uuid: Option<String>,
    /// The product that it is for.
    pub product: Id,
    /// Rises with every change.
    pub revision: i64,
    /// The publisher's date of this revision.
    pub published: Option<Date>,
    /// What kind of thing it is.
    pub kind: HotfixKind,
    /// Its title.
    pub title: String,
    /// It at length, in Markdown.
    pub description: Option<String>,
    /// The releases it installs on.
    pub releases: Vec<Id>,
    /// A further condition.
    pub when: Option<Condition>,
    /// What has to be provided before it; `None`: not stated.
    pub requires: Option<Vec<Id>>,
    /// What it rolls up; `None`: not stated.
    pub supersedes: Option<Vec<Id>>,
    /// What must not be installed beside it; `None`: not stated.
    pub conflicts: Option<Vec<Id>>,
    /// The advisories it fixes; `None`: not stated.
    pub fixes: Option<Vec<Id>>,
    /// What is to be done after installing; `None`: not known, empty: nothing.
    pub guidance: Option<Vec<Guidance>>,
    /// What a live patch can be applied to.
    pub live_patch: Option<LivePatch>,
    /// What it takes on disk once installed, in bytes.
    pub installed_bytes: Option<i64>,
    /// What it needs free while it is installed, in bytes.
    pub space_bytes: Option<i64>,
    /// The release that it turns a host into.
    pub establishes: Option<Id>,
    /// Its channel.
    pub channel: Channel,
    /// When its turn comes for which host.
    pub rollout: Option<Rollout>,
    /// Its files; `None`: not known.
    pub payloads: Option<Vec<Payload>>,
    /// Where else to read.
    pub references: Vec<Reference>,
    /// When it was released.
    pub released: Option<Date>,
    /// Set when it was taken back.
    pub withdrawn: Option<Withdrawal>,
}

/// One action of the guidance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Guidance {
    /// What is to be done.
    pub action: Action,
    /// How strongly.
    pub level: GuidanceLevel,
}

/// What a live patch can be applied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LivePatch {
    /// What has to run for the patch to apply.
    pub base: String,
}

/// A rollout: from `start`, over `hours`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// Before it nobody's turn has come.
    pub start: Timestamp,
    /// After so many everybody's has.
    pub hours: i64,
}

impl Rollout {
    /// When everybody's turn has come.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.start.checked_add(jiff::SignedDuration::from_hours(self.hours)).unwrap_or(Timestamp::MAX)
    }
}

/// A file of a hotfix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// Its name.
    pub file: Id,
    /// Its length; `None` until `hotfix sign` fills it in.
    pub bytes: Option<i64>,
    /// Its SHA-256 in lower-case hex; `None` until `hotfix sign` fills it in.
    pub sha256: Option<String>,
    /// Where else it can be had, in order.
    pub mirrors: Vec<String>,
}

/// Why, when and for what a hotfix was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// When.
    pub date: Date,
    /// Why.
    pub reason: String,
    /// What to install instead.
    pub replaced_by: Option<Id>,
    /// Whether it never did what it was to do: it provides nothing where it is installed.
    pub ineffective: bool,
    /// What to do where it is installed.
    pub advice: Option<String>,
}

impl Hotfix {
    /// Reads a hotfix document.
    ///
    /// # Errors
    /// Every problem of the document, each with its place.
    pub fn decode(source: &Source, mode: Mode) -> Result<Self, Problems> {
        let decoder = Decoder::new(source, mode);
        let root = decoder.root();
        root.schema("hotfixd/hotfix/1");
        let hotfix = Self {
            id: root.id("id"),
            uuid: root.opt_line("uuid").map(|uuid| uuid.to_ascii_lowercase()),
            product: root.id("product"),
            revision: root.int("revision", 1),
            published: root.opt_date("published"),
            kind: root.word("kind", HotfixKind::WORDS),
            title: root.line("title"),
            description: root.opt_text("description"),
            releases: root.opt_ids("releases").unwrap_or_default(),
            when: root.opt_condition("when"),
            requires: root.opt_ids("requires"),
            supersedes: root.opt_ids("supersedes"),
            conflicts: root.opt_ids("conflicts"),
            fixes: root.opt_ids("fixes"),
            guidance: root.opt_tables("guidance").map(|list| list.into_iter().map(guidance).collect()),
            live_patch: root.opt_table("live_patch").map(live_patch),
            installed_bytes: root.opt_int("installed_bytes", 0),
            space_bytes: root.opt_int("space_bytes", 0),
            establishes: root.opt_id("establishes"),
            channel: root.opt_word("channel", Channel::WORDS).unwrap_or(Channel::Release),
            rollout: root.opt_table("rollout").map(rollout),
            payloads: root.opt_tables("payloads").map(|list| list.into_iter().map(payload).collect()),
            references: references(&root),
            released: root.opt_date("released"),
            withdrawn: root.opt_table("withdrawn").map(withdrawal),
        };
        check(&root, &hotfix);
        root.finish();
        decoder.finish(hotfix)
    }

    /// Whether the hotfix was withdrawn because it does not do what it was to do.
    #[must_use]
    pub fn ineffective(&self) -> bool {
        self.withdrawn.as_ref().is_some_and(|withdrawn| withdrawn.ineffective)
    }

    /// The bytes to download: the sum over its files, if all are known.
    #[must_use]
    pub fn download_bytes(&self) -> Option<i64> {
        let payloads = self.payloads.as_ref()?;
        payloads.iter().try_fold(0_i64, |sum, payload| sum.checked_add(payload.bytes?))
    }
}

fn check(root: &Fields<'_, '_>, hotfix: &Hotfix) {
    let decoder = root.decoder;
    if hotfix.releases.is_empty() {
        decoder.refuse(&root.at("releases"), "names no release", "List the releases that it installs on.");
    }
    if let Some(uuid) = hotfix.uuid.as_deref().filter(|uuid| !is_uuid(uuid)) {
        let remedy = "Write 8-4-4-4-12 hexadecimal digits, or leave it out.";
        decoder.refuse_value(&root.at("uuid"), uuid, "is no UUID", remedy);
    }
    let mut names = std::collections::BTreeSet::new();
    for (index, payload) in hotfix.payloads.iter().flatten().enumerate() {
        if !names.insert(payload.file.folded()) {
            let at = root.at("payloads").at(index).at("file");
            decoder.refuse_value(
                &at,
                payload.file.as_str(),
                "is listed twice",
                "Give each file a name of its own.",
            );
        }
    }
}

/// Whether a text has the form of a UUID (RFC 9562).
#[must_use]
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn guidance(fields: Fields<'_, '_>) -> Guidance {
    let word = fields.get("action").and_then(|value| value.as_text()).unwrap_or_default();
    let action = match Action::from_old_feed(word) {
        Some(action) => action,
        None => fields.word("action", Action::WORDS),
    };
    let level = fields.opt_word("level", GuidanceLevel::WORDS).unwrap_or(GuidanceLevel::Mandatory);
    fields.finish();
    Guidance { action, level }
}

fn live_patch(fields: Fields<'_, '_>) -> LivePatch {
    let live_patch = LivePatch { base: fields.line("base") };
    fields.finish();
    live_patch
}

fn rollout(fields: Fields<'_, '_>) -> Rollout {
    let rollout = Rollout { start: fields.time("start"), hours: fields.int("hours", 0) };
    if rollout.hours > MAX_ROLLOUT_HOURS {
        let remedy = format!("Write at most {MAX_ROLLOUT_HOURS} (a year).");
        fields.decoder.refuse(&fields.at("hours"), "is longer than a year", remedy);
    }
    fields.finish();
    rollout
}

fn payload(fields: Fields<'_, '_>) -> Payload {
    let payload = Payload {
        file: fields.id("file"),
        bytes: fields.opt_int("bytes", 0),
        sha256: fields.opt_line("sha256"),
        mirrors: fields.opt_lines("mirrors").unwrap_or_default(),
    };
    let lower_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if let Some(digest) = payload.sha256.as_deref().filter(|text| text.len() != 64 || !lower_hex(text)) {
        let remedy = "Write 64 lower-case hexadecimal digits, or leave it to `hotfix sign`.";
        fields.decoder.refuse_value(&fields.at("sha256"), digest, "is no SHA-256", remedy);
    }
    payload.mirrors.iter().for_each(|url| refuse_other_schemes(&fields, "mirrors", url));
    fields.finish();
    payload
}

fn withdrawal(fields: Fields<'_, '_>) -> Withdrawal {
    let withdrawal = Withdrawal {
        date: fields.date("date"),
        reason: fields.line("reason"),
        replaced_by: fields.opt_id("replaced_by"),
        ineffective: fields.opt_bool("ineffective").unwrap_or(false),
        advice: fields.opt_line("advice"),
    };
    fields.finish();
    withdrawal
}
