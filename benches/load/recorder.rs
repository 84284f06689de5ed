//! A proxy that writes down what is asked, in front of the service while the real `hotfix` polls.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use crate::conversation::{Conversation, Exchange};
use crate::pure::Answer;

/// The proxy. It lives until the program ends.
#[derive(Debug)]
pub(crate) struct Recorder {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Conversation>>,
}

impl Recorder {
    /// In front of a server that answers to a name.
    pub(crate) fn before(server: SocketAddr, authority: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let heard = Arc::<Mutex<Conversation>>::default();
        let (shared, authority) = (Arc::clone(&heard), authority.to_owned());
        // One connection after another: that is how a host asks.
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                hear(&shared, |heard| heard.connections.push(Vec::new()));
                if let Err(error) = relay(client, server, &authority, &shared) {
                    eprintln!("the recorder lost a connection: {error}");
                }
            }
        });
        Ok(Self { address, heard })
    }

    /// What was heard since this was asked last.
    pub(crate) fn take(&self) -> Conversation {
        hear(&self.heard, std::mem::take)
    }
}

fn hear<T>(heard: &Mutex<Conversation>, with: impl FnOnce(&mut Conversation) -> T) -> T {
    with(&mut heard.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Hands on a request and its answer, until the client closes.
fn relay(
    mut client: TcpStream,
    server: SocketAddr,
    authority: &str,
    heard: &Mutex<Conversation>,
) -> io::Result<()> {
    let mut server = TcpStream::connect(server)?;
    while let Some(head) = request(&mut client)? {
        let request = addressed(&head, authority);
        server.write_all(&request)?;
        let mut bytes = Vec::new();
        let answer = loop {
            let answer = Answer::read(&bytes).map_err(io::Error::other)?;
            match answer.filter(|answer| bytes.len() >= answer.length) {
                Some(answer) => break answer,
                None if more(&mut server, &mut bytes)? => {}
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        };
        // Written down before it is handed on, so that whoever has an answer finds it here.
        let exchange = Exchange { request, status: answer.status, answer_bytes: bytes.len() };
        hear(heard, |heard| heard.connections.last_mut().map(|requests| requests.push(exchange)));
        client.write_all(&bytes)?;
    }
    Ok(())
}

/// The next request, which has no body; nothing where the client closed.
fn request(client: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        if !more(client, &mut bytes)? {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

fn more(from: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<bool> {
    let mut buffer = [0; 16 * 1024];
    let length = from.read(&mut buffer)?;
    bytes.extend_from_slice(buffer.get(..length).unwrap_or_default());
    Ok(length > 0)
}

/// The request with the server's name in place of the proxy's.
fn addressed(head: &[u8], authority: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(head);
    let line = |line: &str| match line.split_once(':') {
        Some((name, _)) if name.eq_ignore_ascii_case("host") => format!("{name}: {authority}"),
        _ => line.to_owned(),
    };
    text.split("\r\n").map(line).collect::<Vec<_>>().join("\r\n").into_bytes()
}
