//! Browsing: every link of every page, every row of every list, and what no text may make them do.

mod verify;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use hotfixd::model::{Catalogue, Source};
use hotfixd::server::listing::{Index, ProductIndex, Query, Section};
use hotfixd::server::pages::{
    Batch, Changed, ListAsked, PageContext, Place, Renderer, Run, advisory, home, hotfix, list, product,
    release,
};

use crate::pages::{context, hostile, reviewed, text, xenserver};
use crate::support::service::{Reply, Service, Start};

/// The most bytes of a page.
const PAGE_BYTES: usize = 100_000;
/// How many addresses of one list, or of one kind of file, the crawl follows.
const ALIKE: usize = 120;

/// A page's own part: the frame is the same on all.
fn main_of(page: &str) -> String {
    let start = page.find("<main").unwrap();
    reviewed(&page[start..page.find("</main>").unwrap()])
}

fn context_on(catalogue: &Catalogue, release: &str) -> PageContext {
    let run = Run::chosen(&[catalogue], Some(catalogue), release).unwrap();
    let place = Some(Place::of("/here", Vec::new(), &[catalogue]));
    PageContext { run, place, ..context("xenserver/product.json") }
}

fn listed(context: &PageContext, catalogue: &Catalogue, section: Section, pairs: &[(&str, &str)]) -> String {
    let index = Index::new(vec![Arc::new(ProductIndex::of(catalogue, |_| None))]);
    let pairs: Vec<(String, String)> = pairs.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
    let query = Query::parse(&index, section, &pairs, 50).unwrap();
    let asked = ListAsked { index: &index, catalogues: &[catalogue], query: &query, later: false };
    list(&Renderer::new().unwrap(), context, &asked).unwrap()
}

#[test]
fn shows_products_releases_and_lists() {
    let (catalogue, renderer) = (xenserver(), Renderer::new().unwrap());
    let plain = context("xenserver/product.json");
    insta::assert_snapshot!("product", main_of(&product(&renderer, &plain, &catalogue).unwrap()));
    let on = context_on(&catalogue, "6.5-sp1");
    let sp1 = catalogue.product().release("6.5-sp1").unwrap();
    insta::assert_snapshot!("release", main_of(&release(&renderer, &on, &catalogue, sp1).unwrap()));
    insta::assert_snapshot!("advisories", main_of(&listed(&plain, &catalogue, Section::Advisories, &[])));
    let filtered = [("release", "6.5"), ("kind", "hotfix"), ("sort", "id")];
    insta::assert_snapshot!("hotfixes", main_of(&listed(&on, &catalogue, Section::Hotfixes, &filtered)));
    let batch = Batch {
        product: "xenserver".to_owned(),
        at: "2026-11-24T08:00:00Z".parse().unwrap(),
        documents: vec![Changed {
            advisory: true,
            id: "XS65-TRIM".to_owned(),
            title: "TRIM".to_owned(),
            revision: 2,
            what: ["severity: high → critical", "title", "summary", "fixes"].map(str::to_owned).into(),
        }],
        more_advisories: 1,
        more_hotfixes: 2,
    };
    insta::assert_snapshot!("home", main_of(&home(&renderer, &on, &[&catalogue], &[batch]).unwrap()));
}

#[test]
fn carries_the_release_that_its_reader_runs() {
    let (catalogue, renderer) = (xenserver(), Renderer::new().unwrap());
    let on = context_on(&catalogue, "6.5-sp1");
    let query = [("release".to_owned(), "6.5-sp1".to_owned())];
    let one = &catalogue.hotfixes()["XS65E005"];
    let page = hotfix(&renderer, &on, &catalogue, one, &query).unwrap();
    assert!(text(&page).contains("On XenServer 6.5 Service Pack 1: • Included in XS65ESP1"), "{page}");
    for (_, rest) in page.match_indices("href=\"/").map(|(at, _)| (at, &page[at + 6..])) {
        let href = rest.split('"').next().unwrap();
        let for_people = !["/api/", "/tuf/", "/static/"].iter().any(|start| href.starts_with(start));
        // "Forget it" alone leads to the page without the choice.
        assert!(!for_people || href.ends_with("release=6.5-sp1") || href == "/here", "{href}");
    }
    let elsewhere = Run { product: "other".to_owned(), ..on.run.clone().unwrap() };
    let on = PageContext { run: Some(Run { value: "9".to_owned(), ..elsewhere }), ..on };
    let query = [("release".to_owned(), "9".to_owned())];
    let page = text(&hotfix(&renderer, &on, &catalogue, one, &query).unwrap());
    assert!(page.contains("this is a hotfix of another product"), "{page}");
    let one = &catalogue.advisories()["XS65-TRIM"];
    let page = text(&advisory(&renderer, &on, &catalogue, one, &query).unwrap());
    assert!(page.contains("this advisory is about another product"), "{page}");
    let refused = Run::chosen(&[&catalogue], None, "6.6").unwrap_err().to_string();
    assert_eq!(refused, "No product has a release “6.6”.");
}

