//! Assessment in this process, warm: an index of a generated catalogue, or of XenServer's, and hosts to ask about.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use hotfixd::assess::{AdvisoryAnswer, After, Assessment, Goal, HotfixAnswer, Index, Plan, Question};
use hotfixd::model::{Catalogue, Inventory, Mode, Source};
use hotfixd::trust::{Envelope, Limits};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::bench::{Bench, Group, ROUNDS};
use crate::failure::{At, Failure, Result};
use crate::generated::{Size, decoded};
use crate::plain_repository::Plain;
use crate::process::{measure, rss_kib, thread_cpu};
use crate::report::Compared;

/// The groups of this section.
pub(crate) const GROUPS: &[Group] = &[
    Group { rows: &["assessment/warm-600"], run: warm },
    Group { rows: &["assessment/warm-100k"], run: warm_large },
    Group { rows: &["assessment/index-time"], run: index_time },
    Group { rows: &["assessment/index-memory"], run: index_memory },
    Group { rows: &["assessment/plan"], run: plan },
];

const SMALL: Size = Size { hotfixes: 600, releases: 10 };
const MIDDLE: Size = Size { hotfixes: 10_000, releases: 1_000 };
const LARGE: Size = Size { hotfixes: 100_000, releases: 10_000 };

/// The moment that is asked about.
fn question() -> Question {
    Question::at(Timestamp::from_second(1_767_225_600).unwrap_or_default())
}

/// A host that has every roll-up: of what was published for it nothing is left to do.
fn kept_up(size: Size) -> Result<Inventory> {
    size.host(|place| place % 5 == 4)
}

/// The same without the last five hotfixes of its release and of the one before.
fn behind(size: Size) -> Result<Inventory> {
    size.host(|place| place % 5 == 4 && place + 5 < size.hotfixes / size.releases)
}

/// CPU seconds of one of so many calls.
fn each<T>(calls: u32, mut call: impl FnMut() -> T) -> Result<f64> {
    let before = thread_cpu()?;
    for _ in 0..calls {
        black_box(call());
    }
    Ok((thread_cpu()? - before) / f64::from(calls))
}

/// Assesses a host and writes the whole answer, as `POST /api/v1/assess` does.
fn answer(index: &Index, host: &Inventory, question: &Question, out: &mut Vec<u8>) {
    out.clear();
    // Writing into memory does not fail.
    let _ = index.write(host, question, out);
}

/// Beside it the least that a host does before it believes anything: one strict Ed25519 check.
fn warm(bench: &mut Bench) -> Result<()> {
    let index = Index::new(SMALL.catalogue()?);
    let (host, late, question) = (kept_up(SMALL)?, behind(SMALL)?, question());
    let plain = Plain::flat(1, Timestamp::now())?;
    let envelope = Envelope::parse(&plain.timestamp, &Limits::default())?;
    let signature = envelope.signatures().first().at("a signature")?;
    let raw = crate::raw::Check::new(&plain.key.public(), &signature.sig)?;
    let mut out = Vec::new();
    let rounds = Compared::rounds(
        ROUNDS,
        || each(200, || raw.check(black_box(envelope.raw()))),
        || each(200, || answer(&index, black_box(&host), &question, &mut out)),
    )?;
    let checked = rounds.steady();
    let late_seconds = least_of(|| each(50, || answer(&index, black_box(&late), &question, &mut out)))?;
    let told = index.assess(&host, &question);
    let late = index.assess(&late, &question);
    answer(&index, &host, &question, &mut out);
    let note = format!(
        "{} hotfixes and {} advisories that concern the host, nothing to plan, {} bytes; one that is behind, {} steps \
         to plan: {:.2}",
        told.hotfixes.len(),
        told.advisories.stated().count(),
        out.len(),
        late.plan.steps.len(),
        late_seconds / checked.first.min(checked.second),
    );
    bench.rounds("assessment/warm-600", &rounds, note);
    Ok(())
}

