//! The product document: releases in order, features and their facts.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Id;
use super::decode::{Decoder, Fields, Mode};
use super::problem::Problems;
use super::source::Source;
use super::words::{Channel, FactType, Incidents};
use crate::json::Pointer;

/// Ids that a product must not have: they name roles and folders of the repository.
const RESERVED_PRODUCTS: [&str; 5] = ["root", "targets", "snapshot", "timestamp", "holds"];
/// Names that a release line must not have: they stand beside lines in target paths.
const RESERVED_LINES: [&str; 3] = ["any", "advisory", "payload"];
/// Ids that a feature or fact must not have: they are named as missing facts of an inventory.
const RESERVED_FACTS: [&str; 4] = ["hotfixes", "packages", "version", "build"];

/// A product: everything that the other documents refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Product {
    /// Its id.
    pub id: Id,
    /// Rises with every change.
    pub revision: i64,
    /// The publisher's date of this revision.
    pub published: Option<Date>,
    /// Its name.
    pub name: String,
    /// Who makes it.
    pub vendor: String,
    /// How a host knows that it is this product: any one of these.
    pub detect: Vec<Detect>,
    /// Its releases, oldest first.
    pub releases: Vec<Release>,
    /// Its features.
    pub features: Vec<Feature>,
    /// By id of a release: its place.
    places: BTreeMap<Id, usize>,
}

/// A sign by which a host knows its product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detect {
    /// The `ID` of `/etc/os-release`.
    OsRelease(String),
    /// A file that exists, by absolute path.
    File(String),
}

/// A release of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Release {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Its codename.
    pub codename: Option<String>,
    /// The release line it belongs to.
    pub line: Id,
    /// Its channel.
    pub channel: Channel,
    /// The version that a host of it reports; compared for equality.
    pub version: String,
    /// The build that it reports, where builds tell releases apart.
    pub build: Option<String>,
    /// The hotfix whose being installed makes a host this release.
    pub marker: Option<Id>,
    /// Whether it still takes incident reports.
    pub incidents: Option<Incidents>,
    /// Its dates.
    pub lifecycle: Lifecycle,
}

/// The dates of a release, each left out where it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lifecycle {
    /// It is out.
    pub available: Option<Date>,
    /// Maintenance ends.
    pub maintenance_ends: Option<Date>,
    /// Its life ends.
    pub life_ends: Option<Date>,
}

/// A feature of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Feature {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// What a person finds it labelled.
    pub label: Option<String>,
    /// Where a person finds it.
    pub place: Option<String>,
    /// A command that tells it, to be typed on the host.
    pub command: Option<String>,
    /// The facts that it carries.
    pub facts: Vec<Fact>,
}

/// A fact that hosts report.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fact {
    /// Its id, in one namespace with the features.
    pub id: Id,
    /// Its type.
    pub kind: FactType,
    /// Its unit, such as `bytes`.
    pub unit: Option<String>,
    /// What it says.
    pub title: Option<String>,
    /// A command that tells it, to be typed on the host.
    pub command: Option<String>,
}

impl Product {
    /// Reads a product document.
    ///
    /// # Errors
    /// Every problem of the document, each with its place.
    pub fn decode(source: &Source, mode: Mode) -> Result<Self, Problems> {
        let decoder = Decoder::new(source, mode);
        let root = decoder.root();
        root.schema("hotfixd/product/1");
        let releases: Vec<Release> = root.tables("releases").into_iter().map(release).collect();
        let places = places(&releases);
        let product = Self {
            id: root.id("id"),
            revision: root.int("revision", 1),
            published: root.opt_date("published"),
            name: root.line("name"),
            vendor: root.line("vendor"),
            detect: root.tables("detect").iter().filter_map(detect).collect(),
            releases,
            places,
            features: root.tables("features").into_iter().map(feature).collect(),
        };
        refuse_reserved(&decoder, &product.id, &RESERVED_PRODUCTS, &root.at("id"), "a product");
        if product.releases.is_empty() {
            decoder.refuse(&root.at("releases"), "names no release", "Add at least one [[releases]].");
        }
        check_releases(&decoder, &product.releases);
        check_features(&decoder, &product.features);
        root.finish();
        decoder.finish(product)
    }

    /// Keeps only some of its releases.
    pub(super) fn retain_releases(&mut self, keep: impl FnMut(&Release) -> bool) {
        self.releases.retain(keep);
        self.places = places(&self.releases);
    }

    /// The release of that id.
    #[must_use]
    pub fn release(&self, id: &str) -> Option<&Release> {
        self.releases.get(self.position(id)?)
    }

    /// The place of a release in the order, from 0.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// The feature of that id.
    #[must_use]
    pub fn feature(&self, id: &str) -> Option<&Feature> {
        self.features.iter().find(|feature| feature.id == *id)
    }

    /// The fact of that id.
    #[must_use]
    pub fn fact(&self, id: &str) -> Option<&Fact> {
        self.features.iter().flat_map(|feature| &feature.facts).find(|fact| fact.id == *id)
    }
}

fn detect(fields: &Fields<'_, '_>) -> Option<Detect> {
    let os_release = fields.opt_line("os_release").map(Detect::OsRelease);
    let file = fields.opt_line("file").map(Detect::File);
    let strict = fields.decoder.mode == Mode::Strict;
    match (os_release, file) {
        (Some(_), Some(_)) | (None, None) if strict => {
            let remedy =
                "Write { os_release = \"xenenterprise\" } or { file = \"/etc/xensource-inventory\" }.";
            fields.decoder.refuse(fields.here(), "is not one sign of the product", remedy);
            None
        }
        (None, Some(Detect::File(path))) if strict && !path.starts_with('/') => {
            fields.decoder.refuse_value(&fields.at("file"), &path, "is no absolute path", "Start it with /.");
            None
        }
        (one, other) => one.or(other),
    }
}

