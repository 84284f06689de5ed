//! Names that are safe to use as paths, and the file names of a TUF repository.
//!
//! A role's name in foreign metadata may be anything (`../x`, `?`): it is read, since its file name is
//! percent-encoded and so stays one plain segment. Our own authors may use plain names only. A target's
//! path must be safe wherever it comes from.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use super::sha256::Digest;

/// A target path without any way out of its folder: `xenserver/6.5/hotfix/XS65ESP1021.json`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetPath(String);

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the name {name:?} {reason}")]
pub struct BadName {
    /// The name, cut to 80 characters.
    pub name: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl BadName {
    fn new(name: &str, reason: &'static str) -> Self {
        Self { name: name.chars().take(80).collect(), reason }
    }
}

/// The longest target path, in bytes.
const MAX_PATH_BYTES: usize = 1_024;
/// The longest segment of a path: what file systems take, less a hash and its dot.
const MAX_SEGMENT_BYTES: usize = 255 - 65;
/// The longest role name, percent-encoded: what file systems take, less a version and `.json`.
const MAX_ROLE_BYTES: usize = 200;

impl TargetPath {
    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file that holds this target, below the targets folder: `dir/HASH.file` in a repository
    /// with consistent snapshots (TUF specification 6.2: the hash prefixes the last segment only),
    /// else the path itself. Not percent-encoded: see [`url`].
    #[must_use]
    pub fn file(&self, sha256: &Digest, consistent: bool) -> String {
        if !consistent {
            return self.0.clone();
        }
        match self.0.rsplit_once('/') {
            Some((folder, file)) => format!("{folder}/{sha256}.{file}"),
            None => format!("{sha256}.{}", self.0),
        }
    }
}

impl FromStr for TargetPath {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        if let Some(reason) = fault(text) {
            return Err(BadName::new(text, reason));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for TargetPath {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        match fault(&text) {
            Some(reason) => Err(BadName::new(&text, reason)),
            None => Ok(Self(text)),
        }
    }
}

impl fmt::Display for TargetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for TargetPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// So that a map of targets can be asked with text; the order of both is bytewise.
impl Borrow<str> for TargetPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

fn fault(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("is empty");
    }
    if path.len() > MAX_PATH_BYTES {
        return Some("is longer than 1024 bytes");
    }
    if path.chars().any(char::is_control) {
        return Some("holds a control character");
    }
    if path.contains('\\') {
        return Some("holds a backslash");
    }
    if holds_escape(path) {
        return Some("holds a percent escape");
    }
    path.split('/').find_map(|segment| match segment {
        "" => Some("has an empty segment (a slash at its start or end, or two in a row)"),
        "." | ".." => Some("has a segment that is . or .."),
        long if long.len() > MAX_SEGMENT_BYTES => Some("has a segment longer than 190 bytes"),
        _ => None,
    })
}

/// Whether `%` is followed by two hexadecimal digits: someone who decodes twice would see another path.
fn holds_escape(path: &str) -> bool {
    path.as_bytes().windows(3).any(
        |window| matches!(window, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()),
    )
}

/// Accepts a role name that our own authors may give: letters, digits and `.`, `_`, `-`, `~`, beginning
/// with a letter or digit, at most 64 characters, not one of the four top-level names.
///
/// # Errors
/// Any other name.
pub fn plain_role(name: &str) -> Result<(), BadName> {
    if name.is_empty() || name.len() > 64 {
        return Err(BadName::new(name, "is not of 1 to 64 characters"));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'~');
    if !name.bytes().all(plain) || !name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        return Err(BadName::new(name, "may hold letters, digits and . _ - ~ only, a letter or digit first"));
    }
    readable_role(name)
}

/// Accepts a delegated role's name that foreign metadata may hold.
///
/// # Errors
/// An empty name, one that is too long, one with control characters, and the four top-level names.
pub fn readable_role(name: &str) -> Result<(), BadName> {
    if name.is_empty() || encode(name, false).len() > MAX_ROLE_BYTES {
        return Err(BadName::new(name, "is empty or too long"));
    }
    if name.chars().any(char::is_control) {
        return Err(BadName::new(name, "holds a control character"));
    }
    // On a disk that folds case, `Root.json` is `root.json`.
    if ["root", "timestamp", "snapshot", "targets"].iter().any(|top| top.eq_ignore_ascii_case(name)) {
        return Err(BadName::new(name, "is a top-level role's"));
    }
    Ok(())
}

