//! Trust: what a refresh costs beside python-tuf, and what goes over the wire.

use std::cell::Cell;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use hotfixd::trust::{Digest, Envelope, Limits, TrustedSet};
use jiff::Timestamp;
use serde_json::Value;

use crate::bench::{Bench, Group, ROUNDS};
use crate::failure::{At, Failure, Result};
use crate::nginx::Nginx;
use crate::plain_repository::Plain;
use crate::process::{measure, thread_cpu};
use crate::report::{Compared, least};

/// The groups of this section that take no service.
pub(crate) const GROUPS: &[Group] = &[
    Group { rows: &["trust/cold-flat", "trust/cold-publishers"], run: refreshes },
    Group { rows: &["trust/verify-role"], run: verify },
];

/// In memory where there is a place for that: ext4 without a journal passes over every inode that was freed in the last
/// minutes, so that making a file there costs what was removed before, by the build for one, rather than what it is.
fn refreshes(bench: &mut Bench) -> Result<()> {
    let memory = Path::new("/dev/shm");
    let folder = tempfile::tempdir_in(if memory.is_dir() { memory } else { &bench.folder })?;
    let now = Timestamp::now();
    if bench.wants("trust/cold-flat") {
        let place = folder.path().join("flat");
        cold(bench, "trust/cold-flat", &place, &Plain::flat(10_000, now)?, false)?;
    }
    if bench.wants("trust/cold-publishers") {
        let place = folder.path().join("publishers");
        cold(bench, "trust/cold-publishers", &place, &Plain::publishers(50, 200, now)?, true)?;
    }
    Ok(())
}

/// The same files from the same nginx, into an empty folder each time: the CPU time of the whole process. The refresh
/// alone, without the start of either process and without Python's imports, is in the note, and what ours is on the
/// disk, where each file is synced; ngclient syncs none.
fn cold(bench: &mut Bench, id: &str, folder: &Path, repository: &Plain, look_up: bool) -> Result<()> {
    let python = python()?;
    repository.write(&folder.join("files"))?;
    let root = folder.join("root.json");
    std::fs::write(&root, &repository.root)?;
    let nginx = Nginx::serve(bench, &folder.join("files"))?;
    let core = bench.cores.load;
    let path = look_up.then_some(repository.path.as_str());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/python/refresh.py");
    let (mut python_inside, mut own_inside, mut on_disk) = (f64::MAX, f64::MAX, f64::MAX);
    let own = std::env::current_exe()?;
    let turn = Cell::new(0);
    let disk = bench.fresh("trust")?;
    let once = |command: &[&OsStr], within: &Path, inside: &mut f64| {
        let state = within.join(format!("state-{}", turn.replace(turn.get() + 1)));
        let mut command = command.to_vec();
        command.extend([OsStr::new(&nginx.url), root.as_os_str(), state.as_os_str()]);
        command.extend(path.map(OsStr::new));
        let (alone, all) = inside_and_whole(core, &command)?;
        *inside = inside.min(alone);
        Ok::<f64, Failure>(all)
    };
    let child = [own.as_os_str(), OsStr::new("child"), OsStr::new("refresh")];
    let rounds = Compared::rounds(
        ROUNDS,
        || once(&[python.as_os_str(), script.as_os_str()], folder, &mut python_inside),
        || {
            once(&child, &disk, &mut on_disk)?;
            once(&child, folder, &mut own_inside)
        },
    )?;
    let note = format!(
        "{:.1} ms and {:.0} ms; the refresh alone, without start and imports: {:.1} ms and {:.0} ms, 1/{:.0}; \
         on the disk: {:.1} ms",
        least(&rounds.ours) * 1e3,
        least(&rounds.baseline) * 1e3,
        own_inside * 1e3,
        python_inside * 1e3,
        python_inside / own_inside,
        on_disk * 1e3,
    );
    bench.rounds(id, &rounds, note);
    Ok(())
}

/// Runs a command that prints `{"cpu": seconds}` of what it measured itself, under a `measure` that sees all of it.
fn inside_and_whole(core: usize, command: &[&OsStr]) -> Result<(f64, f64)> {
    let (cost, printed) = measure(core, command, &[])?;
    let said: Value = serde_json::from_str(&printed).at("what the child printed")?;
    Ok((said.get("cpu").and_then(Value::as_f64).at("cpu")?, cost.cpu))
}

/// The interpreter with python-tuf.
fn python() -> Result<std::path::PathBuf> {
    let missing =
        || Failure::missing("there is no python-tuf here: run benches/run, with python3-venv installed");
    let path = std::env::var_os("HOTFIXD_BENCH_PYTHON").map(std::path::PathBuf::from).ok_or_else(missing)?;
    let works = Command::new(&path)
        .args(["-c", "import tuf.ngclient"])
        .output()
        .is_ok_and(|out| out.status.success());
    if works { Ok(path) } else { Err(missing()) }
}

/// Reads, verifies and decodes a role of 10,000 targets; beside it, the SHA-256 of the same bytes and one strict
/// Ed25519 check of what is signed, by the libraries that are used inside.
fn verify(bench: &mut Bench) -> Result<()> {
    let now = Timestamp::now();
    let plain = Plain::flat(10_000, now)?;
    let (_, role) = plain.roles.first().at("targets")?;
    let envelope = Envelope::parse(role, &Limits::default())?;
    let signature = envelope.signatures().first().at("a signature")?;
    let raw = crate::raw::Check::new(&plain.key.public(), &signature.sig)?;
    let mut set = TrustedSet::new(&plain.root, now, Limits::default())?;
    set.update_timestamp(&plain.timestamp)?;
    set.update_snapshot(&plain.snapshot)?;
    let rounds = Compared::rounds(
        ROUNDS * 3,
        || {
            let before = thread_cpu()?;
            std::hint::black_box(Digest::of(std::hint::black_box(role)));
            raw.check(std::hint::black_box(envelope.raw()))?;
            Ok::<f64, Failure>(thread_cpu()? - before)
        },
        || {
            let mut set = set.clone();
            let before = thread_cpu()?;
            set.update_targets(std::hint::black_box(role))?;
            let spent = thread_cpu()? - before;
            drop(set);
            Ok(spent)
        },
    )?;
    bench.rounds("trust/verify-role", &rounds, format!("{} bytes", role.len()));
    Ok(())
}
