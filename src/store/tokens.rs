//! Tokens: random, shown once, kept as their SHA-256.

use std::fmt;

use diesel::prelude::*;

use super::audit::Event;
use super::error::StoreError;
use super::rows::column_words;
use super::schema::tokens::{self, dsl};
use super::{Reader, Writer};
use crate::trust::Digest;

column_words! {
    /// What a token admits to.
    Scope in "tokens.scope" {
        /// Handing in, cosigning and releasing submissions, and their payloads.
        Publisher = "publisher",
    }
}

/// A secret token. `Debug` hides it.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    const PREFIX: &'static str = "hfx_pub_";

    /// A publisher's token from 32 random bytes.
    #[must_use]
    pub fn publisher(random: [u8; 32]) -> Self {
        Self(format!("{}{}", Self::PREFIX, hex::encode(random)))
    }

    /// The token in a text, if the text has the form of one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(Self::PREFIX)?;
        let lower_hex = rest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (rest.len() == 64 && lower_hex).then(|| Self(text.to_owned()))
    }

    /// The secret itself, for the one time that it is shown.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it. Looking up by it tells a prober nothing: who does not know the token cannot
    /// steer its digest, so the time that a look-up takes is of no use to him.
    #[must_use]
    pub fn hash(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hfx_pub_…)")
    }
}

/// What is known of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// Whose it is, for the audit.
    pub name: String,
    /// What it admits to.
    pub scope: Scope,
    /// When it was made, in seconds since 1970.
    pub created_at: i64,
    /// When it ends.
    pub expires_at: i64,
    /// When it was last used.
    pub last_used_at: Option<i64>,
    /// When it was taken back.
    pub revoked_at: Option<i64>,
}

impl TokenRecord {
    /// The action under which the audit has what was made.
    pub const MADE: &'static str = "token";

    /// What the audit keeps of a token when it is made: all that does not change later. The digest is no secret.
    #[must_use]
    pub fn made(&self, hash: &Digest) -> Event {
        let Self { name, scope, expires_at, .. } = self;
        Event::own(Self::MADE, name.clone(), format!("{} {hash} until {expires_at}", scope.word()))
    }

    /// Whether it still admits.
    #[must_use]
    pub fn is_good(&self, now: i64) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

type Row = (String, String, String, i64, i64, Option<i64>, Option<i64>);

impl Reader<'_> {
    /// What is known of a token.
    ///
    /// # Errors
    /// The database's; [`StoreError::NotFound`].
    pub fn token(&mut self, hash: &Digest) -> Result<TokenRecord, StoreError> {
        let (_, name, scope, created_at, expires_at, last_used_at, revoked_at): Row =
            dsl::tokens.find(hash.to_string()).first(self.connection)?;
        let scope = Scope::read(&scope)?;
        Ok(TokenRecord { name, scope, created_at, expires_at, last_used_at, revoked_at })
    }
}

impl Writer<'_> {
    /// Adds a token, and says so in the audit.
    ///
    /// # Errors
    /// The database's; [`StoreError::Taken`].
    pub fn add_token(&mut self, hash: &Digest, token: &TokenRecord) -> Result<(), StoreError> {
        diesel::insert_into(dsl::tokens)
            .values((
                tokens::hash.eq(hash.to_string()),
                tokens::name.eq(&token.name),
                tokens::scope.eq(token.scope.word()),
                tokens::created_at.eq(token.created_at),
                tokens::expires_at.eq(token.expires_at),
                tokens::last_used_at.eq(token.last_used_at),
                tokens::revoked_at.eq(token.revoked_at),
            ))
            .execute(self.connection)?;
        self.add_audit(&token.made(hash), token.created_at)
    }

    /// Notes that a token was used.
    ///
    /// # Errors
    /// The database's.
    pub fn use_token(&mut self, hash: &Digest, at: i64) -> Result<(), StoreError> {
        diesel::update(dsl::tokens.find(hash.to_string()))
            .set(tokens::last_used_at.eq(at))
            .execute(self.connection)?;
        Ok(())
    }

    /// Takes back every token of a name. Answers how many were good until then.
    ///
    /// # Errors
    /// The database's.
    pub fn revoke_tokens(&mut self, name: &str, at: i64) -> Result<usize, StoreError> {
        let good = dsl::tokens.filter(tokens::name.eq(name)).filter(tokens::revoked_at.is_null());
        Ok(diesel::update(good).set(tokens::revoked_at.eq(at)).execute(self.connection)?)
    }
}
