//! Timestamp and snapshot: which versions are the newest.

use std::collections::BTreeMap;

use super::fields::{Fields, Malformed, int};
use super::header::{Header, Signed};
use crate::json::{Table, Value};
use crate::trust::limits::Limits;
use crate::trust::sha256::Digest;

/// What is known of a metadata file before it is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaFile {
    /// Its version.
    pub version: u64,
    /// Its length in bytes, if that is given.
    pub length: Option<u64>,
    /// Its digest, if that is given.
    pub sha256: Option<Digest>,
    /// Digests of other kinds, which are not checked.
    pub other_hashes: Table,
    /// The fields that TUF does not know.
    pub extra: Table,
}

/// How bytes differ from what was said of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// Another length.
    Length {
        /// What was said.
        wanted: u64,
        /// What came.
        found: u64,
    },
    /// Another digest.
    Hash {
        /// What was said.
        wanted: Digest,
        /// What came.
        found: Digest,
    },
}

/// Checks a length and a digest where they are given.
pub(super) fn compare(bytes: &[u8], length: Option<u64>, sha256: Option<Digest>) -> Result<(), Mismatch> {
    let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    match length {
        Some(wanted) if wanted != found => return Err(Mismatch::Length { wanted, found }),
        _ => {}
    }
    if let Some(wanted) = sha256 {
        let found = Digest::of(bytes);
        if wanted != found {
            return Err(Mismatch::Hash { wanted, found });
        }
    }
    Ok(())
}

/// Reads `hashes`: SHA-256 must be among them, since it is the one that is checked.
pub(super) fn read_hashes(mut table: Table) -> Result<(Digest, Table), Malformed> {
    let value = table.remove("sha256").ok_or_else(|| Malformed::new("is missing").inside("sha256"))?;
    let digest = value.as_text().and_then(|text| text.parse().ok());
    let digest = digest.ok_or_else(|| {
        Malformed::new("must be a SHA-256 digest: 64 lowercase hexadecimal digits").inside("sha256")
    })?;
    Ok((digest, table))
}

pub(super) fn write_hashes(sha256: Digest, others: &Table) -> Value {
    let mut hashes = others.clone();
    hashes.insert("sha256".to_owned(), sha256.to_string().into());
    hashes.into()
}

impl MetaFile {
    /// What there is to say of a file of these bytes.
    #[must_use]
    pub fn of(version: u64, bytes: &[u8]) -> Self {
        Self {
            version,
            length: u64::try_from(bytes.len()).ok(),
            sha256: Some(Digest::of(bytes)),
            other_hashes: Table::new(),
            extra: Table::new(),
        }
    }

    /// Whether the bytes are those that are meant, as far as length and digest are given.
    ///
    /// # Errors
    /// The first difference.
    pub fn check(&self, bytes: &[u8]) -> Result<(), Mismatch> {
        compare(bytes, self.length, self.sha256)
    }

    fn read(value: Value) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value)?;
        let version = fields.int("version", 1)?;
        let length = match fields.optional("length") {
            None => None,
            Some(value) => {
                let length = value.as_int().and_then(|int| u64::try_from(int).ok());
                Some(length.ok_or_else(|| Malformed::new("must be a length in bytes").inside("length"))?)
            }
        };
        let (sha256, other_hashes) = match fields.optional("hashes") {
            None => (None, Table::new()),
            Some(value) => {
                let read = super::fields::table(value).and_then(read_hashes);
                let (digest, others) = read.map_err(|error| error.inside("hashes"))?;
                (Some(digest), others)
            }
        };
        Ok(Self { version, length, sha256, other_hashes, extra: fields.rest() })
    }

    fn write(&self) -> Value {
        let mut table = self.extra.clone();
        table.insert("version".to_owned(), int(self.version));
        if let Some(length) = self.length {
            table.insert("length".to_owned(), int(length));
        }
        if let Some(sha256) = self.sha256 {
            table.insert("hashes".to_owned(), write_hashes(sha256, &self.other_hashes));
        }
        table.into()
    }
}

/// Which snapshot is the newest (specification 4.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timestamp {
    /// What all roles have in common.
    pub header: Header,
    /// The newest snapshot.
    pub snapshot: MetaFile,
    /// What `meta` holds besides `snapshot.json`.
    pub other_meta: Table,
}

impl Signed for Timestamp {
    const TYPE: &'static str = "timestamp";

    fn from_value(value: Value, _: &Limits) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value)?;
        let mut header = Header::read(&mut fields, Self::TYPE)?;
        let mut meta = Fields::of(fields.take("meta")?).map_err(|error| error.inside("meta"))?;
        let snapshot = meta
            .take("snapshot.json")
            .and_then(|value| MetaFile::read(value).map_err(|error| error.inside("snapshot.json")))
            .map_err(|error| error.inside("meta"))?;
        header.extra = fields.rest();
        Ok(Self { header, snapshot, other_meta: meta.rest() })
    }

    fn to_value(&self) -> Value {
        let mut meta = self.other_meta.clone();
        meta.insert("snapshot.json".to_owned(), self.snapshot.write());
        let mut table = self.header.write(Self::TYPE);
        table.insert("meta".to_owned(), meta.into());
        table.into()
    }

    fn header(&self) -> &Header {
        &self.header
    }
}

/// Which version of every targets role is the newest (specification 4.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// What all roles have in common.
    pub header: Header,
    /// By role name, without `.json`.
    pub meta: BTreeMap<String, MetaFile>,
}

impl Signed for Snapshot {
    const TYPE: &'static str = "snapshot";

    fn from_value(value: Value, _: &Limits) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value)?;
        let mut header = Header::read(&mut fields, Self::TYPE)?;
        let mut meta = BTreeMap::new();
        for (file, value) in fields.table("meta")? {
            let Some(role) = file.strip_suffix(".json").filter(|role| !role.is_empty()) else {
                return Err(Malformed::new("is not of the form ROLE.json").inside(file).inside("meta"));
            };
            let read = MetaFile::read(value).map_err(|error| error.inside(&file).inside("meta"))?;
            meta.insert(role.to_owned(), read);
        }
        header.extra = fields.rest();
        Ok(Self { header, meta })
    }

    fn to_value(&self) -> Value {
        let meta: Table =
            self.meta.iter().map(|(role, meta)| (format!("{role}.json"), meta.write())).collect();
        let mut table = self.header.write(Self::TYPE);
        table.insert("meta".to_owned(), meta.into());
        table.into()
    }

    fn header(&self) -> &Header {
        &self.header
    }
}
