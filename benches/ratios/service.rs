//! The real `hotfixd` on the server's core, and the real `hotfix`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{At, Failure, Result};
use crate::place::Place;
use crate::process::{Cost, Running, cpu_of, measure, pinned, rss_kib};

/// How long a service may take to be ready.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running service.
#[derive(Debug)]
pub(crate) struct Service {
    process: Running,
    /// Its data and keys.
    pub(crate) folder: PathBuf,
    /// Where it listens.
    pub(crate) url: String,
    /// How long it took from exec until it said that it is ready, in seconds.
    pub(crate) ready_seconds: f64,
}

impl Service {
    /// Everything that the demo shows, on an empty folder.
    pub(crate) fn demo(place: &Place, name: &str) -> Result<Self> {
        let folder = place.fresh(name)?;
        Self::start(place, "demo", &folder)
    }

    /// `serve` or `demo` on a folder with `data` and `keys`, one worker, everything else as shipped.
    pub(crate) fn start(place: &Place, verb: &str, folder: &Path) -> Result<Self> {
        let listen = folder.join("data/listen");
        let _ = std::fs::remove_file(&listen);
        let log = std::fs::File::create(folder.join("stderr"))?;
        let mut command = pinned(place.cores.server, place.binary("hotfixd")?);
        command
            .args([verb, "--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(folder.join("data"))
            .arg("--keys")
            .arg(folder.join("keys"))
            .env("HOTFIXD_WORKERS", "1")
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(log);
        let began = Instant::now();
        let mut process = Running(command.spawn()?);
        let url = loop {
            if let Ok(text) = std::fs::read_to_string(&listen)
                && let Some(url) = text.strip_suffix('\n')
                && get(&format!("{url}/health/ready")).is_ok()
            {
                break url.to_owned();
            }
            let ended = process.0.try_wait()?;
            if ended.is_some() || began.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(folder.join("stderr")).unwrap_or_default();
                return Err(Failure::new(format!("hotfixd is not ready: {}", log.trim())));
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        Ok(Self { process, folder: folder.to_owned(), url, ready_seconds: began.elapsed().as_secs_f64() })
    }

    /// Waits until a path is served.
    pub(crate) fn until_served(&self, path: &str) -> Result<()> {
        let began = Instant::now();
        while let Err(error) = get(&format!("{}{path}", self.url)) {
            if began.elapsed() > PATIENCE {
                return Err(error);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Its CPU time so far, in seconds.
    pub(crate) fn cpu(&self) -> Result<f64> {
        cpu_of(self.process.0.id())
    }

    /// Its memory, in kilobytes.
    pub(crate) fn rss_kib(&self) -> Result<f64> {
        rss_kib(self.process.0.id())
    }

    /// The publisher's token of the demo.
    pub(crate) fn token(&self) -> Result<String> {
        let text = std::fs::read_to_string(self.folder.join("data/first-run.env"))?;
        let token = text.lines().find_map(|line| line.strip_prefix("HOTFIX_TOKEN="));
        token.map(str::to_owned).at("HOTFIX_TOKEN")
    }
}

/// A body, of an answer that is a success.
pub(crate) fn get(url: &str) -> Result<Vec<u8>> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().proxy(None).timeout_global(Some(PATIENCE)).build().into();
    Ok(agent.get(url).call()?.body_mut().with_config().limit(1 << 30).read_to_vec()?)
}

/// A host: a state folder of the real `hotfix`.
#[derive(Debug)]
pub(crate) struct Host {
    binary: PathBuf,
    state: PathBuf,
    core: usize,
}

impl Host {
    /// A host without a pin.
    pub(crate) fn new(place: &Place, name: &str) -> Result<Self> {
        Ok(Self { binary: place.binary("hotfix")?, state: place.fresh(name)?, core: place.cores.server })
    }

    /// Runs a verb and answers what it printed; what is needed (100) and undetermined (110) are answers too.
    pub(crate) fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Result<String> {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .env_clear()
            .env("HOTFIX_STATE", &self.state)
            .envs(environment.iter().copied());
        let output = command.stdin(Stdio::null()).output()?;
        if !matches!(output.status.code(), Some(0 | 100 | 110)) {
            let error = String::from_utf8_lossy(&output.stderr);
            return Err(Failure::new(format!("hotfix {}: {}", arguments.join(" "), error.trim())));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// What a verb costs, from exec to exit.
    pub(crate) fn measure(&self, arguments: &[&str]) -> Result<Cost> {
        let mut command: Vec<&OsStr> = vec![self.binary.as_os_str()];
        command.extend(arguments.iter().map(OsStr::new));
        Ok(measure(self.core, &command, &[("HOTFIX_STATE", self.state.as_os_str())])?.0)
    }
}
