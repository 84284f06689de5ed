//! The check page: from what is known to what to do, and back with what is missing.

use std::collections::BTreeMap;

use hotfixd::assess::Question;
use hotfixd::assess::explain::explain;
use hotfixd::model::{Catalogue, Inventory, Source};
use hotfixd::server::pages::{CheckInput, Moment, PageError, Renderer, check, check_form};

use super::{catalogue, context, hostile, reviewed, text, xenserver};
use crate::host::explain::yardsticks;

fn posted(catalogue: &Catalogue, fields: &[(&str, &str)]) -> Result<(u16, String), PageError> {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let input = CheckInput::from_fields(fields, &[catalogue])?;
    let context = context("");
    let now = Moment { at: context.now, day: None, since: None };
    check(&Renderer::new().unwrap(), &context, (&[catalogue], &BTreeMap::new()), input, now)
}

/// The inventory of a 6.5 host without hotfixes, with these further fields.
fn bare(further: &str) -> String {
    format!(
        r#"{{"schema": "hotfixd/inventory/1", "product": "xenserver", "version": "6.5.0", "hotfixes": []{further}}}"#
    )
}

fn in_use(largest_lun_bytes: i64) -> String {
    bare(&format!(
        r#", "features": {{"storage.trim": true}}, "facts": {{"storage.trim.largest_lun_bytes": {largest_lun_bytes}}}"#
    ))
}

fn answered(inventory: &str) -> String {
    let (status, page) = posted(&xenserver(), &[("inventory", inventory)]).unwrap();
    assert_eq!(status, 200, "{page}");
    page
}

#[test]
fn says_what_to_do_on_an_exposed_host() {
    let page = answered(&in_use(3_298_534_883_328));
    insta::assert_snapshot!("answer-exposed", reviewed(&page));
    let words = text(page.split_once("<main").unwrap().1);
    let order =
        ["This host is exposed", "Install XS65E005", "Restart the host (assumed", "Advisories", "Hotfixes"];
    let places: Vec<usize> = order.iter().map(|part| words.find(part).unwrap()).collect();
    assert!(places.is_sorted(), "{words}");
}

