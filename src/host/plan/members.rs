//! The members of a pool, as they are named on the command line.

use std::path::PathBuf;

use super::Ask;
use crate::host::{Error, inventory};
use crate::model::{Id, Inventory};

/// The most members of a pool; XenServer's have at most 64.
pub const MAX_MEMBERS: usize = 64;

/// A member of a pool: `ID=FILE`, or `FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id, where it was given.
    pub id: Option<String>,
    /// Its inventory.
    pub file: PathBuf,
}

impl Named {
    /// What it is called: its id, else its file's name without the ending.
    #[must_use]
    pub fn name(&self) -> String {
        let stem = || self.file.file_stem().unwrap_or(self.file.as_os_str()).to_string_lossy().into_owned();
        self.id.clone().unwrap_or_else(stem)
    }
}

/// The members of a pool, with what each says of itself.
pub(super) struct Members {
    pub(super) all: Vec<One>,
}

pub(super) struct One {
    pub(super) name: String,
    pub(super) id: Option<String>,
    pub(super) coordinator: bool,
    pub(super) inventory: Inventory,
}

impl Members {
    /// None where there is a host by itself.
    pub(super) fn read(ask_for: &Ask) -> Result<Self, Error> {
        let named = &ask_for.members;
        if named.len() < 2 {
            return Ok(Self { all: Vec::new() });
        }
        let refused = |reason: String| Error::Pool { reason };
        if named.len() > MAX_MEMBERS {
            return Err(refused(format!(
                "{} inventories are given; a pool has at most {MAX_MEMBERS}",
                named.len()
            )));
        }
        let names: Vec<String> = named.iter().map(Named::name).collect();
        if let Some(twice) = names
            .iter()
            .enumerate()
            .find_map(|(at, name)| names.get(at + 1..)?.contains(name).then_some(name))
        {
            return Err(refused(format!("two members are called {twice}")));
        }
        let first = names.first().cloned().unwrap_or_default();
        let coordinator = ask_for.coordinator.clone().unwrap_or(first);
        if !names.contains(&coordinator) {
            return Err(refused(format!(
                "no member is called {coordinator}; there are {}",
                names.join(", ")
            )));
        }
        let one = |(named, name): (&Named, String)| {
            let inventory = inventory::read(&named.file)?;
            Ok(One { coordinator: name == coordinator, name, id: named.id.clone(), inventory })
        };
        let all = named.iter().zip(names).map(one).collect::<Result<_, Error>>()?;
        Ok(Self { all })
    }

    pub(super) fn are_of(&self, product: &Id) -> Result<(), Error> {
        match self.all.iter().find(|one| one.inventory.product != *product) {
            None => Ok(()),
            Some(one) => Err(Error::Pool {
                reason: format!(
                    "{} is of the product {}, and others are of {product}",
                    one.name, one.inventory.product
                ),
            }),
        }
    }
}
