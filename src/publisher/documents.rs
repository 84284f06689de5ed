//! Reading the documents that a publisher wrote, with the files that stand beside them.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Error;
use crate::json::{Table, Value};
use crate::model::Source;
use crate::trust::sha256::Hasher;

/// The longest document that is read, in bytes.
const MAX_TOML_BYTES: u64 = 1_000_000;

/// A document as it was written, and the folder that it stands in.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) source: Source,
    pub(super) folder: PathBuf,
}

/// Reads every document that is named, and every `.toml` below a folder that is, in the order of their
/// paths.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Written>, Error> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        collect(path, &mut files)?;
        if files.len() == before {
            return Err(Error::NoDocument { path: path.clone() });
        }
    }
    files.sort();
    files.dedup();
    files.iter().map(|file| read_one(file)).collect()
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    if !fs::metadata(path).map_err(Error::file(path))?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(Error::file(path))? {
        let entry = entry.map_err(Error::file(path))?;
        // Links are not followed: a circle of them would never end.
        let kind = entry.file_type().map_err(Error::file(entry.path()))?;
        if kind.is_dir() {
            collect(&entry.path(), files)?;
        } else if entry.path().extension().is_some_and(|extension| extension == "toml") {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn read_one(file: &Path) -> Result<Written, Error> {
    let name = file.display().to_string();
    let mut bytes = Vec::new();
    let reader = File::open(file).map_err(Error::file(file))?;
    reader.take(MAX_TOML_BYTES + 1).read_to_end(&mut bytes).map_err(Error::file(file))?;
    if bytes.len() as u64 > MAX_TOML_BYTES {
        let error =
            std::io::Error::other(format!("longer than the {MAX_TOML_BYTES} bytes that a document may have"));
        return Err(Error::File { file: file.to_owned(), error });
    }
    let source = if file.extension().is_some_and(|extension| extension == "json") {
        Source::from_json(&name, &bytes)?
    } else {
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = error
                .as_bytes()
                .iter()
                .take(error.utf8_error().valid_up_to())
                .filter(|b| **b == b'\n')
                .count()
                + 1;
            let error = std::io::Error::other(format!("line {line}: not UTF-8 text"));
            Error::File { file: file.to_owned(), error }
        })?;
        Source::from_toml(&name, &text)?
    };
    Ok(Written { source, folder: file.parent().map(Path::to_owned).unwrap_or_default() })
}

/// Fills in the length and SHA-256 of the payloads that stand beside the document.
pub(super) fn with_payloads(written: &Written) -> Result<Source, Error> {
    let Some(payloads) = written.source.value().get("payloads").and_then(Value::as_list) else {
        return Ok(written.source.clone());
    };
    let mut filled = Vec::with_capacity(payloads.len());
    for payload in payloads {
        let name = payload.get("file").and_then(Value::as_text).unwrap_or_default();
        let stated = payload.get("bytes").is_some() && payload.get("sha256").is_some();
        let (Value::Table(table), false, true) = (payload, stated, crate::model::Id::new(name).is_some())
        else {
            filled.push(payload.clone());
            continue;
        };
        filled.push(Value::Table(measured(table, &written.folder.join(name))?));
    }
    Ok(written.source.clone().with("payloads", Value::List(filled)))
}

fn measured(payload: &Table, file: &Path) -> Result<Table, Error> {
    let mut reader = File::open(file).map_err(Error::file(file))?;
    let (mut hasher, mut bytes, mut buffer) = (Hasher::new(), 0_i64, vec![0; 1 << 16]);
    loop {
        let read = reader.read(&mut buffer).map_err(Error::file(file))?;
        let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else { break };
        hasher.update(chunk);
        bytes = bytes.saturating_add(i64::try_from(read).unwrap_or(i64::MAX));
    }
    let mut payload = payload.clone();
    payload.insert("bytes".to_owned(), bytes.into());
    payload.insert("sha256".to_owned(), hasher.finish().to_string().into());
    Ok(payload)
}
