//! Which product this machine is, by what the products' own documents say.

use super::Error;
use super::collect::Machine;
use super::fetch::{Asking, Fetcher, Stop};
use super::kept::Kept;
use super::poll::delegated;
use super::state::State;
use crate::model::{Id, Mode, Product, Source};
use crate::trust::{TargetPath, TrustedSet, Wanted};

/// The product of this machine by the documents that are here.
///
/// # Errors
/// A state folder that cannot be read.
pub fn local(state: &State, machine: &Machine) -> Result<Option<Id>, Error> {
    for product in state.products() {
        let Some(mut kept) = Kept::open_to_read(state, &product)? else { continue };
        if kept.product_document().is_some_and(|document| machine.is(&document)) {
            return Ok(Some(product));
        }
    }
    Ok(None)
}

/// The product of this machine by the documents that the server has.
///
/// # Errors
/// The way to the server, what it offers, and that no product says that this machine is one.
pub fn remote(asking: Asking<'_>, machine: &Machine) -> Result<Id, Error> {
    search(asking, machine).map_err(|stop| match stop {
        Stop::Failed(error) => error,
        Stop::NotReached(error) => Error::Net(error),
        Stop::Refused(trouble) => Error::Refused(trouble),
    })
}

fn search(asking: Asking<'_>, machine: &Machine) -> Result<Id, Stop> {
    let mut fetcher = Fetcher::new(asking);
    // A publisher that is stale does not keep the others from being asked.
    let (set, _) = fetcher.refresh(&[], Wanted::Roles(Box::new(|_| true)))?;
    let known = delegated(&set);
    for name in &known {
        if let Some(product) = document(&mut fetcher, &set, name)?
            && machine.is(&product)
        {
            return Ok(product.id);
        }
    }
    Err(Stop::Failed(Error::ProductUnknown { known }))
}

fn document(fetcher: &mut Fetcher<'_>, set: &TrustedSet, name: &str) -> Result<Option<Product>, Stop> {
    let Ok(path) = TargetPath::try_from(format!("{name}/product.json")) else { return Ok(None) };
    let Some(file) = set.role(name).and_then(|role| role.metadata.targets.get(&path)) else {
        return Ok(None);
    };
    let bytes = fetcher.document(set, name, &path, file)?;
    Ok(decoded(name, &path, &bytes))
}

/// The document of a product, if it is one of that name.
pub(super) fn decoded(name: &str, path: &TargetPath, bytes: &[u8]) -> Option<Product> {
    let source = Source::from_json(path.as_str(), bytes).ok()?;
    Product::decode(&source, Mode::Lenient).ok().filter(|product| product.id == *name)
}
