//! The host's verbs.

use std::mem::ManuallyDrop;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use super::changed::since_last;
use super::check::{Check, check};
use super::collect::Machine;
use super::download::DownloadArgs;
use super::explain::explain;
use super::init::{Anchor, Init, init};
use super::plan::PlanArgs;
use super::state::State;
use super::terminal::{colours, json_text, print};
use super::witness::WitnessArgs;
use super::{Error, products, report};
use crate::model::Id;
use crate::net::ServerUrl;
use crate::trust::Digest;

/// What a host can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Pin the root of trust of a server, once.
    Init(InitArgs),
    /// Refresh, verify, and say what is needed on this host.
    Check(CheckArgs),
    /// Print the ordered steps for this host, or for a pool, with what each is for.
    Plan(PlanArgs),
    /// Download the files of hotfixes, and verify them.
    Download(DownloadArgs),
    /// Print what the collectors find on this machine, as an inventory.
    Inventory(InventoryArgs),
}

/// What a host does every hour.
#[derive(Debug, Subcommand)]
pub enum Hourly {
    /// Refresh, verify, and say what is needed on this host.
    Check(CheckArgs),
}

/// Where the state is.
#[derive(Debug, Args)]
pub struct StateArgs {
    /// The state folder. Left out: /var/lib/hotfix for root, else $XDG_STATE_HOME/hotfix or
    /// ~/.local/state/hotfix.
    #[arg(long, env = "HOTFIX_STATE", value_name = "DIR")]
    pub state: Option<PathBuf>,
}

/// `hotfix init`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hotfix init --server http://127.0.0.1:8650\n  hotfix init --server https://hotfix.example.org --fingerprint SHA256 --product xenserver"
)]
pub struct InitArgs {
    /// The server.
    #[arg(long, env = "HOTFIX_SERVER", value_name = "URL", value_parser = Server)]
    pub server: ServerUrl,
    /// The root of trust, as whoever runs the server gave it to you.
    #[arg(long, value_name = "FILE", conflicts_with = "fingerprint")]
    pub root: Option<PathBuf>,
    /// The SHA-256 of a root of the server, as whoever runs it told you.
    #[arg(long, value_name = "SHA256", value_parser = fingerprint)]
    pub fingerprint: Option<Digest>,
    /// The product of this host, where it is not to be found out.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub product: Option<Id>,
    /// Accept a root made for development from a server that is not this machine. For tests only.
    #[arg(long)]
    pub allow_development: bool,
    /// Replace another pin without asking.
    #[arg(long)]
    pub yes: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Where the state is.
    #[command(flatten)]
    pub state: StateArgs,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: `hotfixd/check/1`.
    Json,
    /// One line for Nagios; exits 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
    Nagios,
    /// Metrics for Prometheus' textfile collector.
    Prometheus,
}

/// `hotfix check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing is needed; 1 error, or an answer that cannot be trusted; 2 usage; 100 something is needed (exposed, awaiting a restart, a withdrawn hotfix installed); 110 undetermined, or no release.\n\nExamples:\n  hotfix check --witness https://mirror.example.org\n  hotfix check --advisory XS65-TRIM --inventory host.json --json"
)]
pub struct CheckArgs {
    /// The host's inventory; - is standard input. Left out: what is found on this machine.
    #[arg(long, value_name = "FILE")]
    pub inventory: Option<PathBuf>,
    /// Ask about these advisories only: narrows verdict, plan and exit code.
    #[arg(long = "advisory", value_name = "ID", value_parser = id, num_args = 1..)]
    pub advisories: Vec<Id>,
    /// Ask about security advisories only.
    #[arg(long)]
    pub security: bool,
    /// Print JSON: the same as --format json.
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// The form of the answer.
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Ask no server: answer from the last good state.
    #[arg(long)]
    pub offline: bool,
    /// A second source.
    #[command(flatten)]
    pub witness: WitnessArgs,
    /// Say how the answer to an advisory or hotfix came about, and what would settle it.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub explain: Option<Id>,
    /// Accept metadata for so long after its expiry: 12h, 30d, 2w. For sites without a network.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub allow_stale: Option<SignedDuration>,
    /// The host's own id, by which its turn in a rollout is found.
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

/// `hotfix inventory`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hotfix inventory > host.json\n  hotfix inventory --product xenserver | hotfix check --inventory -"
)]
pub struct InventoryArgs {
    /// The product; left out: the one of `hotfix init`, or what the products' own documents tell.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub product: Option<Id>,
    /// The root folder of the machine that the collectors look at.
    #[arg(long, value_name = "DIR", default_value = "/", hide = true)]
    pub root: PathBuf,
    /// Print JSON, which it always does.
    #[arg(long)]
    pub json: bool,
    /// Where the state is.
    #[command(flatten)]
    pub state: StateArgs,
}

