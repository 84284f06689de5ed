//! A static file server over real sockets, which can be told to misbehave.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use hotfixd::trust::Digest;

/// How one file is served otherwise than it is.
#[derive(Debug, Clone)]
pub enum Fault {
    /// One bit of this byte is flipped.
    Flip(usize),
    /// It is not there.
    Missing,
    /// These bytes instead.
    Replaced(Vec<u8>),
    /// It never ends.
    Endless,
    /// This status, with these extra head lines and this body.
    Status(u16, String, String),
    /// The connection is closed in the middle of it.
    CutShort,
    /// Other bytes the first time, the file from then on.
    Once(Vec<u8>),
    /// Nothing is ever answered.
    Silent,
}

struct Shared {
    folder: PathBuf,
    faults: Mutex<BTreeMap<String, Fault>>,
    log: Mutex<Vec<String>>,
    stopped: AtomicBool,
}

/// A server, stopped when dropped.
pub struct StaticServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl StaticServer {
    /// Serves the files of a folder.
    pub fn of(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            faults: Mutex::default(),
            log: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                std::thread::spawn(move || drop(serve(&shared, stream.unwrap())));
            }
        });
        Self { address, shared }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves a path otherwise than it is, until [`StaticServer::mend`].
    pub fn spoil(&self, path: &str, fault: Fault) {
        self.shared.faults.lock().unwrap().insert(path.to_owned(), fault);
    }

    /// Serves everything as it is again.
    pub fn mend(&self) {
        self.shared.faults.lock().unwrap().clear();
    }

    /// What was asked for since the last call: `GET /path 200`.
    pub fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.log.lock().unwrap())
    }
}

impl Drop for StaticServer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

struct Asked {
    method: String,
    path: String,
    etag: Option<String>,
    head: String,
    body: Vec<u8>,
}

fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Asked>> {
    let mut first = String::new();
    if stream.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut words = first.split_whitespace();
    let (method, path) =
        (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let (mut etag, mut length, mut head) = (None, 0, String::new());
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
        let (name, value) = line.split_once(':').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "if-none-match" => etag = Some(value.trim().to_owned()),
            "content-length" => length = value.trim().parse().unwrap_or(0),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Some(Asked { method, path, etag, head, body }))
}

fn serve(shared: &Shared, stream: TcpStream) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut stream = BufReader::new(stream);
    while let Some(asked) = read(&mut stream)? {
        let note = |status: u16| {
            let line = format!("{} {} {status}", asked.method, asked.path);
            shared.log.lock().unwrap().push(line);
        };
        let fault = {
            let mut faults = shared.faults.lock().unwrap();
            match faults.get(&asked.path).cloned() {
                Some(Fault::Once(bytes)) => {
                    faults.remove(&asked.path);
                    Some(Fault::Replaced(bytes))
                }
                other => other,
            }
        };
        let plain = Path::new(&asked.path).components().all(|part| part != Component::ParentDir);
        let file = shared.folder.join(asked.path.trim_start_matches('/'));
        let mut bytes = if plain { std::fs::read(file).ok() } else { None };
        match fault {
            None => {}
            Some(Fault::Flip(at)) => {
                let bytes = bytes.as_mut().unwrap();
                let at = at % bytes.len();
                bytes[at] ^= 1;
            }
            Some(Fault::Missing) => bytes = None,
            Some(Fault::Replaced(other) | Fault::Once(other)) => bytes = Some(other),
            Some(Fault::Endless) => {
                note(200);
                out.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
                loop {
                    out.write_all(b"400\r\n")?;
                    out.write_all(&[b' '; 0x400])?;
                    out.write_all(b"\r\n")?;
                }
            }
            Some(Fault::Status(status, head, body)) => {
                note(status);
                let echo = body.replace("{head}", &asked.head.replace(['\r', '\n'], " "));
                let echo = echo.replace("{length}", &asked.body.len().to_string());
                let length = echo.len();
                write!(out, "HTTP/1.1 {status} S\r\n{head}Content-Length: {length}\r\n\r\n{echo}")?;
                continue;
            }
            Some(Fault::CutShort) => {
                note(200);
                let bytes = bytes.unwrap();
                write!(out, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len())?;
                out.write_all(&bytes[..bytes.len() / 2])?;
                return out.shutdown(std::net::Shutdown::Both);
            }
            Some(Fault::Silent) => {
                note(0);
                // Until the client gives up.
                return std::io::copy(&mut stream, &mut std::io::sink()).map(drop);
            }
        }
        let Some(bytes) = bytes else {
            note(404);
            out.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?;
            continue;
        };
        let etag = format!("\"{}\"", Digest::of(&bytes));
        if asked.etag.as_ref() == Some(&etag) {
            note(304);
            write!(out, "HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n")?;
            continue;
        }
        note(200);
        write!(out, "HTTP/1.1 200 OK\r\nETag: {etag}\r\nContent-Length: {}\r\n\r\n", bytes.len())?;
        out.write_all(&bytes)?;
    }
    Ok(())
}
