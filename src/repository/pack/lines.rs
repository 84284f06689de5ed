//! Documents as lines: a target path, then the document, each ended by a line feed.

use std::sync::Arc;

use super::{Documents, PackError, within};
use crate::repository::MAX_DOCUMENT_BYTES;
use crate::trust::TargetPath;

/// Writes documents in the order of their paths.
pub(super) fn write<'d>(
    documents: impl IntoIterator<Item = (&'d TargetPath, &'d [u8])>,
    out: &mut Vec<u8>,
) -> Result<(), PackError> {
    for (path, bytes) in documents {
        fits(bytes)?;
        if bytes.contains(&b'\n') {
            return Err(PackError::NotOneLine(path.to_string()));
        }
        out.extend_from_slice(path.as_str().as_bytes());
        out.push(b'\n');
        out.extend_from_slice(bytes);
        out.push(b'\n');
    }
    Ok(())
}

/// Reads documents until the end or an empty line, and says what follows that.
pub(super) fn read(mut rest: &[u8], most: usize) -> Result<(Documents, Option<&[u8]>), PackError> {
    let mut documents: Documents = Documents::new();
    while !rest.is_empty() {
        let path = line(&mut rest)?;
        if path.is_empty() {
            return Ok((documents, Some(rest)));
        }
        within("documents", documents.len().saturating_add(1), most)?;
        let path = std::str::from_utf8(path).ok().and_then(|path| path.parse::<TargetPath>().ok());
        let path = path.ok_or(PackError::Malformed("a path in it is none"))?;
        if documents.last_key_value().is_some_and(|(last, _)| *last >= path) {
            return Err(PackError::Malformed("its paths are not in order"));
        }
        let document = line(&mut rest)?;
        fits(document)?;
        documents.insert(path, Arc::from(document));
    }
    Ok((documents, None))
}

/// Nobody reads a document that is longer.
fn fits(document: &[u8]) -> Result<(), PackError> {
    let limit = usize::try_from(MAX_DOCUMENT_BYTES).unwrap_or(usize::MAX);
    within("bytes of a document", document.len(), limit)
}

fn line<'b>(rest: &mut &'b [u8]) -> Result<&'b [u8], PackError> {
    let end = rest.iter().position(|byte| *byte == b'\n');
    let split = end.and_then(|end| Some((rest.get(..end)?, rest.get(end + 1..)?)));
    let (line, after) = split.ok_or(PackError::Malformed("its last line has no end"))?;
    *rest = after;
    Ok(line)
}