#[test]
fn shows_hostile_text_as_text() {
    let (catalogue, renderer) = (hostile(), Renderer::new().unwrap());
    let plain = context("p/product.json");
    let mut pages = vec![product(&renderer, &plain, &catalogue).unwrap()];
    for section in Section::ALL {
        pages.push(listed(&plain, &catalogue, section, &[]));
        pages.push(listed(&plain, &catalogue, section, &[("q", "\"><script>alert(1)</script>")]));
    }
    for one in &catalogue.product().releases {
        pages.push(release(&renderer, &context_on(&catalogue, one.id.as_str()), &catalogue, one).unwrap());
    }
    pages.iter().for_each(|page| harmless(page));
}

/// No element or attribute that only a document could have brought.
fn harmless(page: &str) {
    let lower = page.to_lowercase();
    for harm in
        ["<script", "<img", "<iframe", " onload=\"", " onerror=\"", " style=", "javascript:\"", "\u{202e}"]
    {
        assert!(!lower.contains(harm), "{harm}\n{page}");
    }
}

/// A service with every sample, and one advisory in two revisions.
fn whole() -> Service {
    let service = Start::new().with("samples", "all").up();
    let text = include_str!("../../samples/xenserver/advisories/XS65-TRIM.toml");
    let revised = text.replace("severity = \"critical\"", "severity = \"high\"");
    service.publish(&[Source::from_toml("XS65-TRIM.toml", &revised).unwrap().with("revision", 9.into())]);
    service
}

/// The addresses that a page leads to, within the service.
fn links(page: &str) -> BTreeSet<String> {
    let marks = ["href=\"/", "action=\"/"];
    let found = marks.iter().flat_map(|mark| page.match_indices(mark).map(move |(at, _)| (at, mark.len())));
    found
        .map(|(at, length)| {
            let link = page[at + length - 1..].split('"').next().unwrap();
            link.split('#').next().unwrap().replace("&amp;", "&").replace("&#x2F;", "/")
        })
        .collect()
}

#[test]
fn leads_nowhere_that_is_not_there_and_keeps_every_page_small() {
    let service = whole();
    let mut queue =
        VecDeque::from(["/".to_owned(), "/?release=6.5-sp1".to_owned(), "/search?q=trim".to_owned()]);
    let mut seen: BTreeSet<String> = queue.iter().cloned().collect();
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    let (mut pages, mut longest) = (0, (0, String::new()));
    while let Some(path) = queue.pop_front() {
        let reply = service.request("GET", &path, &[("accept", "text/html")], b"");
        assert!(reply.status == 200 || reply.status == 303, "{path}: {} {}", reply.status, reply.text());
        let html = reply.headers.get("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        if !html {
            continue;
        }
        pages += 1;
        longest = longest.max((reply.body.len(), path.clone()));
        let page = reply.text();
        harmless(&page);
        for link in links(&page) {
            // Lists have more addresses than anybody could follow, and each release marks every page anew.
            let kind = link.split('?').next().unwrap().split('/').take(4).collect::<Vec<_>>();
            let bounded = link.contains('?') || link.starts_with("/api/") || link.starts_with("/tuf/");
            let kind = if link.contains('?') { kind[1].to_owned() } else { kind.join("/") };
            let count = alike.entry(kind).or_default();
            if (!bounded || *count < ALIKE) && seen.insert(link.clone()) {
                *count += usize::from(bounded);
                queue.push_back(link);
            }
        }
    }
    assert!(longest.0 < PAGE_BYTES, "{longest:?}");
    assert!(pages > 1_000, "{pages}");
}

/// The pages that the rows of a list lead to, in the order of its pages.
fn walked(service: &Service, start: &str) -> Vec<String> {
    let (mut path, mut out) = (start.to_owned(), Vec::new());
    loop {
        let page = service.get(&path).text();
        let rows = page.split("<ul class=\"list rows\">").nth(1).unwrap();
        let rows = rows.split("</ul>").next().unwrap().split("<div><p><a href=\"").skip(1);
        out.extend(rows.map(|row| row.split('"').next().unwrap().to_owned()));
        let next = page.split("<a class=\"button\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        match next {
            Some(next) if page.contains("rel=\"next\"") => path = next.replace("&amp;", "&"),
            _ => return out,
        }
    }
}

