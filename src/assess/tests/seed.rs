//! The seed case: a host that the flaw of XenServer 6.5's TRIM can reach.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::generate::{self, Documents};
use super::question;
use crate::assess::{AdvisoryStatus, Goal, Member, Question, assess, pool};
use crate::model::{Catalogue, Id, Mode};

/// The seed case, with its service pack.
fn trim() -> Documents {
    let product = json!({
        "schema": "hotfixd/product/1", "id": "xenserver", "revision": 1, "name": "XenServer", "vendor": "Citrix",
        "releases": [
            { "id": "6.5", "name": "XenServer 6.5", "line": "6.5", "reports": { "version": "6.5.0" } },
            { "id": "6.5-sp1", "name": "XenServer 6.5 SP1", "line": "6.5", "reports": { "version": "6.5.0" },
              "marker": "XS65ESP1" },
        ],
        "features": [{ "id": "storage.trim", "name": "Space Reclamation (TRIM)", "facts": [
            { "id": "storage.trim.largest_lun_bytes", "type": "integer", "unit": "bytes" },
        ] }],
    });
    let hotfix = |id: &str, kind: &str, title: &str| {
        json!({
            "schema": "hotfixd/hotfix/1", "id": id, "revision": 1, "product": "xenserver", "kind": kind,
            "title": title, "releases": ["6.5"], "requires": [], "conflicts": [],
        })
    };
    let mut pack = hotfix("XS65ESP1", "service-pack", "XenServer 6.5 Service Pack 1");
    pack["establishes"] = json!("6.5-sp1");
    pack["supersedes"] = json!(["XS65E005"]);
    let advisory = json!({
        "schema": "hotfixd/advisory/1", "id": "XS65-TRIM", "revision": 1, "product": "xenserver",
        "title": "Space Reclamation (TRIM) on LUNs larger than 2 TiB can corrupt virtual disks",
        "category": "data-loss", "severity": "critical",
        "matrix": [
            { "feature": "storage.trim", "releases": ["6.5"], "status": "known_affected",
              "when": { "fact": "storage.trim.largest_lun_bytes", "gt": 2_199_023_255_552_i64 },
              "fixed_by": [["XS65E005"]],
              "workaround": "Do not run Reclaim freed space on LUNs larger than 2 TiB." },
            { "feature": "storage.trim", "releases": ["6.5-sp1"], "status": "fixed", "fixed_by": [["XS65E005"]] },
            { "feature": "*", "releases": ["6.5"], "status": "known_not_affected" },
        ],
    });
    Documents(vec![
        product,
        hotfix("XS65E005", "hotfix", "Data corruption with space reclamation"),
        pack,
        advisory,
    ])
}

fn exposed_host() -> Value {
    json!({
        "schema": "hotfixd/inventory/1", "product": "xenserver", "version": "6.5.0", "hotfixes": [],
        "features": { "storage.trim": true },
        "facts": { "storage.trim.largest_lun_bytes": 3_298_534_883_328_i64 }, "channel": "release",
    })
}

/// The names, and their order, are kept for scripts.
#[test]
fn an_assessment_is_published_in_one_form() {
    let catalogue = trim().catalogue().unwrap();
    let assessment = assess(&catalogue, &generate::inventory(&exposed_host()), &question());
    insta::assert_snapshot!("exposed", serde_json::to_string_pretty(&assessment).unwrap());
    assert_eq!(assessment.verdict().word(), "exposed");
    assert_eq!(assessment.verdict().exit_code(), 100);
}

/// A withdrawn hotfix that is installed decides only where it has to do with what was asked, and what the
/// catalogue does not know is not "not affected".
#[test]
fn a_narrow_question_narrows_the_verdict() {
    let mut documents = trim();
    documents.0[1]["withdrawn"] = json!({ "date": "2015-03-01", "reason": "r" });
    let mut other = documents.0[1].clone();
    other["id"] = json!("XS65E099");
    documents.0.push(other);
    let catalogue = documents.catalogue().unwrap();
    let verdict = |installed: &str, asked: Option<&str>| {
        let mut host = exposed_host();
        host["hotfixes"] = json!([installed]);
        let advisories = asked.map(|id| BTreeSet::from([Id::new(id).unwrap()]));
        let question = Question { advisories, ..question() };
        assess(&catalogue, &generate::inventory(&host), &question).verdict().word()
    };
    assert_eq!(verdict("XS65E005", None), "withdrawn");
    assert_eq!(verdict("XS65E005", Some("XS65-TRIM")), "withdrawn");
    assert_eq!(verdict("XS65E099", None), "exposed");
    assert_eq!(verdict("XS65ESP1", Some("XS65-TRIM")), "fixed");
    assert_eq!(verdict("XS65ESP1", Some("XS99-NEW")), "undetermined");
}

