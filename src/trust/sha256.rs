//! The one digest: SHA-256, 32 bytes, written as 64 lowercase hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// Text that is not 64 lowercase hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 digest: 64 lowercase hexadecimal digits are wanted")]
pub struct NotADigest;

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A digest that was computed elsewhere.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = NotADigest;

    /// One spelling only, so that two equal digests are equal text as well: a digest names files.
    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let digits: &[u8; 64] = text.as_bytes().try_into().map_err(|_| NotADigest)?;
        let mut bytes = [0; 32];
        let mut seen = 0;
        for (byte, &[high, low]) in bytes.iter_mut().zip(digits.as_chunks().0) {
            let (high, low) = (value(high), value(low));
            seen |= high | low;
            *byte = high << 4 | low & 0x0f;
        }
        if seen > 0x0f { Err(NotADigest) } else { Ok(Self(bytes)) }
    }
}

/// What a hexadecimal digit is worth; above 15: not one. Nothing branches on what the digits are, because they are
/// random: a role of many files is read in half the time.
fn value(digit: u8) -> u8 {
    let (number, letter) = (digit.wrapping_sub(b'0'), digit.wrapping_sub(b'a'));
    if number < 10 {
        number
    } else if letter < 6 {
        letter + 10
    } else {
        u8::MAX
    }
}

/// A digest of bytes that come in pieces.
#[derive(Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all that was read.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_one_spelling() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), empty);
        assert_eq!(empty.parse::<Digest>().unwrap(), Digest::of(b""));
        let mut hasher = Hasher::new();
        hasher.update(b"a");
        hasher.update(b"b");
        assert_eq!(hasher.finish(), Digest::of(b"ab"));
        let swapped = |at: usize, byte: u8| {
            let mut text = empty.as_bytes().to_vec();
            text[at] = byte;
            String::from_utf8(text).unwrap()
        };
        for bad in ["", &empty[1..], &empty.to_uppercase(), &format!("{empty}00"), &"\u{e9}".repeat(32)] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
        for at in [0, 1, 31, 62, 63] {
            for byte in 0..128 {
                let text = swapped(at, byte);
                let good = matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                let read = text.parse::<Digest>();
                assert_eq!(read.map(|digest| digest.to_string()).ok(), good.then_some(text));
            }
        }
    }
}
