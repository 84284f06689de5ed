//! What the environment asks for.

use std::time::Duration;

use crate::failure::{Failure, Result};

/// How many hosts are tried first where nothing says.
const FIRST_HOSTS: u64 = 1_000_000;
/// How long each number of hosts polls where nothing says, in seconds.
const SECONDS: u64 = 10;

/// What is to be run.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The running service that is asked; none: one of its own.
    pub(crate) server: Option<String>,
    /// This many hosts and no others.
    pub(crate) hosts: Option<u64>,
    /// How long each number of hosts polls, without the warming up.
    pub(crate) each: Duration,
}

impl Settings {
    /// `SERVER`, `HOSTS` and `SECONDS_EACH`; empty is as good as absent.
    pub(crate) fn read() -> Result<Self> {
        let text = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let number = |name: &str, most: u64| {
            let Some(text) = text(name) else { return Ok(None) };
            let number = text.replace([',', '_'], "").parse().ok();
            number
                .filter(|number| (1..=most).contains(number))
                .map(Some)
                .ok_or_else(|| Failure::new(format!("{name}={text}: a whole number from 1 to {most}")))
        };
        Ok(Self {
            server: text("SERVER"),
            hosts: number("HOSTS", 1 << 32)?,
            each: Duration::from_secs(number("SECONDS_EACH", 3_600)?.unwrap_or(SECONDS)),
        })
    }

    /// How many hosts are tried first.
    pub(crate) fn first(&self) -> u64 {
        self.hosts.unwrap_or(FIRST_HOSTS)
    }

    /// Whether it is a run as it is meant to be compared with others.
    pub(crate) fn is_usual(&self) -> bool {
        self.server.is_none() && self.hosts.is_none() && self.each == Duration::from_secs(SECONDS)
    }
}
