//! The first run's token, in a file that its owner alone reads.

use std::path::Path;

use jiff::Timestamp;

use crate::durable::{self, Access};
use crate::server::run::ServeError;
use crate::store::{Scope, Store, StoreError, Token, TokenRecord};

/// How long the token is good for, in seconds.
const LIFE_SECONDS: i64 = 365 * 24 * 3_600;

/// Makes a publisher's token where the file holds none that is good. The file is written first: a token that
/// is known here but stands nowhere could never be used.
pub(super) fn ensure(store: &Store, file: &Path, now: Timestamp) -> Result<(), ServeError> {
    let at = now.as_second();
    if let Some(token) = read(file) {
        match store.read(|tx| tx.token(&token.hash())) {
            Ok(record) if record.is_good(at) => return Ok(()),
            Ok(_) => {}
            Err(StoreError::NotFound) => return add(store, &token, at),
            Err(error) => return Err(error.into()),
        }
    }
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| ServeError::System(format!("no random bytes: {error}")))?;
    let token = Token::publisher(random);
    durable::write(file, format!("HOTFIX_TOKEN={}\n", token.reveal()).as_bytes(), Access::Owner)?;
    add(store, &token, at)
}

fn read(file: &Path) -> Option<Token> {
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| Token::parse(line.strip_prefix("HOTFIX_TOKEN=")?.trim()))
}

fn add(store: &Store, token: &Token, at: i64) -> Result<(), ServeError> {
    let record = TokenRecord {
        name: "first-run".to_owned(),
        scope: Scope::Publisher,
        created_at: at,
        expires_at: at + LIFE_SECONDS,
        last_used_at: None,
        revoked_at: None,
    };
    Ok(store.write(|tx| tx.add_token(&token.hash(), &record))?)
}
