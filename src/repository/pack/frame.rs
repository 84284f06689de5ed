//! One zstd frame, written and read whole in memory, against what both sides know already.

use zstd::zstd_safe::{CCtx, CParameter, DCtx, find_frame_compressed_size, get_frame_content_size};

use super::PackError;

/// How a zstd frame begins (RFC 8878, section 3.1.1); one that is skipped begins otherwise.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The most bytes that are worth the slowest compression: a second or two of one core.
const SLOW_BYTES: usize = 4 << 20;
/// The level for what is no longer.
const SLOW_LEVEL: i32 = 19;
/// The level for what is longer.
const FAST_LEVEL: i32 = 9;
/// The most bytes for which the small tables do as well, but for a third of a percent.
const SMALL_BYTES: usize = 1 << 20;
/// The size of each of the two tables of the compressor, as a power of two of entries of four bytes: 2 MiB for
/// both. Larger ones would stay with the process after they were used.
const SMALL_TABLE_LOG: u32 = 18;
/// The size for what is longer: 8 MiB for both, however much is compressed.
const LARGE_TABLE_LOG: u32 = 20;

const UNPACKABLE: PackError = PackError::Malformed("the compressor gave up");

/// Compresses into one frame that states its length.
pub(super) fn pack(bytes: &[u8], known: &[u8]) -> Result<Vec<u8>, PackError> {
    let mut context = CCtx::try_create().ok_or(UNPACKABLE)?;
    let most = bytes.len().max(known.len());
    let level = if most <= SLOW_BYTES { SLOW_LEVEL } else { FAST_LEVEL };
    let table_log = if most <= SMALL_BYTES { SMALL_TABLE_LOG } else { LARGE_TABLE_LOG };
    let settings = [
        CParameter::CompressionLevel(level),
        CParameter::HashLog(table_log),
        CParameter::ChainLog(table_log),
        CParameter::ContentSizeFlag(true),
    ];
    for setting in settings {
        context.set_parameter(setting).map_err(|_| UNPACKABLE)?;
    }
    // The tables are made for this length, not for the longest there is.
    let length = u64::try_from(bytes.len()).map_err(|_| UNPACKABLE)?;
    context.set_pledged_src_size(Some(length)).map_err(|_| UNPACKABLE)?;
    if !known.is_empty() {
        context.ref_prefix(known).map_err(|_| UNPACKABLE)?;
    }
    let mut out = Vec::with_capacity(zstd::zstd_safe::compress_bound(bytes.len()));
    context.compress2(&mut out, bytes).map_err(|_| UNPACKABLE)?;
    out.shrink_to_fit();
    Ok(out)
}

/// Reads exactly one frame of exactly `length` bytes. They are written into one buffer of that length, and
/// the buffer is the window: the frame cannot make anybody take more.
pub(super) fn unpack(frame: &[u8], length: usize, known: &[u8]) -> Result<Vec<u8>, PackError> {
    if !frame.starts_with(&MAGIC) {
        return Err(PackError::Malformed("it holds no zstd frame"));
    }
    if find_frame_compressed_size(frame) != Ok(frame.len()) {
        return Err(PackError::Malformed("it is cut short, or more follows"));
    }
    let stated = get_frame_content_size(frame).ok().flatten();
    if stated != u64::try_from(length).ok() {
        return Err(PackError::Malformed("it holds another length than it says"));
    }
    let mut context = DCtx::try_create().ok_or(PackError::Malformed("no memory to read it"))?;
    if !known.is_empty() {
        context.ref_prefix(known).map_err(|_| PackError::Malformed("what it stands on cannot be used"))?;
    }
    let mut out = Vec::new();
    out.try_reserve_exact(length).map_err(|_| PackError::Malformed("no memory to read it"))?;
    let read = context.decompress(&mut out, frame);
    if read != Ok(length) || out.len() != length {
        return Err(PackError::Malformed("its bytes are damaged"));
    }
    Ok(out)
}
