//! The inventory: what a host says of itself. What it cannot learn is absent, and *unknown*.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Id;
use super::decode::{Decoder, Fields, Mode};
use super::problem::Problems;
use super::source::Source;
use super::words::{Action, Channel, PackageFormat};
use crate::json::{Form, Value, canonical};

/// The most packages of one host that are read.
pub const MAX_PACKAGES: usize = 100_000;

/// What a host says of itself.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Inventory {
    /// Its product.
    pub product: Id,
    /// The version it reports.
    pub version: Option<String>,
    /// The build it reports.
    pub build: Option<String>,
    /// What is installed, by id or UUID, as the host wrote it; `None`: unknown.
    pub hotfixes: Option<Vec<String>>,
    /// Features by id: in use or not. One that is absent is unknown.
    pub features: BTreeMap<String, bool>,
    /// Facts by id. One that is absent is unknown.
    pub facts: BTreeMap<String, FactValue>,
    /// Its channel; left out: release.
    pub channel: Channel,
    /// What is installed and still waits for an action.
    pub pending: Vec<Pending>,
    /// Its packages; `None`: unknown.
    pub packages: Option<Vec<Package>>,
    /// Fields that are not known here.
    pub unknown_fields: Vec<String>,
    digest: String,
}

/// The value of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactValue {
    /// An integer.
    Int(i64),
    /// A boolean.
    Bool(bool),
    /// A string.
    Text(String),
    /// A list of strings.
    Texts(Vec<String>),
}

/// An action that an installed hotfix still waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The hotfix, by id or UUID.
    pub hotfix: String,
    /// The action.
    pub action: Action,
}

/// An installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its epoch, 0 where left out.
    pub epoch: i64,
    /// Its version.
    pub version: String,
    /// Its release (RPM) or revision (Debian).
    pub release: Option<String>,
    /// Its architecture.
    pub arch: Option<String>,
    /// Its format.
    pub format: PackageFormat,
}

impl Inventory {
    /// Reads an inventory. Fields, products, features and facts that nobody knows are kept and listed, never
    /// refused; a wrong structure is.
    ///
    /// # Errors
    /// Every problem of the structure, each with its place.
    pub fn decode(source: &Source) -> Result<Self, Problems> {
        const KNOWN: [&str; 10] = [
            "schema", "product", "version", "build", "hotfixes", "features", "facts", "channel", "pending",
            "packages",
        ];
        let decoder = Decoder::new(source, Mode::Lenient);
        let root = decoder.root();
        root.schema("hotfixd/inventory/1");
        let inventory = Self {
            product: root.id("product"),
            version: root.opt_line("version"),
            build: root.opt_line("build"),
            hotfixes: root.opt_lines("hotfixes"),
            features: features(&root),
            facts: facts(&root),
            channel: root.opt_word("channel", Channel::WORDS).unwrap_or(Channel::Release),
            pending: root.tables("pending").iter().map(pending).collect(),
            packages: packages(&root),
            unknown_fields: root.names().filter(|name| !KNOWN.contains(&name.as_str())).cloned().collect(),
            digest: hex::encode(Sha256::digest(canonical(source.value(), Form::Json))),
        };
        decoder.finish(inventory)
    }

    /// Its identity: the SHA-256 of its canonical JSON, in lower-case hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

fn features(root: &Fields<'_, '_>) -> BTreeMap<String, bool> {
    let Some(fields) = root.opt_table("features") else { return BTreeMap::new() };
    let mut out = BTreeMap::new();
    for name in fields.names() {
        let at = fields.at(name);
        match root.get("features").and_then(|features| features.get(name)) {
            Some(Value::Bool(bool)) => {
                out.insert(name.clone(), *bool);
            }
            _ => fields.decoder.refuse(&at, "is not true or false", "Leave out a feature that is not known."),
        }
    }
    out
}

fn facts(root: &Fields<'_, '_>) -> BTreeMap<String, FactValue> {
    let Some(fields) = root.opt_table("facts") else { return BTreeMap::new() };
    let mut out = BTreeMap::new();
    for name in fields.names() {
        let value = match root.get("facts").and_then(|facts| facts.get(name)) {
            Some(Value::Int(int)) => Some(FactValue::Int(*int)),
            Some(Value::Bool(bool)) => Some(FactValue::Bool(*bool)),
            Some(Value::Text(text)) => Some(FactValue::Text(text.clone())),
            Some(Value::List(list)) => list
                .iter()
                .map(|value| value.as_text().map(str::to_owned))
                .collect::<Option<_>>()
                .map(FactValue::Texts),
            Some(Value::Null | Value::Table(_)) | None => None,
        };
        match value {
            Some(value) => {
                out.insert(name.clone(), value);
            }
            None => fields.decoder.refuse(
                &fields.at(name),
                "is no integer, boolean, string or list of strings",
                "Leave out a fact that is not known.",
            ),
        }
    }
    out
}

fn pending(fields: &Fields<'_, '_>) -> Pending {
    let action: Action = fields.word("action", &[]);
    let action = Action::from_old_feed(action.word()).unwrap_or(action);
    Pending { hotfix: fields.line("hotfix"), action }
}

fn packages(root: &Fields<'_, '_>) -> Option<Vec<Package>> {
    let value = root.get("packages")?;
    let list = value.as_list().unwrap_or_default();
    if value.as_list().is_none() || list.len() > MAX_PACKAGES {
        let remedy = format!("List at most {MAX_PACKAGES} packages.");
        root.decoder.refuse(&root.at("packages"), "is no list of packages, or too long a one", remedy);
        return None;
    }
    let one = |(index, value)| {
        let fields = root.decoder.table(value, root.at("packages").at(index));
        Package {
            name: fields.line("name"),
            epoch: fields.opt_int("epoch", 0).unwrap_or(0),
            version: fields.line("version"),
            release: fields.opt_line("release"),
            arch: fields.opt_line("arch"),
            format: fields.word("format", PackageFormat::WORDS),
        }
    };
    Some(list.iter().enumerate().map(one).collect())
}
