//! Every row of every table as text, a JSON object a line: the same for either database, so that what one held
//! can be put into the other.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::rows;
use super::schema;
use super::{Reader, Writer};
use crate::trust::Digest;

/// How many rows are held at once.
const PAGE: i64 = 200;

/// Defines a table's row, how its rows are read in the order of their key, and how one is put back.
macro_rules! tables {
    ($($table:ident by ($($key:ident: $key_type:ty),+) after $after:expr => {
        $($column:ident: $type:ty,)+
    })+) => {
        $(
            mod $table {
                use super::{Deserialize, Insertable, Queryable, Selectable, Serialize, schema};

                #[derive(Serialize, Deserialize, Queryable, Selectable, Insertable)]
                #[serde(deny_unknown_fields)]
                #[diesel(table_name = schema::$table, check_for_backend(crate::store::database::MultiBackend))]
                pub(super) struct Row {
                    $(pub(super) $column: $type,)+
                }
            }
        )+

        /// The tables, in the order in which their rows can be put back.
        pub const TABLES: &[&str] = &[$(stringify!($table)),+];

        impl Reader<'_> {
            /// Hands over every row of a table as a line of JSON, in the order of its key.
            ///
            /// # Errors
            /// The database's, and those of `each`; [`StoreError::NotFound`] for a table that there is none of.
            pub fn dump<E: From<StoreError>>(
                &mut self,
                table: &str,
                mut each: impl FnMut(&str) -> Result<(), E>,
            ) -> Result<u64, E> {
                match table {
                    $(stringify!($table) => {
                        use schema::$table::{self as columns, dsl};
                        let mut count = 0;
                        let mut last: Option<($($key_type,)+)> = None;
                        loop {
                            let mut query = dsl::$table
                                .order(($(columns::$key,)+))
                                .limit(PAGE)
                                .select($table::Row::as_select())
                                .into_boxed();
                            if let Some(key) = &last {
                                query = query.filter($after(key));
                            }
                            let page: Vec<$table::Row> =
                                query.load(self.connection).map_err(StoreError::from)?;
                            for row in &page {
                                each(&line(row)?)?;
                                count += 1;
                            }
                            match page.into_iter().next_back() {
                                Some(row) => last = Some(($(row.$key,)+)),
                                None => return Ok(count),
                            }
                        }
                    })+
                    _ => Err(StoreError::NotFound.into()),
                }
            }
        }

        impl Reader<'_> {
            /// Whether no table has a row.
            ///
            /// # Errors
            /// The database's.
            pub fn is_empty(&mut self) -> Result<bool, StoreError> {
                $(
                    let rows: i64 = schema::$table::dsl::$table.count().get_result(self.connection)?;
                    if rows > 0 {
                        return Ok(false);
                    }
                )+
                Ok(true)
            }
        }

        impl Writer<'_> {
            /// Puts a row back that [`Reader::dump`] handed over.
            ///
            /// # Errors
            /// The database's; [`StoreError::Mismatch`] for a line that is no row of the table.
            pub fn put_back(&mut self, table: &str, line: &str) -> Result<(), StoreError> {
                match table {
                    $(stringify!($table) => {
                        let row: $table::Row = serde_json::from_str(line)
                            .map_err(|error| StoreError::Mismatch(error.to_string()))?;
                        diesel::insert_into(schema::$table::dsl::$table).values(row).execute(self.connection)?;
                    })+
                    _ => return Err(StoreError::NotFound),
                }
                Ok(())
            }
        }
    };
}

tables! {
    blobs by (sha256: String) after |key: &(String,)| columns::sha256.gt(key.0.clone()) => {
        sha256: String,
        bytes: i64,
        state: String,
        stored_at: i64,
    }
    documents by (seq: i64) after |key: &(i64,)| columns::seq.gt(key.0) => {
        seq: i64,
        product: String,
        path: String,
        kind: String,
        id: String,
        revision: i64,
        sha256: String,
        body: String,
        published: Option<String>,
        role: String,
        role_version: i64,
        released_at: i64,
    }
    roles by (name: String, version: i64) after |key: &(String, i64)| {
        columns::name.gt(key.0.clone()).or(columns::name.eq(key.0.clone()).and(columns::version.gt(key.1)))
    } => {
        name: String,
        version: i64,
        sha256: String,
        body: String,
        issued_at: i64,
    }
    submissions by (id: String) after |key: &(String,)| columns::id.gt(key.0.clone()) => {
        id: String,
        product: String,
        digest: String,
        body: String,
        state: String,
        submitted_at: i64,
        submitted_by: String,
        updated_at: i64,
        detail: String,
    }
    releases by (sequence: i64) after |key: &(i64,)| columns::sequence.gt(key.0) => {
        sequence: i64,
        submission_id: String,
        product: String,
        role_version: i64,
        snapshot_version: i64,
        timestamp_version: i64,
        released_at: i64,
    }
    tokens by (hash: String) after |key: &(String,)| columns::hash.gt(key.0.clone()) => {
        hash: String,
        name: String,
        scope: String,
        created_at: i64,
        expires_at: i64,
        last_used_at: Option<i64>,
        revoked_at: Option<i64>,
    }
    audit by (seq: i64) after |key: &(i64,)| columns::seq.gt(key.0) => {
        seq: i64,
        at: i64,
        actor: String,
        action: String,
        subject: String,
        detail: String,
        previous: String,
        hash: String,
    }
}

fn line<T: Serialize>(row: &T) -> Result<String, StoreError> {
    serde_json::to_string(row).map_err(|error| StoreError::Damaged(error.to_string()))
}

impl Reader<'_> {
    /// The digest and length of every blob.
    ///
    /// # Errors
    /// The database's.
    pub fn blobs(&mut self) -> Result<Vec<(Digest, u64)>, StoreError> {
        let all: Vec<(String, i64)> = schema::blobs::dsl::blobs
            .order(schema::blobs::sha256)
            .select((schema::blobs::sha256, schema::blobs::bytes))
            .load(self.connection)?;
        let one = |(sha256, bytes): (String, i64)| {
            Ok((rows::digest("blobs.sha256", &sha256)?, rows::version("blobs.bytes", bytes)?))
        };
        all.into_iter().map(one).collect()
    }

    /// What the database itself finds wrong with its pages and references. PostgreSQL looks after its own.
    ///
    /// # Errors
    /// The database's.
    pub fn integrity(&mut self) -> Result<Vec<String>, StoreError> {
        #[derive(QueryableByName)]
        struct Finding {
            #[diesel(sql_type = diesel::sql_types::Text)]
            integrity_check: String,
        }
        let super::database::DatabaseConnection::Sqlite(connection) = self.connection else {
            return Ok(Vec::new());
        };
        let found: Vec<Finding> = diesel::sql_query("PRAGMA integrity_check(20)").load(connection)?;
        Ok(found.into_iter().map(|one| one.integrity_check).filter(|text| text != "ok").collect())
    }
}
