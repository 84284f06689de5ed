//! The last good state of one product: every signed file that an answer was made from, in one file that is
//! replaced whole, and the only one that is opened to give that answer again. It is no authority: who opens it
//! verifies everything in it anew, but for what this host itself remembers.
//!
//! Form: a line with the schema, and the SHA-256 and length of what comes next: JSON with what is remembered, the
//! SHA-256 and length of the outline, and the name and length of each metadata file. Then the outline (see
//! `host::outline`), those files, and the documents by path. Which documents there are, and so where each begins,
//! the signed roles say.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

use jiff::Timestamp;

use crate::host::holds::Ends;
use crate::json::{self, Form, Table, Value};
use crate::trust::{Digest, TrustedSet};

const SCHEMA: &str = "hotfixd/good/3";
/// The form before: without an outline.
const SCHEMA_BEFORE: &str = "hotfixd/good/2";
/// The first form: the line of JSON came first, and named the documents too.
const SCHEMA_FIRST: &str = "hotfixd/good/1";
/// The most bytes of the lines before the files, and of the metadata files together.
const MAX_HEAD_BYTES: usize = 64 * 1024 * 1024;
/// How much is read at a time.
const WINDOW_BYTES: usize = 32 * 1024;
/// Where the first line ends at the latest.
const START_BYTES: usize = 128;

/// When a version of a role was first seen here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The version.
    pub version: u64,
    /// When.
    pub at: Timestamp,
}

/// What this host remembers beside what was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// The server that it came from; earlier releases did not say.
    pub server: Option<String>,
    /// When it was last found to be the newest.
    pub checked_at: Timestamp,
    /// The entity tag of the timestamp, by which the next poll learns that nothing changed.
    pub etag: Option<String>,
    /// When each role's version was first seen.
    pub seen: BTreeMap<String, Seen>,
    /// When each hold ends at the latest.
    pub hold_ends: Ends,
}

/// The last good state of one product, as it is on disk.
#[derive(Debug)]
pub struct Good {
    /// What is remembered.
    pub memory: Memory,
    /// Whom each document can concern; `None` where an earlier release kept it, or it is damaged.
    pub outline: Option<String>,
    /// The exact bytes of each role's file.
    pub metadata: BTreeMap<String, Vec<u8>>,
    /// The documents.
    pub documents: Documents,
}

/// The documents in their file.
#[derive(Debug)]
pub struct Documents {
    file: File,
    /// Where the first begins.
    start: u64,
    /// How long all are together.
    length: u64,
    window: Vec<u8>,
    /// Where the window begins, from the first document on.
    window_at: u64,
}

impl Documents {
    /// Those that stand in a file from some byte on.
    pub(in crate::host) fn of(file: File, start: u64, length: u64) -> Self {
        Self { file, start, length, window: Vec::new(), window_at: u64::MAX }
    }

    /// The bytes at an offset from the first document; `None` where the file has none there.
    pub fn read(&mut self, offset: u64, length: u64) -> Option<&[u8]> {
        let end = offset.checked_add(length).filter(|end| *end <= self.length)?;
        let held = self.window_at.saturating_add(u64::try_from(self.window.len()).ok()?);
        if offset < self.window_at || end > held {
            let wanted = u64::try_from(WINDOW_BYTES).ok()?.max(length).min(self.length - offset);
            self.window.resize(usize::try_from(wanted).ok()?, 0);
            self.window_at = offset;
            if self.file.read_exact_at(&mut self.window, self.start.checked_add(offset)?).is_err() {
                self.window.clear();
                return None;
            }
        }
        let from = usize::try_from(offset - self.window_at).ok()?;
        self.window.get(from..from.checked_add(usize::try_from(length).ok()?)?)
    }

    /// How long all are together, in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }
}

impl Good {
    /// The file of what was verified: the metadata of `set`, and the documents one after the other by path.
    pub(super) fn to_bytes(memory: &Memory, set: &TrustedSet, outline: &str, documents: &[u8]) -> Vec<u8> {
        let mut files: Vec<(&str, &[u8])> = vec![("root", &set.root().bytes)];
        files.extend(set.timestamp().map(|accepted| ("timestamp", accepted.bytes.as_slice())));
        files.extend(set.snapshot().map(|accepted| ("snapshot", accepted.bytes.as_slice())));
        files.extend(set.roles().map(|(role, accepted)| (role, accepted.bytes.as_slice())));
        form(memory, &files, outline, documents)
    }

