//! As much of HTTP/1.1 as it takes to know where an answer ends.

/// The longest head that is waited for.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// What the head of an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Its bytes, with the body.
    pub(crate) length: usize,
}

/// It is not an answer whose end can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an answer that is not HTTP/1.1 with a Content-Length")]
pub(crate) struct Malformed;

impl Answer {
    /// Reads the head; nothing where it is not whole yet.
    ///
    /// # Errors
    /// An answer without a length, or none.
    pub(crate) fn read(bytes: &[u8]) -> Result<Option<Self>, Malformed> {
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            return if bytes.len() > MAX_HEAD_BYTES { Err(Malformed) } else { Ok(None) };
        };
        let head = bytes.get(..end).and_then(|head| std::str::from_utf8(head).ok()).ok_or(Malformed)?;
        let mut lines = head.split("\r\n");
        let first = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).ok_or(Malformed)?;
        let status = first.get(..3).and_then(|digits| digits.parse().ok()).ok_or(Malformed)?;
        let mut fields = lines.filter_map(|line| line.split_once(':'));
        let stated = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let body = match (status, stated) {
            // They never have a body, whatever length they state.
            (204 | 304, _) => 0,
            (_, Some((_, length))) => length.trim().parse().map_err(|_| Malformed)?,
            (_, None) => return Err(Malformed),
        };
        Ok(Some(Self { status, length: end.saturating_add(4).saturating_add(body) }))
    }
}
