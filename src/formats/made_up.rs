//! Files for samples: bytes that nobody has to keep, since their name and length make them anew.

/// A file of that length. The same name gives the same bytes for ever: the digest that a sample states
/// stays true. The bytes are noise, so that nothing compresses them away on their way to a host.
#[must_use]
pub fn file(name: &str, bytes: usize) -> Vec<u8> {
    // FNV-1a of the name starts xorshift64*, which never leaves zero.
    let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut state = seed | 1;
    let mut out = Vec::with_capacity(bytes + 8);
    while out.len() < bytes {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        out.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    out.truncate(bytes);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_makes_the_same_bytes_and_another_name_others() {
        let one = file("EXA-12-001.update", 1003);
        assert_eq!(one.len(), 1003);
        assert_eq!(one, file("EXA-12-001.update", 1003));
        assert_eq!(one[..500], file("EXA-12-001.update", 500)[..]);
        assert_ne!(one, file("EXA-12-002.update", 1003));
    }
}
