//! What was published by a day.

use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::generate::{Documents, arbitrary_inventories, documents, inventories, inventory, source};
use super::tried;
use crate::assess::{AdvisoryStatus, Question, assess};
use crate::model::{Document, Kept, Mode, Past, PastError};

const TODAY: Date = date(2026, 11, 25);

fn kept(document: &Value) -> Kept {
    Kept { document: Document::decode(&source(document), Mode::Strict).unwrap(), taken: TODAY }
}

/// A product whose service pack S marks its second release, and an advisory that A1 fixes, later S too.
fn history() -> Vec<Value> {
    let hotfix = |id: &str, released: Option<&str>, further: Value| {
        let mut document = json!({
            "schema": "hotfixd/hotfix/1", "id": id, "revision": 1, "product": "p", "kind": "hotfix", "title": id,
            "releases": ["1"], "requires": [], "supersedes": [], "conflicts": [], "guidance": [],
        });
        let fields = document.as_object_mut().unwrap();
        fields.extend(released.map(|day| ("released".to_owned(), day.into())));
        fields.extend(further.as_object().unwrap().clone());
        document
    };
    let advisory = |revision: u32, published: &str, fixed_by: Value| {
        json!({
            "schema": "hotfixd/advisory/1", "id": "A-1", "revision": revision, "published": published, "product": "p",
            "title": "t", "category": "security", "severity": "high",
            "matrix": [{"feature": "*", "releases": ["1"], "status": "known_affected", "fixed_by": fixed_by},
                       {"feature": "*", "releases": ["2"], "status": "fixed"}],
        })
    };
    let release = |id: &str, marker: Option<&str>| {
        let mut release =
            json!({"id": id, "name": id, "line": "1", "channel": "release", "reports": {"version": "1"}});
        release.as_object_mut().unwrap().extend(marker.map(|id| ("marker".to_owned(), id.into())));
        release
    };
    vec![
        json!({"schema": "hotfixd/product/1", "id": "p", "revision": 1, "name": "P", "vendor": "V",
               "detect": [{"file": "/p"}], "releases": [release("1", None), release("2", Some("S"))], "features": []}),
        advisory(1, "2015-02-09", json!([])),
        hotfix("A1", Some("2015-03-08"), json!({})),
        advisory(2, "2015-03-08", json!([["A1"]])),
        hotfix(
            "S",
            Some("2015-05-01"),
            json!({"establishes": "2", "supersedes": ["A1", "LATE"], "releases": ["1"]}),
        ),
        advisory(3, "2015-05-01", json!([["A1"], ["S"]])),
        hotfix("LATE", None, json!({})),
        hotfix("NEEDS", Some("2015-05-02"), json!({"requires": ["LATE"]})),
    ]
}

fn past(on: Date) -> Result<Past, PastError> {
    Past::of(history().iter().map(kept).collect(), on)
}

#[test]
fn an_answer_of_a_day_knows_what_was_out_by_then() {
    let host =
        inventory(&json!({"schema": "hotfixd/inventory/1", "product": "p", "version": "1", "hotfixes": []}));
    let nothing = past(date(2015, 2, 8)).unwrap_err();
    assert_eq!(nothing.to_string(), "nothing was published by 2015-02-08; the first is of 2015-02-09");
    let at = |on: Date| {
        let past = past(on).unwrap();
        let answer = assess(&past.catalogue, &host, &Question::at("2015-01-01T00:00:00Z".parse().unwrap()));
        assert_eq!(answer.advisories[0].status, AdvisoryStatus::Exposed);
        let fixes: Vec<String> =
            answer.advisories[0].fixed_by.iter().flatten().map(ToString::to_string).collect();
        let steps: Vec<String> = answer.plan.steps.iter().map(|step| step.hotfix.to_string()).collect();
        (fixes.join(" "), steps.join(" "), past.catalogue.product().releases.len(), past.later, past.undated)
    };
    let text = |fixes: &str, steps: &str, releases, later, undated| {
        (fixes.to_owned(), steps.to_owned(), releases, later, undated)
    };
    assert_eq!(at(date(2015, 2, 9)), text("", "", 1, 4, 1));
    assert_eq!(at(date(2015, 3, 7)), text("", "", 1, 4, 1));
    assert_eq!(at(date(2015, 3, 8)), text("A1", "A1", 1, 3, 1));
    assert_eq!(at(date(2015, 5, 1)), text("A1 S", "A1", 2, 2, 1));
    // What requires something that was not out could not be installed either; today everything is.
    let may = past(date(2015, 5, 2)).unwrap().catalogue;
    assert!(!may.hotfixes().contains_key("NEEDS") && may.rolls_up("S").len() == 1);
    let today = past(TODAY).unwrap();
    assert!(today.catalogue.hotfixes().contains_key("NEEDS") && today.later == 0);
}

