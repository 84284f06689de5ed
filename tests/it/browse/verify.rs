//! Revisions: what changed is said, and the commands that a page shows do what it says.

use std::process::Command;

use hotfixd::model::{Hotfix, Mode, Source};

use super::harmless;
use crate::pages::text;
use crate::support::service::{Service, hotfix};

const TRIM: &str = include_str!("../../../samples/first-light/advisories/XS65-TRIM.toml");

/// The next revision of the sample advisory.
fn revised() -> Source {
    let text = TRIM.replace("severity = \"critical\"", "severity = \"high\"");
    assert_ne!(text, TRIM);
    Source::from_toml("XS65-TRIM.toml", &text).unwrap().with("revision", 2.into())
}

/// The commands of a page, as a reader copies them.
fn commands(page: &str) -> Vec<String> {
    let verify = page.split("id=\"verify\"").nth(1).unwrap().split("</section>").next().unwrap();
    let blocks = verify.split("<pre><code>").skip(1).map(|block| block.split("</code>").next().unwrap());
    let unescaped = |block: &str| {
        block
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#x27;", "'")
            .replace("&#x2F;", "/")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    };
    blocks.map(unescaped).collect()
}

#[test]
fn shows_commands_that_verify_a_revision() {
    let service = Service::demo();
    service.publish(&[revised()]);
    for path in ["/advisories/xenserver/XS65-TRIM/revisions/2", "/advisories/xenserver/XS65-TRIM/revisions/1"]
    {
        let page = service.get(path).text();
        let folder = tempfile::tempdir().unwrap();
        let script = commands(&page).join("\n");
        let run = Command::new("bash")
            .args(["-euc", &script])
            .current_dir(folder.path())
            .env("HOTFIX_SERVER", &service.url)
            .env_remove("http_proxy")
            .output()
            .expect("bash, curl and openssl are wanted: `make test` says how to install them");
        let said = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(run.status.success(), "{script}\n{said}\n{}", String::from_utf8_lossy(&run.stderr));
        for words in ["XS65-TRIM.json: OK", "The role names it.", "Signature Verified Successfully"] {
            assert!(said.contains(words), "{words}\n{said}");
        }
        let fingerprint = said.lines().last().unwrap().split(' ').next().unwrap();
        assert!(page.contains(&format!("# {fingerprint}")), "{said}");
    }
}

#[test]
fn says_what_changed() {
    let service = Service::demo();
    service.publish(&[revised()]);
    let page = service.get("/advisories/xenserver/XS65-TRIM/revisions?from=1&to=2").text();
    assert!(text(&page).contains("Severity was: critical now: high"), "{}", text(&page));
    assert!(
        page.contains("<span class=\"gone\">  &quot;severity&quot;: &quot;critical&quot;,</span>"),
        "{page}"
    );
    let old = text(&service.get("/advisories/xenserver/XS65-TRIM/revisions/1").text());
    assert!(old.contains("Not the current revision. Revision 2 replaced it"), "{old}");
    assert!(old.contains("It is the first that is kept here."), "{old}");
    let first = text(&service.get("/").text());
    assert!(first.contains("Revision 2: severity: critical → high"), "{first}");
}

#[test]
fn shows_text_that_means_harm_as_text() {
    let service = Service::demo();
    let means_harm = |id: &str, title: &str, revision: i64| {
        hotfix(id, 1).with("title", title.into()).with("revision", revision.into())
    };
    service.publish(&[means_harm("XS65E999", "\"><script>alert(1)</script>", 1)]);
    service.publish(&[means_harm("XS65E999", "'><img src=x onerror=alert(2)> <b>", 2)]);
    for path in [
        "/",
        "/hotfixes",
        "/hotfixes?q=%3Cscript%3E",
        "/hotfixes/xenserver/XS65E999",
        "/hotfixes/xenserver/XS65E999/revisions",
        "/hotfixes/xenserver/XS65E999/revisions?from=1&to=2",
        "/hotfixes/xenserver/XS65E999/revisions/2",
        "/products/xenserver/releases/6.5",
        "/search?q=alert",
    ] {
        let reply = service.get(path);
        assert_eq!(reply.status, 200, "{path}");
        harmless(&reply.text());
    }
    let hidden = means_harm("XS65E998", "a \u{202e} b", 1);
    let refused = Hotfix::decode(&hidden, Mode::Strict).unwrap_err().to_string();
    assert!(refused.contains("U+202E"), "{refused}");
}
