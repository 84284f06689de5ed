//! nginx with one worker on the server's core: the baseline of everything that is served.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::bench::{Bench, write};
use crate::failure::{At, Failure, Result};
use crate::process::{Running, cpu_of, pinned, tool};

/// nginx that serves the files of a folder. It logs no requests, which is the hardest baseline.
#[derive(Debug)]
pub(crate) struct Nginx {
    master: Running,
    /// Where it listens.
    pub(crate) url: String,
}

impl Nginx {
    /// Serves a folder.
    pub(crate) fn serve(bench: &Bench, files: &Path) -> Result<Self> {
        let program = tool("nginx", "nginx-light")?;
        let address = free_address()?;
        let prefix = bench.fresh("nginx")?;
        let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
        let config = format!(
            "{user} worker_processes 1; daemon off; pid nginx.pid; error_log error.log;\n\
             events {{ worker_connections 4096; }}\n\
             http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;\n\
             client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;\n\
             types {{ application/json json; text/html html; }}\n\
             server {{ listen {address} backlog=4096; root \"{}\"; }} }}\n",
            files.display()
        );
        write(&prefix.join("nginx.conf"), config)?;
        let mut command = pinned(bench.cores.server, program);
        command
            .arg("-p")
            .arg(&prefix)
            .arg("-c")
            .arg(prefix.join("nginx.conf"))
            .arg("-e")
            .arg(prefix.join("error.log"));
        let master = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        let deadline = Instant::now() + Duration::from_secs(5);
        while TcpStream::connect(address).is_err() {
            if Instant::now() > deadline {
                let log = std::fs::read_to_string(prefix.join("error.log")).unwrap_or_default();
                return Err(Failure::new(format!("nginx does not listen: {log}")));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(Self { master, url: format!("http://{address}") })
    }

    /// The CPU time of its worker so far, in seconds.
    pub(crate) fn cpu(&self) -> Result<f64> {
        let master = self.master.0.id();
        let children = std::fs::read_to_string(format!("/proc/{master}/task/{master}/children"))?;
        let worker =
            children.split_whitespace().next().and_then(|text| text.parse().ok()).at("nginx' worker")?;
        cpu_of(worker)
    }
}

/// Asks the master to end, which ends the worker too; killing it would leave that one behind.
impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(
            rustix::process::Pid::from_child(&self.master.0),
            rustix::process::Signal::TERM,
        );
        let _ = self.master.0.wait();
    }
}

/// An address that nobody listens on.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
