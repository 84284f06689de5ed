//! `/check` and `POST /api/v1/assess` over real sockets.

use std::collections::BTreeMap;

use hotfixd::json::Value;

use crate::support::service::{Service, Start, hotfix};

const INVENTORY: &str = r#"{"schema": "hotfixd/inventory/1", "product": "xenserver", "version": "6.5.0",
    "hotfixes": [], "features": {"storage.trim": true}, "facts": {"storage.trim.largest_lun_bytes": 3298534883328}}"#;

fn multipart(fields: &[(&str, &str)]) -> Vec<u8> {
    let part = |(name, value): &(&str, &str)| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    (fields.iter().map(part).collect::<String>() + "--edge--\r\n").into_bytes()
}

#[test]
fn the_seed_case_is_answered_by_page_and_api() {
    let service = Service::demo();
    let reply = service.request("POST", "/api/v1/assess?advisory=XS65-TRIM", &[], INVENTORY.as_bytes());
    let json = reply.json();
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(
        (json["schema"].as_str(), json["release"]["id"].as_str()),
        (Some("hotfixd/assessment/1"), Some("6.5"))
    );
    assert_eq!(json["advisories"][0]["status"], "exposed");
    assert_eq!(json["plan"]["steps"][0]["hotfix"], "XS65E005");

    assert_eq!(service.get("/check?advisory=XS65-TRIM").status, 200);
    assert_eq!(service.get("/check?advisroy=XS65-TRIM").status, 400);
    let fields = [("inventory", INVENTORY), ("file", ""), ("start", ""), ("advisory", "XS65-TRIM")];
    let send = |kind: &str, body: &[u8]| {
        service.request("POST", "/check", &[("content-type", kind), ("accept", "text/html")], body)
    };
    let page = send("multipart/form-data; boundary=edge", &multipart(&fields));
    assert_eq!((page.status, page.headers["content-type"].as_str()), (200, "text/html; charset=utf-8"));
    assert!(page.text().contains("XS65E005") && page.headers["cache-control"] == "no-store");
    let encoded = format!("advisory=XS65-TRIM&inventory={}", INVENTORY.replace('{', "%7B").replace(' ', "+"));
    assert_eq!(send("application/x-www-form-urlencoded", encoded.as_bytes()).status, 200);

    let broken = send("multipart/form-data; boundary=edge", &multipart(&[("inventory", "{\"a\": ")]));
    assert_eq!(broken.status, 422, "{}", broken.text());
    assert!(broken.text().contains("line 1") || broken.text().contains("EOF"), "{}", broken.text());
    let unknown = send("multipart/form-data; boundary=edge", &multipart(&[("inventry", "{}")]));
    assert_eq!((unknown.status, unknown.headers["content-type"].as_str()), (400, "text/html; charset=utf-8"));
    assert_eq!(send("text/plain", b"x").status, 400);
}

#[test]
fn a_form_has_bounds() {
    let service = Start::new().with("max_inventory_bytes", 2_000).up();
    let kind = [("content-type", "multipart/form-data; boundary=edge")];
    let long = " ".repeat(2_001);
    let reply = service.request("POST", "/check", &kind, &multipart(&[("inventory", &long)]));
    assert_eq!((reply.status, reply.word("/code").as_str()), (413, "body_too_long"));
    let reply = service.request("POST", "/check", &kind, &multipart(&[("inventory", &long.repeat(100))]));
    assert_eq!(reply.status, 413);
}

#[test]
fn a_link_asks_the_same_again() {
    let service = Service::demo();
    let fields = [("inventory", INVENTORY), ("advisory", "XS65-TRIM")];
    let kind = [("content-type", "multipart/form-data; boundary=edge"), ("accept", "text/html")];
    let posted = service.request("POST", "/check", &kind, &multipart(&fields)).text();
    let links: Vec<&str> =
        posted.split("href=\"").filter(|rest| rest.starts_with("/check?inventory=")).collect();
    assert_eq!(links.len(), 2, "{posted}");
    let title = |page: &str| page.split_once("<h1>").unwrap().1.split_once("</h1>").unwrap().0.to_owned();
    for link in links {
        let link = link.split_once('"').unwrap().0.replace("&amp;", "&");
        let reply = service.get(&link);
        assert_eq!((reply.status, reply.headers["cache-control"].as_str()), (200, "no-store"), "{link}");
        assert_eq!(title(&reply.text()), title(&posted));
        assert!(reply.text().contains("the advisory XS65-TRIM alone"));
    }
    let described = "/check?start=xenserver/6.5&answer:hotfixes=none&answer:storage.trim=yes\
                     &answer:storage.trim.largest_lun_bytes=3+TiB&advisory=XS65-TRIM";
    assert_eq!(title(&service.get(described).text()), title(&posted));
    assert_eq!(service.get("/check?inventory=%7B&inventory=%7B").status, 400);
    assert_eq!(service.get("/check?inventory=%7B").status, 422);
}

