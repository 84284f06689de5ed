//! Fetching what a witness serves: verified from the root that is trusted, kept nowhere.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::host::view::wanted;
use crate::model::Id;
use crate::net::{self, Client, Fetched, ServerUrl};
use crate::trust::refresh::Outcome;
use crate::trust::{Answer, Kind, Limits, Local, Refresh, Refusal, Request, TrustedSet};

/// For how long a witness may keep the answer waiting, all requests together.
const BUDGET: Duration = Duration::from_secs(60);

/// How long to wait for each of its answers: it is asked beside the server, and its silence is no fault of ours.
const LIMITS: net::Limits = net::Limits {
    connect: Duration::from_secs(5),
    total: Duration::from_secs(30),
    idle: Duration::from_secs(10),
    least_bytes_per_second: 512,
};

/// What there is at the witness.
pub(super) enum Found {
    /// Signed metadata, whether or not it has expired.
    Verified(Box<TrustedSet>),
    /// Something that does not verify.
    Refused(Refusal),
    /// Nothing, for reasons that say nothing of what it serves.
    NotReached(net::Error),
}

/// Asks the witness, and once more where it may have been published to meanwhile.
pub(super) fn fetch(url: &ServerUrl, root: &[u8], ours: &TrustedSet, product: &Id) -> Found {
    let client = match Client::new(url.clone(), LIMITS) {
        Ok(client) => client,
        Err(error) => return Found::NotReached(error),
    };
    let source = Source { client, deadline: Instant::now() + BUDGET, ours };
    match source.attempt(root, product) {
        Found::Refused(_) => source.attempt(root, product),
        found => found,
    }
}

struct Source<'a> {
    client: Client,
    deadline: Instant,
    ours: &'a TrustedSet,
}

impl Source<'_> {
    /// A whole refresh that begins with the root alone, at a time before everything expires: what was signed is
    /// evidence on any day. What is here serves for files that are the same, never as a floor.
    fn attempt(&self, root: &[u8], product: &Id) -> Found {
        let known = self.ours.roles().map(|(name, role)| (name.to_owned(), role.bytes.clone()));
        let local = Local { root: root.to_vec(), roles: known.collect(), ..Local::default() };
        let mut refresh = match Refresh::new(local, wanted(product), Timestamp::MIN, Limits::default()) {
            Ok(refresh) => refresh,
            Err(refusal) => return Found::Refused(refusal),
        };
        let mut failure = None;
        while let Some(request) = refresh.next_request() {
            let known = self.known_snapshot(refresh.set(), &request);
            let answer = known.map_or_else(|| self.ask(&request), Ok);
            refresh.supply(answer.unwrap_or_else(|error| {
                let reason = error.to_string();
                failure = Some(error);
                Answer::Failed(reason)
            }));
        }
        let Outcome { set, roles, failure: ended, .. } = refresh.finish();
        // A product that was delegated and not yet released there is one that is behind.
        let refused = roles.into_iter().filter_map(|role| role.result.err());
        let refused =
            ended.or_else(|| refused.into_iter().find(|refusal| refusal.kind != Kind::NotInSnapshot));
        match (refused, failure) {
            (None, _) => Found::Verified(Box::new(set)),
            (Some(Refusal { kind: Kind::Unavailable { .. }, .. }), Some(error))
                if !matches!(error, net::Error::TooLarge { .. }) =>
            {
                Found::NotReached(error)
            }
            (Some(refusal), _) => Found::Refused(refusal),
        }
    }

    /// The snapshot that is here, where the witness names the same.
    fn known_snapshot(&self, theirs: &TrustedSet, request: &Request) -> Option<Answer> {
        let ours = self.ours.snapshot().filter(|_| request.role == "snapshot")?;
        let wanted = theirs.wanted_snapshot().ok()?;
        let same = wanted.version == ours.metadata.header.version
            && wanted.sha256.is_some()
            && wanted.check(&ours.bytes).is_ok();
        same.then(|| Answer::Bytes(ours.bytes.clone()))
    }

    fn ask(&self, request: &Request) -> Result<Answer, net::Error> {
        let path = format!("tuf/metadata/{}", request.file);
        if Instant::now() >= self.deadline {
            let url = self.client.server().join(&path);
            return Err(net::Error::TimedOut { url, step: "the whole look at the witness".to_owned() });
        }
        let limit = u64::try_from(request.max_bytes).unwrap_or(u64::MAX);
        match self.client.get(&path, limit, None) {
            Ok(Fetched::Bytes { bytes, .. }) => Ok(Answer::Bytes(bytes)),
            Ok(Fetched::Unchanged) => Ok(Answer::NotFound),
            // Buckets say 403 for what is not there.
            Err(net::Error::Status { status: 403 | 404 | 410, .. }) => Ok(Answer::NotFound),
            Err(error) => Err(error),
        }
    }
}
