//! A data folder with either database: what holds for the one has to hold for the other.

use std::sync::Arc;

use hotfixd::store::{DatabaseUrl, Store, StoreSettings};
use tempfile::TempDir;

use super::postgres::{self, Database};

/// A data folder and its database, gone with the test.
pub struct Place {
    /// The data folder.
    pub folder: Arc<TempDir>,
    /// The database on PostgreSQL; without one, SQLite's file in the folder.
    pub postgres: Option<Database>,
}

impl Place {
    /// With SQLite.
    pub fn sqlite() -> Self {
        Self { folder: Arc::new(TempDir::new().unwrap()), postgres: None }
    }

    /// With PostgreSQL.
    pub fn postgres() -> Self {
        Self { postgres: Some(Database::new()), ..Self::sqlite() }
    }

    /// How to open the store.
    pub fn settings(&self) -> StoreSettings {
        let mut settings = StoreSettings::in_folder(self.folder.path().to_owned());
        if let Some(database) = &self.postgres {
            settings.database = DatabaseUrl::parse(&database.url()).unwrap();
        }
        settings
    }

    /// The store.
    pub fn open(&self) -> Store {
        Store::open(self.settings()).unwrap()
    }

    /// Changes the database behind the store's back.
    pub fn alter(&self, sql: &str) {
        use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
        match &self.postgres {
            Some(database) => drop(postgres::sql(&database.url(), sql)),
            None => {
                let path = self.folder.path().join("hotfixd.sqlite");
                let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                diesel::sql_query(sql).execute(&mut connection).unwrap();
            }
        }
    }
}

/// Makes two tests of each function: `NAME::on_sqlite` and `NAME::on_postgres`.
macro_rules! on_both {
    ($($(#[$doc:meta])* fn $name:ident($place:ident: Place) $body:block)+) => {
        $(
            mod $name {
                use super::*;

                #[test]
                fn on_sqlite() {
                    run(Place::sqlite());
                }

                #[test]
                fn on_postgres() {
                    run(Place::postgres());
                }

                fn run($place: Place) $body
            }
        )+
    };
}
pub(crate) use on_both;
