//! The real `hotfixd` on a folder and a free port of its own, and what a publisher does to it.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hotfixd::model::{Id, Source};
use hotfixd::repository::Submission;
use hotfixd::repository::author::{self, Current};
use hotfixd::repository::documents_of;
use hotfixd::trust::{
    Digest, Envelope, Limits, PrivateKey, Signed, Snapshot, TargetPath, Targets, Timestamp,
};
use tempfile::TempDir;

use super::place::Place;

/// How long anything is waited for.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How long a start is: one that finds no database gives up sooner by itself, and says why. How soon it has to be
/// ready is for the tests of that.
const STARTING: Duration = Duration::from_secs(60);

/// A running service.
pub struct Service {
    /// Data, keys and whatever the test puts there.
    pub folder: Arc<TempDir>,
    /// Where it listens, such as `http://127.0.0.1:40000`.
    pub url: String,
    child: Child,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers, by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A text in the JSON of the body.
    pub fn word(&self, pointer: &str) -> String {
        self.json().pointer(pointer).and_then(|v| v.as_str()).unwrap_or_default().to_owned()
    }
}

/// How to start it.
pub struct Start {
    folder: Arc<TempDir>,
    verb: &'static str,
    variables: Vec<(String, String)>,
}

impl Start {
    /// A demo on a new folder.
    pub fn new() -> Self {
        Self::on(Arc::new(TempDir::new().unwrap()))
    }

    /// A demo on a folder that others have used.
    pub fn on(folder: Arc<TempDir>) -> Self {
        Self { folder, verb: "demo", variables: Vec::new() }
    }

    /// A demo on a place's folder and database.
    pub fn at(place: &Place) -> Self {
        let start = Self::on(Arc::clone(&place.folder));
        match &place.postgres {
            Some(database) => start.with("database", database.url()),
            None => start,
        }
    }

    /// `serve` in place of `demo`.
    pub fn serve(self) -> Self {
        Self { verb: "serve", ..self }
    }

