//! What a host's polls put on the wire, counted on the real socket between `hotfix` and `hotfixd`.

use hotfixd::model::Id;

use crate::bench::{Bench, Group};
use crate::failure::{At, Failure, Result};
use crate::proxy::{Proxy, Traffic};
use crate::publish::{Publisher, changes};
use crate::service::{Host, Service};
use crate::size::inventory;

/// The groups of this section.
pub(crate) const GROUPS: &[Group] = &[Group {
    rows: &[
        "trust/first-release-requests",
        "trust/first-release-bytes",
        "trust/first-all-bytes",
        "trust/poll-unchanged-requests",
        "trust/poll-unchanged-bytes",
        "trust/poll-changed-bytes",
    ],
    run: polls,
}];

fn polls(bench: &mut Bench) -> Result<()> {
    let service = Service::demo(bench, "polls")?;
    // Packs are made once the service is ready; until then hosts take their documents one by one.
    service.until_served("/tuf/packs/xenserver.1.pack")?;
    let proxy = Proxy::before(&service.url)?;
    let file = inventory(&bench.folder.join("polls.json"), "6.5.0")?;
    let check = ["check", "--json", "--inventory", &file];

    let host = Host::new(bench, "polls-host")?;
    host.run(&["init", "--server", &proxy.url(), "--product", "xenserver"], &[])?;
    let pin = proxy.take();
    host.run(&check, &[])?;
    let first = proxy.take();
    let note = format!("after hotfix init, which took {}", shown(pin));
    bench.measured("trust/first-release-requests", first.requests as f64, note);
    bench.measured("trust/first-release-bytes", first.bytes as f64, "");
    bench.measured(
        "trust/first-all-bytes",
        first.bytes as f64,
        format!("{}: the same, because hosts take all", shown(first)),
    );

    host.run(&check, &[])?;
    let unchanged = proxy.take();
    bench.measured("trust/poll-unchanged-requests", unchanged.requests as f64, "");
    bench.measured("trust/poll-unchanged-bytes", unchanged.bytes as f64, "");

    let product = Id::new("xenserver").at("an id")?;
    let publisher = Publisher::of(&service, &product)?;
    publisher.publish(&changes()?)?;
    host.run(&check, &[])?;
    let changed = proxy.take();
    if changed.requests <= unchanged.requests {
        return Err(Failure::new("the host did not hear of what was published"));
    }
    bench.measured("trust/poll-changed-bytes", changed.bytes as f64, shown(changed));
    Ok(())
}

fn shown(traffic: Traffic) -> String {
    format!("{} requests, {} bytes", traffic.requests, traffic.bytes)
}