impl Command {
    /// Whether the answer, and an error too, is to be printed as JSON.
    #[must_use]
    pub fn json(&self) -> bool {
        match self {
            Self::Init(args) => args.json,
            Self::Check(args) => args.form() == Format::Json,
            Self::Plan(args) => args.json,
            Self::Download(args) => args.json,
            Self::Inventory(args) => args.json,
        }
    }

    /// Does it: data goes to standard output, everything else to standard error. `now` is the machine's
    /// clock. Answers the exit code.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn run(self, now: Timestamp) -> Result<u8, Error> {
        match self {
            Self::Init(args) => run_init(&args, now),
            Self::Check(args) => run_check(args, now),
            Self::Plan(args) => args.run(now),
            Self::Download(args) => args.run(now),
            Self::Inventory(args) => run_inventory(&args),
        }
    }
}

impl CheckArgs {
    fn form(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

fn run_init(args: &InitArgs, now: Timestamp) -> Result<u8, Error> {
    let anchor = match (&args.root, args.fingerprint) {
        (Some(file), _) => Anchor::File(file),
        (None, Some(digest)) => Anchor::Fingerprint(digest),
        (None, None) => Anchor::FirstUse,
    };
    let what = Init {
        server: &args.server,
        anchor,
        product: args.product.as_ref(),
        allow_development: args.allow_development,
        yes: args.yes,
    };
    let state = State::find(args.state.state.as_deref())?;
    let pinned = init(&state, &what, now)?;
    if args.json {
        put(&json_text(&pinned))?;
    } else {
        put(&report::pinned(&pinned, matches!(anchor, Anchor::FirstUse), now, colours()))?;
    }
    Ok(0)
}

fn run_check(args: CheckArgs, now: Timestamp) -> Result<u8, Error> {
    let form = args.form();
    let (explained, given, asked) = (args.explain.clone(), args.inventory.is_some(), !args.offline);
    let answer = State::find(args.state.state.as_deref()).and_then(|state| {
        let what = Check {
            inventory: args.inventory,
            advisories: args.advisories,
            security: args.security,
            offline: args.offline,
            whole: explained.is_some(),
            witness: args.witness.witness(args.offline)?,
            allow_stale: args.allow_stale,
            host_id: args.host_id,
            product: args.product,
            machine: Machine::at(&args.root),
        };
        let checked = check(&state, &what, now)?;
        let explanation = explained.map(|id| explain(&checked, &id)).transpose()?;
        // An answer is not lost because it cannot be kept.
        let changed = since_last(&state, &checked, given, asked).unwrap_or_else(|error| {
            eprintln!("warning: what changed cannot be said: {}", crate::net::harmless(&error.to_string()));
            None
        });
        Ok((checked, explanation, changed))
    });
    let (checked, explanation, changed) = match (answer, form) {
        // The process ends with its answer: a whole catalogue is not taken apart before.
        (Ok((checked, explanation, changed)), _) => (ManuallyDrop::new(checked), explanation, changed),
        (Err(error), Format::Text) => return Err(error),
        (Err(error), Format::Json) => return put(&report::json_error(&error)).map(|()| 1),
        (Err(error), Format::Prometheus) => return put(&report::prometheus_error(&error)).map(|()| 1),
        (Err(error), Format::Nagios) => {
            let (line, code) = report::nagios_error(&error);
            return put(&line).map(|()| code);
        }
    };
    match form {
        Format::Text => {
            let mut text = report::text(&checked, colours());
            if let Some(explanation) = &explanation {
                text.push_str(&report::explanation(explanation, colours()));
            }
            if let Some(changed) = &changed {
                text.push_str(&report::changed(changed, colours()));
            }
            put(&text)?;
            if let Some(error) = &checked.not_reached {
                let warning = crate::net::harmless(&error.to_string());
                eprintln!("warning: not asked just now, this is by an earlier copy: {warning}");
            }
            if let Some(warning) = report::witness_warning(&checked) {
                eprintln!("warning: {warning}");
            }
        }
        Format::Json => put(&report::json(&checked, explanation.as_ref(), changed.as_ref()))?,
        Format::Prometheus => put(&report::prometheus(&checked))?,
        Format::Nagios => {
            let (line, code) = report::nagios(&checked);
            return put(&line).map(|()| code);
        }
    }
    Ok(checked.exit_code())
}

fn run_inventory(args: &InventoryArgs) -> Result<u8, Error> {
    let machine = Machine::at(&args.root);
    let state = State::find(args.state.state.as_deref());
    let product = match (&args.product, state) {
        (Some(product), _) => Some(product.clone()),
        (None, Ok(state)) => match state.settings() {
            Ok(settings) if settings.product.is_some() => settings.product,
            _ => products::local(&state, &machine)?,
        },
        (None, Err(_)) => None,
    };
    let product = product.ok_or(Error::ProductUnknown { known: Vec::new() })?;
    let inventory = machine.inventory(&product)?;
    put(&json_text(&inventory)).map(|()| 0)
}

pub(super) fn put(text: &str) -> Result<(), Error> {
    print(text).map_err(|error| Error::Output { reason: error.to_string() })
}

/// Reads an address. What cannot be one is not repeated as it came: it may hold a password.
#[derive(Debug, Clone)]
pub(super) struct Server;

impl clap::builder::TypedValueParser for Server {
    type Value = ServerUrl;

    fn parse_ref(
        &self,
        command: &clap::Command,
        option: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<ServerUrl, clap::Error> {
        ServerUrl::parse(&value.to_string_lossy()).map_err(|error| {
            let option = option.and_then(clap::Arg::get_long).unwrap_or("server");
            let text = format!("--{option}: {error}. {}\n", error.remedy());
            clap::Error::raw(clap::error::ErrorKind::ValueValidation, text).with_cmd(command)
        })
    }
}

pub(super) fn id(text: &str) -> Result<Id, String> {
    Id::new(text).ok_or_else(|| "an id has 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first".to_owned())
}

/// As `sha256sum` or `openssl` write it.
fn fingerprint(text: &str) -> Result<Digest, String> {
    let plain = text.trim().to_ascii_lowercase().replace(':', "");
    let plain = plain.strip_prefix("sha256").unwrap_or(&plain);
    plain.parse().map_err(|_| "a SHA-256 has 64 hexadecimal digits".to_owned())
}

/// `90m`, `12h`, `30d`, `2w`.
pub(super) fn duration(text: &str) -> Result<SignedDuration, String> {
    let wrong = || "write a number and m, h, d or w, such as 12h or 30d".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let hours = match unit {
        'm' => None,
        'h' => Some(1),
        'd' => Some(24),
        'w' => Some(24 * 7),
        _ => return Err(wrong()),
    };
    let count: i64 = text.strip_suffix(unit).unwrap_or_default().parse().map_err(|_| wrong())?;
    let length = match hours {
        None => SignedDuration::try_from_mins(count),
        Some(hours) => count.checked_mul(hours).and_then(SignedDuration::try_from_hours),
    };
    length.filter(|length| !length.is_negative()).ok_or_else(wrong)
}

/// Prints an error: for people on standard error, else as JSON on standard output.
pub fn print_error(code: &str, message: &str, remedy: &str, exit: u8, json: bool) {
    if json {
        let document =
            serde_json::json!({ "code": code, "message": message, "remedy": remedy, "exit": exit });
        let _ = print(&json_text(&document));
        return;
    }
    let lines = |text: &str| text.lines().map(crate::net::harmless).collect::<Vec<_>>().join("\n  ");
    eprintln!("error: {}", lines(message));
    if !remedy.is_empty() {
        eprintln!("  {}", lines(remedy));
    }
}
