//! RPM's packages, asked of `rpm`: its database has had three formats.

use std::io::Read;
use std::process::{Command, Stdio};

use super::{Machine, Package};
use crate::host::Error;

/// The most bytes that are read of the answer.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
const FORMAT: &str = "%{NAME}\\t%{EPOCHNUM}\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\n";

/// The installed packages; `None` where there is no rpm.
pub(super) fn packages(machine: &Machine) -> Result<Option<Vec<Package>>, Error> {
    let places = ["/usr/bin/rpm", "/bin/rpm"];
    let Some(program) = places.into_iter().map(|path| machine.path(path)).find(|path| path.is_file()) else {
        return Ok(None);
    };
    let failed = |reason: String| Error::Collect { path: program.clone(), reason };
    let mut child = Command::new(&program)
        .args(["-qa", "--qf", FORMAT])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let mut bytes = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    }
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    if !status.success() {
        return Err(failed(format!("ended with {status}")));
    }
    Ok(Some(String::from_utf8_lossy(&bytes).lines().filter_map(package).collect()))
}

fn package(line: &str) -> Option<Package> {
    let mut fields = line.split('\t');
    let mut next = || fields.next().filter(|field| !field.is_empty());
    let (name, epoch, version, release, arch) = (next()?, next()?, next()?, next()?, next());
    // Public keys of publishers stand among the packages.
    if name == "gpg-pubkey" {
        return None;
    }
    Some(Package {
        name: name.to_owned(),
        epoch: epoch.parse().unwrap_or(0),
        version: version.to_owned(),
        release: Some(release.to_owned()),
        arch: arch.filter(|arch| *arch != "(none)").map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_answer_of_rpm() {
        let found = package("openssl\t1\t1.0.2k\t16.el7\tx86_64").unwrap();
        assert_eq!((found.epoch, found.version.as_str()), (1, "1.0.2k"));
        assert_eq!(package("gpg-pubkey\t0\tf4a80eb5\t53a7ff4b\t(none)"), None);
        assert_eq!(package("broken"), None);
    }
}
