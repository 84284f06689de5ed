//! The id of a request, which its errors and the log show. It is made when somebody asks for it: polls never do.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest};

use super::state::App;

/// The header.
pub(super) const HEADER: &str = "x-request-id";
/// The longest id that is taken over from a client, in bytes.
const LONGEST: usize = 64;

/// Makes ids that nobody can tell from random ones, without asking the system for each.
#[derive(Debug)]
pub struct RequestIds {
    key: u64,
    count: AtomicU64,
}

impl RequestIds {
    /// Ids that begin at a random place.
    #[must_use]
    pub fn new(key: u64) -> Self {
        Self { key, count: AtomicU64::new(0) }
    }

    /// The next: 64 bits in hexadecimal, none of them twice (SplitMix64 is a permutation).
    fn next(&self) -> String {
        let count = self.count.fetch_add(1, Relaxed);
        let mut bits = self.key.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        format!("{:016x}", bits ^ (bits >> 31))
    }
}

#[derive(Clone)]
struct RequestId(String);

/// The id of a request: the one that it came with, where that is short and plain, else one of ours.
pub(super) fn of(request: &HttpRequest) -> String {
    if let Some(RequestId(known)) = request.extensions().get::<RequestId>() {
        return known.clone();
    }
    let made = || request.app_data::<Data<App>>().map(|app| app.request_ids.next()).unwrap_or_default();
    let id = given(request).map_or_else(made, str::to_owned);
    request.extensions_mut().insert(RequestId(id.clone()));
    id
}

fn given(request: &HttpRequest) -> Option<&str> {
    let text = request.headers().get(HEADER)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (!text.is_empty() && text.len() <= LONGEST && text.bytes().all(plain)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn ids_are_taken_over_where_they_are_plain() {
        let of = |text: &str| {
            let request = TestRequest::default().insert_header((HEADER, text)).to_http_request();
            given(&request).map(str::to_owned)
        };
        assert_eq!(of("a-B_9.x").as_deref(), Some("a-B_9.x"));
        for bad in ["", "a b", "a\"b", "<b>", "é", &"a".repeat(65)] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn ids_differ() {
        let ids = RequestIds::new(7);
        let all: std::collections::BTreeSet<String> = (0..1_000).map(|_| ids.next()).collect();
        assert_eq!(all.len(), 1_000);
        assert!(all.iter().all(|id| id.len() == 16));
    }
}
