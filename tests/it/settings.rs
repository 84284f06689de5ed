//! README and the table of settings agree.

use hotfixd::server::config::table;

#[test]
fn readme_shows_every_setting() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, rest) = readme.split_once("<!-- configuration table -->\n").expect("the table's place");
    assert!(rest.starts_with(&table()), "write this table into README.md:\n{}", table());
}
