//! The publisher's verbs.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{Error, key, lint, new, sign, submissions};

/// What a publisher can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a signing key, or show what one is.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Write a commented document to fill in.
    New(NewArgs),
    /// Check documents by every rule that the server holds.
    Lint(LintArgs),
    /// Sign documents: makes the submission, with no network where the current state is given.
    Sign(SignArgs),
    /// Hand a submission to the server.
    Submit(SubmitArgs),
    /// Add a signature to a submission that waits for one.
    Cosign(CosignArgs),
    /// Release a submission that has passed every gate.
    Release(ReleaseArgs),
    /// Show the submissions, or one of them with its gates.
    Status(StatusArgs),
}

/// `hotfix key`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make an Ed25519 key: PKCS#8 PEM, readable by its owner only, with its public half beside it.
    New {
        /// Where to write it; the public half goes beside it as NAME.pub.pem.
        #[arg(short, long, value_name = "FILE", default_value = "publisher.pem")]
        output: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show the key id, scheme and fingerprint of a private or public key.
    Show {
        /// The key, PEM.
        file: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What kind of document to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum NewKind {
    /// An advisory.
    Advisory,
    /// A hotfix.
    Hotfix,
    /// A product.
    Product,
}

/// `hotfix new`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hotfix new hotfix XS65E099 --product xenserver --release 6.5\n  hotfix new advisory XS65-EXAMPLE -o -"
)]
pub struct NewArgs {
    /// What to write.
    pub kind: NewKind,
    /// Its id.
    pub id: String,
    /// The product that it belongs to.
    #[arg(long, value_name = "ID", default_value = "xenserver")]
    pub product: String,
    /// A release that it is for.
    #[arg(long, value_name = "ID", default_value = "6.5")]
    pub release: String,
    /// Where to write it; `-` is standard output. Left out: ID.toml.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Which server, and what of it to trust.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// The server.
    #[arg(long, env = "HOTFIX_SERVER", value_name = "URL")]
    pub server: Option<String>,
}

/// `hotfix lint`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hotfix lint samples/xenserver\n  hotfix lint XS65E099.toml --server http://127.0.0.1:8650"
)]
pub struct LintArgs {
    /// Documents, or folders of them.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The server whose catalogue they join.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `hotfix sign`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hotfix sign XS65E099.toml --key keys/dev/publisher-xenserver.pem --server http://127.0.0.1:8650\n  hotfix sign samples/xenserver --key publisher.pem -o first.json   # the first version: no server needed"
)]
pub struct SignArgs {
    /// Documents, or folders of them.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// A private key of the publisher; several where several sign here.
    #[arg(long = "key", required = true, value_name = "FILE")]
    pub keys: Vec<PathBuf>,
    /// The server whose current state the submission is built on.
    #[command(flatten)]
    pub server: ServerArgs,
    /// A static mirror (a folder with metadata/ and targets/) with that state, where there is no network.
    #[arg(long, value_name = "DIR", conflicts_with = "server")]
    pub mirror: Option<PathBuf>,
    /// Public keys that may have signed the current state, where it is not one of --key.
    #[arg(long = "trusted-key", value_name = "FILE")]
    pub trusted_keys: Vec<PathBuf>,
    /// For how many days the signature counts, 1 to 90.
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=90))]
    pub days: i64,
    /// Where to write the submission.
    #[arg(short, long, value_name = "FILE", default_value = "submission.json")]
    pub output: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `hotfix submit`.
#[derive(Debug, Args)]
pub struct SubmitArgs {
    /// The submission, as `hotfix sign` wrote it.
    pub file: PathBuf,
    /// The server.
    #[command(flatten)]
    pub server: ServerArgs,
    /// The folder with the files of its hotfixes. Left out: the submission's own.
    #[arg(long, value_name = "DIR")]
    pub payloads: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `hotfix cosign`.
#[derive(Debug, Args)]
pub struct CosignArgs {
    /// The submission's id.
    pub id: String,
    /// A private key of the publisher.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Public keys that may have signed the current state, where it is not --key: what changes is told from it.
    #[arg(long = "trusted-key", value_name = "FILE")]
    pub trusted_keys: Vec<PathBuf>,
    /// The server.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `hotfix release`.
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    /// The submission's id.
    pub id: String,
    /// The server.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `hotfix status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// The submission's id; left out: all.
    pub id: Option<String>,
    /// The server.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

impl Command {
    /// Whether the answer, and an error too, is to be printed as JSON.
    #[must_use]
    pub fn json(&self) -> bool {
        match self {
            Self::Key(KeyCommand::New { json, .. } | KeyCommand::Show { json, .. }) => *json,
            Self::New(_) => false,
            Self::Lint(args) => args.json,
            Self::Sign(args) => args.json,
            Self::Submit(args) => args.json,
            Self::Cosign(args) => args.json,
            Self::Release(args) => args.json,
            Self::Status(args) => args.json,
        }
    }

    /// Does it: data goes to standard output, everything else to standard error. `now` is the machine's
    /// clock. Answers the exit code: 0, or 1 where documents break rules.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn run(self, now: Timestamp) -> Result<u8, Error> {
        match self {
            Self::Key(command) => key::run(&command).map(|()| 0),
            Self::New(args) => new::run(&args).map(|()| 0),
            Self::Lint(args) => lint::run(&args),
            Self::Sign(args) => sign::run(&args, now).map(|()| 0),
            Self::Submit(args) => submissions::submit(&args).map(|()| 0),
            Self::Cosign(args) => submissions::cosign(&args).map(|()| 0),
            Self::Release(args) => submissions::release(&args).map(|()| 0),
            Self::Status(args) => submissions::status(&args).map(|()| 0),
        }
    }
}
