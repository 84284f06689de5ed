//! The file around what is signed: `{"signatures": […], "signed": {…}}` (specification 4.2).
//!
//! What came is what is verified: the very bytes of `signed` first, and only where they do not verify the
//! canonical form of the value, since other tools sign that and then write it with white space.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::OnceLock;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::keys::{KeyId, PrivateKey, PublicKey};
use super::limits::Limits;
use super::metadata::fields::{Fields, Malformed, list, quoted};
use crate::json::{Form, Table, Value, canonical, parse};

/// One signature as the file holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The key that is said to have made it.
    pub keyid: KeyId,
    /// The signature in hexadecimal. Other tools leave it empty where one is still to come.
    pub sig: String,
    /// The fields that TUF does not know.
    pub extra: Table,
}

/// A signed file: its signatures, which prove nothing before they are checked against a role's keys.
#[derive(Debug, Clone)]
pub struct Envelope {
    signatures: Vec<Signature>,
    raw: Vec<u8>,
    signed: Value,
    /// Made when first needed.
    canonical: OnceLock<Vec<u8>>,
    /// Members beside `signatures` and `signed`: nobody signs them.
    extra: Table,
}

impl Envelope {
    /// Reads a file.
    ///
    /// # Errors
    /// Text that is not JSON as [`crate::json::parse`] reads it (a name given twice, anywhere, is
    /// refused), a missing member, too many signatures, or two by one key id.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, Malformed> {
        let mut members = serde_json::from_slice::<Members<'_>>(bytes)
            .map_err(|error| Malformed::new(format_args!("is not such JSON as is read here: {error}")))?
            .0;
        let mut member = |name: &str| {
            members.remove(name).ok_or_else(|| Malformed::new("is missing").inside(name)).map(RawValue::get)
        };
        let raw = member("signed")?.as_bytes();
        let signatures = read_signatures(value(member("signatures")?.as_bytes(), "signatures")?, limits)
            .map_err(|error| error.inside("signatures"))?;
        let signed = value(raw, "signed")?;
        let mut extra = Table::new();
        for (name, raw) in members {
            let value = value(raw.get().as_bytes(), &name)?;
            extra.insert(name, value);
        }
        Ok(Self { signatures, raw: raw.to_vec(), signed, canonical: OnceLock::new(), extra })
    }

    /// A file without signatures.
    ///
    /// # Errors
    /// A string with a control character: canonical JSON writes it in a way that is not JSON, so that no
    /// two tools agree on the bytes that are signed.
    pub fn new(signed: Value) -> Result<Self, Malformed> {
        plain(&signed)?;
        let raw = canonical(&signed, Form::Tuf);
        Ok(Self { signatures: Vec::new(), raw, signed, canonical: OnceLock::new(), extra: Table::new() })
    }

    /// The signatures, as they stand in the file.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// What is signed.
    #[must_use]
    pub fn signed(&self) -> &Value {
        &self.signed
    }

    /// What is signed, taken out.
    #[must_use]
    pub fn into_signed(self) -> Value {
        self.signed
    }

    /// The bytes of `signed` as they stand in the file.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Signs, in place of a signature under the same id.
    pub fn add_signature(&mut self, key: &PrivateKey) {
        let sig = hex::encode(key.sign(self.canonical()));
        let keyid = key.public().id();
        self.signatures.retain(|signature| signature.keyid != keyid);
        self.signatures.push(Signature { keyid, sig, extra: Table::new() });
    }

    /// Takes over the signatures of another copy of the same file, as cosigners send them: those under
    /// an id that has none here. Says how many.
    pub fn merge_signatures(&mut self, other: &Self) -> usize {
        if self.signed != other.signed {
            return 0;
        }
        let before = self.signatures.len();
        for signature in &other.signatures {
            if self.signatures.iter().all(|own| own.keyid != signature.keyid) {
                self.signatures.push(signature.clone());
            }
        }
        self.signatures.len() - before
    }

    /// The file: canonical, signatures sorted by key id. `signed` that came in another form is left as it
    /// came, since a signature may be over those very bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut signatures: Vec<&Signature> = self.signatures.iter().collect();
        signatures.sort_by(|one, two| one.keyid.cmp(&two.keyid));
        let list = signatures.into_iter().map(|signature| {
            let mut table = signature.extra.clone();
            table.insert("keyid".to_owned(), signature.keyid.as_str().into());
            table.insert("sig".to_owned(), signature.sig.as_str().into());
            Value::Table(table)
        });
        let mut members: BTreeMap<&str, Vec<u8>> =
            self.extra.iter().map(|(name, value)| (name.as_str(), canonical(value, Form::Json))).collect();
        members.insert("signatures", canonical(&Value::List(list.collect()), Form::Json));
        members.insert("signed", self.raw.clone());
        let mut out = Vec::with_capacity(self.raw.len() + 256 * self.signatures.len() + 64);
        for (name, value) in members {
            out.push(if out.is_empty() { b'{' } else { b',' });
            out.extend_from_slice(&canonical(&name.into(), Form::Json));
            out.push(b':');
            out.extend_from_slice(&value);
        }
        out.push(b'}');
        out
    }

    /// Whether this signature is that key's over what is signed.
    pub(super) fn is_signed(&self, key: &PublicKey, signature: &Signature) -> bool {
        let Ok(sig) = hex::decode(&signature.sig) else { return false };
        key.verify(&self.raw, &sig) || (self.canonical() != self.raw && key.verify(self.canonical(), &sig))
    }

    fn canonical(&self) -> &[u8] {
        self.canonical.get_or_init(|| canonical(&self.signed, Form::Tuf))
    }
}

