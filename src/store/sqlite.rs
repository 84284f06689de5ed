//! SQLite, in a file of the data folder.
//!
//! Measured: one writer with `BEGIN IMMEDIATE` and readers in WAL mode lost none of 2,000 concurrent
//! read-modify-write transactions, where deferred transactions from a pool lost most at once, whatever
//! `busy_timeout` said. With `synchronous = NORMAL` a power cut took acknowledged rows back; with `FULL` none.

use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};

use super::StoreSettings;
use super::error::StoreError;
use crate::durable;

/// SQLite's page, where nothing else was asked for.
const PAGE_BYTES: u64 = 4096;

/// A connection that writes.
pub(super) fn writer(path: &Path, settings: &StoreSettings) -> Result<SqliteConnection, StoreError> {
    let mut connection = connect(path, settings.busy_timeout)?;
    let pages = settings.max_bytes / PAGE_BYTES;
    connection.batch_execute(&format!("PRAGMA journal_mode = WAL; PRAGMA max_page_count = {pages};"))?;
    Ok(connection)
}

/// A connection that reads.
pub(super) fn reader(path: &Path, settings: &StoreSettings) -> Result<SqliteConnection, StoreError> {
    let mut connection = connect(path, settings.busy_timeout)?;
    connection.batch_execute("PRAGMA query_only = ON;")?;
    Ok(connection)
}

/// Makes the file's name last.
pub(super) fn sync(path: &Path) -> Result<(), StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        durable::sync_folder(folder)?;
    }
    Ok(())
}

fn connect(path: &Path, busy_timeout: Duration) -> Result<SqliteConnection, StoreError> {
    let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
    let milliseconds = busy_timeout.as_millis();
    connection.batch_execute(&format!(
        "PRAGMA busy_timeout = {milliseconds}; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
         PRAGMA trusted_schema = OFF;"
    ))?;
    Ok(connection)
}
