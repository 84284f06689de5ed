//! What is reckoned and said, without a socket or a clock, so that the tests read it too.

#![allow(dead_code, unused_imports, reason = "the load and the test each use a part")]

mod answer;
mod latencies;
mod plot;
mod said;
mod schedule;
mod search;

pub(crate) use answer::{Answer, Malformed};
pub(crate) use latencies::{LIMIT_MS, Latencies, Limit, Step};
pub(crate) use plot::svg;
pub(crate) use said::{CHANGING, INTERVAL_SECONDS, Run, SCHEMA, history_line, json, line, table};
pub(crate) use schedule::{Kind, Poll, Schedule};
pub(crate) use search::Search;
