//! An inventory that somebody gives: read within bounds, refused with the place at fault.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::Error;
use crate::model::{Inventory, Source};

/// The most bytes of an inventory that lists packages.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// The most bytes of one that lists none.
pub const MAX_BYTES_WITHOUT_PACKAGES: u64 = 1024 * 1024;

/// Reads an inventory from a file, or from standard input for `-`.
///
/// # Errors
/// A file that cannot be read, is too large, is not UTF-8, is not JSON, is nested too deeply, or is of the
/// wrong form: with line or field, and what to do.
pub fn read(path: &Path) -> Result<Inventory, Error> {
    let (name, bytes) = if path == Path::new("-") {
        ("standard input".to_owned(), bounded(std::io::stdin().lock()))
    } else {
        (path.display().to_string(), File::open(path).and_then(bounded))
    };
    let name = crate::net::harmless(&name);
    let bytes = bytes.map_err(|error| Error::InventoryFile {
        file: name.clone(),
        reason: format!("cannot be read: {error}"),
        remedy: "Give a file that `hotfix inventory` wrote, or - for standard input.",
    })?;
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length > MAX_BYTES {
        return Err(too_large(name, MAX_BYTES));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Error::InventoryFile {
            file: name,
            reason: "is empty".to_owned(),
            remedy: "Give an inventory: `hotfix inventory` prints one.",
        });
    }
    let source = Source::from_json(&name, &bytes).map_err(Error::Inventory)?;
    let inventory = Inventory::decode(&source).map_err(Error::Inventory)?;
    if inventory.packages.is_none() && length > MAX_BYTES_WITHOUT_PACKAGES {
        return Err(too_large(name, MAX_BYTES_WITHOUT_PACKAGES));
    }
    Ok(inventory)
}

/// At most one byte more than is read, however long the file says it is.
fn bounded(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn too_large(file: String, limit: u64) -> Error {
    Error::InventoryFile {
        file,
        reason: format!("is larger than the {} MiB that are read of an inventory", limit / (1024 * 1024)),
        remedy: "Give an inventory of one host. One that lists its packages may have 16 MiB, others 1 MiB.",
    }
}
