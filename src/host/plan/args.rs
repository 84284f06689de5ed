//! The command line of `hotfix plan`.

use std::path::PathBuf;

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::{Ask, Named, Outcome, plan};
use crate::assess::Goal;
use crate::host::check::Check;
use crate::host::cli::{StateArgs, duration, id, put};
use crate::host::collect::Machine;
use crate::host::state::State;
use crate::host::terminal::colours;
use crate::host::witness::WitnessArgs;
use crate::host::{Error, report};
use crate::model::Id;

/// `hotfix plan`.
#[derive(Debug, Args)]
#[command(
    after_help = "Several inventories are a pool's: every step is taken on every member before the next, the coordinator first. A member is called by its ID, else by its file's name; only by its ID its turn in a rollout is found.\n\nExit codes, the first that holds: 2 usage; 1 error, or an answer that cannot be trusted; 100 something that is needed cannot be planned (an exposure that is left, a target out of reach, a withdrawn hotfix installed); 110 undetermined, or no release; 0 the steps leave nothing open, or nothing is to be done.\n\nExamples:\n  hotfix plan --security\n  hotfix plan --target 6.5-sp1 --inventory pool-1=a.json --inventory pool-2=b.json"
)]
pub struct PlanArgs {
    /// Plan every hotfix that can be installed now without changing the release.
    #[arg(long, conflicts_with_all = ["target", "security", "advisories"])]
    pub all: bool,
    /// Plan what reaches this release, and what is needed there.
    #[arg(long, value_name = "RELEASE", value_parser = id)]
    pub target: Option<Id>,
    /// Plan for security advisories only.
    #[arg(long)]
    pub security: bool,
    /// Plan for these advisories only.
    #[arg(long = "advisory", value_name = "ID", value_parser = id, num_args = 1..)]
    pub advisories: Vec<Id>,
    /// The host's inventory, or one for each member of a pool; - is standard input. Left out: what is found on
    /// this machine.
    #[arg(long = "inventory", value_name = "[ID=]FILE", value_parser = named, num_args = 1..)]
    pub inventories: Vec<Named>,
    /// The member of the pool that is its coordinator. Left out: the first.
    #[arg(long, value_name = "ID", requires = "inventories")]
    pub coordinator: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Ask no server: answer from the last good state.
    #[arg(long)]
    pub offline: bool,
    /// A second source.
    #[command(flatten)]
    pub witness: WitnessArgs,
    /// Accept metadata for so long after its expiry: 12h, 30d, 2w. For sites without a network.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub allow_stale: Option<SignedDuration>,
    /// The host's own id, by which its turn in a rollout is found. For a host by itself.
    #[arg(long, value_name = "ID")]
    pub host_id: Option<String>,
    /// The product.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub product: Option<Id>,
    /// The root folder of the machine that the collectors look at.
    #[arg(long, value_name = "DIR", default_value = "/", hide = true)]
    pub root: PathBuf,
    /// Where the state is.
    #[command(flatten)]
    pub state: StateArgs,
}

impl PlanArgs {
    pub(in crate::host) fn run(self, now: Timestamp) -> Result<u8, Error> {
        let (json, state) = (self.json, self.state.state.clone());
        let planned = State::find(state.as_deref()).and_then(|state| plan(&state, &self.ask()?, now));
        let planned = match planned {
            Err(error) if json => {
                return put(&report::plan_json_error(&error)).map(|()| Outcome::Error.exit_code());
            }
            other => other?,
        };
        if json {
            put(&report::plan_json(&planned))?;
        } else {
            put(&report::plan(&planned, colours()))?;
            if let Some(error) = &planned.checked.not_reached {
                let warning = crate::net::harmless(&error.to_string());
                eprintln!("warning: not asked just now, this is by an earlier copy: {warning}");
            }
            if let Some(warning) = report::witness_warning(&planned.checked) {
                eprintln!("warning: {warning}");
            }
        }
        Ok(planned.outcome().exit_code())
    }

    fn ask(self) -> Result<Ask, Error> {
        let first = self.inventories.first();
        let alone = first.filter(|_| self.inventories.len() == 1);
        let check = Check {
            inventory: first.map(|named| named.file.clone()),
            advisories: self.advisories,
            security: self.security,
            offline: self.offline,
            whole: true,
            witness: self.witness.witness(self.offline)?,
            allow_stale: self.allow_stale,
            host_id: self.host_id.or_else(|| alone.and_then(|named| named.id.clone())),
            product: self.product,
            machine: Machine::at(&self.root),
        };
        let goal = match (self.target, self.all) {
            (Some(release), _) => Goal::Target(release),
            (None, true) => Goal::All,
            (None, false) => Goal::Needed,
        };
        Ok(Ask { check, members: self.inventories, coordinator: self.coordinator, goal })
    }
}

/// `ID=FILE` or `FILE`. A file whose name holds a = is given with a / before it.
fn named(text: &str) -> Result<Named, String> {
    let (id, file) = match text.split_once('=') {
        Some((id, file)) if !id.is_empty() && !id.contains('/') => (Some(id.to_owned()), file),
        _ => (None, text),
    };
    if file.is_empty() {
        return Err("name a file, or - for standard input".to_owned());
    }
    Ok(Named { id, file: PathBuf::from(file) })
}
