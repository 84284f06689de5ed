//! What all roles have in common.

use super::fields::{Fields, Malformed, int, quoted};
use crate::json::{Table, Value, parse};
use crate::trust::limits::Limits;

/// The version of the TUF specification that our metadata follows.
const SPEC_VERSION: &str = "1.0.31";

/// A role's metadata: what is signed.
pub trait Signed: Sized {
    /// Its `_type`.
    const TYPE: &'static str;

    /// Reads what was signed.
    ///
    /// # Errors
    /// A field that is missing or not of the form that TUF asks for.
    fn from_value(value: Value, limits: &Limits) -> Result<Self, Malformed>;

    /// Reads what was signed from its bytes. Where it is refused, [`Signed::from_value`] tells why.
    ///
    /// # Errors
    /// What [`crate::json::parse`] refuses, and a field that is missing or not of the form that TUF asks for.
    fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, Malformed> {
        let value = parse(bytes).map_err(Malformed::new)?;
        Self::from_value(value, limits)
    }

    /// As it is signed, unknown fields among it.
    fn to_value(&self) -> Value;

    /// What all roles have in common.
    fn header(&self) -> &Header;
}

/// What all roles have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// From 1, and only rising.
    pub version: u64,
    /// From this instant on the metadata is no longer trusted; whole seconds.
    pub expires: jiff::Timestamp,
    /// The version of the specification, `1.…`.
    pub spec_version: String,
    /// The fields that TUF does not know.
    pub extra: Table,
}

impl Header {
    /// A header of a role that we write; a fraction of a second is cut off `expires`.
    #[must_use]
    pub fn new(version: u64, expires: jiff::Timestamp) -> Self {
        Self { version, expires: whole(expires), spec_version: SPEC_VERSION.to_owned(), extra: Table::new() }
    }

    /// Whether it has expired at `now`.
    #[must_use]
    pub fn is_expired(&self, now: jiff::Timestamp) -> bool {
        self.expires <= now
    }

    /// Takes the common fields; `extra` is filled by the role once it has taken its own.
    pub(super) fn read(fields: &mut Fields, wanted: &str) -> Result<Self, Malformed> {
        let found = fields.text("_type")?;
        if found != wanted {
            return Err(
                Malformed::new(format_args!("is {}, and must be {wanted:?}", quoted(&found))).inside("_type")
            );
        }
        let spec_version = fields.text("spec_version")?;
        if !spec_version.strip_prefix("1.").is_some_and(is_numbers) {
            let text = format!("is {}: this program reads version 1", quoted(&spec_version));
            return Err(Malformed::new(text).inside("spec_version"));
        }
        let version = fields.int("version", 1)?;
        let expires = fields.text("expires").and_then(|text| {
            instant(&text).ok_or_else(|| {
                Malformed::new(format_args!(
                    "is {}, and must be a date like 2027-01-31T12:00:00Z",
                    quoted(&text)
                ))
                .inside("expires")
            })
        })?;
        Ok(Self { version, expires, spec_version, extra: Table::new() })
    }

    /// A table with the unknown and the common fields.
    pub(super) fn write(&self, kind: &str) -> Table {
        let mut table = self.extra.clone();
        table.insert("_type".to_owned(), kind.into());
        table.insert("spec_version".to_owned(), self.spec_version.as_str().into());
        table.insert("version".to_owned(), int(self.version));
        table.insert("expires".to_owned(), whole(self.expires).to_string().into());
        table
    }
}

fn is_numbers(text: &str) -> bool {
    text.split('.')
        .all(|part| !part.is_empty() && part.len() < 10 && part.bytes().all(|b| b.is_ascii_digit()))
}

fn whole(instant: jiff::Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_second(instant.as_second()).unwrap_or(instant)
}

/// `YYYY-MM-DDTHH:MM:SSZ` and nothing else (specification 4.3).
fn instant(text: &str) -> Option<jiff::Timestamp> {
    let shape = b"0000-00-00T00:00:00Z";
    let fits = text.len() == shape.len()
        && text.bytes().zip(shape).all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            other => byte == *other,
        });
    if fits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_of_one_form() {
        assert_eq!(instant("2027-01-31T12:00:00Z").unwrap().to_string(), "2027-01-31T12:00:00Z");
        for bad in [
            "",
            "2027-01-31",
            "2027-01-31T12:00:00",
            "2027-01-31T12:00:00+00:00",
            "2027-01-31 12:00:00Z",
            "2027-01-31T12:00:00.5Z",
            "2027-13-31T12:00:00Z",
            "2027-02-30T12:00:00Z",
            "2027-01-31T25:00:00Z",
            "-027-01-31T12:00:00Z",
            "2027-01-31t12:00:00z",
        ] {
            assert_eq!(instant(bad), None, "{bad}");
        }
        let fraction = "2027-01-31T12:00:00.75Z".parse().unwrap();
        assert_eq!(Header::new(1, fraction).expires.to_string(), "2027-01-31T12:00:00Z");
    }

    #[test]
    fn specification_1_only() {
        for (text, good) in
            [("0", true), ("0.31", true), ("", false), ("x", false), ("0.", false), ("0-1", false)]
        {
            assert_eq!(is_numbers(text), good, "{text}");
        }
    }
}
