//! What can go wrong below, told apart by what can be done about it.

use std::io;
use std::path::Path;

use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk, or the share of it that is ours, is full.
    #[error("the disk that holds the data folder is full")]
    Full,
    /// The data folder cannot be written.
    #[error("the data folder cannot be written: {0}")]
    ReadOnly(String),
    /// The disk failed.
    #[error("the disk that holds the data folder failed: {0}")]
    Io(String),
    /// Somebody else holds the database for longer than we wait.
    #[error("the database is busy")]
    Busy,
    /// The database's server cannot be reached; nothing was written.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The database's server went away while it was to keep a change.
    #[error("the database went away before it said whether it kept the change: {0}")]
    Unconfirmed(String),
    /// What is stored is not what the change was made from: another wrote since.
    #[error("the database was changed by another since it was read")]
    Moved,
    /// Another process works with the database.
    #[error(
        "another hotfixd{0} works with this database: stop it first, or give this one another database with \
         --database"
    )]
    Locked(String),
    /// No such thing.
    #[error("not found")]
    NotFound,
    /// Something of that name, number or digest is there already.
    #[error("it is there already")]
    Taken,
    /// Bytes that are not those that were promised.
    #[error("{0}")]
    Mismatch(String),
    /// The database was written by a newer hotfixd.
    #[error(
        "the database was written by a newer hotfixd (it has the step {0}, which this one does not know): \
         start that version or a newer one, or restore a backup made before the upgrade"
    )]
    NewerSchema(String),
    /// The database was written by an older hotfixd, and is only to be read.
    #[error(
        "the database was written by an older hotfixd (the step {0} was not run yet): start the service with this \
         one, which runs it, or use the hotfixd that wrote it"
    )]
    OlderSchema(String),
    /// A setting that the store cannot use.
    #[error("{0}")]
    Setting(String),
    /// What is stored is not what was written.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// Anything else the database says.
    #[error("the database refused: {0}")]
    Database(String),
}

impl StoreError {
    /// A failed file operation, naming what was done to which file.
    pub fn file(what: &str, path: &Path, error: &io::Error) -> Self {
        let text = format!("{what} {}: {error}", path.display());
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full
            }
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Self::ReadOnly(text),
            _ => Self::Io(text),
        }
    }

    /// The connection broke before anything was kept.
    pub(super) fn connection_broke() -> Self {
        Self::Unavailable("the connection broke".to_owned())
    }

    /// The database's own words (`sqlite3_errstr`, or PostgreSQL's message), which diesel passes on without the
    /// code.
    pub(super) fn of_message(text: &str) -> Self {
        const FULL: &[&str] = &["database or disk is full", "No space left on device"];
        const READ_ONLY: &[&str] = &["readonly database", "unable to open database file"];
        const IO: &[&str] = &["disk I/O error"];
        const BUSY: &[&str] = &[
            "database is locked",
            "database table is locked",
            "locking protocol",
            "canceling statement due to",
            "deadlock detected",
        ];
        const AWAY: &[&str] = &["terminating connection", "the database system is"];
        const DAMAGED: &[&str] = &["malformed", "file is not a database"];
        let says = |words: &[&str]| words.iter().any(|words| text.contains(words));
        match text {
            _ if says(FULL) => Self::Full,
            _ if says(READ_ONLY) => Self::ReadOnly(text.to_owned()),
            _ if says(IO) => Self::Io(text.to_owned()),
            _ if says(BUSY) => Self::Busy,
            _ if says(AWAY) => Self::Unavailable(text.to_owned()),
            _ if says(DAMAGED) => Self::Damaged(text.to_owned()),
            _ => Self::Database(text.to_owned()),
        }
    }
}

impl From<Diesel> for StoreError {
    fn from(error: Diesel) -> Self {
        match error {
            Diesel::NotFound => Self::NotFound,
            Diesel::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::Taken,
            Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Self::Busy,
            Diesel::DatabaseError(
                DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection,
                information,
            ) => Self::Unavailable(information.message().to_owned()),
            Diesel::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, information) => {
                Self::ReadOnly(information.message().to_owned())
            }
            Diesel::DatabaseError(_, information) => Self::of_message(information.message()),
            other => Self::Database(other.to_string()),
        }
    }
}

impl From<diesel::ConnectionError> for StoreError {
    fn from(error: diesel::ConnectionError) -> Self {
        Self::of_message(&error.to_string())
    }
}

impl From<crate::durable::Error> for StoreError {
    fn from(error: crate::durable::Error) -> Self {
        Self::file(error.what, &error.path, &error.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_is_named() {
        let gone = StoreError::file("making", Path::new("/data/x"), &io::ErrorKind::NotFound.into());
        assert!(matches!(&gone, StoreError::Io(text) if text.contains("making /data/x")), "{gone}");
    }
}