#[test]
fn asks_for_what_is_missing_and_takes_the_answer() {
    let page = answered(&bare(r#", "features": {"storage.trim": true}"#));
    insta::assert_snapshot!("answer-undetermined", reviewed(&page));
    let inventory = bare(r#", "features": {"storage.trim": true}"#);
    let with = |size| {
        let fields = [("inventory", inventory.as_str()), ("answer:storage.trim.largest_lun_bytes", size)];
        let (status, page) = posted(&xenserver(), &fields).unwrap();
        (status, page, text(&posted(&xenserver(), &fields).unwrap().1))
    };
    assert!(with("3 TiB").2.contains("This host is exposed"));
    assert!(with("1 TiB").2.contains("This host is not exposed"));
    let (status, page, words) = with("a lot");
    assert_eq!(status, 422);
    assert!(words.contains("The answer could not be read: a lot Write a number of bytes"), "{words}");
    assert!(page.contains(r#"type="text" value="a lot""#), "{page}");
}

#[test]
fn says_why_below_each_row_in_the_words_of_the_host() {
    let catalogue = xenserver();
    let question = Question::at(context("").now);
    for (name, inventory) in yardsticks() {
        let page = answered(&inventory);
        let words = text(&page).replace("&quot;", "\"").replace("&#39;", "'");
        let host = Inventory::decode(&Source::from_json("inventory", inventory.as_bytes()).unwrap()).unwrap();
        // The service pack is another release, for which the hotfix is not.
        let ids = if name == "service-pack" { &["XS65-TRIM"][..] } else { &["XS65-TRIM", "XS65E005"] };
        for id in ids {
            let prose = explain(&catalogue, &host, &question, id).unwrap().prose();
            assert!(page.contains(&format!("<summary>{}</summary>", prose.heading)), "{name}: {page}");
            let sentences = prose.paragraphs.iter().flat_map(|paragraph| &paragraph.sentences);
            for sentence in sentences {
                assert!(words.contains(&sentence.says), "{name}: {} in {words}", sentence.says);
                for clause in &sentence.clauses {
                    let said = format!("{} {}", clause.holds, clause.says);
                    assert!(words.contains(&said), "{name}: {said} in {words}");
                }
            }
            for missing in &prose.missing {
                assert!(
                    words.contains(&missing.ask) && words.contains(missing.write.as_ref().unwrap()),
                    "{words}"
                );
            }
        }
    }
}

#[test]
fn explains_on_top_what_was_asked_for() {
    let inventory = in_use(1);
    let with = |explain: &str| {
        posted(&xenserver(), &[("inventory", inventory.as_str()), ("explain", explain)]).unwrap()
    };
    let (status, page) = with("XS65ESP1 XS65-TRIM");
    assert_eq!(status, 200);
    let words = text(&page);
    let places =
        ["Why XS65ESP1 is", "Why XS65-TRIM is not exposed", "What to do"].map(|part| words.find(part));
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{words}");
    // Every row leads to its explanation by an address.
    assert!(page.contains(r##"<form id="explain" method="get" action="/check#why">"##), "{page}");
    assert!(page.contains(r#"form="explain" name="explain" value="XS65E005""#), "{page}");
    let (status, page) = with("XS65E0O5");
    assert_eq!(status, 422);
    assert!(
        text(&page).contains("XenServer has no such advisory or hotfix. Did you mean XS65E005?"),
        "{page}"
    );
    assert_eq!(with(&"XS65ESP1 ".repeat(33)).0, 422);
    // An inventory that is too long for an address is sent.
    let long = bare(&format!(r#", "x": "{}""#, "y".repeat(7_000)));
    assert!(answered(&long).contains(r##"<form id="explain" method="post" action="/check#why">"##));
}

#[test]
fn starts_from_a_release_and_asks_its_way() {
    let (_, page) = posted(&xenserver(), &[("inventory", ""), ("start", "xenserver/6.5")]).unwrap();
    let words = text(&page);
    assert!(words.contains("Which hotfixes are installed?"), "{words}");
    assert!(words.contains("No plan yet: first the release has to be known."), "{words}");
    let inventory = r#"{"schema": "hotfixd/inventory/1", "product": "xenserver", "version": "6.5.0"}"#;
    let fields = [("inventory", inventory), ("answer:hotfixes", "XS65ESP1")];
    let words = text(&posted(&xenserver(), &fields).unwrap().1);
    assert!(words.contains("This host has the fix ✓ Fixed XenServer 6.5 Service Pack 1"), "{words}");
    let fields = [("inventory", inventory), ("answer:hotfixes", "none"), ("answer:storage.trim", "no")];
    let words = text(&posted(&xenserver(), &fields).unwrap().1);
    assert!(words.contains("This host is not exposed – Not exposed XenServer 6.5"), "{words}");
}

#[test]
fn never_calls_safe_what_it_does_not_know() {
    let unstated = bare("").replace("6.5.0", "7.0.0");
    let words = text(&answered(&unstated));
    assert!(words.contains("Nothing is stated about this host’s release"), "{words}");
    let words = text(&answered(&bare("")));
    assert!(words.contains("Not enough is known to say"), "{words}");
    assert!(words.contains("No plan yet: first find out what is asked above."), "{words}");
    let elsewhere = bare("").replace("6.5.0", "9.9");
    let words = text(&answered(&elsewhere));
    assert!(words.contains("Not enough is known to say ? Undetermined Release not known"), "{words}");
}

/// An answer from a catalogue that has nothing to say is no good news.
#[test]
fn an_empty_catalogue_settles_nothing() {
    let product = r#"
        schema = "hotfixd/product/1"
        id = "xenserver"
        revision = 1
        name = "XenServer"
        vendor = "Citrix"
        releases = [{ id = "6.5", name = "XenServer 6.5", line = "6.5", reports = { version = "6.5.0" } }]
    "#;
    let product = catalogue(&[("product.toml", product)]);
    let words = |inventory: &str| text(&posted(&product, &[("inventory", inventory)]).unwrap().1);
    let known = words(&bare(""));
    assert!(known.contains("Nothing is stated about this host’s release"), "{known}");
    assert!(known.contains("None is published."));
    assert!(known.contains("Nothing is known to be needed."));
    let elsewhere = words(&bare("").replace("6.5.0", "9.9"));
    assert!(elsewhere.contains("Which of them concern this host is not known before its release is."));
    let input = CheckInput { inventory: bare(""), ..CheckInput::default() };
    let context = context("");
    let now = Moment { at: context.now, day: None, since: None };
    let nothing = check(&Renderer::new().unwrap(), &context, (&[], &BTreeMap::new()), input, now).unwrap();
    assert!(text(&nothing.1).contains("No product is published here yet."));
}

#[test]
fn says_that_it_was_asked_about_less() {
    let inventory = in_use(1);
    let fields = [("inventory", inventory.as_str()), ("advisory", "XS65-TRIM")];
    let words = text(&posted(&xenserver(), &fields).unwrap().1);
    assert!(words.contains("Asked about the advisory XS65-TRIM alone."), "{words}");
    assert!(!text(&answered(&inventory)).contains("Asked about"));
}

#[test]
fn keeps_the_text_of_a_bad_inventory_and_says_what_is_wrong_where() {
    let bad = r#"{"schema": "hotfixd/inventory/2", "product": "xenserver", "features": {"a": 1}}"#;
    let (status, page) = posted(&xenserver(), &[("inventory", bad)]).unwrap();
    assert_eq!(status, 422);
    insta::assert_snapshot!("check-refused", reviewed(&page));
    let refused = |fields: &[(&str, &str)]| {
        let (status, page) = posted(&xenserver(), fields).unwrap();
        assert_eq!(status, 422);
        text(&page)
    };
    assert!(refused(&[]).contains("There is no inventory. Paste it, choose its file"));
    assert!(refused(&[("inventory", "{\n\"a\" 1}")]).contains("Line 2:"));
    let misspelt = r#"{"product": "xenservr"}"#;
    assert!(refused(&[("inventory", misspelt)]).contains("Did you mean xenserver? Known are xenserver."));
    let unknown = bare("");
    assert!(
        refused(&[("inventory", unknown.as_str()), ("advisory", "A-9")])
            .contains("XenServer has no such advisory")
    );
}

#[test]
fn refuses_fields_and_queries_that_it_does_not_know() {
    assert_eq!(posted(&xenserver(), &[("inventry", "x")]).unwrap_err().status(), 400);
    assert_eq!(posted(&xenserver(), &[("start", "xenserver/9")]).unwrap_err().status(), 400);
    let form = |query: &[(&str, &str)]| {
        let query = query.iter().map(|(n, v)| ((*n).into(), (*v).into()));
        let catalogue = xenserver();
        let input = CheckInput::from_fields(query, &[&catalogue])?;
        check_form(&Renderer::new().unwrap(), &context(""), &[&catalogue], &input)
    };
    assert!(form(&[("advisory", "XS65-TRIM")]).unwrap().contains(r#"<option value="XS65-TRIM" selected>"#));
    assert_eq!(form(&[("advisory", "A-9")]).unwrap_err().status(), 400);
    assert_eq!(form(&[("q", "1")]).unwrap_err().status(), 400);
    insta::assert_snapshot!("check-form", reviewed(&form(&[]).unwrap()));
}

#[test]
fn shows_hostile_inventories_as_text() {
    let hostile_text = r#"{"schema": "hotfixd/inventory/1", "product": "acme", "version": "</textarea><script>1</script>",
        "hotfixes": ["\"><script>2</script>"], "features": {"\"><img src=x>": true},
        "facts": {"<svg onload=alert(1)>": 1}, "x\"><script>": 1}"#;
    for fields in [
        vec![("inventory", hostile_text)],
        vec![("inventory", "</textarea><script>3</script>")],
        vec![("inventory", hostile_text), ("answer:<script>", "<script>4</script>")],
        vec![("inventory", r#"{"product": "<script>5</script>"}"#)],
    ] {
        let (_, page) = posted(&hostile(), &fields).unwrap();
        let lower = page.to_lowercase();
        assert!(!lower.contains("<script") && !lower.contains("<svg") && !lower.contains("<img"), "{page}");
        assert_eq!(lower.matches("</textarea>").count(), 1, "{page}");
    }
}

#[test]
fn takes_an_uploaded_file_and_keeps_its_text() {
    let (status, page) = posted(&xenserver(), &[("inventory", ""), ("file", in_use(1).as_str())]).unwrap();
    assert_eq!(status, 200);
    assert!(page.contains("storage.trim.largest_lun_bytes&quot;: 1}}</textarea>"), "{page}");
}
