//! What hosts are told from the samples.

use std::collections::BTreeSet;
use std::fmt::Write;

use hotfixd::assess::{Assessment, Goal, Question, assess};
use hotfixd::model::{Catalogue, Hotfix, Id, Inventory, Source};

use super::{catalogue, ids};

fn ask(catalogue: &Catalogue, inventory: &str, question: &Question) -> Assessment {
    let inventory =
        Inventory::decode(&Source::from_json("inventory", inventory.as_bytes()).unwrap()).unwrap();
    assess(catalogue, &inventory, question)
}

fn host(product: &str, version: &str, installed: &[&str], more: &str) -> String {
    let installed: Vec<String> = installed.iter().map(|id| format!("\"{id}\"")).collect();
    format!(
        "{{\"schema\": \"hotfixd/inventory/1\", \"product\": \"{product}\", \"version\": \"{version}\", \"hotfixes\": [{}]{more}}}",
        installed.join(", ")
    )
}

fn now() -> Question {
    Question::at("2026-11-24T00:00:00Z".parse().unwrap())
}

/// The answer in a few lines.
fn told(name: &str, answer: &Assessment) -> String {
    let mut out =
        format!("{name}: release {}\n", answer.release.id.as_ref().map_or("none", |id| id.as_str()));
    for status in ["exposed", "undetermined", "fixed"] {
        let of = |advisory: &&hotfixd::assess::AdvisoryAnswer| advisory.status.word() == status;
        let mut found: Vec<&str> = answer.advisories.iter().filter(of).map(|one| one.id.as_str()).collect();
        found.sort_unstable();
        if !found.is_empty() {
            writeln!(out, "  {status} ({}): {}", found.len(), found.join(" ")).unwrap();
        }
    }
    let steps: Vec<&str> = answer.plan.steps.iter().map(|step| step.hotfix.as_str()).collect();
    let optimal = if answer.plan.optimal { "" } else { ", perhaps not the best" };
    writeln!(out, "  plan ({}{optimal}): {}", steps.len(), steps.join(" ")).unwrap();
    let after = answer.after.release.as_ref().map_or("none", |id| id.as_str());
    let left: Vec<&str> = answer.after.exposed.iter().map(|id| id.as_str()).collect();
    writeln!(out, "  after: {after}, exposed to {} more: {}", left.len(), left.join(" ")).unwrap();
    out
}

/// The last hotfix of a release that nothing rolls up and that rolls up most.
fn last_roll_up<'c>(catalogue: &'c Catalogue, release: &str) -> Option<&'c Hotfix> {
    let here = catalogue.hotfixes().values().filter(|hotfix| ids(&hotfix.releases) == [release]);
    here.filter(|hotfix| hotfix.establishes.is_none() && hotfix.withdrawn.is_none())
        .max_by_key(|hotfix| (catalogue.rolls_up(hotfix.id.as_str()).len(), hotfix.id.clone()))
}

#[test]
fn hosts_of_every_release_are_told_what_the_facts_know() {
    let mut all = String::new();
    for product in ["xenserver", "xenserver-cc"] {
        let catalogue = catalogue(product);
        for release in &catalogue.product().releases {
            let earlier = catalogue.product().releases.iter().take_while(|other| other.id != release.id);
            let line = earlier.filter(|other| other.line == release.line).chain([release]);
            let mut installed: Vec<&str> =
                line.filter_map(|release| release.marker.as_ref()).map(|id| id.as_str()).collect();
            let bare = ask(&catalogue, &host(product, &release.version, &installed, ""), &now());
            assert_eq!(bare.release.id.as_ref(), Some(&release.id));
            all += &told(&format!("{product} {} bare", release.id), &bare);
            if let Some(last) = last_roll_up(&catalogue, release.id.as_str()) {
                installed.push(last.id.as_str());
                let with = ask(&catalogue, &host(product, &release.version, &installed, ""), &now());
                all += &told(&format!("{product} {} with {}", release.id, last.id), &with);
            }
        }
    }
    insta::assert_snapshot!("hosts-of-every-release", all);
}

#[test]
fn the_seed_case_is_answered_from_the_whole_catalogue() {
    let catalogue = catalogue("xenserver");
    let trim = |installed: &[&str], size: &str| {
        let more = format!(", \"features\": {{\"storage.trim\": true}}, \"facts\": {{{size}}}");
        let question =
            Question { advisories: Some(BTreeSet::from([Id::new("XS65-TRIM").unwrap()])), ..now() };
        ask(&catalogue, &host("xenserver", "6.5.0", installed, &more), &question)
    };
    let status = |answer: &Assessment| answer.advisories[0].status.word();
    let hotfix = |answer: &Assessment, id: &str| {
        let found = answer.hotfixes.iter().find(|hotfix| hotfix.id == *id).unwrap();
        (found.status.word(), found.need.map(|need| need.word()))
    };
    let large = "\"storage.trim.largest_lun_bytes\": 3298534883328";
    let answer = trim(&[], large);
    assert_eq!((status(&answer), answer.plan.steps[0].hotfix.as_str()), ("exposed", "XS65E005"));
    assert_eq!(hotfix(&answer, "XS65E005"), ("applicable", Some("needed")));
    assert_eq!(hotfix(&answer, "XS65ESP1"), ("applicable", Some("alternative")));
    let answer = trim(&["XS65ESP1"], large);
    assert_eq!((status(&answer), answer.release.id.as_ref().unwrap().as_str()), ("fixed", "6.5-sp1"));
    assert_eq!(hotfix(&answer, "XS65E005").0, "superseded");
    assert!(answer.hotfixes.iter().all(|hotfix| hotfix.id != *"XS65E010"), "not for 6.5 SP1: not listed");
    assert_eq!(status(&trim(&[], "")), "undetermined");
    assert_eq!(status(&trim(&["XS65E005"], large)), "fixed");
    // What a host of CU1 is told to do to become one of CU2.
    let question = Question { goal: Goal::Target(Id::new("7.1-cu2").unwrap()), ..now() };
    let answer = ask(&catalogue, &host("xenserver", "7.1.0", &[], ""), &question);
    let steps: Vec<&str> = answer.plan.steps.iter().map(|step| step.hotfix.as_str()).collect();
    assert_eq!(steps, ["XS71ECU1", "XS71ECU2", "XS71ECU2008"]);
}

#[test]
fn the_made_up_appliance_has_something_to_try() {
    let catalogue = catalogue("example-appliance");
    let more = ", \"features\": {\"console\": true, \"replication\": true}, \"facts\": {\"console.address\": \"0.0.0.0\", \
                \"replication.largest_set_bytes\": 2199023255552, \"replication.compressed\": true, \
                \"replication.transports\": [\"tcp\"]}, \"packages\": [{\"name\": \"example-console\", \"version\": \
                \"VERSION\", \"release\": \"RELEASE\", \"format\": \"dpkg\"}]";
    let ask = |version: &str, build: &str, console: &str| {
        let (upstream, revision) = console.split_once('-').unwrap();
        let more = more.replace("VERSION", upstream).replace("RELEASE", revision) + build;
        ask(&catalogue, &host("example-appliance", version, &[], &more), &now())
    };
    let all = [
        told("12.0", &ask("12.0", "", "2.4.1-3+deb12u1")),
        told("12.0, repaired console", &ask("12.0", "", "2.4.1-3+deb12u2")),
        told("13.0", &ask("13.0", ", \"build\": \"1300\"", "3.0.1-1")),
    ];
    insta::assert_snapshot!("example-appliance", all.concat());
}
