//! The order of RPM versions: `rpmvercmp` with `~` (before everything) and `^` (after the same, before a
//! longer one). Source: rpm's manual, "rpm-version(7)".

use std::cmp::Ordering;

use super::Evr;

/// Epoch, then version, then release; a release that either side leaves out is not compared.
pub(super) fn compare(left: &Evr<'_>, right: &Evr<'_>) -> Ordering {
    let releases = match (left.release, right.release) {
        (Some(left), Some(right)) => segments(left, right),
        _ => Ordering::Equal,
    };
    left.epoch.cmp(&right.epoch).then_with(|| segments(left.version, right.version)).then(releases)
}

fn segments(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    loop {
        (left, right) = (skip_separators(left), skip_separators(right));
        match (left.split_first(), right.split_first()) {
            (Some((b'~', l)), Some((b'~', r))) | (Some((b'^', l)), Some((b'^', r))) => {
                (left, right) = (l, r);
                continue;
            }
            (Some((b'~', _)), _) | (None, Some((b'^', _))) => return Ordering::Less,
            (_, Some((b'~', _))) | (Some((b'^', _)), None) => return Ordering::Greater,
            (Some((b'^', _)), Some(_)) => return Ordering::Less,
            (Some(_), Some((b'^', _))) => return Ordering::Greater,
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(_), Some(_)) => {}
        }
        let digits = left.first().is_some_and(u8::is_ascii_digit);
        let class = if digits { u8::is_ascii_digit } else { u8::is_ascii_alphabetic };
        let (l, left_rest) = split_while(left, class);
        let (r, right_rest) = split_while(right, class);
        if r.is_empty() {
            // Segments of different kinds: digits are newer than letters.
            return if digits { Ordering::Greater } else { Ordering::Less };
        }
        let order = if digits { numbers(l, r) } else { l.cmp(r) };
        if order.is_ne() {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
}

fn skip_separators(bytes: &[u8]) -> &[u8] {
    split_while(bytes, |byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'~' | b'^')).1
}

pub(super) fn split_while(bytes: &[u8], class: impl Fn(&u8) -> bool) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| !class(byte)).unwrap_or(bytes.len());
    bytes.split_at(end)
}

/// The order of two runs of digits, of any length.
pub(super) fn numbers(left: &[u8], right: &[u8]) -> Ordering {
    let (left, right) = (split_while(left, |b| *b == b'0').1, split_while(right, |b| *b == b'0').1);
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_as_rpm_does() {
        use Ordering::{Equal, Greater, Less};
        for (left, right, order) in [
            ("1.0", "1.0", Equal),
            ("1.0", "2.0", Less),
            ("2.0.1a", "2.0.1", Greater),
            ("5.5p1", "5.5p10", Less),
            ("10xyz", "10.1xyz", Less),
            ("xyz10", "xyz10.1", Less),
            ("xyz.4", "8", Less),
            ("1.0^", "1.0", Greater),
            ("1.0^git1", "1.0^git2", Less),
            ("1.0^git1", "1.01", Less),
            ("1.0^20160101", "1.0.1", Less),
            ("1.0~rc1", "1.0", Less),
            ("1.0~rc1^git1", "1.0~rc1", Greater),
            ("1.0^git1~pre", "1.0^git1", Less),
            ("1b.fc17", "1.fc17", Less),
            ("2_0", "2.0", Equal),
            ("1.05", "1.5", Equal),
            ("a+", "a", Equal),
        ] {
            assert_eq!(segments(left, right), order, "{left} {right}");
            assert_eq!(segments(right, left), order.reverse(), "{right} {left}");
        }
    }
}
