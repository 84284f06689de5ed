//! Size and start: what is installed, what it takes to hold XenServer's catalogue, and how soon it is ready.

use std::path::Path;
use std::process::Command;

use crate::bench::{Bench, Group, write};
use crate::catalogue::{Generated, Shape};
use crate::failure::{At, Failure, Result};
use crate::founded::founded;
use crate::report::least;
use crate::service::{Host, Service};

/// The groups of this section.
pub(crate) const GROUPS: &[Group] = &[
    Group { rows: &["size/hotfix", "size/hotfixd"], run: stripped },
    Group { rows: &["size/agent-rss"], run: agent },
    Group { rows: &["size/hotfixd-rss", "size/ready", "size/hotfix-check-rss"], run: started },
    Group { rows: &["size/ready-100k"], run: many },
];

/// Kilobytes of the kernel in megabytes.
pub(crate) fn mb(kib: f64) -> f64 {
    kib * 1_024.0 / 1e6
}

fn stripped(bench: &mut Bench) -> Result<()> {
    for name in ["hotfix", "hotfixd"] {
        let copy = bench.folder.join(format!("{name}.stripped"));
        std::fs::copy(bench.binary(name)?, &copy)?;
        // The release profile strips; where another did not, this does, if it can.
        let _ = Command::new("strip").arg(&copy).output();
        let bytes = std::fs::metadata(&copy)?.len();
        std::fs::remove_file(&copy)?;
        bench.measured(&format!("size/{name}"), bytes as f64 / 1e6, "");
    }
    Ok(())
}

fn agent(bench: &mut Bench) -> Result<()> {
    bench.skipped("size/agent-rss", "hotfix has no agent yet");
    Ok(())
}

/// `serve` on the folder that a demo has filled: what a restart takes.
fn started(bench: &mut Bench) -> Result<()> {
    let demo = Service::demo(bench, "started")?;
    let host = Host::new(bench, "started-host")?;
    host.run(&["init", "--server", &demo.url], &[])?;
    let inventory = inventory(&bench.folder.join("started.json"), "6.5.0")?;
    host.run(&["check", "--inventory", &inventory, "--json"], &[])?;
    let folder = demo.folder.clone();
    drop(demo);
    let mut ready = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..5 {
        let service = Service::start(bench, "serve", &folder)?;
        ready.push(service.ready_seconds);
        memory.push(service.rss_kib()?);
    }
    bench.measured("size/ready", least(&ready), "serve on the demo's folder, on the wall");
    bench.measured("size/hotfixd-rss", mb(least(&memory)), "serve on the demo's folder, when it is ready");
    let check = ["check", "--offline", "--inventory", &inventory, "--json"];
    let costs: Vec<f64> = (0..5).map(|_| Ok(host.measure(&check)?.rss_kib)).collect::<Result<_>>()?;
    bench.measured("size/hotfix-check-rss", mb(least(&costs)), "");
    Ok(())
}

/// A hundred products, because a role holds no 100,000 hotfixes.
fn many(bench: &mut Bench) -> Result<()> {
    let shape = Shape { hotfixes: 1_000, releases: 10, advisories: 500 };
    let products: Result<Vec<Generated>> =
        (0..100).map(|number| Generated::new(&format!("product-{number}"), shape)).collect();
    let folder = founded(bench, "ready-100k", &products?)?;
    let (mut ready, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let service = Service::start(bench, "serve", &folder)?;
        ready.push(service.ready_seconds);
        memory.push(service.rss_kib()?);
    }
    let note =
        format!("100 products of 1,000, with 50,000 advisories; {:.0} MB of memory", mb(least(&memory)));
    bench.measured("size/ready-100k", least(&ready), note);
    Ok(())
}

/// Writes the inventory of a XenServer host without hotfixes.
pub(crate) fn inventory(path: &Path, version: &str) -> Result<String> {
    let text = serde_json::json!({
        "schema": "hotfixd/inventory/1", "product": "xenserver", "version": version, "hotfixes": [],
        "features": { "storage.trim": true },
    });
    write(path, text.to_string())?;
    path.to_str().map(str::to_owned).at(path.display()).map_err(|_| Failure::new("a path that is no text"))
}
