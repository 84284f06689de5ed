//! The command line of `hotfix download`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::{Download, Downloaded, download};
use crate::host::Error;
use crate::host::cli::{StateArgs, duration, id, put};
use crate::host::collect::Machine;
use crate::host::state::State;
use crate::host::terminal::json_text;
use crate::model::Id;
use crate::net::harmless;

/// `hotfix download`.
#[derive(Debug, Args)]
#[command(
    after_help = "A download that was broken off carries on where it ended when it is run again.\n\nExamples:\n  hotfix download XS65E005\n  hotfix download EXA-12-001 EXA-12-002 --to /var/tmp/hotfixes"
)]
pub struct DownloadArgs {
    /// The hotfixes, by id or UUID.
    #[arg(value_name = "ID", required = true, value_parser = id)]
    pub hotfixes: Vec<Id>,
    /// The folder that the files go to.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub to: PathBuf,
    /// The product.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub product: Option<Id>,
    /// Accept metadata for so long after its expiry: 12h, 30d, 2w.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub allow_stale: Option<SignedDuration>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// The root folder of the machine that the collectors look at.
    #[arg(long, value_name = "DIR", default_value = "/", hide = true)]
    pub root: PathBuf,
    /// Where the state is.
    #[command(flatten)]
    pub state: StateArgs,
}

impl DownloadArgs {
    pub(in crate::host) fn run(self, now: Timestamp) -> Result<u8, Error> {
        let state = State::find(self.state.state.as_deref())?;
        let what = Download {
            hotfixes: self.hotfixes,
            to: self.to,
            product: self.product,
            allow_stale: self.allow_stale,
            machine: Machine::at(&self.root),
        };
        let done = download(&state, &what, now)?;
        if let Some(error) = &done.not_reached {
            let warning = harmless(&error.to_string());
            eprintln!("warning: not asked just now, this is by an earlier copy: {warning}");
        }
        put(&if self.json { json(&done) } else { text(&done) }).map(|()| 0)
    }
}

fn json(done: &Downloaded) -> String {
    let not_reached = done.not_reached.as_ref().map(ToString::to_string);
    json_text(&serde_json::json!({
        "schema": "hotfixd/download/1",
        "files": done.files,
        "not_reached": not_reached,
    }))
}

fn text(done: &Downloaded) -> String {
    let mut out = String::new();
    for file in &done.files {
        let (path, bytes) = (harmless(&file.path.display().to_string()), file.bytes);
        let how = match &file.source {
            Some(source) => format!("from {}", harmless(source)),
            None => "here already".to_owned(),
        };
        let _ = writeln!(out, "{path}: {bytes} bytes, SHA-256 verified, {how}");
    }
    if done.files.is_empty() {
        out.push_str("Nothing to download: the publisher says that there are no files.\n");
    }
    out
}
