//! What a connection takes that only waits.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::bench::{Bench, Group};
use crate::failure::{At, Failure, Result};
use crate::service::Service;

/// The groups of this section.
pub(crate) const GROUPS: &[Group] = &[Group { rows: &["serving/idle"], run: idle }];

/// Connections that make what is allocated once be there.
const FIRST: usize = 500;
/// Connections that are measured.
const COUNTED: usize = 4_000;

/// Keep-alive connections, each with one answered poll behind it.
fn idle(bench: &mut Bench) -> Result<()> {
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files })?;
    let service = Service::demo(bench, "idle")?;
    let address: SocketAddr = service.url.trim_start_matches("http://").parse().at(&service.url)?;
    let first = connections(address, FIRST)?;
    let before = service.rss_kib()?;
    let more = connections(address, COUNTED)?;
    let each = (service.rss_kib()? - before) / COUNTED as f64;
    bench.measured("serving/idle", each, format!("{} connections at once", first.len() + more.len()));
    Ok(())
}

fn connections(address: SocketAddr, count: usize) -> Result<Vec<TcpStream>> {
    (0..count)
        .map(|_| {
            let mut stream = TcpStream::connect(address)?;
            let request = format!("GET /tuf/metadata/timestamp.json HTTP/1.1\r\nHost: {address}\r\n\r\n");
            stream.write_all(request.as_bytes())?;
            let mut answer = [0; 4_096];
            let bytes = stream.read(&mut answer)?;
            let status = answer.get(..bytes).unwrap_or_default();
            if status.starts_with(b"HTTP/1.1 200 ") { Ok(stream) } else { Err(Failure::new("no 200")) }
        })
        .collect()
}
