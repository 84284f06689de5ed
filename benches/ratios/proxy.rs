//! A proxy that counts: every byte of both directions on a real socket, heads included, and the requests. The tests
//! count with it too.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What each request's first line ends with.
const REQUEST: &[u8] = b" HTTP/1.1\r\n";

#[derive(Debug, Default)]
struct Counts {
    bytes: AtomicU64,
    requests: AtomicU64,
}

/// The proxy. It lives until the program ends.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    counts: Arc<Counts>,
}

/// What went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Traffic {
    /// Bytes, both ways.
    pub(crate) bytes: u64,
    /// Requests.
    pub(crate) requests: u64,
}

impl Proxy {
    /// In front of a server.
    pub(crate) fn before(url: &str) -> io::Result<Self> {
        let address = url.trim_start_matches("http://");
        let upstream: SocketAddr =
            address.parse().map_err(|error| io::Error::other(format!("{url}: {error}")))?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let counts = Arc::<Counts>::default();
        let shared = Arc::clone(&counts);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(upstream) else { return };
                let (Ok(from_client), Ok(to_client)) = (client.try_clone(), server.try_clone()) else {
                    return;
                };
                let (up, down) = (Arc::clone(&shared), Arc::clone(&shared));
                std::thread::spawn(move || copy(from_client, server, &up, true));
                std::thread::spawn(move || copy(to_client, client, &down, false));
            }
        });
        Ok(Self { address, counts })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What went through since this was asked last.
    pub(crate) fn take(&self) -> Traffic {
        Traffic {
            bytes: self.counts.bytes.swap(0, Ordering::SeqCst),
            requests: self.counts.requests.swap(0, Ordering::SeqCst),
        }
    }
}

/// Copies one direction. Counted before it is written, so that whoever has an answer finds it counted.
fn copy(mut from: TcpStream, mut to: TcpStream, counts: &Counts, requests: bool) {
    let mut buffer = [0; 65_536];
    let mut matched = 0;
    while let Ok(length) = from.read(&mut buffer) {
        let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
        counts.bytes.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        if requests {
            counts.requests.fetch_add(ends(bytes, &mut matched), Ordering::SeqCst);
        }
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// How often the end of a first line is in what goes past, over the borders of pieces.
fn ends(bytes: &[u8], matched: &mut usize) -> u64 {
    let mut found = 0;
    for byte in bytes {
        *matched = match REQUEST.get(*matched) {
            Some(wanted) if wanted == byte => *matched + 1,
            _ => usize::from(Some(byte) == REQUEST.first()),
        };
        if *matched == REQUEST.len() {
            (found, *matched) = (found + 1, 0);
        }
    }
    found
}
