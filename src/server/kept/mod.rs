//! Bodies that are sent many times: their tags are made once, and their compressed form once, when somebody
//! first takes it.

mod cache;
mod files;

use std::io::Write as _;
use std::sync::{Arc, OnceLock};

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::{self, Bytes};
use flate2::Compression;
use flate2::write::GzEncoder;

pub use cache::Cache;
pub(super) use cache::Look;
pub use files::MetadataFiles;

/// A shorter body is sent as it is: it fits into one packet, and a tenth of it is a header's length.
const LEAST_BYTES: usize = 1_024;

/// A body with its headers.
#[derive(Debug)]
pub(super) struct Kept {
    body: Bytes,
    etag: HeaderValue,
    zipped: Option<Zipped>,
    /// Of 200 and of 304.
    always: Vec<(HeaderName, HeaderValue)>,
    /// Of 200.
    more: Vec<(HeaderName, HeaderValue)>,
}

/// Its compressed form: none where that is hardly shorter.
#[derive(Debug)]
struct Zipped {
    etag: HeaderValue,
    body: OnceLock<Option<Bytes>>,
}

impl Kept {
    /// A body with what a handler said of it. It has to have an `ETag`.
    pub(super) fn new(body: Bytes, mut headers: HeaderMap) -> Option<Self> {
        let etag = headers.remove(header::ETAG).next()?;
        headers.remove(header::CONTENT_LENGTH);
        let compresses = body.len() >= LEAST_BYTES && headers.get(header::CONTENT_TYPE).is_some_and(is_text);
        // A strong tag names bytes: the compressed ones are others.
        let other = etag.to_str().ok()?.strip_suffix('"').map(|tag| format!("{tag}-gzip\""));
        let zipped = other.filter(|_| compresses).and_then(|tag| HeaderValue::try_from(tag).ok());
        let zipped = zipped.map(|etag| Zipped { etag, body: OnceLock::new() });
        if zipped.is_some() {
            let before = headers.get(header::VARY).and_then(|vary| vary.to_str().ok());
            let vary = before
                .map_or_else(|| "accept-encoding".to_owned(), |vary| format!("{vary}, accept-encoding"));
            headers.insert(header::VARY, HeaderValue::try_from(vary).ok()?);
        }
        let (mut always, mut more) = (Vec::new(), Vec::new());
        for (name, value) in headers {
            let of_both = [header::CACHE_CONTROL, header::VARY].contains(&name);
            if of_both { always.push((name, value)) } else { more.push((name, value)) }
        }
        Some(Self { body, etag, zipped, always, more })
    }

    /// How many bytes it has, uncompressed.
    fn len(&self) -> usize {
        self.body.len()
    }

    /// Makes the compressed form, where one is asked for and it was not made yet: off the threads that serve.
    pub(super) async fn prepare(self: &Arc<Self>, asked: &HeaderMap) {
        let unmade = self.zipped.as_ref().is_some_and(|zipped| zipped.body.get().is_none());
        if unmade && takes_gzip(asked) {
            let this = Arc::clone(self);
            // Without it, the plain form is sent.
            let _ = web::block(move || {
                this.zipped.as_ref().map(|zipped| zipped.body.get_or_init(|| gzip(&this.body)).is_some())
            })
            .await;
        }
    }

    /// The answer to who asks with these headers and has what `tags` name (RFC 9110, `If-None-Match`).
    pub(super) fn answer<'t>(
        &self,
        asked: &HeaderMap,
        tags: impl IntoIterator<Item = &'t HeaderValue>,
    ) -> HttpResponse {
        let zipped = self.zipped.as_ref().filter(|_| takes_gzip(asked));
        let zipped = zipped.and_then(|zipped| Some((&zipped.etag, zipped.body.get()?.as_ref()?)));
        let (etag, body) = zipped.unwrap_or((&self.etag, &self.body));
        let same = tags.into_iter().any(|list| names(list, etag));
        let mut response = if same {
            HttpResponse::new(StatusCode::NOT_MODIFIED)
        } else {
            HttpResponse::with_body(StatusCode::OK, BoxBody::new(body.clone()))
        };
        let headers = response.headers_mut();
        let copied = self.always.iter().chain(if same { &[] } else { self.more.as_slice() });
        copied.for_each(|(name, value)| headers.append(name.clone(), value.clone()));
        headers.insert(header::ETAG, etag.clone());
        if !same && zipped.is_some() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

/// Whether a list of tags names one; whether they are weak does not matter here.
pub(super) fn names(list: &HeaderValue, tag: &HeaderValue) -> bool {
    let weak = |one: &[u8]| one.strip_prefix(b"W/").unwrap_or(one) == tag.as_bytes();
    list == tag
        || list
            .as_bytes()
            .split(|byte| *byte == b',')
            .map(<[u8]>::trim_ascii)
            .any(|one| one == b"*" || weak(one))
}

/// Whether `Accept-Encoding` (RFC 9110) takes gzip.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let Some(list) = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let weight = |wanted: &str| {
        list.split(',').find_map(|one| {
            let (name, weight) = one.split_once(';').unwrap_or((one, ""));
            let is_it = name.trim().eq_ignore_ascii_case(wanted);
            is_it.then(|| weight.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(1.0_f32))
        })
    };
    weight("gzip").or_else(|| weight("*")).is_some_and(|weight| weight > 0.0)
}

