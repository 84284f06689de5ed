//! Which database it is, chosen when it is opened: one connection writes, a small pool of others reads.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::pg::Pg;
use diesel::r2d2::{ManageConnection, NopErrorHandler, Pool, R2D2Connection as _};
use diesel::sqlite::Sqlite;

use super::StoreSettings;
use super::address::Kind;
use super::database::DatabaseConnection;
use super::error::StoreError;
use super::migrations::{POSTGRES_STEPS, SQLITE_STEPS, migrate};
use super::postgres::{self, Holder};
use super::sqlite;

/// For how long a server that could not be reached is not tried again: whoever asks meanwhile is told at once.
const REST: Duration = Duration::from_millis(500);

/// The connection that writes, established again when it broke.
pub(super) struct WriterSlot {
    connection: Option<DatabaseConnection>,
    holder: Option<Holder>,
    outage: Arc<Outage>,
}

impl WriterSlot {
    /// Opens it, and brings the tables up to date.
    pub(super) fn open(settings: &StoreSettings, outage: Arc<Outage>) -> Result<Self, StoreError> {
        let mut slot = Self { connection: None, holder: None, outage };
        slot.establish(settings)?;
        if let Kind::Sqlite(path) = &settings.database.0 {
            sqlite::sync(path)?;
        }
        Ok(slot)
    }

    fn establish(&mut self, settings: &StoreSettings) -> Result<&mut DatabaseConnection, StoreError> {
        self.connection = None;
        let connection = match &settings.database.0 {
            Kind::Sqlite(path) => {
                let mut connection = sqlite::writer(path, settings)?;
                migrate::<_, Sqlite>(&mut connection, &SQLITE_STEPS)?;
                DatabaseConnection::Sqlite(connection)
            }
            Kind::Postgres(address) => {
                self.outage.rested()?;
                let steps = |connection: &mut _| migrate::<_, Pg>(connection, &POSTGRES_STEPS);
                let opened = postgres::writer(address, self.holder.as_ref(), settings.busy_timeout, steps);
                // Whatever is in the way of one that did its work before, it may pass: another has the lock, the
                // server is a standby for now.
                let opened = match opened {
                    opened @ (Ok(_) | Err(StoreError::Unavailable(_))) => opened,
                    Err(error) if self.holder.is_some() => Err(StoreError::Unavailable(error.to_string())),
                    opened => opened,
                };
                let (connection, holder) = self.outage.note(opened)?;
                self.holder = Some(holder);
                DatabaseConnection::Postgres(connection)
            }
        };
        Ok(self.connection.insert(connection))
    }

    /// The connection, in a transaction. One that turns out to be broken is replaced: nothing was done on it.
    pub(super) fn begin(&mut self, settings: &StoreSettings) -> Result<&mut DatabaseConnection, StoreError> {
        // One whose transaction nobody ended would take the next for a part of it, and keep nothing.
        if self.connection.as_mut().is_some_and(DatabaseConnection::is_broken) {
            self.connection = None;
        }
        if let Some(connection) = &mut self.connection {
            match connection.begin() {
                Ok(()) => {}
                Err(error) if !connection.is_broken() => return Err(error.into()),
                Err(_) => self.connection = None,
            }
        }
        if self.connection.is_none() {
            self.establish(settings)?.begin()?;
        }
        self.connection.as_mut().ok_or(StoreError::Busy)
    }

    /// Gives a broken connection up.
    pub(super) fn give_up(&mut self) {
        self.connection = None;
    }
}

/// Connections that read.
pub(super) type Readers = Pool<ReaderManager>;

/// Establishes connections that read.
pub(super) struct ReaderManager {
    settings: StoreSettings,
    outage: Arc<Outage>,
}

impl ManageConnection for ReaderManager {
    type Connection = DatabaseConnection;
    type Error = StoreError;

    fn connect(&self) -> Result<DatabaseConnection, StoreError> {
        match &self.settings.database.0 {
            Kind::Sqlite(path) => sqlite::reader(path, &self.settings).map(DatabaseConnection::Sqlite),
            Kind::Postgres(address) => {
                self.outage.note(postgres::reader(address)).map(DatabaseConnection::Postgres)
            }
        }
    }

    fn is_valid(&self, connection: &mut DatabaseConnection) -> Result<(), StoreError> {
        Ok(connection.ping()?)
    }

    fn has_broken(&self, connection: &mut DatabaseConnection) -> bool {
        connection.is_broken()
    }
}

pub(super) fn open_readers(settings: &StoreSettings, outage: Arc<Outage>) -> Readers {
    Pool::builder()
        .max_size(settings.readers)
        .min_idle(Some(1))
        // The pool tries again after up to half of it.
        .connection_timeout(REST * 2)
        .error_handler(Box::new(NopErrorHandler))
        .build_unchecked(ReaderManager { settings: settings.clone(), outage })
}

/// Whether the server was reached when it was last tried. While it is away, whoever asks is told so at once:
/// requests do not queue up behind time limits. The pool keeps trying by itself, and who writes now and then.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<Option<Away>>);

#[derive(Debug)]
struct Away {
    tried: Instant,
    why: String,
}

impl Outage {
    /// Whether it may be tried again.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where it was tried just now.
    pub(super) fn rested(&self) -> Result<(), StoreError> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(away) if away.tried.elapsed() < REST => Err(StoreError::Unavailable(away.why.clone())),
            _ => Ok(()),
        }
    }

    /// Whether it is there, as far as is known.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where it was not there when it was last tried.
    pub(super) fn passed(&self) -> Result<(), StoreError> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(away) => Err(StoreError::Unavailable(away.why.clone())),
            None => Ok(()),
        }
    }

    /// Remembers how it went, and says so when that changed.
    fn note<T>(&self, tried: Result<T, StoreError>) -> Result<T, StoreError> {
        let mut away = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &tried {
            Err(StoreError::Unavailable(why)) => {
                if away.is_none() {
                    tracing::error!("the database is away, and changes are refused until it is back: {why}");
                }
                *away = Some(Away { tried: Instant::now(), why: why.clone() });
            }
            Ok(_) | Err(_) => {
                if away.take().is_some() {
                    tracing::info!("the database is back");
                }
            }
        }
        tried
    }
}
