//! Fetching signed files from a server: within one budget, each bounded by what was signed of it.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Error;
use super::kept::Kept;
use super::shortcut::{Shortcut, Shortcuts, bounds};
use super::standing::Trouble;
use super::state::{Lock, State};
use super::view::file_of;
use crate::net::{self, Client, Fetched};
use crate::trust::names::{TIMESTAMP_FILE, root_file, url};
use crate::trust::refresh::{Outcome, RoleResult};
use crate::trust::{
    Answer, Digest, Kind, Limits, Refresh, Refusal, Request, TargetFile, TargetPath, TrustedSet, Wanted,
};

/// For how long one command may go on asking, all requests together.
const BUDGET: Duration = Duration::from_secs(300);

/// What is asked, on whose behalf.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The state folder.
    pub state: &'a State,
    /// The right to change it.
    pub lock: &'a Lock,
    /// The server.
    pub client: &'a Client,
    /// Whether a root made for development is accepted.
    pub development: bool,
    /// The present time.
    pub now: Timestamp,
}

/// What stopped a fetch.
#[derive(Debug)]
pub enum Stop {
    /// Something on this machine.
    Failed(Error),
    /// The server could not be asked, for reasons that say nothing of what it publishes.
    NotReached(net::Error),
    /// What it offered was refused.
    Refused(Box<Trouble>),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// One attempt at fetching what belongs together.
pub struct Fetcher<'a> {
    asking: Asking<'a>,
    deadline: Instant,
    /// The timestamp that the server gave.
    timestamp: Option<Vec<u8>>,
    /// Its entity tag, if the server gave one.
    etag: Option<String>,
    /// Packs and deltas.
    shortcuts: Shortcuts,
    /// The tag of a timestamp that is here, by its digest.
    known: Option<(Digest, String)>,
    /// What the last request that failed failed by.
    failure: Option<net::Error>,
}

impl<'a> Fetcher<'a> {
    /// A first attempt.
    #[must_use]
    pub fn new(asking: Asking<'a>) -> Self {
        let deadline = Instant::now() + BUDGET;
        let shortcuts = Shortcuts::default();
        Self { asking, deadline, timestamp: None, etag: None, shortcuts, known: None, failure: None }
    }

    /// The same attempt, which saves a transfer where the timestamp is still the one that is kept.
    #[must_use]
    pub fn knowing(self, kept: Option<&Kept>) -> Self {
        let known =
            kept.and_then(|kept| Some((Digest::of(&kept.set.timestamp()?.bytes), kept.memory.etag.clone()?)));
        Self { known, ..self }
    }

    /// The tag of the timestamp that the server gave.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    /// Another attempt within the same budget.
    #[must_use]
    pub fn again(self) -> Self {
        Self { timestamp: None, etag: None, failure: None, ..self }
    }

    /// Refreshes the metadata, and keeps what was verified as the floor of the next time. A role that was
    /// refused is among the results; the others are in the set.
    ///
    /// # Errors
    /// The state folder, the way to the server, and a refusal that ends the refresh.
    pub fn refresh(&mut self, roles: &[&str], wanted: Wanted) -> Result<(TrustedSet, Vec<RoleResult>), Stop> {
        let Asking { state, lock, now, .. } = self.asking;
        let local = state.local(roles)?;
        let known = local.timestamp.clone();
        self.shortcuts = Shortcuts::of(&local);
        let lost =
            |refusal| Error::RootLost { folder: state.folder().to_owned(), refusal: Box::new(refusal) };
        let mut refresh = Refresh::new(local, wanted, now, Limits::default()).map_err(lost)?;
        while let Some(request) = refresh.next_request() {
            let shortcut = self.shortcuts.to(refresh.set(), &request);
            let short = shortcut.and_then(|shortcut| self.take(&request, &shortcut));
            let answer = short.unwrap_or_else(|| self.ask(&request, known.as_deref()));
            refresh.supply(answer);
            self.check_development(refresh.set())?;
            state.apply(lock, &refresh.take_writes())?;
        }
        let Outcome { set, roles, writes, failure } = refresh.finish();
        state.apply(lock, &writes)?;
        match failure {
            Some(refusal) => Err(self.stop(&set, &refusal)),
            None => Ok((set, roles)),
        }
    }

    /// A refusal as what it is: of the server's offer, or of the way to it.
    pub fn stop(&mut self, set: &TrustedSet, refusal: &Refusal) -> Stop {
        if let (Kind::Unavailable { .. }, Some(failure)) = (&refusal.kind, self.failure.take())
            && !matches!(failure, net::Error::TooLarge { .. })
        {
            return Stop::NotReached(failure);
        }
        let file = match (&refusal.kind, refusal.role.as_str()) {
            (Kind::NotFound { file } | Kind::Unavailable { file, .. }, _) => file.clone(),
            (Kind::Expired { .. }, "root") => root_file(set.root().metadata.header.version),
            (_, "root") => root_file(set.root().metadata.header.version.saturating_add(1)),
            (_, role) => file_of(set, role),
        };
        Stop::Refused(Box::new(Trouble::refused(refusal, file)))
    }

