//! The fields of a form, as browsers send them: `application/x-www-form-urlencoded`, or
//! `multipart/form-data` (RFC 7578), which can carry a file.

use super::problem::{Code, Problem};
use super::query;

/// The most parts of one form.
const MAX_PARTS: usize = 200;

/// Reads a form by its content type.
///
/// # Errors
/// Another content type; a form that does not keep its rules; a field that is not UTF-8 text.
pub(super) fn fields(content_type: &str, body: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    match kind.trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => {
            let text = std::str::from_utf8(body).map_err(|_| bad("the form is not UTF-8 text"))?;
            query::parse(text)
        }
        "multipart/form-data" => {
            let boundary = parameter(parameters, "boundary").filter(|boundary| {
                (1..=70).contains(&boundary.len())
                    && boundary.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
            });
            parts(body, &boundary.ok_or_else(|| bad("the form names no boundary between its parts"))?)
        }
        _ => Err(bad("the body is no form")
            .remedy("Send multipart/form-data or application/x-www-form-urlencoded.")),
    }
}

fn bad(detail: &str) -> Problem {
    Problem::new(Code::Malformed, format!("The body cannot be read: {detail}."))
}

/// The parts between delimiters: CRLF, two hyphens, the boundary; two more hyphens after the last.
fn parts(body: &[u8], boundary: &str) -> Result<Vec<(String, String)>, Problem> {
    let delimiter = format!("\r\n--{boundary}");
    let delimiter = delimiter.as_bytes();
    let cut_off = || bad("the form ends before its last part");
    let first = delimiter.get(2..).unwrap_or_default();
    let mut rest = match body.strip_prefix(first) {
        Some(rest) => rest,
        None => after(body, delimiter).ok_or_else(cut_off)?.1,
    };
    let mut fields = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(fields);
        }
        if fields.len() == MAX_PARTS {
            return Err(bad("the form has too many parts"));
        }
        let line_end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(cut_off)?;
        let part = rest.get(line_end + 1..).unwrap_or_default();
        let (part, following) = after(part, delimiter).ok_or_else(cut_off)?;
        fields.push(field(part)?);
        rest = following;
    }
}

/// What stands before and after the first place where `mark` stands.
fn after<'b>(bytes: &'b [u8], mark: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let at = bytes.windows(mark.len()).position(|window| window == mark)?;
    Some((bytes.get(..at)?, bytes.get(at + mark.len()..)?))
}

/// The name and the value of a part.
fn field(part: &[u8]) -> Result<(String, String), Problem> {
    let (head, value) = after(part, b"\r\n\r\n").ok_or_else(|| bad("a part has no head"))?;
    let head = std::str::from_utf8(head).map_err(|_| bad("the head of a part is not UTF-8 text"))?;
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    });
    let name = disposition.and_then(|value| parameter(value, "name"));
    let name = name.ok_or_else(|| bad("a part has no name"))?;
    match std::str::from_utf8(value) {
        Ok(value) => Ok((name, value.to_owned())),
        Err(error) => {
            let line = value.get(..error.valid_up_to()).unwrap_or_default();
            let line = line.iter().filter(|byte| **byte == b'\n').count() + 1;
            let detail = format!("line {line} of {} is not UTF-8 text", super::state::shown(&name));
            Err(bad(&detail).at(name))
        }
    }
}

/// A parameter of a header, `name=value` or `name="value"`.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_start_matches([';', ' ', '\t']).rsplit(';').next().unwrap_or_default().trim();
        let (value, following) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_once(';').unwrap_or((after, "")),
        };
        if name.eq_ignore_ascii_case(wanted) {
            // Browsers write a quotation mark in a name as %22.
            return Some(value.trim().replace("%22", "\""));
        }
        rest = following;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_browsers_send() {
        let body = "--xY\r\nContent-Disposition: form-data; name=\"inventory\"\r\n\r\n{\"a\":\r\n1}\r\n--xY\r\n\
                    content-type: application/json\r\nContent-Disposition: form-data; name=\"file\"; \
                    filename=\"name=x.json\"\r\n\r\n\r\n--xY--\r\n";
        let read = fields("multipart/form-data; charset=utf-8; boundary=\"xY\"", body.as_bytes()).unwrap();
        assert_eq!(read, [("inventory".into(), "{\"a\":\r\n1}".into()), ("file".into(), String::new())]);
        let read = fields("application/x-www-form-urlencoded; charset=UTF-8", b"a=1+2&b=%C3%A9").unwrap();
        assert_eq!(read, [("a".into(), "1 2".into()), ("b".into(), "é".into())]);
    }

    #[test]
    fn refuses_what_breaks_off() {
        let part = |rest: &str| format!("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{rest}");
        for body in
            ["", "--b", "--b\r\n", "--b\r\n--b--", "x", &part(""), &part("1\r\n--"), &part("1\r\n--b")]
        {
            assert!(fields("multipart/form-data; boundary=b", body.as_bytes()).is_err(), "{body:?}");
        }
        assert!(fields("multipart/form-data", b"--b--").is_err());
        assert!(fields("text/plain", b"").is_err());
        let many =
            format!("{}--b--", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n".repeat(201));
        assert!(fields("multipart/form-data; boundary=b", many.as_bytes()).is_err());
        let bytes = [part("ok\n\u{1}").as_bytes(), b"\xff\r\n--b--"].concat();
        let problem = fields("multipart/form-data; boundary=b", &bytes).unwrap_err();
        assert!(problem.detail.contains("line 2 of a is not UTF-8"), "{}", problem.detail);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(body in proptest::collection::vec(proptest::num::u8::ANY, 0..400), head in "\\PC*") {
            let body = [b"--b\r\n".as_slice(), &body].concat();
            let _ = fields("multipart/form-data; boundary=b", &body);
            let _ = fields(&head, &body);
            let _ = parameter(&head, "name");
        }
    }
}
