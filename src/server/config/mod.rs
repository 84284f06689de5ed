//! The configuration: one TOML file and the environment, read as it was written, then validated once.

mod keys;
mod raw;

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::Duration;

pub use keys::{KEYS, Key, table};
pub use raw::{ConfigError, Place, Raw};

use super::clock::Clock;
use crate::store::{DatabaseUrl, StoreSettings};

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Who may read the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsAccess {
    /// Nobody.
    Off,
    /// The machine itself, where no proxy asks for another.
    Loopback,
    /// Everybody.
    Any,
    /// Whoever reaches this address, which is listened on beside the service's own.
    Own(SocketAddr),
}

/// What a demo publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleSet {
    /// The few documents of the first case.
    FirstLight,
    /// Everything: the whole history, and what is made up to try the rest.
    All,
}

/// The bounds of everything that comes from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once, of each worker.
    pub connections: usize,
    /// How long a request's head may take.
    pub head: Duration,
    /// How long a body may take.
    pub body: Duration,
    /// How long the upload of a payload may take.
    pub payload: Duration,
    /// How long a connection may be idle.
    pub keep_alive: Duration,
    /// How long requests may take to end after SIGTERM.
    pub shutdown: Duration,
    /// The longest inventory, in bytes.
    pub inventory_bytes: usize,
    /// The most bytes of inventories in one request, a line each.
    pub batch_bytes: u64,
    /// How much memory answers may take that are given again, in bytes.
    pub assess_cache_bytes: usize,
    /// The memory for pages, lists and feeds that are asked for again, in bytes.
    pub page_cache_bytes: usize,
    /// The longest submission, in bytes.
    pub submission_bytes: usize,
    /// The longest payload, in bytes.
    pub payload_bytes: u64,
    /// The most items of a list in one answer.
    pub page_items: u32,
    /// The most rows of a list in one answer as CSV.
    pub csv_rows: u32,
}

/// The address under which people reach the service, such as `https://hotfix.example/patches`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    /// Scheme, host and port.
    pub origin: String,
    /// The path below which the service is, without a final slash; often empty.
    pub prefix: String,
}

/// The configuration, valid.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The online keys; `None`: the usual folder.
    pub keys: Option<PathBuf>,
    /// The address under which people reach the service.
    pub public_url: Option<PublicUrl>,
    /// What is logged.
    pub log: String,
    /// How.
    pub log_format: LogFormat,
    /// Who may read the metrics.
    pub metrics: MetricsAccess,
    /// Threads that serve; `None`: one for each processor.
    pub workers: Option<usize>,
    /// The database and the data folder.
    pub store: StoreSettings,
    /// The bounds.
    pub limits: Limits,
    /// What a demo publishes.
    pub samples: SampleSet,
    /// The clock.
    pub clock: Clock,
}

impl Config {
    /// Validates settings.
    ///
    /// # Errors
    /// The first that cannot be used, with its place, key, value and what is allowed.
    pub fn new(raw: &Raw) -> Result<Self, ConfigError> {
        let int = |name: &str, least: u64, most: u64| {
            raw.parse(name, &format!("an integer from {least} to {most}"), |text| {
                text.parse().ok().filter(|int| (least..=most).contains(int))
            })
        };
        let size =
            |name, least, most| int(name, least, most).map(|int| usize::try_from(int).unwrap_or(usize::MAX));
        let seconds = |name, most| int(name, 1, most).map(Duration::from_secs);
        let count = |name, most| int(name, 1, most).map(|int| u32::try_from(int).unwrap_or(u32::MAX));
        let offset = raw.parse("clock_offset_seconds", "an integer", |text| text.parse().ok())?;
        Ok(Self {
            listen: raw.parse("listen", "ADDRESS:PORT, such as 127.0.0.1:8650", address)?,
            keys: folder(&raw.get("keys").1),
            public_url: raw.parse("public_url", "http://… or https://…, or nothing", public_url)?,
            log: raw.get("log").1,
            log_format: raw.parse("log_format", "`text` or `json`", |text| match text {
                "text" => Some(LogFormat::Text),
                "json" => Some(LogFormat::Json),
                _ => None,
            })?,
            metrics: raw.parse("metrics", "`loopback`, `any`, `off` or ADDRESS:PORT", metrics)?,
            workers: Some(size("workers", 0, 1_024)?).filter(|workers| *workers > 0),
            store: StoreSettings {
                readers: count("database_readers", 64)?,
                busy_timeout: seconds("database_busy_seconds", 60)?,
                max_bytes: int("max_database_bytes", 1 << 20, 1 << 43)?,
                ..store(raw)?
            },
            limits: Limits {
                connections: size("max_connections", 1, 1_000_000)?,
                head: seconds("head_seconds", 300)?,
                body: seconds("body_seconds", 3_600)?,
                payload: seconds("payload_seconds", 86_400)?,
                keep_alive: seconds("keep_alive_seconds", 3_600)?,
                shutdown: seconds("shutdown_seconds", 300)?,
                inventory_bytes: size("max_inventory_bytes", 1_024, 64 << 20)?,
                batch_bytes: int("max_batch_bytes", 1_024, 1 << 40)?,
                assess_cache_bytes: size("assess_cache_bytes", 0, 1 << 30)?,
                page_cache_bytes: size("page_cache_bytes", 0, 1 << 30)?,
                submission_bytes: size("max_submission_bytes", 1_024, 256 << 20)?,
                payload_bytes: int("max_payload_bytes", 1, 1 << 40)?,
                page_items: count("max_page_items", 10_000)?,
                csv_rows: count("max_csv_rows", 1_000_000)?,
            },
            samples: raw.parse("samples", "`all` or `first-light`", |text| match text {
                "all" => Some(SampleSet::All),
                "first-light" => Some(SampleSet::FirstLight),
                _ => None,
            })?,
            clock: Clock::with_offset_seconds(offset),
        })
    }
}

