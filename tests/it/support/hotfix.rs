//! The real `hotfix`, with a state folder of its own and nothing of the caller's environment.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A host: a state folder, and the binary that uses it.
pub struct Host {
    /// What the test may use.
    pub folder: TempDir,
    /// Seconds by which the host's clock is off.
    pub clock_offset: i64,
}

/// What a command answered.
#[derive(Debug)]
pub struct Answer {
    /// Its exit code.
    pub exit: i32,
    /// What it printed.
    pub out: String,
    /// What it complained of.
    pub err: String,
}

impl Answer {
    /// The JSON that it printed.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Host {
    /// A host without a pin.
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), clock_offset: 0 }
    }

    /// A host that has pinned the root of a server on this machine.
    pub fn of(url: &str) -> Self {
        let host = Self::new();
        let answer = host.run(&["init", "--server", url]);
        assert_eq!(answer.exit, 0, "{answer:?}");
        host
    }

    /// The same host, whose server is at another address now.
    pub fn moved(&self, url: &str) {
        let path = self.state().join("server.json");
        let mut settings: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        settings["server"] = url.into();
        std::fs::write(&path, settings.to_string()).unwrap();
    }

    /// A host with the state of another.
    pub fn of_copy(other: &Self) -> Self {
        let host = Self::new();
        for (name, content) in other.snapshot() {
            let path = host.state().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        host
    }

    /// The state folder.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Writes a file beside the state.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// The command, not yet run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hotfix"));
        command
            .args(arguments)
            .env_clear()
            .env("HOTFIX_STATE", self.state())
            .env("HOTFIX_CLOCK_OFFSET_SECONDS", self.clock_offset.to_string())
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a verb.
    pub fn run(&self, arguments: &[&str]) -> Answer {
        answer(self.command(arguments).output().unwrap())
    }

    /// Runs a verb with this on its standard input.
    pub fn run_with(&self, arguments: &[&str], input: &[u8]) -> Answer {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // One that reads only so much closes its end early.
        let _ = stdin.write_all(input);
        drop(stdin);
        answer(child.wait_with_output().unwrap())
    }

    /// `hotfix check` of an inventory, as JSON.
    pub fn check(&self, inventory: &str, more: &[&str]) -> Answer {
        let file = self.file("inventory.json", inventory);
        let arguments = [&["check", "--json", "--inventory", &file], more].concat();
        self.run(&arguments)
    }

    /// Every file of the state, with its content.
    pub fn snapshot(&self) -> Vec<(String, Vec<u8>)> {
        fn walk(folder: &Path, base: &Path, out: &mut Vec<(String, Vec<u8>)>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, base, out);
                } else {
                    let name = path.strip_prefix(base).unwrap().display().to_string();
                    out.push((name, std::fs::read(&path).unwrap()));
                }
            }
        }
        let mut out = Vec::new();
        walk(&self.state(), &self.state(), &mut out);
        out.sort();
        out
    }

    /// The last good state of XenServer.
    pub fn good(&self) -> Vec<u8> {
        std::fs::read(self.state().join("good/xenserver.pack")).unwrap()
    }
}

/// What a finished process answered.
pub fn answer(output: Output) -> Answer {
    Answer {
        exit: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
