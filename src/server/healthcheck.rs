//! `hotfixd healthcheck`: asks a running service whether it is ready, for container images without curl.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use serde::Deserialize;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// What is read of `/health/ready`.
#[derive(Deserialize)]
struct Ready {
    status: String,
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    name: String,
    state: String,
    detail: Option<String>,
    remedy: Option<String>,
}

/// The URL of a service that listens at an address, as the machine itself reaches it.
#[must_use]
pub fn url_of(listen: &str) -> String {
    let reached = listen.parse::<SocketAddr>().map(|mut address| {
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        address.to_string()
    });
    format!("http://{}", reached.unwrap_or_else(|_| listen.to_owned()))
}

/// Asks the service below a URL, and answers its status, with what is wrong though it is ready.
///
/// # Errors
/// In words, what is wrong and what to do; that it is not reached.
pub fn healthcheck(url: &str) -> Result<String, String> {
    let (authority, prefix) = parts(url)?;
    let failed =
        |error: io::Error| format!("{url}: {error}\n  Is the service running, and is that its address?");
    let address = address(&authority).map_err(failed)?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(failed)?;
    let request =
        format!("GET {prefix}/health/ready HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut answer = String::new();
    stream.take(LONGEST).read_to_string(&mut answer).map_err(failed)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.lines().next().unwrap_or_default();
    let Ok(ready) = serde_json::from_str::<Ready>(body) else {
        return Err(format!("{url}: no answer of /health/ready ({status:?})"));
    };
    let mut text = ready.status;
    for check in ready.checks.iter().filter(|check| check.state != "good") {
        let (detail, remedy) = (check.detail.as_deref(), check.remedy.as_deref());
        text.push_str(&format!("\n  {}: {}", check.name, detail.unwrap_or(&check.state)));
        text.push_str(&remedy.map(|remedy| format!("\n    {remedy}")).unwrap_or_default());
    }
    if status.starts_with("HTTP/1.1 200") { Ok(text) } else { Err(format!("{url}: {text}")) }
}

/// Host with port, and the path before the service's own.
fn parts(url: &str) -> Result<(String, &str), String> {
    let Some(rest) = url.strip_prefix("http://") else {
        return Err(format!("{url}: write http://ADDRESS:PORT: the service itself speaks no TLS"));
    };
    let rest = rest.trim_end_matches('/');
    let (authority, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if authority.is_empty() || !plain(rest) {
        return Err(format!("{url}: write http://ADDRESS:PORT"));
    }
    let port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let authority = if port { authority.to_owned() } else { format!("{authority}:80") };
    Ok((authority, prefix))
}

fn address(authority: &str) -> io::Result<SocketAddr> {
    authority.to_socket_addrs()?.next().ok_or_else(|| io::ErrorKind::NotFound.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interface_is_reached_by_the_machine_s_own() {
        assert_eq!(url_of("0.0.0.0:8650"), "http://127.0.0.1:8650");
        assert_eq!(url_of("[::]:80"), "http://[::1]:80");
        assert_eq!(url_of("hotfix.example:80"), "http://hotfix.example:80");
    }

    #[test]
    fn reads_urls() {
        assert_eq!(parts("http://a:1/p/").unwrap(), ("a:1".to_owned(), "/p"));
        assert_eq!(parts("http://[::1]").unwrap(), ("[::1]:80".to_owned(), ""));
        for bad in ["https://a", "a:1", "http://", "http:///x", "http://a b"] {
            assert!(parts(bad).is_err(), "{bad}");
        }
    }
}
