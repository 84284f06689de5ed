//! The HTTP client: every answer bounded in bytes, time and slowness; every failure says what was asked of
//! whom, and what to do.
//!
//! It follows redirects within one origin only, takes proxies from the environment (never for loopback),
//! and sends a token only to the server that it was made for.

mod answer;
mod client;
mod error;
mod proxy;
mod resolver;
mod stream;
mod text;
mod token;
mod url;

pub use answer::{Fetched, ProblemBody};
pub use client::{Client, Limits};
pub use error::Error;
pub use stream::Stream;
pub use text::harmless;
pub use token::Token;
pub use url::ServerUrl;
