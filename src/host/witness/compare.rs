//! What a witness serves, held beside what is here.

use jiff::Timestamp;

use super::source::Found;
use super::{Outcome, RoleFile, Witness, Witnessed};
use crate::model::Id;
use crate::net::ServerUrl;
use crate::repository::HOLDS_ROLE;
use crate::trust::{Digest, TrustedSet};

/// What a witness serves.
pub(in crate::host) struct Testimony<'a> {
    pub(super) witness: &'a Witness,
    pub(super) product: Id,
    pub(super) found: Found,
}

impl Testimony<'_> {
    /// How it stands to what is here.
    pub(in crate::host) fn beside(&self, ours: &TrustedSet, now: Timestamp) -> Witnessed {
        let url = &self.witness.url;
        let (outcome, role, theirs, message) = match &self.found {
            Found::NotReached(error) => {
                (Outcome::NotReached, None, None, format!("the witness was not reached: {error}"))
            }
            Found::Refused(refusal) => {
                let message = format!("what the witness {url} serves was refused: {refusal}");
                (Outcome::Refused, Some(refusal.role.as_str()), None, message)
            }
            Found::Verified(theirs) => {
                let (outcome, role) = match compared(ours, theirs, &self.product) {
                    (Outcome::Agrees | Outcome::Behind, _) if has_expired(theirs, now) => {
                        (Outcome::Stale, "timestamp")
                    }
                    other => other,
                };
                let message = said(url, outcome, role, ours, theirs);
                (outcome, Some(role), file(theirs, role), message)
            }
        };
        Witnessed {
            url: url.to_string(),
            required: self.witness.required,
            outcome,
            role: role.map(str::to_owned),
            ours: role.and_then(|role| file(ours, role)).map(File::report),
            theirs: theirs.map(File::report),
            message,
        }
    }
}

/// Whether its timestamp has expired: then it knows nothing of what was published since.
fn has_expired(theirs: &TrustedSet, now: Timestamp) -> bool {
    theirs.timestamp().is_none_or(|timestamp| timestamp.metadata.header.is_expired(now))
}

/// How they stand to each other, and the role that shows it best.
fn compared<'r>(ours: &TrustedSet, theirs: &TrustedSet, product: &'r Id) -> (Outcome, &'r str) {
    let of = |role: &'r str| {
        let outcome = match (file(ours, role), file(theirs, role)) {
            (Some(here), Some(there)) if here.version < there.version => Outcome::Ahead,
            (Some(here), Some(there)) if here.version > there.version => Outcome::Behind,
            (Some(here), Some(there)) if here.bytes != there.bytes => Outcome::Differs,
            (None, Some(_)) => Outcome::Ahead,
            (Some(_), None) => Outcome::Behind,
            (Some(_), Some(_)) | (None, None) => Outcome::Agrees,
        };
        (outcome, role)
    };
    let rests_on = [product.as_str(), "root", "targets", HOLDS_ROLE].map(of);
    let signed_twice =
        ["snapshot", "timestamp"].map(of).into_iter().filter(|(outcome, _)| *outcome == Outcome::Differs);
    let all = rests_on.into_iter().chain(signed_twice);
    all.reduce(|gravest, next| if next.0 > gravest.0 { next } else { gravest })
        .unwrap_or((Outcome::Agrees, product.as_str()))
}

/// How they stand to each other, in a sentence.
fn said(url: &ServerUrl, outcome: Outcome, role: &str, ours: &TrustedSet, theirs: &TrustedSet) -> String {
    let version = |set| file(set, role).map(|file| file.version);
    let sha256 = |set| file(set, role).map(|file| file.report().sha256).unwrap_or_default();
    let (here, there) = (version(ours), version(theirs).unwrap_or_default());
    match (outcome, here) {
        (Outcome::Ahead, Some(here)) => {
            format!("the witness {url} has {role} version {there}, and this answer is by version {here}")
        }
        (Outcome::Ahead, None) => {
            format!("the witness {url} has {role} version {there}, and this answer is by none")
        }
        (Outcome::Behind, _) if there == 0 => format!("the witness {url} is behind: it has no {role} yet"),
        (Outcome::Behind, Some(here)) => {
            format!("the witness {url} is behind: it has {role} version {there}, and version {here} is here")
        }
        (Outcome::Differs, _) => format!(
            "the witness {url} has another {role} version {there} than is here: there the SHA-256 is {}, here {}",
            sha256(theirs),
            sha256(ours)
        ),
        (Outcome::Stale, _) => {
            let expired = theirs.timestamp().map(|timestamp| timestamp.metadata.header.expires);
            let on = expired.map(|on| format!(" on {on}")).unwrap_or_default();
            format!("the witness {url} is out of date: its timestamp expired{on}")
        }
        _ => format!("the witness {url} agrees: it has {role} version {there} too"),
    }
}

/// A verified file.
#[derive(Clone, Copy)]
struct File<'a> {
    version: u64,
    bytes: &'a [u8],
}

impl File<'_> {
    fn report(self) -> RoleFile {
        RoleFile { version: self.version, sha256: Digest::of(self.bytes).to_string() }
    }
}

/// The file of a role in a set.
fn file<'a>(set: &'a TrustedSet, role: &str) -> Option<File<'a>> {
    let (version, bytes) = match role {
        "root" => (set.root().metadata.header.version, &set.root().bytes),
        "timestamp" => set.timestamp().map(|role| (role.metadata.header.version, &role.bytes))?,
        "snapshot" => set.snapshot().map(|role| (role.metadata.header.version, &role.bytes))?,
        name => set.role(name).map(|role| (role.metadata.header.version, &role.bytes))?,
    };
    Some(File { version, bytes })
}
