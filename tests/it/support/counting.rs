//! A relay that counts what goes over the wire, both ways.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What went over the wire since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire {
    /// Requests.
    pub requests: u64,
    /// Bytes, heads and bodies, of requests and answers.
    pub bytes: u64,
}

/// A relay to one address.
pub struct Counting {
    address: SocketAddr,
    requests: Arc<AtomicU64>,
    bytes: Arc<AtomicU64>,
}

impl Counting {
    /// In front of a server.
    pub fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let relay =
            Self { address: listener.local_addr().unwrap(), requests: Arc::default(), bytes: Arc::default() };
        let (requests, bytes) = (Arc::clone(&relay.requests), Arc::clone(&relay.bytes));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(upstream) = TcpStream::connect(server) else { continue };
                let back = (upstream.try_clone().unwrap(), client.try_clone().unwrap());
                let (requests, sent, received) =
                    (Arc::clone(&requests), Arc::clone(&bytes), Arc::clone(&bytes));
                std::thread::spawn(move || relay_to(client, upstream, &sent, Some(&requests)));
                std::thread::spawn(move || relay_to(back.0, back.1, &received, None));
            }
        });
        relay
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What went through since the last call. Everything that its client has read is counted.
    pub fn taken(&self) -> Wire {
        Wire {
            requests: self.requests.swap(0, Ordering::SeqCst),
            bytes: self.bytes.swap(0, Ordering::SeqCst),
        }
    }
}

fn relay_to(mut from: TcpStream, mut to: TcpStream, bytes: &AtomicU64, requests: Option<&AtomicU64>) {
    let mut piece = [0; 65_536];
    loop {
        let read = from.read(&mut piece).unwrap_or(0);
        if read == 0 {
            let _ = to.shutdown(Shutdown::Write);
            return;
        }
        // A host waits for the answer to one request before it sends the next.
        if let Some(requests) = requests
            && piece[..read].starts_with(b"GET ")
        {
            requests.fetch_add(1, Ordering::SeqCst);
        }
        bytes.fetch_add(read as u64, Ordering::SeqCst);
        if to.write_all(&piece[..read]).is_err() {
            return;
        }
    }
}
