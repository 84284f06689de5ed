//! `server.json`: which server this host asks, and what it was told about it.

use jiff::Timestamp;

use crate::json::{self, Table, Value};
use crate::model::Id;
use crate::net::ServerUrl;

const SCHEMA: &str = "hotfixd/host/1";

/// What `hotfix init` was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The server.
    pub server: ServerUrl,
    /// The product of this host, where it was told.
    pub product: Option<Id>,
    /// Whether a root made for development is accepted from a server that is not this machine.
    pub allow_development: bool,
    /// The SHA-256 of the root that was pinned, in lower-case hex.
    pub pinned_sha256: String,
    /// When.
    pub pinned_at: Timestamp,
}

impl Settings {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut table = Table::new();
        let mut put = |name: &str, value: Value| drop(table.insert(name.to_owned(), value));
        put("schema", SCHEMA.into());
        put("server", self.server.to_string().into());
        if let Some(product) = &self.product {
            put("product", product.as_str().into());
        }
        put("allow_development", self.allow_development.into());
        put("pinned_sha256", self.pinned_sha256.as_str().into());
        put("pinned_at", self.pinned_at.to_string().into());
        let mut text = serde_json::to_vec_pretty(&Value::Table(table)).unwrap_or_default();
        text.push(b'\n');
        text
    }

    /// Reads what [`Settings::to_bytes`] wrote, or says what is wrong with it.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let value = json::parse(bytes).map_err(|error| error.to_string())?;
        let text = |name: &str| value.get(name).and_then(Value::as_text);
        if text("schema") != Some(SCHEMA) {
            return Err(format!("schema is not \"{SCHEMA}\""));
        }
        let server = text("server").ok_or("server is missing")?;
        let product = match value.get("product") {
            None => None,
            Some(product) => Some(product.as_text().and_then(Id::new).ok_or("product is no identifier")?),
        };
        Ok(Self {
            server: ServerUrl::parse(server).map_err(|error| error.to_string())?,
            product,
            allow_development: value.get("allow_development").and_then(Value::as_bool).unwrap_or(false),
            pinned_sha256: text("pinned_sha256").ok_or("pinned_sha256 is missing")?.to_owned(),
            pinned_at: text("pinned_at")
                .and_then(|text| text.parse().ok())
                .ok_or("pinned_at is missing or no time")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let settings = Settings {
            server: ServerUrl::parse("http://127.0.0.1:8650").unwrap(),
            product: Id::new("xenserver"),
            allow_development: true,
            pinned_sha256: "ab".repeat(32),
            pinned_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        };
        assert_eq!(Settings::read(&settings.to_bytes()), Ok(settings.clone()));
        let none = Settings { product: None, ..settings };
        assert_eq!(Settings::read(&none.to_bytes()), Ok(none));
        assert!(Settings::read(b"{\"schema\":\"hotfixd/host/1\"}").is_err());
        assert!(Settings::read(b"{").is_err());
    }
}