/// The file of root `version`: `N.root.json`, whatever the repository.
#[must_use]
pub fn root_file(version: u64) -> String {
    format!("{version}.root.json")
}

/// The timestamp's file.
pub const TIMESTAMP_FILE: &str = "timestamp.json";

/// The file, below the metadata folder, of version `version` of a role other than root and timestamp:
/// `VERSION.ROLE.json` with consistent snapshots, else `ROLE.json`; the role percent-encoded. It is a
/// URL's segment and a file's name alike.
#[must_use]
pub fn metadata_file(role: &str, version: u64, consistent: bool) -> String {
    if consistent { format!("{version}.{}.json", role_segment(role)) } else { local_file(role) }
}

/// A role's name as one plain segment of a file's name or URL: percent-encoded.
#[must_use]
pub fn role_segment(role: &str) -> String {
    encode(role, false)
}

/// The unversioned file in which a client keeps the trusted metadata of any role: `ROLE.json`, the role
/// percent-encoded.
#[must_use]
pub fn local_file(role: &str) -> String {
    format!("{}.json", role_segment(role))
}

/// A relative path as it stands in a URL: percent-encoded, slashes kept.
#[must_use]
pub fn url(path: &str) -> String {
    encode(path, true)
}

/// Percent-encodes all but RFC 3986's unreserved characters (so `~` stays as it is).
fn encode(text: &str, keep_slash: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~')
            || (keep_slash && byte == b'/')
        {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_paths_that_lead_elsewhere() {
        for bad in [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "../a",
            "a/..",
            "a/./b",
            "a/../b",
            "a\\b",
            "..\\a",
            "a\0b",
            "a\nb",
            "a\u{7f}",
            "a\u{85}b",
            "%2e%2e/a",
            "a%2fb",
            "a%5Cb",
            "a%00",
            &"a/".repeat(600),
            &"a".repeat(191),
        ] {
            assert!(bad.parse::<TargetPath>().is_err(), "{bad:?}");
        }
        for good in
            ["a", "a/b.json", "a b", "...", "a/..b", "100%", "%zz", "xenserver/6.5/hotfix/XS65E001.json", "é"]
        {
            assert_eq!(good.parse::<TargetPath>().unwrap().as_str(), good);
        }
    }

    #[test]
    fn hash_goes_on_the_last_segment() {
        let digest = Digest::of(b"");
        let path: TargetPath = "dir/sub/file.json".parse().unwrap();
        assert_eq!(path.file(&digest, true), format!("dir/sub/{digest}.file.json"));
        assert_eq!(path.file(&digest, false), "dir/sub/file.json");
        assert_eq!("f".parse::<TargetPath>().unwrap().file(&digest, true), format!("{digest}.f"));
        assert_eq!(url("a b/é?#"), "a%20b/%C3%A9%3F%23");
    }

    #[test]
    fn role_files_are_one_segment() {
        assert_eq!(metadata_file("xenserver~6.5", 12, true), "12.xenserver~6.5.json");
        assert_eq!(metadata_file("../x", 1, true), "1...%2Fx.json");
        assert_eq!(metadata_file("?", 1, false), "%3F.json");
        assert_eq!(local_file("a\\b/c"), "a%5Cb%2Fc.json");
        assert_eq!(root_file(2), "2.root.json");
    }

    #[test]
    fn role_names() {
        for good in ["xenserver", "xenserver~6.5", "holds", "A-b_c"] {
            plain_role(good).unwrap();
        }
        for bad in ["", "../x", "a/b", "~a", ".a", "a b", "root", "Targets", "a%2f", &"a".repeat(65), "é"] {
            assert!(plain_role(bad).is_err(), "{bad}");
        }
        for readable in ["../x", "?", "#", "/delegated"] {
            readable_role(readable).unwrap();
        }
        for bad in ["", "a\n", "ROOT", "snapshot", &"?".repeat(80)] {
            assert!(readable_role(bad).is_err(), "{bad}");
        }
    }
}
