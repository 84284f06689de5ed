//! Which proxy the environment asks for.

use ureq::Proxy;

use super::{Error, ServerUrl};

/// The proxy for a server: `https_proxy` or `http_proxy` by its scheme, else `all_proxy` (upper case too),
/// unless `no_proxy` names the host. Loopback is never asked for through a proxy.
pub(super) fn from_environment(
    server: &ServerUrl,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Proxy>, Error> {
    let either = |name: &str| {
        let found = variable(name).or_else(|| variable(&name.to_ascii_uppercase()));
        found.filter(|value| !value.trim().is_empty())
    };
    let own = if server.is_secure() { "https_proxy" } else { "http_proxy" };
    let Some(address) = either(own).or_else(|| either("all_proxy")) else { return Ok(None) };
    let excluded = either("no_proxy").is_some_and(|list| names(&list, server.host()));
    if server.is_loopback() || excluded {
        return Ok(None);
    }
    Proxy::new(address.trim()).map(Some).map_err(|_| Error::BadProxy)
}

/// Whether a `no_proxy` list names the host: `*`, the host, or a domain that it lies in.
fn names(list: &str, host: &str) -> bool {
    list.split(',').map(|entry| entry.trim().to_ascii_lowercase()).any(|entry| {
        let domain = entry.trim_start_matches("*.").trim_start_matches('.');
        let inside = host.strip_suffix(domain).is_some_and(|front| front.is_empty() || front.ends_with('.'));
        entry == "*" || (!domain.is_empty() && inside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(server: &str, variables: &[(&str, &str)]) -> Option<u16> {
        let server = ServerUrl::parse(server).unwrap();
        let find = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        from_environment(&server, find).unwrap().map(|proxy| proxy.port())
    }

    #[test]
    fn goes_by_scheme_and_exclusion() {
        let set =
            [("http_proxy", "http://p:1"), ("HTTPS_PROXY", "http://p:2"), ("NO_PROXY", "in.example, .lan")];
        assert_eq!(port("http://a.example", &set), Some(1));
        assert_eq!(port("https://a.example", &set), Some(2));
        assert_eq!(port("https://x.in.example", &set), None);
        assert_eq!(port("https://win.example", &set), Some(2));
        assert_eq!(port("http://host.lan", &set), None);
        assert_eq!(port("http://127.0.0.1:8650", &set), None);
        assert_eq!(port("http://a.example", &[("ALL_PROXY", "http://p:3")]), Some(3));
        assert_eq!(port("http://a.example", &[("http_proxy", "")]), None);
    }
}