#[test]
fn meets_every_row_once_and_finds_every_id() {
    let service = whole();
    for (start, api) in [
        ("/hotfixes", "/api/v1/hotfixes?limit=1"),
        ("/hotfixes?sort=-severity", "/api/v1/hotfixes?limit=1"),
        ("/hotfixes?release=6.5-sp1&sort=id", "/api/v1/hotfixes?limit=1&release=6.5-sp1"),
        ("/advisories?sort=severity", "/api/v1/advisories?limit=1"),
    ] {
        let ids = walked(&service, start);
        let total = service.get(api).json()["total"].as_u64().unwrap();
        assert_eq!(ids.len() as u64, total, "{start}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{start}");
    }
    let found = |q: &str| -> Reply { service.get(&format!("/search?q={q}&release=6.5")) };
    for (q, page) in [
        ("xs65e005", "/hotfixes/xenserver/XS65E005?release=6.5"),
        ("492CA007-bf7b-454f-8e5c-63a991a52449", "/hotfixes/xenserver/XS65E005?release=6.5"),
        ("CTX251995", "/advisories/xenserver/CTX251995?release=6.5"),
        ("6.5-sp1", "/products/xenserver/releases/6.5-sp1?release=6.5"),
    ] {
        let reply = raw_get(&service, &format!("/search?q={q}&release=6.5"));
        assert!(reply.starts_with("HTTP/1.1 303"), "{reply}");
        assert!(reply.contains(&format!("location: {page}\r\n")), "{q}: {reply}");
    }
    let several = service.get("/advisories/CTX200288?release=7.0").text();
    assert!(several.contains("/advisories/xenserver-cc/CTX200288?release=7.0"), "{several}");
    assert_eq!(found("nothing+at+all").status, 200);
    assert!(found("nothing+at+all").text().contains("says nothing about whether you are affected"));
    harmless(&found("%22%3E%3Cscript%3Ealert(1)%3C/script%3E").text());
}

/// An answer that is not followed.
fn raw_get(service: &Service, path: &str) -> String {
    service.raw(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes())
}

#[test]
fn refuses_readably_what_it_does_not_know() {
    let service = Service::demo();
    for (path, words) in [
        ("/hotfixes?colour=red", "colour"),
        ("/hotfixes?severity=hihg", "Did you mean `high`?"),
        ("/advisories?release=6.6", "Known are"),
        ("/advisories?release=nowhere/6.5", "Known are"),
        ("/advisories?cursor=zzz", "begin anew"),
        ("/?release=6.6", "Did you mean 6.5?"),
        ("/products/xenserver?colour=red", "colour"),
        ("/products/xenserver/releases/6.5?release=1", "Known are"),
        ("/hotfixes/xenserver/XS65E005?release=6.6", "Did you mean 6.5?"),
        ("/advisories/xenserver/XS65-TRIM/revisions?from=1&to=x", "the number of a revision"),
        ("/advisories/xenserver/XS65-TRIM/revisions/01", "the number of a revision"),
        ("/search?q=a&q=b", "twice"),
        ("/search?words=a", "words"),
    ] {
        let reply = service.request("GET", path, &[("accept", "text/html")], b"");
        assert_eq!(reply.status, 400, "{path}: {}", reply.text());
        let said = text(&reply.text());
        assert!(said.contains(words), "{path}: {said}");
    }
    for path in [
        "/products/none",
        "/products/xenserver/releases/9",
        "/hotfixes/xenserver/none/revisions",
        "/hotfixes/xenserver/XS65E005/revisions/99",
        "/advisories/xenserver/XS65-TRIM/revisions?from=1&to=99",
    ] {
        let reply = service.request("GET", path, &[("accept", "text/html")], b"");
        assert_eq!(reply.status, 404, "{path}: {}", reply.text());
    }
    let many = format!("/hotfixes?{}", "severity=high&".repeat(10_000));
    let answer = raw_get(&service, &many);
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer:.200}");
}

#[test]
fn keeps_a_pages_policy_when_nothing_has_changed() {
    let service = Service::demo();
    let fresh = service.get("/");
    let again = service.request("GET", "/products/xenserver", &[("if-none-match", "*")], b"");
    assert_eq!(again.status, 304);
    // A browser takes the headers of a 304 in place of those it kept, and would show the page unstyled.
    assert_eq!(again.headers["content-security-policy"], fresh.headers["content-security-policy"]);
}
