//! What a poll is: recorded from the real `hotfix`, so that it is what hosts send.

use std::time::{Duration, Instant};

use hotfixd::model::Id;
use hotfixd::repository::pack::delta_path;

use crate::failure::{At as _, Failure, Result};
use crate::place::{Place, write};
use crate::poll::poll;
use crate::publish::{Publisher, changes};
use crate::recorder::Recorder;
use crate::service::{Host, Service, get};
use crate::target::Target;

/// How long the service may take to have its deltas made.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request and the status that it had.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// The exact bytes.
    pub(crate) request: Vec<u8>,
    /// What a good answer has.
    pub(crate) status: u16,
    /// The bytes of the answer when it was recorded.
    pub(crate) answer_bytes: usize,
}

/// One poll: its connections, one after another, each with its requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conversation {
    /// Them.
    pub(crate) connections: Vec<Vec<Exchange>>,
}

/// The two kinds of poll.
#[derive(Debug)]
pub(crate) struct Conversations {
    /// Nothing that concerns the host, but the timestamp was signed again.
    pub(crate) unchanged: Conversation,
    /// Something was published.
    pub(crate) changed: Conversation,
}

impl Conversation {
    /// The same of a host whose timestamp is older: where it was told 304 it is handed the one of now. The service signs
    /// a timestamp again each hour, so that is what a host finds that polls as often.
    fn of_an_older_timestamp(mut self) -> Self {
        for exchange in self.connections.iter_mut().flatten().filter(|exchange| exchange.status == 304) {
            let text = String::from_utf8_lossy(&exchange.request).into_owned();
            let lines = text.split("\r\n").map(|line| match line.split_once(':') {
                Some((name, tag)) if name.eq_ignore_ascii_case("if-none-match") => {
                    let other = tag.replace(|letter: char| letter.is_ascii_alphanumeric(), "0");
                    format!("{name}:{other}")
                }
                _ => line.to_owned(),
            });
            exchange.request = lines.collect::<Vec<_>>().join("\r\n").into_bytes();
            exchange.status = 200;
        }
        self
    }

    /// How much it is, in words.
    pub(crate) fn said(&self) -> String {
        let exchanges = || self.connections.iter().flatten();
        let bytes: usize = exchanges().map(|exchange| exchange.request.len() + exchange.answer_bytes).sum();
        let paths = exchanges().map(|exchange| {
            let first = exchange.request.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
            format!("{} {}", String::from_utf8_lossy(first), exchange.status)
        });
        let paths: Vec<String> = paths.collect();
        format!("{} requests, {bytes} bytes: {}", paths.len(), paths.join(", "))
    }
}

/// Has the real `hotfix` poll. To the service of this run a hotfix and an advisory are published for it; to one that
/// runs already nothing is, and what a host with a change asks for is then what a new host asks for, which is more.
pub(crate) fn record(place: &Place, target: &Target) -> Result<Conversations> {
    let recorder = Recorder::before(target.address, &target.authority)?;
    let url = target.url.replacen(&target.authority, &recorder.address.to_string(), 1);
    let inventory = place.folder.join("load.inventory.json");
    let known = serde_json::json!({
        "schema": "hotfixd/inventory/1", "product": target.product, "version": "6.5.0", "hotfixes": [],
    });
    write(&inventory, known.to_string())?;
    let inventory = inventory.to_string_lossy();
    let check = ["check", "--json", "--inventory", &inventory];
    let host = Host::new(place, "load-host")?;
    host.run(&["init", "--server", &url, "--product", &target.product], &[])?;
    recorder.take();
    host.run(&check, &[])?;
    let first = recorder.take();
    host.run(&check, &[])?;
    let unchanged = recorder.take();
    let changed = match &target.own {
        Some(service) => {
            publish(service, &target.product)?;
            recorder.take();
            host.run(&check, &[])?;
            recorder.take()
        }
        None => first,
    };
    if changed.connections.iter().flatten().count() <= unchanged.connections.iter().flatten().count() {
        return Err(Failure::new("the host did not hear of what was published"));
    }
    // Asked once, so that what the answers have is known.
    let older = unchanged.of_an_older_timestamp();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(poll(&older, recorder.address, None))?;
    Ok(Conversations { unchanged: recorder.take(), changed })
}

/// Publishes something, and waits for the deltas that lead to it.
fn publish(service: &Service, product: &str) -> Result<()> {
    let product = Id::new(product).at("an id")?;
    let before = Publisher::of(service, &product)?;
    before.publish(&changes()?)?;
    let role = before.current.targets.header.version;
    let snapshot = before.snapshot_version;
    let began = Instant::now();
    for delta in
        [delta_path(product.as_str(), role, role + 1), delta_path("snapshot", snapshot, snapshot + 1)]
    {
        while let Err(failure) = get(&format!("{}/tuf/{delta}", service.url)) {
            if began.elapsed() > PATIENCE {
                return Err(failure);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    Ok(())
}
