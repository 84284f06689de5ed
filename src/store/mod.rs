//! What the service keeps: diesel over SQLite or PostgreSQL, and blobs on disk. Nothing above this room sees diesel.
//!
//! - Documents are append-only revisions; signed roles are kept byte by byte, every version of them but for old timestamps.
//! - One connection writes, in transactions that begin with the lock; a pool of others reads. PostgreSQL may go
//!   away and come back: what is asked of it meanwhile is refused at once, and the connections heal by themselves.
//! - A blob is named by its SHA-256. Nothing acknowledged is lost: files are synced before they are named,
//!   and the database before it answers.

mod address;
mod audit;
mod blob_files;
mod blobs;
mod connection;
mod database;
mod documents;
mod dump;
mod error;
mod high_water;
mod migrations;
mod postgres;
mod releases;
mod roles;
mod rows;
mod schema;
mod sqlite;
mod submissions;
mod tokens;
mod totals;

use crate::durable;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::Connection as _;
use diesel::r2d2::PooledConnection;

use connection::{Outage, ReaderManager, Readers, WriterSlot};
use database::DatabaseConnection;

pub use address::DatabaseUrl;
pub use audit::{AuditEntry, Event};
pub use blob_files::{BlobFiles, BlobWriter};
pub use blobs::BlobState;
pub use documents::{DocumentKind, DocumentRevision};
pub use dump::TABLES;
pub use error::StoreError;
pub use high_water::HighWaterMark;
pub use migrations::Migrations;
pub use releases::{NewRelease, ReleaseRecord};
pub use roles::RoleRecord;
pub use submissions::{SubmissionRecord, SubmissionState};
pub use tokens::{Scope, Token, TokenRecord};
pub use totals::{Totals, Waits};

/// How often who waits for a connection looks whether there can be one.
const LOOK: Duration = Duration::from_millis(100);

/// How to open a store.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// The data folder: blobs, and whatever else the service keeps in files.
    pub data: PathBuf,
    /// The database.
    pub database: DatabaseUrl,
    /// The most connections that read at once.
    pub readers: u32,
    /// How long a connection waits for another's lock, or for a connection to read with.
    pub busy_timeout: Duration,
    /// The most bytes that SQLite's database may take; past it a write is refused as on a full disk.
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
    /// None where it is opened only to be read.
    writer: Option<Mutex<WriterSlot>>,
    readers: Readers,
    outage: Arc<Outage>,
    blobs: BlobFiles,
    waits: Waits,
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
    /// [`StoreError::NewerSchema`] where a newer hotfixd wrote the database; [`StoreError::Locked`] where another
    /// process works with it; a folder or file that cannot be written; a server that cannot be reached or does
    /// not suit; a damaged database.
    pub fn open(settings: StoreSettings) -> Result<Self, StoreError> {
        durable::folder(&settings.data)?;
        let outage = Arc::new(Outage::default());
        let writer = Some(Mutex::new(WriterSlot::open(&settings, Arc::clone(&outage))?));
        let readers = connection::open_readers(&settings, Arc::clone(&outage));
        let blobs = BlobFiles::open(settings.data.join("blobs"))?;
        Ok(Self { settings, writer, readers, outage, blobs, waits: Waits::default() })
    }

    /// Opens what is there beside a process that may be writing it, only to read it: nothing is made, cleared
    /// or brought up to date.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no database, or nothing in it; [`StoreError::NewerSchema`] and
    /// [`StoreError::OlderSchema`]; a server that cannot be reached.
    pub fn open_beside(settings: StoreSettings) -> Result<Self, StoreError> {
        let store = Self::open_to_examine(settings)?;
        store.read(|tx| tx.migrations()?.check())?;
        Ok(store)
    }

    /// As [`Store::open_beside`], whatever the tables are: for who looks whether they are as they should be.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no database.
    pub fn open_to_examine(settings: StoreSettings) -> Result<Self, StoreError> {
        if !settings.database.may_be_there() {
            return Err(StoreError::NotFound);
        }
        let outage = Arc::new(Outage::default());
        let readers = connection::open_readers(&settings, Arc::clone(&outage));
        let blobs = BlobFiles::beside(settings.data.join("blobs"));
        Ok(Self { settings, writer: None, readers, outage, blobs, waits: Waits::default() })
    }

    /// How long writers waited for their turn.
    #[must_use]
    pub fn waits(&self) -> &Waits {
        &self.waits
    }

    /// The files of the blobs.
    #[must_use]
    pub fn blob_files(&self) -> &BlobFiles {
        &self.blobs
    }

    /// A connection to read with. Who waits for one is told when the server turns out to be away.
    fn reader(&self) -> Result<PooledConnection<ReaderManager>, StoreError> {
        let end = Instant::now() + self.settings.busy_timeout;
        loop {
            if let Ok(connection) = self.readers.get_timeout(LOOK) {
                return Ok(connection);
            }
            self.outage.passed()?;
            if Instant::now() >= end {
                return Err(StoreError::Busy);
            }
        }
    }

    /// Reads in one transaction, so that all of it is of one moment.
    ///
    /// # Errors
    /// The database's, and those of `work`.
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Reader<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.reader()?;
        let mut refused = None;
        let done = connection.transaction(|connection| {
            work(&mut Reader { connection }).map_err(|error| {
                // The rollback may fail as well, and would hide it.
                refused = Some(error);
                diesel::result::Error::RollbackTransaction
            })
        });
        if done.is_err() && connection.server_is_lost() {
            return Err(StoreError::connection_broke().into());
        }
        match refused {
            Some(error) => Err(error),
            None => done.map_err(|error| StoreError::from(error).into()),
        }
    }

    /// Writes in one transaction: all of it, durably, or nothing.
    ///
    /// # Errors
    /// The database's, and those of `work`; nothing was written then. [`StoreError::Unconfirmed`] where the
    /// database went away before it said whether it was.
    pub fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let Some(writer) = &self.writer else {
            return Err(StoreError::ReadOnly("it was opened only to be read".to_owned()).into());
        };
        let asked = Instant::now();
        let mut slot = writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.waits.note(asked.elapsed());
        let connection = slot.begin(&self.settings)?;
        let done = match work(&mut Writer(Reader { connection })) {
            Ok(out) => {
                durable::point();
                match connection.commit() {
                    Ok(()) => {
                        durable::point();
                        return Ok(out);
                    }
                    Err(error) if connection.server_is_lost() => {
                        Err(StoreError::Unconfirmed(error.to_string()).into())
                    }
                    Err(error) => Err(StoreError::from(error).into()),
                }
            }
            Err(error) => {
                connection.roll_back();
                if connection.server_is_lost() {
                    Err(StoreError::connection_broke().into())
                } else {
                    Err(error)
                }
            }
        };
        // SQLite itself rolls back on a full disk, and the rollback that follows fails: diesel then takes the
        // connection for one of no use.
        if connection.is_broken() {
            slot.give_up();
        }
        done
    }
}

/// A transaction that reads.
pub struct Reader<'c> {
    connection: &'c mut DatabaseConnection,
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
