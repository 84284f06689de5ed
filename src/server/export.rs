//! `hotfixd export`: a static mirror, from the store of a service that may be running meanwhile.

use std::path::Path;

use serde_json::json;

use super::config::Config;
use crate::release::export;
pub use crate::release::export::{ExportError, Exported};

/// Writes what is served to a folder: see [`export::export`].
///
/// # Errors
/// See [`ExportError`].
pub fn export(config: &Config, target: &Path, keep: bool) -> Result<Exported, ExportError> {
    export::export(&export::open(config.store.clone())?, target, keep)
}

/// What was done, for people.
#[must_use]
pub fn report(done: &Exported, target: &Path, config: &Config) -> String {
    let Exported { timestamp, snapshot, expires, written, written_bytes, kept, removed } = done;
    let until = if *expires <= config.clock.now() {
        format!(
            "Hosts take it no longer: it expired at {expires}. Is the service running, which signs it anew?"
        )
    } else {
        format!("Hosts take it until {expires}: export again before that.")
    };
    format!(
        "{}: {written} files written ({written_bytes} bytes), {kept} kept, {removed} removed\n\
         Timestamp {timestamp}, snapshot {snapshot}. {until}",
        target.display()
    )
}

/// What was done, as JSON.
#[must_use]
pub fn to_json(done: &Exported, target: &Path) -> serde_json::Value {
    json!({
        "schema": "hotfixd/export/1",
        "folder": target.display().to_string(),
        "timestamp": done.timestamp,
        "snapshot": done.snapshot,
        "expires": done.expires.to_string(),
        "written": done.written,
        "written_bytes": done.written_bytes,
        "kept": done.kept,
        "removed": done.removed,
    })
}
