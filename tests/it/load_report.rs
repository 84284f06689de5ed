//! What `make load` reckons and says: when polls come, what counts as served well, and which numbers of hosts are tried.

#[path = "../../benches/load/pure/mod.rs"]
mod pure;

use std::time::Duration;

use pure::{Answer, Kind, Latencies, Malformed, Poll, Run, Schedule, Search, Step};

fn step(hosts: u64, ms: u64) -> Step {
    let latencies = Latencies::new(vec![Duration::from_millis(ms); 100]);
    Step { hosts, polls_per_second: hosts as f64 / 3_600.0, latencies, load_cpu: 0.5, ..Step::default() }
}

#[test]
fn polls_come_as_often_as_the_hosts_are_many_and_do_not_come_in_step() {
    let polls: Vec<Poll> =
        Schedule::new(1_000.0, 0.02, 7).take_while(|poll| poll.due < Duration::from_secs(100)).collect();
    // Six deviations on each side.
    assert!((98_100..101_900).contains(&polls.len()), "{}", polls.len());
    let changed = polls.iter().filter(|poll| poll.kind == Kind::Changed).count();
    assert!((1_730..2_270).contains(&changed), "{changed}");
    assert!(polls.windows(2).all(|pair| pair[0].due <= pair[1].due));
    let longer = |poll: &[Poll]| poll[1].due - poll[0].due > Duration::from_millis(1);
    let gaps = polls.windows(2).filter(|pair| longer(pair)).count() as f64 / polls.len() as f64;
    assert!((gaps - (-1.0_f64).exp()).abs() < 0.01, "exponential: {gaps}");
    let again: Vec<Poll> = Schedule::new(1_000.0, 0.02, 7).take(polls.len()).collect();
    assert_eq!(polls, again);
    assert_ne!(polls[0], Schedule::new(1_000.0, 0.02, 8).next().unwrap());
}

#[test]
fn a_quantile_is_a_latency_that_was_measured() {
    let latencies = Latencies::new((1..=200).rev().map(Duration::from_millis).collect());
    assert_eq!(latencies.quantile_ms(0.5), 100.0);
    assert_eq!(latencies.quantile_ms(0.99), 198.0);
    assert_eq!(latencies.quantile_ms(0.999), 200.0);
    assert_eq!(latencies.quantile_ms(1.0), 200.0);
    assert!(Latencies::default().quantile_ms(0.5).is_nan());
}

#[test]
fn one_error_or_a_slow_hundredth_is_not_served_well() {
    assert!(step(1, 249).is_well());
    assert!(!step(1, 250).is_well());
    assert!(!Step { errors: 1, ..step(1, 1) }.is_well());
    assert!(!Step::default().is_well(), "nobody was served");
}

/// What is tried where so many at most are served well, and what is found.
fn searched(from: u64, limit: u64) -> (Vec<u64>, Option<u64>) {
    let mut search = Search::from(from);
    let mut tried = Vec::new();
    while let Some(hosts) = search.next() {
        tried.push(hosts);
        search.tried(hosts <= limit);
        assert!(tried.len() < 200, "it does not end: {tried:?}");
    }
    (tried, search.most())
}

#[test]
fn the_search_doubles_then_closes_in_and_believes_no_single_failure() {
    let (tried, found) = searched(1_000, 5_000);
    assert_eq!(tried[..5], [1_000, 2_000, 4_000, 8_000, 8_000]);
    let found = found.unwrap();
    assert!(found <= 5_000 && found as f64 >= 5_000.0 / 1.08, "{found}: {tried:?}");
    for limit in [1, 2, 3, 999, 1_000, 1_001, 123_456_789, 1 << 40] {
        let (tried, found) = searched(1_000, limit);
        let found = found.unwrap();
        assert!(found <= limit && found as f64 >= limit.min(1 << 32) as f64 / 1.08, "{limit}: {tried:?}");
    }
    assert_eq!(searched(1_000, 0).1, None);

    let mut search = Search::from(1_000);
    search.tried(false);
    assert_eq!(search.next(), Some(1_000));
    search.tried(true);
    assert_eq!(search.next(), Some(2_000));
}

