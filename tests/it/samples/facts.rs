//! Facts looked up by hand, one by one, and what the documents say of them.

use hotfixd::model::words::{Action, CellStatus, Channel, HotfixKind};
use hotfixd::model::{Catalogue, Hotfix};

use super::{catalogue, ids};

/// What a bulletin says of a release: the status and the sets.
fn cell(catalogue: &Catalogue, advisory: &str, release: &str) -> (CellStatus, Vec<Vec<String>>) {
    let advisory = &catalogue.advisories()[advisory];
    let mut cells = advisory.matrix.iter().filter(|cell| cell.releases.iter().any(|id| *id == release));
    let cell = cells.next().unwrap_or_else(|| panic!("{} says nothing of {release}", advisory.id));
    let sets = cell.alternatives().iter().map(|set| ids(set).into_iter().map(str::to_owned).collect());
    (cell.status.clone(), sets.collect())
}

#[test]
fn hotfixes_say_what_the_facts_say() {
    let catalogue = catalogue("xenserver");
    let hotfix = |id: &str| -> &Hotfix { &catalogue.hotfixes()[id] };
    let supersedes = |id: &str| ids(hotfix(id).supersedes.iter().flatten());

    // By hand, from the facts: the seed's own.
    assert_eq!(hotfix("XS65E005").uuid.as_deref(), Some("492ca007-bf7b-454f-8e5c-63a991a52449"));
    assert_eq!(hotfix("XS65E005").requires, None);
    let pack = ["XS65E001", "XS65E002", "XS65E003", "XS65E005", "XS65E007", "XS65E008"];
    assert_eq!(supersedes("XS65ESP1"), pack);
    assert!(catalogue.rolls_up("XS65ESP1").contains("XS65E006"), "through XS65E007");
    // An old hotfix is not for the service pack.
    assert_eq!(ids(&hotfix("XS65E010").releases), ["6.5"]);
    assert_eq!(ids(&hotfix("XS65ESP1004").releases), ["6.5-sp1"]);
    assert_eq!(hotfix("XS65ESP1004").requires, None, "its pack is inferred: the release says it");
    // Two edges of many are direct.
    assert_eq!(supersedes("XS65ESP1004"), ["XS65E010", "XS65ESP1002"]);
    assert_eq!(supersedes("XS71E019").last(), Some(&"XS71E017"), "XS71ECU1 is cut");
    assert!(!catalogue.rolls_up("XS71E019").contains("XS71E012"));
    // A pack's branch is what it makes.
    assert_eq!(ids(&hotfix("XS71ECU2").releases), ["7.1-cu1"]);
    assert_eq!(hotfix("XS71ECU2").establishes.as_ref().map(|id| id.as_str()), Some("7.1-cu2"));
    assert_eq!(hotfix("XS71ECU1").kind, HotfixKind::CumulativeUpdate);
    assert_eq!(hotfix("XS62ESP1").kind, HotfixKind::ServicePack);
    // Stated prerequisites: the version itself, and in a component.
    assert_eq!(hotfix("XS72E003").requires.as_deref(), Some(&[][..]));
    assert_eq!(ids(hotfix("XS60E003").requires.iter().flatten()), ["XS60E001"]);
    assert_eq!((hotfix("XS60E002").requires.clone(), supersedes("XS60E002")), (None, vec!["XS60E001"]));
    // Guidance: the host, the toolstack, none, not known.
    let guidance = |id: &str| {
        hotfix(id).guidance.as_ref().map(|list| list.iter().map(|one| one.action.clone()).collect::<Vec<_>>())
    };
    assert_eq!(guidance("XS62ESP1014"), Some(vec![Action::RebootHost]));
    assert_eq!(guidance("XS62E001"), Some(vec![Action::RestartToolstack]));
    assert_eq!(guidance("XS71E005"), Some(Vec::new()));
    assert_eq!(guidance("XS65E010"), None);
    // Dates: one that is exact, one that is approximate, one that another contradicts.
    assert_eq!(hotfix("XS65E003").released, Some("2015-02-18".parse().unwrap()));
    assert_eq!((hotfix("XS65E013").released, hotfix("XS72E015").released), (None, None));
    assert!(hotfix("XS65E013").description.as_ref().unwrap().contains("about 2015-07-20 (approximate"));
    // Withdrawn, and by what it is replaced.
    let withdrawn = catalogue.hotfixes().values().filter_map(|hotfix| {
        Some((hotfix.id.as_str(), hotfix.withdrawn.as_ref()?.replaced_by.as_ref()?.as_str()))
    });
    assert_eq!(withdrawn.collect::<Vec<_>>(), [("XS71ECU1009", "XS71ECU1010"), ("XS72E013", "XS72E015")]);
    assert_eq!(hotfix("XS62ETP001").channel, Channel::Beta);
    // Named with an advisory that is not described: a reference, and `fixes` is not known.
    assert_eq!(hotfix("XS71ECU2058").fixes, None);
    assert!(hotfix("XS71ECU2058").references.iter().any(|one| one.url.ends_with("/CTX306565")));
}

#[test]
fn bulletins_say_what_the_facts_say() {
    let catalogue = catalogue("xenserver");
    let said = |advisory: &str, release: &str| cell(&catalogue, advisory, release);
    let set =
        |status: CellStatus, ids: &[&str]| (status, vec![ids.iter().map(|id| (*id).to_owned()).collect()]);
    use CellStatus::{Fixed, KnownAffected};
    assert_eq!(said("CTX201078", "6.5"), set(KnownAffected, &["XS65E009"]));
    assert_eq!(said("CTX201078", "6.5-sp1"), set(KnownAffected, &["XS65ESP1002"]));
    // Both are needed, as nobody says otherwise.
    assert_eq!(said("CTX224740", "7.2"), set(KnownAffected, &["XS72E001", "XS72E002"]));
    // One rolls the other up, and alone is the fix.
    assert_eq!(said("CTX231390", "7.3"), set(KnownAffected, &["XS73E002"]));
    // The pack brings it.
    assert_eq!(said("CTX200892", "6.5-sp1"), set(Fixed, &["XS65E007"]));
    assert_eq!(said("CTX224740", "7.1-cu1"), set(Fixed, &["XS71E011", "XS71E012"]));
    // The version is named, and a fix for its service pack alone.
    assert_eq!(said("CTX203451", "6.5"), set(KnownAffected, &["XS65ESP1019"]));
    assert_eq!(said("CTX251995", "7.1-cu2"), set(KnownAffected, &["XS71ECU2008"]));
    assert!(catalogue.advisories()["CTX213549"].matrix.is_empty());
    let scores = &catalogue.advisories()["CTX201145"].cvss;
    assert_eq!((scores[0].version.as_str(), scores[0].score_tenths), ("2.0", Some(78)));
    assert_eq!(
        cell(&self::catalogue("xenserver-cc"), "CTX201078", "6.0.2"),
        set(KnownAffected, &["XS602ECC019"])
    );
}