    fn check_development(&self, set: &TrustedSet) -> Result<(), Stop> {
        let root = &set.root().metadata;
        if self.asking.development || !root.is_development() {
            return Ok(());
        }
        let server = self.asking.client.server().to_string();
        Err(Stop::Refused(Box::new(Trouble::development(&server, root.header.version))))
    }

    /// The answer by a short way; `None`: the longer one is to be taken.
    fn take(&mut self, request: &Request, shortcut: &Shortcut) -> Option<Answer> {
        let limit = u64::try_from(bounds(request).packed_bytes).unwrap_or(u64::MAX);
        match self.get(&format!("tuf/{}", url(&shortcut.path)), limit, None) {
            Ok(Fetched::Bytes { bytes, .. }) => {
                self.shortcuts.take(request, shortcut, &bytes).map(Answer::Bytes)
            }
            Ok(Fetched::Unchanged) | Err(_) => None,
        }
    }

    fn ask(&mut self, request: &Request, known: Option<&[u8]>) -> Answer {
        let is_timestamp = request.file == TIMESTAMP_FILE;
        let etag = self
            .known
            .as_ref()
            .filter(|(digest, _)| is_timestamp && known.is_some_and(|known| Digest::of(known) == *digest));
        let etag = etag.map(|(_, etag)| etag.clone());
        let limit = u64::try_from(request.max_bytes).unwrap_or(u64::MAX);
        let bytes = match self.get(&format!("tuf/metadata/{}", request.file), limit, etag.as_deref()) {
            Ok(Fetched::Unchanged) => {
                self.etag = etag;
                known.unwrap_or_default().to_vec()
            }
            Ok(Fetched::Bytes { bytes, etag }) => {
                if is_timestamp {
                    self.etag = etag;
                }
                bytes
            }
            // Buckets say 403 for what is not there.
            Err(net::Error::Status { status: 403 | 404 | 410, .. }) => return Answer::NotFound,
            Err(error) => {
                let reason = error.to_string();
                self.failure = Some(error);
                return Answer::Failed(reason);
            }
        };
        if is_timestamp {
            self.timestamp = Some(bytes.clone());
        }
        Answer::Bytes(bytes)
    }

    fn get(&self, path: &str, limit_bytes: u64, etag: Option<&str>) -> Result<Fetched, net::Error> {
        if Instant::now() >= self.deadline {
            let url = self.asking.client.server().join(path);
            return Err(net::Error::TimedOut { url, step: "the whole refresh".to_owned() });
        }
        self.asking.client.get(path, limit_bytes, etag)
    }

    /// Whether the server has another timestamp, or a newer root, than this attempt saw.
    #[must_use]
    pub fn has_changed_underneath(&self) -> bool {
        let limits = Limits::default();
        let fetch = |file: &str, limit: usize| {
            let limit = u64::try_from(limit).unwrap_or(0);
            match self.get(&format!("tuf/metadata/{file}"), limit, None) {
                Ok(Fetched::Bytes { bytes, .. }) => Some(bytes),
                Ok(Fetched::Unchanged) | Err(_) => None,
            }
        };
        let timestamp = fetch(TIMESTAMP_FILE, limits.timestamp_bytes);
        if timestamp.is_some() && timestamp != self.timestamp {
            return true;
        }
        let local = self.asking.state.local(&[]).ok();
        let set = local.and_then(|local| TrustedSet::new(&local.root, self.asking.now, limits.clone()).ok());
        let next = set.map(|set| set.root().metadata.header.version.saturating_add(1));
        next.is_some_and(|next| fetch(&root_file(next), limits.root_bytes).is_some())
    }

    /// A document, as it was signed.
    ///
    /// # Errors
    /// The way to the server; a file that is not there, or is another than was signed.
    pub fn document(
        &mut self,
        set: &TrustedSet,
        role: &str,
        path: &TargetPath,
        file: &TargetFile,
    ) -> Result<Vec<u8>, Stop> {
        if let Some(bytes) = self.shortcuts.document(path, file) {
            return Ok(bytes.to_vec());
        }
        let name = path.file(&file.sha256, set.root().metadata.consistent_snapshot);
        let refuse = |code: &str, reason: &str| {
            Stop::Refused(Box::new(Trouble::document(role, path.as_str(), code, reason)))
        };
        match self.get(&format!("tuf/targets/{}", url(&name)), file.length, None) {
            Ok(Fetched::Bytes { bytes, .. }) => match file.check(&bytes) {
                Ok(()) => Ok(bytes),
                Err(mismatch) => Err(refuse("changed", &Kind::from(mismatch).to_string())),
            },
            Ok(Fetched::Unchanged) | Err(net::Error::Status { status: 403 | 404 | 410, .. }) => {
                Err(refuse("missing", "the server has no such file"))
            }
            Err(net::Error::TooLarge { limit_bytes, .. }) => {
                Err(refuse("changed", &format!("has more than the {limit_bytes} bytes that were signed")))
            }
            Err(error) => Err(Stop::NotReached(error)),
        }
    }
}
