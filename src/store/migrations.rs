//! The steps by which the tables came to be: run where the store is opened to write, and named to whoever only
//! looks.

use diesel::backend::Backend;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationConnection, MigrationSource};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Reader;
use super::database::DatabaseConnection;
use super::error::StoreError;

pub(super) const SQLITE_STEPS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
pub(super) const POSTGRES_STEPS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

diesel::table! {
    /// Where diesel writes down which steps were run.
    #[sql_name = "__diesel_schema_migrations"]
    steps (version) {
        version -> Text,
    }
}

/// How the tables stand beside the steps that this hotfixd knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrations {
    /// The versions of those that were run.
    pub applied: Vec<String>,
    /// The names of those that are still to be run.
    pub pending: Vec<String>,
    /// The versions of those that were run by a newer hotfixd.
    pub unknown: Vec<String>,
}

impl Migrations {
    /// Whether the tables are those that this hotfixd reads.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there are none; [`StoreError::NewerSchema`]; [`StoreError::OlderSchema`].
    pub fn check(&self) -> Result<(), StoreError> {
        match (self.unknown.first(), self.pending.first()) {
            _ if self.applied.is_empty() => Err(StoreError::NotFound),
            (Some(step), _) => Err(StoreError::NewerSchema(step.clone())),
            (None, Some(step)) => Err(StoreError::OlderSchema(step.clone())),
            (None, None) => Ok(()),
        }
    }
}

impl Reader<'_> {
    /// How the tables stand beside the steps that are known here. It changes nothing.
    ///
    /// # Errors
    /// The database's.
    pub fn migrations(&mut self) -> Result<Migrations, StoreError> {
        let (table, known) = match self.connection {
            DatabaseConnection::Sqlite(_) => (
                "(SELECT COUNT(*) FROM sqlite_master WHERE name = '__diesel_schema_migrations')",
                names::<Sqlite>(&SQLITE_STEPS)?,
            ),
            DatabaseConnection::Postgres(_) => (
                "(SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() \
                 AND tablename = '__diesel_schema_migrations')",
                names::<Pg>(&POSTGRES_STEPS)?,
            ),
        };
        let tables: i64 = diesel::select(sql::<BigInt>(table)).get_result(self.connection)?;
        let applied: Vec<String> = match tables {
            0 => Vec::new(),
            _ => steps::table.order(steps::version).select(steps::version).load(self.connection)?,
        };
        let pending = known.iter().filter(|(version, _)| !applied.contains(version));
        let unknown = applied.iter().filter(|step| known.iter().all(|(version, _)| version != *step));
        Ok(Migrations {
            pending: pending.map(|(_, name)| name.clone()).collect(),
            unknown: unknown.cloned().collect(),
            applied,
        })
    }
}

type Refused = Box<dyn std::error::Error + Send + Sync>;

fn refused<T>(done: Result<T, Refused>) -> Result<T, StoreError> {
    done.map_err(|error| StoreError::of_message(&error.to_string()))
}

/// The version and name of each step.
fn names<DB: Backend>(steps: &EmbeddedMigrations) -> Result<Vec<(String, String)>, StoreError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known: Vec<Box<dyn Migration<DB>>> = refused(steps.migrations())?;
    Ok(known.iter().map(|step| (step.name().version().to_string(), step.name().to_string())).collect())
}

/// Brings the tables up to date, unless a newer hotfixd wrote them.
pub(super) fn migrate<C, DB>(connection: &mut C, steps: &EmbeddedMigrations) -> Result<(), StoreError>
where
    DB: Backend,
    C: MigrationHarness<DB> + MigrationConnection,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known: Vec<Box<dyn Migration<DB>>> = refused(steps.migrations())?;
    let versions: Vec<_> = known.iter().map(|step| step.name().version().as_owned()).collect();
    let applied = refused(connection.applied_migrations())?;
    if let Some(step) = applied.iter().find(|step| !versions.contains(step)) {
        return Err(StoreError::NewerSchema(step.to_string()));
    }
    let pending: Vec<_> =
        known.into_iter().filter(|step| !applied.contains(&step.name().version().as_owned())).collect();
    refused(connection.run_migrations(&pending)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_only_if_they_are_the_ones_that_are_known() {
        let steps = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let check = |applied, pending, unknown| {
            Migrations { applied: steps(applied), pending: steps(pending), unknown: steps(unknown) }.check()
        };
        assert!(check(&["1"], &[], &[]).is_ok());
        assert!(matches!(check(&[], &["1"], &[]), Err(StoreError::NotFound)));
        let Err(StoreError::OlderSchema(step)) = check(&["1"], &["2", "3"], &[]) else { panic!() };
        assert_eq!(step, "2");
        // Newer in one thing and older in another: what is not known is said first.
        let Err(StoreError::NewerSchema(step)) = check(&["1", "9"], &["2"], &["9"]) else { panic!() };
        assert_eq!(step, "9");
    }
}
