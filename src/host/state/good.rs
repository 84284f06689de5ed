//! The last good state of one product: every signed file that an answer was made from, in one file that is
//! replaced whole. It is no authority: who opens it verifies everything in it anew.
//!
//! Form: one line of JSON that names each part and its length, then the parts.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::host::holds::Ends;
use crate::json::{self, Form, Table, Value};

const SCHEMA: &str = "hotfixd/good/1";

/// When a version of a role was first seen here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The version.
    pub version: u64,
    /// When.
    pub at: Timestamp,
}

/// The last good state of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Good {
    /// When it was accepted.
    pub checked_at: Timestamp,
    /// The exact bytes of each role's file.
    pub metadata: BTreeMap<String, Arc<[u8]>>,
    /// The exact bytes of each document, by target path.
    pub documents: BTreeMap<String, Arc<[u8]>>,
    /// When each role's version was first seen.
    pub seen: BTreeMap<String, Seen>,
    /// When each hold ends at the latest.
    pub hold_ends: Ends,
}

impl Good {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut parts = Vec::new();
        let mut body = Vec::new();
        for (kind, files) in [("metadata", &self.metadata), ("document", &self.documents)] {
            for (name, bytes) in files {
                let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
                parts.push(Value::from([
                    ("kind", kind.into()),
                    ("name", name.as_str().into()),
                    ("length", length.into()),
                ]));
                body.extend_from_slice(bytes);
            }
        }
        let seen: Table = self.seen.iter().map(|(role, seen)| (role.clone(), seen.to_value())).collect();
        let ends: Table =
            self.hold_ends.iter().map(|(hold, end)| (hold.clone(), end.to_string().into())).collect();
        let head = Value::from([
            ("schema", SCHEMA.into()),
            ("hold_ends", ends.into()),
            ("checked_at", self.checked_at.to_string().into()),
            ("seen", seen.into()),
            ("parts", parts.into()),
        ]);
        let mut out = json::canonical(&head, Form::Json);
        out.push(b'\n');
        out.extend_from_slice(&body);
        out
    }

    /// Reads what [`Good::to_bytes`] wrote; `None` for anything else, which means to fetch again.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (head, rest) = bytes.split_at_checked(end)?;
        let mut rest = rest.get(1..)?;
        let head = json::parse(head).ok()?;
        if head.get("schema")?.as_text()? != SCHEMA {
            return None;
        }
        let mut good = Self {
            checked_at: head.get("checked_at")?.as_text()?.parse().ok()?,
            metadata: BTreeMap::new(),
            documents: BTreeMap::new(),
            seen: BTreeMap::new(),
            hold_ends: Ends::new(),
        };
        for (hold, end) in head.get("hold_ends")?.as_table()? {
            good.hold_ends.insert(hold.clone(), end.as_text()?.parse().ok()?);
        }
        for (role, seen) in head.get("seen")?.as_table()? {
            good.seen.insert(role.clone(), Seen::read(seen)?);
        }
        for part in head.get("parts")?.as_list()? {
            let length = usize::try_from(part.get("length")?.as_int()?).ok()?;
            let (bytes, after) = rest.split_at_checked(length)?;
            rest = after;
            let name = part.get("name")?.as_text()?.to_owned();
            let files = match part.get("kind")?.as_text()? {
                "metadata" => &mut good.metadata,
                "document" => &mut good.documents,
                _ => return None,
            };
            files.insert(name, bytes.into());
        }
        rest.is_empty().then_some(good)
    }
}

impl Seen {
    fn to_value(self) -> Value {
        let version = i64::try_from(self.version).unwrap_or(i64::MAX);
        Value::from([("version", version.into()), ("at", self.at.to_string().into())])
    }

    fn read(value: &Value) -> Option<Self> {
        let version = u64::try_from(value.get("version")?.as_int()?).ok()?;
        Some(Self { version, at: value.get("at")?.as_text()?.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_refuses_what_is_damaged() {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        let good = Good {
            checked_at: at,
            metadata: [("root".to_owned(), Arc::from(*b"{\n}")), ("x~6.5".to_owned(), Arc::from(*b""))]
                .into(),
            documents: [("x/product.json".to_owned(), Arc::from(*b"{}"))].into(),
            seen: [("x".to_owned(), Seen { version: 3, at })].into(),
            hold_ends: [("X@1".to_owned(), at)].into(),
        };
        let bytes = good.to_bytes();
        assert_eq!(Good::read(&bytes).as_ref(), Some(&good));
        for length in 0..bytes.len() {
            assert_eq!(Good::read(&bytes[..length]), None, "cut to {length}");
        }
        assert_eq!(Good::read(&[bytes.as_slice(), b"x"].concat()), None);
    }
}