/// A member to which a step does not apply is left out of it.
#[test]
fn a_pool_takes_each_step_where_it_applies() {
    let catalogue = trim().catalogue().unwrap();
    let (bare, mut off, mut pack) = (exposed_host(), exposed_host(), exposed_host());
    off["features"]["storage.trim"] = json!(false);
    pack["hotfixes"] = json!(["XS65ESP1"]);
    let inventories = [bare, off, pack].map(|host| generate::inventory(&host));
    let member = |host, number: usize| Member {
        host,
        id: None,
        coordinator: number == 1,
        inventory: &inventories[number],
    };
    let members = [member("a", 2), member("b", 1), member("c", 0)];
    let pool = pool(&catalogue, &members, &question());
    let hosts: Vec<&str> = pool.members.iter().map(|member| member.host.as_str()).collect();
    assert_eq!(hosts, ["b", "a", "c"]);
    assert_eq!(pool.differ, ["a"]);
    // The coordinator takes what another member needs, so that the pool stays alike.
    assert_eq!(pool.plan.steps.len(), 1);
    assert_eq!(pool.plan.steps[0].members, ["b", "c"]);
    assert!(pool.members.iter().all(|member| member.after.exposed.is_empty()));
}

/// What is pending completes the fix; whether something that is not reported does so without a restart is
/// not known, and a condition that is false is not asked.
#[test]
fn a_pending_fix_beside_unknown_hotfixes_is_undetermined() {
    let catalogue = trim().catalogue().unwrap();
    for in_use in [true, false] {
        let mut host = exposed_host();
        host.as_object_mut().unwrap().remove("hotfixes");
        host["features"]["storage.trim"] = json!(in_use);
        host["pending"] = json!([{ "hotfix": "XS65ESP1", "action": "RebootHost" }]);
        let assessment = assess(&catalogue, &generate::inventory(&host), &question());
        assert_eq!(assessment.release.id, Id::new("6.5-sp1"));
        assert_eq!(assessment.advisories[0].status, AdvisoryStatus::Undetermined);
        assert_eq!(assessment.advisories[0].missing_facts, ["hotfixes"]);
    }
}

/// What another step rolls up is applicable now, and so a step of a plan for all, before that one.
#[test]
fn a_plan_for_all_takes_what_is_rolled_up_first() {
    let mut documents = trim();
    let mut roll_up = documents.0[1].clone();
    roll_up["id"] = json!("XS65E001");
    roll_up["supersedes"] = json!(["XS65E005"]);
    documents.0.push(roll_up);
    let question = Question { goal: Goal::All, ..question() };
    let inventory = generate::inventory(&exposed_host());
    let plan = assess(&documents.catalogue().unwrap(), &inventory, &question).plan;
    let steps: Vec<&str> = plan.steps.iter().map(|step| step.hotfix.as_str()).collect();
    assert_eq!(steps, ["XS65E005", "XS65E001"]);
}

/// A host takes guidance of a level that it does not know as mandatory.
#[test]
fn guidance_of_an_unknown_level_ends_its_group() {
    let mut documents = trim();
    documents.0[1]["guidance"] = json!([{ "action": "RestartToolstack", "level": "at-once" }]);
    let sources: Vec<_> = documents.0.iter().map(generate::source).collect();
    let catalogue = Catalogue::read(&sources, Mode::Lenient).unwrap();
    let plan = assess(&catalogue, &generate::inventory(&exposed_host()), &question()).plan;
    assert_eq!(plan.guidance[0].actions[0].level.word(), "mandatory");
}
