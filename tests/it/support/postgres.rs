//! PostgreSQL for the tests: one server for all of them, each with a database of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::NoTls;

/// The script that starts, stops and kills servers.
fn script() -> Command {
    Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres"))
}

/// The URL of the server that all tests share, as its owner: the one that `tests/run` started, or else one that
/// ends with this process.
pub fn shared() -> &'static str {
    static SHARED: OnceLock<(String, Option<Child>)> = OnceLock::new();
    let (url, _) = SHARED.get_or_init(|| match std::env::var("HOTFIXD_TEST_POSTGRES") {
        Ok(url) if !url.is_empty() => (url, None),
        _ => {
            let folder = tempfile::Builder::new().prefix("hotfixd-pg").tempdir().unwrap().keep();
            let mut child = script()
                .arg("hold")
                .arg(folder)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("bash, for tests/postgres");
            let mut url = String::new();
            BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
            assert!(
                !url.is_empty(),
                "PostgreSQL did not start: see above, or install the package postgresql"
            );
            (url.trim_end().to_owned(), Some(child))
        }
    });
    url
}

/// Runs statements as the one whom the URL names, and answers the first column of the rows.
pub fn sql(url: &str, text: &str) -> Vec<String> {
    try_sql(url, text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

/// The same, where it may fail.
pub fn try_sql(url: &str, text: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(async { drop(connection.await) });
        let messages = client.simple_query(text).await?;
        let row = |message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        };
        Ok(messages.into_iter().filter_map(row).collect())
    })
}

/// A database that ends with its server. To drop one makes the server sync the files of all, and after many files were
/// removed, an ext4 without a journal takes a hundred times as long to make one for a minute.
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// An empty one on the shared server.
    pub fn new() -> Self {
        Self::on(shared())
    }

    /// An empty one on a server.
    pub fn on(server: &str) -> Self {
        Self::from(server, "template0")
    }

    /// Another with what this one holds; nobody may be connected to it.
    pub fn copy(&self) -> Self {
        Self::from(&self.server, &self.name)
    }

    fn from(server: &str, template: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("t_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        sql(server, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self { server: server.to_owned(), name }
    }

    /// Its URL. The shared server may have to sync what other tests write before it answers: it is given time.
    pub fn url(&self) -> String {
        let url = self.server.replace("/postgres?", &format!("/{}?", self.name));
        if self.server == shared() { format!("{url}&connect_timeout=20") } else { url }
    }
}

/// A server that a test has for itself.
pub struct Server {
    folder: PathBuf,
    /// Its URL, through its socket.
    pub url: String,
}

impl Server {
    /// Starts one, with these settings.
    pub fn start(settings: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("hotfixd-pg").tempdir().unwrap().keep();
        Self { url: run("start", &folder, settings), folder }
    }

    /// Makes it speak TLS with this certificate, and take nothing else over the network.
    pub fn encrypt(&self, certificate: &Path, key: &Path) {
        let files = [certificate, key].map(|file| file.to_str().unwrap());
        run("tls", &self.folder, &files);
        self.kill();
        self.again();
    }

    /// Kills all of it.
    pub fn kill(&self) {
        run("kill", &self.folder, &[]);
    }

    /// Starts it again, and waits until it takes connections.
    pub fn again(&self) {
        run("start", &self.folder, &[]);
    }

    /// Sends every process of it a signal, such as `STOP`.
    pub fn signal(&self, signal: &str) {
        run("signal", &self.folder, &[signal]);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = script().arg("kill").arg(&self.folder).output();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn run(verb: &str, folder: &Path, settings: &[&str]) -> String {
    let out = script().arg(verb).arg(folder).args(settings).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim_end().to_owned()
}
