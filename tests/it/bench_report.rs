//! What `make bench` says of its rows: when a figure counts, and that what is missing is in plain sight.

#[path = "../../benches/ratios/report/mod.rs"]
mod report;

use report::{Compared, Goal, Outcome, Row, Spec, Steady, Unit, Verdict};

fn row(goal: Goal, outcome: Outcome) -> Row {
    let spec = Spec {
        id: "section/name",
        what: "what",
        baseline: "baseline",
        unit: Unit::Ratio,
        goal,
        seen: "1/30",
    };
    Row { spec, outcome, note: String::new() }
}

fn measured(value: f64, baseline: Option<(f64, f64)>) -> Outcome {
    Outcome::Measured { value, steady: baseline.map(|(first, second)| Steady { first, second }) }
}

#[test]
fn a_figure_counts_only_where_its_baseline_agrees_with_itself() {
    let verdict = |outcome| row(Goal::AtMost(0.025), outcome).verdict();
    assert_eq!(verdict(measured(0.025, Some((1.0, 1.1)))), Verdict::Reached);
    assert_eq!(verdict(measured(0.026, Some((1.1, 1.0)))), Verdict::Missed);
    assert_eq!(verdict(measured(0.001, Some((1.0, 1.11)))), Verdict::Inconclusive);
    assert_eq!(verdict(measured(0.001, Some((1.11, 1.0)))), Verdict::Inconclusive);
    assert_eq!(verdict(measured(0.001, None)), Verdict::Reached);
    assert_eq!(verdict(measured(f64::NAN, None)), Verdict::Failed);
    assert_eq!(row(Goal::AtLeast(0.7), measured(0.8, None)).verdict(), Verdict::Reached);
    assert_eq!(row(Goal::None, measured(0.8, None)).verdict(), Verdict::Measured);
}

#[test]
fn rounds_are_interleaved_and_their_least_figures_compared() {
    let mut turns = String::new();
    let log = std::cell::RefCell::new(&mut turns);
    let mut baseline = [4.0, 5.0, 2.0, 8.0].into_iter();
    let mut ours = [3.0, 1.0].into_iter();
    let compared = Compared::rounds(
        2,
        || {
            log.borrow_mut().push('b');
            baseline.next().ok_or(())
        },
        || {
            log.borrow_mut().push('o');
            ours.next().ok_or(())
        },
    );
    let compared = compared.unwrap();
    assert_eq!(compared.steady(), Steady { first: 2.0, second: 5.0 });
    assert_eq!(compared.ratio(), 0.5);
    assert!(!compared.steady().holds());
    assert_eq!(turns, "bobbob");
}

#[test]
fn the_table_and_the_json_say_why_a_row_has_no_figure() {
    let goal = Goal::AtMost(0.025);
    let rows = [
        row(goal, measured(1.0 / 31.0, Some((1.0, 1.0)))),
        row(goal, measured(0.02, Some((1.0, 1.5)))),
        row(goal, Outcome::Skipped { why: "install nginx-light".to_owned() }),
        row(goal, Outcome::Failed { why: "no answer".to_owned() }),
    ];
    let table = report::table(&rows);
    for text in [
        "section/name  1/31      <= 1/40  MISSED        1/30",
        "section/name  1/50      <= 1/40  INCONCLUSIVE  1/30",
        "section/name: inconclusive: the baseline differs from itself by 50 %.",
        "section/name  -         <= 1/40  SKIPPED       1/30",
        "section/name: skipped: install nginx-light",
        "section/name: failed: no answer",
    ] {
        assert!(table.contains(text), "{text}\n{table}");
    }
    let run = report::json("2026-01-01T00:00:00Z", "abc", "a processor", &rows);
    assert_eq!(run["schema"], report::SCHEMA);
    let results: Vec<&str> =
        run["rows"].as_array().unwrap().iter().map(|row| row["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["missed", "inconclusive", "skipped", "failed"]);
    assert_eq!(run["rows"][2]["why"], "install nginx-light");
    assert_eq!(run["rows"][2]["measured"], serde_json::Value::Null);
    let line = report::history_line(&run);
    assert_eq!(line.lines().count(), 1);
    assert!(!line.contains("null") && line.contains("\"measured\":0.03226"), "{line}");
}
