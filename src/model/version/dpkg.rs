//! The order of Debian versions. Source: Debian Policy, 5.6.12 "Version".

use std::cmp::Ordering;

use super::Evr;
use super::rpm::{numbers, split_while};

/// Epoch, then upstream version, then revision; one left out is the same as `0`.
pub(super) fn compare(left: &Evr<'_>, right: &Evr<'_>) -> Ordering {
    left.epoch
        .cmp(&right.epoch)
        .then_with(|| parts(left.version, right.version))
        .then_with(|| parts(left.release.unwrap_or_default(), right.release.unwrap_or_default()))
}

/// Runs of non-digits and runs of digits in turn.
fn parts(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    while !(left.is_empty() && right.is_empty()) {
        let (l, left_rest) = split_while(left, |byte| !byte.is_ascii_digit());
        let (r, right_rest) = split_while(right, |byte| !byte.is_ascii_digit());
        let words = words(l, r);
        let (l, left_rest) = split_while(left_rest, u8::is_ascii_digit);
        let (r, right_rest) = split_while(right_rest, u8::is_ascii_digit);
        let order = words.then_with(|| numbers(l, r));
        if order.is_ne() {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
    Ordering::Equal
}

/// `~` sorts before the end, letters before everything else.
fn words(left: &[u8], right: &[u8]) -> Ordering {
    let weight = |byte: Option<&u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    };
    (0..left.len().max(right.len()))
        .map(|at| weight(left.get(at)).cmp(&weight(right.get(at))))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_as_dpkg_does() {
        use Ordering::{Equal, Greater, Less};
        for (left, right, order) in [
            ("1.0", "1.0", Equal),
            ("1.0~rc1", "1.0", Less),
            ("1.0~~", "1.0~", Less),
            ("1.0a", "1.0", Greater),
            ("1.0a", "1.0+", Less),
            ("1.10", "1.9", Greater),
            ("0", "", Equal),
            ("1.0.", "1.0", Greater),
            ("00012", "12", Equal),
        ] {
            assert_eq!(parts(left, right), order, "{left} {right}");
            assert_eq!(parts(right, left), order.reverse(), "{right} {left}");
        }
    }
}
