//! Debian's packages, read from dpkg's own list, without dpkg.

use super::{Machine, Package};
use crate::host::Error;

const STATUS_FILE: &str = "/var/lib/dpkg/status";
/// The most bytes that are read; a desktop with 3,000 packages has 4 MB.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// The installed packages; `None` where there is no dpkg.
pub(super) fn packages(machine: &Machine) -> Result<Option<Vec<Package>>, Error> {
    let text = machine.read(STATUS_FILE, MAX_BYTES)?;
    Ok(text.map(|text| text.split("\n\n").filter_map(package).collect()))
}

fn package(stanza: &str) -> Option<Package> {
    let field = |name: &str| {
        stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
    };
    // "want flag status": only what is unpacked whole counts.
    if field("Status")?.split_whitespace().next_back() != Some("installed") {
        return None;
    }
    let version = field("Version")?;
    let (epoch, rest) = match version.split_once(':') {
        Some((epoch, rest)) => (epoch.parse().ok()?, rest),
        None => (0, version),
    };
    let (version, release) = match rest.rsplit_once('-') {
        Some((version, release)) => (version, Some(release.to_owned())),
        None => (rest, None),
    };
    Some(Package {
        name: field("Package")?.to_owned(),
        epoch,
        version: version.to_owned(),
        release,
        arch: field("Architecture").map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_installed_packages_and_parts_their_versions() {
        let of = |status: &str, version: &str| {
            package(&format!(
                "Package: n\nStatus: {status}\nArchitecture: amd64\nVersion: {version}\nDescription: x\n y"
            ))
        };
        let parted = |version: &str| {
            let package = of("install ok installed", version).unwrap();
            (package.epoch, package.version, package.release)
        };
        assert_eq!(parted("1:2.3-4-5"), (1, "2.3-4".to_owned(), Some("5".to_owned())));
        assert_eq!(parted("2.3"), (0, "2.3".to_owned(), None));
        assert_eq!(of("deinstall ok config-files", "1"), None);
        assert_eq!(of("install ok half-installed", "1"), None);
        assert_eq!(package("Package: n\n"), None);
    }
}
