//! Hosts that could be of a catalogue, and some that could not.

use hotfixd::model::Catalogue;
use hotfixd::model::product::Release;
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

/// So many inventories, the same in each run: of every release, with whatever is installed, known, missing or odd.
pub(super) fn inventories(catalogue: &Catalogue, count: usize) -> Vec<Value> {
    let hosts = host(catalogue);
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| hosts.new_tree(&mut runner).unwrap().current()).collect()
}

/// What there is to install on a release, and what makes a host this release.
#[derive(Debug, Clone)]
struct Of {
    version: String,
    markers: Vec<String>,
    hotfixes: Vec<String>,
}

impl Of {
    fn release(catalogue: &Catalogue, release: &Release) -> Self {
        let own = |marker: &&Release| marker.line == release.line;
        let all = &catalogue.product().releases;
        let until = all.iter().position(|other| other.id == release.id).unwrap();
        let markers = all[..=until].iter().filter(own).filter_map(|release| release.marker.as_ref());
        let here = catalogue.hotfixes().values().filter(|hotfix| hotfix.releases.contains(&release.id));
        // By the UUID where there is one: hosts name hotfixes either way.
        let named = here.map(|hotfix| match &hotfix.uuid {
            Some(uuid) if hotfix.id.as_str().ends_with(['1', '4', '7']) => uuid.to_ascii_uppercase(),
            _ => hotfix.id.to_string(),
        });
        Self {
            version: release.version.clone(),
            markers: markers.map(ToString::to_string).collect(),
            hotfixes: named.collect(),
        }
    }
}

fn host(catalogue: &Catalogue) -> impl Strategy<Value = Value> + use<> {
    let releases: Vec<Of> =
        catalogue.product().releases.iter().map(|release| Of::release(catalogue, release)).collect();
    let of = any::<Index>().prop_map(move |at| at.get(&releases).clone());
    let installed = of.prop_flat_map(|of| {
        let most = of.hotfixes.len();
        (subsequence(of.hotfixes.clone(), 0..=most.min(12)), Just(of))
    });
    let feature = prop_oneof![3 => Just(Some(true)), 1 => Just(Some(false)), 1 => Just(None)];
    let fact = prop_oneof![
        2 => Just(Some(json!(3_298_534_883_328_i64))),
        1 => Just(Some(json!(2_199_023_255_552_i64))),
        1 => any::<i64>().prop_map(|bytes| Some(json!(bytes))),
        1 => Just(Some(json!("3 TiB"))),
        2 => Just(None),
    ];
    let rare = || prop::bool::weighted(0.1);
    let odd = (rare(), rare(), rare(), rare(), rare(), rare());
    (installed, feature, fact, odd).prop_map(|((installed, of), feature, fact, odd)| {
        let (unmarked, silent, elsewhere, waiting, unknown, unreported) = odd;
        let mut host = json!({ "schema": "hotfixd/inventory/1", "product": "xenserver" });
        let mut put = |name: &str, value: Option<Value>| {
            value.into_iter().for_each(|value| host[name] = value);
        };
        let version = if elsewhere { "9.9".to_owned() } else { of.version };
        put("version", (!silent).then(|| json!(version)));
        let waits = installed.last().filter(|_| waiting).cloned();
        put("pending", waits.map(|id| json!([{ "hotfix": id, "action": "RebootHost" }])));
        let mut hotfixes = installed;
        hotfixes.extend(of.markers.into_iter().filter(|_| !unmarked));
        hotfixes.extend(unknown.then(|| "XS99E999".to_owned()));
        put("hotfixes", (!unreported).then(|| json!(hotfixes)));
        put("features", feature.map(|used| json!({ "storage.trim": used, "storage.odd": true })));
        put("facts", fact.map(|bytes| json!({ "storage.trim.largest_lun_bytes": bytes, "odd": ["?"] })));
        put("channel", unknown.then(|| json!("nightly")));
        put("something", unknown.then(|| json!({ "new": "<b>1</b>" })));
        host
    })
}
