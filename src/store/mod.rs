//! What the service keeps: diesel over SQLite, and blobs on disk. Nothing above this room sees diesel.
//!
//! - Documents are append-only revisions; signed roles are kept byte by byte, every version of them.
//! - One connection writes, in transactions that begin with the lock; a pool of others reads.
//! - A blob is named by its SHA-256. Nothing acknowledged is lost: files are synced before they are named,
//!   and the database before it answers.

mod audit;
mod blob_files;
mod blobs;
mod connection;
mod documents;
mod error;
mod releases;
mod roles;
mod rows;
mod schema;
mod submissions;
mod tokens;

use crate::durable;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use diesel::{Connection as _, SqliteConnection};

pub use audit::{AuditEntry, Event};
pub use blob_files::{BlobFiles, BlobWriter};
pub use blobs::BlobState;
pub use connection::DatabaseUrl;
pub use documents::{DocumentKind, DocumentRevision};
pub use error::StoreError;
pub use releases::{NewRelease, ReleaseRecord};
pub use roles::RoleRecord;
pub use submissions::{SubmissionRecord, SubmissionState};
pub use tokens::{Scope, Token, TokenRecord};

/// How to open a store.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// The data folder: blobs, and whatever else the service keeps in files.
    pub data: PathBuf,
    /// The database.
    pub database: DatabaseUrl,
    /// The most connections that read at once.
    pub readers: u32,
    /// How long a connection waits for another's lock.
    pub busy_timeout: Duration,
    /// The most bytes that the database may take; past it a write is refused as on a full disk.
    pub max_bytes: u64,
}

impl StoreSettings {
    /// SQLite in a data folder, with the usual limits.
    #[must_use]
    pub fn in_folder(data: PathBuf) -> Self {
        let database = DatabaseUrl::in_folder(&data);
        Self { data, database, readers: 4, busy_timeout: Duration::from_secs(5), max_bytes: 64 << 30 }
    }
}

/// Everything that the service keeps.
pub struct Store {
    settings: StoreSettings,
    writer: Mutex<SqliteConnection>,
    readers: connection::Readers,
    blobs: BlobFiles,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database and the blobs' folder, makes what is not there and brings the tables up to date.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] where a newer hotfixd wrote the database; a folder or file that cannot
    /// be written; a damaged database.
    pub fn open(settings: StoreSettings) -> Result<Self, StoreError> {
        durable::folder(&settings.data)?;
        let writer = Mutex::new(connection::open_writer(&settings)?);
        let readers = connection::open_readers(&settings)?;
        let blobs = BlobFiles::open(settings.data.join("blobs"))?;
        Ok(Self { settings, writer, readers, blobs })
    }

    /// The files of the blobs.
    #[must_use]
    pub fn blob_files(&self) -> &BlobFiles {
        &self.blobs
    }

    /// Reads in one transaction, so that all of it is of one moment.
    ///
    /// # Errors
    /// The database's, and those of `work`.
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Reader<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.readers.get().map_err(StoreError::from)?;
        let mut refused = None;
        let done = connection.transaction(|connection| {
            work(&mut Reader { connection }).map_err(|error| refuse(&mut refused, error))
        });
        outcome(done, refused)
    }

    /// Writes in one transaction: all of it, durably, or nothing.
    ///
    /// # Errors
    /// The database's, and those of `work`; nothing was written then.
    pub fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut refused = None;
        let done = connection.immediate_transaction(|connection| {
            let out =
                work(&mut Writer(Reader { connection })).map_err(|error| refuse(&mut refused, error))?;
            durable::point();
            Ok(out)
        });
        if done.is_ok() {
            durable::point();
        } else if connection::is_broken(&mut connection) {
            // SQLite itself rolls back on a full disk, and the rollback that follows fails: diesel then
            // takes the connection for one of no use.
            *connection = connection::establish(&self.settings)?;
        }
        outcome(done, refused)
    }
}

/// Keeps why `work` gave up: the rollback may fail as well, and would hide it.
fn refuse<E>(refused: &mut Option<E>, error: E) -> diesel::result::Error {
    *refused = Some(error);
    diesel::result::Error::RollbackTransaction
}

fn outcome<T, E: From<StoreError>>(
    done: Result<T, diesel::result::Error>,
    refused: Option<E>,
) -> Result<T, E> {
    match refused {
        Some(error) => Err(error),
        None => done.map_err(|error| StoreError::from(error).into()),
    }
}

/// A transaction that reads.
pub struct Reader<'c> {
    connection: &'c mut SqliteConnection,
}

/// A transaction that reads and writes.
pub struct Writer<'c>(Reader<'c>);

impl<'c> Deref for Writer<'c> {
    type Target = Reader<'c>;
    fn deref(&self) -> &Reader<'c> {
        &self.0
    }
}

impl<'c> DerefMut for Writer<'c> {
    fn deref_mut(&mut self) -> &mut Reader<'c> {
        &mut self.0
    }
}
