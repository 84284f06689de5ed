//! One truth: whoever is asked about a host, and however, the answer is the same.
//!
//! On generated hosts of the real XenServer catalogue: a thousand in each run, ten thousand in a soak
//! (`HOTFIXD_SOAK`). All of them are asked of `POST /api/v1/assess` alone and as lines of requests, and of the
//! catalogue that a host verified and kept; one in three also of the part of it that concerns the host, one in ten of
//! `/check`, and one in forty of the real `hotfix check`, since a page and a process cost more.

mod inventories;

use std::collections::{BTreeMap, BTreeSet};

use hotfixd::assess::{Question, assess};
use hotfixd::host::kept::Kept;
use hotfixd::host::state::State;
use hotfixd::model::{Catalogue, Id, Inventory, Mode, Source};
use serde_json::{Value, json};

use self::inventories::inventories;
use crate::support::hotfix::Host;
use crate::support::service::{Service, Start};
use crate::support::xenserver;

const EVERY_PART: usize = 3;
const EVERY_PAGE: usize = 10;
const EVERY_PROCESS: usize = 40;

/// What `/check` calls the statuses of advisories, hotfixes and needs, and the verdicts in its title.
const ADVISORIES: [(&str, &str); 7] = [
    ("exposed", "Exposed"),
    ("undetermined", "Undetermined"),
    ("awaiting_restart", "Awaiting restart"),
    ("under_investigation", "Under investigation"),
    ("fixed", "Fixed"),
    ("not_exposed", "Not exposed"),
    ("unstated", "Not stated"),
];
const HOTFIXES: [(&str, &str); 9] = [
    ("installed", "Installed"),
    ("superseded", "Superseded"),
    ("withdrawn", "Withdrawn"),
    ("not_applicable", "Not for this host"),
    ("undetermined", "Undetermined"),
    ("conflicting", "Conflicting"),
    ("blocked", "Blocked"),
    ("deferred", "Deferred"),
    ("applicable", "Can be installed"),
];
const NEEDS: [(&str, &str); 4] = [
    ("needed", "Needed"),
    ("alternative", "Alternative"),
    ("undetermined", "Need undetermined"),
    ("optional", "Optional"),
];

fn count() -> usize {
    if std::env::var_os("HOTFIXD_SOAK").is_some() { 10_000 } else { 1_000 }
}

fn shown(words: &[(&str, &str)], word: &Value) -> String {
    let found = words.iter().find(|(known, _)| word == known);
    found.unwrap_or_else(|| panic!("{word} is no status")).1.to_owned()
}

