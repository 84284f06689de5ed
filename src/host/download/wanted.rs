//! Which files a hotfix has, by verified metadata alone.

use crate::host::Error;
use crate::host::standing::Trouble;
use crate::host::view::View;
use crate::model::hotfix::Payload;
use crate::model::{Hotfix, Id, suggest};
use crate::repository::Place;
use crate::trust::{Digest, TargetPath};

/// A file that is wanted.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The hotfix.
    pub(super) hotfix: Id,
    /// Its name: an id, so that it is never a path.
    pub(super) file: Id,
    /// Its path below the server's targets folder, where the server has it.
    pub(super) served: Option<String>,
    /// Its length.
    pub(super) length: u64,
    /// Its SHA-256.
    pub(super) sha256: Digest,
    /// Where else it can be had, in order.
    pub(super) mirrors: Vec<String>,
}

/// The files of a hotfix.
pub(super) fn of(view: &View, product: &Id, name: &Id) -> Result<Vec<Wanted>, Error> {
    let catalogue = &view.catalogue;
    let Some(hotfix) = catalogue.find_hotfix(name.as_str()) else {
        let near = suggest(name.as_str(), catalogue.hotfixes().keys().map(Id::as_str)).map(str::to_owned);
        return Err(Error::NoSuchHotfix { product: product.clone(), id: name.clone(), near });
    };
    if let Some(withdrawn) = &hotfix.withdrawn {
        return Err(Error::Withdrawn {
            hotfix: hotfix.id.clone(),
            reason: withdrawn.reason.clone(),
            replaced_by: withdrawn.replaced_by.clone(),
        });
    }
    let unknown = || Error::FilesUnknown { hotfix: hotfix.id.clone(), what: "its files".to_owned() };
    let payloads = hotfix.payloads.as_ref().ok_or_else(unknown)?;
    payloads.iter().map(|payload| file(view, product, hotfix, payload)).collect()
}

fn file(view: &View, product: &Id, hotfix: &Hotfix, payload: &Payload) -> Result<Wanted, Error> {
    let place = Id::new(view.catalogue.line(hotfix)).map(|line| Place::Payload {
        product: product.clone(),
        line,
        id: hotfix.id.clone(),
        file: payload.file.clone(),
    });
    let path = place.and_then(|place| TargetPath::try_from(place.to_string()).ok());
    let role = view.set.role(product.as_str()).map(|role| &role.metadata);
    let signed = path.as_ref().and_then(|path| Some((path, role?.targets.get(path)?)));
    let stated = (
        payload.bytes.and_then(|bytes| u64::try_from(bytes).ok()),
        payload.sha256.as_deref().and_then(|text| text.parse::<Digest>().ok()),
    );
    let (length, sha256) = match (signed, stated) {
        (Some((path, target)), stated) => {
            let differs = stated.0.is_some_and(|bytes| bytes != target.length)
                || stated.1.is_some_and(|sha256| sha256 != target.sha256);
            if differs {
                let reason = format!("is another file than {} says", hotfix.id);
                let trouble = Trouble::document(product.as_str(), path.as_str(), "changed", &reason);
                return Err(Error::Refused(Box::new(trouble)));
            }
            (target.length, target.sha256)
        }
        (None, (Some(length), Some(sha256))) => (length, sha256),
        (None, _) => {
            let (hotfix, what) = (hotfix.id.clone(), payload.file.to_string());
            return Err(Error::FilesUnknown { hotfix, what });
        }
    };
    let consistent = view.set.root().metadata.consistent_snapshot;
    Ok(Wanted {
        hotfix: hotfix.id.clone(),
        file: payload.file.clone(),
        served: signed.map(|(path, target)| path.file(&target.sha256, consistent)),
        length,
        sha256,
        mirrors: payload.mirrors.clone(),
    })
}
