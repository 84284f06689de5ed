//! One poll of one host, on connections of its own.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpSocket, TcpStream};

use crate::conversation::{Conversation, Exchange};
use crate::pure::Answer;

/// Why a poll went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PollError {
    /// Refused, reset, or no port left.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Another answer than the real `hotfix` had.
    #[error("{found} in place of {expected}")]
    Status {
        /// The status.
        found: u16,
        /// What was recorded.
        expected: u16,
    },
}

/// Asks everything that a host asks, and reads every byte of the answers.
pub(crate) async fn poll(
    conversation: &Conversation,
    server: SocketAddr,
    source: Option<SocketAddr>,
) -> Result<(), PollError> {
    let mut bytes = Vec::new();
    for requests in &conversation.connections {
        let stream = connect(server, source).await?;
        for exchange in requests {
            ask(&stream, exchange, &mut bytes).await?;
        }
    }
    Ok(())
}

async fn connect(server: SocketAddr, source: Option<SocketAddr>) -> io::Result<TcpStream> {
    let socket = if server.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_nodelay(true)?;
    if let Some(source) = source {
        socket.bind(source)?;
    }
    socket.connect(server).await
}

async fn ask(stream: &TcpStream, exchange: &Exchange, bytes: &mut Vec<u8>) -> Result<(), PollError> {
    let mut left = exchange.request.as_slice();
    while !left.is_empty() {
        match stream.try_write(left) {
            Ok(written) => left = left.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error.into()),
        }
    }
    bytes.clear();
    loop {
        stream.readable().await?;
        match stream.try_read_buf(bytes) {
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error.into()),
        }
        let Some(answer) = Answer::read(bytes).map_err(io::Error::other)? else { continue };
        if answer.status != exchange.status {
            return Err(PollError::Status { found: answer.status, expected: exchange.status });
        }
        if bytes.len() >= answer.length {
            return Ok(());
        }
    }
}
