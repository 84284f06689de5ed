//! `hotfix init`: pins the root of trust, once.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::Error;
use super::state::{Settings, State};
use crate::model::Id;
use crate::net::{Client, Fetched, Limits as NetLimits, ServerUrl};
use crate::trust::names::root_file;
use crate::trust::{Digest, Limits, Root, TopRole, TrustedSet};

/// What to pin.
#[derive(Debug, Clone)]
pub struct Init<'a> {
    /// The server.
    pub server: &'a ServerUrl,
    /// How its root is known.
    pub anchor: Anchor<'a>,
    /// The product of this host.
    pub product: Option<&'a Id>,
    /// Whether a root made for development is accepted from a server that is not this machine.
    pub allow_development: bool,
    /// Whether another pin is replaced without asking.
    pub yes: bool,
}

/// How a root is known to be the right one.
#[derive(Debug, Clone, Copy)]
pub enum Anchor<'a> {
    /// It is in this file.
    File(&'a Path),
    /// Its SHA-256.
    Fingerprint(Digest),
    /// Whatever the server has, on loopback only.
    FirstUse,
}

/// What was pinned.
#[derive(Debug, Serialize)]
pub struct Pinned {
    /// `hotfixd/init/1`.
    pub schema: &'static str,
    /// The server.
    pub server: String,
    /// The SHA-256 of the root.
    pub sha256: String,
    /// Its version.
    pub version: u64,
    /// When it expires.
    pub expires: Timestamp,
    /// Whether it was made for development.
    pub development: bool,
    /// Who signs for the four roles.
    pub roles: Vec<PinnedRole>,
    /// The product of this host, where it was told.
    pub product: Option<Id>,
    /// The state folder.
    pub state: String,
    /// Whether this very pin was there before.
    pub unchanged: bool,
}

/// Who signs for a role.
#[derive(Debug, Serialize)]
pub struct PinnedRole {
    /// The role.
    pub name: &'static str,
    /// How many must sign.
    pub threshold: u64,
    /// The ids of its keys.
    pub keys: Vec<String>,
}

/// A root, and the SHA-256 of every root in the chain that leads to it.
struct Chain {
    newest: TrustedSet,
    digests: Vec<Digest>,
}

/// Pins a root of trust.
///
/// # Errors
/// A root that is not there, not the one that was meant, or not acceptable from this server; another pin that
/// may not be replaced; a state folder that cannot be written.
pub fn init(state: &State, init: &Init<'_>, now: Timestamp) -> Result<Pinned, Error> {
    let chain = match init.anchor {
        Anchor::File(file) => from_file(file, now)?,
        Anchor::Fingerprint(digest) => from_server(init.server, Some(digest), now)?,
        Anchor::FirstUse if init.server.is_loopback() => from_server(init.server, None, now)?,
        Anchor::FirstUse => return Err(Error::FirstUse { server: init.server.to_string() }),
    };
    let root = &chain.newest.root();
    let development = root.metadata.is_development();
    if development && !init.allow_development && !init.server.is_loopback() {
        let version = root.metadata.header.version;
        return Err(Error::Development { server: init.server.to_string(), version });
    }
    let lock = state.lock()?;
    let before = match state.settings() {
        Ok(settings) => Some(settings),
        Err(Error::NotInitialised { .. }) => None,
        Err(error) if !init.yes => return Err(error),
        Err(_) => None,
    };
    let unchanged = before.as_ref().is_some_and(|before| is_same(state, before, init.server, &chain));
    if let Some(before) = before.as_ref().filter(|_| !unchanged && !init.yes) {
        confirm(before)?;
    }
    let sha256 = Digest::of(&root.bytes).to_string();
    let told = |before: &Settings| before.product.clone().filter(|_| unchanged);
    let settings = Settings {
        server: init.server.clone(),
        product: init.product.cloned().or_else(|| before.as_ref().and_then(told)),
        allow_development: init.allow_development,
        pinned_sha256: sha256.clone(),
        pinned_at: now,
    };
    match before {
        Some(before) if unchanged => {
            let kept = Settings {
                pinned_sha256: before.pinned_sha256,
                pinned_at: before.pinned_at,
                ..settings.clone()
            };
            state.set_settings(&lock, &kept)?;
        }
        _ => state.pin(&lock, &settings, &root.bytes)?,
    }
    Ok(Pinned {
        schema: "hotfixd/init/1",
        server: init.server.to_string(),
        sha256,
        version: root.metadata.header.version,
        expires: root.metadata.header.expires,
        development,
        roles: roles(&root.metadata),
        product: settings.product,
        state: state.folder().display().to_string(),
        unchanged,
    })
}

