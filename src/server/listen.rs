//! The socket that is listened on.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

/// How many connections wait to be accepted.
const BACKLOG: i32 = 1_024;

/// Listens. Connections take over the socket's `TCP_USER_TIMEOUT`: the system closes one whose peer takes
/// nothing of what was sent to it for so long. actix itself waits for such a reader for ever.
pub(super) fn listen(address: SocketAddr, patience: Duration) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(patience))?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
