//! Reading a targets role of many files from its bytes, each file into its place at once: as values first, the
//! whole would be held twice. It takes what [`super::targets`] takes of a canonical role, and refuses the rest
//! without saying much: who is refused here is read as values, which tells the reason.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::targets::TargetFile;
use crate::json::{Seed, Table};
use crate::trust::names::TargetPath;
use crate::trust::sha256::Digest;

type Files = BTreeMap<TargetPath, TargetFile>;

/// The fewest bytes in which a role lists a file: a digest in hexadecimal, names and a path.
const LEAST_BYTES: usize = 128;

/// The files of a role, with or without what it says of them beside, and its other fields.
pub(super) fn read(bytes: &[u8], custom: bool) -> Result<(Files, Table), serde_json::Error> {
    let text = std::str::from_utf8(bytes).map_err(serde_json::Error::custom)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let role = reader.deserialize_map(Role { custom, most: bytes.len() / LEAST_BYTES })?;
    reader.end().map(|()| role)
}

/// The names of an object have to rise, as they do in a canonical one: so none is there twice.
fn rises<E: Error>(last: Option<&str>, name: &str) -> Result<(), E> {
    match last {
        Some(last) if last >= name => Err(E::custom("names that are not in order")),
        _ => Ok(()),
    }
}

struct Role {
    custom: bool,
    /// How many files there may be.
    most: usize,
}

impl<'de> Visitor<'de> for Role {
    type Value = (Files, Table);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a targets role")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut files, mut fields) = (None, Table::new());
        let mut last: Option<String> = None;
        while let Some(name) = map.next_key::<String>()? {
            rises(last.as_deref(), &name)?;
            if name == "targets" {
                files = Some(map.next_value_seed(Listed { custom: self.custom, most: self.most })?);
            } else {
                fields.insert(name.clone(), map.next_value_seed(Seed::at_depth(1))?);
            }
            last = Some(name);
        }
        files.map(|files| (files, fields)).ok_or_else(|| A::Error::missing_field("targets"))
    }
}

struct Listed {
    custom: bool,
    most: usize,
}

impl<'de> DeserializeSeed<'de> for Listed {
    type Value = Files;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Files, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Listed {
    type Value = Files;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("files by path")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Files, A::Error> {
        // What stays empty of it takes no memory.
        let mut files: Vec<(TargetPath, TargetFile)> = Vec::with_capacity(self.most);
        while let Some(path) = map.next_key::<String>()? {
            rises(files.last().map(|(last, _)| last.as_str()), &path)?;
            let path = TargetPath::try_from(path).map_err(A::Error::custom)?;
            files.push((path, map.next_value_seed(File { custom: self.custom })?));
        }
        Ok(files.into_iter().collect())
    }
}

struct File {
    custom: bool,
}

impl<'de> DeserializeSeed<'de> for File {
    type Value = TargetFile;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<TargetFile, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for File {
    type Value = TargetFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file's length and hashes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TargetFile, A::Error> {
        let (mut length, mut hashes, mut custom) = (None, None, None);
        let mut last: Option<&'de str> = None;
        while let Some(name) = map.next_key::<&'de str>()? {
            rises(last, name)?;
            last = Some(name);
            match name {
                "length" => length = Some(map.next_value::<i64>()?),
                "hashes" => hashes = Some(map.next_value_seed(Hashes)?),
                "custom" if !self.custom => drop(map.next_value::<IgnoredAny>()?),
                "custom" => custom = Some(map.next_value_seed(Seed::at_depth(3))?),
                _ => return Err(A::Error::custom("a field that is not known here")),
            }
        }
        let length = length.and_then(|length| u64::try_from(length).ok());
        match (length, hashes) {
            (Some(length), Some(sha256)) => Ok(TargetFile::new(length, sha256, custom)),
            _ => Err(A::Error::missing_field("length or hashes")),
        }
    }
}

struct Hashes;

impl<'de> DeserializeSeed<'de> for Hashes {
    type Value = Digest;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Digest, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Hashes {
    type Value = Digest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a SHA-256 digest")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Digest, A::Error> {
        match map.next_entry::<&'de str, &'de str>()? {
            Some(("sha256", text)) if map.next_key::<&'de str>()?.is_none() => {
                text.parse().map_err(A::Error::custom)
            }
            _ => Err(A::Error::custom("other digests than SHA-256")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Form, Value, canonical, parse};
    use crate::trust::limits::Limits;
    use crate::trust::metadata::{Signed, Targets};

    fn role(files: usize) -> Value {
        let mut targets = Targets::new(7, "2027-01-31T12:00:00Z".parse().unwrap());
        for index in 0..files {
            let path = TargetPath::try_from(format!("x/{index}.json")).unwrap();
            let custom = Value::from([("revision", Value::Int(1)), ("id", "X".into())]);
            let custom = (index % 2 == 0).then_some(custom);
            targets.targets.insert(path, TargetFile::of(index.to_string().as_bytes(), custom));
        }
        targets.header.extra.insert("unknown".to_owned(), vec![1_i64, 2].into());
        targets.to_value()
    }

    #[test]
    fn reads_what_is_read_as_values() {
        for files in [0, 1, 30] {
            let value = role(files);
            let bytes = canonical(&value, Form::Tuf);
            let limits = Limits::default();
            let expected = Targets::from_value(value, &limits).unwrap();
            assert_eq!(Targets::from_bytes(&bytes, &limits).unwrap(), expected);
            let without = Targets::from_bytes(&bytes, &Limits { custom: false, ..limits }).unwrap();
            let mut expected = expected;
            expected.targets.values_mut().for_each(|file| file.custom = None);
            assert_eq!(without, expected);
        }
    }

    #[test]
    fn takes_nothing_that_is_refused_as_values() {
        let text = String::from_utf8(canonical(&role(3), Form::Tuf)).unwrap();
        let swap = |from: &str, to: &str| {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            changed.into_bytes()
        };
        let twice = r#""x/1.json":{"length":1,"hashes":{}},"x/1.json""#;
        for bytes in [
            swap("\"x/1.json\"", twice),
            swap("\"x/1.json\"", "\"x/../1.json\""),
            swap("\"length\":1", "\"length\":-1"),
            swap("\"length\":1", "\"length\":1,\"length\":1"),
            swap("\"length\":1", "\"length\":1.5"),
            swap("\"sha256\":\"", "\"sha256\":\"A"),
            swap("\"sha256\"", "\"sha512\""),
            swap("\"id\":\"X\"", "\"id\":\"X\",\"id\":\"X\""),
            swap("\"id\":\"X\"", &format!("\"id\":{}1{}", "[".repeat(62), "]".repeat(62))),
            swap("\"version\":7", "\"version\":0"),
            swap("\"version\":7", "\"version\":7,\"version\":7"),
            swap("\"unknown\"", "\"\u{fffd}\"")
                .into_iter()
                .map(|b| if b == 0xef { 0xff } else { b })
                .collect(),
            [text.as_bytes(), b"1"].concat(),
            text.as_bytes()[..text.len() - 1].to_vec(),
        ] {
            let limits = Limits::default();
            let shown = String::from_utf8_lossy(&bytes);
            assert!(Targets::from_bytes(&bytes, &limits).is_err(), "{shown}");
            let value = parse(&bytes).map_err(drop);
            assert!(value.and_then(|value| Targets::from_value(value, &limits).map_err(drop)).is_err());
        }
    }
}
