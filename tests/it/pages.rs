//! The pages as files that a reviewer reads (snapshots), and what no document may make them do.

mod check;

use hotfixd::model::{Catalogue, Mode, Source};
use hotfixd::server::pages::{
    CheckInput, DocumentFacts, Failure, PageContext, PageError, Renderer, Revision, Role, STYLE, advisory,
    check_form, choose, error, home, hotfix, style_path,
};

/// The sample catalogue.
pub(crate) fn xenserver() -> Catalogue {
    let files = [
        ("product.toml", include_str!("../../samples/first-light/product.toml")),
        ("XS65-TRIM.toml", include_str!("../../samples/first-light/advisories/XS65-TRIM.toml")),
        ("XS65E005.toml", include_str!("../../samples/first-light/hotfixes/XS65E005.toml")),
        ("XS65ESP1.toml", include_str!("../../samples/first-light/hotfixes/XS65ESP1.toml")),
    ];
    catalogue(&files)
}

pub(crate) fn catalogue(files: &[(&str, &str)]) -> Catalogue {
    let sources: Vec<Source> =
        files.iter().map(|(name, text)| Source::from_toml(name, text).unwrap()).collect();
    Catalogue::read(&sources, Mode::Strict).unwrap_or_else(|problems| panic!("{problems}"))
}

/// A product with everything that the sample leaves out, and with text that means harm.
pub(crate) fn hostile() -> Catalogue {
    catalogue(&[
        ("product.toml", include_str!("../data/pages/product.toml")),
        ("A-1.toml", include_str!("../data/pages/A-1.toml")),
        ("A-2.toml", include_str!("../data/pages/A-2.toml")),
        ("H-1.toml", include_str!("../data/pages/H-1.toml")),
        ("H-2.toml", include_str!("../data/pages/H-2.toml")),
        ("H-3.toml", include_str!("../data/pages/H-3.toml")),
    ])
}

/// A context as the service has it, for a document of that target path.
pub(crate) fn context(target: &str) -> PageContext {
    let mut context = PageContext::new("2026-11-24T11:00:00Z".parse().unwrap());
    context.origin = Some("https://hotfix.example".to_owned());
    context.roles = vec![Role {
        name: "xenserver".to_owned(),
        version: 12,
        signed: Some("2026-11-24T08:00:00Z".parse().unwrap()),
        expires: "2027-02-22T08:00:00Z".parse().unwrap(),
        signers: vec!["ab".repeat(32)],
    }];
    context.document = Some(DocumentFacts {
        target: target.to_owned(),
        sha256: "cd".repeat(32),
        bytes: 2154,
        revisions: vec![Revision { revision: 1, at: None, sha256: None }],
    });
    context
}

fn advisory_page(catalogue: &Catalogue, id: &str, query: &[(&str, &str)]) -> Result<String, PageError> {
    let query: Vec<(String, String)> = query.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
    let context = context(&format!("{}/advisory/{id}.json", catalogue.product().id));
    advisory(&Renderer::new().unwrap(), &context, catalogue, &catalogue.advisories()[id], &query)
}

fn hotfix_page(catalogue: &Catalogue, id: &str) -> String {
    let context = context(&format!("{}/6.5/hotfix/{id}.json", catalogue.product().id));
    hotfix(&Renderer::new().unwrap(), &context, catalogue, &catalogue.hotfixes()[id], &[]).unwrap()
}

