//! Signatures that are added to a submission after it was handed in.

use super::error::ReleaseError;
use crate::json::{Form, Value, canonical};
use crate::repository::Submission;
use crate::repository::gates::Review;
use crate::trust::envelope::Signature;
use crate::trust::{Envelope, Limits};

/// Reads a signature that came by itself.
pub(super) fn one(keyid: &str, sig: &str) -> Result<Signature, ReleaseError> {
    let list = Value::List(vec![value(keyid, sig)]);
    let envelope = Envelope::parse(&file(&list, b"{}"), &Limits::default())?;
    let signature = envelope.signatures().first().cloned();
    signature.ok_or_else(|| ReleaseError::Signature("no signature came".to_owned()))
}

/// Puts signatures to those of a submission that count. One that does not count makes room: else whoever has
/// a token could keep a key's true signature out by a false one under its id.
pub(super) fn put(
    submission: &mut Submission,
    review: &Review,
    more: &[Signature],
) -> Result<(), ReleaseError> {
    let Some(role) = submission.roles.first_mut() else { return Ok(()) };
    let limits = Limits::default();
    let own = Envelope::parse(role.metadata.as_bytes(), &limits)?;
    let counts = |signature: &&Signature| {
        review.signers.as_ref().is_some_and(|signers| signers.by.contains(&signature.keyid))
    };
    let mut kept: Vec<&Signature> = own.signatures().iter().filter(counts).collect();
    for signature in more {
        if kept.iter().all(|kept| kept.keyid != signature.keyid) {
            kept.push(signature);
        }
    }
    let list = kept.iter().map(|signature| value(signature.keyid.as_str(), &signature.sig)).collect();
    let envelope = Envelope::parse(&file(&Value::List(list), own.raw()), &limits)?;
    role.metadata = String::from_utf8_lossy(&envelope.to_bytes()).into_owned();
    Ok(())
}

/// The error for a signature that does not count.
pub(super) fn useless(id: &str, keyid: &str) -> ReleaseError {
    let shown: String = keyid.chars().filter(|c| !c.is_control()).take(64).collect();
    ReleaseError::Signature(format!(
        "the signature by {shown} does not count: it is not over the metadata of {id}, or the key may not sign for it"
    ))
}

fn value(keyid: &str, sig: &str) -> Value {
    Value::from([("keyid", keyid.into()), ("sig", sig.into())])
}

fn file(signatures: &Value, signed: &[u8]) -> Vec<u8> {
    let mut out = b"{\"signatures\":".to_vec();
    out.extend_from_slice(&canonical(signatures, Form::Json));
    out.extend_from_slice(b",\"signed\":");
    out.extend_from_slice(signed);
    out.push(b'}');
    out
}