#[test]
fn a_day_is_asked_of_what_was_published_by_then() {
    let service = Service::demo();
    let assess =
        |query: &str| service.request("POST", &format!("/api/v1/assess?{query}"), &[], INVENTORY.as_bytes());
    // Nothing of the sample has a day of its own, so the record of this service counts: today.
    let before = assess("as_of=2015-02-09");
    assert_eq!((before.status, before.word("/code").as_str()), (400, "bad_parameter"), "{}", before.text());
    assert!(before.word("/detail").contains("nothing was published by 2015-02-09"), "{}", before.text());
    for wrong in ["as_of=9+February", "as_of=2999-01-01", "as_of=", "as_of=2015-02-09&as_of=2015-02-10"] {
        assert_eq!(assess(wrong).status, 400, "{wrong}");
    }
    let mut early = hotfix("XS65E901", 1).with("released", "2015-02-09".into());
    service.publish(&[early.clone()]);
    let on = assess("as_of=2015-02-10&plan=all").json();
    assert_eq!(on["as_of"], "2015-02-10T23:59:59Z");
    assert_eq!(on["hotfixes"].as_array().unwrap().len(), 1, "{on}");
    assert_eq!(on["plan"]["steps"][0]["hotfix"], "XS65E901");
    // What is withdrawn later was not withdrawn then.
    let gone = Value::from([("date", "2015-06-01".into()), ("reason", "It broke.".into())]);
    early =
        early.with("revision", Value::Int(2)).with("published", "2015-06-01".into()).with("withdrawn", gone);
    service.publish(&[early]);
    let status = |day: &str| assess(&format!("as_of={day}")).json()["hotfixes"][0]["status"].clone();
    assert_eq!((status("2015-05-31"), status("2015-06-01")), ("applicable".into(), "withdrawn".into()));

    let fields = [("inventory", INVENTORY), ("as_of", "2015-02-10")];
    let kind = [("content-type", "multipart/form-data; boundary=edge"), ("accept", "text/html")];
    let page = service.request("POST", "/check", &kind, &multipart(&fields));
    assert_eq!(page.status, 200);
    assert!(
        page.text().contains("were not out by then") || page.text().contains("was not out by then"),
        "{}",
        page.text()
    );
    // The advisory came later, and was not left out of the question.
    assert!(page.text().contains("<p>None was published by 2015-02-10.</p>"), "{}", page.text());
    let fields = [("inventory", INVENTORY), ("as_of", "2014-01-01")];
    let page = service.request("POST", "/check", &kind, &multipart(&fields));
    assert_eq!(page.status, 422);
    assert!(page.text().contains("nothing was published by 2014-01-01"), "{}", page.text());
}

