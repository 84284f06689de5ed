//! So many hosts for some seconds. Polls are sent when they are due, whether or not earlier ones were answered, and
//! each is timed from when it was due, so that a service that falls behind is not asked less.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::{LocalSet, spawn_local, yield_now};
use tokio::time::{sleep, sleep_until, timeout};

use crate::conversation::Conversations;
use crate::failure::Result;
use crate::poll::poll;
use crate::process::own_cpu;
use crate::pure::{CHANGING, INTERVAL_SECONDS, Kind, Latencies, Schedule, Step};
use crate::target::Target;

/// Before anything counts.
const WARMING: Duration = Duration::from_secs(2);
/// After this a poll counts as unanswered.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most polls under way at once; the descriptors of the process bound it too.
pub(crate) const MOST_AT_ONCE: usize = 8_192;

/// What the polls of a step came to so far.
#[derive(Debug, Default)]
struct Heard {
    latencies: Vec<Duration>,
    under_way: usize,
    errors: u64,
    first_error: Option<String>,
}

impl Heard {
    /// A poll ended; where it counts, after so long.
    fn ended(&mut self, answered: Result<(), String>, took: Option<Duration>) {
        self.under_way -= 1;
        match answered {
            Ok(()) => self.latencies.extend(took),
            Err(error) => self.wrong(|| error),
        }
    }

    fn wrong(&mut self, why: impl FnOnce() -> String) {
        self.errors += 1;
        self.first_error.get_or_insert_with(why);
    }
}

/// Who asks what of whom, and for how long.
#[derive(Debug)]
pub(crate) struct Load {
    /// The service.
    pub(crate) target: Target,
    /// What is asked.
    pub(crate) conversations: Conversations,
    /// How long each number of hosts polls.
    pub(crate) each: Duration,
    /// The most polls under way at once.
    pub(crate) at_once: usize,
}

impl Load {
    /// Runs a step.
    pub(crate) fn step(self: &Rc<Self>, hosts: u64) -> Result<Step> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        LocalSet::new().block_on(&runtime, self.polls_of(hosts))
    }

    async fn polls_of(self: &Rc<Self>, hosts: u64) -> Result<Step> {
        let heard = Rc::<RefCell<Heard>>::default();
        let end = WARMING + self.each;
        let (mut since, mut counted) = (None, 0_u64);
        let began = Instant::now();
        let rate = hosts as f64 / INTERVAL_SECONDS as f64;
        let schedule = Schedule::new(rate, CHANGING, hosts).take_while(|poll| poll.due < end);
        for (number, next) in (0_u32..).zip(schedule) {
            let due = began + next.due;
            sleep_until(due.into()).await;
            while heard.borrow().under_way >= self.at_once {
                sleep(Duration::from_millis(1)).await;
            }
            let counts = next.due >= WARMING;
            if counts && since.is_none() {
                since = Some(self.spent()?);
            }
            counted += u64::from(counts);
            if due.elapsed() >= PATIENCE {
                heard.borrow_mut().wrong(|| "the load is too far behind to send it".to_owned());
                continue;
            }
            heard.borrow_mut().under_way += 1;
            let (load, heard) = (Rc::clone(self), Rc::clone(&heard));
            spawn_local(async move {
                let answered = load.poll(next.kind, number).await;
                heard.borrow_mut().ended(answered, counts.then(|| due.elapsed()));
            });
            // The polls run in this thread too.
            yield_now().await;
        }
        let (server_cpu, load_cpu) = since.map_or(Ok((None, 0.0)), |since| self.busy(since))?;
        while heard.borrow().under_way > 0 {
            sleep(Duration::from_millis(1)).await;
        }
        let heard = heard.take();
        Ok(Step {
            hosts,
            polls_per_second: counted as f64 / self.each.as_secs_f64(),
            latencies: Latencies::new(heard.latencies),
            errors: heard.errors,
            first_error: heard.first_error,
            server_cpu,
            load_cpu,
        })
    }

    async fn poll(&self, kind: Kind, number: u32) -> Result<(), String> {
        let conversation = match kind {
            Kind::Unchanged => &self.conversations.unchanged,
            Kind::Changed => &self.conversations.changed,
        };
        let source = self.target.source(number);
        match timeout(PATIENCE, poll(conversation, self.target.address, source)).await {
            Ok(answered) => answered.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer in {} s", PATIENCE.as_secs())),
        }
    }

    /// The time, and what the server and the load have spent of their cores.
    fn spent(&self) -> Result<Spent> {
        Ok(Spent { at: Instant::now(), server: self.target.cpu()?, load: own_cpu()? })
    }

    /// Which part of a core the server and the load took since.
    fn busy(&self, since: Spent) -> Result<(Option<f64>, f64)> {
        let now = self.spent()?;
        let seconds = (now.at - since.at).as_secs_f64();
        let server = now.server.zip(since.server).map(|(now, before)| (now - before) / seconds);
        Ok((server, (now.load - since.load) / seconds))
    }
}

/// CPU time so far, in seconds.
#[derive(Debug, Clone, Copy)]
struct Spent {
    at: Instant,
    server: Option<f64>,
    load: f64,
}