/// An answer without its moment, which is the only thing that may differ.
fn timeless(text: &str) -> String {
    let (before, rest) = text.split_once(r#""as_of":""#).unwrap_or_else(|| panic!("{text}"));
    let (_, after) = rest.split_once('"').unwrap();
    format!("{before}{after}")
}

#[test]
fn every_way_to_ask_gives_one_answer() {
    let service = Start::new().with("samples", "all").up();
    let hosts = inventories(&Catalogue::read(&xenserver(), Mode::Strict).unwrap(), count());
    let texts: Vec<String> = hosts.iter().map(Value::to_string).collect();
    let lines = as_lines(&service, &texts);
    let host = Host::of(&service.url);
    assert_eq!(host.check(&texts[0], &[]).json()["trust"]["state"], "fresh");
    let state = State::find(Some(&host.state())).unwrap();
    let open = || Kept::open(&state, &Id::new("xenserver").unwrap()).unwrap().unwrap();
    let (catalogue, mut kept) = (open().into_view().unwrap().catalogue, open());
    for (at, (text, line)) in texts.iter().zip(&lines).enumerate() {
        let reply = service.request("POST", "/api/v1/assess", &[], text.as_bytes());
        let answer = reply.text();
        assert_eq!(reply.status, 200, "{text}: {answer}");
        assert_eq!(timeless(line), timeless(&answer), "as a line: {text}");
        let inventory = Inventory::decode(&Source::from_json("host", text.as_bytes()).unwrap()).unwrap();
        let (_, moment) = answer.split_once(r#""as_of":""#).unwrap();
        let question = Question::at(moment.split_once('"').unwrap().0.parse().unwrap());
        let on_host = serde_json::to_string(&assess(&catalogue, &inventory, &question)).unwrap();
        assert_eq!(on_host, answer, "on the host: {text}");
        if at % EVERY_PART == 0 {
            let part = kept.part(&inventory, &question).unwrap();
            let on_host = serde_json::to_string(&assess(&part, &inventory, &question)).unwrap();
            assert_eq!(on_host, answer, "on the host, by what concerns it: {text}");
        }
        if at % EVERY_PROCESS == 0 {
            by_hotfix_check(&host, text, &reply.json());
        }
        if at % EVERY_PAGE == 0 {
            on_the_page(&service, text, &reply.json());
        }
    }
}

/// What lists say of an advisory for a release, in JSON and on the page, and what an assessment of a host of that
/// release may then say.
#[derive(Debug, Clone, Copy)]
struct Said {
    word: &'static str,
    badge: &'static str,
    of_hosts: &'static [&'static str],
}

const RELEASE: [Said; 6] = [
    Said {
        word: "affected",
        badge: "Affected, fix is out",
        of_hosts: &["exposed", "awaiting_restart", "fixed", "undetermined", "not_exposed"],
    },
    Said {
        word: "affected",
        badge: "Affected, no fix",
        of_hosts: &["exposed", "undetermined", "not_exposed"],
    },
    Said {
        word: "under_investigation",
        badge: "Under investigation",
        of_hosts: &["under_investigation", "undetermined", "not_exposed"],
    },
    Said { word: "fixed", badge: "Fixed", of_hosts: &["fixed"] },
    Said { word: "not_affected", badge: "Not affected", of_hosts: &["not_exposed"] },
    Said { word: "not_stated", badge: "Not stated", of_hosts: &["unstated"] },
];

#[test]
fn what_is_said_of_a_release_holds_for_its_hosts() {
    let service = Start::new().with("samples", "all").up();
    let catalogue = Catalogue::read(&xenserver(), Mode::Strict).unwrap();
    let texts: Vec<String> = inventories(&catalogue, 200).iter().map(Value::to_string).collect();
    let answers: Vec<Value> =
        as_lines(&service, &texts).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut seen = BTreeSet::new();
    for release in &catalogue.product().releases {
        let said = said_of(&service, release.id.as_str());
        for answer in answers.iter().filter(|answer| answer["release"]["id"] == release.id.as_str()) {
            for one in answer["advisories"].as_array().unwrap() {
                let id = one["id"].as_str().unwrap();
                let Said { badge, of_hosts, .. } = said[id];
                let status = one["status"].as_str().unwrap();
                assert!(of_hosts.contains(&status), "{}: {id} is {badge}, and a host {status}", release.id);
                seen.insert((badge, status));
            }
        }
    }
    assert!(seen.len() > 4, "{seen:?}");
}

/// What the list, as JSON and as a page, says of each advisory for a release.
fn said_of(service: &Service, release: &str) -> BTreeMap<String, Said> {
    let mut said = BTreeMap::new();
    for status in ["", "&status=not_stated"] {
        let mut cursor = String::new();
        loop {
            let query = format!("release={release}&product=xenserver&limit=50{status}{cursor}");
            let list = service.get(&format!("/api/v1/advisories?{query}")).json();
            let accept = [("accept", "text/html")];
            let page = service.request("GET", &format!("/advisories?{query}"), &accept, b"").text();
            for item in list["items"].as_array().unwrap() {
                let id = item["id"].as_str().unwrap();
                let row = page.split_once(&format!("<span class=\"id\">{id}</span>")).unwrap().1;
                let shown = badges(row.split_once("</li>").unwrap().0);
                let known = RELEASE.iter().find(|said| item["status"] == said.word && shown == [said.badge]);
                let known = known.unwrap_or_else(|| panic!("{id} is {} and {shown:?}", item["status"]));
                assert!(said.insert(id.to_owned(), *known).is_none());
            }
            let Some(next) = list["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
    }
    said
}

/// That nothing is said of a release does not make its hosts safe, whatever prints it.
#[test]
fn nothing_stated_is_never_called_nothing_needed() {
    let service = Service::whole();
    let host = Host::of(&service.url);
    let bare = json!({ "schema": "hotfixd/inventory/1", "product": "xenserver", "version": "8.2.0", "hotfixes": [] });
    let file = host.file("host.json", bare.to_string());
    for (command, says) in [
        (
            &["check"][..],
            "NOTHING STATED — XenServer 8.2; nothing that was asked about speaks of this release.",
        ),
        (&["check", "--format", "nagios"], "HOTFIX OK - nothing is stated of this release"),
        (&["plan"], "NOTHING STATED of XenServer 8.2, so that nothing is planned."),
        (&["plan"], "nothing that is published speaks of this release"),
    ] {
        let answer = host.run(&[command, &["--inventory", &file]].concat());
        assert!(answer.exit == 0 && answer.out.contains(says), "{command:?}: {answer:?}");
    }
}

/// The answers to all of them, a line each, many in a request.
fn as_lines(service: &Service, texts: &[String]) -> Vec<String> {
    let kind = [("content-type", "application/x-ndjson")];
    let answers = |texts: &[String]| {
        let reply = service.request("POST", "/api/v1/assess", &kind, texts.join("\n").as_bytes());
        let answer = |(at, line): (usize, &str)| {
            let start = format!(r#"{{"line":{},"assessment":"#, at + 1);
            let answer = line.strip_prefix(&start).and_then(|rest| rest.strip_suffix('}'));
            answer.unwrap_or_else(|| panic!("{line}")).to_owned()
        };
        let lines: Vec<String> = reply.text().lines().enumerate().map(answer).collect();
        assert_eq!((reply.status, lines.len()), (200, texts.len()));
        lines
    };
    texts.chunks(100).flat_map(answers).collect()
}

fn by_hotfix_check(host: &Host, text: &str, answer: &Value) {
    let mut checked = host.check(text, &["--offline"]).json();
    let assessment = &mut checked["assessment"];
    assessment["as_of"] = answer["as_of"].clone();
    assert_eq!(assessment, answer, "hotfix check: {text}");
}

fn on_the_page(service: &Service, text: &str, answer: &Value) {
    let form = format!("inventory={}", encoded(text));
    let kind = [("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html")];
    let page = service.request("POST", "/check", &kind, form.as_bytes()).text();
    let of = |list: &str, words: &[(&str, &str)]| -> BTreeMap<String, Vec<String>> {
        let list = answer[list].as_array().unwrap().iter();
        let one = |one: &Value| {
            let need = one.get("need").filter(|need| !need.is_null()).map(|need| shown(&NEEDS, need));
            let badges = need.into_iter().chain([shown(words, &one["status"])]);
            (one["id"].as_str().unwrap().to_owned(), badges.collect())
        };
        list.map(one).collect()
    };
    let advisories = of("advisories", &ADVISORIES);
    let mut listed = listed(&page, "/advisories/xenserver/");
    // Severities stand beside the statuses.
    listed.values_mut().for_each(|badges| badges.truncate(1));
    assert_eq!(listed, advisories, "{text}");
    assert_eq!(self::listed(&page, "/hotfixes/"), of("hotfixes", &HOTFIXES), "{text}");
    let steps: Vec<&str> = page.split(r#"<p>Install <a class="id" href="/hotfixes/"#).skip(1).collect();
    let steps: Vec<&str> = steps.iter().map(|rest| rest.split_once('"').unwrap().0).collect();
    let planned = answer["plan"]["steps"].as_array().unwrap().iter().map(|step| &step["hotfix"]);
    assert_eq!(steps, planned.collect::<Vec<_>>(), "{text}");
}

/// What a page lists below `path`, each with the words of its badges: an id stands in a link that begins a paragraph,
/// and its badges in the paragraph before it.
fn listed(page: &str, path: &str) -> BTreeMap<String, Vec<String>> {
    let link = format!("<p><a href=\"{path}");
    let mut found = BTreeMap::new();
    for (at, _) in page.match_indices(&link) {
        let id = page[at + link.len()..].split(['"', '?']).next().unwrap().to_owned();
        let meta = &page[page[..at].rfind("<p class=\"meta\">").unwrap()..at];
        assert!(found.insert(id.clone(), badges(meta)).is_none(), "{id} is listed twice");
    }
    found
}

/// The words of the badges in a piece of a page.
fn badges(piece: &str) -> Vec<String> {
    let badges = piece.split("<span class=\"badge ").skip(1);
    let word = |badge: &str| {
        let (_glyph, rest) = badge.split_once("</span>").unwrap();
        rest.split_once("</span>").unwrap().0.trim().to_owned()
    };
    badges.map(word).collect()
}

fn encoded(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escaped).collect()
}
