//! `hotfixd`: the service. This file reads the command line and maps errors to exit codes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use hotfixd::ops::doctor::Level;
use hotfixd::ops::restore::{LostRole, Mirrors};
use hotfixd::ops::{self, backup::Manifest};
use hotfixd::server::config::{Config, ConfigError, LogFormat, Raw};
use hotfixd::server::import::xenserver_facts;
use hotfixd::server::{ServeError, demo, export, healthcheck, serve, url_of};
use tracing_subscriber::EnvFilter;

#[derive(Parser)]
#[command(name = "hotfixd", version, about = "Distributes hotfixes and advisories that publishers sign")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve what was published
    Serve(Settings),
    /// Serve sample data with development keys: to look around, not for production
    Demo(Settings),
    /// Make documents from what others keep
    #[command(
        after_help = "Examples:\n  hotfixd import xenserver-facts samples/xenserver/facts samples/xenserver"
    )]
    Import {
        /// What the facts are
        #[arg(value_enum)]
        format: ImportFormat,
        /// Folder of the facts
        path: PathBuf,
        /// Folder of the product: it has a product.toml, and other documents written by hand are kept
        out: PathBuf,
    },
    /// Write everything that hosts are served as plain files, for any web server or bucket
    #[command(
        after_help = "Examples:\n  hotfixd export /srv/mirror\n  hotfixd export /srv/mirror --data /var/lib/hotfixd --json\n\n\
                      The service may be running. See docs/mirror.md."
    )]
    Export {
        /// Folder to write to; hosts are given the URL at which it is served
        target: PathBuf,
        /// Never take a file away
        #[arg(long)]
        keep: bool,
        /// Say as JSON what was done
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        stored: Stored,
    },
    /// Write everything that the service keeps to a new folder, while it serves or not
    #[command(
        after_help = "Examples:\n  hotfixd backup /backup/2026-11-25\n  hotfixd backup /backup/now --data /var/lib/hotfixd --json\n\n\
                      Private keys are not in it: keep their folder apart. See docs/operations.md."
    )]
    Backup {
        /// Folder to write; it must not be there yet
        target: PathBuf,
        /// Say as JSON what was done
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        stored: Stored,
    },
    /// Put a backup into an empty data folder and database, of either kind; the service is stopped meanwhile
    #[command(
        after_help = "Examples:\n  hotfixd restore /backup/2026-11-25 --data /var/lib/hotfixd --keys /etc/hotfixd/keys\n  \
                      hotfixd restore /backup/now --database postgres://hotfixd@db/hotfixd\n  \
                      hotfixd restore /backup/now --mirror https://mirror.example.org\n\n\
                      Versions go on above all that was issued. See docs/operations.md."
    )]
    Restore {
        /// Folder that `hotfixd backup` wrote
        source: PathBuf,
        /// Ask a mirror which versions it has, and go above them; may be given again
        #[arg(long = "mirror", value_name = "URL")]
        mirrors: Vec<String>,
        /// Go on without mirrors that cannot be reached, or serve what the backup does not trust
        #[arg(long, requires = "mirrors")]
        skip_bad_mirrors: bool,
        /// Say as JSON what was done
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        stored: Stored,
        /// Folder of the online keys
        #[arg(long, value_name = "FOLDER")]
        keys: Option<String>,
    },
    /// Look at everything that the service stands on: exit 0 if all is well or only to be looked at, 1 if not
    #[command(
        after_help = "Examples:\n  hotfixd doctor\n  hotfixd doctor --data /var/lib/hotfixd --keys /etc/hotfixd/keys --json"
    )]
    Doctor {
        /// Say it as JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        stored: Stored,
        /// Folder of the online keys
        #[arg(long, value_name = "FOLDER")]
        keys: Option<String>,
    },
    /// Ask a running service whether it is ready: exit 0 if it is, 1 with what is wrong if not
    #[command(after_help = "Examples:\n  hotfixd healthcheck\n  \
                            hotfixd healthcheck --url http://127.0.0.1:9000/patches")]
    Healthcheck {
        /// Where it is; else where HOTFIXD_LISTEN says that it listens, else http://127.0.0.1:8650
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum ImportFormat {
    /// hotfixes.json and advisories.json of XenServer's history
    XenserverFacts,
}

/// Where what was published is kept.
#[derive(Args)]
struct Stored {
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE", env = "HOTFIXD_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the database and the blobs
    #[arg(long, value_name = "FOLDER")]
    data: Option<String>,
    /// The database
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

impl Stored {
    /// The settings, and the folder of the online keys: the one that is named, else that of `serve`, else that of `demo`.
    fn with_keys(self, keys: Option<String>) -> Result<(Config, PathBuf), ConfigError> {
        let mut config = self.read()?;
        let named = keys.map(PathBuf::from).or_else(|| config.keys.take());
        let usual = || {
            let own = PathBuf::from("keys");
            if own.join("snapshot.pem").is_file() { own } else { own.join("dev") }
        };
        Ok((config, named.unwrap_or_else(usual)))
    }

    fn read(self) -> Result<Config, ConfigError> {
        let mut raw = Raw::read(self.config.as_deref(), |name| std::env::var(name).ok())?;
        raw.flag("data", self.data);
        raw.flag("database", self.database);
        Config::new(&raw)
    }
}

#[derive(Args)]
#[command(after_help = "Every setting is also HOTFIXD_… in the environment.\n\n\
                        Examples:\n  hotfixd demo --listen 127.0.0.1:9000\n  \
                        hotfixd serve --config /etc/hotfixd.toml")]
struct Settings {
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE", env = "HOTFIXD_CONFIG")]
    config: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Folder of the database and the blobs
    #[arg(long, value_name = "FOLDER")]
    data: Option<String>,
    /// The database
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Folder of the online keys
    #[arg(long, value_name = "FOLDER")]
    keys: Option<String>,
}

impl Settings {
    fn read(self) -> Result<Config, ConfigError> {
        let mut raw = Raw::read(self.config.as_deref(), |name| std::env::var(name).ok())?;
        raw.flag("listen", self.listen);
        raw.flag("data", self.data);
        raw.flag("database", self.database);
        raw.flag("keys", self.keys);
        Config::new(&raw)
    }
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(settings) => service(settings, serve),
        Command::Demo(settings) => service(settings, demo::demo),
        Command::Import { format: ImportFormat::XenserverFacts, path, out } => {
            match xenserver_facts(&path, &out) {
                Ok(done) => {
                    println!("{} written, {} removed, {} kept", done.written, done.removed, done.kept);
                    ExitCode::SUCCESS
                }
                Err(error) => failed(&error, 1),
            }
        }
        Command::Export { target, keep, json, stored } => said(mirror(stored, &target, keep, json)),
        Command::Backup { target, json, stored } => said(backup(stored, &target, json)),
        Command::Restore { source, mirrors, skip_bad_mirrors, json, stored, keys } => {
            said(restore(stored, keys, &source, (&mirrors, skip_bad_mirrors), json))
        }
        Command::Doctor { json, stored, keys } => doctor(stored, keys, json),
        Command::Healthcheck { url } => {
            let listen = || std::env::var("HOTFIXD_LISTEN").unwrap_or_else(|_| "127.0.0.1:8650".to_owned());
            match healthcheck(&url.unwrap_or_else(|| url_of(&listen()))) {
                Ok(status) => {
                    println!("{status}");
                    ExitCode::SUCCESS
                }
                Err(error) => failed(&error, 1),
            }
        }
    }
}

/// What is to be printed; or what went wrong, with the exit code.
type Said = Result<String, Wrong>;

struct Wrong {
    error: String,
    code: u8,
}

impl From<ConfigError> for Wrong {
    fn from(error: ConfigError) -> Self {
        Self { error: error.to_string(), code: 2 }
    }
}

fn said(said: Said) -> ExitCode {
    match said {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(Wrong { error, code }) => failed(&error, code),
    }
}

fn failure(error: impl std::error::Error) -> Wrong {
    Wrong { error: error.to_string(), code: 1 }
}

fn mirror(stored: Stored, target: &Path, keep: bool, json: bool) -> Said {
    let config = stored.read()?;
    let done = export::export(&config, target, keep).map_err(failure)?;
    Ok(if json { export::to_json(&done, target).to_string() } else { export::report(&done, target, &config) })
}

fn backup(stored: Stored, target: &Path, json: bool) -> Said {
    let config = stored.read()?;
    let done = ops::backup::backup(config.store.clone(), target, config.clock.now()).map_err(failure)?;
    if json {
        return Ok(as_json(&done));
    }
    let (target, told) = (target.display(), told(&done));
    Ok(format!("{target}: {told}\nKeep the folder of the online keys apart: no private key is in it."))
}

fn restore(
    stored: Stored,
    keys: Option<String>,
    source: &Path,
    (mirrors, skip_bad): (&[String], bool),
    json: bool,
) -> Said {
    let (config, keys) = stored.with_keys(keys)?;
    let mirrors = Mirrors::read(mirrors, skip_bad).map_err(|error| Wrong { error, code: 2 })?;
    let done = ops::restore::restore(source, config.store.clone(), &keys, &mirrors).map_err(failure)?;
    if json {
        return Ok(as_json(&done));
    }
    let mut lines = vec![format!("{}: {} restored", source.display(), told(&done.manifest))];
    lines.extend(done.mirrors.iter().map(|mirror| match (&mirror.skipped, mirror.timestamp) {
        (Some(why), _) => format!("{} was skipped: {why}", mirror.url),
        (None, version) => format!("{} has timestamp {}", mirror.url, version.unwrap_or_default()),
    }));
    lines.extend(done.lost.iter().map(LostRole::sentence));
    lines.push(
        "Versions go on above all that is known to have been issued when the service starts.".to_owned(),
    );
    Ok(lines.join("\n"))
}

/// What a backup holds, in a line.
fn told(done: &Manifest) -> String {
    let rows = |table: &str| done.tables.get(table).copied().unwrap_or_default();
    let bytes: u64 = done.files.values().map(|file| file.bytes).sum();
    format!(
        "{} revisions of documents, {} signed files, {} blobs, {bytes} bytes, taken at {},",
        rows("documents"),
        rows("roles"),
        rows("blobs"),
        done.taken
    )
}

fn doctor(stored: Stored, keys: Option<String>, json: bool) -> ExitCode {
    let (config, keys) = match stored.with_keys(keys) {
        Ok(settings) => settings,
        Err(error) => return failed(&error, 2),
    };
    let report = ops::doctor::examine(&config.store, &keys, config.clock.now());
    if json {
        println!("{}", as_json(&report));
    } else {
        for check in &report.checks {
            let word = match check.level {
                Level::Ok => "ok  ",
                Level::Warn => "warn",
                Level::Fail => "FAIL",
            };
            println!("{word}  {}: {}", check.name, check.found);
            if let Some(remedy) = check.remedy {
                println!("      {remedy}");
            }
        }
    }
    if report.level == Level::Fail { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

fn as_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn service(settings: Settings, run: fn(Config) -> Result<(), ServeError>) -> ExitCode {
    let config = match settings.read() {
        Ok(config) => config,
        Err(error) => return failed(&error, 2),
    };
    if let Err(error) = log(&config) {
        return failed(&error, 2);
    }
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error, 1),
    }
}

/// Lines of the log go to stderr.
fn log(config: &Config) -> Result<(), String> {
    // What the server's own workings say of their start is of no use to whoever runs it.
    let filter = if config.log == "info" { "info,actix_server=warn" } else { &config.log };
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| format!("log = {:?}: write `info`, or a filter ({error})", config.log))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let done = match config.log_format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    done.map_err(|error| error.to_string())
}

fn failed(error: &dyn std::fmt::Display, code: u8) -> ExitCode {
    eprintln!("hotfixd: {error}");
    ExitCode::from(code)
}
