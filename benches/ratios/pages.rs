//! A page of 10,000 advisories: rendered, and sent again, beside nginx that sends a file of that size.

use crate::bench::{Bench, Group, ROUNDS, write};
use crate::catalogue::{Generated, Shape};
use crate::failure::Result;
use crate::founded::founded;
use crate::nginx::Nginx;
use crate::report::{Steady, least};
use crate::service::{Service, get};
use crate::wrk::Load;

/// The groups of this section.
pub(crate) const GROUPS: &[Group] =
    &[Group { rows: &["serving/page-rendered", "serving/page-cached"], run: pages }];

/// Products, because a role holds no 10,000 advisories with what fixes them.
const PRODUCTS: usize = 10;
/// Of each product.
const SHAPE: Shape = Shape { hotfixes: 1_000, releases: 10, advisories: 1_000 };

/// Each page once in a round, and in each round narrowed to another release: never one that was asked for before.
const FRESH: &str = r#"
local release, count = "", 0
function init(args) release = args[1] end
function request()
    local path = string.format("/advisories/product-%d/A%06d?release=%s", count % 10, math.floor(count / 10) % 1000, release)
    count = count + 1
    return wrk.format("GET", path)
end
"#;

fn pages(bench: &mut Bench) -> Result<()> {
    let products: Result<Vec<Generated>> =
        (0..PRODUCTS).map(|number| Generated::new(&format!("product-{number}"), SHAPE)).collect();
    let products = products?;
    let folder = founded(bench, "pages", &products)?;
    let service = Service::start(bench, "serve", &folder)?;
    let path = format!("advisories/product-0/{}", Generated::advisory_id(SHAPE.advisories / 2));
    let url = format!("{}/{path}", service.url);
    let page = get(&url)?;
    let files = bench.fresh("pages-files")?;
    write(&files.join("page.html"), &page)?;
    let nginx = Nginx::serve(bench, &files)?;
    let baseline = Load::get(format!("{}/page.html", nginx.url), &[]);
    let cached = Load::get(url, &[]);
    let mut fresh = Load::scripted(bench, "fresh", &service.url, FRESH)?;
    let mut costs: [Vec<f64>; 4] = Default::default();
    for round in 0..ROUNDS {
        fresh.argument = Generated::release_id(round);
        let found = [
            baseline.cost(bench, || nginx.cpu())?,
            fresh.cost(bench, || service.cpu())?,
            cached.cost(bench, || service.cpu())?,
            baseline.cost(bench, || nginx.cpu())?,
        ];
        costs.iter_mut().zip(found).for_each(|(costs, cost)| costs.push(cost));
    }
    let [first, rendered, cached, second] = costs.map(|costs| least(&costs));
    let (steady, baseline) = (Steady { first, second }, first.min(second));
    for (id, cost) in [("serving/page-rendered", rendered), ("serving/page-cached", cached)] {
        let note = format!("{} bytes, {:.1} us of {:.1} us", page.len(), cost * 1e6, baseline * 1e6);
        bench.compared(id, cost / baseline, steady, note);
    }
    Ok(())
}
