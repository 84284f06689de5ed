//! Where a server is. ureq asks before every request, also before one that goes over a connection which stands
//! already, and looks up each time, in a thread of its own: for the few requests of a refresh that is a fifth of their cost.
//! (ureq promises nothing about its `unversioned` parts: what it changes there shows when `Cargo.lock` is updated.)

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// For how long a name is taken to lead where it led.
const KEPT: Duration = Duration::from_secs(60);

/// Reads a numeric address, and remembers where the last name led.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    system: DefaultResolver,
    last: Mutex<Option<Known>>,
}

/// Where a name led.
#[derive(Debug, Clone)]
struct Known {
    host_and_port: String,
    addresses: Vec<SocketAddr>,
    found: Instant,
}

impl Resolver for Addresses {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host_and_port = uri
            .scheme()
            .zip(uri.authority())
            .and_then(|(scheme, authority)| DefaultResolver::host_and_port(scheme, authority));
        let Some(host_and_port) = host_and_port else { return self.system.resolve(uri, config, timeout) };
        if let Ok(address) = host_and_port.parse() {
            return Ok(self.list(&[address]));
        }
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = last
            && known.host_and_port == host_and_port
            && known.found.elapsed() < KEPT
        {
            return Ok(self.list(&known.addresses));
        }
        let found = self.system.resolve(uri, config, timeout)?;
        let known = Known { host_and_port, addresses: found.to_vec(), found: Instant::now() };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(found)
    }
}

impl Addresses {
    fn list(&self, addresses: &[SocketAddr]) -> ResolvedSocketAddrs {
        let mut list = self.empty();
        // As many as came out of such a list, or one.
        addresses.iter().for_each(|address| list.push(*address));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(addresses: &Addresses, url: &str) -> Vec<String> {
        let (url, config) = (url.parse().unwrap(), Config::default());
        let found = addresses.resolve(&url, &config, NextTimeout::default()).unwrap();
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn reads_numbers_and_remembers_names() {
        let addresses = Addresses::default();
        assert_eq!(resolve(&addresses, "http://127.0.0.1/x"), ["127.0.0.1:80"]);
        assert_eq!(resolve(&addresses, "https://[::1]:8443/"), ["[::1]:8443"]);
        assert!(addresses.last.lock().unwrap().is_none());

        let found = resolve(&addresses, "http://localhost:7/");
        assert!(found.iter().any(|address| address.ends_with(":7")), "{found:?}");
        let known = addresses.last.lock().unwrap().clone().unwrap();
        let elsewhere = vec!["192.0.2.1:7".parse().unwrap()];
        *addresses.last.lock().unwrap() = Some(Known { addresses: elsewhere.clone(), ..known.clone() });
        assert_eq!(resolve(&addresses, "http://localhost:7/y"), ["192.0.2.1:7"]);
        assert!(resolve(&addresses, "http://localhost:8/").iter().all(|address| address.ends_with(":8")));

        if let Some(long_ago) = known.found.checked_sub(KEPT) {
            *addresses.last.lock().unwrap() = Some(Known { addresses: elsewhere, found: long_ago, ..known });
            assert_eq!(resolve(&addresses, "http://localhost:7/"), found);
        }
    }
}
