//! The service that is asked: one of its own with the sample catalogue, or one that runs already.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use serde_json::Value;

use crate::failure::{At, Failure, Result};
use crate::place::Place;
use crate::service::{Service, get};

/// How long a connection may take before a service counts as absent.
const PATIENCE: Duration = Duration::from_secs(5);

/// A service.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its address for people and for `hotfix`.
    pub(crate) url: String,
    /// What stands in `Host`.
    pub(crate) authority: String,
    /// The socket.
    pub(crate) address: SocketAddr,
    /// The product that the hosts run.
    pub(crate) product: String,
    /// The process, where it is this run's.
    pub(crate) own: Option<Service>,
}

impl Target {
    /// Starts the demo on the server's core.
    pub(crate) fn own(place: &Place) -> Result<Self> {
        let service = Service::demo(place, "load")?;
        let mut target = Self::at(&service.url)?;
        target.product = "xenserver".to_owned();
        target.own = Some(service);
        Ok(target)
    }

    /// One that runs.
    pub(crate) fn running(url: &str) -> Result<Self> {
        let mut target = Self::at(url)?;
        let absent = |why: &dyn std::fmt::Display| {
            Failure::new(format!("SERVER={url} is not ready: {why}. Start it, or leave SERVER out."))
        };
        TcpStream::connect_timeout(&target.address, PATIENCE).map_err(|error| absent(&error))?;
        get(&format!("{}/health/ready", target.url)).map_err(|failure| absent(&failure))?;
        let products: Value = serde_json::from_slice(&get(&format!("{}/api/v1/products", target.url))?)?;
        let first = products.pointer("/items/0/id").and_then(Value::as_str);
        target.product = first.map(str::to_owned).ok_or_else(|| absent(&"it has no products"))?;
        Ok(target)
    }

    fn at(url: &str) -> Result<Self> {
        let Some(rest) = url.strip_prefix("http://") else {
            return Err(Failure::new(format!(
                "SERVER={url} does not begin with http://: TLS is not measured, name the address that hotfixd listens on"
            )));
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned();
        let named = if authority.rsplit(']').next().is_some_and(|end| end.contains(':')) {
            authority.clone()
        } else {
            format!("{authority}:80")
        };
        let address = named.to_socket_addrs().at(format!("SERVER={url}"))?.next().at(url)?;
        let url = url.trim_end_matches('/').to_owned();
        Ok(Self { url, authority, address, product: String::new(), own: None })
    }

    /// What served, in words.
    pub(crate) fn said(&self) -> String {
        match self.own {
            Some(_) => "its own, one worker on one core; the load on another core; no TLS".to_owned(),
            None => "a running service, wherever that is; the load on one core; no TLS".to_owned(),
        }
    }

    /// The CPU time of the service so far, where it is this run's.
    pub(crate) fn cpu(&self) -> Result<Option<f64>> {
        self.own.as_ref().map(Service::cpu).transpose()
    }

    /// From where the poll of a number comes. A port stays taken for a minute after its connection, and an address
    /// has some 28,000: on the loopback many addresses ask, as many hosts do.
    pub(crate) fn source(&self, number: u32) -> Option<SocketAddr> {
        let IpAddr::V4(address) = self.address.ip() else { return None };
        let [_, _, third, last] = (2 + number % 16_384).to_be_bytes();
        address.is_loopback().then(|| SocketAddr::from((Ipv4Addr::new(127, 1, third, last), 0)))
    }
}
