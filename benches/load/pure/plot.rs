//! The run as a picture: latency over hosts, both on logarithmic axes.

use std::fmt::Write as _;

use super::said::grouped;
use super::{LIMIT_MS, Run, Step};

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 480.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 70.0;
const TOP: f64 = 60.0;
const BOTTOM: f64 = 60.0;

/// The lines: the part of the polls, its name, its colour.
const LINES: [(f64, &str, &str); 3] =
    [(1.0, "max", "#9a6700"), (0.99, "p99", "#0550ae"), (0.5, "p50", "#1a7f37")];

/// Where values are on the page.
struct Axes {
    hosts: (f64, f64),
    ms: (f64, f64),
}

impl Axes {
    /// Whole decades of milliseconds, and the hosts that were tried.
    fn around(steps: &[&Step]) -> Self {
        let ms = |step: &&Step| LINES.map(|(share, _, _)| step.latencies.quantile_ms(share));
        let all: Vec<f64> = steps.iter().flat_map(ms).filter(|ms| *ms > 0.0).chain([LIMIT_MS]).collect();
        let (low, high) = span(all.into_iter());
        let hosts = span(steps.iter().map(|step| step.hosts.max(1) as f64));
        // A single number of hosts has some room on both sides.
        let hosts = if hosts.0 < hosts.1 { hosts } else { (hosts.0 / 2.0, hosts.1 * 2.0) };
        Self { hosts, ms: (10_f64.powf(low.log10().floor()), 10_f64.powf(high.log10().ceil())) }
    }

    fn x(&self, hosts: f64) -> f64 {
        LEFT + part(hosts, self.hosts) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, ms: f64) -> f64 {
        HEIGHT - BOTTOM - part(ms, self.ms) * (HEIGHT - TOP - BOTTOM)
    }
}

fn span(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
}

/// Where a value is between two others, by its logarithm.
fn part(value: f64, (low, high): (f64, f64)) -> f64 {
    (value / low).ln() / (high / low).ln()
}

/// The picture. Steps that were not served well are hollow.
pub(crate) fn svg(run: &Run) -> String {
    let mut steps: Vec<&Step> = run.steps.iter().filter(|step| step.latencies.count() > 0).collect();
    // The better of two tries.
    steps.sort_by_key(|step| (step.hosts, !step.is_well()));
    steps.dedup_by_key(|step| step.hosts);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\" fill=\"#1f2328\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
    );
    text(&mut out, LEFT, 24.0, "start", &format!("hotfixd: {}", run.answer()));
    text(&mut out, LEFT, 42.0, "start", &run.server);
    if !steps.is_empty() {
        let axes = Axes::around(&steps);
        grid(&mut out, &axes, &steps);
        LINES.iter().for_each(|line| curve(&mut out, &axes, &steps, *line));
    }
    text(
        &mut out,
        WIDTH / 2.0,
        HEIGHT - 12.0,
        "middle",
        "hosts, each polling once an hour; hollow: not served well",
    );
    text(&mut out, 12.0, TOP - 8.0, "start", "ms");
    out.push_str("</svg>\n");
    out
}

fn grid(out: &mut String, axes: &Axes, steps: &[&Step]) {
    let (left, right) = (LEFT, WIDTH - RIGHT);
    let mut across = |ms: f64, look: &str| {
        let y = axes.y(ms);
        let _ = writeln!(out, "<path d=\"M{left:.1} {y:.1}H{right:.1}\" fill=\"none\" {look}/>");
    };
    let mut decades = vec![axes.ms.0];
    while let Some(last) = decades.last().copied().filter(|last| *last < axes.ms.1 * 0.99) {
        decades.push(last * 10.0);
    }
    decades.iter().for_each(|ms| across(*ms, "stroke=\"#d0d7de\""));
    across(LIMIT_MS, "stroke=\"#cf222e\" stroke-dasharray=\"6 4\"");
    decades.iter().for_each(|ms| text(out, left - 8.0, axes.y(*ms) + 4.0, "end", &format!("{ms}")));
    text(out, right + 6.0, axes.y(LIMIT_MS) + 4.0, "start", &format!("{LIMIT_MS} ms"));
    // A label wherever there is room for one.
    let mut free = 0.0;
    for step in steps {
        let x = axes.x(step.hosts.max(1) as f64);
        if x >= free {
            text(out, x, HEIGHT - BOTTOM + 18.0, "middle", &grouped(step.hosts));
            free = x + 90.0;
        }
    }
}

fn curve(out: &mut String, axes: &Axes, steps: &[&Step], (share, name, colour): (f64, &str, &str)) {
    let place = |step: &&Step| {
        let ms = step.latencies.quantile_ms(share).max(axes.ms.0);
        (axes.x(step.hosts.max(1) as f64), axes.y(ms), step.is_well())
    };
    let places: Vec<(f64, f64, bool)> = steps.iter().map(place).collect();
    let points: Vec<String> = places.iter().map(|(x, y, _)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(
        out,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
        points.join(" ")
    );
    for (x, y, well) in &places {
        let fill = if *well { colour } else { "#fff" };
        let _ = writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"2\"/>"
        );
    }
    // Where the fewest poll the lines are apart.
    if let Some((x, y, _)) = places.first() {
        text(out, *x, y - 9.0, "start", name);
    }
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}