#[test]
fn an_answer_ends_where_its_length_says() {
    let read = |text: &str| Answer::read(text.as_bytes());
    let ok = "HTTP/1.1 200 OK\r\ncontent-LENGTH: 5\r\n\r\n";
    assert_eq!(read(ok), Ok(Some(Answer { status: 200, length: ok.len() + 5 })));
    assert_eq!(read(&ok[..ok.len() - 1]), Ok(None));
    let unchanged = "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n";
    assert_eq!(read(unchanged), Ok(Some(Answer { status: 304, length: unchanged.len() })));
    for wrong in [
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
        "HTTP/1.1 2\r\n\r\n",
        "SSH-2.0\r\n\r\n",
    ] {
        assert_eq!(read(wrong), Err(Malformed), "{wrong}");
    }
    assert_eq!(read(&"x".repeat(20_000)), Err(Malformed));
}

#[test]
fn the_answer_says_when_the_load_was_the_limit() {
    let mut run = Run { steps: vec![step(2_000, 400), step(1_000, 2)], ..Run::default() };
    assert_eq!(run.best().unwrap().hosts, 1_000);
    assert!(!run.is_at_least(), "what a service elsewhere took is not known");
    run.steps[0].server_cpu = Some(0.1);
    assert!(run.is_at_least() && pure::table(&run).contains("disturbed: neither was busy"));
    run.steps[0] = Step { load_cpu: 0.97, server_cpu: Some(0.6), ..run.steps[0].clone() };
    assert!(run.answer().starts_with("at least 1,000 hosts"), "{}", run.answer());
    run.steps[0].server_cpu = Some(0.99);
    assert!(run.answer().starts_with("1,000 hosts"), "{}", run.answer());
    run.steps.remove(0);
    assert!(run.is_at_least(), "nothing went badly");

    run.steps.push(Step { errors: 3, first_error: Some("refused".to_owned()), ..step(2_000, 1) });
    let json = pure::json(&run);
    assert_eq!(json["schema"], pure::SCHEMA);
    assert_eq!((&json["hosts"], &json["at_least"]), (&1_000.into(), &false.into()));
    assert_eq!(json["steps"][1]["first_error"], "refused");
    assert_eq!(json["steps"][1]["p99_ms"], 1.0);
    let line = pure::history_line(&run);
    assert!(line.lines().count() == 1 && line.contains("\"hosts\":1000"), "{line}");
    let table = pure::table(&run);
    for text in ["1,000", "served well", "2,000", "not served well"] {
        assert!(table.contains(text), "{text}\n{table}");
    }
    assert!(pure::line(run.steps.last().unwrap()).contains("3 errors: refused"));
}

#[test]
fn the_picture_has_each_step_and_the_limit() {
    let run = Run {
        server: "its own & <one> core".to_owned(),
        steps: vec![step(1_000, 2), step(4_000, 900), step(2_000, 800), step(2_000, 3)],
        ..Run::default()
    };
    let picture = pure::svg(&run);
    assert_eq!(picture.matches("<polyline").count(), 3);
    assert_eq!(picture.matches("<circle").count(), 9);
    assert_eq!(picture.matches("fill=\"#fff\" stroke").count(), 3, "what was not served well is hollow");
    assert!(picture.contains("250 ms") && picture.contains(">4,000<"));
    assert!(picture.contains("its own &amp; &lt;one> core"));
    assert!(!picture.contains("NaN") && !picture.contains("inf"));
    for steps in [vec![], vec![step(1_000, 0)]] {
        let picture = pure::svg(&Run { steps, ..Run::default() });
        assert!(!picture.contains("NaN") && !picture.contains("inf"), "{picture}");
    }
}
