//! What holds for every catalogue and every host, tried on many small ones.

use std::collections::BTreeSet;

use hotfixd::assess::{self, AdvisoryStatus, Goal, HotfixStatus, Member, Question, assess};
use hotfixd::model::{Catalogue, Id, Mode};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::exhaustive::{Exhaustive, carried_out, installed, statuses_only};
use crate::generate::{self, Documents};

fn question() -> Question {
    Question::at("2026-01-01T00:00:00Z".parse().unwrap())
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_global_rejects: 100_000,
        ..ProptestConfig::with_cases(crate::alike::cases(cases))
    }
}

/// Whether the plan is that which exhaustive search finds.
fn least_of_all(documents: &Documents, inventory: &Value) -> Result<(), TestCaseError> {
    let catalogue = documents.catalogue().unwrap();
    let assessment = assess(&catalogue, &generate::inventory(inventory), &question());
    if assessment.release.id.is_none() || inventory.get("hotfixes").is_none() {
        prop_assert!(assessment.plan.steps.is_empty());
        return Ok(());
    }
    prop_assert!(assessment.plan.optimal);
    let steps: Vec<String> = assessment.plan.steps.iter().map(|step| step.hotfix.to_string()).collect();
    let least = Exhaustive::of(documents, &catalogue, inventory).least(&assessment);
    prop_assert_eq!(steps, least);
    Ok(())
}

