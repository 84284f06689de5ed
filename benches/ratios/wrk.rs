//! wrk: the load, from the other core.

use std::path::PathBuf;
use std::process::Stdio;

use crate::bench::{Bench, write};
use crate::failure::{At, Failure, Result};
use crate::process::{pinned, tool};

/// Connections at once.
const CONNECTIONS: &str = "32";

/// Requests of one kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Load {
    /// What is asked for.
    pub(crate) url: String,
    /// Header lines.
    pub(crate) headers: Vec<String>,
    /// What makes each request, in Lua, where they differ or have a body.
    pub(crate) script: Option<PathBuf>,
    /// What the script is told.
    pub(crate) argument: String,
}

impl Load {
    /// The same request each time.
    pub(crate) fn get(url: impl Into<String>, headers: &[String]) -> Self {
        Self { url: url.into(), headers: headers.to_vec(), ..Self::default() }
    }

    /// Requests as a script makes them.
    pub(crate) fn scripted(bench: &Bench, name: &str, url: impl Into<String>, script: &str) -> Result<Self> {
        let path = bench.folder.join(format!("{name}.lua"));
        write(&path, script)?;
        Ok(Self { url: url.into(), script: Some(path), ..Self::default() })
    }

    /// A second of it: what each request cost the server, in seconds of its CPU time.
    pub(crate) fn cost(&self, bench: &Bench, cpu: impl Fn() -> Result<f64>) -> Result<f64> {
        let mut command = pinned(bench.cores.load, tool("wrk", "wrk")?);
        command.args(["-t", "1", "-c", CONNECTIONS, "-d", "1s"]);
        for header in &self.headers {
            command.args(["-H", header]);
        }
        if let Some(script) = &self.script {
            command.arg("-s").arg(script);
        }
        command.arg(&self.url);
        if !self.argument.is_empty() {
            command.args(["--", &self.argument]);
        }
        let before = cpu()?;
        let output = command.stderr(Stdio::piped()).output()?;
        let spent = cpu()? - before;
        let text = String::from_utf8_lossy(&output.stdout);
        // It goes on without a script that it cannot read.
        if let Some(error) = String::from_utf8_lossy(&output.stderr).lines().next() {
            return Err(Failure::new(format!("wrk: {error}")));
        }
        if let Some(wrong) =
            text.lines().find(|line| line.contains("Non-2xx") || line.contains("Socket errors"))
        {
            return Err(Failure::new(format!("{}: {}", self.url, wrong.trim())));
        }
        let requests = text.lines().find_map(|line| line.trim().split_once(" requests in "));
        let requests: f64 = requests.and_then(|(count, _)| count.parse().ok()).at("wrk")?;
        if requests < 1.0 { Err(Failure::new("wrk had no answer")) } else { Ok(spent / requests) }
    }
}