/// What a reader sees, without the tags and without the stylesheet's digest.
pub(crate) fn reviewed(html: &str) -> String {
    html.replace(&style_path(), "/static/style.css?v=…")
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// A page's text, its tags dropped; where a block begins or ends, a space.
pub(crate) fn text(html: &str) -> String {
    const INLINE: [&str; 7] = ["a", "code", "em", "small", "span", "strong", "time"];
    let mut out = String::new();
    for (index, part) in html.split('<').enumerate() {
        let (tag, rest) = if index == 0 { ("", part) } else { part.split_once('>').unwrap() };
        let name = tag.trim_start_matches('/').split(' ').next().unwrap();
        if !INLINE.contains(&name) {
            out.push(' ');
        }
        out.push_str(rest);
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn shows_the_sample_advisory() {
    insta::assert_snapshot!("advisory", reviewed(&advisory_page(&xenserver(), "XS65-TRIM", &[]).unwrap()));
}

#[test]
fn shows_the_sample_hotfixes() {
    insta::assert_snapshot!("hotfix", reviewed(&hotfix_page(&xenserver(), "XS65E005")));
    insta::assert_snapshot!("service-pack", reviewed(&hotfix_page(&xenserver(), "XS65ESP1")));
}

#[test]
fn narrows_an_advisory_to_a_release_and_says_so() {
    let page = text(&advisory_page(&xenserver(), "XS65-TRIM", &[("release", "6.5-sp1")]).unwrap());
    assert!(page.contains("Shown for XenServer 6.5 Service Pack 1 only. Show all releases"), "{page}");
    assert!(page.contains("✓ Fixed XenServer 6.5 Service Pack 1: nothing to do."), "{page}");
    assert!(!page.contains("above 2 TiB"), "{page}");
    let all = advisory_page(&xenserver(), "XS65-TRIM", &[("release", "")]).unwrap();
    assert_eq!(all, advisory_page(&xenserver(), "XS65-TRIM", &[]).unwrap());
}

#[test]
fn never_shows_what_is_not_stated_as_not_affected() {
    let page = text(&advisory_page(&xenserver(), "XS65-TRIM", &[("release", "7.0")]).unwrap());
    assert!(page.contains("? Not stated XenServer 7.0: nobody has said whether it is affected."), "{page}");
    assert!(!page.contains("– Not affected"), "{page}");
    let page = text(&hotfix_page(&xenserver(), "XS65E005"));
    assert!(page.contains("Prerequisite not stated"), "{page}");
    assert!(page.contains("Post-update action not known; count on restarting the host"), "{page}");
    assert!(page.contains("Files Not known."), "{page}");
    assert!(page.contains("Includes No other hotfix."), "{page}");
}

#[test]
fn lets_the_whole_product_speak_for_a_feature_that_nothing_is_said_of() {
    let page = text(&advisory_page(&hostile(), "A-1", &[("release", "1.1")]).unwrap());
    let (_, matrix) = page.split_once("Who is affected").unwrap();
    let (matrix, _) = matrix.split_once("Timeline").unwrap();
    assert!(matrix.contains("… Under investigation") && !matrix.contains("? Not stated"), "{matrix}");
}

#[test]
fn refuses_a_filter_that_it_does_not_know() {
    let refused = |query: &[(&str, &str)]| {
        let error = advisory_page(&xenserver(), "XS65-TRIM", query).unwrap_err();
        let (_, detail, remedy) = error.for_reader();
        (error.status(), format!("{detail} {remedy}"))
    };
    let unknown = "XenServer has no release “6.6”. Did you mean 6.5? Known are 6.5, 6.5-sp1, 7.0.";
    assert_eq!(refused(&[("release", "6.6")]), (400, unknown.to_owned()));
    let unknown = "“relaese” is no filter of this page. Known is “release”.";
    assert_eq!(refused(&[("relaese", "6.5")]), (400, unknown.to_owned()));
    assert_eq!(refused(&[("release", "6.5"), ("release", "7.0")]).0, 400);
    let catalogue = xenserver();
    let query = [("x".to_owned(), String::new())];
    let context = context("");
    let page =
        hotfix(&Renderer::new().unwrap(), &context, &catalogue, &catalogue.hotfixes()["XS65E005"], &query);
    assert_eq!(page.unwrap_err().status(), 400);
}

#[test]
fn shows_hostile_text_as_text() {
    let catalogue = hostile();
    let mut pages = vec![home(&Renderer::new().unwrap(), &context(""), &[&catalogue], &[]).unwrap()];
    pages
        .extend(catalogue.advisories().keys().map(|id| advisory_page(&catalogue, id.as_str(), &[]).unwrap()));
    pages.extend(catalogue.hotfixes().keys().map(|id| hotfix_page(&catalogue, id.as_str())));
    let failure = Failure {
        status: 400,
        title: "<script>1</script>",
        detail: "\"><script>2</script>",
        remedy: "<img src=x onerror=3>",
        request_id: Some("'><script>4</script>"),
    };
    pages.push(error(&Renderer::new().unwrap(), &context(""), &failure).unwrap());
    for page in pages {
        let lower = page.to_lowercase();
        for harm in [
            "<script",
            "<img",
            "<iframe",
            "<svg onload",
            "<svg><style",
            "<b>",
            " onload=\"",
            "javascript:\"",
            "href=\"javascript",
            "style=\"",
        ] {
            assert!(!lower.contains(harm), "{harm}\n{page}");
        }
    }
    let page = advisory_page(&catalogue, "A-1", &[]).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; in &amp; title"), "{page}");
}

#[test]
fn shows_what_the_sample_leaves_out() {
    let catalogue = hostile();
    insta::assert_snapshot!("advisory-full", text(&advisory_page(&catalogue, "A-1", &[]).unwrap()));
    insta::assert_snapshot!("hotfix-full", text(&hotfix_page(&catalogue, "H-2")));
}

#[test]
fn warns_of_what_is_withdrawn_above_the_title() {
    let catalogue = hostile();
    let page = hotfix_page(&catalogue, "H-1");
    let (banner, title) = (page.find("Withdrawn").unwrap(), page.find("<h1>").unwrap());
    assert!(banner < title);
    let words = text(&page);
    assert!(words.contains("× Withdrawn on 2 March 2026: It stops hosts."), "{words}");
    assert!(words.contains("Install H-2 instead."), "{words}");
    assert!(words.contains("If you have it: Remove it. It never did what it was to do"), "{words}");
    assert!(words.contains("Withdrawn, so it is not offered for download."), "{words}");
    assert!(!page.contains("/payload/") && !page.contains("mirror.example"), "{page}");
    let page = advisory_page(&catalogue, "A-2", &[]).unwrap();
    assert!(page.find("Withdrawn").unwrap() < page.find("<h1>").unwrap());
    assert!(text(&page).contains("Nothing, because of this advisory: it was withdrawn."));
}

#[test]
fn says_how_old_it_is_and_when_it_has_expired() {
    let page = text(&advisory_page(&xenserver(), "XS65-TRIM", &[]).unwrap());
    assert!(page.contains("Catalogue xenserver, version 12, released 24 November 2026, 08:00 UTC (3 hours ago); valid until 22 February 2027, 08:00 UTC (in 90 days)."), "{page}");
    assert!(!page.contains("expired"), "{page}");
    let catalogue = xenserver();
    let mut late = context("xenserver/advisory/XS65-TRIM.json");
    late.now = "2027-03-01T00:00:00Z".parse().unwrap();
    let page =
        advisory(&Renderer::new().unwrap(), &late, &catalogue, &catalogue.advisories()["XS65-TRIM"], &[]);
    let page = text(&page.unwrap());
    assert!(page.contains("This catalogue has expired."), "{page}");
}

#[test]
fn links_below_the_public_prefix_and_nowhere_else() {
    let catalogue = xenserver();
    let mut context = context("xenserver/advisory/XS65-TRIM.json");
    context.prefix = "/updates".to_owned();
    let renderer = Renderer::new().unwrap();
    let pages = [
        home(&renderer, &context, &[&catalogue], &[]).unwrap(),
        advisory(&renderer, &context, &catalogue, &catalogue.advisories()["XS65-TRIM"], &[]).unwrap(),
        hotfix(&renderer, &context, &catalogue, &catalogue.hotfixes()["XS65E005"], &[]).unwrap(),
        choose(&renderer, &context, "Advisory", "XS65-TRIM", &[]).unwrap(),
        check_form(&renderer, &context, &[&catalogue], &CheckInput::default()).unwrap(),
    ];
    for page in pages {
        for (_, rest) in page
            .match_indices("href=\"")
            .chain(page.match_indices("action=\""))
            .map(|(at, name)| (at, &page[at + name.len()..]))
        {
            let address = rest.split('"').next().unwrap();
            let fits = ["/updates/", "#", "https://", "http://", "data:,"];
            assert!(fits.iter().any(|start| address.starts_with(start)), "{address}");
        }
    }
}

#[test]
fn styles_without_foreign_addresses() {
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    assert!(style_path().starts_with("/static/style.css?v=") && style_path().len() == 32);
}
