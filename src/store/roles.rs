//! The exact bytes of every version of every signed role.

use diesel::dsl::max;
use diesel::prelude::*;

use super::error::StoreError;
use super::rows;
use super::schema::roles::{self, dsl};
use super::{Reader, Writer};
use crate::trust::Digest;

/// One version of a signed role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRecord {
    /// The role.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// Its exact bytes, signatures among them.
    pub body: String,
    /// When it was issued here, in seconds since 1970.
    pub issued_at: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = roles, check_for_backend(super::database::MultiBackend))]
struct Row {
    name: String,
    version: i64,
    sha256: String,
    body: String,
    issued_at: i64,
}

impl TryFrom<Row> for RoleRecord {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let version = rows::version("roles.version", row.version)?;
        if rows::digest("roles.sha256", &row.sha256)? != Digest::of(row.body.as_bytes()) {
            let text = format!("role {} version {version} is not what was stored", row.name);
            return Err(StoreError::Damaged(text));
        }
        Ok(Self { name: row.name, version, body: row.body, issued_at: row.issued_at })
    }
}

impl Reader<'_> {
    /// The newest version of every role, by name.
    ///
    /// # Errors
    /// The database's; [`StoreError::Damaged`] for bytes that have changed.
    pub fn newest_roles(&mut self) -> Result<Vec<RoleRecord>, StoreError> {
        let newest: Vec<(String, Option<i64>)> = dsl::roles
            .group_by(roles::name)
            .order(roles::name)
            .select((roles::name, max(roles::version)))
            .load(self.connection)?;
        let mut out = Vec::with_capacity(newest.len());
        for (name, version) in newest {
            let row: Row = dsl::roles
                .find((name, version.unwrap_or_default()))
                .select(Row::as_select())
                .first(self.connection)?;
            out.push(row.try_into()?);
        }
        Ok(out)
    }

    /// The number of a role's newest version; `None` where it has none.
    ///
    /// # Errors
    /// The database's.
    pub fn newest_version(&mut self, name: &str) -> Result<Option<u64>, StoreError> {
        let newest: Option<i64> =
            dsl::roles.filter(roles::name.eq(name)).select(max(roles::version)).first(self.connection)?;
        newest.map(|version| rows::version("roles.version", version)).transpose()
    }

    /// One version of a role.
    ///
    /// # Errors
    /// As [`Reader::newest_roles`]; [`StoreError::NotFound`].
    pub fn role_version(&mut self, name: &str, version: u64) -> Result<RoleRecord, StoreError> {
        let version = rows::number("the version", version)?;
        let row: Row =
            dsl::roles.find((rows::key(name)?, version)).select(Row::as_select()).first(self.connection)?;
        row.try_into()
    }

    /// The newest versions of one role, newest first, at most `limit`.
    ///
    /// # Errors
    /// As [`Reader::newest_roles`].
    pub fn role_versions(&mut self, name: &str, limit: u32) -> Result<Vec<RoleRecord>, StoreError> {
        let rows: Vec<Row> = dsl::roles
            .filter(roles::name.eq(name))
            .order(roles::version.desc())
            .limit(i64::from(limit))
            .select(Row::as_select())
            .load(self.connection)?;
        rows.into_iter().map(RoleRecord::try_from).collect()
    }
}

impl Writer<'_> {
    /// Forgets all but the newest versions of the timestamp: one is signed each hour, and none but the newest is
    /// ever read. Says how many went.
    ///
    /// # Errors
    /// The database's.
    pub fn forget_timestamps(&mut self, kept: u32) -> Result<usize, StoreError> {
        let newest = self.newest_version("timestamp")?.unwrap_or_default();
        let last = rows::number("the version", newest.saturating_sub(u64::from(kept)))?;
        let old = dsl::roles.filter(roles::name.eq("timestamp")).filter(roles::version.le(last));
        Ok(diesel::delete(old).execute(self.connection)?)
    }

    /// Adds a version of a role.
    ///
    /// # Errors
    /// The database's; [`StoreError::Taken`] where there is one of that version: bytes once issued stay.
    pub fn add_role(&mut self, role: &RoleRecord) -> Result<(), StoreError> {
        let row = Row {
            name: role.name.clone(),
            version: rows::number("the version", role.version)?,
            sha256: Digest::of(role.body.as_bytes()).to_string(),
            body: role.body.clone(),
            issued_at: role.issued_at,
        };
        diesel::insert_into(dsl::roles).values(row).execute(self.connection)?;
        Ok(())
    }
}
