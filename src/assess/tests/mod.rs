//! What holds for every answer, and the answers to the worked cases.
//!
//! | file | what it holds |
//! |---|---|
//! | `semantics/` | the cases of `docs/semantics.md` |
//! | `alike`, `forms` | the forms of the assessment answer alike |
//! | `properties`, `exhaustive` | small catalogues, and every sequence of steps on them |
//! | `upheld` | the same on catalogues of up to 60 hotfixes |
//! | `along` | plans whose steps are not free to stand in any order |
//! | `changed`, `explain`, `purpose`, `past` | what is said about answers agrees with them |
//! | `history` | the real catalogue of XenServer, release by release |
//! | `seed`, `large`, `many` | a small real case, searches that are not easy, and such as are cut short |
//! | `words` | what answers say to people |
//! | `generate`, `wide/` | documents and hosts made by chance |

mod alike;
mod along;
mod changed;
mod exhaustive;
mod explain;
mod forms;
pub(super) mod generate;
mod history;
pub(super) mod large;
mod many;
mod past;
mod properties;
mod purpose;
mod seed;
mod semantics;
mod upheld;
pub(crate) mod wide;
mod words;

use proptest::prelude::ProptestConfig;

use super::Question;

/// How each property is tried: so many times as are quick, ten times as many in a soak, or as often as is asked for.
fn tried(quick: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let soak = if std::env::var_os("HOTFIXD_SOAK").is_some() { 10 } else { 1 };
    ProptestConfig {
        failure_persistence: None,
        max_global_rejects: 100_000,
        ..ProptestConfig::with_cases(asked.unwrap_or(quick * soak))
    }
}

/// A question about everything, on a day on which rollouts are under way.
pub(super) fn question() -> Question {
    Question::at("2026-01-01T00:00:00Z".parse().unwrap())
}
