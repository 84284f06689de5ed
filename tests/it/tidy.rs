//! The house rules that a compiler does not hold: imports go down only, and some crates stay in their room.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hotfixd::assess::{AdvisoryStatus, HotfixStatus, Need};

/// The rooms with the floors they may import from.
const ROOMS: &[(&str, &[&str])] = &[
    ("json", &[]),
    ("durable", &[]),
    ("model", &["json"]),
    ("trust", &["json"]),
    ("net", &["json"]),
    ("assess", &["json", "model"]),
    ("formats", &["json", "model"]),
    ("repository", &["json", "model", "trust"]),
    ("host", &["durable", "json", "model", "trust", "net", "assess", "repository"]),
    ("publisher", &["json", "model", "trust", "net", "repository"]),
    ("store", &["durable", "json", "model", "trust", "repository"]),
    ("release", &["durable", "json", "model", "trust", "assess", "repository", "store"]),
    ("ops", &["durable", "json", "model", "trust", "net", "repository", "store", "release"]),
    (
        "server",
        &["durable", "json", "model", "trust", "assess", "formats", "repository", "store", "release", "ops"],
    ),
    ("bin", &["formats", "host", "ops", "publisher", "server"]),
];

/// Crates that may be named in some rooms only.
const CONFINED: &[(&str, &[&str])] = &[
    ("diesel", &["store"]),
    ("tokio_postgres", &["store"]),
    ("actix_web", &["server"]),
    ("tera", &["server"]),
    ("ed25519_dalek", &["trust"]),
    ("ring", &["trust"]),
    ("ureq", &["net"]),
    ("zstd", &["repository"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every source file of `src`: its room, its name for messages, its code without comments.
fn files() -> Vec<(String, String, String)> {
    let src = root().join("src");
    let mut paths = Vec::new();
    sources(&src, &mut paths);
    assert!(paths.len() > 50, "the sources are where they are looked for");
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        let room = name.split('/').next().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap()).collect();
        (room, name, code.join("\n"))
    };
    paths.into_iter().map(read).collect()
}

/// Whether the code names `word` as a path's beginning.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = &code[at + word.len()..];
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_') && after.starts_with("::")
    })
}

#[test]
fn imports_go_down() {
    let mut wrong = Vec::new();
    for (room, name, code) in files() {
        let Some((_, below)) = ROOMS.iter().find(|(known, _)| *known == room) else {
            assert_eq!(name, "lib.rs", "{name} is in no room that ARCHITECTURE.md knows");
            continue;
        };
        for (other, _) in ROOMS.iter().filter(|(other, _)| *other != room && !below.contains(other)) {
            if names(&code, &format!("crate::{other}")) || names(&code, &format!("hotfixd::{other}")) {
                wrong.push(format!("{name} imports {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "imports that do not go down:\n{}", wrong.join("\n"));
}

#[test]
fn crates_stay_in_their_room() {
    let mut wrong = Vec::new();
    for (room, name, code) in files() {
        for (word, rooms) in CONFINED {
            if names(&code, word) && !rooms.contains(&room.as_str()) {
                wrong.push(format!("{name} names {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "crates outside their room:\n{}", wrong.join("\n"));
}

#[test]
fn the_wall_clock_is_read_in_few_places() {
    let allowed = ["bin/hotfix.rs", "bin/hotfixd.rs", "server/clock.rs", "host/clock.rs"];
    let clocks = ["Timestamp::now", "SystemTime::now", "Zoned::now"];
    let readers: Vec<String> = files()
        .into_iter()
        .filter(|(_, name, code)| {
            !allowed.contains(&name.as_str()) && clocks.iter().any(|clock| code.contains(clock))
        })
        .map(|(_, name, _)| name)
        .collect();
    assert!(readers.is_empty(), "these read the wall clock: {readers:?}");
}

/// How a host stands is worded where it is decided. Left out are words that documents and questions have as well.
#[test]
fn statuses_are_worded_where_they_are_decided() {
    let shared =
        ["fixed", "installed", "needed", "superseded", "under_investigation", "unstated", "withdrawn"];
    let words = AdvisoryStatus::ALL.iter().map(|status| status.word());
    let words = words.chain(HotfixStatus::ALL.iter().map(|status| status.word()));
    let words = words.chain(Need::ALL.iter().map(|need| need.word()));
    let own: BTreeSet<String> =
        words.filter(|word| !shared.contains(word)).map(|word| format!("\"{word}\"")).collect();
    assert!(own.len() > 8, "{own:?}");
    let mut wrong = Vec::new();
    for (_, name, code) in files().into_iter().filter(|(room, ..)| room != "assess") {
        wrong
            .extend(own.iter().filter(|word| code.contains(*word)).map(|word| format!("{name} says {word}")));
    }
    for template in fs::read_dir(root().join("templates")).unwrap().map(|entry| entry.unwrap().path()) {
        // What a template shows of a status came with it.
        if template.is_file() && fs::read_to_string(&template).unwrap().contains("word ==") {
            wrong.push(format!("{} looks at a word", template.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rooms_and_files_are_of_a_readable_size() {
    let long: Vec<String> = files()
        .into_iter()
        .map(|(_, name, code)| (name, code.lines().count()))
        .filter(|(_, lines)| *lines > 400)
        .map(|(name, lines)| format!("{name}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "longer than 400 lines:\n{}", long.join("\n"));
}

#[test]
fn both_databases_have_the_same_migrations() {
    let steps = |database: &str| {
        let mut names: Vec<_> = fs::read_dir(root().join("migrations").join(database))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .inspect(|step| {
                let whole = step.join("up.sql").is_file() && step.join("down.sql").is_file();
                assert!(whole, "{step:?}");
            })
            .map(|step| step.file_name().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    assert!(!steps("sqlite").is_empty());
    assert_eq!(steps("sqlite"), steps("postgres"));
}

#[test]
fn no_private_key_is_kept() {
    let out = std::process::Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let Ok(out) = out.map(|out| out.stdout) else { return };
    let listed = String::from_utf8(out).unwrap();
    // Tests may hold keys that sign for nothing; nothing else may.
    let marker = ["-----BEGIN", "PRIVATE KEY-----"].join(" ");
    let kept: Vec<&str> = listed
        .split('\0')
        .filter(|name| !name.is_empty() && !name.starts_with("tests/"))
        .filter(|name| {
            fs::read(root().join(name)).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(&marker))
        })
        .collect();
    assert!(kept.is_empty(), "private keys in git: {kept:?}");
}
