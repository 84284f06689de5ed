//! Who asks: the token of a request, looked up by its digest.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{self, Data};
use actix_web::{FromRequest, HttpRequest};

use super::problem::{Code, Problem};
use super::state::App;
use crate::store::{Scope, Store, StoreError, Token, TokenRecord};

/// A token's last use is noted no more often than this, in seconds.
const NOTED_EVERY: i64 = 3_600;

/// A publisher, by the name of the token that was sent. Whoever has one in hand was admitted.
#[derive(Debug, Clone)]
pub struct Publisher {
    /// The token's name.
    pub name: String,
}

impl FromRequest for Publisher {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let token = bearer(request);
        let app = request.app_data::<Data<App>>().cloned();
        Box::pin(async move {
            let Some(app) = app else {
                return Err(Problem::inside(Code::Internal, &"no application data"));
            };
            let (now, store) = (app.now().as_second(), Arc::clone(&app.store));
            let token = token?;
            match web::block(move || admit(&store, &token, now)).await? {
                Ok(record) if record.scope == Scope::Publisher => Ok(Self { name: record.name }),
                Ok(_) | Err(StoreError::NotFound) => {
                    Err(unauthenticated("The token is not known, or has ended."))
                }
                Err(error) => Err(error.into()),
            }
        })
    }
}

fn bearer(request: &HttpRequest) -> Result<Token, Problem> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else {
        return Err(unauthenticated("No token was sent."));
    };
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
    let token = Some(token.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer")).and_then(Token::parse);
    token.ok_or_else(|| unauthenticated("What was sent is no token."))
}

fn unauthenticated(detail: &str) -> Problem {
    Problem::new(Code::Unauthenticated, detail)
}

/// Looks a token up; one that has ended is as unknown as any other.
fn admit(store: &Store, token: &Token, now: i64) -> Result<TokenRecord, StoreError> {
    let hash = token.hash();
    let record = store.read(|tx| tx.token(&hash))?;
    if !record.is_good(now) {
        return Err(StoreError::NotFound);
    }
    if record.last_used_at.is_none_or(|at| now - at >= NOTED_EVERY) {
        // Whoever is admitted is not kept waiting by a full disk: that will be said of what he does.
        if let Err(error) = store.write(|tx| tx.use_token(&hash, now)) {
            tracing::warn!("the use of a token was not noted: {error}");
        }
    }
    Ok(record)
}