    /// Reads what [`Good::to_bytes`] wrote; `None` for anything else, which means to fetch again.
    pub(super) fn read(mut file: File) -> Option<Self> {
        let size = file.metadata().ok()?.len();
        let mut start = vec![0; usize::try_from(size).ok()?.min(START_BYTES)];
        file.read_exact(&mut start).ok()?;
        let Some(first) = line(&start).filter(|line| !line.starts_with(b"{")) else {
            return Self::read_first(file, size);
        };
        let [schema, digest, length] =
            *std::str::from_utf8(first).ok()?.split_ascii_whitespace().collect::<Vec<_>>()
        else {
            return None;
        };
        let length = length.parse().ok().filter(|length| *length <= MAX_HEAD_BYTES)?;
        let mut at = u64::try_from(first.len()).ok()? + 1;
        let head = take(&file, &mut at, length, size)?;
        if digest.parse() != Ok(Digest::of(&head)) {
            return None;
        }
        let head = json::parse(&head).ok()?;
        let memory = Memory::read(&head)?;
        let outline = match head.get("outline") {
            Some(outline) if schema == SCHEMA => read_outline(outline, &file, &mut at, size)?,
            None if schema == SCHEMA_BEFORE => None,
            _ => return None,
        };
        let mut metadata = BTreeMap::new();
        for (role, length) in head.get("metadata")?.as_table()? {
            let length = usize::try_from(length.as_int()?).ok().filter(|length| *length <= MAX_HEAD_BYTES)?;
            metadata.insert(role.clone(), take(&file, &mut at, length, size)?);
        }
        let length = size.checked_sub(at)?;
        let documents = Documents::of(file, at, length);
        Some(Self { memory, outline, metadata, documents })
    }

    /// Reads the first form. Its documents are in the same order.
    fn read_first(mut file: File, size: u64) -> Option<Self> {
        file.seek(SeekFrom::Start(0)).ok()?;
        let mut bytes = Vec::new();
        file.by_ref().take(size).read_to_end(&mut bytes).ok()?;
        let first = line(&bytes)?;
        let head = json::parse(first).ok()?;
        if head.get("schema")?.as_text()? != SCHEMA_FIRST {
            return None;
        }
        let mut metadata = BTreeMap::new();
        let mut at = first.len() + 1;
        for part in head.get("parts")?.as_list()? {
            if part.get("kind")?.as_text()? == "metadata" {
                let end = at.checked_add(usize::try_from(part.get("length")?.as_int()?).ok()?)?;
                metadata.insert(part.get("name")?.as_text()?.to_owned(), bytes.get(at..end)?.to_vec());
                at = end;
            }
        }
        let start = u64::try_from(at).ok()?;
        let length = size.checked_sub(start)?;
        let documents = Documents::of(file, start, length);
        Some(Self { memory: Memory::read(&head)?, outline: None, metadata, documents })
    }
}

/// The outline that the head tells of; none where it is damaged, which only costs time.
fn read_outline(told: &Value, file: &File, at: &mut u64, size: u64) -> Option<Option<String>> {
    let length =
        usize::try_from(told.get("length")?.as_int()?).ok().filter(|length| *length <= MAX_HEAD_BYTES)?;
    let bytes = take(file, at, length, size)?;
    let is_whole = told.get("sha256")?.as_text()?.parse() == Ok(Digest::of(&bytes));
    Some(String::from_utf8(bytes).ok().filter(|_| is_whole))
}

fn form(memory: &Memory, files: &[(&str, &[u8])], outline: &str, documents: &[u8]) -> Vec<u8> {
    let files: BTreeMap<&str, &[u8]> = files.iter().copied().collect();
    let length = |bytes: &[u8]| Value::Int(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
    let lengths: Table = files.iter().map(|(role, bytes)| ((*role).to_owned(), length(bytes))).collect();
    let mut head = memory.to_table();
    head.insert("metadata".to_owned(), lengths.into());
    let digest = Digest::of(outline.as_bytes()).to_string();
    let told = Value::from([("length", length(outline.as_bytes())), ("sha256", digest.into())]);
    head.insert("outline".to_owned(), told);
    let head = json::canonical(&head.into(), Form::Json);
    let mut out = format!("{SCHEMA} {} {}\n", Digest::of(&head), head.len()).into_bytes();
    let metadata: usize = files.values().map(|bytes| bytes.len()).sum();
    out.reserve_exact(head.len() + outline.len() + metadata + documents.len());
    out.extend_from_slice(&head);
    out.extend_from_slice(outline.as_bytes());
    files.values().for_each(|bytes| out.extend_from_slice(bytes));
    out.extend_from_slice(documents);
    out
}

/// What stands before the end of the first line.
fn line(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(..bytes.iter().position(|byte| *byte == b'\n')?)
}

/// The next so many bytes of a file of that size.
fn take(file: &File, at: &mut u64, length: usize, size: u64) -> Option<Vec<u8>> {
    let end = at.checked_add(u64::try_from(length).ok()?).filter(|end| *end <= size)?;
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, *at).ok()?;
    *at = end;
    Some(bytes)
}

