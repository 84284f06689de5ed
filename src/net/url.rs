//! The address of a server.

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;

use super::Error;

/// The address of a server: `http` or `https`, a host, perhaps a port and a path in front of every path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl {
    origin: String,
    prefix: String,
    host: String,
}

/// An address as it may be shown: without the name and password that may stand in front of its host.
fn without_user(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((_, host)) if scheme.is_empty() => format!("…@{host}{path}"),
        Some((_, host)) => format!("{scheme}://…@{host}{path}"),
        None => text.to_owned(),
    }
}

impl ServerUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// Another scheme, no host, a user, a query or a fragment.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bad = |reason| Error::BadAddress { address: super::harmless(&without_user(text)), reason };
        let uri: Uri = text.parse().map_err(|_| bad("is no address"))?;
        let scheme = uri.scheme_str().ok_or_else(|| bad("has no scheme"))?;
        if !matches!(scheme, "http" | "https") {
            return Err(bad("is neither http nor https"));
        }
        let authority = uri.authority().ok_or_else(|| bad("names no host"))?;
        if authority.as_str().contains('@') {
            return Err(bad("holds a user name or password"));
        }
        if authority.host().is_empty() {
            return Err(bad("names no host"));
        }
        if uri.query().is_some() || text.contains('#') {
            return Err(bad("has a query or fragment"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        Ok(Self {
            origin: origin(scheme, authority.host(), authority.port_u16()),
            prefix: uri.path().trim_end_matches('/').to_owned(),
            host,
        })
    }

    /// The address of a path on this server.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{self}/{}", path.trim_start_matches('/'))
    }

    /// Whether it is this machine: `localhost`, or an address that never leaves it. Other names below
    /// `.localhost` are asked of DNS by some resolvers.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let literal = self.host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
        literal || self.host == "localhost"
    }

    pub(super) fn is_secure(&self) -> bool {
        self.origin.starts_with("https:")
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Where a redirect from `path` leads, if that is on the same origin: the whole address.
    pub(super) fn follow(&self, from: &str, location: &str) -> Option<String> {
        if let Some(path) = location.strip_prefix('/').filter(|path| !path.starts_with('/')) {
            return Some(format!("{}/{path}", self.origin));
        }
        if !location.contains([':', '?']) && !location.starts_with('/') {
            return from.rsplit_once('/').map(|(folder, _)| format!("{folder}/{location}"));
        }
        let uri: Uri = location.parse().ok()?;
        let to = origin(uri.scheme_str()?, uri.host()?, uri.port_u16());
        (to == self.origin && !uri.authority()?.as_str().contains('@')).then(|| location.to_owned())
    }
}

/// Scheme, host and port, with a default port left out.
fn origin(scheme: &str, host: &str, port: Option<u16>) -> String {
    let host = host.to_ascii_lowercase();
    match (scheme, port) {
        (_, None) | ("http", Some(80)) | ("https", Some(443)) => format!("{scheme}://{host}"),
        (_, Some(port)) => format!("{scheme}://{host}:{port}"),
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_plain_addresses_only() {
        for bad in
            ["127.0.0.1:8650", "ftp://a", "http://", "http://u:p@h/", "http://h/?q", "http://h/#f", "", "a b"]
        {
            assert!(ServerUrl::parse(bad).is_err(), "{bad}");
        }
        let url = ServerUrl::parse("HTTPS://Fix.Example:443/mirror/").unwrap();
        assert_eq!(
            url.join("/tuf/metadata/timestamp.json"),
            "https://fix.example/mirror/tuf/metadata/timestamp.json"
        );
    }

    #[test]
    fn knows_loopback() {
        for (text, loopback) in [
            ("http://127.0.0.1:1", true),
            ("http://[::1]:1", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://LOCALHOST", true),
            ("http://a.localhost", false),
            ("http://localhost.example", false),
            ("http://192.0.2.1", false),
            ("http://127.0.0.1.example", false),
        ] {
            assert_eq!(ServerUrl::parse(text).unwrap().is_loopback(), loopback, "{text}");
        }
    }

    #[test]
    fn stays_on_its_origin() {
        let url = ServerUrl::parse("http://h:1/p").unwrap();
        let follow = |location| url.follow("http://h:1/p/a/b", location);
        assert_eq!(follow("/x").as_deref(), Some("http://h:1/x"));
        assert_eq!(follow("http://h:1/x").as_deref(), Some("http://h:1/x"));
        assert_eq!(follow("c").as_deref(), Some("http://h:1/p/a/c"));
        for away in ["http://h:2/x", "https://h:1/x", "//other/x", "http://other/x", "http://h:1@other/x"] {
            assert_eq!(follow(away), None, "{away}");
        }
    }
}
