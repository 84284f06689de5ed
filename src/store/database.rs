//! A connection to either database: what is asked of it compiles for both, and the one that it is was chosen
//! when it was opened.

use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
use diesel::r2d2::R2D2Connection;
use diesel::result::QueryResult;
use diesel::{MultiConnection, SqliteConnection};

use super::postgres::PostgresConnection;

/// A connection to either database.
#[derive(MultiConnection)]
pub(super) enum DatabaseConnection {
    /// To SQLite.
    Sqlite(SqliteConnection),
    /// To PostgreSQL.
    Postgres(PostgresConnection),
}

type Manager = <DatabaseConnection as diesel::Connection>::TransactionManager;

impl DatabaseConnection {
    /// Begins a transaction that writes.
    pub(super) fn begin(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(connection) => {
                AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE")
            }
            Self::Postgres(_) => Manager::begin_transaction(self),
        }
    }

    /// Ends the transaction, and keeps what it did.
    pub(super) fn commit(&mut self) -> QueryResult<()> {
        Manager::commit_transaction(self)
    }

    /// Ends the transaction, and undoes it. That it fails tells nothing: then the connection is broken.
    pub(super) fn roll_back(&mut self) {
        let _ = Manager::rollback_transaction(self);
    }

    /// Whether it can do no more transactions; asked between two of them.
    pub(super) fn is_broken(&mut self) -> bool {
        R2D2Connection::is_broken(self)
    }

    /// Whether a server is gone, or does not answer; asked after a transaction.
    pub(super) fn server_is_lost(&mut self) -> bool {
        matches!(self, Self::Postgres(_)) && self.is_broken()
    }
}
