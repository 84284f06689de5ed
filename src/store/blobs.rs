//! What is known of each blob; its bytes are a file ([`super::BlobFiles`]).

use diesel::prelude::*;

use super::error::StoreError;
use super::rows::{self, column_words};
use super::schema::blobs::{self, dsl};
use super::{Reader, Writer};
use crate::trust::Digest;

column_words! {
    /// Whether hosts may have a blob.
    BlobState in "blobs.state" {
        /// Handed in; no release names it yet.
        Staged = "staged",
        /// A release names it.
        Released = "released",
    }
}

impl Reader<'_> {
    /// The length and state of a blob.
    ///
    /// # Errors
    /// The database's; [`StoreError::NotFound`].
    pub fn blob(&mut self, sha256: &Digest) -> Result<(u64, BlobState), StoreError> {
        let (bytes, state): (i64, String) = dsl::blobs
            .find(sha256.to_string())
            .select((blobs::bytes, blobs::state))
            .first(self.connection)?;
        Ok((rows::version("blobs.bytes", bytes)?, BlobState::read(&state)?))
    }
}

impl Writer<'_> {
    /// Notes a blob whose file is in its place. One that is known stays as it is.
    ///
    /// # Errors
    /// The database's.
    pub fn stage_blob(&mut self, sha256: &Digest, bytes: u64, at: i64) -> Result<(), StoreError> {
        match self.blob(sha256) {
            Ok(_) => return Ok(()),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(error),
        }
        diesel::insert_into(dsl::blobs)
            .values((
                blobs::sha256.eq(sha256.to_string()),
                blobs::bytes.eq(rows::number("the length", bytes)?),
                blobs::state.eq(BlobState::Staged.word()),
                blobs::stored_at.eq(at),
            ))
            .execute(self.connection)?;
        Ok(())
    }

    /// Lets hosts have a blob.
    ///
    /// # Errors
    /// The database's; [`StoreError::NotFound`].
    pub fn release_blob(&mut self, sha256: &Digest) -> Result<(), StoreError> {
        let changed = diesel::update(dsl::blobs.find(sha256.to_string()))
            .set(blobs::state.eq(BlobState::Released.word()))
            .execute(self.connection)?;
        if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
    }
}
