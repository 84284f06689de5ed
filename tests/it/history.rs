//! The real `hotfix check` on a bare host of every XenServer release, and on one with the last update that rolls up
//! others. What each is told is kept as a snapshot.

use std::fmt::Write as _;

use hotfixd::model::product::Release;
use hotfixd::model::{Catalogue, Hotfix, Mode};

use crate::support::hotfix::Host;
use crate::support::service::Start;
use crate::support::xenserver;

/// The last hotfix of a release that rolls up most.
fn last_roll_up<'c>(catalogue: &'c Catalogue, release: &str) -> Option<&'c Hotfix> {
    let here = catalogue
        .hotfixes()
        .values()
        .filter(|hotfix| matches!(&hotfix.releases[..], [id] if *id == *release));
    here.filter(|hotfix| hotfix.establishes.is_none() && hotfix.withdrawn.is_none())
        .max_by_key(|hotfix| (catalogue.rolls_up(hotfix.id.as_str()).len(), hotfix.id.clone()))
}

/// What a person reads first: the verdict, what to do, and how much else there is.
fn told(report: &str) -> String {
    let mut out = String::new();
    let heading = |line: &str| line.ends_with(')') && line.starts_with(|c: char| c.is_ascii_uppercase());
    let mut plan = true;
    for line in report.lines().take_while(|line| *line != "Signed by") {
        plan = plan && !heading(line);
        if plan || heading(line) {
            writeln!(out, "{line}").unwrap();
        }
    }
    out.trim_end().to_owned()
}

#[test]
fn a_host_of_every_release_is_told_the_same_as_before() {
    let service = Start::new().with("SAMPLES", "all").up();
    let host = Host::of(&service.url);
    let documents = service.get("/api/v1/products/xenserver");
    assert_eq!(documents.status, 200);
    let catalogue = Catalogue::read(&xenserver(), Mode::Strict).unwrap();
    let mut out = String::new();
    for release in &catalogue.product().releases {
        let markers = markers(&catalogue, release);
        let mut hosts = vec![("bare", markers.clone())];
        if let Some(last) = last_roll_up(&catalogue, release.id.as_str()) {
            hosts.push(("with its last roll-up", [markers, vec![last.id.as_str()]].concat()));
        }
        for (how, installed) in hosts {
            let inventory = serde_json::json!({
                "schema": "hotfixd/inventory/1", "product": "xenserver", "version": release.version,
                "hotfixes": installed, "features": { "storage.trim": false },
            });
            let file = host.file("host.json", inventory.to_string());
            let answer = host.run(&["check", "--inventory", &file]);
            assert!([0, 100, 110].contains(&answer.exit), "{answer:?}");
            writeln!(
                out,
                "=== {} {how} {installed:?}: exit {}\n{}\n",
                release.name,
                answer.exit,
                told(&answer.out)
            )
            .unwrap();
        }
    }
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!("hosts", out) });
}

/// The markers of a release and of those of its line before it.
fn markers<'c>(catalogue: &'c Catalogue, release: &'c Release) -> Vec<&'c str> {
    let releases = catalogue.product().releases.iter();
    let earlier =
        releases.take_while(|other| other.id != release.id).filter(|other| other.line == release.line);
    earlier.chain([release]).filter_map(|release| release.marker.as_ref()).map(|id| id.as_str()).collect()
}