/// A file in the very form that [`Envelope::to_bytes`] writes, taken apart without a copy: what is accepted again
/// and again is read once. `None` of any other form, which an [`Envelope`] reads, or refuses with its reasons.
pub(super) struct Plain<'f> {
    pub(super) signatures: Vec<Signature>,
    /// The bytes of `signed`: one JSON value and nothing else, once somebody has read it as one.
    pub(super) signed: &'f [u8],
}

impl<'f> Plain<'f> {
    pub(super) fn parse(bytes: &'f [u8], limits: &Limits) -> Option<Self> {
        let rest = bytes.strip_prefix(br#"{"signatures":"#)?.strip_suffix(b"}")?;
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<&RawValue>();
        let signatures = values.next()?.ok()?.get().as_bytes();
        let signed = rest.get(values.byte_offset()..)?.strip_prefix(br#","signed":"#)?;
        let signatures = read_signatures(parse(signatures).ok()?, limits).ok()?;
        Some(Self { signatures, signed })
    }

    pub(super) fn is_signed(&self, key: &PublicKey, signature: &Signature) -> bool {
        hex::decode(&signature.sig).is_ok_and(|sig| key.verify(self.signed, &sig))
    }
}

fn value(bytes: &[u8], member: &str) -> Result<Value, Malformed> {
    parse(bytes).map_err(|error| {
        Malformed::new(format_args!("is not such JSON as is read here: {error}, counted from its start"))
            .inside(member)
    })
}

fn read_signatures(value: Value, limits: &Limits) -> Result<Vec<Signature>, Malformed> {
    let values = list(value)?;
    if values.len() > limits.signatures {
        let text = format!("holds {} signatures, where at most {} are read", values.len(), limits.signatures);
        return Err(Malformed::new(text));
    }
    let mut ids = BTreeSet::new();
    let mut signatures = Vec::with_capacity(values.len());
    for (index, value) in values.into_iter().enumerate() {
        let at = |error: Malformed| error.inside(index);
        let mut fields = Fields::of(value).map_err(at)?;
        let keyid = fields.text("keyid").and_then(KeyId::read).map_err(at)?;
        let sig = fields.text("sig").map_err(at)?;
        if !ids.insert(keyid.clone()) {
            return Err(at(Malformed::new("is a second signature by the same key id")));
        }
        signatures.push(Signature { keyid, sig, extra: fields.rest() });
    }
    Ok(signatures)
}

/// Refuses control characters in any string or name.
fn plain(value: &Value) -> Result<(), Malformed> {
    let text = |text: &str| match text.chars().find(|c| c.is_control()) {
        None => Ok(()),
        Some(c) => {
            Err(Malformed::new(format_args!("holds the control character {c:?}, which cannot be signed")))
        }
    };
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) => Ok(()),
        Value::Text(value) => text(value),
        Value::List(values) => values
            .iter()
            .enumerate()
            .try_for_each(|(index, value)| plain(value).map_err(|error| error.inside(index))),
        Value::Table(table) => table.iter().try_for_each(|(name, value)| {
            text(name).and_then(|()| plain(value)).map_err(|error| error.inside(name.escape_debug()))
        }),
    }
}

/// The members of the file, their values not yet read.
struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with signatures and signed")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    if members.contains_key(&name) {
                        return Err(A::Error::custom(format_args!(
                            "the name {} is given twice",
                            quoted(&name)
                        )));
                    }
                    members.insert(name, map.next_value()?);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}