fn is_text(media: &HeaderValue) -> bool {
    let media = media.as_bytes();
    media.starts_with(b"text/")
        || [b"json".as_slice(), b"xml"].iter().any(|word| media.windows(word.len()).any(|at| at == *word))
}

/// The compressed form, where it is shorter by a tenth.
fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut out = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::default());
    out.write_all(bytes).ok()?;
    let zipped = out.finish().ok()?;
    (zipped.len() < bytes.len() / 10 * 9).then(|| Bytes::from(zipped))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(HeaderName, &'static str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn reads_what_encodings_are_taken() {
        for (list, takes) in [
            ("gzip", true),
            ("deflate, GZIP;q=0.5", true),
            ("br, *", true),
            ("gzip;q=0", false),
            ("*;q=0, gzip", true),
            ("gzip;q=0, *", false),
            ("identity", false),
            ("", false),
        ] {
            assert_eq!(takes_gzip(&headers(&[(header::ACCEPT_ENCODING, list)])), takes, "{list}");
        }
        assert!(!takes_gzip(&headers(&[])));
    }

    #[test]
    fn tags_are_compared_weakly() {
        let tag = HeaderValue::from_static("\"a\"");
        for (list, named) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"ab\"", false),
            ("a", false),
        ] {
            assert_eq!(names(&HeaderValue::from_static(list), &tag), named, "{list}");
        }
    }

    #[test]
    fn each_form_has_its_own_tag() {
        let plain = [
            (header::ETAG, "\"a\""),
            (header::CONTENT_TYPE, "text/html"),
            (header::VARY, "accept"),
            (header::CACHE_CONTROL, "no-cache"),
        ];
        let kept = Kept::new(Bytes::from("x".repeat(5_000)), headers(&plain)).unwrap();
        let zipped = kept.zipped.as_ref().unwrap();
        let gzip = headers(&[(header::ACCEPT_ENCODING, "gzip")]);
        // Until it was made, what is there is sent.
        assert_eq!(kept.answer(&gzip, []).headers().get(header::ETAG).unwrap(), "\"a\"");
        zipped.body.set(super::gzip(&kept.body)).unwrap();
        let answer = kept.answer(&gzip, []);
        assert_eq!(answer.headers().get(header::CONTENT_ENCODING).unwrap(), "gzip");
        let etag = answer.headers().get(header::ETAG).unwrap();
        assert_eq!(etag, "\"a-gzip\"");
        for (asked, tag, status) in [
            (&gzip, "\"a-gzip\"", 304),
            (&gzip, "\"a\"", 200),
            (&headers(&[]), "\"a\"", 304),
            (&headers(&[]), "\"a-gzip\"", 200),
        ] {
            let answer = kept.answer(asked, [&HeaderValue::from_static(tag)]);
            assert_eq!(answer.status().as_u16(), status, "{tag}");
            assert_eq!(answer.headers().get(header::VARY).unwrap(), "accept, accept-encoding");
            assert_eq!(answer.headers().get(header::CACHE_CONTROL).unwrap(), "no-cache");
        }
        let short = Kept::new(Bytes::from("x"), headers(&plain)).unwrap();
        assert_eq!(short.answer(&gzip, []).headers().get(header::VARY).unwrap(), "accept");
        assert!(Kept::new(Bytes::new(), headers(&[])).is_none());
    }
}