fn places(releases: &[Release]) -> BTreeMap<Id, usize> {
    releases.iter().enumerate().map(|(place, release)| (release.id.clone(), place)).collect()
}

fn release(fields: Fields<'_, '_>) -> Release {
    let reports = fields.opt_table("reports");
    if reports.is_none() {
        fields.decoder.refuse(&fields.at("reports"), "missing", "Add `reports = { version = \"…\" }`.");
    }
    let release = Release {
        id: fields.id("id"),
        name: fields.line("name"),
        codename: fields.opt_line("codename"),
        line: fields.id("line"),
        channel: fields.opt_word("channel", Channel::WORDS).unwrap_or(Channel::Release),
        version: reports.as_ref().map(|reports| reports.line("version")).unwrap_or_default(),
        build: reports.as_ref().and_then(|reports| reports.opt_line("build")),
        marker: fields.opt_id("marker"),
        incidents: fields.opt_word("incidents", Incidents::WORDS),
        lifecycle: fields.opt_table("lifecycle").map(lifecycle).unwrap_or_default(),
    };
    refuse_reserved(fields.decoder, &release.line, &RESERVED_LINES, &fields.at("line"), "a release line");
    if let Some(reports) = reports {
        reports.finish();
    }
    fields.finish();
    release
}

fn lifecycle(fields: Fields<'_, '_>) -> Lifecycle {
    let lifecycle = Lifecycle {
        available: fields.opt_date("available"),
        maintenance_ends: fields.opt_date("maintenance_ends"),
        life_ends: fields.opt_date("life_ends"),
    };
    fields.finish();
    lifecycle
}

fn feature(fields: Fields<'_, '_>) -> Feature {
    let feature = Feature {
        id: fields.id("id"),
        name: fields.line("name"),
        label: fields.opt_line("label"),
        place: fields.opt_line("place"),
        command: fields.opt_line("command"),
        facts: fields.tables("facts").into_iter().map(fact).collect(),
    };
    fields.finish();
    feature
}

fn fact(fields: Fields<'_, '_>) -> Fact {
    let fact = Fact {
        id: fields.id("id"),
        kind: fields.word("type", FactType::WORDS),
        unit: fields.opt_line("unit"),
        title: fields.opt_line("title"),
        command: fields.opt_line("command"),
    };
    fields.finish();
    fact
}

fn refuse_reserved(decoder: &Decoder<'_>, id: &Id, reserved: &[&str], at: &Pointer, what: &str) {
    if reserved.contains(&id.folded().as_str()) {
        let message = format!("cannot name {what}: the word is taken");
        decoder.refuse_value(at, id.as_str(), message, "Choose another id.");
    }
}

fn check_releases(decoder: &Decoder<'_>, releases: &[Release]) {
    let mut seen = BTreeMap::new();
    let mut lines: BTreeMap<String, &Id> = BTreeMap::new();
    let mut alike: BTreeMap<&str, Vec<&Release>> = BTreeMap::new();
    for (index, release) in releases.iter().enumerate() {
        let at = Pointer::root().at("releases").at(index);
        refuse_twice(decoder, &mut seen, &release.id, &at.at("id"));
        let line = *lines.entry(release.line.folded()).or_insert(&release.line);
        if *line != release.line {
            let message = format!("differs from the line {line} only by case");
            decoder.refuse_value(
                &at.at("line"),
                release.line.as_str(),
                message,
                "Spell the line in one way.",
            );
        }
        // The last that matches is a host's release, so one that matches wherever an earlier one does
        // would hide it for ever.
        let hides = |earlier: &Release| {
            (release.build.is_none() || release.build == earlier.build)
                && (release.marker.is_none() || release.marker == earlier.marker)
        };
        let earlier = alike.entry(&release.version).or_default();
        if let Some(hidden) = earlier.iter().find(|earlier| hides(earlier)) {
            let message = format!(
                "nothing tells {} from {}: every host of the latter would be taken for the former",
                release.id, hidden.id
            );
            let remedy =
                "State what differs: a build, or the marker hotfix; or list them in the other order.";
            decoder.refuse(&at.at("reports"), message, remedy);
        }
        earlier.push(release);
    }
}

fn check_features(decoder: &Decoder<'_>, features: &[Feature]) {
    let mut seen = BTreeMap::new();
    for (index, feature) in features.iter().enumerate() {
        let at = Pointer::root().at("features").at(index);
        refuse_twice(decoder, &mut seen, &feature.id, &at.at("id"));
        refuse_reserved(decoder, &feature.id, &RESERVED_FACTS, &at.at("id"), "a feature");
        for (index, fact) in feature.facts.iter().enumerate() {
            let at = at.at("facts").at(index).at("id");
            refuse_twice(decoder, &mut seen, &fact.id, &at);
            refuse_reserved(decoder, &fact.id, &RESERVED_FACTS, &at, "a fact");
        }
    }
}

fn refuse_twice(decoder: &Decoder<'_>, seen: &mut BTreeMap<String, Id>, id: &Id, at: &Pointer) {
    if let Some(other) = seen.insert(id.folded(), id.clone()) {
        let message = format!("is taken by {other} (ids are unique when case is folded)");
        decoder.refuse_value(at, id.as_str(), message, "Choose another id.");
    }
}
