//! Many inventories in one request, one a line (NDJSON), answered a line each, in order, while they come: what is
//! held is one batch, whatever is sent.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{self, Bytes, Data, Payload};
use actix_web::{HttpResponse, http::header, rt};
use futures_util::{StreamExt as _, stream};

use super::judge;
use super::question::Asked;
use crate::release::ServedState;
use crate::server::body::{too_long, too_slow};
use crate::server::problem::{Code, Problem};
use crate::server::state::App;

/// How many inventories are judged before their answers go out.
const BATCH: usize = 64;

struct Lines {
    app: Data<App>,
    state: Arc<ServedState>,
    asked: Arc<Asked>,
    payload: Payload,
    /// What came and is not answered yet.
    buffer: Vec<u8>,
    /// How many lines were taken off it.
    line: u64,
    /// How many bytes came.
    bytes: u64,
    ended: Ended,
}

#[derive(PartialEq, Eq)]
enum Ended {
    /// More may come.
    No,
    /// What is here is the last.
    Sent,
    /// The last answer is given.
    Answered,
}

/// Answers line by line. A line that cannot be judged is answered with its problem; the others go on.
pub(super) fn answer(
    app: Data<App>,
    state: Arc<ServedState>,
    asked: Asked,
    payload: Payload,
) -> HttpResponse {
    let asked = Arc::new(asked);
    let ended = Ended::No;
    let lines = Lines { app, state, asked, payload, buffer: Vec::new(), line: 0, bytes: 0, ended };
    let answers = stream::unfold(lines, |mut lines| async move {
        let answer = lines.next().await?;
        Some((Ok::<_, actix_web::Error>(answer), lines))
    });
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/x-ndjson")
        .streaming(answers)
}

impl Lines {
    /// The answers to the next batch; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        let limits = &self.app.config.limits;
        let (longest, most, deadline) = (limits.inventory_bytes, limits.batch_bytes, limits.body);
        loop {
            if self.ended == Ended::Answered {
                return None;
            }
            if self.ended == Ended::Sent || self.buffer.contains(&b'\n') {
                match self.judged().await {
                    answers if answers.is_empty() => continue,
                    answers => return Some(answers.into()),
                }
            }
            if let Err(problem) = self.read(longest, most, deadline).await {
                return Some(self.broken_off(&problem).into());
            }
        }
    }

    /// The last line of the answer: why there are no more.
    fn broken_off(&mut self, problem: &Problem) -> Vec<u8> {
        self.ended = Ended::Answered;
        self.buffer.clear();
        self.line += 1;
        line(self.line, Err(problem))
    }

    async fn read(&mut self, longest: usize, most: u64, deadline: Duration) -> Result<(), Problem> {
        match rt::time::timeout(deadline, self.payload.next()).await {
            Err(_) => return Err(too_slow(deadline)),
            Ok(None) => self.ended = Ended::Sent,
            Ok(Some(Err(error))) => {
                return Err(Problem::new(Code::BadRequest, format!("The body could not be read: {error}.")));
            }
            Ok(Some(Ok(bytes))) => {
                self.bytes = self.bytes.saturating_add(bytes.len() as u64);
                self.buffer.extend_from_slice(&bytes);
            }
        }
        if self.bytes > most {
            return Err(too_long(most));
        }
        let last = self.buffer.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        if last.len() > longest { Err(too_long(longest as u64)) } else { Ok(()) }
    }

    /// Takes the lines that are here, at most a batch, and judges them; nothing where they are empty.
    async fn judged(&mut self) -> Vec<u8> {
        let mut batch = Vec::with_capacity(BATCH);
        let mut taken = 0;
        while batch.len() < BATCH {
            let rest = self.buffer.get(taken..).unwrap_or_default();
            let end = rest.iter().position(|byte| *byte == b'\n');
            let text = match end {
                Some(end) => rest.get(..end).unwrap_or_default(),
                None if self.ended == Ended::Sent => rest,
                None => break,
            };
            self.line += 1;
            taken += text.len() + usize::from(end.is_some());
            if !text.trim_ascii().is_empty() {
                batch.push((self.line, text.to_vec()));
            }
            if end.is_none() {
                self.ended = Ended::Answered;
                break;
            }
        }
        self.buffer.drain(..taken);
        if batch.is_empty() {
            return Vec::new();
        }
        let (app, state, asked) = (Data::clone(&self.app), Arc::clone(&self.state), Arc::clone(&self.asked));
        match web::block(move || answers(&app, &state, &asked, &batch)).await {
            Ok(answers) => answers,
            Err(error) => self.broken_off(&error.into()),
        }
    }
}

fn answers(app: &App, state: &ServedState, asked: &Asked, batch: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let now = app.now();
    let longest = app.config.limits.inventory_bytes;
    let mut out = Vec::new();
    for (number, text) in batch {
        let judged = if text.len() > longest {
            Err(too_long(longest as u64))
        } else {
            judge(app, state, asked, text, now)
        };
        match judged {
            Ok((json, _)) => out.extend(line(*number, Ok(&json))),
            Err(problem) => out.extend(line(*number, Err(&problem))),
        }
    }
    out
}

/// A line of the answer, its end included: `line` is that of the request, from 1.
fn line(number: u64, judged: Result<&[u8], &Problem>) -> Vec<u8> {
    let problem;
    let (name, json) = match judged {
        Ok(assessment) => ("assessment", assessment),
        Err(error) => {
            problem = error.to_line();
            ("problem", problem.as_slice())
        }
    };
    let mut out = format!("{{\"line\":{number},\"{name}\":").into_bytes();
    out.extend_from_slice(json);
    out.extend_from_slice(b"}\n");
    out
}
