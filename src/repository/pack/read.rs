//! Reading: bounded, and handing out nothing that was not checked.

use std::sync::Arc;

use super::derived::derived;
use super::{DELTA, Documents, PACK, PackError, frame, lines, within};
use crate::trust::{TargetFile, TargetPath};

/// The longest first line, in bytes.
const MAX_HEAD_BYTES: usize = 100;

/// How much is read at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of the file.
    pub packed_bytes: usize,
    /// Bytes of all documents, with their paths.
    pub documents_bytes: usize,
    /// Bytes of the role's metadata.
    pub metadata_bytes: usize,
    /// Documents.
    pub documents: usize,
}

impl Default for Bounds {
    /// Enough for a role as long as a client reads: see [`Limits`](crate::trust::Limits).
    fn default() -> Self {
        Self {
            packed_bytes: 16 << 20,
            documents_bytes: 64 << 20,
            metadata_bytes: crate::trust::Limits::default().role_bytes,
            documents: 100_000,
        }
    }
}

/// What a pack or delta held. Nobody vouches for it but who checks it.
#[derive(Debug, PartialEq, Eq)]
pub struct Contents {
    documents: Documents,
    metadata: Vec<u8>,
}

impl Contents {
    /// The document of a target, if it is here and is the one that was signed.
    #[must_use]
    pub fn document(&self, path: &TargetPath, signed: &TargetFile) -> Option<&Arc<[u8]>> {
        self.documents.get(path).filter(|bytes| signed.check(bytes).is_ok())
    }

    /// The role's metadata, *unverified*: to be given to who verifies metadata, as if a server had answered it.
    #[must_use]
    pub fn metadata(&self) -> &[u8] {
        &self.metadata
    }

    /// The documents, *unverified*.
    pub(super) fn documents(&self) -> &Documents {
        &self.documents
    }

    /// How many documents there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there is no document.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }
}

/// Reads a pack.
///
/// # Errors
/// [`PackError::TooLarge`], and [`PackError::Malformed`] for whatever is not as this version writes it.
pub fn read(bytes: &[u8], bounds: &Bounds) -> Result<Contents, PackError> {
    within("bytes of the pack", bytes.len(), bounds.packed_bytes)?;
    let ([documents, documents_packed, metadata, metadata_packed], body) = head(bytes, PACK)?;
    within("bytes of its documents", documents, bounds.documents_bytes)?;
    within("bytes of its metadata", metadata, bounds.metadata_bytes)?;
    let frames = body.split_at_checked(documents_packed).filter(|(_, rest)| rest.len() == metadata_packed);
    let (first, second) = frames.ok_or(PackError::Malformed("it is cut short, or more follows"))?;
    let text = frame::unpack(first, documents, &[])?;
    let (documents, None) = lines::read(&text, bounds.documents)? else {
        return Err(PackError::Malformed("there is an empty line in it"));
    };
    drop(text);
    let metadata = frame::unpack(second, metadata, &derived(&documents))?;
    Ok(Contents { documents, metadata })
}

/// Reads a delta from the exact metadata of the older version.
///
/// # Errors
/// As [`read`].
pub fn read_delta(bytes: &[u8], old: &[u8], bounds: &Bounds) -> Result<Contents, PackError> {
    within("bytes of the delta", bytes.len(), bounds.packed_bytes)?;
    let ([content, packed], body) = head(bytes, DELTA)?;
    let most = bounds.documents_bytes.saturating_add(bounds.metadata_bytes);
    within("bytes of its content", content, most)?;
    if body.len() != packed {
        return Err(PackError::Malformed("it is cut short, or more follows"));
    }
    let text = frame::unpack(body, content, old)?;
    let (documents, Some(metadata)) = lines::read(&text, bounds.documents)? else {
        return Err(PackError::Malformed("there is no metadata in it"));
    };
    within("bytes of its metadata", metadata.len(), bounds.metadata_bytes)?;
    Ok(Contents { documents, metadata: metadata.to_vec() })
}

/// The numbers of the first line, and what follows it.
fn head<'b, const N: usize>(bytes: &'b [u8], kind: &str) -> Result<([usize; N], &'b [u8]), PackError> {
    let strange = PackError::Malformed("its first line is not one of this version");
    let start = bytes.get(..bytes.len().min(MAX_HEAD_BYTES)).unwrap_or_default();
    let end = start.iter().position(|byte| *byte == b'\n').ok_or(strange.clone())?;
    let (line, body) = bytes.split_at_checked(end).ok_or(strange.clone())?;
    let line = std::str::from_utf8(line).map_err(|_| strange.clone())?;
    let mut words = line.strip_prefix(kind).ok_or(strange.clone())?.split(' ');
    if words.next() != Some("") {
        return Err(strange);
    }
    let mut numbers = [0; N];
    for number in &mut numbers {
        let word = words.next().ok_or(strange.clone())?;
        let found: usize = word.parse().map_err(|_| strange.clone())?;
        // One spelling only.
        if found.to_string() != word {
            return Err(strange);
        }
        *number = found;
    }
    match words.next() {
        None => Ok((numbers, body.get(1..).unwrap_or_default())),
        Some(_) => Err(strange),
    }
}
