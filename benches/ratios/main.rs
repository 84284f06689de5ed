//! `make bench`: the ratios that the project holds itself to, each measured against a baseline in the same run.
//!
//! `report/` is what a run says, pure; `rows` is every row on one page; the sections measure them; the rest is what
//! they measure with. `docs/benchmarks.md` says how to read it.

mod assessment;
mod bench;
mod catalogue;
mod child;
mod cold;
mod dnf;
mod failure;
mod founded;
mod generated;
mod idle;
mod machine;
mod nginx;
mod pages;
mod place;
mod plain_repository;
mod process;
mod proxy;
mod publish;
mod raw;
mod report;
mod rows;
mod service;
mod serving;
mod size;
mod traffic;
mod trust;
mod wrk;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use bench::{Bench, Group, write};
use failure::{At, Failure, Result};
use report::{Row, Verdict};

/// Everything that is measured, section by section.
const SECTIONS: &[&[Group]] = &[
    trust::GROUPS,
    traffic::GROUPS,
    serving::GROUPS,
    idle::GROUPS,
    pages::GROUPS,
    size::GROUPS,
    cold::GROUPS,
    assessment::GROUPS,
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.split_first() {
        Some((first, rest)) if first == "child" => child::child(rest).map(|()| true),
        _ => run(),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Measures, prints, keeps; says whether every row ran. That a goal was missed is an answer, not a failure.
fn run() -> Result<bool> {
    let filter = std::env::var("ROWS").unwrap_or_default();
    let mut bench = Bench::new(filter.clone())?;
    for group in SECTIONS.iter().copied().flatten() {
        bench.run(*group);
    }
    bench.rest();
    let folder = bench.folder.clone();
    let rows = bench.rows();
    if rows.is_empty() {
        return Err(Failure::new(format!("no row has {filter:?} in its id: see docs/benchmarks.md")));
    }
    print!("\n{}", report::table(&rows));
    if cfg!(debug_assertions) {
        println!("\nThis bench is built without optimisation: what it measures of the library says nothing.");
    }
    keep(&folder, &rows, filter.is_empty() && !cfg!(debug_assertions))?;
    Ok(rows.iter().all(|row| row.verdict() != Verdict::Failed))
}

/// The run as JSON; a whole run also as a line of the history.
fn keep(folder: &Path, rows: &[Row], whole: bool) -> Result<()> {
    let date = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second())?.to_string();
    let run = report::json(&date, &machine::commit(), &machine::cpu()?, rows);
    let path = folder.join("ratios.json");
    write(&path, serde_json::to_string_pretty(&run)?)?;
    println!("\nwritten to {}", path.display());
    if whole {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/history/ratios.jsonl");
        let mut history = OpenOptions::new().create(true).append(true).open(&path).at(path.display())?;
        history.write_all(report::history_line(&run).as_bytes())?;
    }
    Ok(())
}
