//! Every operation that the service has, in one table; a test holds it to `routes.rs`, both ways.

use super::table::{Group, Operation, get, post, put};
use crate::server::listing::Section;
use Group::{Hosts, Operators, People, Publishers, Tools};

/// The release that a reader runs, which pages mark and links carry on.
const RUN: &[(&str, &str)] = &[("release", "The release that you run.")];
/// Two revisions.
const COMPARED: &[(&str, &str)] =
    &[("from", "A revision."), ("to", "Another."), ("release", "The release that you run.")];

/// Every operation.
pub(super) const OPERATIONS: &[Operation] = &[
    get("/", People, "home", "The first page").query(RUN).page(),
    get("/search", People, "search", "The page that a text names, else what holds its words")
        .query(&[
            ("q", "An id, a UUID, a CVE, an article, or words."),
            ("release", "The release that you run."),
        ])
        .page()
        .answer(303, "text/html", None),
    get("/advisories", People, "advisoryList", "Advisories, as a page").list(Section::Advisories).page(),
    get("/hotfixes", People, "hotfixList", "Hotfixes, as a page").list(Section::Hotfixes).page(),
    get("/products/{id}", People, "productPage", "A product").query(RUN).page(),
    get("/products/{product}/releases/{id}", People, "releasePage", "A release of a product")
        .query(RUN)
        .page(),
    get(
        "/advisories/{product}/{id}/revisions",
        People,
        "advisoryRevisionsPage",
        "An advisory's revisions, and what differs between two",
    )
    .query(COMPARED)
    .page(),
    get(
        "/advisories/{product}/{id}/revisions/{n}",
        People,
        "advisoryRevisionPage",
        "A revision of an advisory: what changed, who signed it, how to verify that",
    )
    .query(RUN)
    .page(),
    get(
        "/hotfixes/{product}/{id}/revisions",
        People,
        "hotfixRevisionsPage",
        "A hotfix's revisions, and what differs between two",
    )
    .query(COMPARED)
    .page(),
    get(
        "/hotfixes/{product}/{id}/revisions/{n}",
        People,
        "hotfixRevisionPage",
        "A revision of a hotfix: what changed, who signed it, how to verify that",
    )
    .query(RUN)
    .page(),
    get("/advisories/{id}", People, "anyAdvisory", "An advisory, by its id alone")
        .query(&[("release", "The release to narrow it to.")])
        .page(),
    get("/advisories/{product}/{id}", People, "advisoryPage", "An advisory")
        .query(&[("release", "The release to narrow it to.")])
        .page(),
    get("/hotfixes/{id}", People, "anyHotfix", "A hotfix, by its id alone").query(RUN).page(),
    get("/hotfixes/{product}/{id}", People, "hotfixPage", "A hotfix").query(RUN).page(),
    get("/check", People, "checkForm", "The form that takes an inventory").query(RUN).page(),
    post("/check", People, "checkAnswer", "What is published, for an inventory, as a page")
        .body("application/x-www-form-urlencoded", None)
        .page(),
    get("/feeds/advisories.atom", People, "advisoryFeed", "Advisories as they are released, newest first")
        .feed(Section::Advisories),
    get("/feeds/hotfixes.atom", People, "hotfixFeed", "Hotfixes as they are released, newest first")
        .feed(Section::Hotfixes),
    get("/static/style.css", People, "style", "The stylesheet of the pages").answer(200, "text/css", None),
    get("/api/openapi.json", Tools, "openapi", "This description").answer(200, "application/json", None),
    get("/api/docs", Tools, "docs", "This description as a page").query(RUN).page(),
    get("/tuf/metadata/timestamp.json", Hosts, "timestamp", "What hosts poll: it names everything else")
        .cached()
        .answer(200, "application/json", None),
    get("/tuf/metadata/{file}", Hosts, "metadata", "Signed metadata of The Update Framework")
        .cached()
        .answer(200, "application/json", None),
    get(
        "/tuf/targets/{path}",
        Hosts,
        "target",
        "A document or a file of a hotfix; the path has slashes in it",
    )
    .cached()
    .answer(200, "application/json", None)
    .answer(200, "application/octet-stream", None)
    .answer(206, "application/octet-stream", None),
    get("/tuf/packs/{file}", Hosts, "pack", "A role with all of its documents, compressed").cached().answer(
        200,
        "application/octet-stream",
        None,
    ),
    get("/tuf/deltas/{file}", Hosts, "delta", "What changed in a role between two versions, compressed")
        .cached()
        .answer(200, "application/octet-stream", None),
    get("/api/v1/products", Tools, "products", "The products")
        .query(&[
            ("q", "Words of its id or name."),
            ("limit", "How many items at most."),
            ("cursor", "What `next` said."),
        ])
        .cached()
        .json("ProductList"),
    get("/api/v1/products/{id}", Tools, "product", "A product's document, as it was signed")
        .cached()
        .json("Product"),
    get("/api/v1/advisories", Tools, "advisories", "Advisories, over every product")
        .list(Section::Advisories)
        .cached()
        .json("AdvisoryList")
        .answer(200, "text/csv", None),
    get("/api/v1/advisories.csv", Tools, "advisoriesCsv", "The same as CSV")
        .list(Section::Advisories)
        .cached()
        .answer(200, "text/csv", None),
    get("/api/v1/advisories/{product}/{id}", Tools, "advisory", "An advisory's document, as it was signed")
        .cached()
        .json("Advisory"),
    get(
        "/api/v1/advisories/{product}/{id}/revisions",
        Tools,
        "advisoryRevisions",
        "Its revisions, newest first",
    )
    .query(&[("before", "What `next` said."), ("limit", "How many items at most.")])
    .cached()
    .json("RevisionList"),
    get(
        "/api/v1/advisories/{product}/{id}/revisions/{n}",
        Tools,
        "advisoryRevision",
        "A revision's document, as it was signed",
    )
    .cached()
    .json("Advisory"),
    get(
        "/api/v1/hotfixes/{product}/{id}/revisions/{n}",
        Tools,
        "hotfixRevision",
        "A revision's document, as it was signed",
    )
    .cached()
    .json("Hotfix"),
    get("/api/v1/hotfixes", Tools, "hotfixes", "Hotfixes, over every product")
        .list(Section::Hotfixes)
        .cached()
        .json("HotfixList")
        .answer(200, "text/csv", None),
    get("/api/v1/hotfixes.csv", Tools, "hotfixesCsv", "The same as CSV")
        .list(Section::Hotfixes)
        .cached()
        .answer(200, "text/csv", None),
    get("/api/v1/hotfixes/{product}/{id}", Tools, "hotfix", "A hotfix's document, as it was signed")
        .cached()
        .json("Hotfix"),
    get("/api/v1/hotfixes/{product}/{id}/revisions", Tools, "hotfixRevisions", "Its revisions, newest first")
        .query(&[("before", "What `next` said."), ("limit", "How many items at most.")])
        .cached()
        .json("RevisionList"),
    post(
        "/api/v1/assess",
        Tools,
        "assess",
        "What is published, for an inventory, as a host's own check has it",
    )
    .query(&[
        ("advisory", "Narrow the question to this advisory; may be repeated."),
        ("security", "Narrow it to security."),
        ("plan", "`needed` or `all`."),
        ("target", "Plan towards this release."),
        ("host", "The host's own id, for rollouts."),
        ("as_of", "Ask of what was published by the end of this day, such as 2015-02-09."),
        ("explain", "Explain the answer to this advisory or hotfix, by id or UUID; may be repeated."),
        ("changed_since", "Say what changed since the end of this day, by what was published then."),
    ])
    .body("application/json", Some("Inventory"))
    .json("Assessment")
    .lines(),
    get("/api/v1/roles", Tools, "roles", "The signed roles: what is served, and which version comes next")
        .json("RoleList"),
    get("/api/v1/submissions", Publishers, "submissions", "Submissions, newest first")
        .query(&[("after", "What `next` said."), ("limit", "How many items at most.")])
        .token()
        .json("SubmissionList"),
    post("/api/v1/submissions", Publishers, "submit", "Hand in signed documents")
        .token()
        .body("application/json", Some("Submission"))
        .answer(201, "application/json", Some("SubmissionView")),
    get("/api/v1/submissions/{id}", Publishers, "submission", "How far a submission came")
        .token()
        .json("SubmissionView"),
    get(
        "/api/v1/submissions/{id}/file",
        Publishers,
        "submissionFile",
        "A submission with all signatures so far",
    )
    .token()
    .cached()
    .json("Submission"),
    post("/api/v1/submissions/{id}/signatures", Publishers, "cosign", "Add a signature")
        .token()
        .body("application/json", Some("Signature"))
        .json("SubmissionView"),
    post(
        "/api/v1/submissions/{id}/release",
        Publishers,
        "release",
        "Release a submission: hosts have it from now on",
    )
    .token()
    .body("application/json", Some("Release"))
    .json("SubmissionView"),
    get("/api/v1/blobs/{sha256}", Publishers, "blob", "Whether a file is here").token().json("Blob"),
    put("/api/v1/blobs/{sha256}", Publishers, "upload", "Send a file of a hotfix")
        .token()
        .body("application/octet-stream", None)
        .answer(201, "application/json", Some("Blob")),
    get("/health/live", Operators, "live", "Whether the service lives").json("Health"),
    get("/health/ready", Operators, "ready", "Whether it can do its work; 503 where it cannot")
        .json("Ready")
        .answer(503, "application/json", Some("Ready")),
    get("/metrics", Operators, "metrics", "What is counted, in Prometheus' text format").answer(
        200,
        "text/plain",
        None,
    ),
];
