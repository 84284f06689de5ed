//! The least that verifying has to do: signatures checked by the library itself, each byte hashed and parsed once.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use ed25519_dalek::pkcs8::DecodePublicKey;
use ed25519_dalek::{Signature, VerifyingKey};
use hotfixd::trust::{Digest, Envelope, KeyId, Limits, PublicKey, Root, Signed, Targets};
use serde::{Deserialize, Serialize};

use crate::bench::write;
use crate::failure::{At, Failure, Result};
use crate::publish::Publisher;

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

/// What a host has to have read before it can answer: signed files and documents, and whose signatures hold them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Least {
    /// Where each file is, one behind another.
    parts: Vec<Range<usize>>,
    checks: Vec<OneCheck>,
    #[serde(skip)]
    bytes: Vec<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
struct OneCheck {
    /// In PEM.
    key: String,
    /// In hexadecimal.
    signature: String,
    /// What is signed.
    message: Range<usize>,
}

impl Least {
    /// Of what is published of a product.
    pub(crate) fn of(published: &Publisher<'_>) -> Result<Self> {
        let limits = Limits::default();
        let mut least = Self::default();
        let mut keys: BTreeMap<KeyId, PublicKey> = BTreeMap::new();
        for (role, bytes) in published.signed_files()? {
            let envelope = Envelope::parse(&bytes, &limits)?;
            let value = envelope.signed().clone();
            if role == "root" {
                keys.extend(Root::from_value(value, &limits)?.keys);
            } else if role == "targets" {
                keys.extend(Targets::from_value(value, &limits)?.delegations.unwrap_or_default().keys);
            }
            let start = least.bytes.len();
            let found = bytes.windows(envelope.raw().len()).position(|at| at == envelope.raw()).at(&role)?;
            let message = start + found..start + found + envelope.raw().len();
            for signature in envelope.signatures() {
                let key = keys.get(&signature.keyid).at(&role)?.to_pem()?;
                let (signature, message) = (signature.sig.clone(), message.clone());
                least.checks.push(OneCheck { key, signature, message });
            }
            least.add(&bytes);
        }
        published.current.documents.values().for_each(|bytes| least.add(bytes));
        Ok(least)
    }

    fn add(&mut self, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.parts.push(start..self.bytes.len());
    }

    /// Writes it for [`Least::read`].
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        write(&folder.join("bytes"), &self.bytes)?;
        write(&folder.join("least.json"), serde_json::to_vec(self)?)
    }

    /// What was written.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let least: Self = serde_json::from_slice(&std::fs::read(folder.join("least.json"))?)?;
        Ok(Self { bytes: std::fs::read(folder.join("bytes"))?, ..least })
    }

    /// Does it.
    pub(crate) fn done(&self) -> Result<()> {
        let bytes = |range: &Range<usize>| self.bytes.get(range.clone()).at("a part");
        for check in &self.checks {
            let key = VerifyingKey::from_public_key_pem(&check.key).map_err(Failure::new)?;
            Check { key, signature: Signature::from_slice(&hex::decode(&check.signature)?)? }
                .check(bytes(&check.message)?)?;
        }
        for part in &self.parts {
            std::hint::black_box(Digest::of(bytes(part)?));
            std::hint::black_box(serde_json::from_slice::<serde_json::Value>(bytes(part)?)?);
        }
        Ok(())
    }
}

impl fmt::Display for Least {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (files, bytes, checks) = (self.parts.len(), self.bytes.len(), self.checks.len());
        write!(f, "{files} files, {bytes} bytes, {checks} signatures")
    }
}
