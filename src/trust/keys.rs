//! Public keys of every scheme that is verified, and Ed25519 private keys.
//!
//! Files are PEM that `openssl` makes, reads and checks: PKCS#8 (RFC 8410) for a private key,
//! `SubjectPublicKeyInfo` for a public one.

use std::fmt;

use ed25519_dalek::ed25519::KeypairBytes;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::spki::der::zeroize::Zeroizing;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use ed25519_dalek::{Signer as _, SigningKey};

use super::metadata::fields::{Fields, Malformed};
use super::scheme::{Material, Scheme};
use super::sha256::Digest;
use crate::json::{Form, Table, Value, canonical};

/// What a key is called in metadata. Keys that we write are called by the SHA-256 of their canonical
/// key object (TUF specification 4.2); in foreign metadata it may be any text, and proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// The longest key id that is read, in bytes.
    pub const MAX_BYTES: usize = 256;

    pub(super) fn read(text: String) -> Result<Self, Malformed> {
        if text.is_empty() || text.len() > Self::MAX_BYTES || text.chars().any(char::is_control) {
            return Err(Malformed::new("is not a key id: 1 to 256 bytes without control characters"));
        }
        Ok(Self(text))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a key was not read or made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Text without one PEM block.
    #[error("not a PEM file (RFC 7468): it must hold one -----BEGIN … block and nothing after it")]
    NotPem,
    /// A PEM block of another kind.
    #[error("a PEM file that holds {found:?}, where {wanted:?} is wanted")]
    Label {
        /// The label that is wanted.
        wanted: &'static str,
        /// The label that was found.
        found: String,
    },
    /// A private key behind a passphrase.
    #[error(
        "the private key is encrypted with a passphrase, which this program does not read: \
         decrypt it first, with `openssl pkey -in KEY.pem -out PLAIN.pem`"
    )]
    Encrypted,
    /// A private key that is not Ed25519.
    #[error("not an Ed25519 private key in PKCS#8: make one with `openssl genpkey -algorithm ed25519`")]
    NotEd25519,
    /// Anything else that is wrong with a key.
    #[error("not a key that can be used: {0}")]
    Bad(&'static str),
    /// A key that could not be written.
    #[error("the key could not be encoded")]
    Encode,
    /// The system gave no random bytes.
    #[error("the system gave no random bytes: {0}")]
    Random(String),
}

/// A public key as metadata holds it. One of a scheme that is not known here is kept, so that writing the
/// metadata again keeps it, but verifies nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    keytype: String,
    scheme: String,
    public: String,
    material: Option<(Scheme, Material)>,
    keyval: Table,
    extra: Table,
}

