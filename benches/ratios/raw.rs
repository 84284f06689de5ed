//! One signature, checked by the library itself: the least that verifying has to do.

use ed25519_dalek::pkcs8::DecodePublicKey;
use ed25519_dalek::{Signature, VerifyingKey};
use hotfixd::trust::PublicKey;

use crate::failure::Result;

/// One signature to be checked.
#[derive(Debug)]
pub(crate) struct Check {
    key: VerifyingKey,
    signature: Signature,
}

impl Check {
    /// Of a key, and a signature in hexadecimal.
    pub(crate) fn new(key: &PublicKey, signature: &str) -> Result<Self> {
        let key = VerifyingKey::from_public_key_pem(&key.to_pem()?)?;
        Ok(Self { key, signature: Signature::from_slice(&hex::decode(signature)?)? })
    }

    /// Checks it, strictly.
    pub(crate) fn check(&self, message: &[u8]) -> Result<()> {
        Ok(self.key.verify_strict(message, &self.signature)?)
    }
}