#[test]
fn what_changed_since_a_day_is_told() {
    let service = Service::demo();
    let assess =
        |query: &str| service.request("POST", &format!("/api/v1/assess{query}"), &[], INVENTORY.as_bytes());
    let before = assess("?changed_since=2015-02-09");
    assert_eq!((before.status, before.word("/field").as_str()), (400, "changed_since"), "{}", before.text());
    assert!(
        before.word("/detail").contains("nothing was published by 2015-02-09; the first"),
        "{}",
        before.text()
    );
    service.publish(&[hotfix("XS65E901", 1).with("released", "2015-02-09".into())]);
    let now = assess("").json();
    let mut answer = assess("?changed_since=2015-02-10").json();
    let then = assess("?as_of=2015-02-10").json();
    let changed = answer.as_object_mut().unwrap().remove("changed").unwrap();
    answer["as_of"] = now["as_of"].clone();
    assert_eq!(answer, now);
    assert_eq!((&changed["schema"], &changed["since"]), (&"hotfixd/changed/1".into(), &then["as_of"]));
    // It leads from the answer of that day to the one of today.
    let statuses = |of: &serde_json::Value, list: &str| -> BTreeMap<String, serde_json::Value> {
        let all = of[list].as_array().unwrap().iter();
        all.map(|one| (one["id"].as_str().unwrap().to_owned(), one["status"].clone())).collect()
    };
    for list in ["advisories", "hotfixes"] {
        let mut was = statuses(&then, list);
        for change in changed[list].as_array().unwrap() {
            let status = if list == "hotfixes" { &change["after"]["status"] } else { &change["after"] };
            was.insert(change["id"].as_str().unwrap().to_owned(), status.clone());
        }
        assert_eq!(was, statuses(&now, list));
    }
    assert_eq!(changed["plan"]["added"], serde_json::json!(["XS65E005"]));
    let says =
        ["verdict: exposed, was unstated", "XS65-TRIM: new, exposed", "XS65E005: new, applicable and needed"];
    for line in says.iter().chain(&["plan: XS65E005"]) {
        assert!(changed["says"].as_array().unwrap().iter().any(|said| said == line), "{line}: {changed}");
    }
    // Between two days; of the same day nothing changed.
    let between = assess("?changed_since=2015-02-10&as_of=2015-02-12").json();
    assert_eq!(
        (&between["changed"]["says"], &between["changed"]["verdict"]),
        (&serde_json::json!([]), &().into())
    );
    let today = &now["as_of"].as_str().unwrap()[..10];
    for wrong in [
        "9+February",
        "2999-01-01",
        "",
        today,
        "2015-02-10&as_of=2015-02-10",
        "2015-02-10&changed_since=2015-02-11",
    ] {
        let reply = assess(&format!("?changed_since={wrong}"));
        assert_eq!((reply.status, reply.word("/field").as_str()), (400, "changed_since"), "{wrong}");
        assert!(!reply.word("/remedy").is_empty());
    }
    let link = "/check?start=xenserver/6.5&answer:hotfixes=none&answer:storage.trim=yes\
                &answer:storage.trim.largest_lun_bytes=3+TiB&changed_since=";
    let page = service.get(&format!("{link}2015-02-10")).text();
    assert!(page.contains("What changed since 2015-02-10</h2>"), "{page}");
    for line in changed["says"].as_array().unwrap() {
        assert!(page.contains(&format!("<li>{}</li>", line.as_str().unwrap())), "{line}: {page}");
    }
    assert!(page.contains("&amp;changed_since=2015-02-10\">A link"), "{page}");
    for (wrong, remedy) in [
        ("2015-02-08", "nothing was published by 2015-02-08"),
        (today, "Name a day before the one that is asked about."),
        ("9+February", "Write a day as 2015-02-09."),
    ] {
        let page = service.get(&format!("{link}{wrong}"));
        assert!(page.status == 422 && page.text().contains(remedy), "{wrong}: {}", page.text());
    }
    let lines = lines(&service, "changed_since=2015-02-10", INVENTORY.replace('\n', " ").as_bytes());
    assert_eq!(lines[0]["assessment"]["changed"]["says"], changed["says"]);
}

