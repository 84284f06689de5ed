//! The counters that requests add to.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use actix_web::http::Method;
use jiff::Timestamp;

use super::text::Text;
use crate::server::openapi::routes;
use crate::server::problem::Code;

/// The methods that are told apart; anything else is `other`.
const METHODS: [&str; 5] = ["GET", "HEAD", "POST", "PUT", "other"];

/// The statuses that are told apart, rising; anything else is `other`.
const STATUSES: [u16; 22] = [
    200, 201, 206, 303, 304, 400, 401, 403, 404, 405, 408, 409, 411, 413, 415, 416, 422, 500, 502, 503, 504,
    507,
];

/// The upper bounds of the durations' buckets, in seconds and, so that they need not be computed, in
/// nanoseconds.
const BUCKETS: [(&str, u64); 11] = [
    ("0.0001", 100_000),
    ("0.00025", 250_000),
    ("0.001", 1_000_000),
    ("0.0025", 2_500_000),
    ("0.01", 10_000_000),
    ("0.025", 25_000_000),
    ("0.1", 100_000_000),
    ("0.25", 250_000_000),
    ("1", 1_000_000_000),
    ("2.5", 2_500_000_000),
    ("10", 10_000_000_000),
];

/// Where a request went: a place in the table of routes. What no route takes has one of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route(usize);

impl Route {
    /// The route with a pattern, as `routes.rs` writes it.
    #[must_use]
    pub fn of(pattern: &str) -> Self {
        let pattern = pattern.replace(":.*}", "}");
        Self(routes().iter().position(|(known, _)| *known == pattern).unwrap_or(routes().len()))
    }

    /// What no route takes.
    #[must_use]
    pub fn unmatched() -> Self {
        Self(routes().len())
    }

    /// Its pattern, as metrics and the log name it.
    #[must_use]
    pub fn pattern(self) -> &'static str {
        routes().get(self.0).map_or("unmatched", |(pattern, _)| pattern)
    }

    /// Whether what it changes is what publishers hand in.
    #[must_use]
    pub fn is_publishing(self) -> bool {
        self.class() == "publishers"
    }

    /// Whom it is for, which is what durations are told apart by.
    #[must_use]
    pub fn class(self) -> &'static str {
        routes().get(self.0).map_or("unmatched", |(_, class)| class)
    }
}

/// Every counter.
#[derive(Debug)]
pub struct Metrics {
    routes: Vec<Answers>,
    durations: Vec<Durations>,
    response_bytes: AtomicU64,
    in_flight: AtomicU64,
    connections: AtomicU64,
    accepted: AtomicU64,
    problems: [AtomicU64; Code::ALL.len()],
    released: AtomicU64,
    submitted: AtomicU64,
    refused: AtomicU64,
    /// The second in which a slow request was last told of.
    slow_told: AtomicI64,
}

/// How often a route answered, by method and status.
#[derive(Debug)]
struct Answers {
    /// Where its durations are.
    class: usize,
    counts: [[AtomicU64; STATUSES.len() + 1]; METHODS.len()],
}

/// How long the answers of a class took.
#[derive(Debug)]
struct Durations {
    class: &'static str,
    buckets: [AtomicU64; BUCKETS.len() + 1],
    nanoseconds: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut classes: Vec<&'static str> = routes().iter().map(|(_, class)| *class).collect();
        classes.push(Route::unmatched().class());
        classes.sort_unstable();
        classes.dedup();
        let answers = |at| Answers {
            class: classes.binary_search(&Route(at).class()).unwrap_or_default(),
            counts: [const { [const { AtomicU64::new(0) }; STATUSES.len() + 1] }; METHODS.len()],
        };
        let routes = (0..=routes().len()).map(answers).collect();
        let durations = |class| Durations {
            class,
            buckets: [const { AtomicU64::new(0) }; BUCKETS.len() + 1],
            nanoseconds: AtomicU64::default(),
        };
        Self {
            routes,
            durations: classes.into_iter().map(durations).collect(),
            response_bytes: AtomicU64::default(),
            in_flight: AtomicU64::default(),
            connections: AtomicU64::default(),
            accepted: AtomicU64::default(),
            problems: [const { AtomicU64::new(0) }; Code::ALL.len()],
            released: AtomicU64::default(),
            submitted: AtomicU64::default(),
            refused: AtomicU64::default(),
            slow_told: AtomicI64::default(),
        }
    }
}

