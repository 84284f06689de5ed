//! The bearer token. It comes from the environment or a file, never from an argument, which `ps` shows.

use std::fmt;
use std::fs::File;
use std::io::Read;

use super::Error;

/// The longest file that is read for a token, in bytes.
const MAX_FILE_BYTES: u64 = 65_536;

/// A bearer token; its `Debug` does not show it.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The token of `HOTFIX_TOKEN`, or of the file that `HOTFIX_TOKEN_FILE` names; `None` where neither is
    /// set.
    ///
    /// # Errors
    /// A file that cannot be read, or a token with characters that no token has.
    pub fn from_environment() -> Result<Option<Self>, Error> {
        if let Some(text) = std::env::var_os("HOTFIX_TOKEN").filter(|text| !text.is_empty()) {
            return Self::new(&text.to_string_lossy(), "HOTFIX_TOKEN").map(Some);
        }
        let Some(file) = std::env::var_os("HOTFIX_TOKEN_FILE").filter(|file| !file.is_empty()) else {
            return Ok(None);
        };
        let shown = std::path::Path::new(&file).display().to_string();
        let mut text = String::new();
        let read = File::open(&file).and_then(|file| file.take(MAX_FILE_BYTES).read_to_string(&mut text));
        match read {
            Ok(_) => Self::new(&text, &shown).map(Some),
            Err(error) => Err(Error::BadToken { place: shown, reason: error.to_string() }),
        }
    }

    /// A token, with the place it came from for messages.
    ///
    /// # Errors
    /// Characters that no token has (RFC 6750), or none at all.
    pub fn new(text: &str, place: &str) -> Result<Self, Error> {
        let text = text.trim();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if text.is_empty() || !text.bytes().all(fits) {
            let reason = "holds no token".to_owned();
            return Err(Error::BadToken { place: place.to_owned(), reason });
        }
        Ok(Self(text.to_owned()))
    }

    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn hides_itself() {
        let token = Token::new(" abc.DEF-1\n", "here").unwrap();
        assert_eq!(token.header(), "Bearer abc.DEF-1");
        assert_eq!(format!("{token:?}"), "Token(…)");
        assert!(Token::new("a\r\nb: c", "here").is_err());
    }
}
