//! Development keys: one of each, and as many of a publisher as its sample wants, made at the first start.

use std::collections::BTreeMap;
use std::path::Path;

use super::samples::Sample;
use crate::durable::{self, Access};
use crate::release::{OnlineKeys, ReleaseError, read_key};
use crate::server::run::ServeError;
use crate::trust::{KeyError, PrivateKey};

/// Every key there is.
#[derive(Debug)]
pub(super) struct DevelopmentKeys {
    pub(super) root: PrivateKey,
    pub(super) targets: PrivateKey,
    snapshot: PrivateKey,
    timestamp: PrivateKey,
    pub(super) holds: PrivateKey,
    /// By product: its publisher's keys, and how many of them have to sign.
    pub(super) publishers: BTreeMap<&'static str, (Vec<PrivateKey>, usize)>,
}

impl DevelopmentKeys {
    /// Reads the keys of a folder, and makes those that are not there.
    pub(super) fn ensure(folder: &Path, samples: &[Sample]) -> Result<Self, ServeError> {
        durable::folder(folder)?;
        let key = |name: &str| ensure(folder, name);
        let publisher = |sample: &Sample| {
            let names = (1..=sample.keys).map(|number| match number {
                1 => format!("publisher-{}", sample.product),
                _ => format!("publisher-{}-{number}", sample.product),
            });
            let keys = names.map(|name| key(&name)).collect::<Result<_, ServeError>>()?;
            Ok::<_, ServeError>((sample.product, (keys, sample.threshold)))
        };
        Ok(Self {
            root: key("root")?,
            targets: key("targets")?,
            snapshot: key("snapshot")?,
            timestamp: key("timestamp")?,
            holds: key("holds")?,
            publishers: samples.iter().map(publisher).collect::<Result<_, _>>()?,
        })
    }

    /// As many keys of a product's publisher as have to sign.
    pub(super) fn signers(&self, product: &str) -> &[PrivateKey] {
        let keys = self.publishers.get(product);
        keys.and_then(|(keys, threshold)| keys.get(..*threshold)).unwrap_or_default()
    }

    /// Those that a server has.
    pub(super) fn online(&self) -> OnlineKeys {
        OnlineKeys {
            snapshot: self.snapshot.clone(),
            timestamp: self.timestamp.clone(),
            holds: self.holds.clone(),
        }
    }
}

/// The private half first: the public one can be made from it at any time.
fn ensure(folder: &Path, name: &str) -> Result<PrivateKey, ServeError> {
    let path = folder.join(format!("{name}.pem"));
    let bad = |error: KeyError| ServeError::Demo(format!("{}: {error}", path.display()));
    let key = if path.exists() {
        read_key(&path).map_err(ReleaseError::from)?
    } else {
        let key = PrivateKey::generate().map_err(bad)?;
        durable::write(&path, key.to_pem().map_err(bad)?.as_bytes(), Access::Owner)?;
        key
    };
    let public = folder.join(format!("{name}.pub.pem"));
    let text = key.public().to_pem().map_err(bad)?;
    if std::fs::read(&public).ok().as_deref() != Some(text.as_bytes()) {
        durable::write(&public, text.as_bytes(), Access::Everybody)?;
    }
    Ok(key)
}
