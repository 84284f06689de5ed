//! What is wrong with a document is said with its file, line, field, value and remedy; what is left out and
//! what is empty stay apart.

use hotfixd::json::Value;
use hotfixd::model::{Catalogue, Document, Inventory, Level, Mode, Problems, Source};

const PRODUCT: &str = include_str!("../../samples/first-light/product.toml");
const ADVISORY: &str = include_str!("../../samples/first-light/advisories/XS65-TRIM.toml");
const HOTFIX: &str = include_str!("../../samples/first-light/hotfixes/XS65E005.toml");
const PACK: &str = include_str!("../../samples/first-light/hotfixes/XS65ESP1.toml");

/// The first-light documents with one text in one of them replaced by another.
fn with(file: &str, from: &str, to: &str) -> Result<Catalogue, Problems> {
    let documents = [
        ("product.toml", PRODUCT),
        ("XS65-TRIM.toml", ADVISORY),
        ("XS65E005.toml", HOTFIX),
        ("XS65ESP1.toml", PACK),
    ];
    let mut sources = Vec::new();
    for (name, text) in documents {
        assert!(name != file || text.contains(from), "{from:?} is in {file}");
        let text = if name == file { text.replacen(from, to, 1) } else { text.to_owned() };
        sources.push(Source::from_toml(name, &text)?);
    }
    Catalogue::read(&sources, Mode::Strict)
}

/// Compares without the expression, which says nothing that the snapshot does not.
fn snapshot(name: &str, text: &str) {
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, text) });
}

/// What a person reads of a refusal.
fn refusals(cases: &[(&str, &str, &str)]) -> String {
    let mut out = String::new();
    for (file, from, to) in cases {
        let Err(Problems(problems)) = with(file, from, to) else { panic!("{file}: {to:?} was taken") };
        assert!(problems.iter().any(|problem| problem.level == Level::Error));
        out.push_str(&format!("### {file}: {}\n", to.lines().last().unwrap_or_default()));
        for problem in problems {
            assert!(!problem.remedy.is_empty(), "{problem}");
            out.push_str(&format!("{problem}\n"));
        }
        out.push('\n');
    }
    out
}

#[test]
fn the_first_documents_are_a_catalogue() {
    let catalogue = with("product.toml", "Citrix", "Citrix").unwrap();
    assert_eq!(catalogue.hotfixes().len(), 2);
    let hotfix = catalogue.find_hotfix("492CA007-bf7b-454f-8e5c-63a991a52449").unwrap();
    assert_eq!(hotfix.id, "XS65E005");
    assert_eq!((hotfix.requires.as_deref(), hotfix.supersedes.as_deref()), (None, Some(&[][..])));
    assert!(hotfix.guidance.is_none(), "left out is not known");
    assert_eq!(catalogue.line(hotfix), "6.5");
    assert!(catalogue.rolls_up("XS65ESP1").contains("XS65E005"));
}

#[test]
fn what_is_published_reads_back_as_what_was_written() {
    for (name, text) in [("product", PRODUCT), ("advisory", ADVISORY), ("hotfix", HOTFIX)] {
        let source = Source::from_toml(name, text).unwrap();
        let bytes = source.published_bytes();
        let published = Source::from_json(name, &bytes).unwrap();
        assert_eq!(published.value(), source.value());
        assert_eq!(published.published_bytes(), bytes);
        Document::decode(&published, Mode::Strict).unwrap();
    }
}

#[test]
fn refusals_of_one_document() {
    snapshot(
        "document",
        &refusals(&[
            ("XS65E005.toml", "kind = \"hotfix\"", "kind = \"hotfx\""),
            ("XS65E005.toml", "kind = \"hotfix\"\n", "severity = \"high\"\n"),
            ("XS65E005.toml", "channel =", "chanel ="),
            ("XS65E005.toml", "revision = 1", "revision = 0"),
            ("XS65E005.toml", "revision = 1", "revision = 1.5"),
            ("XS65E005.toml", "revision = 1", "revision = 99999999999999999999"),
            ("XS65E005.toml", "revision = 1", "revision = \"1\""),
            ("XS65E005.toml", "revision = 1", "revision = 1\nrevision = 2"),
            ("XS65E005.toml", "revision = 1", "revision = "),
            ("XS65E005.toml", "id = \"XS65E005\"", "id = \"XS65/E005\""),
            ("XS65E005.toml", "uuid = \"492ca007", "uuid = \"492ca00"),
            ("XS65E005.toml", "releases = [\"6.5\"]", "releases = []"),
            ("XS65E005.toml", "title = \"", "title = \"\\u001b[31m"),
            ("XS65E005.toml", "channel = \"release\"", "released = 2015-02-30"),
            ("XS65E005.toml", "channel = \"release\"", "rollout = { start = 2026-01-01, hours = 72 }"),
            ("XS65E005.toml", "channel = \"release\"", "payloads = [{ file = \"../x\" }]"),
            ("XS65E005.toml", "https://support", "javascript:alert(1)//https://support"),
            ("XS65E005.toml", "schema = \"hotfixd/hotfix/1\"", "schema = \"hotfixd/hotfix/2\""),
            ("XS65-TRIM.toml", "severity = \"critical\"", "severity = \"critcal\""),
            ("XS65-TRIM.toml", "fixed_by = [[\"XS65E005\"]] # X", "fixed_by = [[]] # X"),
            ("XS65-TRIM.toml", "gt = 2199", "gt = 1, lt = 2199"),
            ("XS65-TRIM.toml", "gt = 2199023255552", "above = 2"),
            ("XS65-TRIM.toml", "when = { fact", "when = { fakt"),
            ("XS65-TRIM.toml", "when = { fact", "when = { feature = \"storage.trim\", fact"),
            ("XS65-TRIM.toml", "note = \"Other", "when = { any = [] }\nnote = \"Other"),
            ("XS65-TRIM.toml", "workaround =", "remediation = { kind = \"fix_planned\" }\nworkaround ="),
            ("product.toml", "id = \"xenserver\"", "id = \"targets\""),
            ("product.toml", "line = \"6.5\"", "line = \"any\""),
            ("product.toml", "marker = \"XS65ESP1\"\n", "\n"),
            ("product.toml", "type = \"integer\"", "type = \"float\""),
            ("product.toml", "id = \"storage.trim.largest_lun_bytes\"", "id = \"Storage.Trim\""),
        ]),
    );
}

