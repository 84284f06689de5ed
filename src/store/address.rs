//! Where the database is.

use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::postgres::PostgresAddress;

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseUrl(pub(super) Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite(PathBuf),
    Postgres(Box<PostgresAddress>),
}

impl DatabaseUrl {
    /// The SQLite file of a data folder.
    #[must_use]
    pub fn in_folder(data: &Path) -> Self {
        Self(Kind::Sqlite(data.join("hotfixd.sqlite")))
    }

    /// The file, of SQLite.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Sqlite(path) => Some(path),
            Kind::Postgres(_) => None,
        }
    }

    /// Whether there can be something: a file that is not there holds nothing, and opening it would make it.
    pub(super) fn may_be_there(&self) -> bool {
        self.file().is_none_or(Path::is_file)
    }

    /// Reads `sqlite:PATH` (or `sqlite://PATH`), or `postgres://USER:PASSWORD@HOST/DATABASE` with options.
    ///
    /// # Errors
    /// Anything else, in words that do not repeat it: it may hold a password.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        if let Some(path) = text.strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest))
            && !path.is_empty()
            && !path.contains(['?', '#', ':'])
        {
            return Ok(Self(Kind::Sqlite(PathBuf::from(path))));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return PostgresAddress::parse(text)
                .map(|address| Self(Kind::Postgres(Box::new(address))))
                .map_err(|error| StoreError::Setting(format!("database: {error}")));
        }
        Err(StoreError::Setting(
            "database: write sqlite:PATH, such as sqlite:data/hotfixd.sqlite, or \
             postgres://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full&sslrootcert=FILE"
                .to_owned(),
        ))
    }
}
