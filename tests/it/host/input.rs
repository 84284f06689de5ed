//! Inventories and arguments that are no good: a clear text, with place and remedy.

use serde_json::json;

use super::{exposed, start};
use crate::support::hotfix::Host;

#[test]
fn an_inventory_that_is_no_good_is_refused_with_its_place() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let deep = format!("{{\"facts\":{}1{}}}", "[".repeat(200_000), "]".repeat(200_000));
    let twice = exposed().replacen('{', "{\"product\":\"xenserver\",", 1);
    let esc = exposed().replace("6.5.0", "6.5.0\\u001b[31m");
    let wrong = exposed().replace("true", "\"yes\"");
    for (case, bytes, said) in [
        ("truncated", exposed().as_bytes()[..100].to_vec(), "EOF"),
        ("not UTF-8", b"{\n  \"product\": \"\xff\"}".to_vec(), ":2: not UTF-8"),
        ("empty", b" \n".to_vec(), "is empty"),
        ("deep", deep.into_bytes(), "nested deeper than 64"),
        ("a number that is none", exposed().replace("3298534883328", "1e400").into_bytes(), "number"),
        ("a name twice", twice.into_bytes(), "given twice"),
        ("NUL", exposed().replace("6.5.0", "6.5\0").into_bytes(), "control character"),
        ("ESC", esc.into_bytes(), "control character"),
        ("a lone surrogate", exposed().replace("6.5.0", "\\ud800").into_bytes(), "hex escape"),
        ("a wrong kind", wrong.into_bytes(), "features.storage.trim"),
        ("another document", b"{\"schema\":\"hotfixd/hotfix/1\"}".to_vec(), "another schema"),
    ] {
        let file = host.file("bad.json", &bytes);
        for arguments in [["check", "--inventory", &file, "--json"], ["check", "--inventory", "-", "--json"]]
        {
            let answer = host.run_with(&arguments, &bytes);
            let json = answer.json();
            assert_eq!((answer.exit, answer.err.as_str()), (1, ""), "{case}");
            assert_eq!((&json["schema"], &json["verdict"]), (&json!("hotfixd/check/1"), &json!("error")));
            assert!(json["code"].as_str().unwrap().starts_with("inventory_"), "{case}: {json}");
            assert!(json["message"].as_str().unwrap().contains(said), "{case}: {json}");
            assert!(!json["remedy"].as_str().unwrap().is_empty(), "{case}: {json}");
            assert!(!answer.out.contains('\u{1b}'), "{case}");
        }
        let text = host.run(&["check", "--inventory", &file]);
        assert_eq!((text.exit, text.out.as_str()), (1, ""), "{case}");
        assert!(text.err.starts_with("error: ") && text.err.contains(said), "{case}: {text:?}");
        assert!(!text.err.contains('\u{1b}'), "{case}");
    }
}

#[test]
fn an_address_that_is_no_good_is_not_repeated_with_its_password() {
    let host = Host::new();
    for address in ["http://admin:s3cret@hotfix.example", "ftp://admin:s3cret@hotfix.example/a@b"] {
        for verb in ["init", "status"] {
            let given = host.run(&[verb, "--server", address]);
            let set = host.command(&[verb]).env("HOTFIX_SERVER", address).output().unwrap();
            for answer in [given, crate::support::hotfix::answer(set)] {
                assert!(answer.exit != 0 && !format!("{answer:?}").contains("s3cret"), "{answer:?}");
                assert!(answer.err.contains("hotfix.example"), "{answer:?}");
            }
        }
    }
}

#[test]
fn a_key_or_token_file_without_an_end_is_not_read_for_ever() {
    let host = Host::new();
    let key = host.run(&["key", "show", "/dev/zero"]);
    assert!(key.exit == 1 && key.err.contains("/dev/zero"), "{key:?}");
    let mut status = host.command(&["status", "--server", "http://127.0.0.1:1"]);
    let token = status.env("HOTFIX_TOKEN_FILE", "/dev/zero").output().unwrap();
    let token = crate::support::hotfix::answer(token);
    assert!(token.exit == 1 && token.err.contains("/dev/zero"), "{token:?}");
}

#[test]
fn an_inventory_that_is_too_large_is_not_read_to_its_end() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let padded = format!("{}{}", exposed(), " ".repeat(2 << 20));
    let file = host.file("padded.json", padded);
    let answer = host.run(&["check", "--json", "--inventory", &file]);
    assert!(answer.json()["message"].as_str().unwrap().contains("larger than the 1 MiB"), "{answer:?}");

    let file = host.file("huge.json", "");
    std::fs::File::options().write(true).open(&file).unwrap().set_len(100 << 20).unwrap();
    for path in [file.as_str(), "/dev/zero"] {
        let answer = host.run(&["check", "--json", "--inventory", path]);
        assert_eq!(answer.exit, 1);
        assert!(answer.json()["message"].as_str().unwrap().contains("larger than the 16 MiB"), "{answer:?}");
    }
    let answer = host.run(&["check", "--json", "--inventory", "missing.json"]);
    assert_eq!((answer.exit, &answer.json()["code"]), (1, &json!("inventory_unreadable")));
    let answer = host.run(&["check", "--json", "--inventory", "."]);
    assert_eq!((answer.exit, &answer.json()["code"]), (1, &json!("inventory_unreadable")));
}

#[test]
fn packages_may_take_more_room() {
    let (_repository, server) = start();
    let host = Host::of(&server.url());
    let one = r#"{"name":"a-package-with-a-name","version":"1.2.3","format":"rpm","arch":"x86_64"}"#;
    let packages = vec![one; 20_000].join(",");
    let inventory = exposed().replacen('{', &format!("{{\"packages\":[{packages}],"), 1);
    assert!(inventory.len() > 1 << 20);
    assert_eq!(host.check(&inventory, &["--advisory", "XS65-TRIM"]).exit, 100);
}

#[test]
fn errors_are_one_json_document_where_json_is_asked_for() {
    let host = Host::new();
    for (arguments, exit, code) in [
        (&["check", "--json"][..], 1, "not_initialised"),
        (&["check", "--format", "json"], 1, "not_initialised"),
        (&["inventory", "--json"], 1, "product_unknown"),
        (&["check", "--json", "--advisory", "../x"], 2, "usage"),
        (&["check", "--json", "--allow-stale", "soon"], 2, "usage"),
        (&["chek", "--json"], 2, "usage"),
    ] {
        let answer = host.run(arguments);
        let json = answer.json();
        assert_eq!((answer.exit, &json["exit"], &json["code"]), (exit, &json!(exit), &json!(code)));
        assert!(json["message"].is_string() && json["remedy"].is_string(), "{json}");
        assert_eq!(answer.err, "");
    }
    let answer = host.run(&["check", "--format", "nagios"]);
    assert_eq!(answer.exit, 3);
    assert!(answer.out.starts_with("HOTFIX UNKNOWN - no server is known here"), "{answer:?}");
    let answer = host.run(&["chek"]);
    assert_eq!(answer.exit, 2);
    assert!(answer.err.contains("similar subcommand exists: 'check'"), "{answer:?}");
}
