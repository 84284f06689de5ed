//! A cold check: a process that starts, verifies what it keeps as far as it concerns its host, and answers. Beside it
//! dnf, which lists what a repository with the same facts has for its host, and the least that verifying all has to do.

use std::ffi::OsStr;

use hotfixd::model::Id;
use hotfixd::trust::Limits;
use serde_json::{Value, json};

use crate::bench::{Bench, Group, ROUNDS, write};
use crate::catalogue::{Generated, Shape};
use crate::dnf::Dnf;
use crate::failure::{At, Failure, Result};
use crate::founded::founded;
use crate::process::measure;
use crate::publish::Publisher;
use crate::raw::Least;
use crate::report::{Compared, least};
use crate::service::{Host, Service};
use crate::size::{inventory, mb};

/// The groups of this section.
pub(crate) const GROUPS: &[Group] = &[
    Group { rows: &["assessment/check-cpu", "assessment/check-rss", "assessment/check-raw"], run: real },
    Group { rows: &["assessment/check-10k-cpu", "assessment/check-10k-rss"], run: generated },
    Group { rows: &["assessment/check-100k-cpu", "assessment/check-100k-rss"], run: largest },
];

/// XenServer's catalogue.
fn real(bench: &mut Bench) -> Result<()> {
    let service = Service::demo(bench, "cold")?;
    let product = Id::new("xenserver").at("an id")?;
    let published = Publisher::of(&service, &product)?;
    let file = inventory(&bench.folder.join("cold.json"), "6.5.0")?;
    let host = polled(bench, &service, product.as_str(), &file)?;
    let (raw, documents) = (Least::of(&published)?, published.current.documents);
    drop(service);
    let raw_folder = bench.fresh("cold-raw")?;
    raw.write(&raw_folder)?;
    let own = std::env::current_exe()?;
    let core = bench.cores.server;
    let command = [own.as_os_str(), OsStr::new("child"), OsStr::new("raw"), raw_folder.as_os_str()];
    let check = check(&file);
    let rounds = Compared::rounds(
        ROUNDS * 3,
        || Ok::<f64, Failure>(measure(core, &command, &[])?.0.cpu),
        || Ok(host.measure(&check)?.cpu),
    )?;
    bench.rounds("assessment/check-raw", &rounds, format!("{:.1} ms; {raw}", least(&rounds.ours) * 1e3));
    let hotfixes = documents
        .values()
        .filter_map(|bytes| serde_json::from_slice::<Value>(bytes).ok())
        .filter(|value| value.get("schema").and_then(Value::as_str) == Some("hotfixd/hotfix/1"));
    let dnf = Dnf::new(bench, "cold-dnf", hotfixes, "6.5")?;
    beside(bench, "assessment/check", &host, &check, &dnf)
}

/// As many as one role holds.
fn generated(bench: &mut Bench) -> Result<()> {
    let shape = Shape { hotfixes: 10_000, releases: 100, advisories: 2_500 };
    let product = Generated::new("generated", shape)?;
    let folder = founded(bench, "cold-10k", std::slice::from_ref(&product))?;
    let service = Service::start(bench, "serve", &folder)?;
    let release = shape.releases / 2;
    let inventory = json!({
        "schema": "hotfixd/inventory/1", "product": product.product, "version": Generated::version(release),
        "hotfixes": [], "facts": { "storage.bytes": 1_000_000 },
    });
    let file = bench.folder.join("cold-10k.json");
    write(&file, inventory.to_string())?;
    let file = file.to_str().at("a path")?.to_owned();
    let host = polled(bench, &service, product.product.as_str(), &file)?;
    drop(service);
    let dnf = Dnf::new(bench, "cold-10k-dnf", product.hotfixes(), &Generated::release_id(release))?;
    beside(bench, "assessment/check-10k", &host, &check(&file), &dnf)
}

fn largest(_: &mut Bench) -> Result<()> {
    let limit = Limits::default().role_bytes;
    Err(Failure::missing(format!(
        "a product's role is at most {limit} bytes, some 15,000 documents: more takes lines with roles of their own"
    )))
}

/// A host that has seen a service once, and so can check without it.
fn polled(bench: &Bench, service: &Service, product: &str, inventory: &str) -> Result<Host> {
    let host = Host::new(bench, "cold-host")?;
    host.run(&["init", "--server", &service.url, "--product", product], &[])?;
    host.run(&["check", "--inventory", inventory, "--json"], &[])?;
    Ok(host)
}

fn check(inventory: &str) -> [&str; 5] {
    ["check", "--offline", "--inventory", inventory, "--json"]
}

/// Both rows of a check beside dnf: CPU time and memory.
fn beside(bench: &mut Bench, id: &str, host: &Host, check: &[&str], dnf: &Dnf) -> Result<()> {
    let (mut cpu, mut rss) = (Compared::default(), Compared::default());
    for _ in 0..ROUNDS {
        let (first, ours, again) = (dnf.list()?, host.measure(check)?, dnf.list()?);
        add(&mut cpu, [first.cpu, ours.cpu, again.cpu]);
        add(&mut rss, [first.rss_kib, ours.rss_kib, again.rss_kib]);
    }
    let note = format!(
        "{:.1} ms of {:.0} ms, {} updates listed",
        least(&cpu.ours) * 1e3,
        least(&cpu.baseline) * 1e3,
        dnf.listed
    );
    bench.rounds(&format!("{id}-cpu"), &cpu, note);
    let note = format!("{:.1} MB of {:.1} MB", mb(least(&rss.ours)), mb(least(&rss.baseline)));
    bench.rounds(&format!("{id}-rss"), &rss, note);
    Ok(())
}

fn add(compared: &mut Compared, [baseline, ours, again]: [f64; 3]) {
    compared.baseline.push(baseline);
    compared.ours.push(ours);
    compared.again.push(again);
}