#[test]
fn refusals_of_references() {
    snapshot(
        "references",
        &refusals(&[
            ("XS65E005.toml", "releases = [\"6.5\"]", "releases = [\"6.6\"]"),
            ("XS65E005.toml", "fixes = [\"XS65-TRIM\"]", "fixes = [\"XS65-TRIMM\"]"),
            ("XS65E005.toml", "fixes = [\"XS65-TRIM\"]", "fixes = []"),
            ("XS65E005.toml", "supersedes = []", "supersedes = [\"XS65ESP1\"]"),
            ("XS65E005.toml", "supersedes = []", "requires = [\"XS65ESP1\"]"),
            ("XS65E005.toml", "supersedes = []", "requires = [\"XS65E005\"]"),
            ("XS65E005.toml", "supersedes = []", "conflicts = [\"XS65ESP1\"]"),
            (
                "XS65E005.toml",
                "supersedes = []",
                "withdrawn = { date = 2015-03-09, reason = \"r\", replaced_by = \"XS65E006\" }",
            ),
            ("XS65E005.toml", "product = \"xenserver\"", "product = \"other\""),
            ("XS65ESP1.toml", "establishes = \"6.5-sp1\"", "establishes = \"7.0\""),
            (
                "XS65ESP1.toml",
                "uuid = \"7f2e4a3a-4098-4a71-84ff-b0ba919723c7\"",
                "uuid = \"492ca007-bf7b-454f-8e5c-63a991a52449\"",
            ),
            ("XS65ESP1.toml", "id = \"XS65ESP1\"", "id = \"xs65e005\""),
            (
                "XS65-TRIM.toml",
                "fact = \"storage.trim.largest_lun_bytes\"",
                "fact = \"storage.trim.largest_lun\"",
            ),
            ("XS65-TRIM.toml", "gt = 2199023255552", "eq = \"2 TiB\""),
            ("XS65-TRIM.toml", "feature = \"storage.trim\"", "feature = \"storage.trin\""),
            ("XS65-TRIM.toml", "releases = [\"6.5-sp1\"]", "releases = [\"7.0\"]"),
        ]),
    );
}

#[test]
fn a_conflict_with_what_is_not_published_is_a_warning() {
    let catalogue =
        with("XS65E005.toml", "supersedes = []", "supersedes = []\nconflicts = [\"XS65E777\"]").unwrap();
    let warning =
        catalogue.warnings().iter().find(|problem| problem.field.dotted() == "conflicts.0").unwrap();
    assert_eq!(warning.level, Level::Warning);
    assert_eq!(warning.line, Some(22));
}

#[test]
fn hosts_pass_over_what_they_do_not_know() {
    let mut source = Source::from_toml("h", HOTFIX).unwrap();
    source = source.with("colour", "red".into()).with("kind", "nano-patch".into());
    source = source.with("when", Value::from([("frobnicate", 1.into())]));
    assert!(Document::decode(&source, Mode::Strict).is_err());
    let Document::Hotfix(hotfix) = Document::decode(&source, Mode::Lenient).unwrap() else { panic!() };
    assert_eq!(hotfix.kind.word(), "nano-patch");
    assert_eq!(hotfix.when, Some(hotfixd::model::Condition::Unknown("frobnicate".to_owned())));
}

#[test]
fn inventories_keep_what_is_unknown_and_refuse_what_is_wrong() {
    let decode = |json: &str| Inventory::decode(&Source::from_json("inventory", json.as_bytes())?);
    let good = r#"{"schema":"hotfixd/inventory/1","product":"xenserver","facts":{"x":[]},"colour":1}"#;
    let inventory = decode(good).unwrap();
    assert_eq!(inventory.unknown_fields, ["colour"]);
    assert_eq!(
        inventory.digest(),
        decode(&good.replace(':', " : ")).unwrap().digest(),
        "white space does not count"
    );
    assert!(inventory.hotfixes.is_none() && inventory.packages.is_none());
    let text = [
        r#"{"product":"xenserver"}"#,
        r#"{"schema":"hotfixd/inventory/1"}"#,
        r#"{"schema":"hotfixd/inventory/1","product":"xenserver","hotfixes":"XS65E005"}"#,
        r#"{"schema":"hotfixd/inventory/1","product":"xenserver","features":{"a":1}}"#,
        r#"{"schema":"hotfixd/inventory/1","product":"xenserver","facts":{"a":null}}"#,
        r#"{"schema":"hotfixd/inventory/1","product":"xenserver","facts":{"a":1.5}}"#,
        r#"{"schema":"hotfixd/inventory/1","product":"xenserver","facts":{"a":1,"a":2}}"#,
        r#"{"schema":"hotfixd/inventory/1","product":"xenserver","facts":{"a":9223372036854775808}}"#,
        r#"{"schema":"hotfixd/inventory/1","product":"xenserver","packages":[{"name":"a"}]}"#,
        r#"{"schema":"hotfixd/inventory/1","product":"xenserver","version":"6.5.0""#,
        "NaN",
    ]
    .map(|json| decode(json).unwrap_err().to_string())
    .join("\n");
    snapshot("inventory", &text);
}