#[test]
fn there_is_no_answer_without_documents() {
    let product = history().remove(0);
    assert_eq!(Past::of(vec![kept(&product)], TODAY).unwrap_err(), PastError::Unknown);
    assert_eq!(Past::of(vec![kept(&history()[1])], TODAY).unwrap_err(), PastError::Unknown);
}

/// The documents, each taken in on a day of its own.
fn on_days(documents: &Documents, days: &[i8]) -> Vec<Kept> {
    let taken = |at: usize| date(2020, 1, 1 + days[at % days.len()]);
    let kept = |(at, document): (usize, &Value)| Kept { taken: taken(at), ..kept(document) };
    documents.0.iter().enumerate().map(kept).collect()
}

proptest! {
    #![proptest_config(tried(100))]

    #[test]
    fn on_the_last_day_it_is_the_catalogue_itself(documents in documents(), host in inventories(), days in prop::collection::vec(0_i8..28, 1..12)) {
        let Some(whole) = documents.catalogue() else { return Ok(()) };
        prop_assume!(whole.advisories().len() + whole.hotfixes().len() > 0);
        let past = Past::of(on_days(&documents, &days), date(2020, 1, 31)).unwrap();
        let question = Question::at("2020-02-01T00:00:00Z".parse().unwrap());
        let answer = |catalogue| serde_json::to_value(assess(catalogue, &inventory(&host), &question)).unwrap();
        prop_assert_eq!(answer(&past.catalogue), answer(&whole));
        prop_assert_eq!(past.later, 0);
    }

    #[test]
    fn on_any_day_it_names_nothing_that_was_not_out(documents in documents(), host in arbitrary_inventories(), days in prop::collection::vec(0_i8..28, 1..12), on in 1_i8..29) {
        prop_assume!(documents.catalogue().is_some());
        let on = date(2020, 1, on);
        let kept = on_days(&documents, &days);
        let out = kept.iter().filter(|kept| kept.day() <= on && !matches!(kept.document, Document::Product(_))).count();
        let all = kept.len() - 1;
        match Past::of(kept, on) {
            Err(error) => prop_assert!(out == 0, "{error}"),
            Ok(past) => {
                prop_assert_eq!(past.later, all - out);
                let catalogue = &past.catalogue;
                let known = |id: &crate::model::Id| catalogue.hotfixes().contains_key(id);
                for cell in catalogue.advisories().values().flat_map(|advisory| &advisory.matrix) {
                    prop_assert!(cell.alternatives().iter().flatten().all(known));
                    prop_assert!(cell.releases.iter().all(|id| catalogue.product().release(id.as_str()).is_some()));
                }
                for hotfix in catalogue.hotfixes().values() {
                    prop_assert!(hotfix.requires.iter().chain(&hotfix.supersedes).flatten().all(known));
                }
                let _ = assess(catalogue, &inventory(&host), &Question::at("2020-02-01T00:00:00Z".parse().unwrap()));
            }
        }
    }
}
