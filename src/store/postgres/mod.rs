//! PostgreSQL: one session writes and holds the lock of the database, others read.
//!
//! What is asked of the server is what keeps an acknowledged write: `fsync` on, a commit that waits for the
//! disk, a primary, text in UTF-8.

mod address;
mod connection;
mod tls;

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};

pub(super) use address::PostgresAddress;
pub(super) use connection::PostgresConnection;

use super::error::StoreError;

/// How long the server may work on one statement; a little later the connection is given up.
const STATEMENT: Duration = Duration::from_secs(30);
/// The same, for a step of a migration.
const MIGRATION: Duration = Duration::from_secs(3_600);
/// How often a lock that another holds is tried again.
const RETRY: Duration = Duration::from_millis(50);
/// The oldest that is taken, as the server counts.
const OLDEST: i64 = 130_000;
/// The lock's key: `hfxd`, and the schema.
const LOCK: &str = "1751547492, hashtext(current_schema())";
/// The sessions that hold it; PostgreSQL shows the halves of a key without their signs.
const HOLD: &str = "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 \
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND classid = 1751547492 AND objid::bigint = (hashtext(current_schema())::bigint & 4294967295))";

/// An error with its causes: `tokio-postgres` puts what the server said into the cause.
fn words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// A session that holds, or held, the lock.
#[derive(Debug, Clone, QueryableByName)]
pub(super) struct Holder {
    #[diesel(sql_type = Integer)]
    pid: i32,
    #[diesel(sql_type = Text)]
    since: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    address: Option<String>,
}

/// What the server is.
#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Text)]
    encoding: String,
    #[diesel(sql_type = Text)]
    fsync: String,
    #[diesel(sql_type = Text)]
    synchronous_commit: String,
    #[diesel(sql_type = Bool)]
    standby: bool,
}

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Bool)]
    locked: bool,
}

fn connect(address: &PostgresAddress) -> Result<PostgresConnection, StoreError> {
    PostgresConnection::open(address, address.patience())
        .map_err(|error| StoreError::Unavailable(format!("{address}: {error}")))
}

fn set(connection: &mut PostgresConnection, transactions: &str) -> Result<(), StoreError> {
    let milliseconds = STATEMENT.as_millis();
    connection.batch_execute(&format!(
        "SET SESSION CHARACTERISTICS AS TRANSACTION {transactions}; SET statement_timeout = {milliseconds}; \
         SET client_min_messages = warning"
    ))?;
    connection.set_patience(STATEMENT + Duration::from_secs(2));
    Ok(())
}

/// A session that reads, each transaction as of one moment.
pub(super) fn reader(address: &PostgresAddress) -> Result<PostgresConnection, StoreError> {
    let mut connection = connect(address)?;
    set(&mut connection, "ISOLATION LEVEL REPEATABLE READ, READ ONLY")?;
    Ok(connection)
}

/// The session that writes, with the lock. `before` is the one that wrote until its connection broke: the server
/// may not have noticed yet. `patience` is how long another's lock is waited for.
pub(super) fn writer(
    address: &PostgresAddress,
    before: Option<&Holder>,
    patience: Duration,
    prepare: impl FnOnce(&mut PostgresConnection) -> Result<(), StoreError>,
) -> Result<(PostgresConnection, Holder), StoreError> {
    let mut connection = connect(address)?;
    suits(&mut connection)?;
    lock(&mut connection, before, patience)?;
    connection.set_patience(MIGRATION);
    prepare(&mut connection).map_err(|error| with_grant(error, address))?;
    set(&mut connection, "ISOLATION LEVEL SERIALIZABLE, READ WRITE")?;
    let own = holders("pid = pg_backend_pid()").get_result(&mut connection)?;
    Ok((connection, own))
}

/// What a database lacks whose tables cannot be made.
fn with_grant(error: StoreError, address: &PostgresAddress) -> StoreError {
    match error {
        StoreError::Database(text) if text.contains("permission denied") => StoreError::Setting(format!(
            "database: {text} ({address}): its user has to own the database, or to be granted USAGE and CREATE on the \
             schema"
        )),
        error => error,
    }
}

fn suits(connection: &mut PostgresConnection) -> Result<(), StoreError> {
    let server: Server = diesel::sql_query(
        "SELECT current_setting('server_version_num')::bigint AS version, \
         current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync, \
         current_setting('synchronous_commit') AS synchronous_commit, pg_is_in_recovery() AS standby",
    )
    .get_result(connection)?;
    let refused = |text: &str| Err(StoreError::Setting(format!("database: {text}")));
    if server.version < OLDEST {
        return refused("this PostgreSQL is older than 13: take a newer one");
    }
    if server.encoding != "UTF8" {
        return refused(&format!(
            "it is encoded in {}: make it with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
            server.encoding
        ));
    }
    if server.fsync != "on" {
        return refused(
            "PostgreSQL runs with fsync off, so that a power cut takes back what was acknowledged: set fsync = on",
        );
    }
    if server.standby {
        return refused(
            "this PostgreSQL is a standby, which takes no writes: name the primary, or several hosts and \
             target_session_attrs=read-write",
        );
    }
    // Stronger settings, for standbys that have to have it as well, stay as they are.
    if server.synchronous_commit == "off" {
        connection.batch_execute("SET synchronous_commit = on")?;
    }
    Ok(())
}

/// Takes the lock of the database: one process issues versions. It ends with the session.
fn lock(
    connection: &mut PostgresConnection,
    before: Option<&Holder>,
    patience: Duration,
) -> Result<(), StoreError> {
    let end = Instant::now() + patience;
    loop {
        let query = format!("SELECT pg_try_advisory_lock({LOCK}) AS locked");
        let Locked { locked } = diesel::sql_query(query).get_result(connection)?;
        if locked {
            return Ok(());
        }
        let holder: Option<Holder> = holders(HOLD).get_result(connection).optional()?;
        if let (Some(holder), Some(before)) = (&holder, before)
            && (holder.pid, &holder.since) == (before.pid, &before.since)
        {
            diesel::sql_query("SELECT pg_terminate_backend($1)")
                .bind::<Integer, _>(before.pid)
                .execute(connection)?;
        }
        if Instant::now() >= end {
            return Err(StoreError::Locked(holder.map(|holder| holder.shown()).unwrap_or_default()));
        }
        std::thread::sleep(RETRY);
    }
}

impl Holder {
    fn shown(&self) -> String {
        let address = self.address.as_deref().map(|address| format!(" from {address}")).unwrap_or_default();
        format!(" ({}{address}, connected since {})", self.name, self.since)
    }
}

fn holders(which: &str) -> diesel::query_builder::SqlQuery {
    diesel::sql_query(format!(
        "SELECT pid, coalesce(backend_start::text, '') AS since, coalesce(application_name, '') AS name, \
         host(client_addr) AS address FROM pg_stat_activity WHERE {which}"
    ))
}
