//! `make load`: how many hosts a service serves, with every one of them served well.
//!
//! `pure/` is what is reckoned and said; `conversation` is what a poll is, recorded from the real `hotfix`; `step` sends
//! the polls of so many hosts. What starts the service is shared with `make bench`. `docs/benchmarks.md` says how to
//! read it.

mod conversation;
#[path = "../ratios/failure.rs"]
mod failure;
#[path = "../ratios/machine.rs"]
mod machine;
#[path = "../ratios/place.rs"]
mod place;
mod poll;
#[allow(dead_code, reason = "make bench measures more of a process")]
#[path = "../ratios/process.rs"]
mod process;
#[allow(dead_code, reason = "make bench reads more of what is published")]
#[path = "../ratios/publish.rs"]
mod publish;
mod pure;
mod recorder;
#[allow(dead_code, reason = "make bench measures more of a service")]
#[path = "../ratios/service.rs"]
mod service;
mod settings;
mod step;
mod target;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

use failure::{At as _, Result};
use place::{Place, write};
use pure::{Run, Search};
use rustix::process::{Resource, getrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};
use settings::Settings;
use step::Load;
use target::Target;

/// Descriptors that are not for polls.
const OTHER_FILES: usize = 64;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Searches, prints, keeps.
fn run() -> Result<()> {
    let settings = Settings::read()?;
    let place = Place::find()?;
    let mut core = CpuSet::new();
    core.set(place.cores.load);
    sched_setaffinity(None, &core)?;
    let target = match &settings.server {
        Some(url) => Target::running(url)?,
        None => Target::own(&place)?,
    };
    let conversations = conversation::record(&place, &target)?;
    let mut run = Run {
        date: jiff::Timestamp::from_second(jiff::Timestamp::now().as_second())?.to_string(),
        commit: machine::commit(),
        cpu: machine::cpu()?,
        server: target.said(),
        unchanged: conversations.unchanged.said(),
        changed: conversations.changed.said(),
        steps: Vec::new(),
    };
    println!("server: {}", run.server);
    println!("98 % of the polls: {}", run.unchanged);
    println!(" 2 % of the polls: {}", run.changed);
    let load = Rc::new(Load { target, conversations, each: settings.each, at_once: at_once() });
    let mut search = Search::from(settings.first());
    while let Some(hosts) = search.next() {
        let step = load.step(hosts)?;
        println!("{}", pure::line(&step));
        search.tried(step.is_well());
        run.steps.push(step);
        if settings.hosts.is_some() {
            break;
        }
    }
    print!("\n{}\n{}\n", pure::table(&run), run.answer());
    keep(&place.folder, &run, settings.is_usual() && !cfg!(debug_assertions))
}

/// How many polls may be under way: what the open files allow.
fn at_once() -> usize {
    let files = getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok());
    files.unwrap_or(usize::MAX).saturating_sub(OTHER_FILES).clamp(1, step::MOST_AT_ONCE)
}

/// The run as JSON and as a picture; one that is as usual also as a line of the history.
fn keep(folder: &Path, run: &Run, whole: bool) -> Result<()> {
    for (name, text) in
        [("load.json", serde_json::to_string_pretty(&pure::json(run))?), ("load.svg", pure::svg(run))]
    {
        let path = folder.join(name);
        write(&path, text)?;
        println!("written to {}", path.display());
    }
    if whole {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/history/load.jsonl");
        let mut history = OpenOptions::new().create(true).append(true).open(&path).at(path.display())?;
        history.write_all(pure::history_line(run).as_bytes())?;
    }
    Ok(())
}