/// The least of the rounds of one closure.
fn least_of(mut once: impl FnMut() -> Result<f64>) -> Result<f64> {
    let rounds: Vec<f64> = (0..ROUNDS).map(|_| once()).collect::<Result<_>>()?;
    Ok(crate::report::least(&rounds))
}

/// What an answer says that concerns the host: without the advisories of which no cell covers its release.
#[derive(Serialize)]
struct Concerning<'a> {
    advisories: Vec<&'a AdvisoryAnswer>,
    hotfixes: &'a [HotfixAnswer],
    plan: &'a Plan,
    after: &'a After,
}

impl<'a> Concerning<'a> {
    fn of(told: &'a Assessment) -> Self {
        let Assessment { advisories, hotfixes, plan, after, .. } = told;
        Self { advisories: advisories.stated().collect(), hotfixes, plan, after }
    }

    fn write(index: &Index, host: &Inventory, question: &Question, out: &mut Vec<u8>) {
        out.clear();
        let told = index.assess(host, question);
        let _ = serde_json::to_writer(&mut *out, &Concerning::of(&told));
    }
}

/// Per candidate, that is for each hotfix and advisory that concerns the host.
fn warm_large(bench: &mut Bench) -> Result<()> {
    let (small, large) = (Index::new(SMALL.catalogue()?), Index::new(LARGE.catalogue()?));
    let (near, far, question) = (kept_up(SMALL)?, kept_up(LARGE)?, question());
    let candidates = |index: &Index, host: &Inventory| index.assess(host, &question).hotfixes.len();
    let (few, many) = (candidates(&large, &far), candidates(&small, &near));
    let mut out = Vec::new();
    let mut per = |calls: u32, index: &Index, host: &Inventory, count: usize| {
        let call = || Concerning::write(index, black_box(host), &question, &mut out);
        Ok::<f64, Failure>(each(calls, call)? / count as f64)
    };
    let mut rounds = Compared::default();
    for _ in 0..ROUNDS {
        rounds.baseline.push(per(200, &small, &near, many)?);
        rounds.ours.push(per(1_000, &large, &far, few)?);
        rounds.again.push(per(200, &small, &near, many)?);
    }
    let note = format!(
        "{few} candidates beside {many}; what concerns the host is written, not the {} advisories that say nothing of it",
        LARGE.hotfixes / 2
    );
    bench.rounds("assessment/warm-100k", &rounds, note);
    Ok(())
}

fn index_time(bench: &mut Bench) -> Result<()> {
    let (middle, large) = (MIDDLE.catalogue()?, LARGE.catalogue()?);
    let time = |catalogue: &Arc<Catalogue>, times: usize| -> Result<f64> {
        // Not the first: it gets its memory from the system, or not, as whatever came before it left that.
        drop(black_box(Index::new(Arc::clone(catalogue))));
        let mut spent = 0.0;
        for _ in 0..times {
            let catalogue = Arc::clone(catalogue);
            let before = thread_cpu()?;
            let index = Index::new(catalogue);
            spent += thread_cpu()? - before;
            drop(black_box(index));
        }
        Ok(spent / times as f64)
    };
    let rounds = Compared::rounds(
        ROUNDS,
        || Ok::<f64, Failure>(time(&middle, 5)? / MIDDLE.hotfixes as f64),
        || Ok(time(&large, 1)? / LARGE.hotfixes as f64),
    )?;
    let note = format!(
        "{:.2} us and {:.2} us for each hotfix with its half of an advisory",
        crate::report::least(&rounds.ours) * 1e6,
        crate::report::least(&rounds.baseline) * 1e6
    );
    bench.rounds("assessment/index-time", &rounds, note);
    Ok(())
}

