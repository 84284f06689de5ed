//! One file: from the first source that gives it, carried on where it ended.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::part::{CHUNK_BYTES, Part, digest_of};
use super::progress::Progress;
use super::wanted::Wanted;
use crate::host::Error;
use crate::model::Id;
use crate::net::{self, Client, harmless};
use crate::trust::names::url;

/// How often in a row a source may give nothing before the next is asked.
const STALLS: u32 = 3;
/// How often one source is asked in all.
const ATTEMPTS: u32 = 10_000;

/// A file that is here.
#[derive(Debug, Clone, Serialize)]
pub struct Got {
    /// The hotfix.
    pub hotfix: Id,
    /// The file's name.
    pub file: Id,
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// The address that it came from; `None`: it was here.
    pub source: Option<String>,
    /// How many bytes of it an earlier run had left.
    pub resumed_from: u64,
}

/// Why a source gave no file.
enum Failure {
    /// It may go on when it is asked again.
    Passing(String),
    /// It will not.
    Lasting(String),
    /// Something on this machine, which ends the download.
    Here(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Here(error)
    }
}

/// Puts a file into the folder, if it is not there.
pub(super) fn fetch(client: &Client, wanted: &Wanted, folder: &Path) -> Result<Got, Error> {
    let path = folder.join(wanted.file.as_str());
    let mut got = Got {
        hotfix: wanted.hotfix.clone(),
        file: wanted.file.clone(),
        bytes: wanted.length,
        sha256: wanted.sha256.to_string(),
        source: None,
        resumed_from: 0,
        path: path.clone(),
    };
    match digest_of(&path)? {
        Some(found) if found == wanted.sha256 => return Ok(got),
        Some(_) => return Err(Error::Occupied { path }),
        None => {}
    }
    let mut part = Part::open(wanted, folder)?;
    got.resumed_from = part.have;
    let mut progress = Progress::new(wanted.file.as_str(), wanted.length);
    let mut tried = Vec::new();
    for source in sources(client, wanted) {
        let (address, result) = match source {
            Ok((client, path)) => {
                (client.server().join(&path), from_source(&client, &path, wanted, &mut part, &mut progress))
            }
            Err((address, error)) => (address, Err(Failure::Lasting(error.to_string()))),
        };
        match result {
            Ok(()) => {
                part.finish(&path)?;
                got.source = Some(address);
                return Ok(got);
            }
            Err(Failure::Here(error)) => return Err(error),
            Err(Failure::Passing(reason) | Failure::Lasting(reason)) => {
                let named = reason.starts_with(&address);
                tried.push(harmless(&if named { reason } else { format!("{address}: {reason}") }));
            }
        }
    }
    if tried.is_empty() {
        tried.push("neither the server nor a mirror has it".to_owned());
    }
    Err(Error::NotDownloaded { file: wanted.file.to_string(), tried })
}

type Source = Result<(Client, String), (String, net::Error)>;

/// The server first, then the mirrors in the order in which the publisher lists them.
fn sources<'w>(client: &'w Client, wanted: &'w Wanted) -> impl Iterator<Item = Source> + use<'w> {
    let own = wanted.served.iter().map(|name| Ok((client.clone(), format!("tuf/targets/{}", url(name)))));
    let mirror = |address: &String| {
        Client::of_file(address, net::Limits::default()).map_err(|error| (address.clone(), error))
    };
    own.chain(wanted.mirrors.iter().map(mirror))
}

/// Takes what is missing from a source, until the file is whole and the one that was signed.
fn from_source(
    client: &Client,
    path: &str,
    wanted: &Wanted,
    part: &mut Part,
    progress: &mut Progress,
) -> Result<(), Failure> {
    // Whether all that is here came from this source: only then it is to blame for a wrong hash.
    let mut own = part.have == 0;
    let mut stalls = 0;
    for _ in 0..ATTEMPTS {
        if part.have == wanted.length {
            let found = part.digest();
            if found == wanted.sha256 {
                return Ok(());
            }
            part.clear()?;
            if own {
                let text = format!("its SHA-256 is {found}, where {} was signed", wanted.sha256);
                return Err(Failure::Lasting(text));
            }
            own = true;
        }
        let before = part.have;
        let error = match attempt(client, path, wanted, (&mut *part, &mut own), progress) {
            Ok(()) if part.have == wanted.length => continue,
            Ok(()) => format!("broke off after {} of {} bytes", part.have, wanted.length),
            Err(Failure::Passing(error)) => error,
            Err(error) => return Err(error),
        };
        stalls = if part.have > before { 0 } else { stalls + 1 };
        if stalls == STALLS {
            return Err(Failure::Passing(error));
        }
    }
    Err(Failure::Passing(format!("broke off {ATTEMPTS} times")))
}

/// One request.
fn attempt(
    client: &Client,
    path: &str,
    wanted: &Wanted,
    (part, own): (&mut Part, &mut bool),
    progress: &mut Progress,
) -> Result<(), Failure> {
    let mut stream = match client.stream(path, part.have, wanted.length) {
        Ok(stream) => stream,
        Err(error) => {
            // What is here may not be the beginning of what is there.
            if matches!(error, net::Error::Status { status: 416, .. }) {
                part.clear()?;
                *own = true;
            }
            return Err(failure(&error));
        }
    };
    if stream.from != part.have {
        part.clear()?;
        *own = true;
    }
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        progress.show(part.have);
        let count = stream.read(&mut chunk).map_err(|error| failure(&error))?;
        let bytes = chunk.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(());
        }
        if u64::try_from(count).unwrap_or(u64::MAX) > wanted.length.saturating_sub(part.have) {
            part.clear()?;
            *own = true;
            return Err(Failure::Lasting(format!(
                "sends more than the {} bytes that were signed",
                wanted.length
            )));
        }
        part.add(bytes)?;
    }
}

/// A failure of a source: an answer that says no stays so, a line that broke may hold the next time.
fn failure(error: &net::Error) -> Failure {
    let passing = match error {
        net::Error::Status { status, .. } => *status >= 500 || matches!(status, 408 | 416 | 429),
        net::Error::Unreachable { .. } | net::Error::TimedOut { .. } | net::Error::TooSlow { .. } => true,
        _ => false,
    };
    if passing { Failure::Passing(error.to_string()) } else { Failure::Lasting(error.to_string()) }
}
