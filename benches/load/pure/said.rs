//! A run as a table, as JSON, and as one line of the history.

use serde_json::{Value, json as value};

use super::{LIMIT_MS, Limit, Step};

/// The schema of a run.
pub(crate) const SCHEMA: &str = "hotfixd/load/1";
/// How often a host polls.
pub(crate) const INTERVAL_SECONDS: u64 = 3_600;
/// The part of the polls that find something published.
pub(crate) const CHANGING: f64 = 0.02;

/// What was run, and what came of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    /// When, of what, on what.
    pub(crate) date: String,
    /// The commit.
    pub(crate) commit: String,
    /// The processor.
    pub(crate) cpu: String,
    /// What served, in words.
    pub(crate) server: String,
    /// What a poll that finds nothing is, and what one that finds a change is: requests and bytes of answers.
    pub(crate) unchanged: String,
    /// The other.
    pub(crate) changed: String,
    /// Every step, in the order in which they ran.
    pub(crate) steps: Vec<Step>,
}

impl Run {
    /// The step with the most hosts that were all served well.
    pub(crate) fn best(&self) -> Option<&Step> {
        self.steps.iter().filter(|step| step.is_well()).max_by_key(|step| step.hosts)
    }

    /// Whether there may be more in the server: nothing went badly, or what did had its cause elsewhere.
    pub(crate) fn is_at_least(&self) -> bool {
        let best = self.best().map_or(0, |step| step.hosts);
        let badly = |step: &&Step| step.hosts > best && !step.is_well();
        self.steps
            .iter()
            .filter(badly)
            .min_by_key(|step| step.hosts)
            .is_none_or(|step| step.limit() != Limit::Server)
    }

    /// The answer in a line.
    pub(crate) fn answer(&self) -> String {
        let Some(best) = self.best() else {
            return "no number of hosts that was tried was served well".to_owned();
        };
        let at_least = if self.is_at_least() { "at least " } else { "" };
        format!(
            "{at_least}{} hosts, each polling once in {INTERVAL_SECONDS} s: {:.0} polls/s, p99 {} ms",
            grouped(best.hosts),
            best.polls_per_second,
            milliseconds(best.latencies.quantile_ms(0.99))
        )
    }
}

/// A step in a line, while it is fresh.
pub(crate) fn line(step: &Step) -> String {
    let ms = |share| milliseconds(step.latencies.quantile_ms(share));
    let error = step.first_error.as_ref().map(|error| format!(", {} errors: {error}", step.errors));
    format!(
        "{} hosts, {:.0} polls/s: p50 {} ms, p99 {} ms, max {} ms{}: {}",
        grouped(step.hosts),
        step.polls_per_second,
        ms(0.5),
        ms(0.99),
        ms(1.0),
        error.unwrap_or_default(),
        word(step)
    )
}

/// The steps in the order of their hosts.
pub(crate) fn table(run: &Run) -> String {
    let mut lines = vec![
        [
            "hosts",
            "polls/s",
            "p50 ms",
            "p99 ms",
            "p99.9 ms",
            "max ms",
            "errors",
            "server CPU",
            "load CPU",
            "",
        ]
        .map(str::to_owned),
    ];
    lines.extend(by_hosts(run).into_iter().map(|step| {
        let ms = |share| milliseconds(step.latencies.quantile_ms(share));
        let percent = |cpu: f64| format!("{:.0} %", cpu * 100.0);
        [
            grouped(step.hosts),
            format!("{:.0}", step.polls_per_second),
            ms(0.5),
            ms(0.99),
            ms(0.999),
            ms(1.0),
            step.errors.to_string(),
            step.server_cpu.map_or_else(|| "-".to_owned(), percent),
            percent(step.load_cpu),
            word(step).to_owned(),
        ]
    }));
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(String::len).max();
    let widths: Vec<usize> = (0..10).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// All of it. Names no machine and no path.
pub(crate) fn json(run: &Run) -> Value {
    let steps: Vec<Value> = by_hosts(run).into_iter().map(step).collect();
    value!({
        "schema": SCHEMA, "date": run.date, "commit": run.commit, "cpu": run.cpu, "server": run.server,
        "interval_s": INTERVAL_SECONDS, "changing": CHANGING, "limit_ms": LIMIT_MS,
        "unchanged": run.unchanged, "changed": run.changed,
        "hosts": run.best().map(|step| step.hosts), "at_least": run.is_at_least(), "steps": steps,
    })
}

fn step(step: &Step) -> Value {
    let ms = |share| rounded(step.latencies.quantile_ms(share));
    value!({
        "hosts": step.hosts, "polls_per_second": rounded(step.polls_per_second), "polls": step.latencies.count(),
        "p50_ms": ms(0.5), "p99_ms": ms(0.99), "p999_ms": ms(0.999), "max_ms": ms(1.0),
        "errors": step.errors, "first_error": step.first_error,
        "server_cpu": step.server_cpu.map(rounded), "load_cpu": rounded(step.load_cpu), "well": step.is_well(),
    })
}

/// The same in a line, with the best step alone.
pub(crate) fn history_line(run: &Run) -> String {
    let mut whole = json(run);
    if let Some(object) = whole.as_object_mut() {
        object.retain(|name, _| {
            matches!(name.as_str(), "schema" | "date" | "commit" | "cpu" | "server" | "hosts" | "at_least")
        });
        object.insert("best".to_owned(), run.best().map_or(Value::Null, step));
    }
    format!("{whole}\n")
}

fn by_hosts(run: &Run) -> Vec<&Step> {
    let mut steps: Vec<&Step> = run.steps.iter().collect();
    steps.sort_by_key(|step| step.hosts);
    steps
}

fn word(step: &Step) -> &'static str {
    match (step.is_well(), step.limit()) {
        (true, _) => "served well",
        (false, Limit::Server) => "not served well",
        (false, Limit::Load) => "the load's limit",
        (false, Limit::Neither) => "disturbed: neither was busy",
    }
}

/// Three decimals.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

fn milliseconds(value: f64) -> String {
    match value {
        value if value.is_nan() => "-".to_owned(),
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// A number with commas between its thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
