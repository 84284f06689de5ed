//! What an inventory says that the catalogue does not know: kept, and listed by its place.

use super::assessment::Unrecognised;
use super::evaluate::of_type;
use crate::json::Pointer;
use crate::model::words::{Channel, FactType};
use crate::model::{Catalogue, Inventory};

/// Every place, in order, with why it is listed. `unknown` says of which names there is no hotfix.
pub(super) fn unrecognised(
    catalogue: &Catalogue,
    inventory: &Inventory,
    unknown: impl Fn(&str) -> bool,
) -> Vec<Unrecognised> {
    let product = catalogue.product();
    let mut out: Vec<Unrecognised> = Vec::new();
    let mut note = |pointer: Pointer, why: String| {
        out.push(Unrecognised { pointer: pointer.to_string(), why });
    };
    let root = Pointer::root();
    if inventory.product != product.id {
        note(root.at("product"), format!("the catalogue is of the product {}", product.id));
    }
    if let Channel::Other(_) = inventory.channel {
        note(root.at("channel"), "no channel of that name is known".to_owned());
    }
    let no_hotfix = || "no hotfix of that id or uuid is known".to_owned();
    for (index, name) in inventory.hotfixes.iter().flatten().enumerate() {
        if unknown(name) {
            note(root.at("hotfixes").at(index), no_hotfix());
        }
    }
    for (index, pending) in inventory.pending.iter().enumerate() {
        if unknown(&pending.hotfix) {
            note(root.at("pending").at(index).at("hotfix"), no_hotfix());
        }
    }
    for name in inventory.features.keys() {
        if product.feature(name).is_none() {
            note(root.at("features").at(name), "no feature of that id is known".to_owned());
        }
    }
    for (name, value) in &inventory.facts {
        match product.fact(name).map(|fact| &fact.kind) {
            None => note(root.at("facts").at(name), "no fact of that id is known".to_owned()),
            Some(FactType::Other(kind)) => {
                let why = format!("its type \"{}\" is not known here", kind.escape_debug());
                note(root.at("facts").at(name), why);
            }
            Some(kind) if !of_type(value, Some(kind)) => {
                note(root.at("facts").at(name), format!("it is of the type {kind}: taken as missing"));
            }
            Some(_) => {}
        }
    }
    for name in &inventory.unknown_fields {
        note(root.at(name), "no field of that name is known".to_owned());
    }
    out.sort();
    out
}
