//! A connection to PostgreSQL as diesel wants one, without libpq: `tokio-postgres` speaks to the server, and
//! each call waits for its answer here. A connection has a runtime of its own that runs only while somebody
//! waits, so it takes no thread.

use std::any::Any;
use std::time::Duration;

use diesel::connection::{
    CacheSize, Connection, Instrumentation, LoadConnection, SimpleConnection, TransactionManager,
    TransactionManagerStatus,
};
use diesel::internal::derives::multiconnection::{ConnectionSealed, MultiConnectionHelper};
use diesel::migration::{CREATE_MIGRATIONS_TABLE, MigrationConnection};
use diesel::pg::{Pg, PgMetadataLookup, PgTypeMetadata};
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::r2d2::R2D2Connection;
use diesel::result::{ConnectionError, ConnectionResult, DatabaseErrorKind, Error, QueryResult};
use diesel::sql_types::TypeMetadata;
use diesel_async::{
    AnsiTransactionManager, AsyncConnection as _, AsyncConnectionCore as _, AsyncPgConnection,
    SimpleAsyncConnection as _, TransactionManager as AsyncTransactionManager,
};
use futures_util::TryStreamExt as _;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::address::PostgresAddress;
use super::words;

type Row = <AsyncPgConnection as diesel_async::AsyncConnectionCore>::Row<'static, 'static>;

/// One connection.
pub struct PostgresConnection {
    connection: Box<AsyncPgConnection>,
    /// Reads and writes the socket; ends with it.
    socket: JoinHandle<()>,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    patience: Duration,
    /// The same, where there is nothing to work on.
    soon: Duration,
    /// Whether an answer did not come in time.
    late: bool,
}

impl PostgresConnection {
    /// Connects, with TLS where the address asks for it, and waits so long for this and every answer.
    pub(super) fn open(address: &PostgresAddress, patience: Duration) -> ConnectionResult<Self> {
        let bad = |text: String| ConnectionError::BadConnection(text);
        let runtime = Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(|error| bad(error.to_string()))?;
        let tls = address.tls().map_err(bad)?;
        let connect = async {
            let connected = address.config().connect(tls).await;
            let (client, connection) = connected.map_err(|error| bad(words(&error)))?;
            // What broke it is told to whoever waits for an answer.
            let socket = tokio::spawn(async { drop(connection.await) });
            Ok((Box::new(AsyncPgConnection::try_from(client).await?), socket))
        };
        let opened = runtime.block_on(async { timeout(patience, connect).await });
        let (connection, socket) = match opened.unwrap_or_else(|_| Err(bad(NO_ANSWER.to_owned()))) {
            Ok(opened) => opened,
            Err(error) => {
                // A name may still be looked up; nobody waits for that.
                runtime.shutdown_background();
                return Err(error);
            }
        };
        Ok(Self { connection, socket, runtime: Some(runtime), patience, soon: patience, late: false })
    }

    /// How long an answer is waited for from now on.
    pub(super) fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Asks, and waits for the answer.
    fn ask<T>(&mut self, ask: impl AsyncFnOnce(&mut AsyncPgConnection) -> QueryResult<T>) -> QueryResult<T> {
        self.ask_within(self.patience, ask)
    }

    /// Asks, and waits for the answer so long. One that does not come in time breaks the connection: it could come
    /// later, and would be taken for another's.
    fn ask_within<T>(
        &mut self,
        patience: Duration,
        ask: impl AsyncFnOnce(&mut AsyncPgConnection) -> QueryResult<T>,
    ) -> QueryResult<T> {
        let gone = |text: &str| {
            Error::DatabaseError(DatabaseErrorKind::UnableToSendCommand, Box::new(text.to_owned()))
        };
        let runtime = self.runtime.as_ref().ok_or_else(|| gone("closed"))?;
        let answer = async { timeout(patience, ask(&mut self.connection)).await };
        runtime.block_on(answer).unwrap_or_else(|_| {
            self.socket.abort();
            self.late = true;
            Err(gone(NO_ANSWER))
        })
    }

    /// Whether it is gone: the server closed it, or did not answer.
    fn is_lost(&self) -> bool {
        self.late || self.socket.is_finished()
    }
}