impl PublicKey {
    /// From PEM (`openssl pkey -in KEY -pubout`). An RSA key is taken as one of `rsassa-pss-sha256`.
    ///
    /// # Errors
    /// Anything but one `PUBLIC KEY` block with an Ed25519, P-256 or RSA key.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let material = Material::from_pem(pem)?;
        let (scheme, public) = match &material {
            Material::Ed25519(key) => (Scheme::Ed25519, hex::encode(key.as_bytes())),
            Material::EcdsaP256(_) => (Scheme::EcdsaP256, material.to_pem()?),
            Material::Rsa(_) => (Scheme::RsaPss, material.to_pem()?),
        };
        Ok(Self::known(scheme, material, public))
    }

    fn known(scheme: Scheme, material: Material, public: String) -> Self {
        Self {
            keytype: scheme.keytype().to_owned(),
            scheme: scheme.name().to_owned(),
            public,
            material: Some((scheme, material)),
            keyval: Table::new(),
            extra: Table::new(),
        }
    }

    /// From a TUF key object (specification 4.2).
    ///
    /// # Errors
    /// A missing or ill-typed field; a key of a known scheme whose value cannot be read.
    pub fn from_value(value: Value) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value)?;
        let keytype = fields.text("keytype")?;
        let scheme = fields.text("scheme")?;
        let mut keyval = Fields::of(fields.take("keyval")?).map_err(|error| error.inside("keyval"))?;
        let public = keyval.text("public").map_err(|error| error.inside("keyval"))?;
        let material = match Scheme::of(&keytype, &scheme) {
            None => None,
            Some(known) => {
                let read = match known {
                    Scheme::Ed25519 => hex::decode(&public)
                        .map_err(|_| KeyError::Bad("an Ed25519 public key is 32 bytes in hexadecimal"))
                        .and_then(|bytes| Material::ed25519(&bytes)),
                    Scheme::EcdsaP256 | Scheme::RsaPss | Scheme::RsaPkcs1 => Material::from_pem(&public),
                };
                let material =
                    read.map_err(|error| Malformed::new(error).inside("public").inside("keyval"))?;
                if !fits(known, &material) {
                    let text = format!("holds a key of another kind than {}", known.name());
                    return Err(Malformed::new(text).inside("public").inside("keyval"));
                }
                Some((known, material))
            }
        };
        Ok(Self { keytype, scheme, public, material, keyval: keyval.rest(), extra: fields.rest() })
    }

    /// As a TUF key object, unknown fields among it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut table = self.extra.clone();
        table.extend(self.core());
        Value::Table(table)
    }

    fn core(&self) -> Table {
        let mut keyval = self.keyval.clone();
        keyval.insert("public".to_owned(), self.public.as_str().into());
        [
            ("keytype".to_owned(), self.keytype.as_str().into()),
            ("scheme".to_owned(), self.scheme.as_str().into()),
            ("keyval".to_owned(), keyval.into()),
        ]
        .into()
    }

    /// As PEM that `openssl pkey -pubin` reads.
    ///
    /// # Errors
    /// A key of an unknown scheme.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        self.usable()?.1.to_pem()
    }

    fn usable(&self) -> Result<&(Scheme, Material), KeyError> {
        self.material.as_ref().ok_or(KeyError::Bad("a key of a scheme that is not known here"))
    }

    /// Its id: the SHA-256 of the canonical form of its key object's type, scheme and value, as
    /// python-tuf reckons it (fields unknown to TUF do not count).
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId(Digest::of(&canonical(&Value::Table(self.core()), Form::Tuf)).to_string())
    }

    /// The SHA-256 of the key in DER, for people to compare: what
    /// `openssl pkey -pubin -in KEY.pub.pem -outform DER | sha256sum` prints.
    ///
    /// # Errors
    /// A key of an unknown scheme.
    pub fn fingerprint(&self) -> Result<Digest, KeyError> {
        Ok(Digest::of(self.usable()?.1.to_spki()?.as_bytes()))
    }

    /// Its scheme, if it is one that is verified.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        self.material.as_ref().map(|(scheme, _)| *scheme)
    }

    /// The fields that TUF does not know.
    #[must_use]
    pub fn extra(&self) -> &Table {
        &self.extra
    }

    /// Whether both are one key, whatever id, scheme or unknown fields each goes by.
    #[must_use]
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }

    /// What is equal for two spellings of one key, and for those only.
    pub(super) fn identity(&self) -> (&str, &[u8]) {
        match &self.material {
            Some((_, material)) => ("", material.raw()),
            None => (&self.keytype, self.public.trim().as_bytes()),
        }
    }

    /// Whether `signature` is this key's over `message`. Never true of a key of an unknown scheme.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.material.as_ref().is_some_and(|(scheme, material)| material.verify(*scheme, message, signature))
    }
}

fn fits(scheme: Scheme, material: &Material) -> bool {
    matches!(
        (scheme, material),
        (Scheme::Ed25519, Material::Ed25519(_))
            | (Scheme::EcdsaP256, Material::EcdsaP256(_))
            | (Scheme::RsaPss | Scheme::RsaPkcs1, Material::Rsa(_))
    )
}

/// An Ed25519 private key. It is wiped from memory when dropped, and `Debug` shows only its id.
#[derive(Clone)]
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// A new key from the system's randomness.
    ///
    /// # Errors
    /// A system without randomness.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut()).map_err(|error| KeyError::Random(error.to_string()))?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// From PKCS#8 PEM, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    /// Another kind of file or key; [`KeyError::Encrypted`] for one behind a passphrase.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let label = pem.split_once("-----BEGIN ").and_then(|(_, rest)| rest.split_once("-----"));
        match label {
            None => return Err(KeyError::NotPem),
            Some(("PRIVATE KEY", _)) => {}
            Some(("ENCRYPTED PRIVATE KEY", _)) => return Err(KeyError::Encrypted),
            Some((found, _)) => {
                return Err(KeyError::Label {
                    wanted: "PRIVATE KEY",
                    found: found.chars().take(40).collect(),
                });
            }
        }
        SigningKey::from_pkcs8_pem(pem.trim()).map(Self).map_err(|_| KeyError::NotEd25519)
    }

    /// As PKCS#8 PEM. The text is wiped from memory when dropped; its file belongs to mode 0600.
    ///
    /// # Errors
    /// None in practice: the encoder's are passed on.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        // Without the public half (PKCS#8 version 1): older openssl does not read version 2.
        let pair = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        pair.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Encode)
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let key = self.0.verifying_key();
        let public = hex::encode(key.as_bytes());
        PublicKey::known(Scheme::Ed25519, Material::Ed25519(Box::new(key)), public)
    }

    /// Signs `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.public().id())
    }
}