proptest! {
    #![proptest_config(config(192))]

    #[test]
    fn what_is_missing_is_named(documents in generate::documents(), inventory in generate::inventories()) {
        let catalogue = documents.catalogue().unwrap();
        let full = assess(&catalogue, &generate::inventory(&inventory), &question());
        for (field, fact) in [("version", "version"), ("hotfixes", "hotfixes"), ("features", "F"), ("facts", "F.count"), ("packages", "packages")] {
            let mut less = inventory.clone();
            if less.as_object_mut().unwrap().remove(field).is_none() {
                continue;
            }
            let less = assess(&catalogue, &generate::inventory(&less), &question());
            for (before, after) in full.advisories.iter().zip(&less.advisories) {
                let named = after.missing_facts.iter().any(|missing| missing == fact);
                // A condition that is false settles a cell for which a fix, not known any more, had answered.
                let settled_otherwise = fact == "hotfixes" && after.status == AdvisoryStatus::NotExposed;
                let fix_answered =
                    matches!(before.status, AdvisoryStatus::Fixed | AdvisoryStatus::AwaitingRestart);
                prop_assert!(
                    before.status == after.status
                        || (after.status == AdvisoryStatus::Undetermined && named)
                        || (settled_otherwise && fix_answered),
                    "without {}, {} turns from {} to {}", fact, before.id, before.status, after.status
                );
            }
        }
    }

    #[test]
    fn the_order_of_documents_does_not_matter(
        documents in generate::documents(), inventory in generate::inventories(), seed: u64,
    ) {
        let inventory = generate::inventory(&inventory);
        let mut shuffled = documents.clone();
        let mut state = seed;
        for at in (1..shuffled.0.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.0.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        let of = |documents: &Documents| assess(&documents.catalogue().unwrap(), &inventory, &question());
        prop_assert_eq!(of(&documents), of(&shuffled));
    }

    #[test]
    fn carrying_out_a_plan_leads_to_what_was_foretold(
        documents in generate::documents(), inventory in generate::inventories(), target: bool,
    ) {
        let catalogue = documents.catalogue().unwrap();
        let goal = if target { Goal::Target(Id::new("R2").unwrap()) } else { Goal::Needed };
        let question = Question { goal, ..question() };
        let before = assess(&catalogue, &generate::inventory(&inventory), &question);
        let mut host = inventory.clone();
        // What was pending has been carried out, and is installed all the same.
        if host.get("hotfixes").is_some() {
            host["hotfixes"] = json!(installed(&inventory));
            host.as_object_mut().unwrap().remove("pending");
        }
        for step in &before.plan.steps {
            let now = assess(&catalogue, &generate::inventory(&host), &statuses_only());
            let status = now.hotfixes.iter().find(|one| one.id == step.hotfix).map(|one| one.status);
            prop_assert_eq!(status, Some(HotfixStatus::Applicable), "{} is no valid step", &step.hotfix);
            host = carried_out(&documents, &host, step.hotfix.as_str());
        }
        if host.get("hotfixes").is_none() {
            return Ok(());
        }
        let after = assess(&catalogue, &generate::inventory(&host), &question);
        prop_assert_eq!(&after.release.id, &before.after.release);
        let of = |status| -> Vec<Id> {
            after.advisories.iter().filter(|one| one.status == status).map(|one| one.id.clone()).collect()
        };
        prop_assert_eq!(of(AdvisoryStatus::Exposed), before.after.exposed);
        prop_assert_eq!(of(AdvisoryStatus::Undetermined), before.after.undetermined);
        // What could be remedied is; what is new, by a condition that asks for a step, is another matter.
        let exposed_before =
            |id: &Id| before.advisories.iter().any(|one| one.id == *id && one.status == AdvisoryStatus::Exposed);
        let nothing_new = of(AdvisoryStatus::Exposed).iter().all(exposed_before);
        if after.release.id == before.release.id && !target && nothing_new {
            prop_assert!(after.plan.steps.is_empty(), "{:?} is planned afterwards", after.plan.steps);
        }
    }

    #[test]
    fn a_plan_is_the_least_of_all(documents in generate::documents(), inventory in generate::inventories()) {
        least_of_all(&documents, &inventory)?;
    }

    #[test]
    fn a_plan_is_the_least_of_all_of_nine(
        documents in generate::documents_of(8..=9), inventory in generate::inventories(), rare in 0..6_u8,
    ) {
        // Every order of nine is tried, so that only some of the cases are.
        if rare == 0 {
            least_of_all(&documents, &inventory)?;
        }
    }

    #[test]
    fn an_answer_holds_until_it_says(
        documents in generate::documents(), inventory in generate::inventories(), host: Option<u8>,
    ) {
        let catalogue = documents.catalogue().unwrap();
        let inventory = generate::inventory(&inventory);
        let ask = |now: jiff::Timestamp| {
            let question = Question { now, host: host.map(|host| format!("host-{host}")), ..question() };
            let mut assessment = assess(&catalogue, &inventory, &question);
            assessment.as_of = jiff::Timestamp::UNIX_EPOCH;
            assessment
        };
        let now = question().now;
        let first = ask(now);
        let year = jiff::SignedDuration::from_hours(8784);
        let end = first.valid_until.unwrap_or(now + year);
        prop_assert!(end > now);
        let span = end.as_second() - now.as_second();
        for later in [now.as_second() + span / 2, end.as_second() - 1] {
            prop_assert_eq!(&first, &ask(jiff::Timestamp::from_second(later).unwrap()));
        }
    }

    #[test]
    fn every_inventory_gets_an_answer(
        documents in generate::documents(), inventory in generate::arbitrary_inventories(), host in ".{0,4}", goal in 0..4_u8,
    ) {
        let catalogue = documents.catalogue().unwrap();
        let inventory = generate::inventory(&inventory);
        let goal = match goal {
            0 => Goal::All,
            1 => Goal::Target(Id::new("R2").unwrap()),
            2 => Goal::Target(Id::new("nowhere").unwrap()),
            _ => Goal::Needed,
        };
        let question = Question { host: Some(host.clone()), goal, ..question() };
        let assessment = assess(&catalogue, &inventory, &question);
        let text = serde_json::to_string(&assessment).unwrap();
        let start = r#"{"schema":"hotfixd/assessment/1","product":"p""#;
        prop_assert_eq!(text.get(..start.len()), Some(start));
        let member = Member { host: &host, id: Some(&host), coordinator: true, inventory: &inventory };
        let pool = assess::pool(&catalogue, &[member], &question);
        let steps: Vec<_> = pool.plan.steps.iter().map(|step| &step.hotfix).collect();
        prop_assert_eq!(steps, assessment.plan.steps.iter().map(|step| &step.hotfix).collect::<Vec<_>>());
        prop_assert_eq!(&pool.members[0].after, &assessment.after);
    }
}

/// A catalogue as large as a real release's: chains of hotfixes that roll up what came before, and advisories
/// with one to four alternatives each.
fn as_large_as_a_real_one() -> Documents {
    const HOTFIXES: usize = 72;
    const ADVISORIES: usize = 40;
    let id = |number: usize| json!(format!("XS{number:03}"));
    let product = json!({
        "schema": "hotfixd/product/1", "id": "p", "revision": 1, "name": "p", "vendor": "v",
        "releases": [{ "id": "R1", "name": "R1", "line": "1", "reports": { "version": "1" } }],
    });
    // Six components: each hotfix rolls up the one before it of its component, and every fourth requires
    // one of another component.
    let hotfix = |number: usize| {
        let supersedes: Vec<Value> = number.checked_sub(6).map(id).into_iter().collect();
        let requires: Vec<Value> =
            number.checked_sub(7).filter(|_| number.is_multiple_of(4)).map(id).into_iter().collect();
        json!({
            "schema": "hotfixd/hotfix/1", "id": id(number), "revision": 1, "product": "p", "kind": "hotfix",
            "title": "t", "releases": ["R1"], "requires": requires, "supersedes": supersedes,
        })
    };
    let advisory = |number: usize| {
        let sets: Vec<Vec<Value>> = (0..=number % 4)
            .map(|set| {
                let first = (number * 17 + set * 29) % HOTFIXES;
                let second = (first + 13) % HOTFIXES;
                if (number + set).is_multiple_of(3) { vec![id(first), id(second)] } else { vec![id(first)] }
            })
            .collect();
        json!({
            "schema": "hotfixd/advisory/1", "id": format!("A{number:03}"), "revision": 1, "product": "p",
            "title": "t", "category": "security", "severity": "high",
            "matrix": [{ "feature": "*", "releases": ["R1"], "status": "known_affected", "fixed_by": sets }],
        })
    };
    let documents = (0..HOTFIXES).map(hotfix).chain((0..ADVISORIES).map(advisory));
    Documents(std::iter::once(product).chain(documents).collect())
}

#[test]
fn the_search_ends_within_its_effort_on_a_catalogue_as_large_as_a_real_one() {
    let catalogue = as_large_as_a_real_one().catalogue().expect("the rules are kept");
    let bare = json!({ "schema": "hotfixd/inventory/1", "product": "p", "version": "1", "hotfixes": [] });
    let assessment = assess(&catalogue, &generate::inventory(&bare), &question());
    assert!(assessment.plan.optimal);
    assert!(assessment.after.exposed.is_empty());
    assert!(assessment.plan.steps.len() <= 12, "{:?}", assessment.plan.steps);
}

/// Steps whose order is not free: a restart that cannot be the last, and a condition that a later step ends.
#[test]
fn an_order_is_found_where_most_orders_fail() {
    let id = |number: usize| json!(format!("XS{number:03}"));
    let product = as_large_as_a_real_one().0[0].clone();
    let hotfix = |number: usize| {
        let mut document = json!({
            "schema": "hotfixd/hotfix/1", "id": id(number), "revision": 1, "product": "p", "kind": "hotfix",
            "title": "t", "releases": ["R1"], "requires": if number == 0 { json!([]) } else { json!([id(0)]) },
            "guidance": if number == 0 { json!([{ "action": "RebootHost", "level": "mandatory" }]) } else { json!([]) },
        });
        if number == 10 {
            document.as_object_mut().unwrap().remove("guidance");
        }
        if number == 23 {
            document["when"] = json!({ "not": { "hotfix": id(5) } });
        }
        document
    };
    let advisory = json!({
        "schema": "hotfixd/advisory/1", "id": "A1", "revision": 1, "product": "p", "title": "t",
        "category": "security", "severity": "high",
        "matrix": [{ "feature": "*", "releases": ["R1"], "status": "known_affected",
                     "fixed_by": [(0..24).map(id).collect::<Vec<_>>()] }],
    });
    let documents =
        Documents(std::iter::once(product).chain((0..24).map(hotfix)).chain([advisory]).collect());
    let bare = json!({ "schema": "hotfixd/inventory/1", "product": "p", "version": "1", "hotfixes": [] });
    let plan = assess(&documents.catalogue().unwrap(), &generate::inventory(&bare), &question()).plan;
    assert!(plan.optimal);
    let steps: Vec<&str> = plan.steps.iter().map(|step| step.hotfix.as_str()).collect();
    assert_eq!(&steps[..7], ["XS000", "XS001", "XS002", "XS003", "XS004", "XS006", "XS007"]);
    assert_eq!(&steps[22..], ["XS023", "XS005"]);
    assert_eq!(plan.guidance.len(), 2);
}

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
    let pool = assess::pool(&catalogue, &members, &question());
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
