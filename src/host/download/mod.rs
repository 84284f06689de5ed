//! `hotfix download`: the files of hotfixes, from the server or else from their mirrors, each held to the length
//! and SHA-256 that its publisher signed.
//!
//! What a file is, only verified metadata says; where it comes from does not matter. It has its name once it is
//! whole and verified. What came before that is kept beside it, and the next run carries on from there.

mod args;
mod file;
mod part;
mod progress;
mod wanted;

pub use args::DownloadArgs;
pub use file::Got;

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use super::check::{self, Check};
use super::collect::Machine;
use super::kept::Kept;
use super::poll::Polled;
use super::standing::standing;
use super::state::State;
use super::{Error, view::View};
use crate::model::Id;
use crate::net::{self, Client};

/// What is to be downloaded.
#[derive(Debug, Clone)]
pub struct Download {
    /// The hotfixes, by id or UUID.
    pub hotfixes: Vec<Id>,
    /// The folder that the files go to.
    pub to: PathBuf,
    /// The product.
    pub product: Option<Id>,
    /// For how long after its expiry metadata is accepted.
    pub allow_stale: Option<SignedDuration>,
    /// This machine, where nobody says which product it is.
    pub machine: Machine,
}

/// What came of it.
#[derive(Debug)]
pub struct Downloaded {
    /// The files.
    pub files: Vec<Got>,
    /// Why the server was not asked for its newest metadata, where it was not.
    pub not_reached: Option<net::Error>,
}

/// Asks for the newest metadata, then downloads every file that is not here yet.
///
/// # Errors
/// Metadata that is refused or expired; a hotfix that is not known, withdrawn, or of unknown files; a file that
/// could not be had from anywhere, or not be written.
pub fn download(state: &State, what: &Download, now: Timestamp) -> Result<Downloaded, Error> {
    let settings = state.settings()?;
    let ask = Check {
        inventory: None,
        advisories: Vec::new(),
        security: false,
        offline: false,
        whole: true,
        witness: None,
        allow_stale: what.allow_stale,
        host_id: None,
        product: what.product.clone(),
        machine: what.machine.clone(),
    };
    let known = check::product(state, &ask, &settings, None)?;
    let (product, kept, polled) = check::online(state, &ask, &settings, known, now)?;
    let (view, not_reached): (Box<View>, _) = match polled {
        Polled::Taken(view) => (view, None),
        Polled::Refused(trouble) => return Err(Error::Refused(trouble)),
        Polled::NotReached(error) => match kept.and_then(Kept::into_view) {
            Some(before) => (Box::new(before), Some(error)),
            None => return Err(error.into()),
        },
    };
    if let Some(trouble) = standing(&view, now).filter(|trouble| !trouble.is_allowed(what.allow_stale, now)) {
        return Err(Error::Refused(Box::new(trouble)));
    }
    // All of them are looked up before the first byte is asked for.
    let mut files = Vec::new();
    for name in &what.hotfixes {
        files.extend(wanted::of(&view, &product, name)?);
    }
    let unwritable = |error: std::io::Error| Error::File { path: what.to.clone(), reason: error.to_string() };
    std::fs::create_dir_all(&what.to).map_err(unwritable)?;
    let client = Client::new(settings.server, net::Limits::default())?;
    let got = files.iter().map(|wanted| file::fetch(&client, wanted, &what.to)).collect::<Result<_, _>>()?;
    Ok(Downloaded { files: got, not_reached })
}
