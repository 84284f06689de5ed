//! Every bound of the trust layer in one place.

/// What a client reads at most. The defaults are python-tuf's where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one root file.
    pub root_bytes: usize,
    /// Bytes of the timestamp file.
    pub timestamp_bytes: usize,
    /// Bytes of the snapshot file.
    pub snapshot_bytes: usize,
    /// Bytes of one targets or delegated role file.
    pub role_bytes: usize,
    /// Signatures in one file.
    pub signatures: usize,
    /// Keys in one file.
    pub keys: usize,
    /// Roots that one refresh follows.
    pub roots: usize,
    /// Delegations below each other, `targets` being the first.
    pub delegation_depth: usize,
    /// Delegated roles that one walk or refresh visits.
    pub delegations: usize,
    /// Whether what a role says of a file beside its length and digest is kept. Who has accepted the role before, and
    /// only asks for files, has no use for it.
    pub custom: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            root_bytes: 512_000,
            timestamp_bytes: 16_384,
            snapshot_bytes: 2_000_000,
            role_bytes: 5_000_000,
            signatures: 64,
            keys: 1_024,
            roots: 256,
            delegation_depth: 8,
            delegations: 1_024,
            custom: true,
        }
    }
}