/// A request that is being answered: counted until it is dropped.
#[derive(Debug)]
pub struct InFlight<'m>(&'m AtomicU64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// An open connection: counted until it is dropped.
#[derive(Debug)]
pub struct Connection {
    metrics: Arc<Metrics>,
    /// The address that the peer came in by.
    pub local: Option<std::net::SocketAddr>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.metrics.connections.fetch_sub(1, Relaxed);
    }
}

impl Metrics {
    /// A request began.
    #[must_use]
    pub fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Relaxed);
        InFlight(&self.in_flight)
    }

    /// A connection was accepted.
    #[must_use]
    pub fn connected(self: &Arc<Self>, local: Option<std::net::SocketAddr>) -> Connection {
        self.connections.fetch_add(1, Relaxed);
        self.accepted.fetch_add(1, Relaxed);
        Connection { metrics: Arc::clone(self), local }
    }

    /// A request was answered, after so long.
    pub fn answered(&self, route: Route, method: &Method, status: u16, took: Duration) {
        let method = match *method {
            Method::GET => 0,
            Method::HEAD => 1,
            Method::POST => 2,
            Method::PUT => 3,
            _ => METHODS.len() - 1,
        };
        let status = STATUSES.binary_search(&status).unwrap_or(STATUSES.len());
        let Some(answers) = self.routes.get(route.0) else { return };
        let count = answers.counts.get(method).and_then(|statuses| statuses.get(status));
        count.map(|count| count.fetch_add(1, Relaxed));
        let Some(durations) = self.durations.get(answers.class) else { return };
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BUCKETS.iter().position(|(_, bound)| nanoseconds <= *bound).unwrap_or(BUCKETS.len());
        durations.buckets.get(bucket).map(|count| count.fetch_add(1, Relaxed));
        durations.nanoseconds.fetch_add(nanoseconds, Relaxed);
    }

    /// So many bytes of bodies were handed over to be sent.
    pub fn sent(&self, bytes: u64) {
        self.response_bytes.fetch_add(bytes, Relaxed);
    }

    /// A request was answered with a problem.
    pub fn problem(&self, code: Code) {
        self.problems.get(code as usize).map(|count| count.fetch_add(1, Relaxed));
    }

    /// Whether a slow request may be told of: one in each second.
    pub fn may_tell_slow(&self, now: Timestamp) -> bool {
        self.slow_told.swap(now.as_second(), Relaxed) != now.as_second()
    }

    /// A submission was taken.
    pub fn submitted(&self) {
        self.submitted.fetch_add(1, Relaxed);
    }

    /// A submission was refused, for what it is.
    pub fn refused(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    /// A submission was released.
    pub fn released(&self) {
        self.released.fetch_add(1, Relaxed);
    }

    /// How often each problem was answered.
    #[must_use]
    pub fn problems(&self) -> [u64; Code::ALL.len()] {
        std::array::from_fn(|at| self.problems.get(at).map_or(0, read))
    }

    /// Writes everything that was counted.
    pub(super) fn write(&self, out: &mut Text) {
        out.counter("hotfixd_http_requests_total", "Requests that were answered.");
        for (at, answers) in self.routes.iter().enumerate() {
            let route = Route(at).pattern();
            for (method, statuses) in METHODS.iter().zip(&answers.counts) {
                for (at, count) in statuses.iter().enumerate().filter(|(_, count)| read(count) > 0) {
                    let status = STATUSES.get(at).map_or_else(|| "other".to_owned(), u16::to_string);
                    let labels = [("route", route), ("method", method), ("status", &status)];
                    out.sample(&labels, read(count));
                }
            }
        }
        self.write_durations(out);
        let counters = [
            ("hotfixd_http_response_bytes_total", "Bytes of bodies that were sent.", &self.response_bytes),
            ("hotfixd_http_connections_total", "Connections that were accepted.", &self.accepted),
            ("hotfixd_release_releases_total", "Submissions that this process released.", &self.released),
            ("hotfixd_release_submitted_total", "Submissions that this process took.", &self.submitted),
            ("hotfixd_release_refused_total", "Submissions that this process refused.", &self.refused),
        ];
        for (name, help, count) in counters {
            out.counter(name, help);
            out.sample(&[], read(count));
        }
        out.gauge("hotfixd_http_requests_in_flight", "Requests that are being answered.");
        out.sample(&[], read(&self.in_flight));
        out.gauge("hotfixd_http_connections", "Connections that are open.");
        out.sample(&[], read(&self.connections));
        out.counter("hotfixd_problems_total", "Requests that were answered with a problem, by its code.");
        for (code, count) in Code::ALL.iter().zip(self.problems()) {
            out.sample(&[("code", code.word())], count);
        }
    }

    fn write_durations(&self, out: &mut Text) {
        out.histogram(
            "hotfixd_http_request_duration_seconds",
            "From a request's head to the head of its answer, by whom the route is for.",
        );
        for durations in &self.durations {
            let (class, mut total) = (durations.class, 0);
            for (bucket, (bound, _)) in durations.buckets.iter().zip(BUCKETS) {
                total += read(bucket);
                out.part("_bucket", &[("class", class), ("le", bound)], total);
            }
            total += durations.buckets.last().map_or(0, read);
            out.part("_bucket", &[("class", class), ("le", "+Inf")], total);
            let seconds = Duration::from_nanos(read(&durations.nanoseconds)).as_secs_f64();
            out.part("_sum", &[("class", class)], seconds);
            out.part("_count", &[("class", class)], total);
        }
    }
}

