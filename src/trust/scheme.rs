//! Signature schemes, and how each is verified.
//!
//! Ed25519 by ed25519-dalek's `verify_strict`; ECDSA and RSA by ring, which TLS links anyway: hardware
//! keys and other repositories use them.

use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::spki::der::asn1::BitStringRef;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::spki::der::{self, Document, Encode as _, asn1::AnyRef};
use ed25519_dalek::pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use ed25519_dalek::pkcs8::{EncodePublicKey as _, ObjectIdentifier};
use ring::signature as ring_signature;

use super::keys::KeyError;

/// The signature schemes that are verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// `ed25519` (RFC 8032): what we sign with.
    Ed25519,
    /// `ecdsa-sha2-nistp256`, signatures in DER.
    EcdsaP256,
    /// `rsassa-pss-sha256`, salt of 32 bytes, 2048 to 8192 bits.
    RsaPss,
    /// `rsa-pkcs1v15-sha256`, 2048 to 8192 bits: not in the TUF specification, but python-tuf's tools write it.
    RsaPkcs1,
}

impl Scheme {
    /// The name in a key object.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256 => "ecdsa-sha2-nistp256",
            Self::RsaPss => "rsassa-pss-sha256",
            Self::RsaPkcs1 => "rsa-pkcs1v15-sha256",
        }
    }

    /// The `keytype` that goes with it in keys that we write.
    #[must_use]
    pub fn keytype(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256 => "ecdsa",
            Self::RsaPss | Self::RsaPkcs1 => "rsa",
        }
    }

    /// The scheme of a key object, if it is one that is verified.
    pub(super) fn of(keytype: &str, scheme: &str) -> Option<Self> {
        match (keytype, scheme) {
            ("ed25519", "ed25519") => Some(Self::Ed25519),
            ("ecdsa" | "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256") => Some(Self::EcdsaP256),
            ("rsa", "rsassa-pss-sha256") => Some(Self::RsaPss),
            ("rsa", "rsa-pkcs1v15-sha256") => Some(Self::RsaPkcs1),
            _ => None,
        }
    }
}

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// What a public key is made of: enough to verify with it and to write it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Material {
    Ed25519(Box<VerifyingKey>),
    /// An uncompressed point.
    EcdsaP256(Vec<u8>),
    /// `RSAPublicKey` in DER (RFC 8017).
    Rsa(Vec<u8>),
}

impl Material {
    pub(super) fn ed25519(bytes: &[u8]) -> Result<Self, KeyError> {
        let bytes: [u8; 32] = bytes
            .try_into()
            .map_err(|_| KeyError::Bad("an Ed25519 public key is 32 bytes in hexadecimal"))?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Bad("not a point of Ed25519"))?;
        if key.is_weak() {
            return Err(KeyError::Bad("an Ed25519 key of small order, for which anybody can sign"));
        }
        Ok(Self::Ed25519(Box::new(key)))
    }

    /// From `SubjectPublicKeyInfo` in PEM (RFC 7468), which `openssl pkey -pubout` writes.
    pub(super) fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let (label, document) = Document::from_pem(pem.trim()).map_err(|_| KeyError::NotPem)?;
        if label != "PUBLIC KEY" {
            return Err(KeyError::Label { wanted: "PUBLIC KEY", found: label.to_owned() });
        }
        let info: SubjectPublicKeyInfoRef<'_> =
            document.decode_msg().map_err(|_| KeyError::Bad("not a SubjectPublicKeyInfo"))?;
        let bytes = info.subject_public_key.as_bytes().ok_or(KeyError::Bad("a public key of half a byte"))?;
        let algorithm = info.algorithm;
        if algorithm.oid == ED25519 {
            Self::ed25519(bytes)
        } else if algorithm.oid == EC {
            let curve =
                algorithm.parameters_oid().map_err(|_| KeyError::Bad("an elliptic curve without name"))?;
            if curve != P256 {
                return Err(KeyError::Bad("an elliptic curve other than P-256"));
            }
            if bytes.len() != 65 || bytes.first() != Some(&4) {
                return Err(KeyError::Bad("a P-256 key that is not an uncompressed point"));
            }
            Ok(Self::EcdsaP256(bytes.to_vec()))
        } else if algorithm.oid == RSA {
            Ok(Self::Rsa(bytes.to_vec()))
        } else {
            Err(KeyError::Bad("neither an Ed25519 nor a P-256 nor an RSA key"))
        }
    }

    /// As `SubjectPublicKeyInfo` in DER (RFC 5280, 4.1.2.7).
    pub(super) fn to_spki(&self) -> Result<Document, KeyError> {
        let written = match self {
            Self::Ed25519(key) => return key.to_public_key_der().map_err(|_| KeyError::Encode),
            Self::EcdsaP256(point) => spki(EC, (&P256).into(), point),
            Self::Rsa(key) => spki(RSA, AnyRef::NULL, key),
        };
        written.map_err(|_| KeyError::Encode)
    }

    pub(super) fn to_pem(&self) -> Result<String, KeyError> {
        self.to_spki()?.to_pem("PUBLIC KEY", LineEnding::LF).map_err(|_| KeyError::Encode)
    }

    /// The bytes that make this key this key, whatever it is called and wherever it stands.
    pub(super) fn raw(&self) -> &[u8] {
        match self {
            Self::Ed25519(key) => key.as_bytes(),
            Self::EcdsaP256(bytes) | Self::Rsa(bytes) => bytes,
        }
    }

    pub(super) fn verify(&self, scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn ring_signature::VerificationAlgorithm = match (self, scheme) {
            (Self::Ed25519(key), Scheme::Ed25519) => {
                return ed25519_dalek::Signature::from_slice(signature)
                    .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok());
            }
            (Self::EcdsaP256(_), Scheme::EcdsaP256) => &ring_signature::ECDSA_P256_SHA256_ASN1,
            (Self::Rsa(_), Scheme::RsaPss) => &ring_signature::RSA_PSS_2048_8192_SHA256,
            (Self::Rsa(_), Scheme::RsaPkcs1) => &ring_signature::RSA_PKCS1_2048_8192_SHA256,
            _ => return false,
        };
        ring_signature::UnparsedPublicKey::new(algorithm, self.raw()).verify(message, signature).is_ok()
    }
}

fn spki(oid: ObjectIdentifier, parameters: AnyRef<'_>, key: &[u8]) -> der::Result<Document> {
    let info = SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef { oid, parameters: Some(parameters) },
        subject_public_key: BitStringRef::from_bytes(key)?,
    };
    Document::try_from(info.to_der()?)
}
