//! `hotfix`: what a host, a publisher or an auditor types.

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use hotfixd::host::cli::print_error;
use hotfixd::{host, publisher};

/// Hotfixes and advisories: publishers sign, hosts verify and learn what applies to them.
#[derive(Debug, Parser)]
#[command(
    name = "hotfix",
    version,
    after_help = "Exit codes: 0 done, 1 error, 2 usage; `hotfix check` has more, see its help.\n\nExamples:\n  hotfix init --server http://127.0.0.1:8650\n  hotfix check --advisory XS65-TRIM --inventory host.json"
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(flatten)]
    Host(host::cli::Command),
    #[command(flatten)]
    Publisher(publisher::cli::Command),
}

/// The same with the verb alone that every host asks for every hour: to build all others takes longer than to use it.
#[derive(Debug, Parser)]
#[command(name = "hotfix", version)]
struct Hourly {
    #[command(subcommand)]
    verb: host::cli::Hourly,
}

fn parse() -> Result<Verb, clap::Error> {
    if std::env::args_os().nth(1).is_some_and(|verb| verb == "check") {
        let host::cli::Hourly::Check(args) = Hourly::try_parse()?.verb;
        return Ok(Verb::Host(host::cli::Command::Check(args)));
    }
    Cli::try_parse().map(|cli| cli.verb)
}

fn main() -> ExitCode {
    let verb = match parse() {
        Ok(verb) => verb,
        Err(error) => return usage(&error),
    };
    let now = host::clock::now();
    ExitCode::from(match verb {
        Verb::Host(command) => {
            let json = command.json();
            command.run(now).unwrap_or_else(|error| {
                print_error(error.code(), &error.to_string(), &error.remedy(), 1, json);
                1
            })
        }
        Verb::Publisher(command) => {
            let json = command.json();
            command.run(now).unwrap_or_else(|error| {
                print_error(error.code(), &error.to_string(), &error.remedy(), 1, json);
                1
            })
        }
    })
}

/// Help and version go to standard output; a usage error says what is wrong, as JSON where that was asked for.
fn usage(error: &clap::Error) -> ExitCode {
    let asks = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if !asks && std::env::args().any(|argument| argument == "--json") {
        let text = error.to_string();
        let (message, remedy) = text.split_once("\n\n").unwrap_or((&text, ""));
        print_error("usage", message.trim_start_matches("error: ").trim_end(), remedy.trim(), 2, true);
        return ExitCode::from(2);
    }
    // Where even this cannot be printed, the exit code still says it.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
