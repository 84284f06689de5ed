//! Serving: what a request costs the server, beside nginx on the same core in the same rounds.

use hotfixd::model::Id;

use crate::bench::{Bench, Group, ROUNDS, write};
use crate::failure::{At, Result};
use crate::nginx::Nginx;
use crate::publish::Publisher;
use crate::report::{Steady, least};
use crate::service::{Service, get};
use crate::wrk::Load;

/// The groups of this section.
pub(crate) const GROUPS: &[Group] = &[Group {
    rows: &[
        "serving/poll-304",
        "serving/metadata-1k",
        "serving/metadata-16k",
        "serving/assess-new",
        "serving/assess-seen",
    ],
    run: requests,
}];

/// The same inventory each time, or with a name that no request had before. The host is bare, and its plan leads to
/// another release; or it is patched, and has none.
const ASSESS: &str = r#"
local head = '{"schema":"hotfixd/inventory/1","product":"xenserver","version":"6.5.0","hotfixes":['
local middle, tail = '],"host":"', '","notes":"' .. string.rep("x", 3900) .. '"}'
local patched = '"XS65ESP1","XS65ESP1040","XS65ESP1047","XS65ESP1060","XS65ESP1066"'
local has = ""
local round, count = "seen", 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
function init(args)
    round = args[1] or "seen"
    if round:find("^patched") then has = patched end
end
function request()
    if round ~= "seen" then count = count + 1 end
    return wrk.format(nil, nil, nil, head .. has .. middle .. round .. "-" .. count .. tail)
end
"#;

fn requests(bench: &mut Bench) -> Result<()> {
    let service = Service::demo(bench, "serving")?;
    let product = Id::new("xenserver").at("an id")?;
    let published = Publisher::of(&service, &product)?;
    let files = bench.fresh("serving-files")?;
    let mut sizes: Vec<(String, Vec<u8>)> = published.named;
    let nearest = |wanted: usize| sizes.iter().min_by_key(|(_, bytes)| bytes.len().abs_diff(wanted)).cloned();
    let (small, large) = (nearest(1_024).at("a file")?, nearest(16_384).at("a file")?);
    sizes.clear();
    for (name, bytes) in [&small, &large] {
        write(&files.join("tuf/metadata").join(name), bytes)?;
    }
    let poll = "/tuf/metadata/timestamp.json";
    write(&files.join("tuf/metadata/timestamp.json"), get(&format!("{}{poll}", service.url))?)?;
    let nginx = Nginx::serve(bench, &files)?;
    let tag = |url: &str| {
        let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
        let answer = agent.get(format!("{url}{poll}")).call()?;
        let tag = answer.headers().get("etag").and_then(|value| value.to_str().ok()).map(str::to_owned);
        tag.at("an entity tag").map(|tag| vec![format!("If-None-Match: {tag}")])
    };
    let (ours, theirs) = (tag(&service.url)?, tag(&nginx.url)?);
    let file = |url: &str, name: &str| Load::get(format!("{url}/tuf/metadata/{name}"), &[]);
    let mut assess = Load::scripted(bench, "assess", format!("{}/api/v1/assess", service.url), ASSESS)?;
    let baseline = Load::get(format!("{}{poll}", nginx.url), &theirs);
    let nginx_small = file(&nginx.url, &small.0);
    let nginx_large = file(&nginx.url, &large.0);
    let mut costs: [Vec<f64>; 10] = Default::default();
    for round in 0..ROUNDS {
        let theirs = |load: &Load, bench: &Bench| load.cost(bench, || nginx.cpu());
        let own = |load: &Load, bench: &Bench| load.cost(bench, || service.cpu());
        let mut found = vec![
            theirs(&baseline, bench)?,
            own(&Load::get(format!("{}{poll}", service.url), &ours), bench)?,
            theirs(&nginx_small, bench)?,
            own(&file(&service.url, &small.0), bench)?,
            theirs(&nginx_large, bench)?,
            own(&file(&service.url, &large.0), bench)?,
        ];
        assess.argument = format!("round-{round}");
        found.push(own(&assess, bench)?);
        assess.argument = format!("patched-{round}");
        found.push(own(&assess, bench)?);
        assess.argument = "seen".to_owned();
        found.push(own(&assess, bench)?);
        found.push(theirs(&baseline, bench)?);
        costs.iter_mut().zip(found).for_each(|(costs, cost)| costs.push(cost));
    }
    let [first, poll, nginx_small, small_cost, nginx_large, large_cost, new, patched, seen, second] =
        costs.map(|costs| least(&costs));
    let steady = Steady { first, second };
    let baseline = first.min(second);
    let micros = |cost: f64, of: f64| format!("{:.1} us of {:.1} us", cost * 1e6, of * 1e6);
    bench.compared("serving/poll-304", poll / baseline, steady, micros(poll, baseline));
    let sized = |bytes: &[u8], cost, of| format!("{} bytes, {}", bytes.len(), micros(cost, of));
    let note = sized(&small.1, small_cost, nginx_small);
    bench.compared("serving/metadata-1k", small_cost / nginx_small, steady, note);
    let note = sized(&large.1, large_cost, nginx_large);
    bench.compared("serving/metadata-16k", large_cost / nginx_large, steady, note);
    let note = format!(
        "{}; a bare host, whose plan leads to another release. One that is patched: {:.1} us",
        micros(new, baseline),
        patched * 1e6
    );
    bench.compared("serving/assess-new", new / baseline, steady, note);
    bench.compared("serving/assess-seen", seen / baseline, steady, micros(seen, baseline));
    Ok(())
}
