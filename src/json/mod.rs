//! The one data form that everything signed is made of: JSON without floating-point numbers,
//! without duplicate names, of bounded depth, and with one canonical way to write it.
//!
//! The ground floor: it knows neither of hotfixes nor of signatures.

mod canonical;
mod parse;
mod pointer;
mod table;
mod value;

pub use canonical::{Form, canonical};
pub use parse::{MAX_DEPTH, ParseError, Seed, parse, parse_without};
pub use pointer::Pointer;
pub use table::Table;
pub use value::{Kind, Value};
