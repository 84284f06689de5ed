//! Writing. The same input gives the same bytes, with the same version of the compressor.

use super::derived::derived;
use super::{Bounds, DELTA, Documents, PACK, PackError, frame, lines, within};
use crate::trust::TargetPath;

/// Packs the exact metadata of a role with its documents.
///
/// # Errors
/// [`PackError::TooLarge`] for what no reader would take by default; a document that is not one line.
pub fn write(metadata: &[u8], documents: &Documents) -> Result<Vec<u8>, PackError> {
    let bounds = Bounds::default();
    within("documents", documents.len(), bounds.documents)?;
    within("bytes of its metadata", metadata.len(), bounds.metadata_bytes)?;
    let mut text = Vec::new();
    lines::write(documents.iter().map(|(path, bytes)| (path, bytes.as_ref())), &mut text)?;
    within("bytes of its documents", text.len(), bounds.documents_bytes)?;
    let first = frame::pack(&text, &[])?;
    let length = text.len();
    drop(text);
    let second = frame::pack(metadata, &derived(documents))?;
    let head = format!("{PACK} {length} {} {} {}\n", first.len(), metadata.len(), second.len());
    let out = [head.as_bytes(), &first, &second].concat();
    within("bytes of the pack", out.len(), bounds.packed_bytes)?;
    Ok(out)
}

/// Packs what changed from the exact metadata of an older version to that of a newer one, with the documents
/// that are new or changed in it.
///
/// # Errors
/// As [`write()`].
pub fn write_delta<'d>(
    (old, new): (&[u8], &[u8]),
    changed: impl IntoIterator<Item = (&'d TargetPath, &'d [u8])>,
) -> Result<Vec<u8>, PackError> {
    let bounds = Bounds::default();
    within("bytes of its metadata", new.len(), bounds.metadata_bytes)?;
    let mut text = Vec::new();
    lines::write(changed, &mut text)?;
    within("bytes of its documents", text.len(), bounds.documents_bytes)?;
    text.push(b'\n');
    text.extend_from_slice(new);
    let packed = frame::pack(&text, old)?;
    let head = format!("{DELTA} {} {}\n", text.len(), packed.len());
    let out = [head.as_bytes(), &packed].concat();
    within("bytes of the delta", out.len(), bounds.packed_bytes)?;
    Ok(out)
}
