//! One run: what it is to measure, with what, and what came of it.

use std::ops::Deref;

use crate::failure::{Failure, Result};
use crate::place::Place;
pub(crate) use crate::place::write;
use crate::report::{Compared, Outcome, Row, Steady};
use crate::rows::ROWS;

/// Interleaved rounds of every comparison.
pub(crate) const ROUNDS: usize = 7;

/// One run.
#[derive(Debug)]
pub(crate) struct Bench {
    place: Place,
    filter: String,
    rows: Vec<Row>,
}

/// A section finds the place where it looks for everything.
impl Deref for Bench {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

/// Rows that are measured together.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    /// Their ids.
    pub(crate) rows: &'static [&'static str],
    /// Measures them. What it leaves out is said to have failed.
    pub(crate) run: fn(&mut Bench) -> Result<()>,
}

impl Bench {
    /// A run of the rows whose id has the filter in it.
    pub(crate) fn new(filter: String) -> Result<Self> {
        Ok(Self { place: Place::find()?, filter, rows: Vec::new() })
    }

    /// Whether a row was asked for.
    pub(crate) fn wants(&self, id: &str) -> bool {
        id.contains(&self.filter)
    }

    /// Measures a group, and accounts for each of its rows.
    pub(crate) fn run(&mut self, group: Group) {
        if !group.rows.iter().any(|id| self.wants(id)) {
            return;
        }
        eprintln!("measuring {}", group.rows.join(", "));
        let result = (group.run)(self);
        for id in group.rows {
            if self.rows.iter().any(|row| row.spec.id == *id) {
                continue;
            }
            let outcome = match &result {
                Ok(()) => Outcome::Failed { why: "it was not measured".to_owned() },
                Err(Failure::Missing(why)) => Outcome::Skipped { why: why.clone() },
                Err(Failure::Failed(why)) => Outcome::Failed { why: why.clone() },
            };
            self.put(id, outcome, String::new());
        }
    }

    /// A figure.
    pub(crate) fn measured(&mut self, id: &str, value: f64, note: impl Into<String>) {
        self.put(id, Outcome::Measured { value, steady: None }, note.into());
    }

    /// A figure beside a baseline that was measured twice.
    pub(crate) fn compared(&mut self, id: &str, value: f64, steady: Steady, note: impl Into<String>) {
        self.put(id, Outcome::Measured { value, steady: Some(steady) }, note.into());
    }

    /// The ratio of some rounds.
    pub(crate) fn rounds(&mut self, id: &str, rounds: &Compared, note: impl Into<String>) {
        self.compared(id, rounds.ratio(), rounds.steady(), note);
    }

    /// A row that cannot be measured here.
    pub(crate) fn skipped(&mut self, id: &str, why: impl Into<String>) {
        self.put(id, Outcome::Skipped { why: why.into() }, String::new());
    }

    /// Says of rows that nothing here measures yet that they are skipped.
    pub(crate) fn rest(&mut self) {
        for spec in ROWS {
            if !self.rows.iter().any(|row| row.spec.id == spec.id) {
                self.skipped(spec.id, "the bench does not measure it yet");
            }
        }
    }

    fn put(&mut self, id: &str, outcome: Outcome, note: String) {
        if let Some(spec) = ROWS.iter().find(|spec| spec.id == id).filter(|spec| self.wants(spec.id)) {
            self.rows.push(Row { spec: *spec, outcome, note });
        }
    }

    /// The rows in the order of their page.
    pub(crate) fn rows(mut self) -> Vec<Row> {
        let place = |row: &Row| ROWS.iter().position(|spec| spec.id == row.spec.id);
        self.rows.sort_by_key(place);
        self.rows
    }
}
