//! The order of package versions, by the rule of each format.

mod dpkg;
mod rpm;

use std::cmp::Ordering;

use super::words::PackageFormat;

/// A version apart: epoch, version, and release (RPM) or revision (Debian) where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evr<'a> {
    /// 0 where it is left out.
    pub epoch: u64,
    /// The version.
    pub version: &'a str,
    /// The release or revision.
    pub release: Option<&'a str>,
}

impl<'a> Evr<'a> {
    /// Takes `epoch:version-release` apart; epoch and release may be left out.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let (epoch, rest) = match text.split_once(':') {
            Some((epoch, rest)) if !epoch.is_empty() && epoch.bytes().all(|b| b.is_ascii_digit()) => {
                (epoch.parse().ok()?, rest)
            }
            Some(_) => return None,
            None => (0, text),
        };
        let (version, release) = match rest.rsplit_once('-') {
            Some((version, release)) => (version, Some(release)),
            None => (rest, None),
        };
        (!version.is_empty() && release != Some("")).then_some(Self { epoch, version, release })
    }
}

/// Whether the text is a version of the format.
#[must_use]
pub fn well_formed(format: &PackageFormat, text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_graphic() && (byte != b'-' || *format == PackageFormat::Dpkg);
    match Evr::parse(text) {
        Some(evr) => {
            let parts = [Some(evr.version), evr.release];
            parts.into_iter().flatten().all(|part| part.bytes().all(fits))
                && (*format != PackageFormat::Dpkg || evr.version.starts_with(|c: char| c.is_ascii_digit()))
        }
        None => false,
    }
}

/// The order of two versions by the rule of the format; `None` for a format that is not known.
#[must_use]
pub fn compare(format: &PackageFormat, left: &Evr<'_>, right: &Evr<'_>) -> Option<Ordering> {
    match format {
        PackageFormat::Rpm => Some(rpm::compare(left, right)),
        PackageFormat::Dpkg => Some(dpkg::compare(left, right)),
        PackageFormat::Other(_) => None,
    }
}
