//! The repository as hosts read it: signed files out of the memory, payloads from the disk. Names are looked
//! up, never made into paths.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use actix_web::http::header;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;

use super::problem::{Code, Problem};
use super::respond::{self, IMMUTABLE};
use super::state::{App, shown};
use crate::repository::Served;
use crate::store::StoreError;
use crate::trust::Digest;
use crate::trust::names::TIMESTAMP_FILE;

/// How much of a payload is read at once, in bytes.
const PIECE_BYTES: u64 = 256 * 1024;

/// `GET /tuf/metadata/timestamp.json`: what hosts poll.
///
/// # Errors
/// None: it is always there.
pub async fn timestamp(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed(&app, &request, TIMESTAMP_FILE).await
}

/// `GET /tuf/metadata/{file}`
///
/// # Errors
/// No such file.
pub async fn metadata(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    signed(&app, &request, request.match_info().get("file").unwrap_or_default()).await
}

async fn signed(app: &App, request: &HttpRequest, file: &str) -> Result<HttpResponse, Problem> {
    let Some(kept) = app.metadata_files.get(&app.served(), file) else {
        return Err(Problem::not_found(format_args!("metadata file {}", shown(file))));
    };
    kept.prepare(request.headers()).await;
    Ok(kept.answer(request.headers(), request.headers().get_all(header::IF_NONE_MATCH)))
}

/// `GET /tuf/packs/{file}`
///
/// # Errors
/// No such pack, or not yet.
pub async fn pack(app: Data<App>, request: HttpRequest, file: Path<String>) -> Result<HttpResponse, Problem> {
    packed(&app, &request, "packs", &file)
}

/// `GET /tuf/deltas/{file}`
///
/// # Errors
/// No such delta, or not yet.
pub async fn delta(
    app: Data<App>,
    request: HttpRequest,
    file: Path<String>,
) -> Result<HttpResponse, Problem> {
    packed(&app, &request, "deltas", &file)
}

fn packed(app: &App, request: &HttpRequest, folder: &str, file: &str) -> Result<HttpResponse, Problem> {
    let Some(packed) = app.releases.packs().get(&format!("{folder}/{file}")) else {
        return Err(Problem::not_found(format_args!("{folder} file {}", shown(file))));
    };
    let etag = packed.sha256.to_string();
    let kind = ("application/octet-stream", IMMUTABLE);
    Ok(respond::bytes(request, Bytes::from_owner(packed.bytes), kind, etag.get(..32).unwrap_or(&etag), &[]))
}

/// `GET /tuf/targets/{path}`
///
/// # Errors
/// No such file; one that is damaged.
pub async fn target(
    app: Data<App>,
    request: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let state = app.served();
    match state.snapshot.target_file(&path) {
        None => Err(Problem::not_found(format_args!("target file {}", shown(&path)))),
        Some(Served::Document(bytes)) => {
            let name = path.rsplit('/').next().unwrap_or_default();
            let digest = name.split('.').next().unwrap_or_default().to_owned();
            let kind = ("application/json", IMMUTABLE);
            Ok(respond::bytes(&request, Bytes::from_owner(bytes.clone()), kind, &digest, &[]))
        }
        Some(Served::Payload { sha256, bytes }) => payload(&app, &request, *sha256, *bytes).await,
    }
}

async fn payload(
    app: &Data<App>,
    request: &HttpRequest,
    sha256: Digest,
    length: u64,
) -> Result<HttpResponse, Problem> {
    let store = std::sync::Arc::clone(&app.store);
    let (file, found) = match web::block(move || store.blob_files().read(&sha256)).await? {
        // It is released: that it is gone is for whoever runs the service to hear of.
        Err(StoreError::NotFound) => {
            let text = format!("blob {sha256} is released, and its file is gone");
            return Err(Problem::inside(Code::StorageDamaged, &text));
        }
        opened => opened?,
    };
    if found != length {
        let text = format!("blob {sha256} has {found} bytes, not {length}");
        return Err(Problem::inside(Code::StorageDamaged, &text));
    }
    let etag = format!("\"{sha256}\"");
    let range = if same(request, &etag) { range(request, length)? } else { None };
    let (first, end) = match range {
        Some((first, end)) => (first, end),
        None => (0, length),
    };
    let partial = (first, end) != (0, length);
    let mut builder = if partial { HttpResponse::PartialContent() } else { HttpResponse::Ok() };
    builder
        .content_type("application/octet-stream")
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, IMMUTABLE))
        .insert_header((header::ACCEPT_RANGES, "bytes"));
    if partial {
        builder.insert_header((
            header::CONTENT_RANGE,
            format!("bytes {first}-{}/{length}", end.saturating_sub(1)),
        ));
    }
    Ok(builder.no_chunking(end - first).streaming(pieces(file, first, end)))
}

/// Whether a range may be given: `If-Range` (RFC 9110) names the very file, or nobody minds.
fn same(request: &HttpRequest, etag: &str) -> bool {
    request.headers().get(header::IF_RANGE).is_none_or(|value| value.as_bytes() == etag.as_bytes())
}

/// The range that is asked for, as first byte and the one after the last (RFC 9110, one range).
fn range(request: &HttpRequest, length: u64) -> Result<Option<(u64, u64)>, Problem> {
    let Some(text) = request.headers().get(header::RANGE).and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Ok(None);
    };
    let wanted = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => Some((first, last.saturating_add(1).min(length))),
        (Ok(first), Err(_)) if last.is_empty() => Some((first, length)),
        (Err(_), Ok(last)) if first.is_empty() => Some((length.saturating_sub(last), length)),
        _ => return Ok(None),
    };
    match wanted {
        Some((first, end)) if first < end => Ok(Some((first, end))),
        _ => {
            let detail = format!("The file has {length} bytes.");
            let mut problem = Problem::new(Code::RangeNotSatisfiable, detail);
            problem.more.length = Some(length);
            Err(problem)
        }
    }
}

/// A file in pieces, each read by the pool for what blocks.
fn pieces(file: File, first: u64, end: u64) -> impl futures_util::Stream<Item = Result<Bytes, io::Error>> {
    stream::try_unfold((Some(file), first), move |(file, at)| async move {
        let Some(mut file) = file.filter(|_| at < end) else { return Ok(None) };
        let read = move || {
            file.seek(SeekFrom::Start(at))?;
            let mut piece = Vec::new();
            (&mut file).take(PIECE_BYTES.min(end - at)).read_to_end(&mut piece)?;
            Ok::<_, io::Error>((file, piece))
        };
        let (file, piece) = web::block(read).await.map_err(io::Error::other)??;
        if piece.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let next = at + piece.len() as u64;
        Ok(Some((Bytes::from(piece), (Some(file), next))))
    })
}
