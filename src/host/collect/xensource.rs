//! XenServer: its inventory file, and the installed updates.
//!
//! Up to 7.0 an installed hotfix leaves a file named by its UUID in `/var/patch/applied`, from 7.1 on in
//! `/var/update/applied`. Where neither folder exists, nothing is known of hotfixes.

use std::io::ErrorKind;

use super::{Machine, assignments};
use crate::host::Error;
use crate::model::hotfix::is_uuid;

/// XenServer's own inventory.
pub(super) const INVENTORY_FILE: &str = "/etc/xensource-inventory";
const APPLIED_FOLDERS: [&str; 2] = ["/var/patch/applied", "/var/update/applied"];
/// The most installed updates that are listed.
const MAX_APPLIED: usize = 10_000;

/// What the inventory file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// `PRODUCT_VERSION`.
    pub(super) product_version: Option<String>,
    /// `BUILD_NUMBER`.
    pub(super) build_number: Option<String>,
    /// `INSTALLATION_UUID`: the host's own id.
    pub(super) installation_uuid: Option<String>,
}

impl Facts {
    pub(super) fn read(text: &str) -> Self {
        let mut facts = Self::default();
        for (name, value) in assignments(text).filter(|(_, value)| !value.is_empty()) {
            match name {
                "PRODUCT_VERSION" => facts.product_version = Some(value),
                "BUILD_NUMBER" => facts.build_number = Some(value),
                "INSTALLATION_UUID" => facts.installation_uuid = Some(value),
                _ => {}
            }
        }
        facts
    }
}

/// The UUIDs of the installed updates, sorted; `None`: unknown.
pub(super) fn applied(machine: &Machine) -> Result<Option<Vec<String>>, Error> {
    let mut found: Option<Vec<String>> = None;
    for folder in APPLIED_FOLDERS {
        let path = machine.path(folder);
        let failed = |error: std::io::Error| Error::Collect { path: path.clone(), reason: error.to_string() };
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error)),
        };
        let list = found.get_or_insert_default();
        for entry in entries.take(MAX_APPLIED) {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().to_ascii_lowercase();
            if is_uuid(&name) && !list.contains(&name) {
                list.push(name);
            }
        }
    }
    if let Some(list) = &mut found {
        list.sort_unstable();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_inventory_file() {
        let facts = Facts::read("PRODUCT_VERSION='6.5.0'\nBUILD_NUMBER='90233c'\nINSTALLATION_UUID='u'\n");
        assert_eq!(facts.product_version.as_deref(), Some("6.5.0"));
        assert_eq!(facts.build_number.as_deref(), Some("90233c"));
        assert_eq!(facts.installation_uuid.as_deref(), Some("u"));
        assert_eq!(Facts::read("PRODUCT_VERSION=''"), Facts::default());
    }
}