    /// With a setting.
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.variables.push((format!("HOTFIXD_{}", name.to_uppercase()), value.to_string()));
        self
    }

    /// With a variable of the environment that is no setting.
    pub fn variable(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.variables.push((name.to_owned(), value.to_string()));
        self
    }

    /// The command, not yet run. Its errors go to a file beside the data.
    pub fn command(&self) -> Command {
        let folder = self.folder.path();
        let log = std::fs::File::create(folder.join("stderr")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_hotfixd"));
        command
            .args([self.verb, "--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(folder.join("data"))
            .arg("--keys")
            .arg(folder.join("keys"))
            .env_clear()
            .env("RUST_BACKTRACE", "0")
            .env("HOTFIXD_WORKERS", "2")
            .env("HOTFIXD_SAMPLES", "first-light")
            .envs(self.variables.iter().cloned())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        command
    }

    /// Starts it and waits until it listens.
    pub fn up(self) -> Service {
        self.try_up().unwrap_or_else(|(status, log)| panic!("it ended with {status}:\n{log}"))
    }

    /// Starts it; where it ends instead of listening, how and with what words.
    pub fn try_up(self) -> Result<Service, (ExitStatus, String)> {
        let listen = self.folder.path().join("data/listen");
        let _ = std::fs::remove_file(&listen);
        let mut child = self.command().spawn().unwrap();
        let deadline = Instant::now() + STARTING;
        loop {
            if let Ok(text) = std::fs::read_to_string(&listen)
                && let Some(url) = text.strip_suffix('\n')
            {
                return Ok(Service { url: url.to_owned(), folder: self.folder, child });
            }
            if let Some(status) = child.try_wait().unwrap() {
                return Err((status, log(self.folder.path())));
            }
            assert!(Instant::now() < deadline, "it does not listen:\n{}", log(self.folder.path()));
            std::thread::yield_now();
        }
    }
}

fn log(folder: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(folder.join("stderr")).unwrap_or_default()).into_owned()
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    /// A demo on a new folder, with the few documents of the first case.
    pub fn demo() -> Self {
        Start::new().up()
    }

    /// A demo on a new folder, with everything that it shows by itself.
    pub fn whole() -> Self {
        Start::new().with("samples", "all").up()
    }

    /// What it wrote to stderr.
    pub fn log(&self) -> String {
        log(self.folder.path())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.url.strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Kills it, as the system does when memory runs out.
    pub fn kill(mut self) -> Arc<TempDir> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        Arc::clone(&self.folder)
    }

    /// Asks it to end, and waits until it has.
    pub fn terminate(&mut self) -> ExitStatus {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        self.ended()
    }

    /// Waits until it has ended.
    pub fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end:\n{}", self.log());
            std::thread::yield_now();
        }
    }

    /// A request.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        self.try_request(method, path, headers, body)
            .unwrap_or_else(|error| panic!("{error}\n{}", self.log()))
    }

    /// A request that may fail because the service dies.
    pub fn try_request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Reply, ureq::Error> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = match (method, body) {
            ("GET" | "HEAD", []) => agent.run(request.body(()).unwrap())?,
            _ => agent.run(request.body(body).unwrap())?,
        };
        let text = |value: &ureq::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value)));
        Ok(Reply {
            status: response.status().as_u16(),
            headers: headers.collect(),
            body: response.body_mut().with_config().limit(1 << 30).read_to_vec()?,
        })
    }

    /// `GET`
    pub fn get(&self, path: &str) -> Reply {
        self.request("GET", path, &[], b"")
    }

    /// The bytes of an answer to exactly these bytes; the connection is closed by the service or after it.
    pub fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // One that refuses early closes its end early.
        let _ = stream.write_all(bytes);
        let mut out = Vec::new();
        let _ = stream.read_to_end(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// The publisher's token of the first run.
    pub fn token(&self) -> String {
        let text = std::fs::read_to_string(self.folder.path().join("data/first-run.env")).unwrap();
        text.trim().strip_prefix("HOTFIX_TOKEN=").unwrap().to_owned()
    }

    /// A request with the publisher's token.
    pub fn publisher(&self, method: &str, path: &str, body: &[u8]) -> Reply {
        let bearer = format!("Bearer {}", self.token());
        self.request(method, path, &[("authorization", &bearer)], body)
    }

    /// A private key of the folder.
    pub fn key(&self, name: &str) -> PrivateKey {
        key(self.folder.path(), name)
    }

    /// A signed file, verified by nobody.
    pub fn metadata<M: Signed>(&self, file: &str) -> (M, Vec<u8>) {
        let reply = self.get(&format!("/tuf/metadata/{file}"));
        assert_eq!(reply.status, 200, "{file}: {reply:?}");
        let limits = Limits::default();
        let envelope = Envelope::parse(&reply.body, &limits).unwrap();
        (M::from_value(envelope.into_signed(), &limits).unwrap(), reply.body)
    }

    /// The served snapshot.
    pub fn snapshot(&self) -> Snapshot {
        let (timestamp, _): (Timestamp, _) = self.metadata("timestamp.json");
        self.metadata(&format!("{}.snapshot.json", timestamp.snapshot.version)).0
    }

    /// What is published of a product.
    pub fn current(&self, product: &str) -> Current {
        let id = Id::new(product).unwrap();
        let version = self.snapshot().meta[product].version;
        let (targets, bytes): (Targets, _) = self.metadata(&format!("{version}.{product}.json"));
        let document = |(path, file): (&TargetPath, &hotfixd::trust::TargetFile)| {
            let reply = self.get(&format!("/tuf/targets/{}", path.file(&file.sha256, true)));
            assert_eq!(reply.status, 200, "{path}");
            (path.clone(), Arc::from(reply.body))
        };
        let documents = documents_of(&id, &targets).map(document).collect();
        Current { digest: Digest::of(&bytes), documents, targets }
    }

    /// A submission of these documents, signed by the sample's publisher.
    pub fn signed(&self, changed: &[Source]) -> Submission {
        let current = self.current("xenserver");
        sign(&current, changed, &[self.key("publisher-xenserver")])
    }

    /// Signs, hands in and releases these documents.
    pub fn publish(&self, changed: &[Source]) -> Reply {
        let reply = self.publisher("POST", "/api/v1/submissions", &self.signed(changed).to_bytes());
        assert_eq!(reply.status, 201, "{}", reply.text());
        let path = format!("/api/v1/submissions/{}/release", reply.word("/id"));
        let reply = self.publisher("POST", &path, b"");
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply
    }
}

/// A private key of a service's folder.
pub fn key(folder: &Path, name: &str) -> PrivateKey {
    let path: PathBuf = folder.join("keys").join(format!("{name}.pem"));
    PrivateKey::from_pem(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A submission for the XenServer product, good for two months.
pub fn sign(current: &Current, changed: &[Source], keys: &[PrivateKey]) -> Submission {
    let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(60 * 24);
    author::submission(&Id::new("xenserver").unwrap(), Some(current), changed, expires, keys).unwrap()
}

/// A hotfix for XenServer 6.5 that nothing else speaks of.
pub fn hotfix(id: &str, revision: u32) -> Source {
    let text = format!(
        "schema = \"hotfixd/hotfix/1\"\nid = \"{id}\"\nrevision = {revision}\nproduct = \"xenserver\"\n\
         kind = \"hotfix\"\ntitle = \"{id} in its revision {revision}\"\nreleases = [\"6.5\"]\nrequires = []\n\
         supersedes = []\nconflicts = []\nfixes = []\nguidance = []\n"
    );
    Source::from_toml(&format!("{id}.toml"), &text).unwrap()
}
