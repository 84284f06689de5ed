//! A server's data and keys, founded in this process with generated products: as many documents as wanted, released
//! like any publisher's.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hotfixd::model::Source;
use hotfixd::release::{Founding, OnlineKeys, Releases, SigningLock, bootstrap};
use hotfixd::repository::author::submission;
use hotfixd::repository::{HOLDS_ROLE, delegated_paths};
use hotfixd::store::{HighWaterMark, Store, StoreSettings};
use hotfixd::trust::{Delegations, PrivateKey, Root, Targets, TopRole, author};
use jiff::{SignedDuration, Timestamp};

use crate::bench::{Bench, write};
use crate::catalogue::Generated;
use crate::failure::Result;

/// A folder with `data` and `keys` for [`crate::service::Service::start`], which has these products released.
pub(crate) fn founded(bench: &Bench, name: &str, products: &[Generated]) -> Result<PathBuf> {
    let folder = bench.fresh(name)?;
    let (data, keys) = (folder.join("data"), folder.join("keys"));
    let now = Timestamp::now();
    let own = PrivateKey::generate()?;
    let online = online(&keys)?;
    let store = Arc::new(Store::open(StoreSettings::in_folder(data.clone()))?);
    let lock = SigningLock::acquire(&data)?;
    let mut mark = HighWaterMark::open(&keys)?;
    bootstrap(&store, &lock, &online, &mut mark, founding(&own, &online, products, now)?, now)?;
    let releases = Releases::open(store, lock, online, mark, now)?;
    for product in products {
        publish(&releases, product, &product.documents()?, &own, now)?;
    }
    Ok(folder)
}

/// Keys of the three roles that a server signs for, in a folder.
fn online(folder: &Path) -> Result<OnlineKeys> {
    for role in ["snapshot", "timestamp", "holds"] {
        write(&folder.join(format!("{role}.pem")), PrivateKey::generate()?.to_pem()?.as_bytes())?;
    }
    Ok(OnlineKeys::load(folder)?)
}

/// A root, and targets that delegate to the holds and to each product; one key signs all that is signed offline.
fn founding(
    own: &PrivateKey,
    online: &OnlineKeys,
    products: &[Generated],
    now: Timestamp,
) -> Result<Founding> {
    let expires = later(now, 90)?;
    let mut root = Root::new(1, expires);
    root.set_development(true);
    let roles = [
        (TopRole::Root, own.public()),
        (TopRole::Targets, own.public()),
        (TopRole::Snapshot, online.snapshot.public()),
        (TopRole::Timestamp, online.timestamp.public()),
    ];
    for (role, key) in roles {
        root.set_role(role, &[key], 1);
    }
    let mut delegations = Delegations::default();
    let holds = format!("{HOLDS_ROLE}/*/*");
    delegations.set_role(HOLDS_ROLE, &[online.holds.public()], 1, true, &[&holds]);
    for product in products {
        let paths = delegated_paths(&product.product);
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        delegations.set_role(product.product.as_str(), &[own.public()], 1, true, &paths);
    }
    let targets = Targets { delegations: Some(delegations), ..Targets::new(1, expires) };
    Ok(Founding {
        root: author::root(&root, &[own])?.to_bytes(),
        targets: author::targets(&targets, &[own])?.to_bytes(),
    })
}

fn publish(
    releases: &Releases,
    product: &Generated,
    documents: &[Source],
    key: &PrivateKey,
    now: Timestamp,
) -> Result<()> {
    let made = submission(&product.product, None, documents, later(now, 80)?, std::slice::from_ref(key))?;
    let view = releases.submit(&made.to_bytes(), "bench", now)?;
    releases.release(&view.id, None, "bench", now)?;
    Ok(())
}

fn later(now: Timestamp, days: i64) -> Result<Timestamp> {
    let at = now.checked_add(SignedDuration::from_hours(24 * days))?;
    Ok(Timestamp::from_second(at.as_second())?)
}
