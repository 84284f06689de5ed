//! Revisions of documents, append-only.

use diesel::dsl::max;
use diesel::prelude::*;

use super::error::StoreError;
use super::rows::{self, column_words};
use super::schema::documents::{self, dsl};
use super::{Reader, Writer};
use crate::trust::Digest;

column_words! {
    /// What kind of document it is.
    DocumentKind in "documents.kind" {
        /// A product.
        Product = "product",
        /// An advisory.
        Advisory = "advisory",
        /// A hotfix.
        Hotfix = "hotfix",
        /// A hold.
        Hold = "hold",
    }
}

/// One revision of one document, as it was released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRevision {
    /// Its product.
    pub product: String,
    /// Its target path.
    pub path: String,
    /// Its kind.
    pub kind: DocumentKind,
    /// Its id.
    pub id: String,
    /// Its revision.
    pub revision: i64,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// Its exact bytes: canonical JSON.
    pub body: String,
    /// The publisher's date of it.
    pub published: Option<String>,
    /// The role that signs it.
    pub role: String,
    /// The version of that role that brought it.
    pub role_version: u64,
    /// When it was released, in seconds since 1970.
    pub released_at: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = documents, check_for_backend(super::database::MultiBackend))]
struct Row {
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

impl TryFrom<Row> for DocumentRevision {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            product: row.product,
            path: row.path,
            kind: DocumentKind::read(&row.kind)?,
            id: row.id,
            revision: row.revision,
            sha256: rows::digest("documents.sha256", &row.sha256)?,
            body: row.body,
            published: row.published,
            role: row.role,
            role_version: rows::version("documents.role_version", row.role_version)?,
            released_at: row.released_at,
        })
    }
}

impl TryFrom<&DocumentRevision> for Row {
    type Error = StoreError;
    fn try_from(document: &DocumentRevision) -> Result<Self, StoreError> {
        Ok(Self {
            product: document.product.clone(),
            path: document.path.clone(),
            kind: document.kind.word().to_owned(),
            id: document.id.clone(),
            revision: document.revision,
            sha256: document.sha256.to_string(),
            body: document.body.clone(),
            published: document.published.clone(),
            role: document.role.clone(),
            role_version: rows::number("the role's version", document.role_version)?,
            released_at: document.released_at,
        })
    }
}

impl Reader<'_> {
    /// The newest revision of every document, by path.
    ///
    /// # Errors
    /// The database's.
    pub fn newest_documents(&mut self) -> Result<Vec<DocumentRevision>, StoreError> {
        let newest = diesel::alias!(documents as newest);
        let last = newest
            .group_by(newest.field(documents::path))
            .select(max(newest.field(documents::seq)).assume_not_null());
        let rows: Vec<Row> = dsl::documents
            .filter(documents::seq.eq_any(last))
            .order(documents::path)
            .select(Row::as_select())
            .load(self.connection)?;
        rows.into_iter().map(DocumentRevision::try_from).collect()
    }

    /// The exact bytes of the document at a path that has this digest, if there ever was one.
    ///
    /// # Errors
    /// The database's.
    pub fn document_body(&mut self, path: &str, sha256: &Digest) -> Result<Option<String>, StoreError> {
        let found = dsl::documents
            .filter(documents::path.eq(path))
            .filter(documents::sha256.eq(sha256.to_string()))
            .select(documents::body)
            .first(self.connection)
            .optional()?;
        Ok(found)
    }

    /// The revisions of one document, newest first, at most `limit`, older than revision `before`.
    ///
    /// # Errors
    /// The database's.
    pub fn document_revisions(
        &mut self,
        (product, kind, id): (&str, DocumentKind, &str),
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<DocumentRevision>, StoreError> {
        let (Ok(product), Ok(id)) = (rows::key(product), rows::key(id)) else { return Ok(Vec::new()) };
        let mut query = dsl::documents
            .filter(documents::product.eq(product))
            .filter(documents::kind.eq(kind.word()))
            .filter(documents::id.eq(id))
            .order(documents::seq.desc())
            .limit(i64::from(limit))
            .select(Row::as_select())
            .into_boxed();
        if let Some(before) = before {
            query = query.filter(documents::revision.lt(before));
        }
        query.load(self.connection)?.into_iter().map(DocumentRevision::try_from).collect()
    }
}

impl Reader<'_> {
    /// Every revision of every document of a product, in the order of their release.
    ///
    /// # Errors
    /// The database's.
    pub fn product_history(&mut self, product: &str) -> Result<Vec<DocumentRevision>, StoreError> {
        let rows: Vec<Row> = dsl::documents
            .filter(documents::product.eq(product))
            .order(documents::seq)
            .select(Row::as_select())
            .load(self.connection)?;
        rows.into_iter().map(DocumentRevision::try_from).collect()
    }
}

impl Writer<'_> {
    /// Adds revisions.
    ///
    /// # Errors
    /// The database's; [`StoreError::Taken`] for a path that this version of the role brought already.
    pub fn add_documents(&mut self, new: &[DocumentRevision]) -> Result<(), StoreError> {
        let last: Option<i64> = dsl::documents.select(max(documents::seq)).first(self.connection)?;
        for (seq, document) in (last.unwrap_or_default() + 1..).zip(new) {
            diesel::insert_into(dsl::documents)
                .values((documents::seq.eq(seq), Row::try_from(document)?))
                .execute(self.connection)?;
        }
        Ok(())
    }
}