const NO_ANSWER: &str = "PostgreSQL does not answer";

impl Drop for PostgresConnection {
    fn drop(&mut self) {
        // Dropped as it is, a runtime would wait, which a thread that serves may not.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl SimpleConnection for PostgresConnection {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.ask(async |connection| connection.batch_execute(query).await)
    }
}

impl ConnectionSealed for PostgresConnection {}

impl Connection for PostgresConnection {
    type Backend = Pg;
    type TransactionManager = Transactions;

    fn establish(_: &str) -> ConnectionResult<Self> {
        Err(ConnectionError::InvalidConnectionUrl("only the store connects".to_owned()))
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Pg> + QueryId,
    {
        self.ask(async |connection| connection.execute_returning_count(source).await)
    }

    fn transaction_state(&mut self) -> &mut AnsiTransactionManager {
        self.connection.transaction_state()
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.connection.instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.connection.set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.connection.set_prepared_statement_cache_size(size);
    }
}

impl LoadConnection for PostgresConnection {
    type Cursor<'conn, 'query> = std::vec::IntoIter<QueryResult<Row>>;
    type Row<'conn, 'query> = Row;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Pg> + QueryId + 'query,
        Pg: diesel::expression::QueryMetadata<T::SqlType>,
    {
        // The rows are collected: a bound on the wait for each of them would be none on that for all.
        let rows: Vec<Row> =
            self.ask(async |connection| connection.load(source).await?.try_collect().await)?;
        Ok(rows.into_iter().map(Ok).collect::<Vec<_>>().into_iter())
    }
}

/// Transactions, as `diesel-async` keeps them.
pub struct Transactions;

impl TransactionManager<PostgresConnection> for Transactions {
    type TransactionStateData = AnsiTransactionManager;

    fn begin_transaction(connection: &mut PostgresConnection) -> QueryResult<()> {
        connection.ask_within(connection.soon, AnsiTransactionManager::begin_transaction)
    }

    fn rollback_transaction(connection: &mut PostgresConnection) -> QueryResult<()> {
        connection.ask(AnsiTransactionManager::rollback_transaction)
    }

    fn commit_transaction(connection: &mut PostgresConnection) -> QueryResult<()> {
        connection.ask(AnsiTransactionManager::commit_transaction)
    }

    fn transaction_manager_status_mut(connection: &mut PostgresConnection) -> &mut TransactionManagerStatus {
        AnsiTransactionManager::transaction_manager_status_mut(&mut *connection.connection)
    }

    fn is_broken_transaction_manager(connection: &mut PostgresConnection) -> bool {
        connection.is_lost()
            || AnsiTransactionManager::is_broken_transaction_manager(&mut *connection.connection)
    }
}

impl MigrationConnection for PostgresConnection {
    fn setup(&mut self) -> QueryResult<usize> {
        self.batch_execute(CREATE_MIGRATIONS_TABLE).map(|()| 0)
    }
}

impl R2D2Connection for PostgresConnection {
    fn ping(&mut self) -> QueryResult<()> {
        self.ask_within(self.soon, async |connection| connection.batch_execute("SELECT 1").await)
    }

    fn is_broken(&mut self) -> bool {
        Transactions::is_broken_transaction_manager(self)
    }
}

/// Names no type: the tables have only such as PostgreSQL was born with, which need no look-up.
struct NoLookup;

impl PgMetadataLookup for NoLookup {
    fn lookup_type(&mut self, _: &str, _: Option<&str>) -> PgTypeMetadata {
        // The server works the type out by itself.
        PgTypeMetadata::new(0, 0)
    }
}

impl MultiConnectionHelper for PostgresConnection {
    fn to_any<'a>(_: &mut <Pg as TypeMetadata>::MetadataLookup) -> &mut (dyn Any + 'a) {
        // Of no size, so that nothing is leaked.
        Box::leak(Box::new(NoLookup))
    }

    fn from_any(lookup: &mut dyn Any) -> Option<&mut <Pg as TypeMetadata>::MetadataLookup> {
        lookup.downcast_mut::<NoLookup>().map(|lookup| lookup as &mut dyn PgMetadataLookup)
    }
}
