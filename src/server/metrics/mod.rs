//! What the service counts, and `/metrics`: the counts in Prometheus' text format.
//!
//! A request adds to a few atomics, and neither locks nor allocates for it. Labels are words of ours: the
//! pattern of a route, a method, a status, the name of a role; never an id, a path or a text that somebody
//! sent.

mod counts;
mod page;
mod process;
mod text;
mod watch;

pub use counts::{Connection, Metrics, Route};
pub use page::metrics;
pub use watch::{Told, Watch};
