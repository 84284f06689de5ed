//! The real history: every release of XenServer patched until nothing is needed, and the mistakes that older tools
//! made with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::{forms, generate, question};
use crate::assess::{AdvisoryStatus, Assessment, HotfixAnswer, HotfixStatus, Need};
use crate::model::product::Release;
use crate::model::{Catalogue, Hotfix, Id, Mode, Source};

/// The markers of a release and of those of its line before it.
fn markers<'c>(catalogue: &'c Catalogue, release: &'c Release) -> Vec<&'c str> {
    let releases = catalogue.product().releases.iter();
    let earlier =
        releases.take_while(|other| other.id != release.id).filter(|other| other.line == release.line);
    earlier.chain([release]).filter_map(|release| release.marker.as_ref()).map(Id::as_str).collect()
}

/// A host of a release with these installed.
fn host(release: &Release, installed: &[&str]) -> Value {
    json!({
        "schema": "hotfixd/inventory/1", "product": "xenserver", "version": release.version,
        "hotfixes": installed, "features": { "storage.trim": false },
    })
}

/// What every form of the assessment answers, which is the same.
fn ask(catalogue: &Arc<Catalogue>, host: &Value) -> Assessment {
    let [(_, plain), others @ ..] = forms::assess(catalogue, &generate::inventory(host), &question());
    for (form, other) in others {
        assert_eq!(plain, other, "{form}");
    }
    plain
}

fn status(answer: &Assessment, hotfix: &str) -> Option<HotfixStatus> {
    answer.hotfixes.iter().find(|one| one.id == hotfix).map(|one| one.status)
}

#[test]
fn a_bare_host_of_every_release_is_patched_until_nothing_is_needed() {
    let catalogue = Arc::new(catalogue());
    for release in &catalogue.product().releases {
        let mut host = host(release, &markers(&catalogue, release));
        let mut rounds = 0;
        let last = loop {
            let answer = ask(&catalogue, &host);
            assert!(answer.release.id.is_some(), "{}", release.id);
            assert!(answer.plan.optimal, "{}", release.id);
            if answer.plan.steps.is_empty() {
                break answer;
            }
            rounds += 1;
            assert!(rounds < 8, "{}: a plan never ends what is needed", release.id);
            for step in &answer.plan.steps {
                let hotfix = &catalogue.hotfixes()[step.hotfix.as_str()];
                assert!(hotfix.withdrawn.is_none(), "{} is withdrawn, and a step", hotfix.id);
                let now = ask(&catalogue, &host);
                assert_eq!(status(&now, hotfix.id.as_str()), Some(HotfixStatus::Applicable), "{}", hotfix.id);
                host["hotfixes"].as_array_mut().unwrap().push(json!(hotfix.id.as_str()));
                if let Some(established) =
                    hotfix.establishes.as_ref().and_then(|id| catalogue.product().release(id.as_str()))
                {
                    host["version"] = json!(established.version);
                }
            }
            let after = ask(&catalogue, &host);
            assert_eq!(after.release.id, answer.after.release, "{}", release.id);
        };
        let needed = |one: &&HotfixAnswer| one.need == Some(Need::Needed);
        let needed: Vec<_> = last.hotfixes.iter().filter(needed).map(|one| (&one.id, one.status)).collect();
        assert!(needed.is_empty(), "{}: {needed:?} after {rounds} plans", release.id);
    }
}

/// The mistake of older tools.
#[test]
fn a_hotfix_for_6_5_is_not_offered_once_service_pack_1_is_installed() {
    let catalogue = Arc::new(catalogue());
    let release = |id: &str| catalogue.product().release(id).unwrap();
    let bare = ask(&catalogue, &host(release("6.5"), &[]));
    assert_eq!(status(&bare, "XS65E010"), Some(HotfixStatus::Applicable));
    let pack = ask(&catalogue, &host(release("6.5-sp1"), &["XS65ESP1"]));
    assert_eq!(pack.release.id.as_ref().map(Id::as_str), Some("6.5-sp1"));
    let offered = status(&pack, "XS65E010");
    assert!(!matches!(offered, Some(HotfixStatus::Applicable | HotfixStatus::Undetermined)), "{offered:?}");
}

#[test]
fn a_withdrawn_hotfix_is_warned_about_where_it_is_installed() {
    let catalogue = Arc::new(catalogue());
    let withdrawn: Vec<&Hotfix> =
        catalogue.hotfixes().values().filter(|hotfix| hotfix.withdrawn.is_some()).collect();
    assert!(!withdrawn.is_empty());
    for hotfix in withdrawn {
        for id in &hotfix.releases {
            let release = catalogue.product().release(id.as_str()).unwrap();
            let with = [markers(&catalogue, release), vec![hotfix.id.as_str()]].concat();
            let answer = ask(&catalogue, &host(release, &with));
            let one = answer.hotfixes.iter().find(|one| one.id == hotfix.id).unwrap();
            assert_eq!(one.status, HotfixStatus::Installed);
            assert!(
                one.warnings.iter().any(|warning| warning.starts_with("withdrawn on ")),
                "{:?}",
                one.warnings
            );
        }
    }
}

/// A scanner rule that took "A and B" for "A or B" passed hosts with one of two needed fixes.
#[test]
fn a_bulletin_that_needs_two_is_not_met_by_one() {
    let catalogue = Arc::new(catalogue());
    let mut tried = 0;
    for advisory in catalogue.advisories().values() {
        for cell in advisory.matrix.iter().filter(|cell| cell.alternatives().len() == 1) {
            let set = &cell.alternatives()[0];
            for (release, one) in cell.releases.iter().flat_map(|id| set.iter().map(move |one| (id, one))) {
                let release = catalogue.product().release(release.as_str()).unwrap();
                let with = [markers(&catalogue, release), vec![one.as_str()]].concat();
                let provides = |id: &Id| {
                    with.iter().any(|other| *id == **other || catalogue.rolls_up(other).contains(id))
                };
                if set.len() < 2 || set.iter().all(provides) {
                    continue;
                }
                let answer = ask(&catalogue, &host(release, &with));
                let found = answer.advisories.iter().find(|one| one.id == advisory.id).unwrap();
                let met = matches!(found.status, AdvisoryStatus::Fixed | AdvisoryStatus::NotExposed);
                assert!(!met || answer.release.id.as_ref() != Some(&release.id), "{} by {one}", advisory.id);
                tried += 1;
            }
        }
    }
    assert!(tried > 10, "only {tried} were tried");
}

/// The catalogue, from the files that the service was built with.
fn catalogue() -> Catalogue {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/xenserver");
    let mut files = vec![folder.join("product.toml")];
    for kind in ["advisories", "hotfixes"] {
        files.extend(fs::read_dir(folder.join(kind)).unwrap().map(|entry| entry.unwrap().path()));
    }
    let read = |file: &PathBuf| {
        Source::from_toml(&file.display().to_string(), &fs::read_to_string(file).unwrap()).unwrap()
    };
    let sources: Vec<Source> = files.iter().map(read).collect();
    Catalogue::read(&sources, Mode::Strict).unwrap()
}