/// In a process of its own, so that nobody else's memory is in the way.
fn index_memory(bench: &mut Bench) -> Result<()> {
    let own = std::env::current_exe()?;
    let words = [own.as_os_str(), "child".as_ref(), "index-memory".as_ref()];
    let (_, printed) = measure(bench.cores.server, &words, &[])?;
    let kib: f64 = printed.trim().parse().at("what the child printed")?;
    bench.measured(
        "assessment/index-memory",
        kib / LARGE.hotfixes as f64,
        "each with its half of an advisory",
    );
    Ok(())
}

/// Prints the kilobytes that an index of the largest catalogue takes. The first fills what reading the catalogue
/// left free.
pub(crate) fn print_index_memory() -> Result<()> {
    const MORE: usize = 3;
    let catalogue = LARGE.catalogue()?;
    let mut kept = vec![Index::new(Arc::clone(&catalogue))];
    let before = rss_kib(std::process::id())?;
    kept.extend((0..MORE).map(|_| Index::new(Arc::clone(&catalogue))));
    println!("{}", (rss_kib(std::process::id())? - before) / MORE as f64);
    drop(kept);
    Ok(())
}

/// Bare hosts of every release of XenServer's, beside the same hosts once the plans are carried out: as many
/// documents concern them, and nothing is left to plan.
fn plan(bench: &mut Bench) -> Result<()> {
    let catalogue = Arc::new(xenserver()?);
    let index = Index::new(Arc::clone(&catalogue));
    let question = question();
    let all = Question { goal: Goal::All, ..question.clone() };
    let (mut bare, mut patched) = (Vec::new(), Vec::new());
    for release in &catalogue.product().releases {
        let mut installed: Vec<String> = release.marker.iter().map(ToString::to_string).collect();
        bare.push(host(&release.version, &installed)?);
        let mut version = release.version.clone();
        loop {
            let told = index.assess(&host(&version, &installed)?, &question);
            if told.plan.steps.is_empty() {
                break;
            }
            installed.extend(told.plan.steps.iter().map(|step| step.hotfix.to_string()));
            let reached = told.after.release.and_then(|id| catalogue.product().release(id.as_str()));
            version = reached.map_or(version, |release| release.version.clone());
        }
        patched.push(host(&version, &installed)?);
    }
    let steps: usize = bare.iter().map(|host| index.assess(host, &question).plan.steps.len()).sum();
    let assess = |hosts: &[Inventory], question: &Question| {
        each(5, || hosts.iter().for_each(|host| drop(black_box(index.assess(black_box(host), question)))))
    };
    let rounds = Compared::rounds(ROUNDS, || assess(&patched, &question), || assess(&bare, &question))?;
    let of_all = least_of(|| assess(&bare, &all))?;
    let least = rounds.steady();
    let note = format!(
        "{} hosts, {steps} steps, beside the same hosts with their plans carried out; planning all that is applicable: {:.1}",
        bare.len(),
        of_all / least.first.min(least.second)
    );
    bench.rounds("assessment/plan", &rounds, note);
    Ok(())
}

fn host(version: &str, installed: &[String]) -> Result<Inventory> {
    decoded(&json!({
        "schema": "hotfixd/inventory/1", "product": "xenserver", "version": version, "hotfixes": installed,
        "features": { "storage.trim": true }, "facts": { "storage.trim.largest_lun_bytes": 3_298_534_883_328_i64 },
    }))
}

/// XenServer's catalogue, from the samples.
fn xenserver() -> Result<Catalogue> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/xenserver");
    let mut files = vec![folder.join("product.toml")];
    for kind in ["advisories", "hotfixes"] {
        for entry in std::fs::read_dir(folder.join(kind)).at(folder.display())? {
            files.push(entry?.path());
        }
    }
    let source = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).at(path.display())?;
        Ok(Source::from_toml(&path.display().to_string(), &text)?)
    };
    let sources: Vec<Source> = files.iter().map(source).collect::<Result<_>>()?;
    Ok(Catalogue::read(&sources, Mode::Strict)?)
}
