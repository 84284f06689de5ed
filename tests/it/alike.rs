//! The forms of the assessment answer alike, whatever the catalogue and the host.

use std::sync::Arc;

use hotfixd::assess::{Goal, Member, Question};
use hotfixd::model::Id;
use proptest::prelude::*;

use crate::{forms, generate};

fn cases(quick: u32) -> ProptestConfig {
    let many = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        failure_persistence: None,
        max_global_rejects: 100_000,
        ..ProptestConfig::with_cases(many.unwrap_or(quick))
    }
}

/// The question with what it can be narrowed by and planned for.
pub(crate) fn questions() -> impl Strategy<Value = Question> {
    let goal = prop_oneof![
        4 => Just(Goal::Needed),
        1 => Just(Goal::All),
        1 => Just(Goal::Target(Id::new("R2").unwrap())),
        1 => Just(Goal::Target(Id::new("nowhere").unwrap())),
    ];
    let asked = prop_oneof![
        6 => Just(None),
        1 => Just(Some(vec!["A1"])),
        1 => Just(Some(vec!["A2", "A9"])),
        1 => Just(Some(vec![])),
    ];
    let host = prop::option::of(0..8_u8);
    (goal, asked, prop::bool::weighted(0.2), host).prop_map(|(goal, asked, security, host)| Question {
        goal,
        advisories: asked.map(|ids| ids.into_iter().map(|id| Id::new(id).unwrap()).collect()),
        security,
        host: host.map(|host| format!("host-{host}")),
        ..Question::at("2026-01-01T00:00:00Z".parse().unwrap())
    })
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn every_form_gives_the_same_answer(
        documents in generate::documents(), inventory in generate::inventories(), question in questions(),
    ) {
        let catalogue = Arc::new(documents.catalogue().unwrap());
        let [(_, plain), others @ ..] = forms::assess(&catalogue, &generate::inventory(&inventory), &question);
        for (form, other) in others {
            prop_assert_eq!(plain.verdict(), other.verdict(), "{}", form);
            prop_assert_eq!(
                serde_json::to_string_pretty(&plain).unwrap(),
                serde_json::to_string_pretty(&other).unwrap(),
                "{}", form
            );
        }
    }

    #[test]
    fn every_form_plans_alike_for_a_pool(
        documents in generate::documents(),
        inventories in prop::collection::vec(generate::inventories(), 1..4),
        question in questions(),
    ) {
        let catalogue = Arc::new(documents.catalogue().unwrap());
        let hosts: Vec<_> = inventories.iter().map(generate::inventory).collect();
        let names: Vec<String> = (0..hosts.len()).map(|number| format!("host-{number}")).collect();
        let member = |(inventory, host)| Member { host, id: Some(host), coordinator: host == "host-1", inventory };
        let members: Vec<Member<'_>> =
            hosts.iter().zip(names.iter().map(String::as_str)).map(member).collect();
        let [(_, plain), others @ ..] = forms::pool(&catalogue, &members, &question);
        for (form, other) in others {
            prop_assert_eq!(&plain, &other, "{}", form);
        }
    }
}