impl Memory {
    fn to_table(&self) -> Table {
        let ends: Table =
            self.hold_ends.iter().map(|(hold, end)| (hold.clone(), end.to_string().into())).collect();
        let seen: Table = self.seen.iter().map(|(role, seen)| (role.clone(), seen.to_value())).collect();
        let mut out = Table::from([
            ("checked_at".to_owned(), self.checked_at.to_string().into()),
            ("hold_ends".to_owned(), ends.into()),
            ("seen".to_owned(), seen.into()),
        ]);
        for (name, text) in [("server", &self.server), ("etag", &self.etag)] {
            if let Some(text) = text {
                out.insert(name.to_owned(), text.as_str().into());
            }
        }
        out
    }

    fn read(head: &Value) -> Option<Self> {
        let text = |name: &str| head.get(name).and_then(Value::as_text).map(str::to_owned);
        let mut memory = Self {
            server: text("server"),
            checked_at: text("checked_at")?.parse().ok()?,
            etag: text("etag"),
            seen: BTreeMap::new(),
            hold_ends: Ends::new(),
        };
        for (hold, end) in head.get("hold_ends")?.as_table()? {
            memory.hold_ends.insert(hold.clone(), end.as_text()?.parse().ok()?);
        }
        for (role, seen) in head.get("seen")?.as_table()? {
            memory.seen.insert(role.clone(), Seen::read(seen)?);
        }
        Some(memory)
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

    fn read(bytes: &[u8]) -> Option<Good> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pack");
        std::fs::write(&path, bytes).unwrap();
        Good::read(File::open(path).unwrap())
    }

    fn memory() -> Memory {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        Memory {
            server: Some("https://hotfix.example.org".to_owned()),
            checked_at: at,
            etag: Some("\"a\"".to_owned()),
            seen: [("x".to_owned(), Seen { version: 3, at })].into(),
            hold_ends: [("X@1".to_owned(), at)].into(),
        }
    }

    #[test]
    fn reads_what_it_writes_and_refuses_what_is_damaged() {
        let documents: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        let outline = "who\np\n";
        let bytes = form(&memory(), &[("x~6.5", b""), ("root", b"{\n}")], outline, &documents);
        let mut good = read(&bytes).unwrap();
        assert_eq!(good.outline.as_deref(), Some(outline));
        assert_eq!(good.memory, memory());
        assert_eq!(good.metadata.keys().map(String::as_str).collect::<Vec<_>>(), ["root", "x~6.5"]);
        assert_eq!((&*good.metadata["root"], good.documents.length()), (&b"{\n}"[..], 800_000));
        for (offset, length) in
            [(0, 4), (4, 100_000), (4, 4), (65_530, 12), (799_996, 4), (0, 800_000), (8, 0)]
        {
            let expected = &documents[offset..offset + length];
            let offset = offset.try_into().unwrap();
            assert_eq!(good.documents.read(offset, length.try_into().unwrap()), Some(expected));
        }
        assert_eq!(good.documents.read(799_997, 4), None);
        assert_eq!(good.documents.read(u64::MAX, 4), None);
        let body = bytes.len() - documents.len();
        for length in 0..body {
            assert!(read(&bytes[..length]).is_none(), "cut to {length}");
        }
        // Whoever verifies the metadata sees what is wrong with it; without an outline everything is read.
        let (outline_at, metadata_at) = (body - 3 - outline.len(), body - 3);
        for at in 0..metadata_at {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let good = read(&changed);
            let is_seen = if at < outline_at { good.is_none() } else { good.unwrap().outline.is_none() };
            assert!(is_seen, "changed at {at}");
        }
    }

    #[test]
    fn reads_the_forms_before() {
        let head = r#"{"checked_at":"2026-01-01T00:00:00Z","hold_ends":{},"metadata":{"root":3},"seen":{}}"#;
        let first = format!("hotfixd/good/2 {} {}", Digest::of(head.as_bytes()), head.len());
        let mut good = read(format!("{first}\n{head}abcde").as_bytes()).unwrap();
        assert_eq!((good.metadata["root"].as_slice(), good.outline), (&b"abc"[..], None));
        assert_eq!(good.documents.read(0, 2), Some(&b"de"[..]));

        let head = concat!(
            r#"{"checked_at":"2026-01-01T00:00:00Z","hold_ends":{},"parts":[{"kind":"metadata","length":3,"name":"#,
            r#""root"},{"kind":"document","length":2,"name":"x/product.json"}],"schema":"hotfixd/good/1","seen":{}}"#
        );
        let mut good = read(format!("{head}\nabcde").as_bytes()).unwrap();
        assert_eq!((good.metadata["root"].as_slice(), good.memory.server), (&b"abc"[..], None));
        assert_eq!((good.documents.length(), good.documents.read(0, 2)), (2, Some(&b"de"[..])));
        assert!(read(head.as_bytes()).is_none());
        assert!(read(format!("{head}\nab").as_bytes()).is_none());
    }
}