fn store(raw: &Raw) -> Result<StoreSettings, ConfigError> {
    let data = raw.parse("data", "a folder", folder)?;
    let mut settings = StoreSettings::in_folder(data);
    let (place, url) = raw.get("database");
    if !url.is_empty() {
        settings.database =
            DatabaseUrl::parse(&url).map_err(|error| ConfigError { place, message: error.to_string() })?;
    }
    Ok(settings)
}

fn folder(text: &str) -> Option<PathBuf> {
    (!text.is_empty()).then(|| PathBuf::from(text))
}

fn address(text: &str) -> Option<SocketAddr> {
    text.parse().ok().or_else(|| text.to_socket_addrs().ok()?.next())
}

fn metrics(text: &str) -> Option<MetricsAccess> {
    match text {
        "off" => Some(MetricsAccess::Off),
        "loopback" => Some(MetricsAccess::Loopback),
        "any" => Some(MetricsAccess::Any),
        text => address(text).map(MetricsAccess::Own),
    }
}

fn public_url(text: &str) -> Option<Option<PublicUrl>> {
    let text = text.trim_end_matches('/');
    if text.is_empty() {
        return Some(None);
    }
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/[]".contains(&byte);
    let host_bytes = rest.find('/').unwrap_or(rest.len());
    if host_bytes == 0 || !rest.bytes().all(plain) {
        return None;
    }
    let (origin, prefix) = text.split_at_checked(text.len() - rest.len() + host_bytes)?;
    Some(Some(PublicUrl { origin: origin.to_owned(), prefix: prefix.to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        let config = Config::new(&Raw::default()).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8650");
        assert_eq!(config.limits.inventory_bytes, 1 << 20);
        assert_eq!(config.workers, None);
    }

    #[test]
    fn a_public_url_may_have_a_path() {
        let read = |text| public_url(text).map(|url| url.map(|url| (url.origin, url.prefix)));
        assert_eq!(read(""), Some(None));
        assert_eq!(read("https://a.example/"), Some(Some(("https://a.example".into(), String::new()))));
        assert_eq!(read("http://a:80/b/c"), Some(Some(("http://a:80".into(), "/b/c".into()))));
        for bad in ["a.example", "ftp://a", "http://", "http:///x", "https://a/\"b", "https://a/?b"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn errors_name_place_key_value_and_what_is_allowed() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("hotfixd.toml");
        let refuse = |text: &str| {
            std::fs::write(&file, text).unwrap();
            let raw = Raw::read(Some(&file), |_| None);
            raw.and_then(|raw| Config::new(&raw)).unwrap_err().message
        };
        assert_eq!(refuse("body_seconds = 0"), "body_seconds = \"0\": write an integer from 1 to 3600");
        assert_eq!(refuse("listen = \"x\""), "listen = \"x\": write ADDRESS:PORT, such as 127.0.0.1:8650");
        assert_eq!(refuse("lisen = \"x\""), "`lisen` is no setting: did you mean `listen`?");
        assert_eq!(refuse("log = true"), "`log` is neither a text nor an integer");
        let database = refuse("database = \"postgres://a:secret@b/c?sslmode=no\"");
        assert!(database.contains("verify-full") && !database.contains("secret"), "{database}");
        assert!(refuse("listen = ").contains("TOML"));
    }

    #[test]
    fn the_command_line_is_stronger_than_the_environment_and_that_than_the_file() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("hotfixd.toml");
        std::fs::write(&file, "body_seconds = 5\nhead_seconds = 5\nlisten = \"127.0.0.1:1\"").unwrap();
        let variable = |name: &str| (name != "HOTFIXD_BODY_SECONDS").then(|| "7".to_owned());
        let raw = Raw::read(Some(&file), |name| {
            variable(name).filter(|_| ["HOTFIXD_HEAD_SECONDS", "HOTFIXD_LISTEN"].contains(&name))
        });
        let mut raw = raw.unwrap();
        raw.flag("listen", Some("127.0.0.1:2".to_owned()));
        let config = Config::new(&raw).unwrap();
        assert_eq!((config.limits.body.as_secs(), config.limits.head.as_secs()), (5, 7));
        assert_eq!(config.listen.port(), 2);
    }
}