/// Sends many inventories, and reads the answers as lines.
fn lines(service: &Service, query: &str, body: &[u8]) -> Vec<serde_json::Value> {
    let kind = [("content-type", "application/x-ndjson")];
    let reply = service.request("POST", &format!("/api/v1/assess?{query}"), &kind, body);
    assert_eq!((reply.status, reply.headers["content-type"].as_str()), (200, "application/x-ndjson"));
    reply.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn thousands_of_inventories_are_answered_line_by_line() {
    let service = Service::demo();
    let one = INVENTORY.replace('\n', " ");
    let sizes = (0..3_000_u64).map(|at| one.replace("3298534883328", &(at << 30).to_string()));
    let body: Vec<String> = sizes.collect();
    let answers = lines(&service, "advisory=XS65-TRIM", body.join("\n").as_bytes());
    assert_eq!(answers.len(), 3_000);
    for (at, answer) in answers.iter().enumerate() {
        assert_eq!(answer["line"], at + 1);
        let exposed = if at > 2_048 { "exposed" } else { "not_exposed" };
        assert_eq!(answer["assessment"]["advisories"][0]["status"], exposed, "{at} GiB");
    }
    let mut alone =
        service.request("POST", "/api/v1/assess?advisory=XS65-TRIM", &[], body[2_500].as_bytes()).json();
    alone["as_of"] = answers[2_500]["assessment"]["as_of"].clone();
    assert_eq!(alone, answers[2_500]["assessment"]);
}

#[test]
fn a_line_that_cannot_be_judged_leaves_the_others_alone() {
    let service = Start::new().with("max_inventory_bytes", 2_000).with("max_batch_bytes", 100_000).up();
    let one = INVENTORY.replace('\n', " ");
    let body = format!("{one}\n\n{{\"a\": 1\r\n{one}\r\n{}\n", one.replace("xenserver", "other"));
    let answers = lines(&service, "", body.as_bytes());
    let numbers: Vec<u64> = answers.iter().map(|answer| answer["line"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 3, 4, 5]);
    assert!(answers[0]["assessment"].is_object() && answers[2]["assessment"].is_object());
    assert_eq!(
        (&answers[1]["problem"]["code"], &answers[3]["problem"]["code"]),
        (&"malformed".into(), &"invalid".into())
    );
    assert_eq!(lines(&service, "", b"").len(), 0);
    assert_eq!(lines(&service, "", b"\n\n \n").len(), 0);
    // What cannot be taken apart ends the answer, with the reason.
    let long = format!("{one}\n{}", " ".repeat(4_000));
    let answers = lines(&service, "", long.as_bytes());
    assert_eq!(answers.last().unwrap()["problem"]["code"], "body_too_long");
    assert_eq!(
        service.request("POST", "/api/v1/assess?x", &[("content-type", "application/x-ndjson")], b"").status,
        400
    );
    let kind = [("content-type", "application/x-ndjson")];
    assert_eq!(service.request("POST", "/api/v1/assess", &kind, " ".repeat(100_001).as_bytes()).status, 413);
}

#[test]
fn what_is_asked_for_is_explained() {
    let service = Service::demo();
    let ask =
        |query: &str| service.request("POST", &format!("/api/v1/assess{query}"), &[], INVENTORY.as_bytes());
    // An answer that was given without explanations is not given again where they are asked for, nor the other way.
    let plain = ask("").json();
    let mut explained = ask("?explain=XS65-TRIM").json();
    assert_eq!(explained["explanations"][0]["status"], "exposed");
    explained.as_object_mut().unwrap().remove("explanations");
    explained["as_of"] = plain["as_of"].clone();
    assert_eq!((&explained, ask("").json()["explanations"].is_null()), (&plain, true));
    let wrong = ask("?explain=XS65E0O5");
    assert_eq!((wrong.status, wrong.word("/code").as_str()), (400, "bad_parameter"), "{}", wrong.text());
    assert_eq!(
        (wrong.word("/field"), wrong.word("/remedy")),
        ("explain".into(), "Did you mean XS65E005?".into())
    );
    let many = ask(&format!("?{}", "explain=XS65E005&".repeat(33)));
    assert_eq!((many.status, many.word("/field").as_str()), (400, "explain"));

    // On the page by a link, which also leads on to it.
    let link = "/check?start=xenserver/6.5&answer:hotfixes=none&answer:storage.trim=no";
    let title = "Why XS65-TRIM is not exposed</h3>";
    assert!(!service.get(link).text().contains(title));
    for asked in ["&explain=XS65E005&explain=XS65-TRIM", "&explain=XS65E005+XS65-TRIM"] {
        let page = service.get(&format!("{link}{asked}"));
        assert!(page.status == 200 && page.text().contains(title), "{}", page.text());
        assert!(
            page.text().contains("&amp;explain=XS65E005&amp;explain=XS65-TRIM\">A link"),
            "{}",
            page.text()
        );
    }
    let page = service.request("GET", &format!("{link}&explain=XS65E0O5"), &[("accept", "text/html")], b"");
    assert_eq!(page.status, 422);
    assert!(page.text().contains("Did you mean XS65E005?"), "{}", page.text());
}

#[test]
fn an_inventory_that_is_sent_again_gets_the_same_answer_until_something_is_released() {
    let service = Service::demo();
    let ask = || service.request("POST", "/api/v1/assess?plan=all", &[], INVENTORY.as_bytes()).json();
    let first = ask();
    assert_eq!(ask(), first);
    service.publish(&[hotfix("XS65E902", 1)]);
    let listed = |answer: &serde_json::Value| {
        answer["hotfixes"].as_array().unwrap().iter().any(|one| one["id"] == "XS65E902")
    };
    assert!(!listed(&first) && listed(&ask()));
}
