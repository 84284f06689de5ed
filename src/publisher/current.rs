//! What is published now, fetched from the server or a mirror and checked before anything is built on it.
//!
//! Whoever runs the server must not be able to slip a document into what a publisher signs. So the current
//! role counts only where it bears a signature by a key that the publisher itself names: one of those that
//! sign now, or a `--trusted-key`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use super::Error;
use crate::json::Value;
use crate::model::Id;
use crate::net::{self, Client, Fetched, ServerUrl, Token};
use crate::repository::author::{self, Current};
use crate::repository::{MAX_DOCUMENT_BYTES, documents_of};
use crate::trust::{
    Digest, Envelope, Limits, PublicKey, RoleKeys, Signed, TargetPath, Targets, Timestamp, names,
};

/// Where signed files come from.
pub(super) enum Origin {
    Server(Box<Client>),
    Mirror(PathBuf),
}

/// A client of the server, with the publisher's token where the environment has one.
pub(super) fn client(server: &str) -> Result<Client, Error> {
    let client = Client::new(ServerUrl::parse(server)?, crate::net::Limits::default())?;
    Ok(client.with_token(Token::from_environment()?))
}

/// The server that was named, or what to do where none was.
pub(super) fn server(server: Option<&str>) -> Result<Client, Error> {
    let server = server
        .ok_or_else(|| Error::Usage("no server: give --server URL, or set HOTFIX_SERVER".to_owned()))?;
    client(server)
}

impl Origin {
    /// The bytes of a file of the repository, by its path below `/tuf/`; `None` where there is none.
    fn fetch(&self, path: &str, limit_bytes: u64) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Self::Server(client) => {
                match client.get(&format!("/tuf/{}", names::url(path)), limit_bytes, None) {
                    Ok(Fetched::Bytes { bytes, .. }) => Ok(Some(bytes)),
                    Ok(Fetched::Unchanged) => Ok(None),
                    Err(error) if error.is_missing() => Ok(None),
                    Err(error) => Err(error.into()),
                }
            }
            Self::Mirror(folder) => {
                let file = folder.join(path);
                let mut bytes = Vec::new();
                match File::open(&file) {
                    Ok(reader) => {
                        reader.take(limit_bytes).read_to_end(&mut bytes).map_err(Error::file(&file))?;
                        Ok(Some(bytes))
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(Error::File { file, error }),
                }
            }
        }
    }

    fn need(&self, path: &str, limit_bytes: u64) -> Result<Vec<u8>, Error> {
        self.fetch(path, limit_bytes)?.ok_or_else(|| Error::Current(format!("{path} is not there")))
    }
}

fn bytes_limit(limit: usize) -> u64 {
    u64::try_from(limit).unwrap_or(u64::MAX)
}

/// The state of a product's role; `None` where nothing of it is published yet. With `trusted` empty the
/// signature is not asked for: enough to lint against, never to sign on.
pub(super) fn fetch(origin: &Origin, product: &Id, trusted: &[PublicKey]) -> Result<Option<Current>, Error> {
    let limits = Limits::default();
    let bad = |file: &str, error: &dyn std::fmt::Display| Error::Current(format!("{file}: {error}"));
    let timestamp = origin.need("metadata/timestamp.json", bytes_limit(limits.timestamp_bytes))?;
    let timestamp: Timestamp = read(&timestamp, &limits).map_err(|error| bad("timestamp.json", &error))?;
    let file = names::metadata_file("snapshot", timestamp.snapshot.version, true);
    let snapshot = origin.need(&format!("metadata/{file}"), bytes_limit(limits.snapshot_bytes))?;
    let snapshot: crate::trust::Snapshot = read(&snapshot, &limits).map_err(|error| bad(&file, &error))?;
    let Some(meta) = snapshot.meta.get(product.as_str()) else { return Ok(None) };
    let file = names::metadata_file(product.as_str(), meta.version, true);
    let bytes = origin.need(&format!("metadata/{file}"), bytes_limit(limits.role_bytes))?;
    let envelope = Envelope::parse(&bytes, &limits).map_err(|error| bad(&file, &error))?;
    if !trusted.is_empty() {
        let keys: BTreeMap<_, _> = trusted.iter().map(|key| (key.id(), key.clone())).collect();
        if !(RoleKeys { keys, threshold: 1 }).check(&envelope).enough() {
            return Err(Error::Current(format!(
                "{file}: bears no signature by a key that you named, so nothing is built on it\n  \
                 Give --trusted-key with the public key of a fellow publisher who signed it, if there is one."
            )));
        }
    }
    let targets = Targets::from_value(envelope.into_signed(), &limits).map_err(|error| bad(&file, &error))?;
    let documents = documents(origin, product, &targets)?;
    let current = Current { targets, digest: Digest::of(&bytes), documents };
    author::check_current(&current)?;
    Ok(Some(current))
}

fn read<T: Signed>(bytes: &[u8], limits: &Limits) -> Result<T, crate::trust::Malformed> {
    Envelope::parse(bytes, limits).and_then(|envelope| T::from_value(envelope.into_signed(), limits))
}

fn documents(
    origin: &Origin,
    product: &Id,
    targets: &Targets,
) -> Result<BTreeMap<TargetPath, Arc<[u8]>>, Error> {
    let mut documents = BTreeMap::new();
    for (path, file) in documents_of(product, targets) {
        let name = format!("targets/{}", path.file(&file.sha256, true));
        let bytes = origin.need(&name, MAX_DOCUMENT_BYTES)?;
        if file.check(&bytes).is_err() {
            return Err(Error::Current(format!("{name}: is not the document that was signed")));
        }
        documents.insert(path.clone(), Arc::from(bytes));
    }
    Ok(documents)
}

/// How the roles of a server stand, by its own word; nothing where it does not say.
fn standing(client: &Client) -> Result<Vec<Value>, Error> {
    match client.get_json("/api/v1/roles") {
        Ok(roles) => Ok(roles.get("items").and_then(Value::as_list).unwrap_or_default().to_vec()),
        // A mirror, or an older server.
        Err(net::Error::Status { .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// The highest version that a server says it ever issued of a role.
pub(super) fn issued(client: &Client, role: &Id) -> Result<Option<u64>, Error> {
    let items = standing(client)?;
    let item = items.iter().find(|item| item.get("role").and_then(Value::as_text) == Some(role.as_str()));
    Ok(item.and_then(|item| u64::try_from(item.get("issued")?.as_int()?).ok()))
}

/// What to do about each role of which a server lost a version.
pub(super) fn lost(client: &Client) -> Result<Vec<String>, Error> {
    let sentence = |item: &Value| Some(net::harmless(item.get("lost")?.as_text()?));
    Ok(standing(client)?.iter().filter_map(sentence).collect())
}

/// The product that documents belong to, where they all say the same.
pub(super) fn product_of<'v>(documents: impl Iterator<Item = &'v Value>) -> Result<Id, Error> {
    let mut product: Option<Id> = None;
    for document in documents {
        let is_product = document.get("schema").and_then(Value::as_text) == Some("hotfixd/product/1");
        let field = if is_product { "id" } else { "product" };
        let found = document.get(field).and_then(Value::as_text).and_then(Id::new);
        match (&product, found) {
            (Some(one), Some(other)) if *one != other => {
                return Err(Error::Usage(format!(
                    "documents of two products, {one} and {other}: sign them apart"
                )));
            }
            (None, Some(found)) => product = Some(found),
            _ => {}
        }
    }
    product.ok_or_else(|| Error::Usage("no document says which product it belongs to".to_owned()))
}
