//! Payloads on their way in: streamed to disk, checked as they come.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, rt};
use futures_util::StreamExt as _;
use serde::Serialize;

use crate::server::auth::Publisher;
use crate::server::problem::{Code, Problem};
use crate::server::query::Query;
use crate::server::state::{App, shown};
use crate::server::{body, respond};
use crate::store::{BlobState, BlobWriter, Store, StoreError};
use crate::trust::Digest;

/// How much is gathered before it is written, in bytes.
const PIECE_BYTES: usize = 1 << 20;

#[derive(Serialize)]
struct Blob {
    sha256: String,
    bytes: u64,
    state: BlobState,
}

/// `GET /api/v1/blobs/{sha256}`: whether it is here.
///
/// # Errors
/// No such blob.
pub async fn show(
    app: Data<App>,
    _: Publisher,
    request: HttpRequest,
    sha256: Path<String>,
) -> Result<HttpResponse, Problem> {
    Query::of(&request, &[])?;
    let (sha256, store) = (digest(&sha256)?, Arc::clone(&app.store));
    let found = web::block(move || {
        let found = store.read(|tx| tx.blob(&sha256))?;
        if store.blob_files().holds(&sha256) { Ok(found) } else { Err(StoreError::NotFound) }
    });
    let (bytes, state) = found.await??;
    respond::fresh(StatusCode::OK, &Blob { sha256: sha256.to_string(), bytes, state })
}

/// `PUT /api/v1/blobs/{sha256}`: the bytes themselves.
///
/// # Errors
/// A length that is missing or too large; other bytes than those of the SHA-256; the store's.
pub async fn put(
    app: Data<App>,
    _: Publisher,
    request: HttpRequest,
    (sha256, payload): (Path<String>, Payload),
) -> Result<HttpResponse, Problem> {
    Query::of(&request, &[])?;
    let limits = &app.config.limits;
    let sha256 = digest(&sha256)?;
    body::check_head(&request, limits.payload_bytes)?;
    let Some(length) = body::length(&request) else {
        return Err(Problem::new(Code::LengthRequired, "An upload without Content-Length is not taken."));
    };
    let (store, at) = (Arc::clone(&app.store), app.now().as_second());
    let writer = web::block(move || store.blob_files().begin(sha256, length)).await??;
    let writer = match rt::time::timeout(limits.payload, receive(payload, writer, limits.body)).await {
        Ok(received) => received?,
        Err(_) => return Err(body::too_slow(limits.payload)),
    };
    let store = Arc::clone(&app.store);
    let (bytes, state) = web::block(move || keep(&store, writer, &sha256, at)).await??;
    respond::fresh(StatusCode::CREATED, &Blob { sha256: sha256.to_string(), bytes, state })
}

/// Puts what came in its place, and notes it.
fn keep(store: &Store, writer: BlobWriter, sha256: &Digest, at: i64) -> Result<(u64, BlobState), StoreError> {
    let bytes = writer.finish()?;
    store.write(|tx| {
        tx.stage_blob(sha256, bytes, at)?;
        tx.blob(sha256)
    })
}

/// Takes all pieces; `idle` is how long none may come.
async fn receive(
    mut payload: Payload,
    mut writer: BlobWriter,
    idle: Duration,
) -> Result<BlobWriter, Problem> {
    let mut gathered = Vec::with_capacity(PIECE_BYTES);
    loop {
        let next = rt::time::timeout(idle, payload.next()).await.map_err(|_| body::too_slow(idle))?;
        let ended = next.is_none();
        if let Some(piece) = next {
            let piece = piece.map_err(|error| {
                Problem::new(Code::BadRequest, format!("The body could not be read: {error}."))
            })?;
            gathered.extend_from_slice(&piece);
        }
        if gathered.len() >= PIECE_BYTES || ended {
            (writer, gathered) = web::block(move || {
                writer.write(&gathered)?;
                gathered.clear();
                Ok::<_, StoreError>((writer, gathered))
            })
            .await??;
        }
        if ended {
            return Ok(writer);
        }
    }
}

fn digest(text: &str) -> Result<Digest, Problem> {
    text.parse().map_err(|_| {
        Problem::new(
            Code::NotFound,
            format!("{} is no SHA-256: 64 lower-case hexadecimal digits.", shown(text)),
        )
    })
}