fn read(count: &AtomicU64) -> u64 {
    count.load(Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_rise_and_every_problem_has_one_of_them() {
        assert!(STATUSES.is_sorted());
        for code in Code::ALL {
            assert!(STATUSES.contains(&code.row().1), "{}", code.word());
        }
    }

    #[test]
    fn a_request_is_counted_under_its_pattern() {
        let metrics = Arc::new(Metrics::default());
        let route = Route::of("/tuf/targets/{path:.*}");
        assert_eq!((route.pattern(), route.class()), ("/tuf/targets/{path}", "hosts"));
        assert_eq!(Route::of("/nowhere"), Route::unmatched());
        metrics.answered(route, &Method::GET, 304, Duration::from_micros(200));
        metrics.answered(Route::unmatched(), &Method::TRACE, 999, Duration::from_secs(11));
        let (_open, _flight) = (metrics.connected(None), metrics.begin());
        let mut out = Text::default();
        metrics.write(&mut out);
        let text = out.into_string();
        for line in [
            r#"hotfixd_http_requests_total{route="/tuf/targets/{path}",method="GET",status="304"} 1"#,
            r#"hotfixd_http_requests_total{route="unmatched",method="other",status="other"} 1"#,
            r#"hotfixd_http_request_duration_seconds_bucket{class="hosts",le="0.0001"} 0"#,
            r#"hotfixd_http_request_duration_seconds_bucket{class="hosts",le="0.00025"} 1"#,
            r#"hotfixd_http_request_duration_seconds_sum{class="hosts"} 0.0002"#,
            r#"hotfixd_http_request_duration_seconds_bucket{class="unmatched",le="10"} 0"#,
            r#"hotfixd_http_request_duration_seconds_count{class="unmatched"} 1"#,
            "hotfixd_http_connections 1",
            "hotfixd_http_requests_in_flight 1",
        ] {
            assert!(text.lines().any(|known| known == line), "{line} is not in:\n{text}");
        }
    }
}
