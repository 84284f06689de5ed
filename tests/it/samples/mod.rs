//! The kept samples: they are what the program makes from the kept facts, they form catalogues, and they say
//! what the facts say. `HOTFIXD_REGENERATE=1 cargo test --test it samples` makes them again.

mod facts;
mod hosts;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hotfixd::formats::made_up;
use hotfixd::formats::xenserver::{self, Facts, MADE};
use hotfixd::model::{Catalogue, Level, Mode, Source};
use hotfixd::trust::sha256::Hasher;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn facts() -> Facts {
    let file = |name: &str| fs::read(samples().join("xenserver/facts").join(name)).unwrap();
    Facts::read(&file("hotfixes.json"), &file("advisories.json")).unwrap()
}

/// The documents and notes of a product, by their path below its folder.
fn kept(product: &str) -> BTreeMap<String, String> {
    let root = samples().join(product);
    let mut out = BTreeMap::new();
    for folder in ["", "advisories", "hotfixes"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            if name == "NOTES.md" || name.ends_with(".toml") {
                out.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    out
}

fn catalogue(product: &str) -> Catalogue {
    let sources: Vec<Source> = kept(product)
        .iter()
        .filter(|(path, _)| path.ends_with(".toml"))
        .map(|(path, text)| Source::from_toml(path, text).unwrap())
        .collect();
    Catalogue::read(&sources, Mode::Strict).unwrap_or_else(|problems| panic!("{product}: {problems}"))
}

fn ids<'i, T: AsRef<str> + 'i>(list: impl IntoIterator<Item = &'i T>) -> Vec<&'i str> {
    list.into_iter().map(AsRef::as_ref).collect()
}

#[test]
fn xenserver_documents_are_what_the_program_makes_from_the_facts() {
    let facts = facts();
    for product in ["xenserver", "xenserver-cc"] {
        let kept = kept(product);
        let made = xenserver::documents(&facts, &kept).unwrap_or_else(|error| panic!("{product}: {error}"));
        if std::env::var_os("HOTFIXD_REGENERATE").is_some() {
            for path in kept.keys().filter(|path| !made.contains_key(*path)) {
                fs::remove_file(samples().join(product).join(path)).unwrap();
            }
            for (path, text) in &made {
                fs::write(samples().join(product).join(path), text).unwrap();
            }
            continue;
        }
        assert_eq!(ids(kept.keys()), ids(made.keys()), "{product}");
        for (path, text) in &made {
            assert_eq!(&kept[path], text, "{product}/{path} is not what the program makes");
        }
    }
}

#[test]
fn every_row_of_the_facts_is_a_document() {
    let facts = facts();
    assert_eq!((facts.hotfixes.len(), facts.bulletins.len()), (587, 43));
    let (main, common_criteria) = (catalogue("xenserver"), catalogue("xenserver-cc"));
    for row in facts.hotfixes.values() {
        let (here, there) = match row.branch.as_str() {
            "Common Criteria" => (&common_criteria, &main),
            _ => (&main, &common_criteria),
        };
        let hotfix = &here.hotfixes()[row.id.as_str()];
        assert_eq!(hotfix.uuid, row.uuid, "{}", row.id);
        assert!(!there.hotfixes().contains_key(row.id.as_str()), "{} is filed twice", row.id);
    }
    let documents = main.hotfixes().keys().chain(common_criteria.hotfixes().keys());
    let without_row: Vec<&str> =
        documents.map(|id| id.as_str()).filter(|id| !facts.hotfixes.contains_key(*id)).collect();
    assert_eq!(without_row, ["XS82ECU1"]);
    for bulletin in facts.bulletins.values() {
        let advisory = &main.advisories()[bulletin.id.as_str()];
        assert_eq!(advisory.title, bulletin.title);
        assert_eq!(advisory.cves.clone().unwrap_or_default(), bulletin.cves);
        let named = bulletin.fixes.values().flatten().any(|id| id.starts_with("XS602ECC"));
        assert_eq!(common_criteria.advisories().contains_key(bulletin.id.as_str()), named, "{}", bulletin.id);
    }
    assert_eq!((main.advisories().len(), common_criteria.advisories().len()), (44, 31));
    let notes = &kept("xenserver")["NOTES.md"];
    for id in
        ["XS82ECU1", "XS65-TRIM", "XS71E019", "XS62ETP001", "XS62E006", "CTX213549", "CTX306565", "XSA-469"]
    {
        assert!(notes.contains(id), "NOTES.md says nothing of {id}");
    }
}

#[test]
fn rules_warn_of_nothing_but_what_is_not_known() {
    for product in ["xenserver", "xenserver-cc"] {
        let catalogue = catalogue(product);
        let known = |problem: &&hotfixd::model::Problem| !problem.message.contains("not stated");
        let warned: Vec<String> =
            catalogue.warnings().iter().filter(known).map(ToString::to_string).collect();
        assert!(warned.is_empty(), "{product}: {warned:#?}");
        assert!(catalogue.warnings().iter().all(|problem| problem.level == Level::Warning));
    }
    assert!(catalogue("example-appliance").warnings().is_empty(), "what is made up is known");
}

#[test]
fn the_small_set_says_what_the_whole_says() {
    let (small, whole) = (kept("first-light"), kept("xenserver"));
    for path in ["advisories/XS65-TRIM.toml", "hotfixes/XS65E005.toml"] {
        assert_eq!(small[path], whole[path], "{path}");
        assert!(!whole[path].starts_with(MADE), "{path} is by hand");
    }
}

#[test]
fn a_document_by_hand_that_contradicts_the_facts_is_refused() {
    let facts = facts();
    let mut written = kept("xenserver");
    let document = written.get_mut("hotfixes/XS65E005.toml").unwrap();
    *document = document.replace("492ca007", "492ca008");
    let error = xenserver::documents(&facts, &written).unwrap_err().to_string();
    let says = "\"492ca008-bf7b-454f-8e5c-63a991a52449\"";
    assert_eq!(
        error,
        format!("hotfixes/XS65E005.toml: uuid is {says}, the facts say {}", says.replace("ca008", "ca007"))
    );
    written.remove("product.toml");
    assert!(
        xenserver::documents(&facts, &written)
            .unwrap_err()
            .to_string()
            .starts_with("product.toml is missing")
    );
}

#[test]
fn facts_that_are_not_understood_are_refused() {
    let row = |change: &str| {
        format!(
            "[{{\"id\": \"X\", \"product_version\": \"6.5.0\", \"product_codename\": \"C\", \"branch\": \"RTM\", \"sources\": [] {change}}}]"
        )
    };
    let bulletin = |score: &str| {
        format!(
            "[{{\"id\": \"B\", \"title\": \"T\", \"url\": \"u\", \"cves\": [], \"cve_detail\": {{}}, \"fixes\": {{}}, \"cvss_base_v2\": {score}, \"published\": null, \"published_basis\": null, \"sources\": []}}]"
        )
    };
    let refused = |hotfixes: &str, advisories: &str| {
        Facts::read(hotfixes.as_bytes(), advisories.as_bytes()).map(drop).unwrap_err().to_string()
    };
    assert!(refused("[", "[]").starts_with("hotfixes.json: EOF"));
    assert!(refused(&row(", \"new\": 1"), "[]").contains("unknown field `new`"));
    assert_eq!(refused(&row(", \"supersedes\": [\"Y\"]"), "[]"), "X names Y, which has no row in the facts");
    let twice = row("").replace("}]", "},") + &row("")[1..];
    assert_eq!(refused(&twice, "[]"), "X is given twice in the facts");
    for score in ["11.0", "7.25", "\"high\"", "-1.0", "1e1"] {
        assert_eq!(
            refused("[]", &bulletin(score)),
            "B: the CVSS score is no number from 0.0 to 10.0",
            "{score}"
        );
    }
    Facts::read(b"[]", bulletin("10.0").as_bytes()).unwrap();

    let facts = Facts::read(row("").replace("6.5.0", "9.9").as_bytes(), b"[]").unwrap();
    let error = xenserver::documents(&facts, &kept("xenserver")).unwrap_err().to_string();
    assert_eq!(error, "X: the product has no release for version 9.9, branch RTM");
    let facts = Facts::read(row(", \"after_apply_guidance\": \"dance\"").as_bytes(), b"[]").unwrap();
    let error = xenserver::documents(&facts, &kept("xenserver")).unwrap_err().to_string();
    assert_eq!(error, "X: after_apply_guidance = \"dance\" is not known here");
}

#[test]
fn documents_of_the_facts_are_pleasant_to_read() {
    let documents = kept("xenserver");
    for path in ["hotfixes/XS62ESP1011.toml", "hotfixes/XS72E013.toml", "advisories/CTX231390.toml"] {
        insta::assert_snapshot!(path.rsplit('/').next().unwrap(), documents[path]);
    }
}

#[test]
fn the_files_of_the_made_up_appliance_are_what_their_documents_state() {
    let catalogue = catalogue("example-appliance");
    assert!(catalogue.product().name.contains("made up") && catalogue.product().vendor.contains("made up"));
    let mut bytes = 0;
    for hotfix in catalogue.hotfixes().values() {
        assert!(hotfix.title.contains("made up") && hotfix.requires.is_some(), "{}", hotfix.id);
        for payload in hotfix.payloads.iter().flatten() {
            let file = made_up::file(payload.file.as_str(), usize::try_from(payload.bytes.unwrap()).unwrap());
            let mut hasher = Hasher::new();
            hasher.update(&file);
            assert_eq!(payload.sha256, Some(hasher.finish().to_string()), "{}", payload.file);
            bytes += file.len();
        }
    }
    assert_eq!((catalogue.hotfixes().len(), catalogue.advisories().len(), bytes), (10, 3, 11_927_552));
}

#[cfg(feature = "server")]
#[test]
fn the_verb_writes_what_is_kept() {
    use hotfixd::server::import::{Imported, xenserver_facts};
    let out = tempfile::tempdir().unwrap();
    let kept = kept("xenserver-cc");
    fs::write(out.path().join("product.toml"), &kept["product.toml"]).unwrap();
    fs::create_dir(out.path().join("hotfixes")).unwrap();
    fs::write(out.path().join("hotfixes/GONE.toml"), format!("{MADE}\nid = \"GONE\"\n")).unwrap();
    let facts = samples().join("xenserver/facts");
    let first = xenserver_facts(&facts, out.path()).unwrap();
    assert_eq!(first, Imported { written: kept.len() - 1, removed: 1, kept: 1 });
    let again = xenserver_facts(&facts, out.path()).unwrap();
    assert_eq!(again, Imported { written: 0, removed: 0, kept: kept.len() });
    for (path, text) in &kept {
        assert_eq!(&fs::read_to_string(out.path().join(path)).unwrap(), text);
    }
    assert!(xenserver_facts(out.path(), out.path()).unwrap_err().to_string().contains("hotfixes.json"));
}