fn roles(root: &Root) -> Vec<PinnedRole> {
    let one = |role: TopRole| {
        let keys = root.role_keys(role);
        PinnedRole {
            name: role.name(),
            threshold: keys.threshold,
            keys: keys.keys.keys().map(ToString::to_string).collect(),
        }
    };
    TopRole::ALL.into_iter().map(one).collect()
}

/// Whether the root that is trusted now is one of this chain.
fn is_same(state: &State, before: &Settings, server: &ServerUrl, chain: &Chain) -> bool {
    let trusted = state.local(&[]).map(|local| Digest::of(&local.root));
    before.server == *server && trusted.is_ok_and(|digest| chain.digests.contains(&digest))
}

/// Asks on a terminal whether another pin is to be replaced.
fn confirm(before: &Settings) -> Result<(), Error> {
    let pinned =
        || Error::Pinned { server: before.server.to_string(), pinned_sha256: before.pinned_sha256.clone() };
    let (stdin, mut stderr) = (std::io::stdin(), std::io::stderr());
    if !stdin.is_terminal() || !stderr.is_terminal() {
        return Err(pinned());
    }
    let _ = write!(stderr, "{}. Replace it? [y/N] ", pinned());
    let _ = stderr.flush();
    let mut answer = String::new();
    let read = stdin.lock().read_line(&mut answer);
    let yes = read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes");
    if yes { Ok(()) } else { Err(pinned()) }
}

fn from_file(file: &Path, now: Timestamp) -> Result<Chain, Error> {
    let limits = Limits::default();
    let unreadable =
        |error: std::io::Error| Error::StateRead { path: file.to_owned(), reason: error.to_string() };
    let mut bytes = Vec::new();
    let limit = u64::try_from(limits.root_bytes).unwrap_or(u64::MAX).saturating_add(1);
    let open = std::fs::File::open(file).map_err(unreadable)?;
    std::io::Read::read_to_end(&mut std::io::Read::take(open, limit), &mut bytes).map_err(unreadable)?;
    let newest = TrustedSet::new(&bytes, now, limits)
        .map_err(|refusal| Error::Root { file: file.display().to_string(), refusal: Box::new(refusal) })?;
    Ok(Chain { newest, digests: vec![Digest::of(&bytes)] })
}

/// Follows the server's roots from the first, or from the one with the fingerprint, to the newest.
fn from_server(server: &ServerUrl, fingerprint: Option<Digest>, now: Timestamp) -> Result<Chain, Error> {
    let client = Client::new(server.clone(), NetLimits::default())?;
    let limits = Limits::default();
    let limit_bytes = u64::try_from(limits.root_bytes).unwrap_or(u64::MAX);
    let mut newest: Option<TrustedSet> = None;
    let mut digests = Vec::new();
    for version in (1..).take(limits.roots) {
        let name = root_file(version);
        let file = format!("tuf/metadata/{name}");
        let bytes = match client.get(&file, limit_bytes, None) {
            Ok(Fetched::Bytes { bytes, .. }) => bytes,
            Ok(Fetched::Unchanged) => break,
            Err(error) if error.is_missing() && version > 1 => break,
            Err(error) => return Err(error.into()),
        };
        let refused = |refusal| Error::Root { file: server.join(&file), refusal: Box::new(refusal) };
        let digest = Digest::of(&bytes);
        match &mut newest {
            Some(set) => set.update_root(&bytes).map_err(refused)?,
            None if fingerprint.is_none_or(|wanted| wanted == digest) => {
                newest = Some(TrustedSet::new(&bytes, now, limits.clone()).map_err(refused)?);
            }
            // A root before the one that is meant proves nothing.
            None => continue,
        }
        digests.push(digest);
    }
    let missing = || Error::Fingerprint {
        server: server.to_string(),
        roots: u64::try_from(digests.len()).unwrap_or(u64::MAX),
        fingerprint: fingerprint.map(|digest| digest.to_string()).unwrap_or_default(),
    };
    newest.ok_or_else(missing).map(|newest| Chain { newest, digests: digests.clone() })
}
