//! Processes, and what they cost: CPU time, not time on the wall, because that says little on a shared machine.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use wait4::Wait4 as _;

use crate::failure::{At, Failure, Result};

/// What a command cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// User and system time, in seconds.
    pub(crate) cpu: f64,
    /// The most memory that it had at once, in kilobytes.
    pub(crate) rss_kib: f64,
}

/// A process, killed when dropped.
#[derive(Debug)]
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The processors: one for whoever serves, another for the load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cores {
    /// For what is measured.
    pub(crate) server: usize,
    /// For what asks it.
    pub(crate) load: usize,
}

impl Cores {
    /// The first and the last that this process may use.
    pub(crate) fn find() -> Result<Self> {
        let status = std::fs::read_to_string("/proc/self/status")?;
        let list = status
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
            .at("Cpus_allowed_list")?;
        let mut numbers = list.split([',', '-']).filter_map(|number| number.trim().parse().ok());
        let server = numbers.next().at("Cpus_allowed_list")?;
        Ok(Self { server, load: numbers.next_back().unwrap_or(server) })
    }
}

/// Where a command is, or what to install for it.
pub(crate) fn tool(name: &str, package: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(PathBuf::from));
    let found = folders.map(|folder| folder.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| Failure::missing(format!("there is no {name} here: install {package}")))
}

/// A command that runs on one processor, with nothing of the caller's environment but the path.
pub(crate) fn pinned(core: usize, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(program).env_clear().stdin(Stdio::null());
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command
}

/// The CPU time of all threads that a process has, in seconds.
pub(crate) fn cpu_of(process: u32) -> Result<f64> {
    let mut nanoseconds = 0;
    for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
        // One that ended meanwhile is not counted; those that serve do not end.
        let Ok(text) = std::fs::read_to_string(task?.path().join("schedstat")) else { continue };
        nanoseconds += text.split(' ').next().and_then(|text| text.parse::<u64>().ok()).at("schedstat")?;
    }
    Ok(Duration::from_nanos(nanoseconds).as_secs_f64())
}

/// The memory that a process has now, in kilobytes.
pub(crate) fn rss_kib(process: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).at("VmRSS")?;
    line.trim().trim_end_matches(" kB").trim().parse().at("VmRSS")
}

/// The CPU time of this thread, in seconds.
pub(crate) fn thread_cpu() -> Result<f64> {
    clock(ClockId::ThreadCPUTime)
}

/// The CPU time of this process, in seconds.
pub(crate) fn own_cpu() -> Result<f64> {
    clock(ClockId::ProcessCPUTime)
}

fn clock(clock: ClockId) -> Result<f64> {
    Ok(Duration::try_from(clock_gettime(clock))?.as_secs_f64())
}

/// Runs a command and says what it cost, and what it printed. It is started by a small process of this
/// program: the system counts the memory of whoever starts a process as that process' own until it has more.
pub(crate) fn measure(
    core: usize,
    command: &[&OsStr],
    environment: &[(&str, &OsStr)],
) -> Result<(Cost, String)> {
    let mut runner = pinned(core, std::env::current_exe()?);
    runner.args(["child", "measure"]).args(command).envs(environment.iter().copied());
    let output = runner.stderr(Stdio::piped()).output()?;
    let said: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| Failure::new(String::from_utf8_lossy(&output.stderr).trim()))?;
    let number = |name: &str| said.get(name).and_then(Value::as_f64).at(name);
    let exit = said.get("exit").and_then(Value::as_i64).unwrap_or(-1);
    if let Some(error) = said.get("stderr").and_then(Value::as_str).filter(|_| !matches!(exit, 0 | 100 | 110))
    {
        return Err(Failure::new(format!("{} ended with {exit}: {error}", shown(command))));
    }
    let printed = said.get("stdout").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok((Cost { cpu: number("cpu")?, rss_kib: number("rss_kib")? }, printed))
}

fn shown(command: &[&OsStr]) -> String {
    let name = |word: &&OsStr| Path::new(word).file_name().unwrap_or(word).to_string_lossy().into_owned();
    command.iter().take(3).map(name).collect::<Vec<_>>().join(" ")
}

/// The other side of [`measure`].
pub(crate) fn measured(command: &[String]) -> Result<()> {
    let (program, arguments) = command.split_first().at("a command")?;
    let (out, err) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let mut child = Command::new(program)
        .args(arguments)
        .stdout(out.try_clone()?)
        .stderr(err.try_clone()?)
        .spawn()
        .at(program)?;
    let ended = child.wait4()?;
    let usage = ended.rusage;
    let (printed, error) = (text(out)?, text(err)?);
    let said = json!({
        "cpu": (usage.utime + usage.stime).as_secs_f64(), "rss_kib": usage.maxrss / 1_024, "exit": ended.status.code(),
        "stderr": error.lines().last().unwrap_or_default(), "stdout": printed,
    });
    println!("{said}");
    Ok(())
}

fn text(mut file: File) -> Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
